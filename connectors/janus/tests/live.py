"""The live test: Janus with the connector, and participants from two territories in one of its rooms.

Usage: live.py FOLDER, where FOLDER has libbailiwick_evh.so. The territory is 127.8.0.0/16.
"""

import http.client
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from trial import NONE, Failure, Server, check, free_port, must_fail, run, wait_for

ROOM, OTHER_ROOM = 1234, 5678

ORDER = """[[orders]]
id = "cn-2020-0604-m2"
issuer = "CN"
status = "{status}"
meetings = ["1234"{more}]

[end]
orders = 1
"""


def call(address, port, method, path, body=None, headers=()):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15, source_address=(address, 0))
    try:
        connection.request(method, path, body and json.dumps(body), dict(headers))
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


class Janus(Server):
    def __init__(self, folder, orders, connector=True, more='host = "US"; watch = 1; secret = "room-secret"; exempt = ["127.8.0.80", "::1"]'):
        super().__init__(folder / "server", orders)
        for name in ("events", "plugins", "transports", "loggers"):
            (self.folder / name).mkdir()
        libraries = Path("/usr/lib/x86_64-linux-gnu/janus")
        (self.folder / "plugins/libjanus_videoroom.so").symlink_to(libraries / "plugins/libjanus_videoroom.so")
        (self.folder / "transports/libjanus_http.so").symlink_to(libraries / "transports/libjanus_http.so")
        if connector:
            (self.folder / "events/libbailiwick_evh.so").symlink_to(folder.resolve() / "libbailiwick_evh.so")
        self.port, self.admin_port = free_port(), free_port()
        self.configure(more)
        self.start(["janus", "--configs-folder", str(self.folder), "--event-handlers", "--disable-colors"], self.listens)

    def configure(self, more):
        folder = self.folder
        files = {
            "janus.jcfg": f"""
                general: {{ configs_folder = "{folder}"; plugins_folder = "{folder}/plugins"; transports_folder = "{folder}/transports";
                    events_folder = "{folder}/events"; loggers_folder = "{folder}/loggers"; admin_secret = "admin"; debug_level = 4; }}
                media: {{ rtp_port_range = "20000-20100"; }}
                nat: {{ ice_enforce_list = "lo"; ignore_mdns = true; }}
                events: {{ broadcast = true; }}""",
            "janus.transport.http.jcfg": f"""
                general: {{ base_path = "/janus"; http = true; port = {self.port}; ip = "127.0.0.1"; https = false; }}
                admin: {{ admin_base_path = "/admin"; admin_http = true; admin_port = {self.admin_port}; admin_ip = "127.0.0.1";
                    admin_https = false; }}""",
            "janus.plugin.videoroom.jcfg": f"""
                general: {{ events = true; string_ids = false; }}
                room-{ROOM}: {{ description = "A vigil"; secret = "room-secret"; publishers = 20; }}
                room-{OTHER_ROOM}: {{ description = "A concert"; secret = "other-secret"; publishers = 20; }}""",
            "janus.eventhandler.bailiwick.jcfg": f"""
                general: {{ enabled = true; orders = "{folder}/orders.toml"; geo = ["provider=cidr:{folder}/geo.csv"];
                    ledger = "{folder}/ledger.jsonl"; ledger_key = "{folder}/ledger.key"; {more}; }}""",
        }
        for name, text in files.items():
            (folder / name).write_text(text)

    def listens(self):
        # Until its threads run, a Janus that is told to stop may wait forever.
        try:
            return call("127.0.0.1", self.port, "GET", "/janus/info")["janus"] == "server_info"
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def query(self, request):
        body = {"janus": "query_eventhandler", "transaction": "t", "admin_secret": "admin", "handler": "janus.eventhandler.bailiwick",
                "request": request}
        answer = call("127.0.0.1", self.admin_port, "POST", "/admin", body)
        check("response" in answer, f"the Admin API answered {answer}")
        return answer["response"]

    def stop(self):
        check(super().stop() == 0, f"Janus ended with {self.process.returncode}:\n{self.text()}")


class Person:
    """A participant, by Janus's REST interface."""

    def __init__(self, server, name, address, room=ROOM, headers=(), request="join"):
        self.server, self.name, self.address, self.headers, self.events = server, name, address, headers, []
        self.session = self.call("/janus", janus="create")["data"]["id"]
        self.join(room, request)

    def join(self, room, request="join"):
        name, self.events = self.name, []
        self.handle = self.call(f"/janus/{self.session}", janus="attach", plugin="janus.plugin.videoroom")["data"]["id"]
        self.message(request=request, ptype="publisher", room=room, display=name)
        try:
            wait_for(f"{name} to join", lambda: self.poll() and self.has("videoroom", "joined"))
        except Failure as failure:
            raise Failure(f"{failure}: {self.events[:3]}") from None

    def call(self, path, **body):
        return call(self.address, self.server.port, "POST", path, {"transaction": "t", **body}, self.headers)

    def message(self, **body):
        return self.call(f"/janus/{self.session}/{self.handle}", janus="message", body=body)

    def poll(self):
        """Takes the events that are there. An event is asked for first, as Janus would keep the request open else."""
        self.message(request="exists", room=ROOM)
        self.message(request="configure", audio=True)
        path = f"/janus/{self.session}?maxev=20"
        self.events += call(self.address, self.server.port, "GET", path, headers=self.headers)
        return True

    def has(self, key, value):
        return any(event.get("plugindata", {}).get("data", {}).get(key) == value for event in self.events)

    def is_in(self, room=ROOM):
        answer = self.call(f"/janus/{self.session}/{self.handle}", janus="message", body={"request": "listparticipants", "room": room})
        return self.name in [person.get("display") for person in answer["plugindata"]["data"]["participants"]]


def removed(person, room=ROOM):
    wait_for(f"the removal of {person.name}", lambda: not person.is_in(room))
    wait_for(f"{person.name} to be told", lambda: person.poll() and person.has("leaving", "ok") or person.has("reason", "kicked"))


def stays(server, person, room=ROOM):
    """A review after the join, so that a removal would have happened."""
    server.query({"request": "reload"})
    check(person.is_in(room), f"{person.name} was removed:\n{server.text()}")


def scenario(folder, connector=True):
    server = Janus(folder, NONE, connector)
    try:
        anna, ben, chen = Person(server, "anna", "127.0.0.2"), Person(server, "ben", "127.0.0.3"), Person(server, "chen", "127.8.0.5")
        apart = Person(server, "apart", "127.8.0.9", OTHER_ROOM)
        check(all(person.is_in() for person in (anna, ben, chen)), "somebody is missing at the beginning")

        server.write(ORDER.format(status="in-force", more=""))
        if connector:
            answer = server.query({"request": "reload"})
            check(not answer["taken"] and answer["wider"] and "cn-2020-0604-m2" in answer["error"], answer)
            check(chen.is_in(), "orders that nobody acknowledged removed somebody")
            check(server.query({"request": "reload", "wider": True})["taken"], "the acknowledged reload was refused")
        removed(chen)
        check(anna.is_in() and ben.is_in() and apart.is_in(OTHER_ROOM), "somebody else was removed")
        print("  chen is removed; anna and ben go on, and so does the other room")

        removed(Person(server, "chen-again", "127.8.0.5"))
        removed(Person(server, "forges-home", "127.8.0.6", headers={"X-Forwarded-For": "127.0.0.2", "X-Real-IP": "127.0.0.2"}.items()))
        stays(server, Person(server, "forges-territory", "127.0.0.7", headers={"X-Forwarded-For": "127.8.0.5"}.items()))
        stays(server, Person(server, "unlocated", "127.9.0.5"))
        stays(server, Person(server, "recorder", "127.8.0.80"))
        removed(Person(server, "configures", "127.8.0.5", request="joinandconfigure"))
        # A session that leaves a room and joins another is decided about again.
        moves = Person(server, "moves", "127.8.0.5", OTHER_ROOM)
        stays(server, moves, OTHER_ROOM)
        moves.message(request="leave")
        wait_for("moves to leave", lambda: not moves.is_in(OTHER_ROOM))
        moves.join(ROOM)
        removed(moves)

        # The handler does not know the secret of the other room, and says once that it cannot kick.
        server.write(ORDER.format(status="in-force", more=', "5678"'))
        check(server.query({"request": "reload", "wider": True})["taken"], "the acknowledged reload was refused")
        stays(server, apart, OTHER_ROOM)
        server.query({"request": "reload"})
        server.show("stays in 5678 although", 1)

        server.write(ORDER.format(status="withdrawn", more=""))
        wait_for("the withdrawal", lambda: server.query({"request": "reload"})["taken"])
        stays(server, Person(server, "chen-back", "127.8.0.5"))
        check(anna.is_in() and ben.is_in(), "somebody else was removed")
        print("  the order is withdrawn, and chen is back")
        check(server.lines("no end is set"), "the warning of the orders is not in the log")
        server.show("is removed from", 5)
        ledger = [json.loads(line) for line in (server.folder / "ledger.jsonl").read_text().splitlines()]
        blocks = [line for line in ledger if "block" in json.dumps(line)]
        check(len(blocks) == 5, f"the ledger has {len(blocks)} blocks, not 5")
    finally:
        server.stop()


def without_policy(folder):
    server = Janus(folder, None)
    try:
        chen = Person(server, "chen", "127.8.0.5")
        status = wait_for("the count", lambda: server.query({"request": "status"}) if server.lines("without a decision") else None)
        check(chen.is_in() and not status["policy"] and status["unasked"] == 1, status)
        server.show("EVERYBODY IS ADMITTED", 1)
        check("error" in server.query({"request": "nonsense"}), "an unknown request is taken")
    finally:
        server.stop()


WRONG = [
    ('order = "x"', "`order` is no option"),
    ("min_sources = 0", "`min_sources` must be a number"),
    ("watch = 0", "`watch` must be a number"),
    ('host = "Atlantis"', "`host` is no region"),
    ('exempt = ["recorder"]', "`exempt` has an entry"),
    ('exclude = "relays.txt"', "`exclude` must be a list"),
]


def wrong_configuration(folder):
    for setting, message in WRONG:
        server = Janus(folder, NONE, more=setting)
        try:
            wait_for(message, lambda: server.lines(message))
        finally:
            server.stop()


def main():
    folder = Path(sys.argv[1])
    run([
        ("an order arrives in the middle of a meeting, is in force, and is withdrawn", lambda: scenario(folder)),
        ("without a policy everybody is admitted, and the log says so", lambda: without_policy(folder)),
        ("a wrong configuration is told", lambda: wrong_configuration(folder)),
        ("without the connector the test fails", lambda: must_fail(lambda: scenario(folder, connector=False))),
    ])


if __name__ == "__main__":
    main()
