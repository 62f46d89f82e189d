"""DuckDB counts every figure of a report again, by `docs/recount.sql` over the archive and the orders alone."""

import json
import random
import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tool import tool

import bailiwick

SQL = Path(__file__).parents[4] / "docs" / "recount.sql"
KEY = bytes(range(32))
SEEDS = range(6)
CELLS = ("blocked", "outside", "unlocated", "contested")
FROM, UNTIL = datetime(2026, 1, 1, tzinfo=timezone.utc), datetime(2026, 2, 1, tzinfo=timezone.utc)

GEO = """\
203.0.113.0,203.0.113.255,CN-GD
192.0.2.0,192.0.2.255,HK
198.51.100.0,198.51.100.255,AT-9
"""
OTHER_GEO = """\
203.0.113.0,203.0.113.127,CN-GD
203.0.113.128,203.0.113.255,CN-BJ
192.0.2.0,192.0.2.127,HK
192.0.2.128,192.0.2.255,TW
198.51.100.0,198.51.100.255,AT-9
"""
ADDRESSES = ["203.0.113.7", "203.0.113.200", "192.0.2.7", "192.0.2.200", "198.51.100.7", "2001:db8::7"]

JURISDICTIONS = {"UNION": ["at", "BE"], "Bay Area": ["CN-GD", "CN-HK"]}
# Issuers with regions of theirs, as they may be written, and a network of theirs.
ISSUERS = {
    "CN": (["cn-gd", "CN", "CN-BJ"], "203.0.113.0/25"),
    "cn": (["CN", "CN-GD"], "203.0.113.0/24"),
    "CN-HK": (["HK", "CN-91"], "192.0.2.0/24"),
    "TW": (["TW"], "192.0.2.128/25"),
    "UNION": (["AT", "BE", "AT-9"], "198.51.100.0/24"),
    "Bay Area": (["CN-GD", "HK"], "192.0.2.0/25"),
}
# Orders that come and go with the period: each is counted in one place, and in the right one.
AT_THE_ENDS: list[dict[str, Any]] = [
    {"id": "all of it", "received": FROM.isoformat(), "effective": FROM.isoformat(), "expires": UNTIL.isoformat()},
    {"id": "longer", "received": FROM.isoformat(), "expires": (UNTIL + timedelta(microseconds=1)).isoformat()},
    {"id": "over", "expires": FROM.isoformat()},
    {"id": "later", "effective": UNTIL.isoformat()},
]
# The names that a report has for issuers that are written otherwise.
REPORTED_AS = {"cn": "CN", "CN-HK": "HK"}
MEETINGS = [f"m{n}" for n in range(8)]
DEMANDS = ["terminate-meeting", "suspend-host", "block-participants", "disclose-data"]


def some_time(draw: random.Random) -> str:
    """Before, within and after the period, and at its ends."""
    ends = [FROM, UNTIL, FROM - timedelta(microseconds=1), UNTIL - timedelta(seconds=1)]
    time = draw.choice([*ends, FROM + timedelta(seconds=draw.randrange(-3_000_000, 6_000_000))])
    return time.astimezone(timezone(timedelta(hours=draw.choice([0, 8, -5])))).isoformat()


def some_order(draw: random.Random, number: int) -> dict[str, Any]:
    issuer = draw.choice(list(ISSUERS))
    regions, network = ISSUERS[issuer]
    order: dict[str, Any] = {"id": f"order {number}, \"{issuer}\"", "issuer": issuer}
    order["meetings"] = draw.sample(MEETINGS, draw.randrange(1, 4))
    order["status"] = draw.choice(["in-force"] * 6 + ["received", "under-review", "rejected", "withdrawn"])
    for name, values in [("received", 9), ("demands", 7)]:
        if draw.randrange(10) < values:
            order[name] = some_time(draw) if name == "received" else draw.choices(DEMANDS, k=draw.randrange(4))
    if draw.randrange(2):
        order["effective"] = some_time(draw)
    if draw.randrange(3) == 0:
        order["expires"] = some_time(draw)
        if "effective" in order and datetime.fromisoformat(order["expires"]) <= datetime.fromisoformat(order["effective"]):
            del order["effective"]
    if draw.randrange(3) == 0:
        order["regions"] = draw.choices(regions, k=draw.randrange(1, 4))
    if draw.randrange(5) == 0:
        order[draw.choice(["networks", "exempt"])] = [network]
    return order


class Month:
    """A ledger in several files, its archive, and the orders that a report is made on."""

    def __init__(self, folder: Path, seed: int) -> None:
        draw = random.Random(seed)
        self.orders, self.archive = folder / "orders.json", folder / "archive.parquet"
        in_force, geo, other = folder / "in-force.json", folder / "geo.csv", folder / "other.csv"
        geo.write_text(GEO)
        other.write_text(OTHER_GEO)
        orders = [some_order(draw, number) for number in range(14)]
        in_force.write_text(json.dumps({"jurisdictions": JURISDICTIONS, "orders": orders}))
        # The docket of a report may lack orders that were in force, and have others.
        kept = [order for order in orders if draw.randrange(8)] + [some_order(draw, number) for number in range(20, 23)]
        kept += [dict(order, issuer="TW", meetings=["m0"], status="in-force") for order in AT_THE_ENDS]
        self.orders.write_text(json.dumps({"jurisdictions": JURISDICTIONS, "orders": kept}, indent=1))
        policy = bailiwick.Policy.open(in_force, bailiwick.Atlas([geo, other]))
        self.files = [folder / f"ledger.{number}" for number in range(3)]
        key = folder / "key"
        key.write_bytes(KEY)
        with bailiwick.Ledger(self.files[0], KEY) as ledger:
            for number in range(600):
                at = FROM + draw.choice([timedelta(seconds=draw.randrange(-90_000, 2_800_000)), UNTIL - FROM, timedelta()])
                nanoseconds = int(at.timestamp()) * 10**9 + draw.choice([0, 0, -1, 1, 999_999_999])
                ledger.record(policy, draw.choice([*MEETINGS, "other"]), draw.choice(ADDRESSES), "US", at=nanoseconds)
                if number in (200, 450):
                    ledger.rotate(self.files[1 if number == 200 else 2])
        tool("ledger", "export", "--parquet", self.archive, *self.files, "--key-file", key)

    def recounted(self) -> list[dict[str, Any]]:
        return recounted(self.archive, self.orders)

    def report(self) -> list[dict[str, Any]]:
        return reported(self.orders, *self.files)


def recounted(archive: Path, orders: Path) -> list[dict[str, Any]]:
    """The rows of the recount."""
    connection = duckdb.connect()
    for name, value in [("archive", str(archive)), ("orders", str(orders)), ("period_from", FROM), ("period_until", UNTIL)]:
        connection.execute(f"SET VARIABLE {name} = ?", [value])
    result = connection.execute(SQL.read_text())
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def reported(orders: Path, *files: Path) -> list[dict[str, Any]]:
    """The rows of the report, and its total."""
    period = ["--from", FROM.date().isoformat(), "--until", UNTIL.date().isoformat()]
    report = json.loads(tool("report", orders, "--ledger", *files, *period, "--format", "json"))
    return [*report["rows"], report["total"]]


@pytest.fixture(params=SEEDS, scope="module")
def month(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Month:
    return Month(tmp_path_factory.mktemp("month"), request.param)


def shows(shown: int | str, number: int) -> bool:
    """Whether a number of a report stands for this number. An estimate does within the error that is shown with it."""
    if isinstance(shown, int):
        return shown == number
    if estimate := re.fullmatch(r"~(\d+)±(\d+)\.(\d)%", shown):
        about, per_mille = int(estimate[1]), int(estimate[2] + estimate[3])
        return abs(number - about) * 1000 <= about * per_mille
    return 1 <= number < int(shown[1:]) if shown.startswith("<") else number >= int(shown.removeprefix(">="))


@pytest.mark.parametrize(
    ("shown", "least", "most"),
    [(0, 0, 0), (57, 57, 57), ("<10", 1, 9), (">=57", 57, 10**9), ("~70000±0.8%", 69_440, 70_560), ("~100000±12.5%", 87_500, 112_500)],
)
def test_what_a_number_of_a_report_stands_for(shown: int | str, least: int, most: int) -> None:
    assert [shows(shown, number) for number in (least - 1, least, most)] == [False, True, True]
    assert shows(shown, most + 1) == (most == 10**9)


def test_every_figure_of_the_report_is_counted_again(month: Month) -> None:
    compare(month.recounted(), month.report())


def compare(recounted: list[dict[str, Any]], report: list[dict[str, Any]]) -> None:
    assert [(row["row"], row["issuer"]) for row in recounted] == [(row["row"], row["issuer"]) for row in report]
    for again, row in zip(recounted, report, strict=True):
        orders = dict(row["orders"])
        demanded = {f"{name}_demanded": number for name, number in orders.pop("demanded").items()}
        for name, number in (orders | demanded | row["done"]).items():
            assert again[name] == number, (name, row)
        for name, shown in row["people"].items():
            assert shows(shown, again[name]), (name, row)


def test_meetings_that_the_report_estimates_are_counted_again_within_its_error(tmp_path: Path) -> None:
    """From 65,536 meetings of a row on a report estimates their number."""
    meetings, orders, geo = 66_000, tmp_path / "orders.json", tmp_path / "geo.csv"
    geo.write_text(GEO)
    of_cn = {"id": "cn-1", "issuer": "CN", "accounts": ["host"], "status": "in-force"}
    of_hk = {"id": "hk-1", "issuer": "HK", "meetings": ["vigil"], "status": "in-force"}
    orders.write_text(json.dumps({"orders": [of_cn, of_hk]}))
    policy = bailiwick.Policy.open(orders, bailiwick.Atlas([geo]))
    ledger, archive, key = tmp_path / "ledger", tmp_path / "archive.parquet", tmp_path / "key"
    key.write_bytes(KEY)
    with bailiwick.Ledger(ledger, KEY) as lines:
        for number in range(meetings):
            lines.record(policy, f"meeting-{number}", ADDRESSES[0], "US", "host", at=FROM)
        for _ in range(12):
            lines.record(policy, "vigil", ADDRESSES[0], "US", at=FROM)
    tool("ledger", "export", "--parquet", archive, ledger, "--key-file", key)
    again, report = recounted(archive, orders), reported(orders, ledger)
    compare(again, report)
    shown = {row["issuer"]: row["people"]["meetings_kept"] for row in report}
    # One meeting of Hong Kong's: the report shows the bound that the joins imply.
    assert re.fullmatch(r"~\d+±0\.8%", shown["CN"]) and shown[None] == ">=65536", shown
    assert {row["issuer"]: row["meetings_kept"] for row in again} == {"CN": meetings, "HK": 1, None: meetings + 1}


def test_the_numbers_that_the_report_does_not_show_are_those_of_the_partial_report(month: Month) -> None:
    """A partial report has exact numbers by the orders that decided: added up by issuer, they are what DuckDB counts."""
    period = (FROM.date(), UNTIL.date())
    partial = bailiwick.PartialReport.merge(bailiwick.PartialReport.from_ledger(file, *period) for file in month.files)
    issuers = {order["id"]: REPORTED_AS.get(order["issuer"], order["issuer"]) for order in json.loads(month.orders.read_text())["orders"]}
    joins: Counter[tuple[str, str | None, str]] = Counter()
    meetings: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    for of_set in json.loads(partial.to_bytes())["sets"]:
        parties = {issuers.get(order) for order in of_set["orders"]} or {None}
        (party,) = parties if len(parties) == 1 else (None,)
        row = "issuer" if party else "not-in-docket" if parties == {None} else "several-issuers"
        for where in [(row, party), ("total", None)]:
            meetings[where].update(of_set["meetings"])
            for name in ("blocked", "outside", "unlocated", "contested"):
                joins[*where, name] += of_set[name]
    recounted = month.recounted()
    again = {(row["row"], row["issuer"], name): row[name] for row in recounted for name in CELLS if row[name]}
    assert again == {cell: number for cell, number in joins.items() if number}
    assert {(row["row"], row["issuer"]): row["meetings_kept"] for row in recounted if row["meetings_kept"]} == {
        where: len(names) for where, names in meetings.items()
    }


def test_the_months_have_what_can_be_counted_wrongly(tmp_path_factory: pytest.TempPathFactory) -> None:
    """All months together have every figure, and every kind of row."""
    rows = [row for seed in SEEDS for row in Month(tmp_path_factory.mktemp("month"), seed).recounted()]
    never = {"meetings_ended", "accounts_affected"}
    assert {name for row in rows for name, number in row.items() if number} == set(rows[0]) - never
    assert {row["row"] for row in rows} == {"issuer", "several-issuers", "not-in-docket", "total"}
    # Small numbers, which a report does not show.
    assert sum(1 <= row[name] < 10 for row in rows for name in CELLS) >= 10
