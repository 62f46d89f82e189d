"""The live test: Prosody with the connector, and Jitsi's own client in Chromium.

Usage: live.py FOLDER, where FOLDER has bailiwick.so, jquery.min.js and lib-jitsi-meet.min.js. The territory is 127.8.0.0/16.
"""

import html
import http.server
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path

from xmpp import Client

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import trial
from trial import NONE, Failure, Server, check, end, free_port, must_fail, run


def wait_for(what, condition):
    return trial.wait_for(what, condition, DEADLINE)


HERE = Path(__file__).resolve().parent
DEADLINE = 30  # seconds for anything that is waited for

ORDER = """[[orders]]
id = "cn-2020-0604-m2"
issuer = "CN"
status = "{status}"
meetings = ["vigil", "六四纪念"]
accounts = ["host-17", "17"]
notice = {{ en = "An order of CN names this meeting. You are in CN." }}

[end]
orders = 1
"""
NOTICE = "An order of CN names this meeting. You are in CN."


class Forwarder:
    """Gives a browser, which cannot choose it, a source address; and a header, which a browser may not set."""

    def __init__(self, source, port, header=None):
        self.source, self.port, self.header = source, port, header
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.listener.getsockname()[1]}/xmpp-websocket"

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.port), source_address=(self.source, 0))
            threading.Thread(target=self.pump, args=(client, server, self.header), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, None), daemon=True).start()

    @staticmethod
    def pump(source, sink, header):
        try:
            while data := source.recv(65536):
                if header:
                    line, rest = data.split(b"\r\n", 1)
                    data, header = line + b"\r\n" + header.encode() + b"\r\n" + rest, None
                sink.sendall(data)
        except OSError:
            pass
        finally:
            for side in (source, sink):
                try:
                    side.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


class Pages(http.server.ThreadingHTTPServer):
    """Serves the page of the participants, takes their events, and gives them their commands."""

    daemon_threads = True

    def __init__(self, folder):
        self.folder, self.events, self.commands, self.urls = folder, [], {}, []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        try:
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            # The page is gone.
            self.close_connection = True

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path == "/commands":
            name = urllib.parse.parse_qs(query)["name"][0]
            self.answer(json.dumps(self.server.commands.pop(name, [])).encode(), "application/json")
        elif path == "/":
            frames = "".join(f'<iframe src="{html.escape(url)}"></iframe>' for url in self.server.urls)
            self.answer(f"<!doctype html><meta charset=utf-8><title>All participants</title>{frames}".encode(), "text/html; charset=utf-8")
        elif path == "/client.html":
            self.answer((HERE / "client.html").read_bytes(), "text/html; charset=utf-8")
        elif path in ("/jquery.min.js", "/lib-jitsi-meet.min.js"):
            self.answer((self.server.folder / path[1:]).read_bytes(), "text/javascript; charset=utf-8")
        else:
            self.send_error(404)

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.events.append((event["name"], event["event"], event["detail"]))
        self.answer(b"", "text/plain")


class Prosody(Server):
    def __init__(self, folder, name, orders, connector=True, watch=1):
        super().__init__(folder / name, orders)
        accounts = self.folder / "data/accounts%2emeet%2etest/accounts"
        accounts.mkdir(parents=True)
        for name in ("anna", "eve"):
            (accounts / f"{name}.dat").write_text('return { ["password"] = "secret" };\n')
        self.port = free_port()
        self.start(
            ["prosody", "--root", "-F", "--config", str(HERE / "prosody.cfg.lua")], self.listens, FOLDER=str(self.folder),
            PORT=str(self.port), MODULES=str(HERE.parent), PLUGINS=str(HERE), CONNECTOR="yes" if connector else "no", WATCH=str(watch),
            LUA_CPATH=f"{folder}/?.so;;",
        )

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Room:
    """Participants in Chromium, one frame of a page each."""

    def __init__(self, folder, server):
        self.folder, self.server, self.pages = folder, server, Pages(folder)
        self.browser, self.profile = None, folder / f"profile-{time.monotonic_ns()}"

    def add(self, name, source, room="vigil", muc="conference.meet.test", header=None):
        domain = "recorder.meet.test" if name.startswith("recorder") else "meet.test"
        forwarder = Forwarder(source, self.server.port, header)
        query = urllib.parse.urlencode({"name": name, "domain": domain, "room": room, "muc": muc, "url": f"{forwarder.url}?room={name}"})
        self.pages.urls.append(f"/client.html?{query}")

    def open(self):
        flags = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-background-timer-throttling",
            "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows", "--disable-dev-shm-usage", "--remote-debugging-port=0", f"--user-data-dir={self.profile}",
        ]
        log = (self.folder / "chromium.log").open("a")
        page = f"http://127.0.0.1:{self.pages.server_address[1]}/"
        self.browser = subprocess.Popen(["chromium", *flags, page], stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)

    def close(self):
        if self.browser:
            end(self.browser)
            shutil.rmtree(self.profile, ignore_errors=True)
        self.pages.shutdown()

    def of(self, name, event, begin=0):
        return [detail for who, what, detail in self.pages.events[begin:] if (who, what) == (name, event)]

    def wait(self, name, event, begin=0):
        def happened():
            return self.of(name, event, begin)

        try:
            return wait_for(f"{name}: {event}", happened)[-1]
        except Failure as failure:
            raise Failure(f"{failure}; events: {self.pages.events}") from None

    def ask(self, name, command, answer):
        begin = len(self.pages.events)
        self.pages.commands[name] = [command]
        return self.wait(name, answer, begin)


def order_in_the_middle_of_a_meeting(folder, connector=True):
    server = Prosody(folder, "meeting", NONE, connector)
    room = Room(folder, server)
    try:
        people = {"anna": "127.0.0.2", "ben": "127.0.0.3", "chen": "127.8.0.5", "dora": "127.0.1.4"}
        for name, source in people.items():
            room.add(name, source)
        room.open()
        for name in people:
            room.wait(name, "joined")
        others = {name: sorted(set(people) - {name}) for name in people}
        for name in people:
            wait_for(f"{name} to see the other three", lambda: room.ask(name, "participants", "participants") == others[name])

        order = ORDER.format(status="in-force")
        server.write(order)
        wait_for("the refusal of orders that nobody acknowledged", lambda: server.lines("are not acknowledged") or not connector)
        check(not room.of("chen", "kicked"), "orders that nobody acknowledged removed somebody")
        server.acknowledge(NONE, order)
        check(room.wait("chen", "kicked").startswith(NOTICE), f"chen was told: {room.of('chen', 'kicked')}")
        for name in ("anna", "ben", "dora"):
            rest = sorted({"anna", "ben", "dora"} - {name})
            wait_for(f"{name} to see the other two", lambda: room.ask(name, "participants", "participants") == rest)
            check(not room.of(name, "kicked") and not room.of(name, "failed"), f"{name} was removed, too")
            check(not any(room.of(name, "saw-kicked")), f"{name} was told why chen was removed: that is where chen is")
        check(len(room.of("chen", "kicked")) == 1 and not room.of("chen", "failed"), "chen was told twice")

        room.ask("chen", "reload", "failed")
        check(room.of("chen", "failed")[-1][0] == "conference.connectionError.notAllowed", f"chen was refused with {room.of('chen', 'failed')}")

        server.write(ORDER.format(status="withdrawn"))
        wait_for("the withdrawal", lambda: len(server.lines("is in force, in place of")) >= 2)
        room.ask("chen", "reload", "joined")
        for name in people:
            wait_for(f"{name} to see the other three again", lambda: room.ask(name, "participants", "participants") == others[name])
        check(server.lines("no end is set"), "the warning of the orders is not in the log")
        print("  chen is removed and told why; anna, ben and dora go on; the order is withdrawn, and chen is back")
        server.show("is removed from", 1)
        server.show("is refused in", 1)
        ledger = [json.loads(line) for line in (server.folder / "ledger.jsonl").read_text().splitlines()]
        blocks = [line for line in ledger if line.get("decision") == "block-participant" or "block" in json.dumps(line)]
        check(len(blocks) == 2, f"the ledger has {len(blocks)} blocks, not a removal and a refusal")
    finally:
        room.close()
        server.stop()


# Name, source, room, component, forged header; whether the participant is admitted.
AT_THE_DOOR = [
    ("at-home", "127.0.0.2", "vigil", "conference.meet.test", None, True),
    ("in-the-territory", "127.8.0.5", "vigil", "conference.meet.test", None, False),
    ("unlocated", "127.9.0.5", "vigil", "conference.meet.test", None, True),
    ("another-room", "127.8.0.5", "concert", "conference.meet.test", None, True),
    ("chinese-name", "127.8.0.6", "六四纪念", "conference.meet.test", None, False),
    ("upper-case", "127.8.0.6", "VIGIL", "conference.meet.test", None, False),
    ("forges-home", "127.8.0.7", "vigil", "conference.meet.test", "X-Forwarded-For: 127.0.0.9", False),
    ("forges-territory", "127.0.0.9", "vigil", "conference.meet.test", "X-Forwarded-For: 127.8.0.5", True),
    ("behind-a-trusted-hop", "127.0.0.200", "vigil", "conference.meet.test", "X-Forwarded-For: 127.8.0.5", False),
    ("forges-behind-a-hop", "127.0.0.200", "vigil", "conference.meet.test", "X-Forwarded-For: 127.8.0.5, 127.0.0.9", True),
    ("recorder-in-the-territory", "127.8.0.5", "vigil", "conference.meet.test", None, True),
    ("lobby", "127.8.0.5", "vigil-lobby", "lobby.meet.test", None, False),
    ("breakout", "127.8.0.5", "group-1", "breakout.meet.test", None, False),
    ("breakout-of-another", "127.8.0.5", "group-2", "breakout.meet.test", None, True),
    ("account", "127.8.0.5", "of-account-host-17", "breakout.meet.test", None, False),
    ("account-number", "127.8.0.5", "of-account-17", "breakout.meet.test", None, False),
    ("another-account", "127.8.0.5", "of-account-host-18", "breakout.meet.test", None, True),
    ("error-in-the-connector", "127.8.0.5", "broken", "lobby.meet.test", None, True),
    ("queued", "127.0.0.2", "queued", "lobby.meet.test", None, True),
]


def at_the_door(folder, orders, expected, connector=True):
    server = Prosody(folder, "door", orders, connector)
    room = Room(folder, server)
    try:
        for name, source, meeting, muc, header, _ in AT_THE_DOOR:
            room.add(name, source, meeting, muc, header)
        room.open()
        wrong = []
        for name, *_, admitted in AT_THE_DOOR:
            admitted = expected(admitted)
            wait_for(f"an answer to {name}", lambda: room.of(name, "joined") or room.of(name, "failed"))
            if bool(room.of(name, "joined")) != admitted:
                wrong.append(f"{name} is {'refused' if admitted else 'admitted'}: {room.of(name, 'failed')}")
        check(not wrong, "; ".join(wrong) + f"\nthe server's log:\n{server.text()}")
        if connector and orders:
            # An error of one room's review does not end the reviews.
            wait_for("reviews after an error", lambda: len(server.lines("error.*an error of the connector")) >= 2)
            check(server.lines("options for files differ"), "nothing was said about options that differ")
            # All but the recorder and the error; the join that was queued was asked twice. The first line is the file's own.
            lines = (server.folder / "ledger.jsonl").read_text().splitlines()[1:]
            check(len(lines) == len(AT_THE_DOOR) - 2, f"the ledger has {len(lines)} decisions, not {len(AT_THE_DOOR) - 2}")
        return server
    finally:
        room.close()
        server.stop()


VIGIL = "vigil@conference.meet.test"


def streams_and_sessions(folder):
    """Whoever resumes a stream from the territory leaves the room by that stream alone. No look at the files comes in between."""
    server = Prosody(folder, "streams", ORDER.format(status="in-force"), watch=3600)

    def client(name, source):
        return Client(source, server.port, "accounts.meet.test", name, "secret", DEADLINE)

    def resumes(old, name, source, previous):
        old.drop()
        new = client(name, source)
        new.resume(previous)
        return new

    def is_removed(person):
        told = person.wait("type='unavailable'.*?<reason>(.*?)</reason>.*?code='307'")
        check(told.group(1).startswith(NOTICE), f"somebody was told: {told.group(0)}")

    try:
        # A room whose first join is refused is there for the next.
        eve = client("eve", "127.8.0.9")
        eve.bind("abroad")
        eve.join(VIGIL, "eve")
        eve.wait("type='error'.*?<not-allowed")
        anna, phone, tablet = client("anna", "127.0.0.2"), client("eve", "127.0.0.3"), client("eve", "127.0.0.4")
        ids = [anna.bind("one"), phone.bind("phone"), tablet.bind("tablet")]
        for person, nick in ((anna, "anna"), (phone, "eve"), (tablet, "eve")):
            person.join(VIGIL, nick)
            person.wait("code='110'")
        anna = resumes(anna, "anna", "127.0.0.9", ids[0])

        # One of two connections of an occupant is removed; the other stays, and nobody else hears of it.
        tablet = resumes(tablet, "eve", "127.8.0.9", ids[2])
        is_removed(tablet)
        tablet.say(VIGIL, "from the tablet")
        tablet.wait("type='error'.*?<not-acceptable")
        phone.say(VIGIL, "from the phone")
        heard = anna.wait("from the phone")
        check("unavailable" not in heard.string and "from the tablet" not in heard.string, f"anna heard: {heard.string}")
        tablet.join(VIGIL, "eve")
        tablet.wait("type='error'.*?<not-allowed")

        # Now the other one: the occupant is gone, and nobody else is told why.
        phone = resumes(phone, "eve", "127.8.0.8", ids[1])
        is_removed(phone)
        heard = anna.wait("<presence[^>]*type='unavailable'.*?</presence>").group(0)
        check("/eve" in heard and "reason" not in heard, f"anna was told: {heard}")
        anna.say(VIGIL, "still here")
        anna.wait("still here")
        server.show("is removed from", 2)
        server.show("is refused in", 2)
    finally:
        server.stop()


def main():
    folder = Path(sys.argv[1])
    order = ORDER.format(status="in-force")

    def with_a_policy():
        server = at_the_door(folder, order, lambda admitted: admitted)
        server.show("is refused in", sum(not case[-1] for case in AT_THE_DOOR))

    def without_a_policy():
        server = at_the_door(folder, None, lambda _: True)
        check(server.lines("EVERYBODY IS ADMITTED") and server.lines("without a decision: there is no policy"), server.text())

    run([
        ("an order arrives in the middle of a meeting", lambda: order_in_the_middle_of_a_meeting(folder)),
        ("at the door, with forged addresses, names, a lobby and breakout rooms", with_a_policy),
        ("a stream is resumed from another address", lambda: streams_and_sessions(folder)),
        ("without a policy everybody is admitted, and the log says so", without_a_policy),
        ("without the connector the test fails", lambda: must_fail(lambda: at_the_door(folder, order, lambda admitted: admitted, connector=False))),
    ])


if __name__ == "__main__":
    main()
