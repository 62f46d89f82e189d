"""The function of Spark decides as the policy does, row by row; a worker without the right bundle fails the job."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col, lit
from pyspark.sql.pandas.functions import arrow_udf
from questions import ADDRESSES, ROWS, expected

import bailiwick
import bailiwick.spark

SCHEMA = "number int, meeting string, address string, host string, account string, at timestamp, bytes binary, ipv4 bigint"


@pytest.fixture(scope="module")
def joins(spark: SparkSession) -> DataFrame:
    def numbers(text: str | None) -> tuple[bytes | None, int | None]:
        packed = None if text is None else ip_address(text).packed
        return packed, None if packed is None or len(packed) == 16 else int.from_bytes(packed)

    rows = [(number, *row, *numbers(row[1])) for number, row in enumerate(ROWS)]
    return spark.createDataFrame(rows, SCHEMA).repartition(4).cache()


def decided(joins: DataFrame, decision: Any) -> list[dict[str, Any]]:
    rows = joins.select("number", decision.alias("decision")).orderBy("number").collect()
    return [row["decision"].asDict() for row in rows]


def test_each_row_is_decided_as_the_policy_does(spark: SparkSession, joins: DataFrame, bundle: bailiwick.Bundle) -> None:
    decide = bailiwick.spark.decide_udf(bundle, spark)
    answers = decided(joins, decide("meeting", "address", "host", "account", "at"))
    assert answers == [expected(bundle.policy, row) for row in ROWS]
    assert {answer["kind"] for answer in answers} == {"allow", "block-participant", "keep-meeting"}
    unasked = sum(answer["unasked"] for answer in answers)
    assert unasked == sum(meeting is None or address is None or at is None for meeting, address, _, _, at in ROWS)
    # Addresses are texts, bytes or numbers.
    assert decided(joins, decide("meeting", "bytes", "host", "account", "at")) == answers
    for row, number, text in zip(ROWS, decided(joins, decide("meeting", "ipv4", "host", "account", "at")), answers, strict=True):
        assert number == text or (row[1] is not None and ":" in row[1] and number["unasked"])
    # Of columns that are missing, what stands for them is null.
    unknown = decided(joins, decide("meeting", "address", lit(None), lit(None), "at"))
    assert unknown == [expected(bundle.policy, (meeting, address, None, None, at)) for meeting, address, _, _, at in ROWS]


def test_it_is_a_function_of_sql_too(spark: SparkSession, joins: DataFrame, bundle: bailiwick.Bundle) -> None:
    spark.udf.register("bailiwick_decide", bailiwick.spark.decide_udf(bundle))
    joins.createOrReplaceTempView("joins")
    query = "SELECT d.kind, count(*) AS joins FROM (SELECT bailiwick_decide(meeting, address, host, account, at) AS d FROM joins) GROUP BY d.kind"
    counts = Counter(expected(bundle.policy, row)["kind"] for row in ROWS)
    assert {row["kind"]: row["joins"] for row in spark.sql(query).collect()} == counts


def test_a_worker_loads_a_policy_once_however_many_batches_it_gets(spark: SparkSession, bundle: bailiwick.Bundle) -> None:
    shipped = bailiwick.spark._ship(bundle, spark)
    folder = Path(os.environ["SPARK_LOCAL_DIRS"], "loads")
    folder.mkdir()

    def ask(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            before = bailiwick.spark._policies.loads
            policy = shipped.policy()
            with open(folder / str(os.getpid()), "a") as log:
                log.write(json.dumps([bailiwick.spark._policies.loads - before, len(policy.meetings)]) + "\n")
            yield batch

    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "10")
    try:
        assert spark.range(400, numPartitions=8).mapInArrow(ask, "id long").count() == 400
    finally:
        spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")
    asked = {log.name: [json.loads(line) for line in log.read_text().splitlines()] for log in folder.iterdir()}
    # One Python worker an executor, or more where Spark began another one: each asked often, and loaded once at most. It may have
    # loaded the policy for a test before.
    assert sum(map(len, asked.values())) >= 40 and len(asked) < 40
    for batches in asked.values():
        assert sum(loads for loads, _ in batches) <= 1 and all(meetings == 2 for _, meetings in batches)


def test_the_function_loads_a_policy_once_in_a_worker(spark: SparkSession, joins: DataFrame, bundle: bailiwick.Bundle) -> None:
    """Each batch tells its worker, and how many policies this worker had loaded when it had decided about the batch."""

    def tell(column: bailiwick.spark.Array) -> bailiwick.spark.Array:
        told = f"{os.getpid()} {bailiwick.spark._policies.loads} {uuid4()}"
        return pa.array([told] * len(column))

    # PySpark's stubs demand the type of the function, and PySpark warns who gives it.
    declare: Any = arrow_udf
    decide, loads = bailiwick.spark.decide_udf(bundle, spark), declare(tell, "string")
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "10")
    try:
        rows = joins.select(decide("meeting", "address", "host", "account", "at").alias("decision"), loads("meeting").alias("told"))
        batches = {row["told"] for row in rows.select("decision.kind", "told").collect()}
    finally:
        spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")
    assert len(batches) >= len(ROWS) // 10
    of_worker: dict[str, set[int]] = {}
    for worker, loaded, _ in map(str.split, batches):
        of_worker.setdefault(worker, set()).add(int(loaded))
    # Tests before this one may have loaded others.
    assert all(len(loaded) == 1 for loaded in of_worker.values()), of_worker


def test_a_worker_that_gets_another_bundle_fails_the_job(
    spark: SparkSession, joins: DataFrame, bundle: bailiwick.Bundle, tmp_path: Path
) -> None:
    data = bundle.to_bytes()
    changed: dict[str, tuple[bytes, dict[str, Any], str]] = {
        "cut": (data[:-512], bundle.checks(), "the archive is not a bundle"),
        "digest": (data, bundle.checks() | {"digest": "sha256:" + "0" * 64}, "its digest is"),
        "origin": (data, bundle.checks() | {"origin": "example.org/tests"}, "example.org/tests"),
    }
    for name, (bytes_, checks, text) in changed.items():
        file = tmp_path / f"{name}.bundle"
        file.write_bytes(bytes_)
        spark.sparkContext.addFile(str(file))
        shipped = bailiwick.spark._Shipped(file.name, json.dumps(checks))
        decide = bailiwick.spark._udf(shipped)
        with pytest.raises(PySparkException, match=text):
            joins.select(decide("meeting", "address", "host", "account", "at")).collect()


def test_a_bundle_that_changed_since_it_was_opened_is_not_shipped(spark: SparkSession, bundle: bailiwick.Bundle, tmp_path: Path) -> None:
    path = tmp_path / "changed.bundle"
    path.write_bytes(bundle.to_bytes())
    opened = bailiwick.Bundle.open(path, **bundle.checks())
    path.write_bytes(b"")
    with pytest.raises(bailiwick.BundleError, match="the archive is not a bundle"):
        bailiwick.spark.decide_udf(opened)
    with pytest.raises(TypeError, match="open it with `Bundle.open`"):
        bailiwick.spark.decide_udf(bundle.policy)  # type: ignore[arg-type]


def test_a_column_of_a_wrong_type_fails_the_job(joins: DataFrame, bundle: bailiwick.Bundle) -> None:
    decide = bailiwick.spark.decide_udf(bundle)
    with pytest.raises(PySparkException, match="`addresses` is an Arrow array of Float64"):
        joins.select(decide("meeting", lit(1.5), "host", "account", "at")).collect()


def test_a_worker_keeps_few_policies(bundle: bailiwick.Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On no cluster: what a worker does when one job after another comes with a newer bundle."""
    path = tmp_path / "a.bundle"
    path.write_bytes(bundle.to_bytes())
    monkeypatch.setattr("pyspark.SparkFiles.get", lambda name: str(tmp_path / name))
    policies = bailiwick.spark._Policies()
    # The version is that of the checks here: three bundles, as far as the worker can tell.
    three = [bailiwick.spark._Shipped(path.name, json.dumps(bundle.checks() | {"max_size": 10_000_000 + n})) for n in range(3)]
    for shipped in (three[0], three[1], three[0], three[2], three[0]):
        policies.get(shipped)
    assert policies.loads == 3 and list(policies.kept) == [three[2], three[0]]


def test_everything_listens_on_loopback_only(spark: SparkSession) -> None:
    """The master, the workers and the executors are reached by nobody else."""
    java = {process.name for process in Path("/proc").iterdir() if process.name.isdigit() and _is_of_spark(process)}
    assert len(java) >= 3
    inodes = {link for process in java for link in _sockets(Path("/proc", process, "fd"))}
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                listening.append(fields[1].partition(":")[0])
    # 127.0.0.1 and ::ffff:127.0.0.1, as the kernel writes them.
    assert listening and set(listening) <= {"0100007F", "0000000000000000FFFF00000100007F"}


def _is_of_spark(process: Path) -> bool:
    """Whether a process is of the session of these tests, and not of another one on this machine."""
    try:
        return b"java" in (process / "cmdline").read_bytes() and os.environ["SPARK_LOCAL_DIRS"].encode() in (process / "environ").read_bytes()
    except OSError:
        return False


def _sockets(folder: Path) -> Iterator[str]:
    try:
        descriptors = list(folder.iterdir())
    except OSError:
        # The process has ended.
        return
    for descriptor in descriptors:
        try:
            yield os.readlink(descriptor)
        except OSError:
            continue
