"""The examples of the pages, run as they stand."""

import doctest
from pathlib import Path

import pytest
from tool import GEO, WITHIN, keygen, make_bundle

ORDERS = """\
[[orders]]
id = "cn-m2"
issuer = "CN"
meetings = ["june-4-vigil"]
status = "in-force"
notice = { en = "You cannot join from mainland China.", zh = "您无法从中国大陆加入。" }
"""


def test_the_examples_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = Path(__file__).parent.parent / "README.md"
    (tmp_path / "geo.csv").write_text(GEO)
    (tmp_path / "orders.toml").write_text(ORDERS)
    monkeypatch.chdir(tmp_path)
    bounded = ORDERS + 'expires = "9000-01-01T00:00:00Z"\n'
    vkey = keygen(tmp_path, "counsel")
    make_bundle(tmp_path, tmp_path / "geo.csv", orders=bounded).rename("orders.bundle")
    (tmp_path / "orders.toml").write_text(ORDERS)
    # What stands between the fences is a session; the fences themselves are no output.
    text = readme.read_text().replace("```python\n", "\n").replace("```\n", "\n")
    test = doctest.DocTestParser().get_doctest(text, {"vkey": vkey, "at": WITHIN}, "README.md", str(readme), 0)
    report: list[str] = []
    outcome = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=report.append)
    assert outcome.attempted > 15 and outcome.failed == 0, "".join(report)
