"""The module in a running Synapse on loopback, where 127.8.0.0/16 plays the territory of CN."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

import bailiwick
from bailiwick.synapse import Module

INSIDE, OUTSIDE, PROXY = "127.8.0.5", "127.0.0.2", "127.0.0.1"

NONE = "[end]\norders = 0\n"

HOMESERVER = """\
server_name: "localhost"
report_stats: false
suppress_key_server_warning: true
enable_registration: true
enable_registration_without_verification: true
signing_key_path: signing.key
media_store_path: media
pid_file: synapse.pid
log_config: log.yaml
database: {{name: sqlite3, args: {{database: ":memory:"}}}}
listeners:
  - {{port: {port}, tls: false, type: http, x_forwarded: {forwarded}, bind_addresses: ["127.0.0.1"], resources: [{{names: [client]}}]}}
rc_registration: {{per_second: 1000, burst_count: 1000}}
rc_message: {{per_second: 1000, burst_count: 1000}}
rc_joins: {{local: {{per_second: 1000, burst_count: 1000}}}}
rc_login: {{address: {{per_second: 1000, burst_count: 1000}}, account: {{per_second: 1000, burst_count: 1000}}}}
"""

MODULE = """\
modules:
  - module: bailiwick.synapse.Module
    config:
      orders: orders.toml
      geo: ["cidr:geo.csv"]
      host_region: US
      exempt: ["@recorder:localhost"]
      ledger: ledger.jsonl
      key_file: key
      interval: 0.2
"""

LOG = """\
version: 1
formatters: {plain: {format: "%(name)s %(levelname)s %(message)s"}}
handlers: {console: {class: logging.StreamHandler, formatter: plain}}
root: {level: WARNING, handlers: [console]}
loggers: {bailiwick: {level: INFO}}
disable_existing_loggers: false
"""


def order(room: str) -> str:
    return f"""\
[[orders]]
id = "cn-m2"
issuer = "CN"
meetings = ["{room}"]
status = "in-force"
notice = {{ en = "You cannot join from mainland China." }}

[end]
orders = 1
"""


class Server:
    def __init__(self, folder: Path, port: int, process: subprocess.Popen) -> None:
        self.folder, self.port, self.process = folder, port, process

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def put_in_force(self, orders: str) -> None:
        """Writes other orders, and before them the acknowledgement that a wider change needs."""
        path, log = self.folder / "orders.toml", len(self.log)
        atlas = bailiwick.Atlas([f"cidr:{self.folder / 'geo.csv'}"])
        change = bailiwick.Policy.open(path, atlas).change_to(bailiwick.Policy.from_toml(orders, atlas))
        (self.folder / "orders.toml.acknowledged").write_text(change.acknowledgement())
        new = self.folder / "new.toml"
        new.write_text(orders)
        new.rename(path)
        self.wait(lambda: any(first in self.log[log:] for first in ("some are blocked", "some are released")))

    def wait(self, holds) -> None:
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end and self.process.poll() is None, self.log
            time.sleep(0.02)


class User:
    """A client that connects from one address."""

    def __init__(self, server: Server, name: str, source: str, **fields: str) -> None:
        self.server, self.source, self.token, self.fields = server, source, "", fields
        registration = {"username": name, "password": "correct horse", "auth": {"type": "m.login.dummy"}}
        status, body = self.call("POST", "register", registration)
        assert status == 200, body
        self.token, self.id = body["access_token"], body["user_id"]

    def call(self, method: str, path: str, body: object = None):
        connection = http.client.HTTPConnection(PROXY, self.server.port, timeout=30, source_address=(self.source, 0))
        fields = {name.replace("_", "-"): value for name, value in self.fields.items()}
        if self.token:
            fields["Authorization"] = f"Bearer {self.token}"
        connection.request(method, f"/_matrix/client/v3/{path}", None if body is None else json.dumps(body), fields)
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        return response.status, answer

    def create(self) -> str:
        status, body = self.call("POST", "createRoom", {"preset": "public_chat"})
        assert status == 200, body
        return body["room_id"]

    def join(self, room: str):
        return self.call("POST", f"join/{quote(room)}", {})

    def is_in(self, room: str) -> bool:
        return room in self.call("GET", "joined_rooms")[1]["joined_rooms"]

    def says(self, room: str, text: str) -> int:
        return self.call("PUT", f"rooms/{quote(room)}/send/m.room.message/{text}", {"msgtype": "m.text", "body": text})[0]

    def heard(self, room: str) -> list[str]:
        events = self.call("GET", f"rooms/{quote(room)}/messages?dir=b&limit=50")[1]["chunk"]
        return [event["content"]["body"] for event in events if event["type"] == "m.room.message"]


@contextmanager
def running(folder: Path, module: str = MODULE, orders: str | None = NONE, forwarded: bool = False):
    (folder / "geo.csv").write_text("127.8.0.0/16,CN\n127.0.0.0/16,US\n")
    (folder / "key").write_bytes(bytes(range(32)))
    if orders is not None:
        (folder / "orders.toml").write_text(orders)
    with socket.socket() as probe:
        probe.bind((PROXY, 0))
        port = probe.getsockname()[1]
    (folder / "homeserver.yaml").write_text(HOMESERVER.format(port=port, forwarded=str(forwarded).lower()) + module)
    (folder / "log.yaml").write_text(LOG)
    command = [sys.executable, "-m", "synapse.app.homeserver", "-c", "homeserver.yaml"]
    subprocess.run([*command, "--generate-keys"], cwd=folder, check=True, capture_output=True)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ}, stderr=log, stdout=log)
    server = Server(folder, port, process)
    try:
        server.wait(lambda: listens(port))
        yield server
    finally:
        process.terminate()
        process.wait(30)
        print(f"--- log of Synapse\n{server.log}")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((PROXY, port)) == 0


def test_an_order_in_mid_meeting_removes_whom_it_reaches_and_nobody_else(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        host, friend = User(server, "host", OUTSIDE), User(server, "friend", "127.0.0.3")
        inside = User(server, "inside", INSIDE, X_Forwarded_For=OUTSIDE)
        recorder = User(server, "recorder", "127.8.0.6")
        forged = User(server, "forged", "127.0.0.4", X_Forwarded_For=INSIDE)
        room, another = host.create(), host.create()
        others = [host, friend, recorder, forged]
        for user in [friend, inside, recorder, forged]:
            assert user.join(room)[0] == 200 and user.join(another)[0] == 200

        server.put_in_force(order(room))
        server.wait(lambda: not inside.is_in(room))
        assert all(user.is_in(room) for user in others) and inside.is_in(another)
        for number, user in enumerate(others):
            assert user.says(room, f"text{number}") == 200
        assert set(host.heard(room)) == {"text0", "text1", "text2", "text3"}

        status, body = inside.join(room)
        assert (status, body["errcode"]) == (403, "M_FORBIDDEN")
        assert body["org.bailiwick.notice"].startswith("You cannot join from mainland China.")
        assert not inside.is_in(room)

        server.put_in_force(NONE)
        assert inside.join(room)[0] == 200 and inside.says(room, "back") == 200
        assert "back" in friend.heard(room)
        assert f"removed: {room}, orders ['cn-m2']" in server.log and f"refused: {room}, orders ['cn-m2']" in server.log
    verdicts = [json.loads(line)["verdict"] for line in (tmp_path / "ledger.jsonl").read_text().splitlines()[1:]]
    assert verdicts.count("block-participant") == 2 and set(verdicts) == {"allow", "block-participant"}


def test_a_user_who_was_also_seen_elsewhere_is_admitted(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        host, traveller = User(server, "host", OUTSIDE), User(server, "traveller", INSIDE)
        room = host.create()
        server.put_in_force(order(room))
        assert traveller.join(room)[0] == 403
        traveller.source = OUTSIDE
        assert traveller.join(room)[0] == 200


def test_without_a_policy_everybody_is_admitted_and_the_log_says_so(tmp_path: Path) -> None:
    with running(tmp_path, orders=None) as server:
        host, inside = User(server, "host", OUTSIDE), User(server, "inside", INSIDE)
        room = host.create()
        assert inside.join(room)[0] == 200
        assert "there is no policy, and everybody is admitted" in server.log and "admitted without asking" in server.log
        # The policy that comes after all is the first, and is not compared.
        (tmp_path / "new.toml").write_text(order(room))
        (tmp_path / "new.toml").rename(tmp_path / "orders.toml")
        server.wait(lambda: not inside.is_in(room))


def test_without_the_module_everybody_is_admitted(tmp_path: Path) -> None:
    """So that the other tests are known to be about the module."""
    with running(tmp_path, module="") as server:
        host, inside = User(server, "host", OUTSIDE), User(server, "inside", INSIDE)
        assert inside.join(host.create())[0] == 200


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"orders": None}, "`orders` is missing"),
        ({"geo": "geo.csv"}, "`geo` must be a list"),
        ({"file": "x"}, "no key `file`"),
        ({"interval": 0}, "`interval` must be a number"),
        ({"ledger": "x"}, "`ledger` and `key_file` go together"),
    ],
)
def test_a_mistake_in_the_configuration_is_told_at_the_start(change: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Module.parse_config({"orders": "orders.toml", "geo": ["geo.csv"], **change})
