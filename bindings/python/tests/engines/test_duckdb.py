"""The function of SQL in DuckDB decides as the policy does, row by row; backtests and reports have the bytes of the tool's."""

import gzip
import json
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import duckdb
import pytest
from questions import ADDRESSES, ROWS, expected
from test_recount import FROM, UNTIL, Month
from tool import tool

import bailiwick
import bailiwick.duckdb


@pytest.fixture
def connection(bundle: bailiwick.Bundle) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET threads = 2")
    bailiwick.duckdb.register(connection, bundle.policy)
    connection.execute(
        "CREATE TABLE joins (number INTEGER, meeting VARCHAR, address VARCHAR, host VARCHAR, account VARCHAR, time TIMESTAMPTZ)"
    )
    connection.executemany("INSERT INTO joins VALUES (?, ?, ?, ?, ?, ?)", [(number, *row) for number, row in enumerate(ROWS)])
    return connection


def decided(connection: duckdb.DuckDBPyConnection, address: str = "address") -> list[dict[str, Any]]:
    query = f"SELECT bailiwick_decide(meeting, {address}, host, account, time) FROM joins ORDER BY number"
    return [answer for (answer,) in connection.execute(query).fetchall()]


def test_each_row_is_decided_as_the_policy_does(connection: duckdb.DuckDBPyConnection, bundle: bailiwick.Bundle) -> None:
    answers = decided(connection)
    assert answers == [expected(bundle.policy, row) for row in ROWS]
    # What the universe has to hold, so that the comparison says something.
    assert {answer["kind"] for answer in answers} == {"allow", "block-participant", "keep-meeting"}
    assert {answer["unasked"] for answer in answers} == {answer["domestic"] for answer in answers} == {False, True}


def test_no_answer_is_null_and_rows_that_cannot_be_asked_are_counted(connection: duckdb.DuckDBPyConnection) -> None:
    counts = connection.execute(
        """SELECT count(*), count(d), count(*) FILTER (d.unasked), count(*) FILTER (d.unasked AND d.kind <> 'allow')
        FROM (SELECT bailiwick_decide(meeting, address, host, account, time) AS d FROM joins)"""
    ).fetchone()
    unasked = sum(meeting is None or address is None or at is None for meeting, address, _, _, at in ROWS)
    assert counts == (len(ROWS), len(ROWS), unasked, 0)


def test_nulls_alone_are_answered(connection: duckdb.DuckDBPyConnection) -> None:
    answer = connection.execute("SELECT bailiwick_decide(NULL, NULL, NULL, NULL, NULL)").fetchone()
    assert answer == ({"kind": "allow", "unasked": True, "domestic": False, "orders": [], "region": None, "why": None},)


def test_addresses_are_texts_bytes_or_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    texts = decided(connection)
    packed = {text: ip_address(text).packed for text in ADDRESSES if text is not None}
    connection.execute("CREATE TABLE packed (text VARCHAR, bytes BLOB, number UINTEGER)")
    for text, data in packed.items():
        connection.execute("INSERT INTO packed VALUES (?, ?, ?)", [text, data, int.from_bytes(data) if len(data) == 4 else None])
    assert decided(connection, "(SELECT bytes FROM packed WHERE text = address)") == texts
    numbers = decided(connection, "(SELECT number FROM packed WHERE text = address)")
    signed = decided(connection, "(SELECT number::BIGINT FROM packed WHERE text = address)")
    assert numbers == signed
    for row, by_number, by_text in zip(ROWS, numbers, texts, strict=True):
        assert by_number == by_text or (row[1] is not None and ":" in row[1] and by_number["unasked"])


@pytest.mark.parametrize("number", [-1, 2**32, -(2**63), 2**63 - 1])
def test_a_number_that_is_no_address_blocks_nobody(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    answers = decided(connection, f"({number})::BIGINT")
    assert all(answer["unasked"] and answer["kind"] == "allow" for answer in answers)


def test_meetings_may_be_of_an_enumeration(connection: duckdb.DuckDBPyConnection) -> None:
    before = decided(connection)
    connection.execute("CREATE TYPE name AS ENUM (SELECT DISTINCT meeting FROM joins WHERE meeting IS NOT NULL)")
    connection.execute("ALTER TABLE joins ALTER meeting TYPE name")
    assert decided(connection) == before


def test_many_rows_are_decided_on_several_threads(connection: duckdb.DuckDBPyConnection) -> None:
    of_each = dict(
        connection.execute("SELECT number, bailiwick_decide(meeting, address, host, account, time).kind FROM joins").fetchall()
    )
    connection.execute("CREATE TABLE many AS SELECT j.* FROM joins j, range(40)")
    query = "SELECT number, list(DISTINCT bailiwick_decide(meeting, address, host, account, time).kind) FROM many GROUP BY number"
    assert dict(connection.execute(query).fetchall()) == {number: [kind] for number, kind in of_each.items()}


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("bailiwick_decide('vigil', '203.0.113.7')", "takes .meeting, address, host, account, at. and was given 2 values"),
        ("bailiwick_decide(7, '203.0.113.7', 'US', NULL, now())", "`meetings` is an Arrow array of Int32"),
        ("bailiwick_decide('vigil', 1.5::DOUBLE, 'US', NULL, now())", "`addresses` is an Arrow array of Float64"),
        ("bailiwick_decide('vigil', '203.0.113.7', 'US', NULL, '2026-02-01')", "`at` is an Arrow array of Utf8"),
    ],
)
def test_a_column_of_a_wrong_type_fails_the_query(connection: duckdb.DuckDBPyConnection, call: str, text: str) -> None:
    with pytest.raises(duckdb.Error, match=text):
        connection.execute(f"SELECT {call}")


def test_another_policy_takes_the_place_only_when_asked(connection: duckdb.DuckDBPyConnection, bundle: bailiwick.Bundle) -> None:
    nobody = bailiwick.Policy.from_toml("", bailiwick.Atlas([]))
    with pytest.raises(duckdb.Error, match="already created"):
        bailiwick.duckdb.register(connection, nobody)
    connection.remove_function("bailiwick_decide")
    bailiwick.duckdb.register(connection, nobody)
    assert {answer["kind"] for answer in decided(connection)} == {"allow"}
    with pytest.raises(TypeError, match="give `bundle.policy`"):
        bailiwick.duckdb.register(connection, bundle)  # type: ignore[arg-type]


def test_a_backtest_has_the_bytes_of_the_tool(
    connection: duckdb.DuckDBPyConnection,
    bundle: bailiwick.Bundle,
    proposed: bailiwick.Bundle,
    of_tool: list[str | Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # More batches than processors, so that threads share them.
    monkeypatch.setattr("bailiwick.duckdb._ROWS", 2048)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    connection.execute("CREATE TABLE many AS SELECT j.* EXCLUDE (number) FROM joins j, range(100)")
    connection.execute(f"COPY (SELECT * RENAME (host AS host_region) FROM many) TO '{of_tool[-1]}' (FORMAT parquet)")
    backtest = bailiwick.duckdb.backtest(connection.table("many"), bundle.policy, proposed.policy)
    found = json.loads(backtest.json())
    assert found["newly_blocked"]["by_order"] and found["newly_admitted"]["by_order"] and found["not_read"]
    for written, format in [(backtest.markdown(), "markdown"), (backtest.csv(), "csv"), (backtest.json(), "json")]:
        assert written.rstrip("\n") == tool(*of_tool, "--format", format).rstrip("\n")


def test_a_backtest_of_other_columns_or_bundles_is_refused(connection: duckdb.DuckDBPyConnection, bundle: bailiwick.Bundle) -> None:
    policy = bundle.policy
    with pytest.raises(TypeError, match="joins have the columns .meeting, address, host, account, at. and were given with 6"):
        bailiwick.duckdb.backtest(connection.table("joins"), policy, policy)
    with pytest.raises(TypeError, match="`addresses` is an Arrow array of Float64"):
        bailiwick.duckdb.backtest(connection.sql("SELECT 'vigil', 1.5::DOUBLE, NULL, NULL, now()"), policy, policy)
    with pytest.raises(TypeError, match="proposed must be a bailiwick.Policy, not Bundle: for a bundle, give `bundle.policy`"):
        bailiwick.duckdb.backtest(connection.table("joins"), policy, bundle)  # type: ignore[arg-type]


def test_a_report_has_the_bytes_of_one_pass(tmp_path: Path) -> None:
    month = Month(tmp_path, 0)
    period = (FROM.date(), UNTIL.date())
    days = ["--from", period[0].isoformat(), "--until", period[1].isoformat()]
    partial = bailiwick.duckdb.partial_report(str(tmp_path / "ledger.*"), *period)
    for format in ("markdown", "csv", "json"):
        whole = tool("report", month.orders, "--ledger", *month.files, *days, "--format", format)
        assert partial.report(month.orders, format).rstrip("\n") == whole.rstrip("\n")
    # Named one by one, days as texts, one of them compressed.
    last = tmp_path / "last.gz"
    last.write_bytes(gzip.compress(month.files[2].read_bytes()))
    named = [str(month.files[0]), str(month.files[1]), str(last)]
    compressed = bailiwick.duckdb.partial_report(named, period[0].isoformat(), period[1].isoformat())
    assert compressed.report(month.orders) == partial.report(month.orders)


def test_lines_that_are_missing_changed_or_there_twice_are_found(tmp_path: Path) -> None:
    month = Month(tmp_path, 0)
    period = (FROM.date(), UNTIL.date() + timedelta(days=1))
    one, two, three = map(str, month.files)
    with pytest.raises(bailiwick.Error, match="are missing"):
        bailiwick.duckdb.partial_report([one, three], *period).report(month.orders)
    with pytest.raises(bailiwick.Error, match="counted twice"):
        bailiwick.duckdb.partial_report([one, two, two], *period)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        bailiwick.duckdb.partial_report(str(tmp_path / "none.*"), *period)
    month.files[1].write_bytes(month.files[1].read_bytes().replace(b'"verdict":"', b'"verdict":"x', 1))
    with pytest.raises(bailiwick.Error, match="it was changed"):
        bailiwick.duckdb.partial_report([one, two, three], *period)
