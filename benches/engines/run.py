#!/usr/bin/env python3
"""Measures many decisions at once: DuckDB, pyarrow, Spark and the tool, by cores and by rows; and a ledger that is verified, archived,
given back and reported.

    python3 run.py --tool BAILIWICK --synthetic EXAMPLE --folder FOLDER [--rows N…] [--records N…] [--cores N…] [--only NAME…] [--prepare]

BAILIWICK is the tool and EXAMPLE the program `synthetic` of crates/bailiwick-parquet, both built with `--release`. Run it with an interpreter
that has the package `bailiwick` (built with `--release`), numpy, pyarrow, duckdb and pyspark. Prints Markdown. `--prepare` makes the joins, and
measures nothing; FOLDER needs 40 bytes for each of the most rows, and 1 KB for each of the most records.

Each measurement is a process of its own. Rows a second count from the first byte that is read of the Parquet files to the counts by kind of
decision, without what an engine takes to start and to load the policy; the tool is measured from its start to its end. Memory is the most
that a process and its children had at once (the sum of their proportional shares, looked at some times a second).
"""

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
GEO = [ROOT / f"data/geo-whois-asn-country-ipv{family}.csv.gz" for family in (4, 6)]
IN_FORCE, PROPOSED = (ROOT / f"benches/backtest/{name}.toml" for name in ("in-force", "proposed"))
# The files of a ledger, which threads share.
FILES = 4
# The orders of the synthetic ledger.
REPORTED = '[[orders]]\nid = "order-{}"\nissuer = "{}"\nmeetings = ["named"]\nstatus = "in-force"\n'


def sources():
    return ",".join(map(str, GEO))


def files(folder):
    return sorted(str(path) for path in Path(folder).glob("*.parquet"))


def policy():
    import bailiwick

    return bailiwick.Policy.open(IN_FORCE, bailiwick.Atlas(sources()))


def by_pyarrow(folder, cores, full):
    """Batches of a row group's rows, in as many threads as cores: the interpreter's lock is free while a batch is decided."""
    from concurrent.futures import ThreadPoolExecutor

    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    loaded = policy()
    groups = [(path, group) for path in files(folder) for group in range(pq.ParquetFile(path).metadata.num_row_groups)]

    def decide(group):
        path, number = group
        rows = pq.ParquetFile(path).read_row_group(number, use_threads=False)
        names = ("meeting", "address", "host_region", "account")
        decided = loaded.decide_many(*(rows[name] for name in names), at=rows["time"], full=full)
        kinds = pa.record_batch(decided)["kind"] if full else pa.array(decided)
        return pc.value_counts(kinds).to_pylist()

    begun = time.perf_counter()
    with ThreadPoolExecutor(cores) as pool:
        counts = [(count["values"], count["counts"]) for counts in pool.map(decide, groups) for count in counts]
    return time.perf_counter() - begun, counts


def by_duckdb(folder, cores, _full):
    import duckdb

    import bailiwick.duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads = {cores}")
    bailiwick.duckdb.register(connection, policy())
    query = f"""WITH decided AS (SELECT (bailiwick_decide(meeting, address, host_region, account, time)).kind AS kind
                FROM read_parquet({files(folder)})) SELECT kind, count(*) FROM decided GROUP BY kind"""
    begun = time.perf_counter()
    counts = connection.execute(query).fetchall()
    return time.perf_counter() - begun, counts


def by_spark(folder, cores, _full):
    from pyspark.sql import SparkSession

    import bailiwick
    import bailiwick.spark

    keys = [{"role": "legal", "vkey": (Path(folder).parent / "counsel.key.vkey").read_text()}]
    at = 1_591_056_000_000_000_000
    bundle = bailiwick.Bundle.open(Path(folder).parent / "orders.bundle", origin="example.org/orders", keys=keys, at=at)
    os.environ["PYSPARK_PYTHON"], os.environ["SPARK_LOCAL_IP"] = sys.executable, "127.0.0.1"
    options = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false"}
    builder = SparkSession.builder.master(f"local[{cores}]").appName("bailiwick")
    for name, value in {**options, "spark.ui.showConsoleProgress": "false", "spark.driver.memory": "4g"}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    decide = bailiwick.spark.decide_udf(bundle)

    def count(rows):
        answers = rows.select(decide("meeting", "address", "host_region", "account", "time").alias("decision"))
        return [(row["kind"], row["count"]) for row in answers.groupBy("decision.kind").count().collect()]

    rows = session.read.parquet(*files(folder))
    # The workers start, and load the policy. Spark ends a worker when a limit cuts its stage short: so a shuffle comes between.
    count(rows.limit(20_000).repartition(cores))
    begun = time.perf_counter()
    counts = count(rows)
    elapsed = time.perf_counter() - begun
    session.stop()
    return elapsed, counts


ENGINES = {"pyarrow": by_pyarrow, "DuckDB": by_duckdb, "Spark": by_spark}


class Memory(threading.Thread):
    """The most memory of a process and its children, in MiB."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.most = process, 0.0

    def run(self):
        while self.process.poll() is None:
            begun = time.perf_counter()
            self.most = max(self.most, sum(map(share, tree(self.process.pid))) / 1024)
            # The kernel walks all pages of a process for its share. That is not to be seen in the times.
            time.sleep(max(0.05, 30 * (time.perf_counter() - begun)))


def tree(pid):
    parents = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            parents[int(entry)] = int(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def share(pid):
    """The proportional share of memory of a process, in KiB."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def measured(command, **options):
    """Seconds, the most MiB, and standard output."""
    begun = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True, **options)
    memory = Memory(process)
    memory.start()
    out = process.communicate()[0]
    elapsed = time.perf_counter() - begun
    memory.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}")
    return elapsed, memory.most, out


def prepare(args, rows):
    """Joins in Parquet, and the bundle for Spark."""
    folder = args.folder / f"joins-{rows}"
    if not folder.exists():
        unfinished = folder.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        subprocess.run([sys.executable, ROOT / "benches/backtest/generate.py", "--rows", str(rows), "--seed", "1", "--out", unfinished], check=True)
        unfinished.rename(folder)
    if not (args.folder / "orders.bundle").exists():
        tool = lambda *arguments: subprocess.run([args.tool, *arguments], check=True, stdout=subprocess.DEVNULL)
        tool("log", "keygen", "--origin", "example.org/counsel", "--out", args.folder / "counsel.key")
        said = ["--origin", "example.org/orders", "--version", "1", "--issued", "2020-06-01T00:00:00Z", "--expires", "2020-07-01T00:00:00Z"]
        tool("bundle", "make", "--orders", IN_FORCE, "--geo", sources(), *said, "--out", args.folder / "orders.bundle")
        tool("bundle", "sign", args.folder / "orders.bundle", "--key", args.folder / "counsel.key", "--role", "legal")
    return folder


def decisions(args):
    print("| | cores | rows | seconds | million rows a second | ns a row | memory, MiB |\n|---|---:|---:|---:|---:|---:|---:|")
    names = ["pyarrow", "pyarrow, in full", "DuckDB", "Spark", "bailiwick backtest"]
    table = Growth("rows")
    for rows in sorted(args.rows):
        folder, expected = prepare(args, rows), None
        for name in (name for name in names if not args.only or name in args.only):
            for cores in args.cores:
                if name == "bailiwick backtest":
                    command = [args.tool, "backtest", "--orders", IN_FORCE, "--proposed", PROPOSED, "--geo", sources(), "--threads", cores]
                    seconds, memory, _ = measured([*command, *files(folder)])
                else:
                    engine, _, full = name.partition(", ")
                    command = [sys.executable, __file__, "--one", engine, folder, cores, int(bool(full))]
                    _, memory, out = measured(command)
                    seconds, *counts = out.split("\n", 1)
                    seconds = float(seconds)
                    # All engines count alike.
                    expected = expected or counts
                    assert counts == expected, f"{name}: {counts}, not {expected}"
                print(f"| {name} | {cores} | {rows:,} | {seconds:.2f} | {rows / seconds / 1e6:.2f} | {seconds / rows * 1e9:.0f} | {memory:.0f} |", flush=True)
                table.add(f"{name}, {cores} core{'s' * (cores > 1)}", rows, seconds, memory)
    table.show()


class Growth:
    """Time and memory by size: a linear step takes as long for each row of many as for each of few."""

    def __init__(self, unit):
        self.unit, self.steps, self.sizes = unit, {}, []

    def add(self, step, size, seconds, memory):
        self.steps.setdefault(step, {})[size] = f"{seconds / size * 1e9:,.0f} ns, {memory:,.0f} MiB"
        if size not in self.sizes:
            self.sizes.append(size)

    def show(self):
        print(f"\nTime for each of the {self.unit}, and memory, by their number:\n")
        print("| | " + " | ".join(f"{size:,}" for size in self.sizes) + " |\n|---" + "|---:" * len(self.sizes) + "|")
        for step, cells in self.steps.items():
            print(f"| {step} | " + " | ".join(cells.get(size, "") for size in self.sizes) + " |")
        sys.stdout.flush()


def ledgers(args):
    print("\n| | records | seconds | million records a second | memory, MiB |\n|---|---:|---:|---:|---:|")
    key, orders, table = args.folder / "ledger.key", args.folder / "reported.toml", Growth("records")
    key.unlink(missing_ok=True)
    key.write_bytes(bytes([7] * 32))
    key.chmod(0o600)
    orders.write_text("".join(REPORTED.format(n, issuer) for n, issuer in enumerate("US IN CN BR GB DE FR JP".split())))
    sizes = []
    for records in sorted(args.records):
        ledger = [args.folder / f"{records}.{number}.jsonl" for number in range(FILES)]
        archive, partial, restored = (args.folder / f"{records}{end}" for end in (".parquet", ".partial", ".restored"))
        count = [args.tool, "report", "--partial", partial, "--from", "2026-01-01", "--until", "2026-02-01"]
        shutil.rmtree(restored, ignore_errors=True)
        steps = [
            ("made: decided and recorded", ledger[-1], [args.synthetic, records, *ledger]),
            ("verified", None, [args.tool, "verify", *ledger]),
            ("archived, read again and compared", archive, [args.tool, "ledger", "export", "--parquet", archive, "--key-file", key, *ledger]),
            ("given back", None, [args.tool, "ledger", "import", archive, "--key-file", key, "--out", restored]),
            *((f"counted, {cores} thread{'s' * (cores > 1)}", partial, [*count, "--threads", cores, "--ledger", *ledger]) for cores in args.cores),
            ("reported", None, [args.tool, "report", orders, "--merge", partial]),
        ]
        for name, written, command in steps:
            if name.startswith("made"):
                if written.exists():
                    continue
            elif written:
                written.unlink(missing_ok=True)
            seconds, memory, _ = measured(command)
            print(f"| {name} | {records:,} | {seconds:.2f} | {records / seconds / 1e6:.2f} | {memory:.0f} |", flush=True)
            table.add(name, records, seconds, memory)
        shutil.rmtree(restored)
        lines, columns = sum(file.stat().st_size for file in ledger), archive.stat().st_size
        sizes.append(f"{records:,} records: {lines / records:.0f} bytes each as lines, {columns / records:.1f} as Parquet.")
        if not args.keep:
            for file in ledger:
                file.unlink()
    table.show()
    print("", *sizes, sep="\n")


def main():
    if sys.argv[1:2] == ["--one"]:
        engine, folder, cores, full = sys.argv[2:]
        seconds, counts = ENGINES[engine](folder, int(cores), bool(int(full)))
        totals = {}
        for kind, count in counts:
            totals[kind] = totals.get(kind, 0) + count
        print(seconds, sorted(totals.items()), sep="\n")
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", type=Path, required=True)
    parser.add_argument("--synthetic", type=Path)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--records", type=int, nargs="*", default=[])
    parser.add_argument("--cores", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--only", nargs="*", help="names of the first column")
    parser.add_argument("--prepare", action="store_true", help="make the joins and the bundle, and measure nothing")
    parser.add_argument("--keep", action="store_true", help="keep the ledgers")
    args = parser.parse_args()
    args.folder = args.folder.resolve()
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.prepare:
        for rows in args.rows:
            prepare(args, rows)
        return
    if args.rows:
        decisions(args)
    if args.records:
        ledgers(args)


main()
