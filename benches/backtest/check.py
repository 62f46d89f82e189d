#!/usr/bin/env python3
"""Checks that a seed gives the same rows as ever, however many are made at once."""

import hashlib
import sys
from datetime import datetime, timedelta, timezone

from generate import CHUNK, address_text, tables

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

# Of the first 20,000 rows, and of 2,000 rows across the border of two chunks, as text.
EXPECTED = {
    1: "fbc43092b6c4422a2584dcb05ba2a063a92cc7221fe70500269f09682eba12e8",
    2: "996d39e59e43fc41cd03141dab897e9d6216c4183aa90b4d701384acef35cb4d",
}


def lines(rows, seed):
    """The rows at the beginning, and around the end of the first chunk."""
    first, *others = tables(rows, seed)
    parts = [first.slice(0, 20_000)]
    if others:
        parts += [first.slice(CHUNK - 1_000), others[0].slice(0, 1_000)]
    for part in parts:
        for row in part.to_pylist():
            address = row["address"] and address_text(row["address"])
            time = row["time"] and (row["time"] - EPOCH) // timedelta(milliseconds=1)
            yield f"{row['meeting']},{address},{row['host_region']},{row['account']},{time}\n"


def main():
    wrong = []
    for seed, expected in EXPECTED.items():
        made = list(lines(CHUNK + 1_000, seed))
        digest = hashlib.sha256("".join(made).encode()).hexdigest()
        if made[:20_000] != list(lines(20_000, seed)):
            wrong.append(f"seed {seed}: fewer rows begin otherwise")
        if digest != expected:
            wrong.append(f"seed {seed}: the digest is {digest}, and not {expected}")
    sys.exit("\n".join(wrong) or None)


if __name__ == "__main__":
    main()
