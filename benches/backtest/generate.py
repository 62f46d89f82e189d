#!/usr/bin/env python3
"""Writes synthetic joins: the same rows for the same seed, on every machine and however they are cut into files.

    python3 generate.py --rows 100000000 --seed 1 --out /data/joins                 Parquet, 2^20 rows a row group
    python3 generate.py --rows 1000 --seed 1 --out joins --format csv

Needs numpy and pyarrow. Nothing of it is about anybody: meetings and accounts are numbers, and addresses are drawn from the ranges
of the sample data in data/, by country and then by the width of the range.

Joins come in bursts to one meeting, of 1 to some 2,000 people (a Pareto law, so that few meetings have most joins), within five
minutes. Meetings 0 to 99 (`m-0` to `m-99`) take a hundredth of the bursts: the orders of `in-force.toml` and `proposed.toml` name some of them. A third of the
addresses is IPv6. One value in a thousand of meeting, address and time is null, and one account in twenty.

Columns: meeting (text), address (16 bytes in network byte order, IPv4 as ::ffff:a.b.c.d), host_region (text), account (text), time
(timestamp of milliseconds in UTC). In CSV addresses are texts, and times RFC 3339.
"""

import argparse
import gzip
import ipaddress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DATA = Path(__file__).resolve().parent.parent.parent / "data"

# Rows that are made at once, from the seed and their number alone.
CHUNK = 1 << 20

# Where joins come from, in thousandths, and where accounts are at home. Made up, with what tests of orders need in it.
PLACES = {"US": 300, "CN": 150, "IN": 100, "DE": 80, "GB": 80, "BR": 60, "JP": 60, "HK": 50, "FR": 50, "TW": 30, "AU": 20, "MO": 20}

# 2020-06-01T00:00:00Z and the days of the month, in milliseconds.
START, MONTH = 1_590_969_600_000, 30 * 86_400_000

SCHEMA = pa.schema([
    ("meeting", pa.string()),
    ("address", pa.binary(16)),
    ("host_region", pa.string()),
    ("account", pa.string()),
    ("time", pa.timestamp("ms", tz="UTC")),
])


def mix(state):
    """The output function of SplitMix64 (G. Steele, D. Lea, C. Flood, 2014): a number that looks random, for each number."""
    with np.errstate(over="ignore"):
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return state ^ (state >> np.uint64(31))


class Dice:
    """Streams of random numbers that depend on the seed, the chunk and the name of the stream."""

    def __init__(self, seed, chunk):
        self.base = (seed * 0x9E3779B97F4A7C15 + chunk * 0xD1B54A32D192ED03) % (1 << 64)

    def words(self, stream, count):
        with np.errstate(over="ignore"):
            key = mix(np.array([self.base], dtype=np.uint64) + np.uint64(stream * 0xA0761D6478BD642F % (1 << 64)))
            return mix(key + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15))

    def below(self, stream, count, limit):
        """Numbers from 0 to limit - 1; `limit` is one number or one for each, up to 2^53."""
        part = (self.words(stream, count) >> np.uint64(11)).astype(np.float64) / float(1 << 53)
        return np.minimum((part * limit).astype(np.uint64), np.asarray(limit, dtype=np.uint64) - np.uint64(1))


class Ranges:
    """The ranges of each place in one family: where each begins, and the width of all before it."""

    def __init__(self, file):
        found = {place: [] for place in PLACES}
        with gzip.open(DATA / file, "rt") as lines:
            for line in lines:
                first, last, place = line.strip().split(",")
                if place in found:
                    first, last = ipaddress.ip_address(first), ipaddress.ip_address(last)
                    # IPv6 in networks of 64 bits: hosts are drawn from the lower half.
                    shift = 64 if first.version == 6 else 0
                    found[place].append((int(first) >> shift, (int(last) >> shift) - (int(first) >> shift) + 1))
        self.first = [np.array([first for first, _ in found[place]], dtype=np.uint64) for place in PLACES]
        self.before = [np.cumsum([0] + [width for _, width in found[place]], dtype=np.uint64) for place in PLACES]

    def draw(self, places, dice, stream):
        drawn = np.zeros(len(places), dtype=np.uint64)
        words = dice.words(stream, len(places))
        for number in range(len(PLACES)):
            mine = places == number
            before = self.before[number]
            offset = words[mine] % before[-1]
            at = np.searchsorted(before, offset, side="right") - 1
            drawn[mine] = self.first[number][at] + (offset - before[at])
        return drawn


def place_of(dice, stream, count):
    ends = np.cumsum(list(PLACES.values()), dtype=np.uint64)
    return np.searchsorted(ends, dice.below(stream, count, int(ends[-1])), side="right")


def bursts(dice):
    """The number of the burst of each row of a chunk, and the number of bursts."""
    lengths = []
    total, stream = 0, 100
    while total < CHUNK:
        part = (dice.words(stream, 4096) >> np.uint64(40)).astype(np.float64)
        # In whole numbers from here on: a Pareto law of exponent 1, cut off.
        length = np.minimum(np.floor(float(1 << 24) / (part + 1.0)), 2000.0).astype(np.int64)
        lengths.append(length)
        total, stream = total + int(length.sum()), stream + 1
    of_row = np.repeat(np.arange(sum(map(len, lengths))), np.concatenate(lengths))[:CHUNK]
    return of_row, int(of_row[-1]) + 1


def texts(prefix, numbers, nulls):
    """The texts of numbers, where they are not null. Each is written once."""
    values, at = np.unique(numbers, return_inverse=True)
    names = pa.array([f"{prefix}{value}" for value in values.tolist()])
    return names.take(pa.array(at, mask=nulls))


def chunk(seed, number, ranges):
    """The rows of a chunk."""
    dice = Dice(seed, number)
    of_row, count = bursts(dice)
    rare = dice.below(1, count, 100) == 0
    meeting = np.where(rare, dice.below(2, count, 100), np.uint64(100) + dice.below(3, count, 1 << 30))
    account = meeting % np.uint64(1_000_003)
    host = place_of(dice, 4, count)
    start = dice.below(5, count, MONTH - 300_000)
    v4, v6 = ranges
    places = place_of(dice, 6, CHUNK)
    is_v6 = dice.below(7, CHUNK, 3) == 0
    low, high = v4.draw(places, dice, 8), v6.draw(places, dice, 9)
    words = np.empty((CHUNK, 2), dtype=">u8")
    words[:, 0] = np.where(is_v6, high, np.uint64(0))
    words[:, 1] = np.where(is_v6, dice.words(10, CHUNK), low | np.uint64(0xFFFF_0000_0000))
    nulls = [dice.below(stream, CHUNK, 1000) == 0 for stream in (11, 12, 13)]
    time = np.uint64(START) + start[of_row] + dice.below(14, CHUNK, 300_000)
    valid = pa.array(~nulls[1]).buffers()[1]
    address = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), CHUNK, [valid, pa.py_buffer(words.tobytes())])
    return pa.table([
        texts("m-", meeting[of_row], nulls[0]),
        address,
        pa.array(list(PLACES)).take(pa.array(host[of_row])),
        texts("account-", account[of_row], dice.below(15, CHUNK, 20) == 0),
        pa.array(time.astype(np.int64), mask=nulls[2]).cast(SCHEMA.field("time").type),
    ], schema=SCHEMA)


def tables(rows, seed):
    """All rows, chunk by chunk."""
    ranges = (Ranges("geo-whois-asn-country-ipv4.csv.gz"), Ranges("geo-whois-asn-country-ipv6.csv.gz"))
    for number in range(-(-rows // CHUNK)):
        yield chunk(seed, number, ranges).slice(0, min(CHUNK, rows - number * CHUNK))


def address_text(packed):
    address = ipaddress.IPv6Address(packed)
    return str(address.ipv4_mapped or address)


def write_csv(table, file):
    columns = [column.to_pylist() for column in table.columns]
    for meeting, address, host, account, time in zip(*columns):
        time = "" if time is None else time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        address = "" if address is None else address_text(address)
        file.write(f"{meeting or ''},{address},{host},{account or ''},{time}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into")
    parser.add_argument("--format", choices=["parquet", "csv"], default="parquet")
    parser.add_argument("--chunks-a-file", type=int, default=16, help="chunks of 2^20 rows in a file")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    writer = None
    for number, table in enumerate(tables(args.rows, args.seed)):
        if number % args.chunks_a_file == 0:
            if writer:
                writer.close()
            path = args.out / f"joins-{number // args.chunks_a_file:05}.{args.format}"
            if args.format == "csv":
                writer = path.open("w")
                writer.write(",".join(SCHEMA.names) + "\n")
            else:
                writer = pq.ParquetWriter(path, SCHEMA)
        if args.format == "csv":
            write_csv(table, writer)
        else:
            writer.write_table(table, row_group_size=CHUNK)
    if writer:
        writer.close()


if __name__ == "__main__":
    main()
