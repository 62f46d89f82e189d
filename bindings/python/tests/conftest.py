"""The scenario of June 2020: a meeting that CN wanted closed, with hosts in the United States and in Hong Kong."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tool import GEO as GEO

import bailiwick

CN, HK, US, NOWHERE = "203.0.113.7", "192.0.2.7", "198.51.100.7", "2001:db8::7"

ORDERS = """\
[[orders]]
id = "cn-m2"
issuer = "CN"
meetings = ["vigil"]
accounts = ["host-1"]
status = "in-force"
legal_basis = "Article 12"
notice = { en = "You cannot join from mainland China.", zh = "您无法从中国大陆加入。" }

[[orders]]
id = "us-1"
issuer = "US"
meetings = ["fraud"]
status = "in-force"
effective = "2020-06-03T00:00:00Z"
expires = "2020-06-05T00:00:00Z"
"""

WIDER = ORDERS + """
[[orders]]
id = "hk-1"
issuer = "HK"
meetings = ["vigil"]
status = "in-force"
"""


@pytest.fixture
def geo(tmp_path: Path) -> Path:
    path = tmp_path / "geo.csv"
    path.write_text(GEO)
    return path


@pytest.fixture
def atlas(geo: Path) -> bailiwick.Atlas:
    return bailiwick.Atlas([geo])


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.toml"
    path.write_text(ORDERS)
    return path


@pytest.fixture
def policy(orders: Path, atlas: bailiwick.Atlas) -> bailiwick.Policy:
    return bailiwick.Policy.open(orders, atlas)


Compile = Callable[[str], bailiwick.Policy]


@pytest.fixture
def compile(atlas: bailiwick.Atlas) -> Compile:
    return lambda text: bailiwick.Policy.from_toml(text, atlas)
