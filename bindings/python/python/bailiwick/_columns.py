"""Columns of questions, as engines have them, and columns of answers, as engines take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import Backtest, Policy

try:
    import pyarrow as pa
    import pyarrow.compute as pc
except ImportError as error:
    raise ImportError(f"{error}: `pip install pyarrow` installs it") from error

__all__ = ["ANSWER", "COLUMNS", "count", "decide"]

# The columns of a question, in the sequence of the arguments.
COLUMNS = ("meeting", "address", "host", "account", "at")

# The answer about a row. No member but the last two is ever null, and these are where nothing could be asked.
ANSWER = pa.struct(
    [
        ("kind", pa.string()),
        ("unasked", pa.bool_()),
        ("domestic", pa.bool_()),
        ("orders", pa.list_(pa.string())),
        ("region", pa.string()),
        ("why", pa.string()),
    ]
)

# The first and the last IPv4 address as numbers.
_FIRST, _LAST = pa.scalar(0, pa.int64()), pa.scalar(0xFFFF_FFFF, pa.int64())


def decide(policy: Policy, columns: tuple[Any, ...]) -> Any:
    """Decides about rows: as many answers as the columns have rows, none of them null."""
    meeting, address, host, account, at = columns
    answers: Any = policy.decide_many(meeting, _addresses(address), host, account, at, full=True)
    # Engines have no dictionaries where they declared texts.
    return pa.array(answers).cast(ANSWER)


def count(backtest: Backtest, columns: Sequence[Any]) -> None:
    """Counts rows as joins."""
    if len(columns) != len(COLUMNS):
        expected = ", ".join(COLUMNS)
        raise TypeError(f"joins have the columns ({expected}) and were given with {len(columns)}: select NULL for what is not known")
    meeting, address, host, account, at = columns
    backtest.add_batch(meeting, _addresses(address), at, host, account)


def _addresses(column: Any) -> Any:
    """IPv4 addresses as numbers: engines without unsigned types have them as signed ones of 64 bits. A number that is no address
    is null, so that nothing is asked about it."""
    if not pa.types.is_signed_integer(column.type):
        return column
    column = column.cast(pa.int64())
    inside = pc.and_(pc.greater_equal(column, _FIRST), pc.less_equal(column, _LAST))
    return pc.if_else(inside, column, None).cast(pa.uint32())
