"""Joins of the past under two policies."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from conftest import CN, HK, ORDERS, US, WIDER, Compile

from bailiwick import Backtest, Error, Policy

NOON = datetime(2020, 6, 4, 12, tzinfo=timezone.utc)


@pytest.fixture
def wider(compile: Compile) -> Policy:
    return compile(WIDER)


def count(backtest: Backtest, joins: list[tuple[str, str, int]]) -> Backtest:
    for meeting, address, times in joins:
        for minute in range(times):
            backtest.add(meeting, address, "US", "host-1", NOON + timedelta(minutes=minute))
    return backtest


def blocked(backtest: Backtest) -> Any:
    return json.loads(backtest.json())["newly_blocked"]


def test_a_backtest_tells_who_would_newly_be_blocked(policy: Policy, wider: Policy) -> None:
    backtest = count(Backtest(policy, wider), [("vigil", HK, 12), ("vigil", CN, 20), ("vigil", US, 30)])
    assert blocked(backtest)["by_order"] == [{"order": "hk-1", "issuer": "HK", "joins": {"least": 12, "most": 12}}]
    assert "| hk-1 | HK | HK | 12 |" in backtest.markdown()
    assert "newly-blocked,order,hk-1,HK,,,1,19,20\r\n" in backtest.csv(threshold=20)
    assert "vigil" not in backtest.markdown() + backtest.csv() + backtest.json() + repr(backtest)


def test_parts_merge_in_any_sequence(policy: Policy, wider: Policy) -> None:
    joins = [("vigil", HK, 7), ("vigil", CN, 5), ("vigil", HK, 8)]
    whole = count(Backtest(policy, wider), joins).to_bytes()
    for sequence in [(0, 1, 2), (2, 0, 1)]:
        merged = Backtest(policy, wider)
        for part in sequence:
            merged.merge(Backtest.from_bytes(count(Backtest(policy, wider), joins[part : part + 1]).to_bytes()))
        assert merged.to_bytes() == whole
    assert b"not for publication" in whole


def test_a_row_that_cannot_be_read_counts_as_not_read(policy: Policy, wider: Policy) -> None:
    backtest = Backtest(policy, wider)
    backtest.add(None, HK, None, None, NOON)
    backtest.add("vigil", None, None, None, NOON)
    backtest.add("vigil", "203.0.113.0/24", None, None, NOON)
    backtest.add("vigil", HK, None, None, None)
    backtest.add("vigil", HK, None, None, NOON.replace(tzinfo=None))
    backtest.add("vi\udc80gil", HK, None, None, NOON)
    summary = json.loads(backtest.json())
    assert (summary["not_read"], summary["decided"]) == (6, {"least": 0, "most": 0})
    with pytest.raises(TypeError, match="address must be"):
        backtest.add("vigil", 7, None, None, NOON)  # type: ignore[arg-type]


def test_what_cannot_be_merged_or_shown_is_refused(policy: Policy, wider: Policy, compile: Compile) -> None:
    backtest = Backtest(policy, wider)
    with pytest.raises(Error, match="the parts differ in the proposed docket"):
        backtest.merge(Backtest(policy, policy))
    with pytest.raises(Error, match="not a part of a backtest"):
        Backtest.from_bytes(b"{}")
    with pytest.raises(Error, match="no digest at its end"):
        Backtest.from_bytes(backtest.to_bytes()[:-1])
    with pytest.raises(Error, match="its bytes have sha256:"):
        Backtest.from_bytes(backtest.to_bytes().replace(b'"not_read":0', b'"not_read":1'))
    with pytest.raises(Error, match="give 10 or more"):
        backtest.markdown(threshold=9)
    with pytest.raises(Error, match="merge this one into it"):
        Backtest.from_bytes(backtest.to_bytes()).add("vigil", HK, None, None, NOON)
    backtest.merge(backtest)
    assert Backtest(compile(ORDERS), wider).to_bytes() == backtest.to_bytes()


def test_columns_count_as_their_rows_do(policy: Policy, wider: Policy) -> None:
    addresses = [HK, CN, None, "nowhere", US, "192.0.2.9"] * 12
    meetings = ["vigil", "vigil", "vigil", "vigil", None, "vigil"] * 12
    times = [NOON + timedelta(hours=hour) for hour in range(72)]
    rows, arrays, lists = Backtest(policy, wider), Backtest(policy, wider), Backtest(policy, wider)
    for meeting, address, at in zip(meetings, addresses, times):
        rows.add(meeting, address, "US", None, at)
    arrays.add_batch(pa.array(meetings), pa.array(addresses), pa.array(times, pa.timestamp("us", tz="UTC")), "US")
    lists.add_batch(meetings, addresses, times)
    assert rows.to_bytes() == arrays.to_bytes() == lists.to_bytes()
    assert json.loads(rows.json())["not_read"] == 36
    with pytest.raises(TypeError, match="`addresses` is an Arrow array"):
        arrays.add_batch("vigil", pa.array([1.5]), times[:1])
    with pytest.raises(Error, match="give columns of one length"):
        arrays.add_batch(meetings, addresses, times[:1])
    assert rows.to_bytes() == arrays.to_bytes()
