"""Deciding about columns, of Arrow and of Python."""

import ipaddress
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from conftest import CN, HK, US

from bailiwick import Batch, Decisions, Error, LivePolicy, Policy

# Stubs of pyarrow that lack some of it.
untyped: Any = pa
run_end_encode: Any = getattr(pc, "run_end_encode")

MEETINGS = ["vigil", "vigil", "another", "vigil", None, "vigil", "vigil"]
ADDRESSES = [CN, US, CN, None, CN, "unreadable", f"::ffff:{CN}"]
KINDS = ["block-participant", "keep-meeting", "allow", "allow", "allow", "allow", "block-participant"]


def packed(address: str | None) -> bytes | None:
    """Sixteen bytes, in network byte order."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    return ip.packed if ip.version == 6 else b"\0" * 10 + b"\xff\xff" + ip.packed


BYTES = [packed(address) for address in ADDRESSES]


def texts(data: list[str | None]) -> dict[str, Any]:
    return {
        "list": data,
        "tuple": tuple(data),
        "generator": (item for item in data),
        "pyarrow string": pa.array(data, pa.string()),
        "pyarrow large_string": pa.array(data, pa.large_string()),
        "pyarrow string_view": pa.array(data, pa.string_view()),
        "pyarrow dictionary": pa.array(data, pa.string()).dictionary_encode(),
        "pyarrow dictionary int8": pa.array(data, pa.string()).cast(pa.dictionary(pa.int8(), pa.large_string())),
        "pyarrow slice": pa.array(["x", *data, "y"], pa.string()).slice(1, len(data)),
        "pyarrow slice of a dictionary": pa.array(["x", *data, "y"], pa.string()).dictionary_encode().slice(1, len(data)),
        "pyarrow runs": run_end_encode(pa.array(data, pa.string())),
        "pyarrow slice of runs": run_end_encode(pa.array(["x", *data, "y"], pa.string())).slice(1, len(data)),
        "pyarrow chunks of dictionaries": pa.chunked_array(
            [pa.array(part, pa.string()).dictionary_encode() for part in (data[:2], data[2:3], [], data[3:])]
        ),
        "pyarrow chunks": pa.chunked_array([data[:3], [], data[3:]], pa.string()),
        "polars": pl.Series(data),
        "polars slice": pl.Series(["x", *data, "y"])[1:-1],
        "polars categorical": pl.Series(data, dtype=pl.Categorical),
        "polars chunks": pl.concat([pl.Series(data[:2], dtype=pl.String), pl.Series(data[2:], dtype=pl.String)], rechunk=False),
        "pandas": pd.Series(data),
        "pandas object": pd.Series(data, dtype=object),
        "pandas arrow": pd.Series(data, dtype=pd.ArrowDtype(pa.string())),
    }


def addresses() -> dict[str, Any]:
    return {
        **texts(ADDRESSES),
        "list of bytes": BYTES,
        "list of objects": [ipaddress.ip_address(a) if a not in (None, "unreadable") else a for a in ADDRESSES],
        "pyarrow fixed": pa.array(BYTES, pa.binary(16)),
        "pyarrow fixed slice": pa.array([BYTES[0], *BYTES], pa.binary(16)).slice(1),
        "pyarrow binary": pa.array(BYTES, pa.binary()),
        "pyarrow large binary": pa.array(BYTES, pa.large_binary()),
        "pyarrow binary view": pa.array(BYTES, pa.binary_view()),
        "polars binary": pl.Series(BYTES, dtype=pl.Binary),
        "pandas bytes": pd.Series(BYTES, dtype=pd.ArrowDtype(pa.binary(16))),
    }


@pytest.mark.parametrize("form", texts([]))
def test_names_come_in_every_form(policy: Policy, form: str) -> None:
    assert policy.decide_many(texts(MEETINGS)[form], ADDRESSES, "US") == KINDS


@pytest.mark.parametrize("form", addresses())
def test_addresses_come_in_every_form(policy: Policy, form: str) -> None:
    decisions = policy.decide_many(MEETINGS, addresses()[form], "US")
    assert decisions == KINDS
    assert decisions.unasked == [3, 4, 5]
    assert decisions.blocked == [0, 6]


@pytest.mark.parametrize("form", texts([]))
def test_regions_and_accounts_come_in_every_form(policy: Policy, form: str) -> None:
    regions: list[str | None] = ["US", "CN", "ZZ", None, "CN-GD", "UK", "HK"]
    accounts: list[str | None] = ["host-1", None, "host-2", "host-1", None, "host-1", "host-1"]
    decisions = policy.decide_many("another", [CN] * 7, texts(regions)[form], texts(accounts)[form])
    assert decisions == ["block-participant", "allow", "allow", "block-participant", "allow", "block-participant", "block-participant"]
    assert decisions.unread_regions == 1 and decisions.domestic == []
    assert policy.decide_many("vigil", [US] * 7, texts(regions)[form]).domestic == [1, 4]


def test_bytes_of_four_are_ipv4(policy: Policy) -> None:
    four = [ipaddress.ip_address(CN).packed, ipaddress.ip_address(US).packed]
    columns: list[Any] = [four, pa.array(four, pa.binary(4)), pa.array(four, pa.binary())]
    for column in columns:
        assert policy.decide_many("vigil", column) == ["block-participant", "keep-meeting"]
    assert policy.decide_many("vigil", pa.array([b"", b"123", b"\0" * 17], pa.binary())).unasked == [0, 1, 2]


def test_numbers_are_ipv4(policy: Policy) -> None:
    numbers = [int(ipaddress.IPv4Address(CN)), None, int(ipaddress.IPv4Address(US))]
    columns: list[Any] = [pa.array(numbers, pa.uint32()), pl.Series(numbers, dtype=pl.UInt32), pd.Series(numbers, dtype="uint32[pyarrow]")]
    for column in columns:
        decisions = policy.decide_many("vigil", column)
        assert decisions == ["block-participant", "allow", "keep-meeting"] and decisions.unasked == [1]


EFFECTIVE, EXPIRES = datetime(2020, 6, 3, tzinfo=timezone.utc), datetime(2020, 6, 5, tzinfo=timezone.utc)
MICROSECOND = timedelta(microseconds=1)
TIMES = [EFFECTIVE - MICROSECOND, EFFECTIVE, None, EXPIRES - MICROSECOND, EXPIRES]


def times() -> dict[str, Any]:
    naive = [time and time.replace(tzinfo=None) for time in TIMES]
    zoned = pa.array(TIMES, pa.timestamp("us", "Asia/Shanghai"))
    return {
        "list of datetimes": TIMES,
        "list of nanoseconds": [time and int((time - datetime(1970, 1, 1, tzinfo=timezone.utc)) / MICROSECOND) * 1000 for time in TIMES],
        "another time zone": [time and time.astimezone(timezone(timedelta(hours=8))) for time in TIMES],
        "pyarrow with a zone": zoned,
        "pyarrow nanoseconds": pa.array(TIMES, pa.timestamp("ns", "UTC")),
        "pyarrow without a zone is UTC": pa.array(naive, pa.timestamp("us")),
        "pyarrow dictionary": zoned.dictionary_encode(),
        "pyarrow chunks": pa.chunked_array([zoned[:2], zoned[2:]]),
        "pyarrow slice": pa.array([None, *TIMES], pa.timestamp("ns", "UTC")).slice(1),
        "polars": pl.Series(TIMES),
        "polars without a zone is UTC": pl.Series(naive),
        "pandas": pd.Series(TIMES),
        "pandas without a zone is UTC": pd.Series(naive),
        "pandas object": pd.Series(TIMES, dtype=object),
        "pandas timestamps": [pd.NaT if time is None else pd.Timestamp(time) for time in TIMES],
    }


@pytest.mark.parametrize("form", times())
def test_times_come_in_every_form(policy: Policy, form: str) -> None:
    decisions = policy.decide_many("fraud", [US] * 5, at=times()[form])
    assert decisions == ["allow", "block-participant", "allow", "block-participant", "allow"]
    assert decisions.unasked == [2]
    batch = policy.decide_many("fraud", [US] * 5, at=times()[form], full=True)
    assert batch.whys == ["not-yet-effective", "reaches", None, "reaches", "expired"]


def test_a_time_is_one_for_all_rows_or_one_for_each(policy: Policy) -> None:
    assert policy.decide_many("fraud", [US, US], at=EFFECTIVE) == ["block-participant"] * 2
    assert policy.decide_many("fraud", [US, US], at=0) == ["allow"] * 2
    with pytest.raises(Error, match="`at` has 1 rows and `addresses` has 2"):
        policy.decide_many("fraud", [US, US], at=[EFFECTIVE])
    with pytest.raises(Error, match="without a time zone"):
        policy.decide_many("fraud", [US], at=[datetime(2020, 6, 4)])
    for wrong in ("2020-06-04", [True], ["2020-06-04"], 1.5, pa.array([1]), b"1"):
        with pytest.raises(TypeError):
            policy.decide_many("fraud", [US], at=wrong)  # type: ignore[arg-type]


COLUMNS = ["kind", "unasked", "domestic", "orders", "region", "why"]


def test_a_full_answer_has_orders_regions_and_reasons(policy: Policy) -> None:
    rows: list[tuple[str | None, str | None, str | None]] = [
        ("vigil", CN, "CN"), ("vigil", HK, "US"), ("another", CN, "US"), (None, CN, "US"), ("vigil", None, "US"), ("vigil", "::1", "UK"),
    ]
    meetings, addresses, regions = ([row[n] for row in rows] for n in range(3))
    at = 1591142400 * 10**9
    batch = policy.decide_many(meetings, addresses, regions, at=at, full=True)
    assert len(batch) == 6 and batch.decisions == policy.decide_many(meetings, addresses, regions, at=at)
    assert batch.orders == [["cn-m2"], ["cn-m2"], [], [], [], ["cn-m2"]]
    assert batch.regions == ["CN", "HK", "CN", None, None, "unknown"]
    assert batch.whys == ["reaches", "outside", "no-order", None, None, "unlocated"]
    assert batch.decisions.domestic == [0] and batch.decisions.unread_regions == 1
    assert repr(batch) == "<bailiwick.Batch: 3 allow, 1 block-participant, 2 keep-meeting>"
    assert LivePolicy(policy).decide_many(meetings, addresses, regions, at=at, full=True) == batch
    assert batch != policy.decide_many(meetings, addresses, at=at, full=True) and batch != 7
    for row, (meeting, address, region) in enumerate(rows):
        if meeting is None or address is None or region == "UK":
            continue
        why = policy.explain(meeting, address, region, at=at).to_dict()
        assert batch.decisions[row] == why["decision"] and batch.regions[row] == why["location"]
        assert batch.whys[row] == (why["orders"][0]["reason"] if why["orders"] else "no-order")


def test_a_full_answer_leaves_as_columns_of_arrow(policy: Policy) -> None:
    batch = policy.decide_many(pa.array(MEETINGS), pa.array(ADDRESSES), "US", full=True)
    records: Any = pa.record_batch(batch)
    assert records.schema.names == COLUMNS and records.num_rows == 7
    assert records.column("kind").to_pylist() == KINDS and records.column("unasked").to_pylist() == [n in (3, 4, 5) for n in range(7)]
    assert records.column("orders").to_pylist() == batch.orders and records.column("region").to_pylist() == batch.regions
    assert records.column("why").to_pylist() == batch.whys
    struct = untyped.array(batch)
    assert pa.types.is_struct(struct.type) and struct.null_count == 0 and struct.flatten()[3].to_pylist() == batch.orders
    # A consumer that takes no dictionaries asks for texts.
    text = pa.string()
    fields = [("kind", text), ("unasked", pa.bool_()), ("domestic", pa.bool_()), ("orders", pa.list_(text)), ("region", text), ("why", text)]
    plain = untyped.array(batch, untyped.struct(fields))
    assert plain.type.field("why").type == text and plain.to_pylist() == struct.to_pylist()
    frame = pl.DataFrame(records)
    assert frame.columns == COLUMNS and frame["kind"].to_list() == KINDS and frame["orders"].to_list() == batch.orders
    assert pl.Series(batch).struct.unnest().equals(frame)
    pandas = records.to_pandas()
    assert list(pandas.columns) == COLUMNS and list(pandas["kind"]) == KINDS
    del batch
    assert struct.field("kind").to_pylist() == KINDS


def test_a_batch_in_parts_is_decided_as_the_whole(policy: Policy) -> None:
    """Each part on a thread: the interpreter's lock is not held while a batch is decided."""
    table = pa.table({"meeting": MEETINGS * 1000, "address": ADDRESSES * 1000})
    whole = policy.decide_many(table["meeting"], table["address"], "US")
    parts = table.to_batches(max_chunksize=1500)
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda part: policy.decide_many(part["meeting"], part["address"], "US"), parts))
    assert [kind for part in answers for kind in part] == list(whole)


def test_whether_an_answer_is_full_may_be_computed(policy: Policy) -> None:
    for full in (False, True):
        answer = policy.decide_many("vigil", [CN], full=full)
        assert isinstance(answer, Batch if full else Decisions)


def test_each_row_is_decided_as_alone(policy: Policy) -> None:
    rows = [(meeting, address) for meeting in ("vigil", "fraud", "another") for address in (CN, HK, US, "::1")]
    at = 1591142400 * 10**9
    decisions = policy.decide_many([m for m, _ in rows], [a for _, a in rows], "US", at=at)
    assert list(decisions) == [policy.decide(m, a, "US", at=at).kind for m, a in rows]
    assert LivePolicy(policy).decide_many([m for m, _ in rows], [a for _, a in rows], "US", at=at) == decisions


def test_decisions_go_out_as_arrow(policy: Policy) -> None:
    decisions = policy.decide_many(pa.array(MEETINGS), pa.array(ADDRESSES), "US")
    array: Any = pa.array(decisions)
    assert array.type == pa.dictionary(pa.int8(), pa.string()) and array.to_pylist() == KINDS and array.null_count == 0
    assert array.indices.to_pylist() == [1, 2, 0, 0, 0, 0, 1]
    assert pl.Series(decisions).to_list() == KINDS
    assert list(array.to_pandas()) == KINDS
    # Both are views of one buffer.
    another: Any = pa.array(decisions)
    assert array.indices.buffers()[1].address == another.indices.buffers()[1].address
    del decisions
    assert array.to_pylist() == KINDS
    assert pa.array(policy.decide_many("vigil", [CN]), pa.string()).to_pylist() == ["block-participant"]


def test_decisions_are_a_sequence(policy: Policy) -> None:
    decisions = policy.decide_many(MEETINGS, ADDRESSES, "US")
    assert len(decisions) == 7 and list(decisions) == decisions.to_list() == KINDS
    assert decisions[-1] == decisions[0] == "block-participant" and decisions[1:3] == KINDS[1:3]
    assert "keep-meeting" in decisions and decisions != KINDS[:-1] and decisions != 7
    assert repr(decisions) == "<bailiwick.Decisions: 4 allow, 2 block-participant, 1 keep-meeting>"
    for index in (7, -8, 2**70):
        with pytest.raises(IndexError):
            decisions[index]
    with pytest.raises(TypeError):
        decisions["0"]  # type: ignore[call-overload]
    assert list(policy.decide_many([], [])) == [] and not policy.decide_many([], [])


def test_columns_that_do_not_fit_are_errors(policy: Policy) -> None:
    with pytest.raises(Error, match="`meetings` has 1 rows and `addresses` has 2"):
        policy.decide_many(["vigil"], [CN, CN])
    with pytest.raises(Error, match="`accounts`"):
        policy.decide_many("vigil", [CN, CN], "US", accounts=pa.array(["a"]))
    columns: list[tuple[Any, Any]] = [
        (pa.array([1, 2]), [CN, CN]),
        ("vigil", pa.array([1, 2])),
        ("vigil", pa.array([1, 2], pa.uint64())),
        (run_end_encode(pa.array([1, 1])), [CN, CN]),
        (pa.array([b"a", b"b"]), [CN, CN]),
        ("vigil", pa.array([b"a", b"b"], pa.binary(1))),
        ("vigil", pa.array([[CN]])),
        ([1], [CN]),
        ("vigil", [1]),
        ("vigil", CN),
        ("vigil", b"1234"),
        ("vigil", 7),
        (7, [CN]),
    ]
    for meetings, addresses in columns:
        with pytest.raises(TypeError):
            policy.decide_many(meetings, addresses)


def test_the_name_of_a_type_is_quoted_as_every_input(policy: Policy) -> None:
    odd = type("a`b\n", (), {})()
    calls: list[tuple[Any, str]] = [
        (lambda: policy.decide_many([odd], [CN]), "an item of `meetings` must be str or None, not "),
        (lambda: policy.decide_many("vigil", [odd]), "an item of `addresses` must be str, bytes, an object of `ipaddress` or None, not "),
        (lambda: policy.decide_many(odd, [CN]), "`meetings` must be an Arrow array, or a sequence, not "),
        (lambda: policy.decide("vigil", odd), "the address must be a str, bytes or an object of `ipaddress`, not "),
    ]
    for call, text in calls:
        with pytest.raises(TypeError) as raised:
            call()
        assert str(raised.value).endswith(text + r"`a\u{60}b\u{a}`")


def test_nothing_is_blocked_that_cannot_be_read(policy: Policy) -> None:
    rows: list[Any] = [None, "", "203.0.113", "203.0.113.7 ", "203.0.113.7:443", b"", b"203.0.113.7", float("nan"), pd.NaT and None, "\udc80"]
    decisions = policy.decide_many("vigil", rows)
    assert set(decisions) == {"allow"} and decisions.unasked == list(range(len(rows)))
    lone = policy.decide_many(["vigil\udc80"], [CN])
    assert lone == ["allow"] and lone.unasked == [0]
    lone = policy.decide_many(["another"] * 2, [CN] * 2, ["US", "US\udc80"], ["host-1\udc80", "host-1"])
    assert lone == ["allow", "block-participant"] and (lone.unread_regions, lone.unread_accounts, lone.unasked) == (1, 1, [])


def test_a_column_of_nothing_is_read(policy: Policy) -> None:
    assert policy.decide_many(pa.nulls(2), [CN, CN]).unasked == [0, 1]
    assert policy.decide_many("vigil", pa.nulls(2)).unasked == [0, 1]
    assert policy.decide_many("vigil", pl.Series([None, None], dtype=pl.String)).unasked == [0, 1]
    # What the Arrow library itself does not take is an error, and names the column.
    with pytest.raises(TypeError, match="`addresses` cannot be taken from Arrow"):
        policy.decide_many("vigil", pl.Series([None, None]))


def test_no_address_is_copied_on_the_way_in(policy: Policy) -> None:
    """A million addresses come in without memory of Arrow's own growing."""
    array = pa.array([CN, US] * 500_000)
    before = pa.total_allocated_bytes()
    decisions = policy.decide_many("vigil", array)
    assert pa.total_allocated_bytes() == before
    assert len(decisions.blocked) == 500_000
