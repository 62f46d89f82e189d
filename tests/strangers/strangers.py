"""Publishes ledgers with `bailiwick log`, and lets programs of others check them: right ones, and ones in which something is wrong.

    strangers.py BAILIWICK CHECK-LOG
"""

import base64
import hashlib
import hmac
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aics_tlog

BAILIWICK, CHECK_LOG = (str(Path(path).resolve()) for path in sys.argv[1:3])
LEDGER_KEY = bytes(range(100, 140))
ORIGIN = "example.com/log"


def run(*words, ok=True):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if (done.returncode == 0) != ok:
        sys.exit(f"{words} ended with {done.returncode}, and should {'' if ok else 'not '}have succeeded:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def salted(seq):
    code = hmac.new(LEDGER_KEY, b"\xffsalt" + seq.to_bytes(8, "big"), hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(code).rstrip(b"=").decode()


def ledger(count, fork_at=None):
    """The lines of a ledger of form 2, written from docs/json.md. From `fork_at` on, another history."""
    commitment = hmac.new(LEDGER_KEY, b"\xffbailiwick ledger key", hashlib.sha256).hexdigest()
    prev, lines = "0" * 64, []
    for seq in range(count):
        first = f'"ledger":2,"seq":{seq},"opened":"2026-01-01T00:00:00Z","key":"{commitment}"' if seq == 0 else None
        number = 10 if fork_at is None or seq < fork_at else 12
        first = first or f'"unrecorded":{number},"seq":{seq}'
        line = f'{{{first},"salt":"{salted(seq)}","prev":"sha256:{prev}"}}'.encode()
        prev = hashlib.sha256(line).hexdigest()
        lines.append(line)
    return lines


def write(path, lines):
    path.write_bytes(b"".join(line + b"\n" for line in lines))


class Log:
    """A folder with a ledger, its key and its log."""

    def __init__(self, folder):
        self.folder, self.key, self.dir, self.ledger = folder, folder / "key", folder / "log", folder / "ledger.jsonl"
        folder.mkdir()
        run(BAILIWICK, "log", "keygen", "--origin", ORIGIN, "--out", self.key)
        self.vkey = (folder / "key.vkey").read_text().strip()

    def publish(self, lines, ok=True):
        write(self.ledger, lines)
        return run(BAILIWICK, "log", "publish", self.ledger, "--key", self.key, "--out", self.dir, ok=ok)

    def checkpoint(self, name="checkpoint"):
        return aics_tlog.parse_note((self.dir / name).read_text())


def by_go(log, ok=True):
    return run(CHECK_LOG, log.vkey, log.dir, log.ledger, ok=ok)


def by_python(log, lines, policy=None):
    """Every check of aics-tlog that applies. Raises when one fails."""
    key = aics_tlog.parse_vkey(log.vkey)
    result = aics_tlog.verify_checkpoint(log.checkpoint(), key, expected_origin=ORIGIN, **(policy or {}))
    assert result.ok, result.error
    reader = aics_tlog.FileSystemTileReader(log.dir)
    aics_tlog.audit_tiles(reader, result.size, result.root, entries=False)
    assert len(lines) >= result.size, "the ledger is shorter than the log"
    for index in range(result.size):
        proof = aics_tlog.inclusion_proof_from_tiles(reader, index, result.size)
        assert aics_tlog.verify_leaf_inclusion(lines[index], index, result.size, proof, result.root), f"line {index}"
    sizes = sorted(int(path.name) for path in (log.dir / "checkpoints").iterdir())
    for size in sizes:
        old = aics_tlog.verify_checkpoint(log.checkpoint(f"checkpoints/{size}"), key, expected_origin=ORIGIN)
        assert old.ok and old.size == size, old.error
        proof = aics_tlog.consistency_proof_from_tiles(reader, size, result.size)
        assert aics_tlog.verify_consistency(size, result.size, old.root, result.root, proof), f"checkpoint {size}"
    return sizes


def refused_by_both(log, lines, what):
    by_go(log, ok=False)
    try:
        by_python(log, lines)
    except Exception as error:  # of whichever kind the package raises
        print(f"  {what}: refused by both ({type(error).__name__})")
        return
    sys.exit(f"{what}: aics-tlog takes it")


def tiles_are_equal(log, lines, sizes):
    expected = {}
    for size in sizes:
        expected |= {path: data for path, data in aics_tlog.tiles.materialise_tiles(lines[:size]).items() if "/entries/" not in path}
    found = {str(path.relative_to(log.dir)): path.read_bytes() for path in (log.dir / "tile").rglob("*") if path.is_file()}
    assert found == expected, sorted(set(found) ^ set(expected))
    return len(found)


def proofs_hold(log, lines, numbers):
    """The file that `prove` writes, read by hand and verified by aics-tlog."""
    for number in numbers:
        text = run(BAILIWICK, "log", "prove", log.ledger, "--log", log.dir, "--seq", number)
        head, checkpoint = text.split("\n\n", 1)
        first, extra, index, *path = head.split("\n")
        assert (first, index) == ("c2sp.org/tlog-proof@v1", f"index {number}"), head
        leaf = base64.b64decode(extra.removeprefix("extra "), validate=True)
        assert leaf == lines[number]
        result = aics_tlog.verify_checkpoint(aics_tlog.parse_note(checkpoint), aics_tlog.parse_vkey(log.vkey), expected_origin=ORIGIN)
        path = [base64.b64decode(line, validate=True) for line in path]
        assert result.ok and aics_tlog.verify_leaf_inclusion(leaf, number, result.size, path, result.root)
        assert not aics_tlog.verify_leaf_inclusion(lines[number + 1], number, result.size, path, result.root)


def verified(folder):
    lines = ledger(1100)
    log = Log(folder / "grown")
    for count in (100, 300, 700, 1099, 1100):
        log.publish(lines[:count])
    sizes = by_python(log, lines)
    assert sizes == [256, 512, 1024], sizes
    print("  Go:", by_go(log).strip())
    print("  aics-tlog:", tiles_are_equal(log, lines, sizes), "tiles, equal to the byte")
    proofs_hold(log, lines, [0, 1, 255, 256, 700, 1023])

    changed = lines.copy()
    changed[700] = changed[700].replace(b":10,", b":11,")
    write(log.ledger, changed)
    refused_by_both(log, changed, "a changed line")
    write(log.ledger, lines[:1023])
    refused_by_both(log, lines[:1023], "a truncated ledger")
    write(log.ledger, lines)

    other = Log(folder / "other")
    other.publish(lines)
    forged = (other.dir / "checkpoint").read_text()
    kept = (log.dir / "checkpoint").read_text()
    (log.dir / "checkpoint").write_text(forged)
    refused_by_both(log, lines, "a head signed by another key")
    (log.dir / "checkpoint").write_text(kept.replace("\n1024\n", "\n768\n"))
    refused_by_both(log, lines, "a head with another size")
    (log.dir / "checkpoint").write_text(kept)

    # The same key on another machine, where nothing remembers what it signed.
    fork = Log(folder / "fork")
    for name in ("key", "key.vkey"):
        shutil.copy(log.folder / name, fork.folder / name)
    fork.vkey = log.vkey
    forked = ledger(1400, fork_at=600)
    fork.publish(forked)
    shutil.copytree(log.dir / "checkpoints", fork.dir / "checkpoints", dirs_exist_ok=True)
    refused_by_both(fork, forked, "a forked history")
    log.publish(forked, ok=False)
    log.publish(lines[:600], ok=False)
    by_python(log, lines)

    tile = log.dir / "tile/0/003"
    data = bytearray(tile.read_bytes())
    data[100] ^= 1
    tile.write_bytes(data)
    refused_by_both(log, lines, "a changed tile")


class Witness:
    """aics-witness on loopback."""

    def __init__(self, folder, log):
        self.config = folder / "witness.json"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.listen = "127.0.0.1:%d" % free.getsockname()[1]
        tool = Path(sys.executable).with_name("aics-witness")
        self.tool = [str(tool)]
        said = run(tool, "init", "--config", self.config, "--name", "witness.example/w1", "--listen", self.listen)
        self.vkey = next(word for word in said.split() if word.startswith("witness.example/w1+"))
        run(tool, "add-log", "--config", self.config, "--origin", ORIGIN, "--vkey", log.vkey)
        self.start()

    def start(self):
        self.server = subprocess.Popen(self.tool + ["serve", "--config", str(self.config), "--log-level", "ERROR"])
        for _ in range(200):
            try:
                socket.create_connection(tuple(self.listen.split(":")), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        sys.exit("the witness does not listen")

    def stop(self):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(20)

    def ask(self, log, ok=True, key=True):
        words = ["--witness", self.vkey] if key else []
        return run(BAILIWICK, "log", "witness", log.dir, "--url", f"http://{self.listen}", *words, ok=ok)


def witnessed(folder):
    lines = ledger(1100)
    log = Log(folder / "witnessed")
    log.publish(lines[:300])
    witness = Witness(folder, log)
    try:
        cosigned = {"witness_keys": [aics_tlog.parse_vkey(witness.vkey)], "quorum": 1}
        witness.ask(log)
        by_python(log, lines, cosigned)
        witness.ask(log)  # again, and nothing happens
        log.publish(lines[:600])
        witness.ask(log)
        witness.stop()
        witness.start()
        log.publish(lines)
        said = witness.ask(log, key=False)  # without its key nobody knows what it cosigned last: 409 tells it
        assert "goes on from 512" in said, said
        by_python(log, lines, cosigned)
        by_go(log)
        assert len(log.checkpoint("checkpoints/512").signatures) == 2
        ends = ["--vkey", log.folder / "key.vkey", "--witness", witness.vkey, "--quorum", "1"]
        run(BAILIWICK, "verify", log.ledger, "--checkpoint", log.dir / "checkpoint", *ends)
        proof = folder / "17.tlog-proof"
        proof.write_text(subprocess.run([BAILIWICK, "log", "prove", log.ledger, "--log", log.dir, "--seq", "17"],
                                        capture_output=True, text=True, check=True).stdout)
        assert lines[17].decode() in run(BAILIWICK, "log", "verify", proof, *ends)

        # A fork that the same key signs elsewhere: the witness does not cosign it.
        fork = Log(folder / "split")
        for name in ("key", "key.vkey"):
            shutil.copy(log.folder / name, fork.folder / name)
        fork.publish(ledger(1400, fork_at=800))
        said = witness.ask(fork, ok=False, key=False)
        assert "forked" in said, said
        # An old backup: the witness has seen more.
        old = Log(folder / "backup")
        for name in ("key", "key.vkey"):
            shutil.copy(log.folder / name, old.folder / name)
        old.publish(lines[:600])
        said = witness.ask(old, ok=False, key=False)
        assert "old backup" in said, said
        # Another key under the name of the log, and another log.
        said = witness.ask(other_key(folder), ok=False, key=False)
        assert "does not take the signature" in said, said
        print("  aics-witness: cosigned three checkpoints, across a restart and a conflict; refused a fork, an old backup, another key")
    finally:
        witness.stop()


def other_key(folder):
    log = Log(folder / "other-key")
    log.publish(ledger(300))
    return log


def main():
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        print("lines, checkpoints and tiles")
        verified(Path(folder))
        print("a witness")
        witnessed(Path(folder))
    print(f"strangers agree, after {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
