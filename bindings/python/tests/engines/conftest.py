"""A cluster of Spark on this machine: a master, two workers of one core with an executor of 1 GiB each, and Python workers."""

import io
import os
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

import bailiwick
from tool import GEO, ORDERS, ORIGIN, WITHIN, keygen, make_bundle


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    folder = tmp_path_factory.mktemp("spark")
    os.environ["SPARK_LOCAL_DIRS"] = str(folder)
    options = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.executor.memory": "1g",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        # A worker that cannot load its bundle fails the job at once, and need not try three times more here.
        "spark.task.maxFailures": "1",
    }
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("bailiwick")
    for name, value in options.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="session")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a series of bundles, with its geo data and its key."""
    folder = tmp_path_factory.mktemp("bundle")
    (folder / "geo.csv").write_text(GEO)
    keygen(folder, "counsel")
    return folder


def opened(series: Path, version: int, orders: str) -> bailiwick.Bundle:
    path = make_bundle(series, series / "geo.csv", version=version, orders=orders)
    keys = [{"role": "legal", "vkey": (series / "counsel.key.vkey").read_text()}]
    return bailiwick.Bundle.open(path, origin=ORIGIN, keys=keys, at=WITHIN)


@pytest.fixture(scope="session")
def bundle(series: Path) -> bailiwick.Bundle:
    return opened(series, 1, ORDERS)


@pytest.fixture(scope="session")
def proposed(series: Path) -> bailiwick.Bundle:
    """The next version, by which Hong Kong is blocked, too, and one order is no longer in force."""
    orders = ORDERS.replace('issuer = "US"', 'issuer = "HK"').replace('meetings = ["vigil"]', 'meetings = ["another"]')
    return opened(series, 2, orders)


@pytest.fixture
def of_tool(bundle: bailiwick.Bundle, proposed: bailiwick.Bundle, series: Path, tmp_path: Path) -> list[str | Path]:
    """A backtest by the tool of what a test writes to the last of its words."""
    in_force, new = tmp_path / "in-force.json", tmp_path / "new.json"
    for path, opened in [(in_force, bundle), (new, proposed)]:
        path.write_bytes(docket(opened))
    return ["backtest", "--orders", in_force, "--proposed", new, "--geo", series / "geo.csv", tmp_path / "joins.parquet"]


def docket(bundle: bailiwick.Bundle) -> bytes:
    """`docket.json` of a bundle, which any `tar` unpacks."""
    with tarfile.open(fileobj=io.BytesIO(bundle.to_bytes())) as archive:
        member = archive.extractfile("docket.json")
        assert member is not None
        return member.read()
