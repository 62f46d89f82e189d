"""Partial reports: made of lines or files, merged, kept, and published."""

import json
import pickle
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from conftest import CN, HK

from bailiwick import Error, Ledger, PartialReport, Policy

JUNE = ("2020-06-01", "2020-07-01")
KEY = bytes(range(32))


@pytest.fixture
def files(tmp_path: Path, policy: Policy) -> list[Path]:
    """Three files of one ledger: 12 people blocked, 30 let through, and 3 who are not shown."""
    at = datetime(2020, 6, 4, 12, tzinfo=timezone.utc)
    paths = [tmp_path / f"ledger.{n}" for n in range(3)]
    with Ledger(paths[0], KEY) as ledger:
        for n, (address, times) in enumerate([(CN, 12), (HK, 30), ("2001:db8::7", 3)]):
            for _ in range(times):
                ledger.record(policy, "vigil", address, "US", at=at)
            if n < 2:
                ledger.rotate(paths[n + 1])
    return paths


def test_merged_partials_make_the_report_of_one_pass(files: list[Path], orders: Path) -> None:
    parts = [PartialReport.from_ledger(path, *JUNE) for path in files]
    whole = PartialReport.merge(parts)
    assert PartialReport.merge([parts[2], PartialReport.merge([parts[1], parts[0]])]).to_bytes() == whole.to_bytes()
    assert [(Path(name).name, first, last) for name, first, last in whole.parts] == [
        ("ledger.0", 0, 13),
        ("ledger.1", 14, 45),
        ("ledger.2", 46, 49),
    ]
    people = json.loads(whole.report(orders, "json"))["total"]["people"]
    assert people == {"blocked": 12, "outside": 30, "unlocated": "<10", "contested": 0, "meetings_kept": "<10"}
    assert "| CN | 12 | 30 | fewer than 10 | 0 | fewer than 10 |" in whole.report(orders)
    assert whole.report(orders, "csv", threshold=20).splitlines()[1].startswith("issuer,CN,")


def test_lines_may_be_divided_and_read_anyhow(files: list[Path], orders: Path) -> None:
    lines = [line for path in files for line in path.read_text().splitlines()]
    whole = PartialReport.from_lines(lines, *JUNE)
    assert PartialReport.from_lines((line.encode() + b"\n" for line in lines), *JUNE) == whole
    shares = [PartialReport.from_lines(lines[n : n + 7], *JUNE) for n in range(0, len(lines), 7)]
    shares.append(PartialReport.from_lines([], *JUNE))
    merged = PartialReport.merge(reversed(shares))
    assert merged == whole and merged.to_bytes() == whole.to_bytes()
    by_file = PartialReport.merge(PartialReport.from_ledger(path, *JUNE) for path in files)
    assert merged.report(orders) == by_file.report(orders)


def test_a_partial_is_kept_and_sent(files: list[Path]) -> None:
    partial = PartialReport.from_ledger(files[0], *JUNE)
    data = partial.to_bytes()
    assert data.startswith(b'{"partial_report":1,"not_for_publication":"Exact numbers')
    assert PartialReport.from_bytes(data) == partial and pickle.loads(pickle.dumps(partial)) == partial
    assert "12" not in repr(partial)
    with pytest.raises(Error, match="was changed"):
        PartialReport.from_bytes(data.replace(b'"blocked":12', b'"blocked":13'))
    with pytest.raises(Error, match="not a partial report"):
        PartialReport.from_bytes(b"")


def test_what_is_missing_or_there_twice_is_said(files: list[Path], orders: Path) -> None:
    first, second, third = (PartialReport.from_ledger(path, *JUNE) for path in files)
    with pytest.raises(Error, match="counted twice"):
        PartialReport.merge([first, second, first])
    gap = PartialReport.merge([first, third])
    with pytest.raises(Error, match="lines 14 to 45 of the ledger are missing"):
        gap.report(orders)
    assert "Lines of the ledger are missing" in gap.report(orders, allow_gaps=True)
    with pytest.raises(Error, match="another"):
        PartialReport.merge([first, PartialReport.from_ledger(files[1], "2020-06-01", "2020-06-30")])
    with pytest.raises(Error, match="no partial report"):
        PartialReport.merge([])
    lines = files[0].read_text().splitlines()
    with pytest.raises(Error, match="line 4.*was changed"):
        PartialReport.from_lines([*lines[:3], lines[3].replace("block-participant", "keep-meeting")], *JUNE)


def test_a_period_is_of_days(files: list[Path], orders: Path) -> None:
    june = (date(2020, 6, 1), datetime(2020, 7, 1, 8, tzinfo=timezone(timedelta(hours=8))))
    partial = PartialReport.from_ledger(files[0], *june)
    assert partial == PartialReport.from_ledger(files[0], *JUNE)
    with pytest.raises(Error, match="not of whole days"):
        PartialReport.from_ledger(files[0], "2020-06-01", datetime(2020, 6, 4, 13, tzinfo=timezone.utc))
    with pytest.raises(Error, match="without a time zone"):
        PartialReport.from_ledger(files[0], datetime(2020, 6, 1), "2020-07-01")
    with pytest.raises(Error, match="`June` is not a day"):
        PartialReport.from_ledger(files[0], "June", "2020-07-01")
    with pytest.raises(Error, match="exchange"):
        PartialReport.from_ledger(files[0], "2020-07-01", "2020-06-01")
    with pytest.raises(TypeError, match="a period begins"):
        PartialReport.from_ledger(files[0], 7, "2020-07-01")  # type: ignore[arg-type]
    with pytest.raises(Error, match="too low"):
        partial.report(orders, threshold=3)


def test_errors_of_the_program_come_back(files: list[Path], orders: Path, tmp_path: Path) -> None:
    def failing() -> object:
        yield files[0].read_text().splitlines()[0]
        raise RuntimeError("the source failed")

    with pytest.raises(RuntimeError, match="the source failed"):
        PartialReport.from_lines(failing(), *JUNE)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="str or bytes"):
        PartialReport.from_lines([7], *JUNE)  # type: ignore[list-item]
    with pytest.raises(Error, match="cannot be read"):
        PartialReport.from_ledger(tmp_path / "none", *JUNE)
    with pytest.raises(Error, match="`pdf` is not a format"):
        PartialReport.from_ledger(files[0], *JUNE).report(orders, "pdf")  # type: ignore[arg-type]
