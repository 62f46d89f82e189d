"""Reading orders and geo files, and what is wrong with them."""

import json
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from conftest import CN, GEO, HK, ORDERS, US, WIDER, Compile

from bailiwick import Atlas, Decision, Error, Policy


def test_an_error_shows_the_line_with_a_caret(orders: Path, atlas: Atlas) -> None:
    orders.write_text('[[orders]]\nid = "a"\nissuer = "UK"\nmeetings = ["m"]\nstatus = "in-force"\n')
    with pytest.raises(Error) as caught:
        Policy.open(orders, atlas)
    text = str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert f"{orders}:3:" in text and 'issuer = "UK"' in text and "^^^" in text and "`GB`" in text


def test_all_errors_are_told_at_once(compile: Compile) -> None:
    with pytest.raises(Error) as caught:
        compile('[[orders]]\nid = "a"\nissuer = "UK"\nstatus = "in-force"\n[[orders]]\nid = "a"\nissuer = "CN"\nmeetings = ["m"]\nstatus = "received"\n')
    text = str(caught.value)
    assert text.count("<string>:") >= 3, text


def test_a_syntax_error_has_its_place(compile: Compile) -> None:
    with pytest.raises(Error, match=r"<string>:2:\d+"):
        compile('[[orders]]\nid = "a\n')


def test_a_missing_file_is_an_error_with_its_cause(tmp_path: Path, atlas: Atlas) -> None:
    with pytest.raises(Error, match="none.toml") as caught:
        Policy.open(tmp_path / "none.toml", atlas)
    assert isinstance(caught.value.__cause__, FileNotFoundError)
    with pytest.raises(Error, match="none.csv"):
        Atlas([tmp_path / "none.csv"])
    with pytest.raises(Error):
        Policy.open(tmp_path, atlas)


def test_a_file_that_is_not_text_is_an_error(orders: Path, atlas: Atlas) -> None:
    for content in [b"\xff\xfe[\0[\0", b"id = '\x80'", b"\x1f\x8b\x08"]:
        orders.write_bytes(content)
        with pytest.raises(Error, match="cannot be read"):
            Policy.open(orders, atlas)


def test_json_is_read_as_well(tmp_path: Path, atlas: Atlas) -> None:
    path = tmp_path / "orders.json"
    path.write_text(json.dumps({"orders": [{"id": "a", "issuer": "CN", "meetings": ["m"], "status": "in-force"}]}))
    assert Policy.open(path, atlas).decide("m", CN).orders == ["a"]
    assert Policy.open(str(path), atlas) == Policy.open(path, atlas)


def test_requirements_are_checked(atlas: Atlas) -> None:
    with pytest.raises(Error, match="approv"):
        Policy.from_toml(ORDERS, atlas, requirements="approvals = 2")
    with pytest.raises(Error, match="requirements"):
        Policy.from_toml(ORDERS, atlas, requirements="aprovals = 2")


def test_warnings_are_texts(policy: Policy) -> None:
    assert any("cn-m2" in warning and "expir" in warning for warning in policy.warnings)
    assert all("^" in warning for warning in policy.warnings if "cn-m2" in warning)


def test_the_digest_is_that_of_what_the_orders_say(policy: Policy, compile: Compile) -> None:
    assert policy.digest.startswith("sha256:")
    assert compile("# a comment\n" + ORDERS).digest == policy.digest != compile(WIDER).digest
    assert compile(ORDERS) == policy and hash(compile(ORDERS)) == hash(policy) and policy != compile(WIDER)


def test_sources_must_agree(geo: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("203.0.113.0,203.0.113.255,HK\n")
    assert Atlas([geo]).locate(CN) == "CN"
    assert Atlas([geo, other]).locate(CN) == "contested"
    assert Atlas([geo, other], min_sources=2).locate(US) == "unknown"
    assert Atlas([geo], exclude=[other]).locate(CN) == "unknown"
    assert Atlas([geo], exclude=[f"tor={other}"]).locate(CN) == "unknown"
    assert Atlas(geo) == Atlas([geo]) and Atlas([geo]) != Atlas([geo, other])
    cases: list[tuple[list[Path | str], int]] = [([geo], 2), ([geo], 0), ([f"a={geo}", f"a={geo}"], 1)]
    for sources, count in cases:
        with pytest.raises(Error):
            Atlas(sources, min_sources=count)


def test_a_geo_file_has_its_errors_by_line(geo: Path) -> None:
    geo.write_text("203.0.113.0,203.0.113.255,CN\n203.0.114.0,203.0.113.255,CN\n")
    with pytest.raises(Error, match="line 2"):
        Atlas([geo])


def test_a_change_is_told_before_it_is_made(policy: Policy, compile: Compile) -> None:
    change = policy.change_to(compile(WIDER))
    assert (change.widens, change.releases, change.is_empty) == (True, False, False)
    assert "hk-1" in str(change) and change.to_dict()["widens"] is True
    assert change.acknowledgement().startswith("bailiwick acknowledgement 1\n")
    back = compile(WIDER).change_to(policy)
    assert (back.widens, back.releases) == (False, True)
    assert policy.change_to(compile(ORDERS)).is_empty


def test_the_meetings_that_orders_in_force_name_are_listed(policy: Policy, compile: Compile) -> None:
    assert policy.meetings == ["fraud", "vigil"]
    assert compile(ORDERS.replace("in-force", "withdrawn", 1)).meetings == ["fraud"]


def test_a_sweep_says_who_must_go_and_who_stays(policy: Policy) -> None:
    sweep = policy.sweep("vigil", "US", {"conn-1": CN, "conn-2": US, 3: HK, (4, 5): "unreadable", "conn-6": None})
    assert sweep.to_remove == ["conn-1"]
    assert set(sweep.staying) == {"conn-2", 3, (4, 5), "conn-6"}
    assert sweep.unasked == [(4, 5), "conn-6"]
    assert list(sweep.decisions) == ["conn-1"] and sweep.decisions["conn-1"] == policy.decide("vigil", CN, "US")
    assert CN not in str(sweep) + repr(sweep)
    assert policy.sweep("another", "US", {1: CN}).to_remove == []
    assert policy.sweep("another", "US", {1: CN}, account="host-1").to_remove == [1]
    with pytest.raises(TypeError):
        policy.sweep("vigil", "US", {1: 2.5})  # type: ignore[dict-item]


def test_policies_are_pickled_by_paths_and_digests(policy: Policy, orders: Path, geo: Path) -> None:
    pickled = pickle.dumps(policy)
    assert b"cn-m2" not in pickled and str(orders).encode() in pickled
    assert pickle.loads(pickled) == policy and pickle.loads(pickle.dumps(policy.atlas)) == policy.atlas
    orders.write_text("# the same\n" + ORDERS)
    assert pickle.loads(pickled) == policy
    orders.write_text(WIDER)
    with pytest.raises(Error, match="has changed since"):
        pickle.loads(pickled)
    orders.write_text(ORDERS)
    geo.write_text(GEO.replace("HK", "CN"))
    with pytest.raises(Error, match="geo files have changed"):
        pickle.loads(pickled)


def test_a_policy_of_a_text_is_pickled_with_it(compile: Compile) -> None:
    policy = compile(ORDERS)
    assert pickle.loads(pickle.dumps(policy)) == policy


def _decide(policy: Policy) -> str:
    return policy.decide("vigil", CN, "US").kind


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_policy_goes_to_other_processes(policy: Policy, method: str) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context(method)) as pool:
        assert pool.submit(_decide, policy).result() == "block-participant"


def test_a_decision_is_not_pickled_as_it_has_an_address(policy: Policy) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(policy.decide("vigil", CN, "US"))


def test_a_policy_of_a_text_is_called_so(compile: Compile, policy: Policy, orders: Path) -> None:
    assert repr(compile(ORDERS)) == '<bailiwick.Policy of "<string>", orders=2>'
    assert str(orders) in repr(policy)
    assert "geo.csv" in repr(policy.atlas)


def test_subinterpreters_or_none() -> None:
    """An import in a process without anything else works, and costs no other import than those of the standard library."""
    code = "import sys, bailiwick; print(sorted(m for m in ('pyarrow', 'numpy', 'asyncio', 'synapse') if m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_decision_is_a_decision(policy: Policy) -> None:
    assert isinstance(policy.decide("vigil", CN), Decision)
