"""A cluster of Spark on this machine: a master, two workers of one core with an executor of 1 GiB each, and Python workers."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

import bailiwick
from tool import GEO, ORIGIN, WITHIN, keygen, make_bundle


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
def bundle(tmp_path_factory: pytest.TempPathFactory) -> bailiwick.Bundle:
    folder = tmp_path_factory.mktemp("bundle")
    geo = folder / "geo.csv"
    geo.write_text(GEO)
    keys = [{"role": "legal", "vkey": keygen(folder, "counsel")}]
    return bailiwick.Bundle.open(make_bundle(folder, geo), origin=ORIGIN, keys=keys, at=WITHIN)
