"""Reports on Spark have the bytes of those that the tool makes in one pass."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from questions import ROWS, Row
from test_recount import FROM, UNTIL, Month
from tool import tool

import bailiwick
import bailiwick.spark

# The columns of joins, as the tool names them.
JOINS = ("meeting", "address", "host_region", "account", "time")
PERIOD = (FROM.date(), UNTIL.date())


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    return Month(tmp_path_factory.mktemp("month"), 0)


@pytest.fixture
def cut(spark: SparkSession) -> Iterator[None]:
    """Small splits, so that each file is read in several pieces."""
    spark.conf.set("spark.sql.files.maxPartitionBytes", "60000")
    spark.conf.set("spark.sql.files.openCostInBytes", "0")
    yield
    spark.conf.unset("spark.sql.files.maxPartitionBytes")
    spark.conf.unset("spark.sql.files.openCostInBytes")


def test_a_report_of_pieces_has_the_bytes_of_one_pass(cut: None, spark: SparkSession, month: Month) -> None:
    files = [str(file) for file in month.files]
    assert spark.read.text(files).rdd.getNumPartitions() >= 5
    partial = bailiwick.spark.partial_report(files, *PERIOD, spark=spark)
    days = [PERIOD[0].isoformat(), PERIOD[1].isoformat()]
    for format in ("markdown", "csv", "json"):
        whole = tool("report", month.orders, "--ledger", *files, "--from", days[0], "--until", days[1], "--format", format)
        assert partial.report(month.orders, format).rstrip("\n") == whole.rstrip("\n")
    # A pattern, and a period as texts.
    assert bailiwick.spark.partial_report(str(month.files[0].parent / "ledger.*"), *days) == partial


def test_lines_that_are_missing_changed_or_there_twice_are_found(spark: SparkSession, month: Month, tmp_path: Path) -> None:
    lines = [file.read_bytes().splitlines(keepends=True) for file in month.files]

    def ledger(*of_files: list[bytes]) -> list[str]:
        paths = [tmp_path / f"ledger.{number}" for number in range(len(of_files))]
        for path, of_file in zip(paths, of_files, strict=True):
            path.write_bytes(b"".join(of_file))
        return [str(path) for path in paths]

    gap = bailiwick.spark.partial_report(ledger(lines[0], lines[2]), *PERIOD)
    with pytest.raises(bailiwick.Error, match="are missing"):
        gap.report(month.orders)
    with pytest.raises(PySparkException, match="counted twice"):
        bailiwick.spark.partial_report(ledger(lines[0], lines[1], lines[1]), *PERIOD)
    changed = [*lines[1][:50], lines[1][50].replace(b'"verdict":"', b'"verdict":"x'), *lines[1][51:]]
    with pytest.raises(PySparkException, match="it was changed"):
        bailiwick.spark.partial_report(ledger(lines[0], changed, lines[2]), *PERIOD)


def test_a_backtest_of_pieces_has_the_bytes_of_the_tool(
    spark: SparkSession, bundle: bailiwick.Bundle, proposed: bailiwick.Bundle, of_tool: list[str | Path]
) -> None:
    frame = joins_of(spark, ROWS * 12, of_tool[-1]).repartition(5)
    backtest = bailiwick.spark.backtest(frame, bundle, proposed)
    assert json.loads(backtest.json())["newly_blocked"]["by_order"] and json.loads(backtest.json())["newly_admitted"]["by_order"]
    for written, format in [(backtest.markdown(), "markdown"), (backtest.csv(), "csv"), (backtest.json(), "json")]:
        assert written.rstrip("\n") == tool(*of_tool, "--format", format).rstrip("\n")


def test_the_pictures_of_the_page_are_drawn_from_parts_of_spark(
    spark: SparkSession,
    bundle: bailiwick.Bundle,
    proposed: bailiwick.Bundle,
    of_tool: list[str | Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Runs what `docs/engines.md` says, as it stands there, and compares with the tool on all joins."""
    page = (Path(__file__).parents[4] / "docs" / "engines.md").read_text()
    (code,) = re.findall(r"```python\n(import os\n.*?)```", page, re.DOTALL)
    (command,) = re.findall(r"```sh\n(bailiwick backtest --merge .*?)\n```", page, re.DOTALL)
    # A picture has days of a year and a month at most.
    frame = joins_of(spark, [row for row in ROWS if row[4] is None or row[4].year == 2026] * 12, of_tool[-1])
    whole = tool(*of_tool, "--picture", tmp_path / "whole.svg")

    monkeypatch.chdir(tmp_path)
    # Two parts: the joins of the first half, and those of the second.
    number = frame.count()
    halves = {"joins-1.part": frame.limit(number // 2), "joins-2.part": frame.offset(number // 2)}
    for part, questions in halves.items():
        exec(code.replace("joins.part", part), {"bailiwick": bailiwick, "questions": questions, "bundle": bundle, "proposed": proposed})
        assert (tmp_path / part).stat().st_mode & 0o777 == 0o600
    # The shell expands the pattern of the command.
    words = [word for written in command.split()[1:] for word in (sorted(halves) if "*" in written else [written])]
    assert tool(*words) == whole
    assert (tmp_path / "june.svg").read_bytes() == (tmp_path / "whole.svg").read_bytes()


def joins_of(spark: SparkSession, rows: Sequence[Row], path: str | Path) -> DataFrame:
    """Writes joins to a file of Parquet, and reads them from there with Spark."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    pq.write_table(pa.table(dict(zip(JOINS, columns, strict=True))), path)
    return spark.read.parquet(str(path)).select(*JOINS)
