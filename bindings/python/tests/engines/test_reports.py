"""Reports on Spark have the bytes of those that the tool makes in one pass."""

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from questions import ROWS
from test_recount import FROM, UNTIL, Month
from tool import tool

import bailiwick
import bailiwick.spark

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
    spark: SparkSession, bundle: bailiwick.Bundle, proposed: bailiwick.Bundle, series: Path, tmp_path: Path
) -> None:
    names = ("meeting", "address", "host_region", "account", "time")
    columns = [list(column) for column in zip(*ROWS, strict=True)]
    table = pa.table(dict(zip(names, columns, strict=True)))
    joins, in_force, new = tmp_path / "joins.parquet", tmp_path / "in-force.json", tmp_path / "new.json"
    pq.write_table(pa.concat_tables([table] * 12), joins)
    for path, opened in [(in_force, bundle), (new, proposed)]:
        path.write_bytes(docket(opened))
    of_tool: list[str | Path] = ["backtest", "--orders", in_force, "--proposed", new, "--geo", series / "geo.csv", joins]

    frame = spark.read.parquet(str(joins)).select(*names).repartition(5)
    backtest = bailiwick.spark.backtest(frame, bundle, proposed)
    assert json.loads(backtest.json())["newly_blocked"]["by_order"] and json.loads(backtest.json())["newly_admitted"]["by_order"]
    for written, format in [(backtest.markdown(), "markdown"), (backtest.csv(), "csv"), (backtest.json(), "json")]:
        assert written.rstrip("\n") == tool(*of_tool, "--format", format).rstrip("\n")


def docket(bundle: bailiwick.Bundle) -> bytes:
    """`docket.json` of a bundle, which any `tar` unpacks."""
    with tarfile.open(fileobj=io.BytesIO(bundle.to_bytes())) as archive:
        member = archive.extractfile("docket.json")
        assert member is not None
        return member.read()
