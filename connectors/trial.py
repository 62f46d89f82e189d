"""What the live tests of the connectors share: a real server with a folder of its own, and patience with a bound.

Loopback alone is used. 127.8.0.0/16 plays the territory: any address of 127.0.0.0/8 can be a source address.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

NONE = "[end]\norders = 0\n"
GEO = "127.8.0.0/16,CN\n127.0.0.0/16,US\n"


class Failure(Exception):
    pass


def check(condition, message):
    if not condition:
        raise Failure(message)


def wait_for(what, condition, seconds=15):
    """Waits until a condition holds, and returns what it returned."""
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise Failure(f"waited {seconds} s for {what}")


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end(process, seconds=15):
    """Ends a process that a test started in a session of its own, and all that it started, also when it does not want to."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        pass
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return process.wait(seconds)


class Server:
    """A server with its own folder, orders, geo file and ledger's key. It is stopped by its own id."""

    def __init__(self, folder, orders):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        (folder / "geo.csv").write_text(GEO)
        (folder / "ledger.key").write_bytes(os.urandom(32))
        self.log = folder / "log"
        self.write(orders)

    def start(self, command, is_ready=lambda: True, **environment):
        self.process = subprocess.Popen(
            command, env=dict(os.environ, **environment), stdout=self.log.open("w"), stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

        def is_up():
            check(self.process.poll() is None, f"{command[0]} ended:\n{self.text()}")
            return is_ready()

        try:
            wait_for(command[0], is_up, 30)
        except BaseException:
            end(self.process)
            raise

    def stop(self):
        return end(self.process)

    def write(self, orders):
        """Puts an orders file in the place of the one before; `None` leaves what is there."""
        if orders is not None:
            part = self.folder / "orders.part"
            part.write_text(orders)
            part.rename(self.folder / "orders.toml")

    def acknowledge(self, old, new):
        """What the legal team does: `bailiwick diff OLD NEW --acknowledge`, then the new file takes the place of the old one."""
        before, after = self.folder / "before.toml", self.folder / "after.toml"
        before.write_text(old), after.write_text(new)
        geo = f"provider=cidr:{self.folder}/geo.csv"
        done = subprocess.run(
            [os.environ["BAILIWICK"], "diff", str(before), str(after), "--geo", geo, "--acknowledge"], capture_output=True, text=True
        )
        written = self.folder / "after.toml.acknowledged"
        check(written.exists(), f"`bailiwick diff --acknowledge` wrote nothing:\n{done.stdout}{done.stderr}")
        written.rename(self.folder / "orders.toml.acknowledged")
        self.write(new)

    def text(self):
        return self.log.read_text(errors="replace")

    def lines(self, pattern):
        """The lines of the server's log that have a pattern."""
        return [line.strip() for line in self.text().splitlines() if re.search(pattern, line)]

    def show(self, pattern, count):
        """Prints the lines of the server's log that have a pattern; there must be so many."""
        lines = self.lines(pattern)
        check(len(lines) == count, f"{len(lines)} lines of the log have `{pattern}`, not {count}:\n{self.text()}")
        for line in lines:
            print("  |", line)

    def ledger(self):
        lines = [line for file in sorted(self.folder.glob("ledger*.jsonl")) for line in file.read_text().splitlines()]
        return [json.loads(line) for line in lines]


def must_fail(run):
    """Runs what must fail, as it does without the connector."""
    try:
        run()
    except Failure as failure:
        print("  |", str(failure).splitlines()[0])
    else:
        raise Failure("the test passes without the connector")


def told_to_end(*_):
    """Lets servers be stopped, and is not told again meanwhile."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(1)


def run(steps):
    """Runs steps, each a text and what to call, and ends the program."""
    signal.signal(signal.SIGTERM, told_to_end)
    begin = time.monotonic()
    try:
        for text, step in steps:
            print(f"{time.monotonic() - begin:5.1f} s  {text}", flush=True)
            step()
    except Failure as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        sys.exit(1)
    print(f"{time.monotonic() - begin:5.1f} s  done")
