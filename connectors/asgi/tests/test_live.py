"""The middleware in running servers: uvicorn and daphne on loopback, where 127.8.0.0/16 plays the territory of CN."""

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import websockets
from websockets.asyncio.client import connect

import bailiwick

HERE = Path(__file__).parent
INSIDE, OUTSIDE, RECORDER, PROXY = "127.8.0.5", "127.0.0.2", "127.8.99.1", "127.0.0.1"
VIGIL = "/meet/june-4%20%E5%85%AD%E5%9B%9B"

NONE = "[end]\norders = 0\n"
ORDER = """\
[[orders]]
id = "cn-m2"
issuer = "CN"
meetings = ["june-4 六四"]
status = "in-force"
notice = { en = "You cannot join from mainland China.", zh = "您无法从中国大陆加入。" }

[end]
orders = 1
"""

SERVERS = {
    "uvicorn": ["uvicorn", "app:app", "--host", PROXY, "--port", "{port}", "--ws", "websockets-sansio"],
    "uvicorn-wsproto": ["uvicorn", "app:app", "--host", PROXY, "--port", "{port}", "--ws", "wsproto"],
    "daphne": ["daphne", "-b", PROXY, "-p", "{port}", "app:app"],
}


@dataclass
class Server:
    name: str
    port: int
    process: subprocess.Popen
    folder: Path

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def get(self, source: str, path: str = VIGIL, method: str = "GET", **fields: str):
        connection = http.client.HTTPConnection(PROXY, self.port, timeout=10, source_address=(source, 0))
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in fields.items()})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response, body

    def join(self, source: str, **fields: str):
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        return connect(f"ws://{PROXY}:{self.port}{VIGIL}", local_addr=(source, 0), additional_headers=headers, proxy=None)

    def reload(self, orders: str) -> None:
        """Puts other orders in force, with the acknowledgement that a wider change needs."""
        path, log = self.folder / "orders.toml", self.log
        atlas = bailiwick.Atlas([self.folder / "geo.csv"])
        change = bailiwick.Policy.open(path, atlas).change_to(bailiwick.Policy.from_toml(orders, atlas))
        (self.folder / "orders.toml.acknowledged").write_text(change.acknowledgement())
        path.write_text(orders)
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "reloaded:" in self.log[len(log) :], self)


def wait_for(holds, server: Server) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end and server.process.poll() is None, server.log
        time.sleep(0.02)


@contextmanager
def running(name: str, folder: Path, orders: str = ORDER, mode: str = "policy"):
    (folder / "geo.csv").write_text("127.8.0.0/16,CN\n127.0.0.0/16,US\n")
    (folder / "orders.toml").write_text(orders)
    with socket.socket() as probe:
        probe.bind((PROXY, 0))
        port = probe.getsockname()[1]
    environment = {"ORDERS": "orders.toml", "GEO": "cidr:geo.csv", "LEDGER": "ledger.jsonl", "MODE": mode, "PYTHONPATH": str(HERE)}
    command = [sys.executable, "-m", *(part.format(port=port) for part in SERVERS[name])]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **environment}, stderr=log, stdout=log)
    server = Server(name, port, process, folder)
    try:
        wait_for(lambda: listens(port), server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        print(f"--- log of {name}, mode {mode}\n{server.log}")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((PROXY, port)) == 0


@pytest.fixture(params=SERVERS)
def name(request) -> str:
    return request.param


def test_a_request_from_inside_is_answered_with_451_and_the_notice(name: str, tmp_path: Path) -> None:
    with running(name, tmp_path) as server:
        response, body = server.get(INSIDE, Accept_Language="zh-Hant-TW, en;q=0.5")
        problem = json.loads(body)
        assert (response.status, problem["detail"], problem["orders"]) == (451, "您无法从中国大陆加入。", ["cn-m2"])
        assert response.headers["Link"] == '<https://example.org/legal>; rel="blocked-by"'
        assert response.headers["Cache-Control"] == "no-store" and response.headers["Content-Language"] == "zh"
        assert server.get(INSIDE, method="HEAD")[0].status == 451
        for source, path in [(OUTSIDE, VIGIL), (RECORDER, VIGIL), (INSIDE, "/meet/another"), (INSIDE, "/")]:
            assert server.get(source, path)[0].status == 200, (source, path)
        wait_for(lambda: "refused: http, orders ['cn-m2']" in server.log, server)
    kinds = [json.loads(line)["verdict"] for line in (tmp_path / "ledger.jsonl").read_text().splitlines()[1:]]
    assert kinds == ["block-participant", "block-participant", "keep-meeting", "allow"]


FORGED = ["127.8.0.5", "127.0.0.2", "127.8.99.1", "127.0.0.2, 127.8.0.5", "::ffff:127.8.0.5", "unreadable"]


def test_a_forged_header_moves_nobody(name: str, tmp_path: Path) -> None:
    with running(name, tmp_path) as server:
        for forged in FORGED:
            for field in ("X_Forwarded_For", "Forwarded", "X_Real_IP", "X_Bailiwick_Address", "CF_Connecting_IP", "True_Client_IP"):
                value = {field: f"for={forged}" if field == "Forwarded" else forged}
                assert server.get(INSIDE, **value)[0].status == 451, value
                assert server.get(OUTSIDE, **value)[0].status == 200, value


def test_a_proxy_that_the_server_trusts_is_believed(tmp_path: Path) -> None:
    # uvicorn trusts 127.0.0.1 unless it is told otherwise.
    with running("uvicorn", tmp_path) as server:
        assert server.get(PROXY, X_Forwarded_For=INSIDE)[0].status == 451
        assert server.get(PROXY, X_Forwarded_For=f"{OUTSIDE}, {INSIDE}")[0].status == 451
        assert server.get(PROXY, X_Forwarded_For=f"{INSIDE}, {OUTSIDE}")[0].status == 200
        assert server.get(PROXY, X_Forwarded_For="unreadable")[0].status == 200
        wait_for(lambda: "gives no address of the client, but 'unreadable': admitted" in server.log, server)


async def refusal(server: Server, source: str, **fields: str) -> websockets.Response:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with server.join(source, **fields):
            pass
    return refused.value.response


def test_a_websocket_from_inside_is_refused(name: str, tmp_path: Path) -> None:
    async def scenario(server: Server) -> None:
        for forged in FORGED:
            response = await refusal(server, INSIDE, X_Forwarded_For=forged, Accept_Language="zh")
            # daphne cannot answer a WebSocket with anything else.
            assert response.status_code == (403 if name == "daphne" else 451)
            if name != "daphne":
                assert json.loads(response.body)["detail"] == "您无法从中国大陆加入。"
            async with server.join(OUTSIDE, X_Forwarded_For=forged) as outside:
                await outside.send("hello")
                assert await outside.recv() == "hello"

    with running(name, tmp_path) as server:
        asyncio.run(scenario(server))


async def says(speaker, listeners, text: str) -> None:
    await speaker.send(text)
    for listener in listeners:
        assert await asyncio.wait_for(listener.recv(), 10) == text


def test_an_order_in_mid_meeting_removes_whom_it_reaches_and_nobody_else(name: str, tmp_path: Path) -> None:
    async def scenario(server: Server) -> None:
        a, b = await server.join(OUTSIDE), await server.join("127.0.0.3")
        recorder, inside = await server.join(RECORDER), await server.join(INSIDE, Accept_Language="en")
        everybody = [a, b, recorder, inside]
        for speaker in everybody:
            await says(speaker, everybody, "before")

        await asyncio.to_thread(server.reload, ORDER)
        await asyncio.wait_for(inside.wait_closed(), 10)
        # daphne sends no reason.
        reason = "" if name == "daphne" else "You cannot join from mainland China."
        assert (inside.close_code, inside.close_reason) == (3003, reason)
        others = [a, b, recorder]
        for speaker in others:
            await says(speaker, others, "after")
        assert (await refusal(server, INSIDE)).status_code in (451, 403)

        await asyncio.to_thread(server.reload, NONE)
        async with server.join(INSIDE) as back:
            for speaker in [*others, back]:
                await says(speaker, [*others, back], "again")
        for participant in others:
            await participant.close()

    with running(name, tmp_path, orders=NONE) as server:
        asyncio.run(scenario(server))
        assert "removed: orders ['cn-m2']" in server.log and "refused: websocket, orders ['cn-m2']" in server.log
    kinds = [json.loads(line)["verdict"] for line in (tmp_path / "ledger.jsonl").read_text().splitlines()[1:]]
    assert kinds == ["allow", "allow", "allow", "block-participant", "block-participant", "allow"]


def test_without_a_policy_everybody_is_admitted_and_the_log_says_so(name: str, tmp_path: Path) -> None:
    with running(name, tmp_path, mode="missing") as server:
        assert server.get(INSIDE)[0].status == 200
        assert "there is no policy: everybody is admitted" in server.log
        wait_for(lambda: "there is no policy: admitted without asking" in server.log, server)


def test_without_the_middleware_everybody_is_admitted(name: str, tmp_path: Path) -> None:
    """So that the other tests are known to be about the middleware."""
    with running(name, tmp_path, mode="none") as server:
        assert server.get(INSIDE)[0].status == 200


def test_a_reload_that_widens_without_an_acknowledgement_removes_nobody(tmp_path: Path) -> None:
    with running("uvicorn", tmp_path, orders=NONE) as server:
        (tmp_path / "orders.toml").write_text(ORDER)
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "not reloaded: the new orders block people" in server.log, server)
        assert server.get(INSIDE)[0].status == 200
