"""An application of the tests: meetings in which everybody hears everybody, behind the middleware, or without it."""

import asyncio
import logging
import os
import signal
import sys

import bailiwick
from bailiwick.asgi import Middleware

logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(name)s %(levelname)s %(message)s")

meetings: dict[str, set[asyncio.Queue]] = {}


async def meet(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"welcome"})
    elif scope["type"] == "websocket":
        await (hold(scope, receive, send))


async def hold(scope, receive, send):
    """Passes what each participant says on to all."""
    present = meetings.setdefault(scope["path"], set())
    heard = asyncio.Queue()

    async def listen():
        while True:
            await send({"type": "websocket.send", "text": await heard.get()})

    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    present.add(heard)
    listening = asyncio.create_task(listen())
    try:
        while (message := await receive())["type"] == "websocket.receive":
            for other in present:
                other.put_nowait(message["text"])
    finally:
        present.discard(heard)
        listening.cancel()


ORDERS = os.environ.get("ORDERS")
mode = os.environ.get("MODE", "policy")
if mode == "policy":
    live = bailiwick.LivePolicy(bailiwick.Policy.open(ORDERS, bailiwick.Atlas([os.environ["GEO"]])))

    def reload(*_):
        try:
            logging.info("reloaded: %s", live.reload(ORDERS))
        except bailiwick.Error as error:
            logging.error("not reloaded: %s", error)

    signal.signal(signal.SIGHUP, reload)
else:
    live = None

app = meet
if mode != "none":
    app = Middleware(
        meet,
        live,
        meeting=r"^/meet/(?P<meeting>[^/]+)",
        host="US",
        exempt=["127.8.99.0/24"],
        ledger=bailiwick.Ledger(os.environ["LEDGER"], bytes(range(32))),
        interval=0.1,
        blocked_by="https://example.org/legal",
    )
