"""bailiwick in DuckDB: decisions about columns, backtests and reports, on one machine and with the names of `bailiwick.spark`."""

from __future__ import annotations

import gzip
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from glob import glob
from typing import Any

from . import Backtest, PartialReport, Policy

try:
    import duckdb
    from duckdb.func import FunctionNullHandling, PythonUDFType

    from . import _columns
except ImportError as error:
    raise ImportError(f"{error}: `pip install 'duckdb>=2' pyarrow` installs both") from error

__all__ = ["ANSWER", "backtest", "partial_report", "register"]

# The type of an answer, as DuckDB writes types.
ANSWER = "STRUCT(kind VARCHAR, unasked BOOLEAN, domestic BOOLEAN, orders VARCHAR[], region VARCHAR, why VARCHAR)"


def register(connection: duckdb.DuckDBPyConnection, policy: Policy, name: str = "bailiwick_decide") -> None:
    """Makes a function of SQL: `bailiwick_decide(meeting, address, host, account, at)`, of type `ANSWER`.

    The address is a text, a BLOB of 4 or 16 bytes in network byte order, or an IPv4 address as a number. A row whose meeting, address
    or time is null or cannot be read is `allow` and `unasked`. NULL stands for an account or a region of the host that is not known.
    A connection that has a function of that name keeps it, and DuckDB raises: `connection.remove_function(name)` removes it.
    """
    _check("policy", policy)

    def decide(*columns: Any) -> Any:
        if len(columns) != len(_columns.COLUMNS):
            expected = ", ".join(_columns.COLUMNS)
            raise TypeError(f"{name} takes ({expected}) and was given {len(columns)} values: write NULL for what is not known")
        return _columns.decide(policy, columns)

    # Without a list of parameters DuckDB passes each column as it is, so that addresses may be texts, bytes or numbers. It asks about
    # rows with nulls only where that is demanded.
    udf, nulls = PythonUDFType.ARROW, FunctionNullHandling.SPECIAL
    connection.create_function(name, decide, None, ANSWER, type=udf, null_handling=nulls)


def backtest(joins: duckdb.DuckDBPyRelation, in_force: Policy, proposed: Policy) -> Backtest:
    """Decides each join under two policies and counts it: whom the proposed orders would newly have blocked or admitted.

    `joins` has five columns in this sequence, whatever their names: meeting, address, home region of the host's account, account, time;
    the types are those of `bailiwick_decide`. `backtest(…).markdown()` is the result, with small numbers suppressed, and has the bytes
    of `bailiwick backtest`. The counts are exact before that, and must not be published.
    """
    _check("in_force", in_force)
    _check("proposed", proposed)
    counts, lock, batches = Backtest(in_force, proposed), threading.Lock(), joins.to_arrow_reader(_ROWS)

    def count() -> None:
        while True:
            # One batch for each thread, so that memory does not grow with the joins.
            with lock:
                batch = next(batches, None)
            if batch is None:
                return
            _columns.count(counts, batch.columns)

    with ThreadPoolExecutor(_cores()) as pool:
        for done in [pool.submit(count) for _ in range(_cores())]:
            done.result()
    return counts


# The rows of a batch of a backtest: some megabytes, so that handing one out costs little beside deciding about it.
_ROWS = 65_536


def partial_report(
    ledgers: str | list[str],
    from_: date | str,
    until: date | str,
    *,
    heads: Sequence[str] = (),
    finer_than_days_reveals_more: bool = False,
) -> PartialReport:
    """Counts the files of a ledger, several at once: paths or patterns on this machine, compressed with gzip or not.

    Lines that are changed, missing or there twice are found as in one pass. `partial_report(…).report("orders.toml")` is the public
    report, with the bytes of `bailiwick report`; what is before it must not be published. DuckDB itself is not asked: none of its readers
    keeps the bytes of every line. What it counts in an archive, `docs/recount.sql` does.
    """

    def count(path: str) -> PartialReport:
        options: dict[str, Any] = {"heads": list(heads), "finer_than_days_reveals_more": finer_than_days_reveals_more}
        with open(path, "rb") as file:
            is_compressed = file.read(2) == b"\x1f\x8b"
        if not is_compressed:
            return PartialReport.from_ledger(path, from_, until, **options)
        with gzip.open(path) as lines:
            return PartialReport.from_lines(lines, from_, until, name=path, **options)

    with ThreadPoolExecutor(_cores()) as pool:
        return PartialReport.merge(pool.map(count, _files(ledgers)))


def _files(ledgers: str | list[str]) -> list[str]:
    files = []
    for path in [ledgers] if isinstance(ledgers, str) else ledgers:
        found = [path] if os.path.exists(path) else sorted(glob(path))
        if not found:
            raise FileNotFoundError(f"there is no file {path!r}: name a file, or a pattern that one has")
        files += found
    return files


def _cores() -> int:
    return os.cpu_count() or 1


def _check(name: str, policy: Policy) -> None:
    if not isinstance(policy, Policy):
        raise TypeError(f"{name} must be a bailiwick.Policy, not {type(policy).__name__}: for a bundle, give `bundle.policy`")
