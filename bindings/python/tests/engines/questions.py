"""A small universe of questions, each of which engines must answer as `Policy.explain` does."""

import itertools
from datetime import datetime, timezone
from typing import Any

import bailiwick

Row = tuple[str | None, str | None, str | None, str | None, datetime | None]

MEETINGS = ["vigil", "fraud", "another", "", None]
ADDRESSES = ["203.0.113.7", "192.0.2.7", "198.51.100.7", "2001:db8::7", "::ffff:203.0.113.7", None]
HOSTS = ["US", "CN", "no region", None]
ACCOUNTS = ["host-1", None]
# Before, within and after the window of one of the orders, and before 1970.
TIMES = [datetime(year, 1, day, tzinfo=timezone.utc) for year, day in [(2026, 9), (2026, 10), (2026, 20), (1969, 1)]]

ROWS: list[Row] = list(itertools.product(MEETINGS, ADDRESSES, HOSTS, ACCOUNTS, [*TIMES, None]))


# How near an order comes to reaching, as `why` tells it: the last reason that an order of any status has.
NEARNESS = [
    "no-order",
    "not-in-force",
    "not-yet-effective",
    "expired",
    "unlocated",
    "contested",
    "outside",
    "not-in-regions",
    "not-in-networks",
    "exempt",
    "reaches",
]


def expected(policy: bailiwick.Policy, row: Row) -> dict[str, Any]:
    """The answer about a row, asked for alone."""
    meeting, address, host, account, at = row
    if meeting is None or address is None or at is None:
        return {"kind": "allow", "unasked": True, "domestic": False, "orders": [], "region": None, "why": None}
    host = None if host == "no region" else host
    reasons = policy.explain(meeting, address, host, account, at)
    decision = reasons.decision
    return {
        "kind": decision.kind,
        "unasked": False,
        "domestic": decision.domestic_order is not None,
        "orders": decision.orders,
        "region": policy.locate(address),
        "why": max(["no-order", *(order["reason"] for order in reasons.to_dict()["orders"])], key=NEARNESS.index),
    }
