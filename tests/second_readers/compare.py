"""Asks `bailiwick` and a second reader about the same addresses of the same geo files, and fails where they differ.

    compare.py BAILIWICK [--files N] [--seed N] [--only FORMAT]

The second readers are `geofeed.py` and `rir.py`, written from the texts of the formats, and the Python reader of MaxMind DBs. Files are
those of the fuzz targets' corpora, made ones, and made ones with some bytes changed. A file that `bailiwick` refuses is no difference: it
refuses more than others. A file that it reads must be read by the second reader, too.

Tolerant loads are compared, too: what they locate, the second reader locates by the lines that it can read.

Where a text leaves a choice, the second reader allows several answers, `unknown` among them. It never allows a place that no text gives.
"""

import argparse
import collections
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import geofeed
import mmdb
import rir
from places import CONTESTED, UNKNOWN, beside, narrowest

CORPUS = Path(__file__).resolve().parent.parent / "corpus"

# The most addresses that are asked about in a file.
MOST = 60


def changed(content, random):
    """A file with some bytes changed, as faults and enemies change them."""
    content = bytearray(content)
    for _ in range(random.choice([1, 1, 2, 3]) if len(content) > 3 else 0):
        at = random.randrange(len(content))
        change = random.randrange(5)
        if change == 0:
            content[at] = random.randrange(256)
        elif change == 1:
            content[at] ^= 1 << random.randrange(8)
        elif change == 2:
            del content[at]
        elif change == 3:
            content.insert(at, random.choice(b"0123456789,/.:|#\"\r\n ACNHKUS-"))
        else:
            other = random.randrange(len(content))
            content[at:at + 8] = content[other:other + 8]
    return bytes(content)


class Lines:
    """A format of lines, with its second reader."""

    def __init__(self, module):
        self.module, self.name = module, module.__name__

    def seeds(self):
        return [(path.read_bytes(), None) for path in sorted((CORPUS / self.name).iterdir())]

    def made(self, random):
        return self.module.made(random), None

    def spec(self, path, _):
        return f"{self.name}:{path}"

    def open(self, path, _, is_tolerant):
        rows = self.module.read(path.read_bytes(), is_tolerant)
        asked = [address for first, last, _ in rows for address in beside(first, last)]
        return asked, lambda address: narrowest(rows, address)


class MaxmindDb:
    name = "mmdb"

    def seeds(self):
        return [(path.read_bytes(), country) for path in sorted((CORPUS / self.name).iterdir()) for country in mmdb.PATHS]

    def made(self, random):
        return mmdb.made(random)

    def spec(self, path, country):
        return f"mmdb:{country}:{path}"

    def open(self, path, country, _):
        database = mmdb.Database(str(path), country)
        return database.addresses(), database.locate


def ours(bailiwick, spec, addresses, is_tolerant):
    """What `bailiwick` says of each address; `None` when it refuses the file."""
    asked = "".join(f"{address}\n" for address in addresses)
    words = [bailiwick, "locate", "--json", "--geo", spec, *(["--tolerant"] if is_tolerant else [])]
    done = subprocess.run(words, input=asked, capture_output=True, text=True)
    if done.returncode:
        if "panicked" in done.stderr or done.returncode < 0:
            sys.exit(f"{spec}: ended with {done.returncode}: {done.stderr}")
        return None
    return [json.loads(line)["location"] for line in done.stdout.splitlines()]


def compare(bailiwick, format, path, country, is_tolerant, counts):
    """Compares the answers of one file. Returns what differs."""
    try:
        asked, locate = format.open(path, country, is_tolerant)
        refusal = None
    except Exception as error:  # of whatever kind: what another program does with damaged files is not ours
        asked, refusal = [], f"{type(error).__name__}: {error}"
    addresses = list(dict.fromkeys(asked))
    addresses = (random.Random(0).sample(addresses, MOST) if len(addresses) > MOST else addresses) or ["203.0.113.1"]
    answers = ours(bailiwick, format.spec(path, country), addresses, is_tolerant)
    if answers is None:
        counts["refused by bailiwick"] += 1
        return None
    if refusal:
        return f"read, and the second reader refuses it: {refusal}"
    counts["read by both"] += 1
    for address, answer in zip(addresses, answers, strict=True):
        try:
            allowed = locate(address)
        except Exception:
            # Only of MaxMind DBs: the reader in Python decodes all of a record, of which `bailiwick` reads the place and the flags.
            counts["answers that the second reader refuses"] += 1
            continue
        is_located = answer not in (UNKNOWN, CONTESTED)
        counts["answers"] += 1
        counts["located"] += is_located
        # A tolerant load does not locate the addresses of lines that it refuses, and the second reader leaves those lines out.
        if answer not in allowed and (is_located or not is_tolerant):
            return f"{address} is {answer}, and by the second reader {' or '.join(sorted(allowed))}"
    return None


def main():
    arguments = argparse.ArgumentParser(usage=__doc__)
    arguments.add_argument("bailiwick")
    arguments.add_argument("--files", type=int, default=100, help="how many files are made, and as many changed, of each format")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--only")
    arguments.add_argument("--keep", type=Path, help="a folder for files with differences; all are then looked for")
    arguments = arguments.parse_args()
    dice = random.Random(arguments.seed)
    differences = 0
    with tempfile.TemporaryDirectory() as folder:
        for format in (Lines(geofeed), Lines(rir), MaxmindDb()):
            if arguments.only not in (None, format.name):
                continue
            seeds = format.seeds()
            made = [format.made(dice) for _ in range(arguments.files)]
            bases = [base for base in [*seeds, *made, *made] if base[0]]
            damaged = [(changed(content, dice), country) for content, country in (dice.choice(bases) for _ in range(arguments.files))]
            counts = collections.Counter()
            for number, (content, country) in enumerate([*seeds, *made, *damaged]):
                (path := Path(folder) / "file").write_bytes(content)
                for is_tolerant in (False, True):
                    difference = compare(arguments.bailiwick, format, path, country, is_tolerant, counts)
                    if difference:
                        print(f"{format.name}, file {number}, {country=}, {is_tolerant=}: {difference}\n{content!r}", file=sys.stderr)
                        differences += 1
                        if not arguments.keep:
                            sys.exit(1)
                        (arguments.keep / f"{format.name}-{number}").write_bytes(content)
            print(f"{format.name}: " + ", ".join(f"{count} {what}" for what, count in counts.items()))
            refused = counts["answers that the second reader refuses"]
            if counts["located"] < counts["answers"] / 10 or counts["read by both"] < arguments.files / 2 or refused > counts["answers"] / 50:
                sys.exit(f"{format.name}: too little is compared")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
