"""What type checkers see: mypy in strict mode over a program, and the stubs against the extension module."""

import subprocess
import sys
from pathlib import Path

GOOD = """
from datetime import datetime, timezone
from ipaddress import ip_address
from pathlib import Path

import bailiwick

atlas = bailiwick.Atlas(["geo.csv", Path("other.mmdb")], min_sources=1, exclude=[])
policy: bailiwick.Policy = bailiwick.Policy.open("orders.toml", atlas)
policy = bailiwick.Policy.from_toml("", atlas)
decision = policy.decide("vigil", "203.0.113.7", "US", account=None, at=None)
policy.decide("vigil", ip_address("203.0.113.7"), "US", at=datetime.now(timezone.utc))
policy.decide("vigil", b"1234", None, at=7)
if decision.kind == "block-participant" and not decision.admits:
    text: str | None = decision.notice("en")
    first: str = decision.orders[0]
    print(decision.host_account == "unaffected", text, first)
kind: bailiwick.DecisionKind = decision.kind
match decision.kind:
    case "allow" | "keep-meeting":
        pass
    case "block-participant":
        pass
data: dict[str, object] = policy.explain("vigil", "203.0.113.7", "US").to_dict()
kinds: list[bailiwick.DecisionKind] = list(policy.decide_many(["vigil"], ["203.0.113.7", None], "US"))
decisions: bailiwick.Decisions = policy.decide_many(["vigil"], ["203.0.113.7"], at=[datetime.now(timezone.utc), None, 7])
batch: bailiwick.Batch = policy.decide_many(["vigil"], ["203.0.113.7"], full=True)
ids: list[list[str]] = batch.orders
why: str | None = batch.whys[0] or batch.regions[0]
counted: int = batch.decisions.unread_accounts + len(batch)
sweep = policy.sweep("vigil", "US", {"conn-1": "203.0.113.7"})
removed: list[str] = sweep.to_remove
numbers: list[int] = policy.sweep("vigil", "US", {1: "203.0.113.7"}).to_remove
change: bailiwick.Change = policy.change_to(policy)
partial = bailiwick.PartialReport.from_ledger(Path("ledger"), "2020-06-01", datetime.now(timezone.utc), heads=[])
partial = bailiwick.PartialReport.merge([partial, bailiwick.PartialReport.from_lines([b"{}", "{}"], "2020-06-01", "2020-07-01")])
report: str = bailiwick.PartialReport.from_bytes(partial.to_bytes()).report("orders.toml", "csv", threshold=20, after=None)
parts: list[tuple[str, int, int]] = partial.parts
live = bailiwick.LivePolicy(policy)
try:
    live.reload("orders.toml", unless_wider=True)
except bailiwick.WideningError as error:
    print(error.change.widens)
seq: int = bailiwick.Ledger("ledger", b"key").record(live, "vigil", "203.0.113.7", "US")
bailiwick.Ledger("ledger", b"key").record(decision)
warnings: list[str] = policy.warnings
digest: str = policy.digest
"""

BAD = [
    ("policy.decide('vigil', 7)", "arg-type"),
    ("policy.decide(b'vigil', '::1')", "arg-type"),
    ("policy.decide('vigil', '::1', at=1.5)", "arg-type"),
    ("policy.decide('vigil', '::1').kind == 'block'", "comparison-overlap"),
    ("policy.digest = ''", "misc"),
    ("policy.decide_many('vigil', 7)", "call-overload"),
    ("policy.decide_many('vigil', ['::1'], full=True).blocked", "attr-defined"),
    ("class Mine(bailiwick.Policy): ...", "misc"),
    ("bailiwick.Ledger('l', b'k').record('vigil')", "call-overload"),
    ("bailiwick.Policy()", "missing"),
]


def check(program: str, path: Path) -> str:
    path.write_text(program)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(path.parent / "cache"), str(path)],
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr


def test_a_program_is_checked_in_strict_mode(tmp_path: Path) -> None:
    assert check(GOOD, tmp_path / "good.py") == ""


def test_mistakes_are_found(tmp_path: Path) -> None:
    head = "import bailiwick\npolicy = bailiwick.Policy.from_toml('', bailiwick.Atlas([]))\n"
    found = check(head + "".join(f"{line}\n" for line, _ in BAD if _ != "missing"), tmp_path / "bad.py")
    for number, (line, code) in enumerate([bad for bad in BAD if bad[1] != "missing"], start=3):
        assert any(f"bad.py:{number}:" in error and f"[{code}]" in error for error in found.splitlines()), (line, found)


def test_the_stubs_are_those_of_the_extension(tmp_path: Path) -> None:
    tests = Path(__file__).parent
    options = ["--mypy-config-file", str(tests.parent / "pyproject.toml"), "--allowlist", str(tests / "stubtest-allowlist")]
    command = [sys.executable, "-m", "mypy.stubtest", "bailiwick", "--ignore-disjoint-bases", *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_is_typed() -> None:
    import bailiwick

    assert Path(bailiwick.__file__).with_name("py.typed").exists()
