"""Measures requests through each proxy: alone, with the daemon, and for nginx with its own `geo` module holding the same country.

Usage: measure.py FOLDER [ROUNDS [PROXY…]]. The load is `wrk` from loopback to loopback, some seconds at a time, contenders in turn.
"""

import gzip
import importlib.util
import ipaddress
import os
import signal
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "connectors"))
import edge
from trial import Server, check, end, free_port, wait_for

SECONDS = 3  # of one measurement: a time-out of a busy machine does not spoil it, and the whole stays under five minutes
MANY = 16  # connections for the throughput
WORLD = ROOT / "data/geo-whois-asn-country-ipv4.csv.gz"
CHANGES = {
    "nginx": {
        "proxy_pass http://127.0.0.1:9000;": "proxy_pass http://meetings;",
        "upstream bailiwick  ": "upstream meetings { server 127.0.0.1:9000; keepalive 64; }\nupstream bailiwick  ",
    }
}  # keeps connections to the backend, as the other proxies do by themselves

BACKEND = """daemon off;
worker_processes 1;
pid FOLDER/nginx.pid;
error_log stderr;
events { worker_connections 256; }
http {
    access_log off;
    keepalive_requests 1000000;
    client_body_temp_path FOLDER/body; proxy_temp_path FOLDER/proxy; fastcgi_temp_path FOLDER/fastcgi;
    uwsgi_temp_path FOLDER/uwsgi; scgi_temp_path FOLDER/scgi;
    server { listen 127.0.0.1:PORT; location / { return 200 "the backend\\n"; } }
}
"""


class Backend(Server):
    """A backend that costs little: nginx with one sentence."""

    def __init__(self, folder):
        super().__init__(folder, None)
        self.port, self.targets = free_port(), []
        (self.folder / "nginx.conf").write_text(BACKEND.replace("FOLDER", str(self.folder)).replace("PORT", str(self.port)))
        self.start(["nginx", "-p", str(self.folder), "-e", "stderr", "-c", str(self.folder / "nginx.conf")])


def territory():
    """The ranges of the country in the geo file of the bench, for nginx."""
    with gzip.open(WORLD, "rt") as lines:
        for line in lines:
            first, last, code = line.strip().split(",")[:3]
            if code == "CN":
                yield f"{ipaddress.ip_address(first)}-{ipaddress.ip_address(last)}"


def with_geo_module(text):
    """The page's configuration with nginx's own module in the daemon's place."""
    ranges = "".join(f"    {network} 1;\n" for network in territory())
    head = f"geo $territory {{\n    ranges;\n    default 0;\n    127.8.0.0-127.8.255.255 1;\n{ranges}}}\n"
    head += 'map "$territory:$uri" $refused { default 0; "~^1:/meet/vigil(/|$)" 1; }\n'
    return head + text.replace("auth_request /_bailiwick;", "if ($refused) { return 451; }")


@dataclass
class Contender:
    proxy: str
    how: str
    edge: edge.Edge
    rounds: dict = field(default_factory=dict)

    def load(self, connections):
        """Runs `wrk` once: requests a second, and latencies in microseconds."""
        url = f"http://127.0.0.1:{self.edge.ports['8080']}/meet/vigil"
        command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", str(Path(__file__).parent / "report.lua"), url]
        printed = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
        line = next(line for line in printed.splitlines() if line.startswith("RESULT "))
        requests, duration, status, failed, *latencies = (int(number) for number in line.split()[1:])
        check(status == failed == 0, f"{self.proxy}, {self.how}: {status} refused and {failed} failed of {requests}")
        self.rounds.setdefault(connections, []).append((requests * 1e6 / duration, *latencies))

    def median(self, connections):
        return [statistics.median(values) for values in zip(*self.rounds[connections], strict=True)]


def connector(name):
    spec = importlib.util.spec_from_file_location(f"{name}_live", ROOT / f"connectors/{name}/tests/live.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PROXY


class Bench(edge.Edge):
    """The proxy and the daemon of the page, with the geo data of the bench beside the territory of the test."""

    def on_other_ports(self, text, changes):
        text = super().on_other_ports(text, changes)
        return text.replace('"provider=cidr:geo.csv"', f'"provider={WORLD}", "own=cidr:geo.csv"')


def contenders(folder, backend, names):
    for name in names:
        ways = ["alone", "bailiwickd"] + (["its `geo` module"] if name == "nginx" else [])
        for number, how in enumerate(ways):
            proxy = connector(name)
            proxy.changes |= CHANGES.get(name, {})
            if how.startswith("its"):
                proxy.without = with_geo_module
            yield Contender(name, how, Bench(proxy, folder / f"{name}-{number}", edge.IN_FORCE, how == "bailiwickd", backend))


def same_answers(contender):
    """Each contender with a decision refuses who is inside, and nobody else, before anything is measured."""
    inside, outside = (contender.edge.ask(source).status for source in (edge.INSIDE, edge.OUTSIDE))
    check((inside, outside) == (200 if contender.how == "alone" else 451, 200), f"{contender.proxy}, {contender.how}: {inside}, {outside}")


def table(all_contenders):
    print("| | one connection: p50 | p99 | p99.9 | p50 more than alone | p99 more than alone | 16 connections: requests/s | of alone | p99 |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    alone = {contender.proxy: contender for contender in all_contenders if contender.how == "alone"}
    for contender in all_contenders:
        one, many = contender.median(1), contender.median(MANY)
        base = alone[contender.proxy]
        more = [f"{value - other:+.0f} µs" for value, other in zip(one[1:3], base.median(1)[1:3], strict=True)]
        share = f"{100 * many[0] / base.median(MANY)[0]:.0f} %"
        if contender is base:
            more, share = ["", ""], ""
        latencies = " | ".join(f"{value:.0f} µs" for value in one[1:])
        print(f"| {contender.proxy}, {contender.how} | {latencies} | {' | '.join(more)} | {many[0]:,.0f} | {share} | {many[2] / 1000:.1f} ms |")


def memory(process):
    """Resident memory in MiB."""
    line = next(line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


RELOADS = 1440  # a day of one look a minute


def reloads(contender):
    """A day of reloads in a minute or two, under load: an order comes, and is withdrawn, over and over. No request may fail."""
    daemon = contender.edge.daemon
    daemon.acknowledge(edge.WITHDRAWN, edge.IN_FORCE)
    acknowledged = (daemon.folder / "orders.toml.acknowledged").read_text()
    url = f"http://127.0.0.1:{contender.edge.ports['8080']}/meet/vigil"
    report = str(Path(__file__).parent / "report.lua")
    load = subprocess.Popen(["wrk", "-t1", "-c2", "-d600s", "-s", report, url], stdout=subprocess.PIPE, text=True)
    sizes, begun = [], time.monotonic()
    try:
        for number in range(RELOADS):
            if number % 2:
                (daemon.folder / "orders.toml.acknowledged").write_text(acknowledged)
            daemon.write(edge.IN_FORCE if number % 2 else edge.WITHDRAWN)
            daemon.process.send_signal(signal.SIGHUP)
            wanted = 451 if number % 2 else 200
            wait_for("the reload", lambda: contender.edge.ask(edge.INSIDE).status == wanted)
            if number % 240 == 239:
                sizes.append(memory(daemon.process))
    finally:
        load.send_signal(signal.SIGINT)  # `wrk` reports what it has
    line = next(line for line in load.communicate(timeout=30)[0].splitlines() if line.startswith("RESULT "))
    requests, _, status, failed, *latencies = (int(number) for number in line.split()[1:])
    print(f"{RELOADS} reloads in {time.monotonic() - begun:.0f} s, each seen in an answer: of {requests:,} requests meanwhile {status} were "
          f"refused and {failed} failed, p99 {latencies[1]} µs; memory of the daemon {', '.join(f'{size:.1f}' for size in sizes)} MiB")


def main():
    folder, rounds = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    print(f"Load of the machine before: {' '.join(Path('/proc/loadavg').read_text().split()[:3])}; {os.cpu_count()} cores; {rounds} rounds of {SECONDS} s\n")
    backend, everyone = Backend(folder / "backend"), []
    try:
        everyone.extend(contenders(folder, backend, sys.argv[3:] or ["nginx", "envoy", "traefik", "caddy"]))
        for contender in everyone:
            same_answers(contender)
            contender.load(1)  # warm
            contender.rounds.clear()
        for number in range(rounds):
            for connections in (1, MANY):
                # Nobody is always first.
                for contender in everyone[number:] + everyone[:number]:
                    contender.load(connections)
        table(everyone)
        print()
        reloads(next(contender for contender in everyone if (contender.proxy, contender.how) == ("nginx", "bailiwickd")))
        print(f"\nLoad of the machine after: {' '.join(Path('/proc/loadavg').read_text().split()[:3])}")
    finally:
        for contender in everyone:
            contender.edge.stop()
        end(backend.process, 2)


if __name__ == "__main__":
    main()
