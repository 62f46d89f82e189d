"""Asking a policy about one participant."""

from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from typing import Any

import pyarrow as pa
import pytest
from conftest import CN, HK, NOWHERE, US

from bailiwick import Atlas, Error, Policy


@pytest.mark.parametrize(
    ("meeting", "address", "kind"),
    [
        ("vigil", CN, "block-participant"),
        ("vigil", HK, "keep-meeting"),
        ("vigil", US, "keep-meeting"),
        ("vigil", NOWHERE, "keep-meeting"),
        ("another", CN, "allow"),
    ],
)
def test_an_order_reaches_as_far_as_its_issuers_jurisdiction(policy: Policy, meeting: str, address: str, kind: str) -> None:
    decision = policy.decide(meeting, address, "US")
    assert decision.kind == kind
    assert decision.admits == (kind != "block-participant")
    assert decision.orders == ([] if kind == "allow" else ["cn-m2"])
    assert (decision.host_account, decision.domestic_order) == ("unaffected", None)


@pytest.mark.parametrize(
    "address",
    [CN, f"::ffff:{CN}", ip_address(CN), ip_address(f"::ffff:{CN}"), ip_address(CN).packed, b"\0" * 10 + b"\xff\xff" + ip_address(CN).packed],
)
def test_an_address_is_a_str_bytes_or_an_object_of_ipaddress(policy: Policy, address: Any) -> None:
    assert policy.decide("vigil", address, "US").kind == "block-participant"


@pytest.mark.parametrize("address", ["", "203.0.113", "203.0.113.7:443", "203.0.113.07", " 203.0.113.7", "localhost", b"", b"203.0.113.7"])
def test_what_is_no_address_is_an_error_that_says_what_to_give(policy: Policy, address: Any) -> None:
    with pytest.raises(Error, match="address.*(give|without)"):
        policy.decide("vigil", address, "US")


@pytest.mark.parametrize("address", [None, 7, 3.5, ["203.0.113.7"], bytearray(4)])
def test_a_wrong_type_is_a_type_error(policy: Policy, address: Any) -> None:
    with pytest.raises(TypeError):
        policy.decide("vigil", address, "US")


def test_the_zone_of_a_link_local_address_is_left_out_and_no_other_address_has_one(policy: Policy) -> None:
    """Alone, in a list, as an object, and as a column, as RFC 4007 has zones."""

    def kinds(address: str) -> list[str | None]:
        alone: list[str | None] = []
        for form in (address, *([ip_address(address)] if ":" in address else [])):
            try:
                alone.append(policy.decide("vigil", form, "US").kind)
            except Error:
                alone.append(None)
        for column in (pa.array([address]), pa.array([address]).dictionary_encode(), [address]):
            decisions = policy.decide_many("vigil", column, "US")
            alone.append(None if decisions.unasked else decisions[0])
        return alone

    assert set(kinds("fe80::1%eth0")) == set(kinds("fe80::1%25")) == {"keep-meeting"}
    assert set(kinds("2001:db8::7%eth0")) == set(kinds("::ffff:203.0.113.7%eth0")) == set(kinds("203.0.113.7%eth0")) == {None}
    assert policy.decide("vigil", "2001:db8::7", "US").kind == "keep-meeting"


def test_an_account_is_named_by_orders_too(policy: Policy) -> None:
    assert policy.decide("another", CN, "US", account="host-1").kind == "block-participant"
    assert policy.decide("another", CN, "US", account="host-2").kind == "allow"
    assert policy.decide("host-1", CN, "US").kind == "allow"


def test_the_host_is_affected_by_domestic_orders_alone(policy: Policy) -> None:
    for host, account in [("CN", "under-domestic-order"), ("CN-GD", "under-domestic-order"), ("HK", "unaffected"), (None, "unaffected")]:
        decision = policy.decide("vigil", US, host)
        assert (decision.kind, decision.host_account) == ("keep-meeting", account)
        assert decision.domestic_order == ("cn-m2" if host in ("CN", "CN-GD") else None)


EFFECTIVE = datetime(2020, 6, 3, tzinfo=timezone.utc)
EXPIRES = datetime(2020, 6, 5, tzinfo=timezone.utc)
NANOSECOND_BEFORE = int(EFFECTIVE.timestamp()) * 10**9 - 1


@pytest.mark.parametrize(
    ("at", "kind"),
    [
        (EFFECTIVE, "block-participant"),
        (EFFECTIVE - timedelta(microseconds=1), "allow"),
        (EFFECTIVE.astimezone(timezone(timedelta(hours=8))), "block-participant"),
        (EXPIRES, "allow"),
        (EXPIRES - timedelta(microseconds=1), "block-participant"),
        (NANOSECOND_BEFORE, "allow"),
        (NANOSECOND_BEFORE + 1, "block-participant"),
        (0, "allow"),
        (-(10**18), "allow"),
        (datetime(1, 1, 1, tzinfo=timezone.utc), "allow"),
        (datetime.max.replace(tzinfo=timezone.utc), "allow"),
        (None, "allow"),
    ],
)
def test_the_time_is_an_aware_datetime_or_nanoseconds(policy: Policy, at: Any, kind: str) -> None:
    assert policy.decide("fraud", US, "US", at=at).kind == kind


def test_a_time_that_can_be_misread_is_an_error(policy: Policy) -> None:
    with pytest.raises(Error, match="time zone"):
        policy.decide("fraud", US, "US", at=datetime(2020, 6, 3))
    with pytest.raises(Error, match="beyond"):
        policy.decide("fraud", US, "US", at=2**200)
    for at in [1591142400.0, "2020-06-03T00:00:00Z", True]:
        with pytest.raises(TypeError, match="`at`"):
            policy.decide("fraud", US, "US", at=at)  # type: ignore[arg-type]


def test_a_region_that_is_none_is_an_error_with_a_hint(policy: Policy) -> None:
    with pytest.raises(Error, match="`UK`.*`GB`"):
        policy.decide("vigil", US, "UK")


def test_a_name_that_is_not_text_is_an_error(policy: Policy) -> None:
    with pytest.raises(Error, match="surrogate"):
        policy.decide("vigil\udc80", CN, "US")
    with pytest.raises(Error, match="surrogate"):
        policy.decide("vigil", CN, "US", account="\udc80")
    with pytest.raises(TypeError):
        policy.decide(b"vigil", CN, "US")  # type: ignore[arg-type]


def test_names_may_be_long_and_hold_nul(policy: Policy) -> None:
    for name in ["vigil\0", "vigil" * 200_000, "", "六四"]:
        assert policy.decide(name, CN, "US").kind == "allow"


def test_the_notice_is_in_the_best_language(policy: Policy) -> None:
    decision = policy.decide("vigil", CN, "US")
    english, chinese = decision.notice("en"), decision.notice("zh-Hant-TW, *;q=0.1")
    assert english is not None and english.startswith("You cannot join from mainland China.") and "Article 12" in english
    assert chinese is not None and chinese.startswith("您无法从中国大陆加入。")
    assert decision.notice() == english
    assert policy.decide("vigil", US, "US").notice("en") is None


def test_an_http_refusal_is_451_with_a_problem(policy: Policy) -> None:
    refusal = policy.decide("vigil", CN, "US").http_refusal("zh", "https://example.org/legal")
    assert refusal is not None
    status, headers, body = refusal
    fields = dict(headers)
    assert status == 451 and fields["Link"] == '<https://example.org/legal>; rel="blocked-by"'
    assert fields["Content-Language"] == "zh" and "您无法从中国大陆加入。" in body
    assert policy.decide("vigil", US, "US").http_refusal("zh", "") is None


def test_an_explanation_is_text_and_data(policy: Policy) -> None:
    why = policy.explain("vigil", CN, "US", at=EFFECTIVE)
    data = why.to_dict()
    assert str(why).startswith("block participant in meeting `vigil`")
    assert (data["decision"], data["location"], data["at"]) == ("block-participant", "CN", "2020-06-03T00:00:00Z")
    assert [order["reason"] for order in data["orders"]] == ["reaches"]
    assert why.decision == policy.decide("vigil", CN, "US")
    assert CN not in str(why) + repr(why)


def test_a_decision_shows_orders_and_neither_addresses_nor_names(policy: Policy) -> None:
    decision = policy.decide("vigil", CN, "CN")
    assert repr(decision) == "<bailiwick.Decision block-participant, orders=[\"cn-m2\"], domestic_order=\"cn-m2\">"
    assert str(decision) == f"{decision}" == "block-participant"


def test_decisions_are_equal_when_they_say_the_same(policy: Policy) -> None:
    block, keep = policy.decide("vigil", CN, "US"), policy.decide("vigil", US, "US")
    assert block == policy.decide("vigil", "203.0.113.99", "US") and hash(block) == hash(policy.decide("vigil", "203.0.113.99", "US"))
    assert block != keep and block != "block-participant" and len({block, keep, policy.decide("vigil", CN, "US")}) == 2


def test_a_decision_outlives_its_policy(atlas: Atlas) -> None:
    decision = Policy.from_toml('[[orders]]\nid="o"\nissuer="CN"\nmeetings=["m"]\nstatus="in-force"', atlas).decide("m", CN)
    assert (decision.orders, decision.kind) == (["o"], "block-participant")


def test_nothing_can_be_changed(policy: Policy, atlas: Atlas) -> None:
    decision = policy.decide("vigil", CN, "US")
    for thing, name in [(decision, "kind"), (policy, "digest"), (atlas, "digest"), (decision, "new"), (policy, "new")]:
        with pytest.raises(AttributeError):
            setattr(thing, name, "allow")
    decision.orders.append("another")
    assert decision.orders == ["cn-m2"]


@pytest.mark.parametrize("name", ["Atlas", "Decision", "Decisions", "Policy", "LivePolicy", "Ledger", "Sweep", "Change", "Explanation"])
def test_classes_are_of_the_package_and_final(name: str) -> None:
    import bailiwick

    cls = getattr(bailiwick, name)
    assert (cls.__module__, cls.__qualname__) == ("bailiwick", name) and cls.__doc__
    with pytest.raises(TypeError):
        type("Mine", (cls,), {})
