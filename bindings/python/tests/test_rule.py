"""The compiled policy against the rule by linear scan, on random dockets and sources."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bailiwick import Atlas, Policy
from bailiwick._bailiwick import _spec

# A small world, so that ranges nest, meet and contradict each other.
REGIONS = ["CN", "CN-GD", "HK", "US", "US-CA", "ZZ"]
ISSUERS = ["CN", "CN-GD", "HK", "US", "BOTH"]
NAMES = ["a", "b"]
DAY = 86_400 * 10**9

bits = st.integers(0, 15)
addresses = st.one_of(
    bits.map(lambda n: f"203.0.113.{n}"), bits.map(lambda n: f"::ffff:203.0.113.{n}"), bits.map(lambda n: f"2001:db8::{n:x}"), st.just("127.0.0.1")
)
ranges = st.tuples(st.sampled_from(["203.0.113.{}", "2001:db8::{:x}"]), bits, bits, st.sampled_from(REGIONS)).map(
    lambda r: f"{r[0].format(min(r[1], r[2]))},{r[0].format(max(r[1], r[2]))},{r[3]}\n"
)
sources = st.lists(st.lists(ranges, min_size=1, max_size=6).map("".join), min_size=1, max_size=3)
networks = st.sampled_from(["203.0.113.0/29", "203.0.113.8/29", "203.0.113.4/32", "2001:db8::/125", "::/0"])


@st.composite
def order(draw: st.DrawFn, number: int) -> str:
    lines = ["[[orders]]", f'id = "o{number}"', f'issuer = "{draw(st.sampled_from(ISSUERS))}"']
    lines.append(f"status = \"{draw(st.sampled_from(['in-force', 'in-force', 'in-force', 'withdrawn']))}\"")
    meetings = draw(st.lists(st.sampled_from(NAMES), max_size=2))
    lines.append(f"meetings = {meetings}".replace("'", '"'))
    lines.append(f"accounts = {draw(st.lists(st.sampled_from(NAMES), min_size=not meetings, max_size=2))}".replace("'", '"'))
    for field in ("networks", "exempt"):
        if draw(st.booleans()):
            lines.append(f"{field} = {draw(st.lists(networks, min_size=1, max_size=2))}".replace("'", '"'))
    days = sorted(draw(st.sets(st.integers(2, 8), min_size=2, max_size=2)))
    for field, day in zip(("effective", "expires"), days, strict=True):
        if draw(st.booleans()):
            lines.append(f'{field} = "1970-01-0{day}T00:00:00Z"')
    return "\n".join(lines) + "\n"


@st.composite
def dockets(draw: st.DrawFn) -> str:
    orders = [draw(order(number)) for number in range(draw(st.integers(0, 4)))]
    return '[jurisdictions]\nBOTH = ["CN", "US-CA"]\n' + "".join(orders)


@settings(max_examples=200, deadline=None)
@given(
    docket=dockets(),
    files=sources,
    minimum=st.integers(1, 3),
    questions=st.lists(
        st.tuples(st.sampled_from(["a", "b", "c"]), addresses, st.sampled_from(REGIONS), st.sampled_from([None, *NAMES]), st.integers(0, 10)),
        min_size=1,
        max_size=12,
    ),
)
def test_compiled_equals_spec(
    docket: str, files: list[str], minimum: int, questions: list[tuple[str, str, str, str | None, int]]
) -> None:
    minimum = min(minimum, len(files))
    with tempfile.TemporaryDirectory() as folder:
        specs = []
        for number, text in enumerate(files):
            path = Path(folder, f"{number}.csv")
            path.write_text(text)
            specs.append(f"s{number}=range:{path}")
        policy = Policy.from_toml(docket, Atlas(specs, min_sources=minimum))
        for meeting, address, host, account, day in questions:
            decision = policy.decide(meeting, address, host, account=account, at=day * DAY)
            assert (decision.kind, decision.orders, decision.domestic_order) == _spec(
                docket, specs, minimum, meeting, address, host, account, day * DAY
            )
            assert policy.explain(meeting, address, host, account=account, at=day * DAY).to_dict()["decision"] == decision.kind
            assert policy.decide_many(meeting, [address], host, account, at=day * DAY) == [decision.kind]
