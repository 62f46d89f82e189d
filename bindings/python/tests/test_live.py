"""Reloading, and the record of decisions."""

import json
import os
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import CN, GEO, HK, ORDERS, US, WIDER, Compile

from bailiwick import Atlas, Error, Ledger, LivePolicy, Policy, WideningError

KEY = bytes(range(32))


@pytest.fixture
def live(policy: Policy) -> LivePolicy:
    return LivePolicy(policy)


def test_a_reload_that_does_not_widen_is_taken(live: LivePolicy, orders: Path) -> None:
    orders.write_text(ORDERS.replace('meetings = ["vigil"]', 'meetings = ["other"]').replace("other", "vigil", 1))
    assert live.reload(orders).is_empty
    orders.write_text(ORDERS.replace('issuer = "CN"\n', 'issuer = "CN"\nnetworks = ["203.0.113.0/25"]\n'))
    change = live.reload(orders, unless_wider=True)
    assert (change.releases, change.widens) == (True, False)
    assert live.decide("vigil", "203.0.113.200").kind == "keep-meeting"
    assert live.policy.decide("vigil", CN).kind == "block-participant"


def test_a_reload_that_widens_is_refused_and_says_whom(live: LivePolicy, orders: Path) -> None:
    before = live.policy
    orders.write_text(WIDER)
    with pytest.raises(WideningError, match="hk-1") as caught:
        live.reload(orders)
    assert caught.value.change.widens and isinstance(caught.value, Error)
    assert live.policy == before and live.decide("vigil", HK).kind == "keep-meeting"


def test_a_reload_that_widens_is_taken_when_it_is_asked_for(live: LivePolicy, orders: Path) -> None:
    orders.write_text(WIDER)
    assert live.reload(orders, unless_wider=False).widens
    assert live.decide("vigil", HK).kind == "block-participant"


def test_a_reload_that_widens_is_taken_when_the_file_beside_acknowledges_it(live: LivePolicy, orders: Path, compile: Compile) -> None:
    orders.write_text(WIDER)
    beside = orders.with_name(orders.name + ".acknowledged")
    beside.write_text(compile(WIDER).change_to(live.policy).acknowledgement())
    with pytest.raises(WideningError):
        live.reload(orders)
    beside.write_text("bailiwick acknowledgement 1\n")
    with pytest.raises(WideningError, match="acknowledgement .* cannot be read"):
        live.reload(orders)
    beside.write_text(live.policy.change_to(compile(WIDER)).acknowledgement())
    assert live.reload(orders).widens


def test_a_new_atlas_alone_is_taken(live: LivePolicy, orders: Path, geo: Path) -> None:
    geo.write_text(GEO.replace("HK", "CN"))
    wider = Atlas([geo])
    change = live.reload(orders, atlas=wider)
    assert change.widens and live.decide("vigil", HK).kind == "block-participant"
    assert live.policy.atlas == wider


def test_a_new_atlas_hides_no_wider_orders(live: LivePolicy, orders: Path, geo: Path, tmp_path: Path) -> None:
    # On the new atlas nothing is in HK: there, the new order would reach nobody.
    geo.write_text(GEO.replace("HK", "JP"))
    orders.write_text(WIDER)
    with pytest.raises(WideningError):
        live.reload(orders, atlas=Atlas([geo]))
    with pytest.raises(WideningError):
        live.replace(Policy.open(orders, Atlas([geo])))
    assert live.decide("vigil", HK).kind == "keep-meeting"
    assert live.replace(Policy.open(orders, Atlas([geo])), unless_wider=False).is_empty is False


def test_a_policy_is_replaced_by_another(live: LivePolicy, compile: Compile, geo: Path) -> None:
    with pytest.raises(WideningError):
        live.replace(compile(WIDER))
    geo.write_text(GEO.replace("HK", "CN"))
    assert live.replace(Policy.from_toml(ORDERS, Atlas([geo]))).widens


@pytest.mark.parametrize("text", ["", "[[orders]]", ORDERS[:-20], ORDERS.replace("CN", "UK")])
def test_a_reload_that_does_not_compile_leaves_what_is_in_force(live: LivePolicy, orders: Path, text: str) -> None:
    before = live.policy
    orders.write_text(text)
    for unless_wider in (True, False):
        with pytest.raises(Error) as caught:
            live.reload(orders, unless_wider)
        assert not isinstance(caught.value, WideningError)
    orders.unlink()
    with pytest.raises(Error):
        live.reload(orders)
    assert live.policy == before and live.decide("vigil", CN).kind == "block-participant"


def test_a_docket_without_an_end_mark_does_not_replace_one_that_has_it(orders: Path, atlas: Atlas, compile: Compile) -> None:
    orders.write_text(ORDERS + "\n[end]\norders = 2\n")
    live = LivePolicy(Policy.open(orders, atlas))
    orders.write_text(ORDERS)
    with pytest.raises(Error, match="end"):
        live.reload(orders)
    with pytest.raises(Error, match="end"):
        live.replace(compile(ORDERS))
    with pytest.raises(Error, match="end"):
        live.replace(compile(""), unless_wider=False)
    assert live.replace(compile("[end]\norders = 0\n")).releases
    with pytest.raises(Error, match="orders"):
        LivePolicy(compile(ORDERS)).replace(compile(""))


def test_threads_decide_while_another_reloads(live: LivePolicy, orders: Path, tmp_path: Path) -> None:
    narrow = tmp_path / "narrow.toml"
    narrow.write_text(ORDERS.replace('issuer = "CN"\n', 'issuer = "CN"\nexempt = ["203.0.113.7/32"]\n'))
    seen: set[str] = set()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            seen.update((live.decide("vigil", CN).kind, live.decide("vigil", "203.0.113.8").kind + "!"))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        live.reload(narrow)
        live.reload(orders, unless_wider=False)
    stop.set()
    for thread in threads:
        thread.join()
    assert seen <= {"block-participant", "keep-meeting", "block-participant!"} and "block-participant!" in seen


def _lets_others_run(work: Callable[[], object]) -> bool:
    """Whether this thread goes on while another one works. With the lock held throughout, that is once or twice at every try. Without it,
    a busy machine may wake this thread late, but hardly at every try."""
    for _ in range(10):
        thread = threading.Thread(target=work)
        thread.start()
        ticks = 0
        while thread.is_alive():
            ticks += 1
            time.sleep(0.001)
        if ticks > 5:
            return True
    return False


def test_compiling_lets_other_threads_run(atlas: Atlas) -> None:
    text = "".join(f'[[orders]]\nid = "o{n}"\nissuer = "CN"\nmeetings = ["m{n}"]\nstatus = "in-force"\n' for n in range(5000))
    assert _lets_others_run(lambda: Policy.from_toml(text, atlas))


def test_batches_let_other_threads_run(policy: Policy) -> None:
    addresses = pa.array([CN, US] * 1_000_000)
    assert _lets_others_run(lambda: policy.decide_many("vigil", addresses))


def test_decisions_are_recorded(policy: Policy, live: LivePolicy, tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    at = datetime(2026, 1, 1, tzinfo=timezone.utc)
    with Ledger(path, KEY) as ledger:
        assert ledger.record(policy, "vigil", CN, "US", account="host-1", at=at) == 1
        assert ledger.record(live, "vigil", US, "US", at=at) == 2
        assert ledger.record(policy.decide("vigil", CN, "US", at=at)) == 3
        assert ledger.record(policy.explain("vigil", CN, "US", at=at)) == 4
        assert ledger.head.startswith("4:sha256:") and ledger.public_head is None and ledger.torn is None
        ledger.sync()
        ledger.rotate(tmp_path / "next.jsonl")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line.get("verdict") for line in lines[1:5]] == ["block-participant", "keep-meeting", "block-participant", "block-participant"]
    assert "vigil" not in path.read_text() and CN not in path.read_text()
    with pytest.raises(Error, match="closed"):
        ledger.record(policy, "vigil", CN)
    with pytest.raises(Error, match="sealed"):
        Ledger(path, KEY)
    with pytest.raises(Error, match="another key"):
        Ledger(tmp_path / "next.jsonl", KEY[::-1])
    with pytest.raises(Error, match="32"):
        Ledger(tmp_path / "third.jsonl", b"short")


def test_missing_decisions_are_counted_and_padding_covers_every_line(policy: Policy, tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with Ledger(path, KEY) as ledger:
        ledger.record(policy, "vigil", CN)
        with pytest.raises(Error, match="until there are 10"):
            ledger.unrecorded(9)
        for wrong in (-1, 1 << 64):
            with pytest.raises(OverflowError):
                ledger.unrecorded(wrong)
        assert (ledger.unrecorded(10), ledger.unrecorded(0)) == (2, 3)
        assert ledger.public_head is None
        assert (ledger.pad(), ledger.pad()) == (252, 0)
        head = ledger.public_head
        assert head == ledger.head and head is not None and head.startswith("255:sha256:")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line.get("unrecorded") for line in lines[2:5]] == [10, 0, None]
    assert sum("pad" in line for line in lines) == 252 and len(lines) == 256
    # Opening a file verifies all of it.
    with Ledger(path, KEY) as ledger:
        assert ledger.public_head == head and ledger.record(policy, "vigil", CN) == 256
    with pytest.raises(Error, match="closed"):
        ledger.pad()


def test_a_ledger_is_written_by_one(policy: Policy, tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.jsonl", KEY), pytest.raises(Error, match="another ledger"):
        Ledger(tmp_path / "ledger.jsonl", KEY)


def test_a_torn_line_is_set_aside(policy: Policy, tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with Ledger(path, KEY) as ledger:
        ledger.record(policy, "vigil", CN)
    with path.open("ab") as file:
        file.write(b'{"seq":2,')
    with Ledger(path, KEY) as ledger:
        assert ledger.torn is not None and Path(ledger.torn).read_bytes() == b'{"seq":2,'
        assert ledger.record(policy, "vigil", CN) == 2


def test_arguments_of_record_go_together(policy: Policy, tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.jsonl", KEY) as ledger:
        wrong: list[tuple[Any, ...]] = [(policy,), (policy, "vigil"), (policy.decide("vigil", CN), "vigil", CN), ("vigil", CN)]
        for arguments in wrong:
            with pytest.raises(TypeError):
                ledger.record(*arguments)


def test_a_child_does_not_write_to_its_parents_ledger(tmp_path: Path, orders: Path, geo: Path) -> None:
    program = f"""
import os, bailiwick
policy = bailiwick.Policy.open({str(orders)!r}, bailiwick.Atlas([{str(geo)!r}]))
ledger = bailiwick.Ledger({str(tmp_path / "ledger-%p.jsonl")!r}, bytes(range(32)))
child = os.fork()
if child == 0:
    try:
        ledger.record(policy, "vigil", "203.0.113.7")
    except bailiwick.Error as error:
        mine = bailiwick.Ledger({str(tmp_path / "ledger-%p.jsonl")!r}, bytes(range(32)))
        os._exit(0 if "another process" in str(error) and mine.record(policy, "vigil", "203.0.113.7") == 1 else 2)
    os._exit(1)
assert os.waitpid(child, 0)[1] == 0
assert ledger.record(policy, "vigil", "203.0.113.7") == 1
"""
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ})
    assert len(list(tmp_path.glob("ledger-[0-9]*.jsonl"))) == 2
