"""bailiwick in DuckDB: decisions about columns, on one machine."""

from __future__ import annotations

from typing import Any

from . import Policy

try:
    import duckdb
    from duckdb.func import FunctionNullHandling, PythonUDFType

    from . import _columns
except ImportError as error:
    raise ImportError(f"{error}: `pip install 'duckdb>=2' pyarrow` installs both") from error

__all__ = ["ANSWER", "register"]

# The type of an answer, as DuckDB writes types.
ANSWER = "STRUCT(kind VARCHAR, unasked BOOLEAN, domestic BOOLEAN, orders VARCHAR[], region VARCHAR, why VARCHAR)"


def register(connection: duckdb.DuckDBPyConnection, policy: Policy, name: str = "bailiwick_decide") -> None:
    """Makes a function of SQL: `bailiwick_decide(meeting, address, host, account, at)`, of type `ANSWER`.

    The address is a text, a BLOB of 4 or 16 bytes in network byte order, or an IPv4 address as a number. A row whose meeting, address
    or time is null or cannot be read is `allow` and `unasked`. NULL stands for an account or a region of the host that is not known.
    A connection that has a function of that name keeps it, and DuckDB raises: `connection.remove_function(name)` removes it.
    """
    if not isinstance(policy, Policy):
        raise TypeError(f"policy must be a bailiwick.Policy, not {type(policy).__name__}: for a bundle, give `bundle.policy`")

    def decide(*columns: Any) -> Any:
        if len(columns) != len(_columns.COLUMNS):
            expected = ", ".join(_columns.COLUMNS)
            raise TypeError(f"{name} takes ({expected}) and was given {len(columns)} values: write NULL for what is not known")
        return _columns.decide(policy, columns)

    # Without a list of parameters DuckDB passes each column as it is, so that addresses may be texts, bytes or numbers. It asks about
    # rows with nulls only where that is demanded.
    udf, nulls = PythonUDFType.ARROW, FunctionNullHandling.SPECIAL
    connection.create_function(name, decide, None, ANSWER, type=udf, null_handling=nulls)
