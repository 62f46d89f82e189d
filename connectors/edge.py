"""What the live tests of the proxies share: the configuration of a page, a WebSocket backend behind the proxy, the daemon beside it, and
the questions that are asked through it.

The proxy and the daemon run with the very text of the page, on other ports. 127.8.0.0/16 plays the territory.
"""

import asyncio
import http.client
import json
import os
import posixpath
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from livekit import api
from websockets.asyncio.server import serve
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from trial import NONE, Server, check, end, free_port, must_fail, run, wait_for

INSIDE, OUTSIDE, NEAR = "127.8.0.5", "127.0.0.2", "127.9.0.1"  # NEAR is a proxy in front of the one that is tested
ENGLISH = "You cannot join from mainland China."
CHINESE = "您無法從中國大陸加入。"
ORDER = """[[orders]]
id = "cn-2020-m2"
issuer = "CN"
status = "{status}"
meetings = ["vigil", "六四纪念", "june 4 六四"]
notice = {{ en = "You cannot join from mainland China.", zh-Hant = "您無法從中國大陸加入。" }}

[end]
orders = 1
"""
IN_FORCE, WITHDRAWN = ORDER.format(status="in-force"), ORDER.format(status="withdrawn")
PORTS = ("8080", "9000", "7880", "19080", "19081", "19090", "2020", "9901")  # of the pages: proxy, backend, LiveKit, the daemon's three, and
# for what Caddy and Envoy count
SECRET = "a secret of the test, of 32 octets or more"


@dataclass
class Proxy:
    """A proxy: its folder in `connectors`, how it is started, and what of its page is not for a test on loopback."""

    name: str
    command: Callable[[Path], list[str]]
    changes: dict[str, str]  # texts of the page that occur once, and what stands for them; FOLDER is the one of the test
    without: Callable[[str], str]  # takes the connector out of the configuration
    behind: dict[str, str]  # what the page says to change behind another proxy; `192.0.2.10` is that proxy
    speaks_proxy: bool = False  # whether that proxy says by the PROXY protocol for whom it speaks, and not by `X-Forwarded-For`
    speaks_http2: bool = True  # whether it takes HTTP/2 without TLS
    is_open: bool = True  # whether it admits when the daemon does not answer
    unasked: Callable[["Edge"], int] = lambda edge: 0  # how many it admitted by itself, as its page says to count them
    extra: dict[str, str] = field(default_factory=dict)  # files that the page leaves to the system

    @property
    def page(self):
        return Path(__file__).parent / self.name / "README.md"


def blocks(page):
    """The files that a page shows: blocks with a language and a name."""
    found = re.findall(r"^```\w+ ([\w.-]+)\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)
    check(found, f"{page} shows no file")
    return dict(found)


class Backend:
    """Answers every WebSocket with what it says, and every other request with 200. Keeps the targets that were asked for, and the tokens."""

    def __init__(self):
        self.targets, self.tokens = [], []
        self.loop, self.port, self.started = asyncio.new_event_loop(), None, threading.Event()
        threading.Thread(target=lambda: self.loop.run_until_complete(self.serve()), daemon=True).start()
        check(self.started.wait(10), "the backend does not start")

    async def serve(self):
        async with serve(self.echo, "127.0.0.1", 0, process_request=self.look) as server:
            self.port = server.sockets[0].getsockname()[1]
            self.started.set()
            await asyncio.Future()

    def look(self, connection, request):
        self.targets.append(request.path)
        self.tokens += request.headers.get_all("Authorization")[:1]
        if "Upgrade" not in request.headers:
            return connection.respond(200, "the backend\n")
        return None

    async def echo(self, socket):
        async for message in socket:
            await socket.send(message)


@dataclass
class Answer:
    status: int  # 0 when the connection was closed without one
    fields: http.client.HTTPMessage
    body: bytes

    @classmethod
    def read(cls, connection, method):
        response = http.client.HTTPResponse(connection, method=method)
        try:
            response.begin()
            return cls(response.status, response.headers, response.read())
        except (http.client.BadStatusLine, ConnectionError):
            return cls(0, http.client.HTTPMessage(), b"")


class Edge:
    """A proxy with the configuration of its page, the daemon with that of the same page, and a backend."""

    def __init__(self, proxy, folder, orders, connector=True, backend=None, behind=False):
        self.proxy, self.backend = proxy, backend or Backend()
        self.ports = {number: str(free_port()) for number in PORTS}
        self.ports["9000"] = self.ports["7880"] = str(self.backend.port)
        self.server = Server(folder / "proxy", None)
        self.daemon = Server(folder / "daemon", orders)
        files, self.behind = blocks(proxy.page), dict(proxy.behind) if behind else {}
        for name, text in files.items():
            if name != "bailiwickd.toml" and not connector:
                text, whole = proxy.without(text), text
                connector = text != whole
            text = self.behind_another(text)
            owner = self.daemon if name == "bailiwickd.toml" else self.server
            (owner.folder / name).write_text(self.on_other_ports(text, {} if owner is self.daemon else proxy.changes))
        check(connector, "the connector is still in the configuration")
        check(not self.behind, f"the page has no place for {self.behind}")
        for name, text in proxy.extra.items():
            (self.server.folder / name).write_text(self.on_other_ports(text, {}))
        self.start_daemon()
        try:
            self.server.start(proxy.command(self.server.folder), self.is_up)
        except BaseException:
            self.daemon.stop()
            raise

    def behind_another(self, text):
        """Changes a file as its page says for a proxy behind another one."""
        for found, other in list(self.behind.items()):
            if found in text:
                added = [line for line in other.splitlines() if line not in found]
                check(all(line in self.proxy.page.read_text() for line in added), f"the page does not say `{added}`")
                text = text.replace(found, other).replace("192.0.2.10", NEAR)
                del self.behind[found]
        return text

    def on_other_ports(self, text, changes):
        for found, other in changes.items():
            if found in text:
                check(text.count(found) == 1, f"the page has `{found}` more than once")
                text = text.replace(found, other)
        text = text.replace("FOLDER", str(self.server.folder))
        return re.sub(r"\b(" + "|".join(PORTS) + r")\b", lambda port: self.ports[port[0]], text)

    def start_daemon(self):
        command = [os.environ["BAILIWICKD"], "--config", "bailiwickd.toml"]
        at = os.getcwd()
        os.chdir(self.daemon.folder)
        try:
            self.daemon.start(command, lambda: all(self.listens(port) for port in ("19080", "19081", "19090")))
        finally:
            os.chdir(at)

    def stop(self):
        end(self.server.process, 1)  # a proxy may wait for connections that are open
        self.daemon.stop()

    def is_up(self):
        """Whether the proxy has read its configuration: some listen before that."""
        return self.listens("8080") and self.ask(OUTSIDE, "/meet/weekly").status == 200

    def listens(self, port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(self.ports[port]))) == 0

    def connect(self, source):
        return socket.create_connection(("127.0.0.1", int(self.ports["8080"])), timeout=20, source_address=(source, 0))

    def ask(self, source, target="/meet/vigil", *fields, method="GET", preface=b"", version="1.1"):
        """Sends a request as it is written here, and returns the answer."""
        target = target if isinstance(target, bytes) else target.encode()
        lines = [b"%s %s HTTP/%s" % (method.encode(), target, version.encode()), b"Host: meet.example"]
        lines += [line if isinstance(line, bytes) else line.encode() for line in fields]
        with self.connect(source) as connection:
            connection.sendall(preface + b"\r\n".join(lines) + b"\r\n\r\n")
            return Answer.read(connection, method)

    def is_refused(self, source, target="/meet/vigil", *fields, **more):
        """Whether a request is refused by an order; nothing of it reaches the backend then. If not, it reaches the backend."""
        before = len(self.backend.targets)
        answer = self.ask(source, target, *fields, **more)
        reached = len(self.backend.targets) - before
        check(answer.status in (200, 451), f"{source} {target} {fields} {more}: {answer.status} {answer.body}\n{self.logs()}")
        check(reached == (answer.status == 200), f"{source} {target} {fields}: {answer.status}, {reached} requests at the backend")
        return answer.status == 451

    def opens(self, source, target="/meet/vigil", **fields):
        """Opens a WebSocket and says something: `None` when it is echoed, else the answer of the refusal."""
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        url = f"ws://meet.example{target}"
        try:
            with connect(url, sock=self.connect(source), additional_headers=headers, proxy=None, open_timeout=20) as websocket:
                websocket.send("你好")
                check(websocket.recv(20) == "你好", "the WebSocket does not echo")
                return None
        except InvalidStatus as refusal:
            return refusal.response

    def reload(self, orders, acknowledged_from=None):
        """Puts other orders in force, as the legal team does."""
        if acknowledged_from is None:
            self.daemon.write(orders)
        else:
            self.daemon.acknowledge(acknowledged_from, orders)
        before = self.reloads()
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: self.reloads() > before)

    def reloads(self):
        """How many policies the daemon put in force since it started."""
        return self.counted("19090", "/metrics", r'bailiwick_reloads_total{result="taken"} (\d+)')

    def counted(self, port, path, pattern):
        """A number that the daemon or the proxy shows over HTTP; 0 when it does not show it yet."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[port]}{path}", timeout=10) as page:
            found = re.search(f"^{pattern}", page.read().decode(), re.MULTILINE)
        return int(found[1]) if found else 0

    def logs(self):
        return f"--- {self.proxy.name}\n{self.server.text()[-3000:]}\n--- daemon\n{self.daemon.text()[-3000:]}"


def told(edge, language, text):
    """Somebody inside is refused over HTTP and when a WebSocket opens, and is told why in this language."""
    asked = "zh-TW,zh-Hant;q=0.9,en;q=0.1" if language == "zh-Hant" else "en-GB,en"
    page = edge.ask(INSIDE, "/meet/vigil", f"Accept-Language: {asked}")
    handshake = edge.opens(INSIDE, Accept_Language=asked)
    check(handshake is not None, "a WebSocket opens from inside")
    for status, fields, body in ((page.status, page.fields, page.body), (handshake.status_code, handshake.headers, handshake.body)):
        check(status == 451, f"{status} instead of 451: {body}\n{edge.logs()}")
        check(fields["Link"] == '<https://meet.example/legal>; rel="blocked-by"', f"Link: {fields['Link']}")
        check(fields["Content-Language"] == language, f"Content-Language: {fields['Content-Language']}")
        check(fields["Content-Type"] == "application/problem+json", f"Content-Type: {fields['Content-Type']}")
        check(fields["Cache-Control"] == "no-store", f"Cache-Control: {fields['Cache-Control']}")
        problem = json.loads(body)
        check(problem["detail"] == text and problem["status"] == 451 and problem["orders"] == ["cn-2020-m2"], problem)
    print(f"  | 451 {page.fields['Link']}: {problem['detail']}")


def inside_and_outside(edge):
    check(edge.opens(OUTSIDE) is None, f"no WebSocket from outside\n{edge.logs()}")
    check(not edge.is_refused(OUTSIDE), "refused outside")
    check(edge.opens(INSIDE, "/meet/weekly") is None, "no WebSocket from inside to a meeting that no order names")
    told(edge, "en", ENGLISH)
    told(edge, "zh-Hant", CHINESE)
    for method in ("HEAD", "POST", "PUT", "OPTIONS", "DELETE"):
        answer = edge.ask(INSIDE, "/meet/vigil", "Content-Length: 0", method=method)
        check(answer.status == 451, f"{method} from inside: {answer.status}")
    if edge.proxy.speaks_http2:
        check(http2(edge, INSIDE) == "2 451" and http2(edge, OUTSIDE) == "2 200", f"over HTTP/2: {http2(edge, INSIDE)}, {http2(edge, OUTSIDE)}")


def http2(edge, source):
    """The version and status of an answer to curl, which says that it comes from elsewhere."""
    other = OUTSIDE if source == INSIDE else INSIDE
    command = ["curl", "--silent", "--http2-prior-knowledge", "--noproxy", "*", "--interface", source, "--header", f"X-Forwarded-For: {other}"]
    command += ["--output", os.devnull, "--write-out", "%{http_version} %{http_code}", f"http://127.0.0.1:{edge.ports['8080']}/meet/vigil"]
    return subprocess.run(command, capture_output=True, text=True, timeout=30).stdout


# Targets, and whether they are about a meeting that the order names.
LONG = "x" * 6000
TARGETS = [
    ("/meet/vigil?device=phone", True),
    ("/meet/vigil/chat", True),
    ("/meet/%76igil", True),
    ("/meet/%E5%85%AD%E5%9B%9B%E7%BA%AA%E5%BF%B5", True),
    ("/meet/%e5%85%ad%e5%9b%9b%e7%ba%aa%e5%bf%b5?lang=zh", True),
    ("/meet/june%204%20%E5%85%AD%E5%9B%9B", True),
    ("/meet/vigil?name=%FF%00", True),
    (f"/meet/vigil?{LONG}", True),
    ("/meet/vigil?next=/meet/weekly", True),
    ("http://meet.example/meet/vigil", True),
    ("/meet/weekly?next=/meet/vigil", False),
    ("/meet/vigilant", False),
    ("/meet/%E5%85%AD%E5%9B%9B", False),
    ("/meet/%FF", False),
    (f"/meet/weekly?{LONG}", False),
    ("/meet/%2576igil", False),
]
# Targets that programs read differently, or refuse. They are no way in: what reaches the backend has another name there.
ODD_TARGETS = [
    "/meet/六四纪念", "/meet/vigil?name=陈", b"/meet/vigil?name=\xff\xfe", b"/meet/vigil#\xff", "/meet/vigil#x", "//meet/vigil", "/meet//vigil",
    "/meet/./vigil", "/meet/x/../vigil", "/x/../meet/vigil", "/meet/x/%2e%2e/vigil", "/meet/x/%2E./vigil", "/meet%2Fvigil", "/%6Deet/vigil",
    "/meet\\vigil", "/MEET/vigil", "/meet/vigil%00", "/meet/vigil;x=1", "/meet/vigil%20", "/meet/vigil\t", "/meet/%u0076igil", "/meet/vigil%",
    "/meet/vigil%3Fx", "/meet/vigil%2Fchat", "/meet%2fvigil%2Fchat", "*", "meet/vigil", "/meet/%FF/../vigil", "http://other.example//meet/vigil", "http:///meet/vigil", "?/meet/vigil",
]


def is_named(target):
    """Whether a backend takes a target for one of a meeting that the order names: one that matches the path as it is, one that decodes it
    first, and one that resolves it as well."""
    path = target.split("?")[0]
    decoded = urllib.parse.unquote(path)
    resolved = posixpath.normpath(re.sub("/+", "/", decoded))
    found = [re.match(r"(?i:/meet/)([^/]+)", reading) for reading in (path, decoded, resolved)]
    return any(urllib.parse.unquote(name[1]) in ("vigil", "六四纪念", "june 4 六四") for name in found if name)


def names(edge):
    for target, named in TARGETS:
        check(edge.is_refused(INSIDE, target) == named, f"{target[:80]}: {'not ' if named else ''}refused inside\n{edge.logs()}")
        check(not edge.is_refused(OUTSIDE, target), f"{target[:80]}: refused outside")
    for target in ODD_TARGETS:
        before, answer = len(edge.backend.targets), edge.ask(INSIDE, target)
        got = edge.backend.targets[before:]
        check(not any(is_named(path) for path in got), f"{target} from inside: {answer.status}, and the backend got {got}\n{edge.logs()}")
        check(edge.ask(OUTSIDE, target).status != 451, f"{target}: refused outside")
    # One connection carries several requests, and each is a question of its own.
    with edge.connect(INSIDE) as connection:
        for name, status in (("weekly", 200), ("vigil", 451), ("weekly", 200)):
            connection.sendall(f"GET /meet/{name} HTTP/1.1\r\nHost: meet.example\r\n\r\n".encode())
            answer = Answer.read(connection, "GET")
            check(answer.status == status, f"{name} on one connection: {answer.status}")
    before = len(edge.backend.targets)
    with edge.connect(INSIDE) as connection:
        connection.sendall(b"GET /meet/weekly HTTP/1.1\r\nHost: a\r\n\r\nGET /meet/vigil HTTP/1.1\r\nHost: a\r\n\r\n")
        Answer.read(connection, "GET")
        connection.settimeout(1)
        try:
            connection.recv(65536)
        except TimeoutError:
            pass
    check("/meet/vigil" not in edge.backend.targets[before:], "a pipelined request was not asked about")


ADDRESS_FIELDS = [
    "X-Forwarded-For", "x-forwarded-for", "X-FORWARDED-FOR", "X_Forwarded_For", "X-Real-IP", "X-Real-Ip", "x_real_ip", "X-Client-IP",
    "X-Cluster-Client-IP", "True-Client-IP", "CF-Connecting-IP", "Fastly-Client-IP", "X-Original-Forwarded-For", "X-Remote-Addr",
    "Remote-Addr", "X-Bailiwick-Address", "x-bailiwick-address", "X-BAILIWICK-ADDRESS", "X_Bailiwick_Address",
    "X-Envoy-External-Address", "X-Envoy-Downstream-Service-Cluster",
]  # fmt: skip
URI_FIELDS = ["X-Original-Uri", "x-original-uri", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri", "X_Forwarded_Uri", "X-Forwarded-Prefix", "X-Envoy-Original-Path", "X-Auth-Request-Redirect"]
HOPS = ["X-Bailiwick-Address", "X-Forwarded-For", "X-Forwarded-Uri", "X-Original-Uri", "X-Real-Ip", "X-Forwarded-Method", "X-Bailiwick-Body", "Accept-Language", "Host"]


def forgeries(address, target):
    """Fields that say that a request comes from another address, or asks for something else."""
    for name in ADDRESS_FIELDS:
        for value in (address, f"{address}, 127.0.0.1", f"::ffff:{address}", ""):
            yield (f"{name}: {value}",)
        yield f"{name}: 127.0.0.1", f"{name.lower()}: {address}", f"{name}: 127.0.0.1"
    for value in (f"for={address}", f'for="{address}:80";by=127.0.0.1', f"for={address}, for=127.0.0.1", f'FOR="[::ffff:{address}]"'):
        yield (f"Forwarded: {value}",)
        yield f"Forwarded: {value}", f"forwarded: {value}"
    for name in URI_FIELDS:
        yield (f"{name}: {target}",)
        yield f"{name}: {target}", f"{name.lower()}: {target}"
        yield f"{name}:", f"X-Forwarded-For: {address}"
    yield "X-Forwarded-Method: TRACE", "X-HTTP-Method-Override: TRACE"
    yield "X-Forwarded-Host: other.example", "X-Forwarded-Proto: https", "X-Forwarded-Port: 443", "X-Forwarded-Server: other"
    yield "X-Bailiwick-Body: {}", "X-Bailiwick-Meeting: weekly", "X-Bailiwick-Host-Region: CN", "X-Bailiwick-Account: host"
    yield ("Accept-Language: " + ",".join(f"x-{number};q=0.5" for number in range(400)),)
    yield (b"Accept-Language: \xff\xfe, en",)
    yield (b"X-Forwarded-For: \xff" + address.encode(),)
    yield ("Authorization: Bearer not.a.token",)
    yield ("Cookie: " + "a=b; " * 600,)


def hops(address):
    """Fields of which `Connection` says that they end at the proxy, which could take away what it adds itself."""
    for name in HOPS:
        yield (f"Connection: {name}",)
        yield f"Connection: close, {name.lower()}", f"X-Forwarded-For: {address}"
        yield f"Connection: keep-alive, {name}", f"X-Bailiwick-Address: {address}", f"Connection: {name}"


def proxy_preface(source, version):
    if version == 1:
        return f"PROXY TCP4 {source} 127.0.0.1 4711 80\r\n".encode()
    return b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + socket.inet_aton(source) + socket.inet_aton("127.0.0.1") + b"\x12\x67\0\x50"


def forged(edge):
    count = 0
    for fields in forgeries(OUTSIDE, "/meet/weekly"):
        check(edge.is_refused(INSIDE, "/meet/vigil", *fields), f"somebody inside evades with {fields}\n{edge.logs()}")
        count += 1
    for fields in forgeries(INSIDE, "/meet/vigil"):
        check(not edge.is_refused(OUTSIDE, "/meet/vigil", *fields), f"somebody outside is refused with {fields}\n{edge.logs()}")
        count += 1
    for name in URI_FIELDS:
        check(not edge.is_refused(INSIDE, "/meet/weekly", f"{name}: /meet/vigil"), f"another meeting is refused with {name}")
        count += 1
    for fields in [("X-Forwarded-For: {}", "Forwarded: for={}", "X-Bailiwick-Address: {}"), ("X_Forwarded_For: {}", "X-Real-Ip: {}")]:
        check(edge.opens(INSIDE, **dict(line.format(OUTSIDE).split(": ") for line in fields)), f"a WebSocket evades with {fields}")
        check(not edge.opens(OUTSIDE, **dict(line.format(INSIDE).split(": ") for line in fields)), f"a WebSocket is refused with {fields}")
        count += 2
    # Envoy answers some of them with 400.
    for fields in hops(OUTSIDE):
        before, status = len(edge.backend.targets), edge.ask(INSIDE, "/meet/vigil", *fields).status
        check(status in (400, 451) and len(edge.backend.targets) == before, f"somebody inside evades with {fields}: {status}\n{edge.logs()}")
        count += 1
    for fields in hops(INSIDE):
        check(edge.ask(OUTSIDE, "/meet/vigil", *fields).status in (200, 400), f"somebody outside is refused with {fields}")
        count += 1
    # What no server takes for a request is not taken: the connection is closed, or the answer is 400.
    before = len(edge.backend.targets)
    for source, claimed in ((INSIDE, OUTSIDE), (OUTSIDE, INSIDE)):
        for version in (1, 2):
            answer = edge.ask(source, preface=proxy_preface(claimed, version))
            check(answer.status in (0, 400), f"PROXY preface of {claimed} from {source}: {answer.status}")
        answer = edge.ask(source, "/meet/vigil", f"X-Forwarded-For : {claimed}")
        check(answer.status in (400, 451 if source == INSIDE else 200), f"blank before the colon from {source}: {answer.status}")
        answer = edge.ask(source, "/meet/vigil", "X-A: b", f" X-Forwarded-For: {claimed}")
        check(answer.status in (400, 451 if source == INSIDE else 200), f"folded field from {source}: {answer.status}")
        count += 4
    check(len(edge.backend.targets) - before <= 2, "a malformed request from inside reached the backend")
    print(f"  | {count} forged requests changed nothing")


def minted(rooms):
    """Tokens for rooms, by LiveKit's SDK for Node.js and by the one for Python."""
    node = subprocess.run(["node", os.environ["MINT"], SECRET, *rooms], capture_output=True, text=True, timeout=60)
    check(node.returncode == 0, f"livekit-server-sdk: {node.stderr}")
    yield "livekit-server-sdk", dict(zip(rooms, node.stdout.split(), strict=True))
    grants = {room: api.VideoGrants(room_join=True, room=room) for room in rooms}
    yield "livekit-api", {room: api.AccessToken("key", SECRET).with_identity("anna").with_grants(grants[room]).to_jwt() for room in rooms}


# A token in `Authorization`, one in the query, and whether LiveKit's server would take the client to the named meeting.
TOKENS = [
    ("vigil", None, True),
    (None, "vigil", True),
    ("六四纪念", None, True),
    (None, "六四纪念", True),
    ("vigil", "weekly", True),
    ("weekly", "vigil", False),
    ("weekly", None, False),
    (None, "weekly", False),
    (None, None, False),
]


def as_go_reads(target):
    """The token that LiveKit's server takes from a query."""
    pairs = [pair for pair in target.partition("?")[2].split("&") if ";" not in pair and not re.search("%(?![0-9a-fA-F]{2})", pair)]
    return dict(reversed(urllib.parse.parse_qsl("&".join(pairs), keep_blank_values=True))).get("access_token", "")


def livekit(edge):
    for sdk, tokens in minted(["vigil", "weekly", "六四纪念"]):
        for path in ("/rtc", "/rtc/v1", "/rtc/validate"):
            for bearer, query, named in TOKENS:
                target = path + (f"?auto_subscribe=1&access_token={tokens[query]}" if query else "?auto_subscribe=1")
                fields = (f"Authorization: Bearer {tokens[bearer]}",) if bearer else ()
                about = f"{sdk} {path}, Authorization: {bearer}, access_token: {query}"
                check(edge.is_refused(INSIDE, target, *fields) == named, f"{about}: {'not ' if named else ''}refused inside\n{edge.logs()}")
                check(not edge.is_refused(OUTSIDE, target, *fields), f"{about}: refused outside")
        vigil, weekly = tokens["vigil"], tokens["weekly"]
        # The server reads the first of several, passes over what Go cannot read, and decodes names. A proxy may write `&` for `;`.
        for target, named in [
            (f"/rtc?access_token={vigil}&access_token={weekly}", True),
            (f"/rtc?access_token={weekly}&access_token={vigil}", False),
            (f"/rtc?%61ccess_token={vigil}", True),
            (f"/rtc?access_token=%zz&access_token={vigil}", True),
            (f"/rtc?access_token={weekly};&access_token={vigil}", True),
            (f"/rtc?{'a=b&' * 400}access_token={vigil}", True),
            (f"/rtc?access_token={urllib.parse.quote(vigil, safe='').replace('e', '%65', 3)}", True),
        ]:
            is_refused = edge.is_refused(INSIDE, target)
            is_named = named if is_refused else as_go_reads(edge.backend.targets[-1]) == vigil
            check(is_refused == is_named, f"{target[:40]}…: {'not ' if named else ''}refused\n{edge.logs()}")
        # Two `Authorization` fields: LiveKit's server reads the first. A proxy may refuse them.
        answer = edge.ask(INSIDE, "/rtc", f"Authorization: Bearer {vigil}", f"Authorization: Bearer {weekly}")
        check(answer.status in (400, 451), f"two tokens in two fields: {answer.status}")
        # A field that `Connection` names ends at the proxy: then it does not reach the server, either.
        before = len(edge.backend.tokens)
        answer = edge.ask(INSIDE, "/rtc", f"Authorization: Bearer {vigil}", "Connection: keep-alive, Authorization")
        check(answer.status == 451 or len(edge.backend.tokens) == before, f"the server gets a token that was not looked at: {answer.status}")
        check(edge.opens(OUTSIDE, f"/rtc?access_token={vigil}") is None, "no WebSocket from outside")
        refusal = edge.opens(INSIDE, f"/rtc?access_token={vigil}", Accept_Language="zh-Hant")
        check(refusal and refusal.status_code == 451 and json.loads(refusal.body)["detail"] == CHINESE, refusal)


def without_daemon(edge):
    """What happens when the daemon does not answer, when it is away, and when it is back."""
    before = edge.proxy.unasked(edge)
    edge.daemon.process.send_signal(signal.SIGSTOP)
    try:
        if edge.proxy.is_open:
            check(edge.opens(OUTSIDE) is None and edge.opens(INSIDE) is None, f"not admitted while the daemon hangs\n{edge.logs()}")
    finally:
        edge.daemon.process.send_signal(signal.SIGCONT)
    edge.daemon.stop()
    if edge.proxy.is_open:
        for source in (OUTSIDE, INSIDE):
            check(edge.opens(source) is None and not edge.is_refused(source), f"not admitted without the daemon\n{edge.logs()}")
        unasked = edge.proxy.unasked(edge) - before
        check(unasked == 6, f"6 were admitted by the proxy itself, and it counted {unasked}\n{edge.logs()}")
        print(f"  | everybody is admitted, and {edge.proxy.name} counts it")
    else:
        statuses = [edge.ask(source).status for source in (OUTSIDE, INSIDE)]
        check(min(statuses) >= 500, f"{edge.proxy.name} is not closed without the daemon, as its page says: {statuses}")
        print(f"  | nobody is admitted: {statuses}")
    edge.start_daemon()
    wait_for("the refusal", lambda: edge.ask(INSIDE).status == 451)
    check(not edge.is_refused(OUTSIDE), "refused outside")


# The addresses that the proxy in front names, and whether the one that it saw itself, the last, is inside.
NAMED = [((INSIDE,), True), ((OUTSIDE,), False), ((OUTSIDE, INSIDE), True), ((INSIDE, OUTSIDE), False)]


def behind_another_proxy(proxy, folder):
    edge = Edge(proxy, folder, IN_FORCE, behind=True)
    try:
        for addresses, inside in NAMED:
            more = {"preface": proxy_preface(addresses[-1], 1)} if proxy.speaks_proxy else {}
            fields = (f"X-Forwarded-For: {', '.join(addresses)}", "X-Forwarded-Uri: /meet/weekly", "X-Original-Uri: /meet/weekly")
            check(edge.is_refused(NEAR, "/meet/vigil", *fields, **more) == inside, f"through another proxy, {addresses}\n{edge.logs()}")
        # Nobody else is believed.
        check(edge.is_refused(INSIDE, "/meet/vigil", f"X-Forwarded-For: {OUTSIDE}"), "somebody inside plays the proxy")
        check(not edge.is_refused(OUTSIDE, "/meet/vigil", f"X-Forwarded-For: {INSIDE}"), "somebody outside plays the proxy, and is refused")
        if proxy.speaks_proxy:
            check(edge.ask(INSIDE, preface=proxy_preface(OUTSIDE, 1)).status in (0, 400, 451), "somebody inside plays the proxy")
    finally:
        edge.stop()


def scenario(proxy, folder, connector=True):
    edge = Edge(proxy, folder, IN_FORCE, connector)
    try:
        inside_and_outside(edge)
        names(edge)
        forged(edge)
        livekit(edge)
        without_daemon(edge)
    finally:
        edge.stop()


def reloads(proxy, folder):
    edge = Edge(proxy, folder, NONE)
    try:
        check(not edge.is_refused(INSIDE) and edge.opens(INSIDE) is None, "refused without an order")
        edge.reload(IN_FORCE, NONE)
        check(edge.is_refused(INSIDE), f"the order is not in force at the next request\n{edge.logs()}")
        check(edge.opens(INSIDE) is not None and edge.opens(OUTSIDE) is None, "the order is not in force for WebSockets")
        edge.reload(WITHDRAWN)
        check(not edge.is_refused(INSIDE) and edge.opens(INSIDE) is None, "still refused after the withdrawal")
    finally:
        edge.stop()


def main(proxy):
    folder = Path(sys.argv[1]).resolve()
    run([
        ("inside and outside, names, forged requests, LiveKit's tokens, and a daemon that is away", lambda: scenario(proxy, folder)),
        ("an order arrives by a reload, is in force at the next request, and is withdrawn", lambda: reloads(proxy, folder)),
        ("behind another proxy, that one is believed, and nobody else", lambda: behind_another_proxy(proxy, folder)),
        ("without the connector the test fails", lambda: must_fail(lambda: scenario(proxy, folder, connector=False))),
    ])
