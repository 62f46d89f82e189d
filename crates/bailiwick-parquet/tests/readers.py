"""What DuckDB, pandas and pyarrow read in an archive, beside the lines of its ledger as Python's JSON reads them."""

import collections
import datetime
import json
import os
import re
import sys

import duckdb
import pandas
import pyarrow
import pyarrow.parquet

folder, *files = sys.argv[1:]
archive = os.path.join(folder, "ledger.parquet")

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
KINDS = {"ledger": "header", "seq": "record", "unrecorded": "unrecorded", "pad": "pad", "sealed": "seal"}


def time(text):
    """The microseconds and the nanoseconds of a time of a line."""
    if text is None:
        return None, None
    whole, _, part = text.removesuffix("Z").partition(".")
    nanoseconds = int(part.ljust(9, "0") or 0)
    seconds = datetime.datetime.fromisoformat(whole + "+00:00") - EPOCH
    return (seconds // datetime.timedelta(microseconds=1)) + nanoseconds // 1000, nanoseconds % 1000


def expected():
    for file in files:
        with open(file, "rb") as lines:
            for line in lines:
                line = json.loads(line)
                kind = KINDS[next(iter(line))]
                micros, nanos = time({"header": line.get("opened"), "seal": line.get("sealed")}.get(kind, line.get("time", line.get("pad"))))
                row = {name: line.get(name) for name in ("seq", "policy", "atlas", "meeting", "verdict", "orders", "why", "region", "prefix_len", "unrecorded")}
                first = kind == "header"
                yield {
                    "file": os.path.basename(file), "kind": kind, **row, "form": 2, "time": micros, "nanos": nanos,
                    "key_commitment": line.get("key"), "prev": line["prev"] if first else None, "raw": None,
                }


rows = list(expected())
assert len(rows) > 20 and len({row["kind"] for row in rows}) == 5, "the vectors have every kind of line"

# pyarrow: the types, and every value.
table = pyarrow.parquet.read_table(archive)
types = {field.name: str(field.type) for field in table.schema}
string, integer, long = "string", "int32", "int64"
assert types == {
    "file": string, "kind": string, "seq": long, "form": integer, "time": "timestamp[us, tz=UTC]", "nanos": integer,
    "policy": string, "atlas": string, "meeting": string, "verdict": string, "orders": "list<element: string not null>",
    "why": string, "region": string, "prefix_len": integer, "unrecorded": long, "key_commitment": string, "prev": string,
    "raw": "binary",
}, types
found = table.set_column(4, "time", table["time"].cast(pyarrow.int64())).to_pylist()
assert found == [{name: row[name] for name in types} for row in rows]

metadata = pyarrow.parquet.read_schema(archive).metadata
assert metadata[b"bailiwick.archive"] == b"1" and b"bailiwick.fault" not in metadata and b"ARROW:schema" not in metadata
listed = json.loads(metadata[b"bailiwick.files"])
assert [file["name"] for file in listed] == [os.path.basename(file) for file in files]
assert [file["bytes"] for file in listed] == [os.path.getsize(file) for file in files]
assert b"bailiwick.fault" in pyarrow.parquet.read_schema(os.path.join(folder, "unverified.parquet")).metadata

# pandas.
frame = pandas.read_parquet(archive)
records = frame[frame.kind == "record"]
verdicts = collections.Counter(row["verdict"] for row in rows if row["kind"] == "record")
assert records.verdict.value_counts().to_dict() == dict(verdicts)
assert str(frame.time.dtype) == "datetime64[us, UTC]", frame.time.dtype
by_order = collections.Counter(order for row in rows for order in row["orders"] or [])
assert records.orders.explode().dropna().value_counts().to_dict() == dict(by_order)

# DuckDB: its types, and the queries of the page.
os.chdir(folder)
os.link("ledger.parquet", "2026.parquet")
database = duckdb.connect()
described = {name: kind for name, kind, *_ in database.sql("DESCRIBE FROM '2026.parquet'").fetchall()}
assert described["time"] == "TIMESTAMP WITH TIME ZONE" and described["orders"] == "VARCHAR[]", described
assert described["seq"] == "BIGINT" and described["raw"] == "BLOB", described
with open(os.path.join(os.environ["ROOT"], "docs/archive.md"), encoding="utf-8") as page:
    queries = re.search(r"```sql\n(.*?)```", page.read(), re.DOTALL)[1].split(";")
results = []
for query in filter(str.strip, queries):
    result = database.sql(query)
    results.append(result.fetchall() if result else None)
setting, by_day, of_orders, missing = results
assert sum(count for *_, count, _ in by_day) == sum(verdicts.values())
counted = collections.Counter()
for order, _, _, count in of_orders:
    counted[order] += count
assert counted == by_order
assert missing == [(sum(row["unrecorded"] or 0 for row in rows),)]

# A torn line: its bytes, and nothing else.
torn = database.sql("SELECT kind, raw, verdict FROM 'unverified.parquet' WHERE kind = 'other'").fetchall()
assert len(torn) == 1 and torn[0][1].startswith(b"{") and torn[0][2] is None, torn
print(f"DuckDB {duckdb.__version__}, pandas {pandas.__version__}, pyarrow {pyarrow.__version__}: {len(rows)} rows as the ledger has them")
