"""Measures decisions: `./bench` runs it."""

import os
import tempfile
import timeit
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import pyarrow as pa
from conftest import CN, GEO, ORDERS, US

import bailiwick


def best(call: Callable[[], object], number: int) -> float:
    """Seconds for one call: the best of five runs."""
    return min(timeit.repeat(call, number=number, repeat=5)) / number


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        geo = Path(folder, "geo.csv")
        geo.write_text(GEO)
        policy = bailiwick.Policy.from_toml(ORDERS, bailiwick.Atlas([geo]))
    print("load of the machine:", *(f"{load:.1f}" for load in os.getloadavg()), f"on {os.cpu_count()} cores")
    address, at = ip_address(CN), 1_800_000_000 * 10**9
    live = bailiwick.LivePolicy(policy)
    calls: dict[str, Callable[[], object]] = {
        "nothing: a method of a str": lambda: CN.isascii(),
        "decide, no order names the meeting": lambda: policy.decide("another", CN, "US"),
        "decide, an order names it": lambda: policy.decide("vigil", CN, "US"),
        "decide, address of ipaddress": lambda: policy.decide("vigil", address, "US"),
        "decide, address of bytes, time given": lambda: policy.decide("vigil", address.packed, "US", at=at),
        "decide and read kind": lambda: policy.decide("vigil", CN, "US").kind,
        "LivePolicy.decide": lambda: live.decide("vigil", CN, "US"),
        "decide and read orders": lambda: policy.decide("vigil", CN, "US").orders,
    }
    for name, call in calls.items():
        print(f"{best(call, 50_000) * 1e6:8.2f} µs  {name}")

    rows = 1_000_000
    meetings = pa.array(["vigil", "another", "fraud", "unlisted"] * (rows // 4))
    texts = pa.array([CN, US] * (rows // 2))
    packed = pa.array([b"\0" * 10 + b"\xff\xff" + ip_address(ip).packed for ip in (CN, US)] * (rows // 2), pa.binary(16))
    columns: dict[str, tuple[object, object]] = {
        "meetings and addresses as text": (meetings, texts),
        "meetings as dictionary, addresses as 16 bytes": (meetings.dictionary_encode(), packed),
        "one meeting, addresses as 16 bytes": ("vigil", packed),
        "lists": (meetings.to_pylist(), texts.to_pylist()),
    }
    for name, (names, ips) in columns.items():
        for full in (False, True):
            seconds = best(lambda: policy.decide_many(names, ips, "US", full=full), 1)  # type: ignore[call-overload]
            print(f"{rows / seconds / 1e6:8.2f} million rows/s  decide_many, {name}{', full' if full else ''}")


if __name__ == "__main__":
    main()
