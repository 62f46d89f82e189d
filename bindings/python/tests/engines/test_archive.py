"""Spark reads the archive of a ledger as it stands: the types, every value, and the queries of `docs/archive.md`."""

import re
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession
from tool import tool

import bailiwick

ROOT = Path(__file__).parents[4]
VECTORS = ROOT / "tests" / "vectors"
PAGE = ROOT / "docs" / "archive.md"

# The first and the last time that a ledger has, and times at which calendars and clocks of engines change.
DAY = 86_400 * 10**9
TIMES = {
    "0000-01-01 00:00:00": -62_167_219_200 * 10**9,
    "1582-10-04 23:59:59.999999": -12_219_292_800 * 10**9 - DAY * 10 - 1,
    "1582-10-15 00:00:00": -12_219_292_800 * 10**9,
    "1899-12-31 23:59:59.999999": -2_208_988_800 * 10**9 - 1,
    "1969-12-31 23:59:59.999999": -1,
    "1970-01-01 00:00:00": 0,
    "2262-04-11 23:47:16.854775": 2**63 - 1,
    "9999-12-31 23:59:59.999999": 253_402_300_800 * 10**9 - 1,
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of the vectors, which have every kind of line."""
    path = tmp_path_factory.mktemp("archive") / "2026.parquet"
    tool("ledger", "export", "--parquet", path, "--key-file", VECTORS / "key", VECTORS / "form-2-a.jsonl", VECTORS / "form-2-b.jsonl")
    return path


def of_arrow(archive: Path) -> list[dict[str, Any]]:
    """The rows as pyarrow reads them, with times as microseconds. What it reads is compared with the lines elsewhere (`test-readers`)."""
    table = pq.read_table(archive)
    return table.set_column(4, "time", table["time"].cast(pa.int64())).to_pylist()


def of_spark(spark: SparkSession, archive: Path) -> list[dict[str, Any]]:
    rows = spark.read.parquet(str(archive)).selectExpr("*", "unix_micros(time) AS micros").drop("time").collect()
    found = []
    for row in rows:
        named = row.asDict()
        named["time"] = named.pop("micros")
        named["raw"] = None if named["raw"] is None else bytes(named["raw"])
        found.append(named)
    return found


def in_sequence(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["seq"] is None, row["seq"], row["raw"] or b""))


def test_every_column_has_a_type_and_all_values_of_the_archive(spark: SparkSession, archive: Path) -> None:
    types = dict(spark.read.parquet(str(archive)).dtypes)
    assert types == {
        "file": "string", "kind": "string", "seq": "bigint", "form": "int", "time": "timestamp", "nanos": "int",
        "policy": "string", "atlas": "string", "meeting": "string", "verdict": "string", "orders": "array<string>",
        "why": "string", "region": "string", "prefix_len": "int", "unrecorded": "bigint", "key_commitment": "string",
        "prev": "string", "raw": "binary",
    }  # fmt: skip
    found = in_sequence(of_spark(spark, archive))
    assert found == in_sequence(of_arrow(archive))
    assert {row["kind"] for row in found} == {"header", "record", "unrecorded", "pad", "seal"}
    # Lists that are empty, that are not, and none.
    assert {len(row["orders"]) if row["orders"] is not None else None for row in found} >= {None, 0, 1}


@pytest.mark.parametrize("name", ["torn", "changed"])
def test_an_unverified_archive_has_the_bytes_of_its_lines(spark: SparkSession, tmp_path: Path, name: str) -> None:
    archive, file = tmp_path / "unverified.parquet", VECTORS / "refused" / f"{name}.jsonl"
    tool("ledger", "export", "--parquet", archive, "--key-file", VECTORS / "key", "--unverified", file)
    found = of_spark(spark, archive)
    assert in_sequence(found) == in_sequence(of_arrow(archive))
    raw = [row["raw"] for row in found if row["raw"] is not None]
    assert all(line in file.read_bytes() for line in raw) and (raw or name != "torn")


def test_times_of_all_years_are_those_of_the_ledger(spark: SparkSession, bundle: bailiwick.Bundle, tmp_path: Path) -> None:
    ledger, archive = tmp_path / "ledger.jsonl", tmp_path / "ledger.parquet"
    with bailiwick.Ledger(ledger, bytes(range(32))) as lines:
        for at in TIMES.values():
            lines.record(bundle.policy, "vigil", "203.0.113.7", "US", at=at)
    (tmp_path / "key").write_bytes(bytes(range(32)))
    (tmp_path / "key").chmod(0o600)
    tool("ledger", "export", "--parquet", archive, "--key-file", tmp_path / "key", ledger)
    exact = "CAST(unix_micros(time) AS DECIMAL(38, 0)) * 1000 + nanos AS exact"
    records = spark.read.parquet(str(archive)).where("kind = 'record'").orderBy("seq")
    rows = records.selectExpr("CAST(time AS STRING) AS text", exact).collect()
    assert {row["text"]: int(row["exact"]) for row in rows} == TIMES
    # A filter on times finds rows by the statistics of the file.
    assert records.where("time < TIMESTAMP '1582-10-05 00:00:00'").count() == 2


def test_the_queries_of_the_page_give_one_result_in_both_dialects(spark: SparkSession, archive: Path) -> None:
    of_duckdb, of_spark = (
        [query for query in block.replace("2026.parquet", str(archive)).split(";") if query.strip()]
        for block in re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    )
    connection = duckdb.connect()
    results = [sorted(map(tuple, connection.execute(query).fetchall())) for query in of_duckdb]
    again = [sorted(map(tuple, spark.sql(query).collect())) for query in of_spark]
    assert results[1:] == again[1:] and len(results) == 4 and all(results[1:])
    rows = of_arrow(archive)
    assert sum(row[2] for row in again[1]) == sum(row["kind"] == "record" for row in rows)
    by_order = Counter(order for row in rows for order in row["orders"] or [])
    assert Counter({order: sum(row[3] for row in again[2] if row[0] == order) for order in by_order}) == by_order
    assert again[3] == [(sum(row["unrecorded"] or 0 for row in rows),)]
    # A day is a date of UTC.
    first = min(row["time"] for row in rows if row["kind"] == "record")
    assert again[1][0][0] == datetime.fromtimestamp(first / 10**6, timezone.utc).date()
