"""bailiwick on Apache Spark: decisions about columns, by a bundle that each Python worker checks before it answers.

A job over history admits and blocks nobody. So a worker that cannot load the bundle fails the job, where a door would admit: numbers
of a job that decided with no policy, or with another one, would be taken for true.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from . import Backtest, Bundle, PartialReport, Policy

try:
    import pyarrow as pa
    from pyspark import SparkFiles
    from pyspark.sql import Column, DataFrame, Row, SparkSession
    from pyspark.sql.pandas.functions import arrow_udf

    from . import _columns
except ImportError as error:
    raise ImportError(f"{error}: `pip install 'pyspark>=4.3,<5' pyarrow 'pandas>=2.2,<3'` installs what Spark needs") from error

if TYPE_CHECKING:
    # Spark reads the hints of a function, and the class takes no parameter when the program runs.
    Array = pa.Array[Any]
else:
    Array = pa.Array

__all__ = ["ANSWER", "backtest", "decide_udf", "partial_report"]

# The type of an answer, as Spark writes types.
ANSWER = "struct<kind: string, unasked: boolean, domestic: boolean, orders: array<string>, region: string, why: string>"

# The most policies that a Python worker keeps. A job compares two; a worker serves job after job, each with a newer bundle.
_MOST_POLICIES = 2


def decide_udf(bundle: Bundle, spark: SparkSession | None = None) -> Callable[..., Column]:
    """A function of columns: `decide(meeting, address, host, account, at)`, of type `ANSWER`.

    The address is a string, 4 or 16 bytes in network byte order, or an IPv4 address as a number. A row whose meeting, address or
    time is null or cannot be read is `allow` and `unasked`. `lit(None)` stands for an account or a region of the host that is not
    known. `spark.udf.register("bailiwick_decide", decide_udf(bundle))` makes it a function of SQL.

    The bundle goes to the executors as a file, with the checks that it passed here. Each Python worker passes it through them again,
    digest included, and compiles it once.
    """
    return _udf(_ship(bundle, spark or _active()))


def _udf(shipped: _Shipped) -> Callable[..., Column]:
    def decide(meeting: Array, address: Array, host: Array, account: Array, at: Array) -> Array:
        answers: Array = _columns.decide(shipped.policy(), (meeting, address, host, account, at))
        return answers

    # PySpark's stubs demand the type of the function, and PySpark warns who gives it: it reads the hints.
    declare: Any = arrow_udf
    udf: Callable[..., Column] = declare(decide, ANSWER)
    return udf


def partial_report(
    ledgers: str | list[str],
    from_: date | str,
    until: date | str,
    *,
    spark: SparkSession | None = None,
    heads: Sequence[str] = (),
    finer_than_days_reveals_more: bool = False,
) -> PartialReport:
    """Counts the files of a ledger: paths, URLs or patterns, as Spark reads texts, compressed ones and large ones in pieces.

    The pieces are counted where they are read, and merged by twos and more on the way to the driver. Lines that are changed, missing
    or there twice are found as in one pass. `partial_report(…).report("orders.toml")` is the public report, with the bytes of
    `bailiwick report`; what is before it must not be published.
    """
    # A line ends with a line feed and with nothing else, as in the ledger. Without this Spark would end lines at carriage returns.
    lines = (spark or _active()).read.text(ledgers, lineSep="\n")
    published = list(heads)

    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        columns: Iterator[Any] = (batch.column(0) for batch in batches)
        texts = (line for column in columns for line in column.to_pylist())
        partial = PartialReport.from_lines(
            texts, from_, until, heads=published, finer_than_days_reveals_more=finer_than_days_reveals_more
        )
        yield pa.RecordBatch.from_pydict({"partial": [partial.to_bytes()]})

    partials = lines.mapInArrow(count, "partial binary").rdd.map(_partial_of_row)
    merged: PartialReport = partials.treeReduce(_merge)
    return merged


def _partial_of_row(row: Row) -> PartialReport:
    return PartialReport.from_bytes(bytes(row["partial"]))


def _merge(one: PartialReport, other: PartialReport) -> PartialReport:
    return PartialReport.merge([one, other])


def backtest(joins: DataFrame, in_force: Bundle, proposed: Bundle, spark: SparkSession | None = None) -> Backtest:
    """Decides each join under two bundles and counts it: whom the proposed orders would newly have blocked or admitted.

    `joins` has five columns in this sequence, whatever their names: meeting, address, home region of the host's account, account, time;
    the types are those of `decide_udf`. `backtest(…).markdown()` is the result, with small numbers suppressed, and has the bytes of
    `bailiwick backtest`. The counts are exact before that, and must not be published.
    """
    session = spark or _active()
    before, after = _ship(in_force, session), _ship(proposed, session)

    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        counts = Backtest(before.policy(), after.policy())
        for batch in batches:
            _columns.count(counts, batch.columns)
        yield pa.RecordBatch.from_pydict({"counts": [counts.to_bytes()]})

    counts = joins.mapInArrow(count, "counts binary").rdd.map(lambda row: bytes(row["counts"]))
    return Backtest.from_bytes(counts.treeReduce(_merge_backtests))


def _merge_backtests(one: bytes, other: bytes) -> bytes:
    merged = Backtest.from_bytes(one)
    merged.merge(Backtest.from_bytes(other))
    return merged.to_bytes()


def _active() -> SparkSession:
    session = SparkSession.getActiveSession()
    if session is None:
        raise RuntimeError("there is no active session of Spark: begin one, or give it as `spark`")
    return session


@dataclass(frozen=True)
class _Shipped:
    """A bundle on its way to the Python workers: the name of its file there, and the checks that it must pass, as JSON."""

    name: str
    checks: str

    def policy(self) -> Policy:
        """The policy, on a worker."""
        return _policies.get(self)

    def load(self) -> Policy:
        return Bundle.open(SparkFiles.get(self.name), **json.loads(self.checks)).policy


@dataclass
class _Policies:
    """The policies that this process has loaded. Workers have threads, and are forked before they load any."""

    kept: OrderedDict[_Shipped, Policy] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    loads: int = 0

    def get(self, shipped: _Shipped) -> Policy:
        with self.lock:
            policy = self.kept.get(shipped)
            if policy is None:
                policy = self.kept[shipped] = shipped.load()
                self.loads += 1
                if len(self.kept) > _MOST_POLICIES:
                    self.kept.popitem(last=False)
            self.kept.move_to_end(shipped)
            return policy


_policies = _Policies()

# The folders from which Spark serves bundles to executors, by application and name, until this process ends.
_served: dict[tuple[str, str], TemporaryDirectory[str]] = {}


def _ship(bundle: Bundle, session: SparkSession) -> _Shipped:
    """Gives the file of a bundle to all executors, those that start later, too."""
    if not isinstance(bundle, Bundle):
        raise TypeError(f"bundle must be a bailiwick.Bundle, not {type(bundle).__name__}: open it with `Bundle.open`")
    data = bundle.to_bytes()
    name = f"bailiwick-{hashlib.sha256(data).hexdigest()}.bundle"
    context = session.sparkContext
    key = (context.applicationId, name)
    if key not in _served:
        folder = TemporaryDirectory(prefix="bailiwick-")
        path = Path(folder.name, name)
        path.write_bytes(data)
        context.addFile(str(path))
        _served[key] = folder
    return _Shipped(name, json.dumps(bundle.checks(), sort_keys=True))
