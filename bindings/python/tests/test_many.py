"""Deciding about columns, of Arrow and of Python."""

import ipaddress
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import CN, HK, US

from bailiwick import Error, LivePolicy, Policy

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


def test_nothing_is_blocked_that_cannot_be_read(policy: Policy) -> None:
    rows: list[Any] = [None, "", "203.0.113", "203.0.113.7 ", "203.0.113.7:443", b"", b"203.0.113.7", float("nan"), pd.NaT and None, "\udc80"]
    decisions = policy.decide_many("vigil", rows)
    assert set(decisions) == {"allow"} and decisions.unasked == list(range(len(rows)))
    lone = policy.decide_many(["vigil\udc80"], [CN])
    assert lone == ["allow"] and lone.unasked == [0]


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
