"""The command-line tool, with which bundles are made and ledgers exported. `./test` builds it."""

import os
import subprocess
from pathlib import Path

ISSUED, EXPIRES, WITHIN = "2026-01-31T00:00:00Z", "2026-02-07T00:00:00Z", 1_769_904_000_000_000_000

ORIGIN = "example.org/orders"

GEO = """\
203.0.113.0,203.0.113.255,CN
192.0.2.0,192.0.2.255,HK
198.51.100.0,198.51.100.255,US
"""

# Every order in force of a bundle has an end.
ORDERS = """\
[[orders]]
id = "cn-m2"
issuer = "CN"
meetings = ["vigil"]
accounts = ["host-1"]
status = "in-force"
expires = "2026-12-31T00:00:00Z"

[[orders]]
id = "us-1"
issuer = "US"
meetings = ["fraud"]
status = "in-force"
effective = "2026-01-10T00:00:00Z"
expires = "2026-01-20T00:00:00Z"

[end]
orders = 2
"""


def tool(*arguments: str | Path) -> str:
    """What the tool prints, with the ends of lines as they are."""
    done = subprocess.run([os.environ["BAILIWICK"], *map(str, arguments)], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def keygen(folder: Path, name: str) -> str:
    """The verifier key of a new key, which is in `NAME.key`."""
    tool("log", "keygen", "--origin", f"example.org/{name}", "--out", folder / f"{name}.key")
    return (folder / f"{name}.key.vkey").read_text()


def make_bundle(folder: Path, geo: Path, *, orders: str = ORDERS, version: int = 1, signers: tuple[str, ...] = ("counsel",)) -> Path:
    """A bundle, signed by keys of `keygen`."""
    (folder / "orders.toml").write_text(orders)
    bundle = folder / f"{version}.bundle"
    said = ["--origin", ORIGIN, "--version", str(version), "--issued", ISSUED, "--expires", EXPIRES]
    tool("bundle", "make", "--orders", folder / "orders.toml", "--geo", geo, *said, "--out", bundle)
    for name in signers:
        tool("bundle", "sign", bundle, "--key", folder / f"{name}.key", "--role", "legal")
    return bundle
