"""The live test: Kamailio with the connector, callers from two territories, a conference that answers.

Usage: live.py FOLDER, where FOLDER has bailiwick.so for Lua 5.1. The territory is 127.8.0.0/16.
"""

import json
import re
import selectors
import shutil
import socket
import sys
import tempfile
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from trial import NONE, Failure, Server, check, free_port, must_fail, run

HERE = Path(__file__).resolve().parent

ORDER = """[[orders]]
id = "cn-2020-0604-m2"
issuer = "CN"
status = "{status}"
meetings = ["vigil", "ringing", "六四纪念"{more}]
notice = {{ en = "An order of CN names this meeting. You are in CN." }}

[end]
orders = 1
"""


def field(message, name):
    found = re.search(rf"^{name}:\s*(.*?)\r$", message, re.MULTILINE | re.IGNORECASE)
    return found.group(1) if found else None


def fields(message, name):
    return re.findall(rf"^{name}:\s*(.*?)\r$", message, re.MULTILINE | re.IGNORECASE)


def response(request, line, extra=()):
    """A response to a request, with the headers that must be copied (RFC 3261, section 8.2.6.2)."""
    to = field(request, "To")
    to = to if "tag=" in to else f"{to};tag={uuid.uuid4().hex[:8]}"
    headers = [f"Via: {via}" for via in fields(request, "Via")] + [f"Record-Route: {route}" for route in fields(request, "Record-Route")]
    headers += [f"From: {field(request, 'From')}", f"To: {to}", f"Call-ID: {field(request, 'Call-ID')}", f"CSeq: {field(request, 'CSeq')}"]
    return "\r\n".join([f"SIP/2.0 {line}", *headers, *extra, "Content-Length: 0", "", ""])


class Network:
    """All phones and the conference, each a UDP socket with an address of its own."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()

    def add(self, phone):
        self.selector.register(phone.socket, selectors.EVENT_READ, phone)

    def wait_for(self, what, condition, seconds=15):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            for key, _ in self.selector.select(0.05):
                data, sender = key.data.socket.recvfrom(65536)
                key.data.take(data.decode(), sender)
        raise Failure(f"waited {seconds} s for {what}")

    def serve(self, seconds):
        """Lets time pass, as two looks of the timer, and takes what comes."""
        try:
            self.wait_for("nothing", lambda: False, seconds)
        except Failure:
            pass


class Phone:
    def __init__(self, network, address):
        self.address = address
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.port = self.socket.getsockname()[1]
        self.messages = []
        network.add(self)

    def take(self, message, sender):
        self.messages.append(message)
        if message.startswith("BYE"):
            self.socket.sendto(response(message, "200 OK").encode(), sender)

    def responses(self, call):
        return [m for m in self.messages if m.startswith("SIP/2.0") and field(m, "Call-ID") == call]


class Conference(Phone):
    """Answers every call; one to `ringing` when it is told to."""

    def __init__(self, network, address):
        super().__init__(network, address)
        self.ringing = None

    def answer(self, request, sender, line="200 OK"):
        contact = f"Contact: <sip:conference@{self.address}:{self.port}>"
        self.socket.sendto(response(request, line, [contact]).encode(), sender)

    def take(self, message, sender):
        super().take(message, sender)
        if message.startswith("INVITE sip:ringing@"):
            self.ringing = message, sender
            self.answer(message, sender, "180 Ringing")
        elif message.startswith("INVITE"):
            self.answer(message, sender)
        elif message.startswith("CANCEL"):
            self.socket.sendto(response(message, "200 OK").encode(), sender)
            self.answer(*self.ringing, "487 Request Terminated")


class Caller(Phone):
    def __init__(self, network, address, server, name):
        super().__init__(network, address)
        self.server, self.name, self.sent = server, name, {}

    def request(self, method, uri, call, to, number, routes=(), extra=()):
        headers = [
            f"Via: SIP/2.0/UDP {self.address}:{self.port};branch=z9hG4bK{uuid.uuid4().hex}", *(f"Route: {route}" for route in routes),
            "Max-Forwards: 70", f"From: <sip:{self.name}@phones.test>;tag={call[:8]}", f"To: {to}", f"Call-ID: {call}",
            f"CSeq: {number} {method}", f"Contact: <sip:{self.name}@{self.address}:{self.port}>", *extra, "Content-Length: 0", "", "",
        ]
        message = "\r\n".join([f"{method} {uri} SIP/2.0", *headers])
        if method == "INVITE":
            self.sent[call] = message
        self.socket.sendto(message.encode(), self.server)

    def ring(self, network, meeting, extra=()):
        """Calls, and returns the id of the call when there is any response."""
        call = uuid.uuid4().hex
        self.request("INVITE", f"sip:{meeting}@conference.test", call, f"<sip:{meeting}@conference.test>", 1, extra=extra)
        network.wait_for(f"a response to {self.name}", lambda: [m for m in self.responses(call) if not m.startswith("SIP/2.0 100")])
        return call

    def cancel(self, call):
        """Cancels a call, with the branch of the INVITE (RFC 3261, section 9.1)."""
        self.socket.sendto(self.sent[call].replace("INVITE sip:", "CANCEL sip:", 1).replace(" INVITE\r\n", " CANCEL\r\n").encode(), self.server)

    def invite(self, network, meeting, extra=()):
        """Calls, and returns the id of the call and its final response."""
        call = self.ring(network, meeting, extra)
        return call, self.confirm(network, meeting, call)

    def confirm(self, network, meeting, call):
        """Waits for the final response, acknowledges and returns it."""

        def final():
            return [m for m in self.responses(call) if not m.startswith("SIP/2.0 1") and "CANCEL" not in field(m, "CSeq")]

        answer = network.wait_for(f"an answer to {self.name}", final)[-1]
        uri = f"sip:{meeting}@conference.test"
        routes = []
        if answer.startswith("SIP/2.0 200"):
            uri, routes = field(answer, "Contact").strip("<>"), list(reversed(fields(answer, "Record-Route")))
        self.request("ACK", uri, call, field(answer, "To"), 1, routes)
        return answer

    def byes(self, call):
        return [m for m in self.messages if m.startswith("BYE") and field(m, "Call-ID") == call]


class Kamailio(Server):
    def __init__(self, folder, orders, conference, connector=True):
        super().__init__(folder / "server", orders)
        self.port = free_port(socket.SOCK_DGRAM)
        # The path of a socket has at most 107 bytes.
        self.sockets = tempfile.mkdtemp(prefix="bailiwick-")
        config = self.folder / "kamailio.cfg"
        config.write_text((HERE / "kamailio.cfg").read_text().replace("SCRIPT", str(HERE / "route.lua")).replace("SOCKETS", self.sockets))
        self.start(
            ["kamailio", "-DD", "-E", "-f", str(config), "-l", f"udp:127.0.0.1:{self.port}", "-Y", str(self.folder), "-w", str(self.folder),
             "-m", "64", "-M", "8"],
            FOLDER=str(self.folder), CONFERENCE=f"sip:{conference.address}:{conference.port}", LUA_CPATH=f"{folder}/?.so;;",
            CONNECTOR="yes" if connector else "no", CONNECTOR_FILE=str(HERE.parent / "bailiwick.lua"),
        )

    address = property(lambda self: ("127.0.0.1", self.port))

    def rpc(self, method, *params):
        """Asks Kamailio itself, by a socket of datagrams."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asks:
            asks.bind(f"{self.sockets}/asks-{uuid.uuid4().hex[:8]}")
            asks.settimeout(15)
            asks.sendto(json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": 1}).encode(), f"{self.sockets}/rpc")
            answer = json.loads(asks.recv(1 << 20))
        return answer.get("result", answer.get("error"))

    def counter(self, name):
        return self.rpc("htable.get", "bailiwick", name).get("item", {}).get("value")

    def legs(self):
        """What the shared table has of legs."""
        return [item["name"] for slot in self.rpc("htable.dump", "bailiwick") for item in slot["slot"] if item["name"].startswith("calls:")]

    def stop(self):
        super().stop()
        shutil.rmtree(self.sockets, ignore_errors=True)


def scenario(folder, connector=True):
    network = Network()
    conference = Conference(network, "127.0.0.1")
    server = Kamailio(folder, NONE, conference, connector)
    try:
        people = {"anna": "127.0.0.2", "ben": "127.0.0.3", "chen": "127.8.0.5"}
        callers = {name: Caller(network, address, server.address, name) for name, address in people.items()}
        if connector:
            network.wait_for("the first policy", lambda: server.lines("is in force"))
        else:
            time.sleep(1)
        calls = {name: caller.invite(network, "vigil") for name, caller in callers.items()}
        for name, (_, answer) in calls.items():
            check(answer.startswith("SIP/2.0 200"), f"{name} was answered {answer.splitlines()[0]}")

        # A call that is given up leaves nothing behind.
        before = server.legs() if connector else []
        check(len(before) == 3 or not connector, f"the table has the legs {before}")
        given_up = callers["anna"].ring(network, "ringing")
        callers["anna"].cancel(given_up)
        check(callers["anna"].confirm(network, "ringing", given_up).startswith("SIP/2.0 487"), "anna's call is not cancelled")
        if connector:
            network.wait_for("the call that was given up to be forgotten", lambda: server.legs() == before)
        # A call that rings when the order comes is ended when it is answered.
        rings = callers["chen"].ring(network, "ringing")

        order = ORDER.format(status="in-force", more="")
        server.acknowledge(NONE, order)
        chen = callers["chen"]
        network.wait_for("the end of chen's leg", lambda: chen.byes(calls["chen"][0]))
        for name in ("anna", "ben"):
            check(not callers[name].byes(calls[name][0]), f"{name}'s leg was ended, too")
        print("  chen's leg is ended in mid-call; anna and ben go on")
        network.serve(2.2)
        check(not callers["chen"].byes(rings), "a call that rings was ended as one that was answered")
        conference.answer(*conference.ringing)
        check(callers["chen"].confirm(network, "ringing", rings).startswith("SIP/2.0 200"), "the call that rings is not answered")
        network.wait_for("the end of the call that rang", lambda: chen.byes(rings))
        network.wait_for("the log to say so", lambda: len(server.lines("the leg .* is ended")) == 2)
        server.show("the leg .* is ended", 2)
        check(server.lines("no end is set"), "the warning of the orders is not in the log")
        network.wait_for("ended legs to be forgotten", lambda: len(server.legs()) == 2)

        # Every worker follows: more calls than there are workers, one after the other.
        for _ in range(12):
            _, answer = chen.invite(network, "vigil")
            check(answer.startswith("SIP/2.0 608"), f"chen was answered {answer.splitlines()[0]}")
            check(field(answer, "Call-Info") == "<https://meet.example/orders>; purpose=jwscard", answer)
            check("An order of CN names this meeting." in answer, answer)
        for header in ("X-Forwarded-For: 127.0.0.2", "P-Asserted-Identity: <sip:anna@127.0.0.2>", "Via: SIP/2.0/UDP 127.0.0.2"):
            _, answer = chen.invite(network, "vigil", [header])
            check(answer.startswith("SIP/2.0 608"), f"with `{header}`, chen was answered {answer.splitlines()[0]}")
        _, answer = callers["anna"].invite(network, "vigil", ["X-Forwarded-For: 127.8.0.5"])
        check(answer.startswith("SIP/2.0 200"), f"with a forged header, anna was answered {answer.splitlines()[0]}")
        _, answer = chen.invite(network, "concert")
        check(answer.startswith("SIP/2.0 200"), f"in another meeting, chen was answered {answer.splitlines()[0]}")
        for name in ("vig%69l", "%E5%85%AD%E5%9B%9B%E7%BA%AA%E5%BF%B5"):
            _, answer = chen.invite(network, name)
            check(answer.startswith("SIP/2.0 608"), f"in `{name}`, chen was answered {answer.splitlines()[0]}")
        for name in ("%ff", "vigil%00", "vigil%", "vi/gil", "Vigil"):
            _, answer = chen.invite(network, name)
            check(answer.startswith("SIP/2.0 200"), f"in `{name}`, chen was answered {answer.splitlines()[0]}")
        check(server.counter("blocked") == 17 and server.counter("removed") == 2, f"counted {server.counter('blocked')}, {server.counter('removed')}")
        trunk = Caller(network, "127.8.0.99", server.address, "trunk")
        _, answer = trunk.invite(network, "vigil")
        check(answer.startswith("SIP/2.0 200"), f"the trunk was answered {answer.splitlines()[0]}")
        print(f"  | {len(server.lines('is refused in'))} refusals, such as {server.lines('is refused in')[0].strip()}")

        server.write(ORDER.format(status="withdrawn", more=""))
        network.wait_for("the withdrawal", lambda: len(server.lines("is in force")) >= 3)
        # Other orders that nobody acknowledged come before the workers follow: none of them blocks by what is not in force.
        server.write(ORDER.format(status="in-force", more=', "concert"'))
        network.wait_for("the refusal of orders that nobody acknowledged", lambda: server.lines("are not acknowledged"))
        for _ in range(6):
            _, answer = chen.invite(network, "vigil")
            check(answer.startswith("SIP/2.0 200"), f"by orders that are not in force, chen was answered {answer.splitlines()[0]}")
        check(server.lines("EVERYBODY IS ADMITTED by this process"), "the workers do not say that they admit everybody")
        server.write(ORDER.format(status="withdrawn", more=""))
        network.serve(1.1)  # workers try the files again after a second
        for _ in range(6):
            _, answer = chen.invite(network, "vigil")
            check(answer.startswith("SIP/2.0 200"), f"after the withdrawal, chen was answered {answer.splitlines()[0]}")
        for name in ("anna", "ben"):
            check(not callers[name].byes(calls[name][0]), f"{name}'s leg was ended, too")
        print("  the order is withdrawn, and chen is back")
        blocks = [line for line in server.ledger() if "block" in json.dumps(line)]
        check(len(blocks) == 19, f"the ledgers have {len(blocks)} blocks, not 2 removals and 17 refusals")
    finally:
        server.stop()


def a_process_that_cannot_follow(folder):
    """Where a process cannot read what is in force, it admits; the timer's process ends the leg of whoever is blocked, and no other."""
    network = Network()
    conference = Conference(network, "127.0.0.1")
    server = Kamailio(folder, NONE, conference)
    try:
        network.wait_for("the first policy", lambda: server.lines("is in force"))
        server.acknowledge(NONE, ORDER.format(status="in-force", more=""))
        network.wait_for("the order", lambda: len(server.lines("is in force")) >= 2)
        server.write(ORDER.format(status="in-force", more=', "concert"'))
        network.wait_for("the refusal of orders that nobody acknowledged", lambda: server.lines("are not acknowledged"))
        anna, chen = Caller(network, "127.0.0.2", server.address, "anna"), Caller(network, "127.8.0.5", server.address, "chen")
        calls = {caller: caller.invite(network, "vigil") for caller in (anna, chen)}
        check(all(answer.startswith("SIP/2.0 200") for _, answer in calls.values()), "a process that cannot follow refused somebody")
        network.wait_for("the end of chen's leg", lambda: chen.byes(calls[chen][0]))
        network.serve(1.1)
        check(not anna.byes(calls[anna][0]), "anna's leg was ended, too")
        server.show("the leg .* is ended", 1)
    finally:
        server.stop()


def without_policy(folder):
    network = Network()
    conference = Conference(network, "127.0.0.1")
    server = Kamailio(folder, None, conference)
    try:
        network.wait_for("the log to say so", lambda: server.lines("EVERYBODY IS ADMITTED"))
        _, answer = Caller(network, "127.8.0.5", server.address, "chen").invite(network, "vigil")
        check(answer.startswith("SIP/2.0 200"), f"without a policy, chen was answered {answer.splitlines()[0]}")
        check(server.lines("without a decision"), server.text())
    finally:
        server.stop()


def main():
    folder = Path(sys.argv[1])
    run([
        ("an order arrives in mid-call, is in force, and is withdrawn", lambda: scenario(folder)),
        ("a process cannot follow", lambda: a_process_that_cannot_follow(folder)),
        ("without a policy everybody is admitted, and the log says so", lambda: without_policy(folder)),
        ("without the connector the test fails", lambda: must_fail(lambda: scenario(folder, connector=False))),
    ])


if __name__ == "__main__":
    main()
