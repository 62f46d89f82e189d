"""The ASGI middleware without a server. `connectors/asgi/test` asks it in running ones."""

import asyncio
import json
import logging
import re
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from conftest import CN, US, Compile

from bailiwick import Ledger, LivePolicy, Policy
from bailiwick.asgi import Middleware

Message = MutableMapping[str, Any]


async def app(scope: Message, receive: Callable[[], Any], send: Callable[[Message], Any]) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"welcome"})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": "heard"})
        await send({"type": "websocket.close"})
    else:
        await send({"type": scope["type"]})


def scope(kind: str = "http", client: Any = (CN, 1), path: str = "/meet/vigil", **more: Any) -> dict[str, Any]:
    return {"type": kind, "method": "GET", "path": path, "client": client, "headers": [], **more}


def ask(middleware: Middleware, about: dict[str, Any]) -> list[Message]:
    sent: list[Message] = []
    messages: list[Message] = [{"type": f"{about['type']}.connect"}, {"type": f"{about['type']}.disconnect"}]

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(middleware(about, receive, send))
    return sent


def guarded(policy: Policy | LivePolicy | None, **more: Any) -> Middleware:
    return Middleware(app, policy, meeting=r"^/meet/(?P<meeting>[^/]+)", **{"host": "US", **more})


def test_who_is_reached_is_answered_with_451_and_others_are_let_through(policy: Policy) -> None:
    middleware = guarded(policy, blocked_by="https://example.org/legal")
    start, body = ask(middleware, scope(headers=[(b"accept-language", b"zh")]))
    fields = dict(start["headers"])
    assert start["status"] == 451 and json.loads(body["body"])["detail"] == "您无法从中国大陆加入。"
    assert fields[b"link"] == b'<https://example.org/legal>; rel="blocked-by"'
    assert int(fields[b"content-length"]) == len(body["body"])
    assert ask(middleware, scope(method="HEAD"))[1]["body"] == b""
    for other in [scope(client=(US, 1)), scope(path="/meet/another"), scope(path="/"), scope("lifespan")]:
        assert ask(middleware, other)[0].get("status", 200) == 200
    assert middleware.counts == {"block-participant": 2, "keep-meeting": 1, "allow": 1}


def test_a_websocket_is_refused_with_451_where_the_server_can(policy: Policy) -> None:
    sent = ask(guarded(policy), scope("websocket", extensions={"websocket.http.response": {}}))
    assert [message["type"] for message in sent] == ["websocket.http.response.start", "websocket.http.response.body"]
    assert sent[0]["status"] == 451
    nothing: list[dict[str, object] | None] = [{}, None]
    for extensions in nothing:
        sent = ask(guarded(policy), scope("websocket", extensions=extensions))
        assert [message["type"] for message in sent] == ["websocket.close"]
    assert ask(guarded(policy), scope("websocket", client=(US, 1)))[0]["type"] == "websocket.accept"


@pytest.mark.parametrize("client", [None, ("", 0), ("testclient", 1), ("/run/socket", None), ("203.0.113.7%eth0", 1), ("::ffff:203.0.113.7%eth0", 1)])
def test_whom_nothing_can_be_asked_about_is_admitted_and_counted(policy: Policy, client: Any, caplog: pytest.LogCaptureFixture) -> None:
    middleware = guarded(policy)
    assert ask(middleware, scope(client=client))[0]["status"] == 200
    assert middleware.counts == {"unasked": 1} and "admitted without asking" in caplog.text


def test_a_mapped_address_and_one_with_a_zone_are_read(policy: Policy) -> None:
    assert ask(guarded(policy), scope(client=(f"::ffff:{CN}", 1)))[0]["status"] == 451
    assert ask(guarded(policy), scope(client=("fe80::1%eth0", 1)))[0]["status"] == 200
    assert ask(guarded(policy, exempt=["203.0.113.0/24"]), scope(client=(f"::ffff:{CN}", 1)))[0]["status"] == 200


def test_a_missing_policy_admits_everybody(caplog: pytest.LogCaptureFixture) -> None:
    middleware = guarded(None)
    assert ask(middleware, scope())[0]["status"] == 200
    assert "there is no policy: everybody is admitted" in caplog.text and middleware.counts == {"unasked": 1}


def test_a_function_that_fails_admits(policy: Policy, caplog: pytest.LogCaptureFixture) -> None:
    def fails(scope: Message) -> str:
        raise KeyError("no meeting")

    wrong: list[dict[str, Any]] = [{"meeting": fails}, {"host": fails}, {"account": fails}, {"host": "UK"}]
    for more in wrong:
        arguments: dict[str, Any] = {"meeting": lambda scope: "vigil", "host": "US", **more}
        middleware = Middleware(app, policy, **arguments)
        assert ask(middleware, scope())[0]["status"] == 200
        assert middleware.counts == {"unasked": 1}
    assert "admitted without asking" in caplog.text


def test_meeting_host_and_account_may_be_functions(policy: Policy) -> None:
    async def account(scope: Message) -> str | None:
        return "host-1" if scope["path"] == "/hosted" else None

    middleware = Middleware(app, policy, meeting=lambda scope: "of no order", host=lambda scope: "US", account=account)
    assert ask(middleware, scope(path="/hosted"))[0]["status"] == 451
    assert ask(middleware, scope(path="/other"))[0]["status"] == 200
    middleware = Middleware(app, policy, meeting=re.compile("(?P<meeting>vigil)$"))
    assert ask(middleware, scope())[0]["status"] == 451


def test_header_fields_move_nobody(policy: Policy) -> None:
    for name in [b"x-forwarded-for", b"forwarded", b"x-real-ip", b"x-bailiwick-address"]:
        for forged in [CN, US]:
            headers = [(name, forged.encode())]
            assert ask(guarded(policy), scope(headers=headers))[0]["status"] == 451
            assert ask(guarded(policy), scope(client=(US, 1), headers=headers))[0]["status"] == 200


def test_decisions_are_recorded_and_a_ledger_that_fails_admits(policy: Policy, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl", bytes(range(32)))
    middleware = guarded(policy, ledger=ledger)
    ask(middleware, scope())
    ask(middleware, scope(client=(US, 1)))
    ledger.close()
    assert ask(middleware, scope(client=(US, 1)))[0]["status"] == 200
    assert middleware.counts["unrecorded"] == 1 and "not recorded" in caplog.text
    lines = (tmp_path / "ledger.jsonl").read_text().splitlines()
    assert [json.loads(line)["verdict"] for line in lines[1:]] == ["block-participant", "keep-meeting"]


def test_a_sweep_removes_whom_an_order_reaches_now(policy: Policy, compile: Compile, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    live = LivePolicy(compile('[[orders]]\nid = "o"\nissuer = "US"\nmeetings = ["another"]\nstatus = "in-force"'))
    middleware = guarded(live, interval=60)

    async def connect(address: str, sent: list[Message]) -> tuple[asyncio.Task[None], "asyncio.Queue[Message]"]:
        incoming: asyncio.Queue[Message] = asyncio.Queue()
        incoming.put_nowait({"type": "websocket.connect"})

        async def send(message: Message) -> None:
            sent.append(message)

        task = asyncio.create_task(middleware(scope("websocket", (address, 1)), incoming.get, send))
        incoming.put_nowait({"type": "websocket.receive"})
        while len(sent) < 2:
            await asyncio.sleep(0)
        return task, incoming

    async def scenario() -> None:
        inside: list[Message] = []
        outside: list[Message] = []
        (removed, _), (stays, incoming) = await connect(CN, inside), await connect(US, outside)
        assert await middleware.sweep() == 0
        live.replace(policy, unless_wider=False)
        assert await middleware.sweep() == 1 and await middleware.sweep() == 0
        await asyncio.wait_for(removed, 5)
        # One end, whatever the application sends after it.
        assert [message["type"] for message in inside] == ["websocket.accept", "websocket.send", "websocket.close"]
        assert inside[-1] == {"type": "websocket.close", "code": 3003, "reason": "You cannot join from mainland China."}
        assert not stays.done() and len(outside) == 2
        incoming.put_nowait({"type": "websocket.receive"})
        incoming.put_nowait({"type": "websocket.disconnect"})
        await asyncio.wait_for(stays, 5)
        assert [message["type"] for message in outside[2:]] == ["websocket.send", "websocket.close"]
        assert middleware._watcher is not None
        middleware._watcher.cancel()

    asyncio.run(scenario())
    assert "removed: orders ['cn-m2']" in caplog.text
    assert middleware.counts == {"allow": 2, "block-participant": 1}


def test_the_reason_of_an_end_is_cut_at_a_character(compile: Compile) -> None:
    order = '[[orders]]\nid="o"\nissuer="CN"\nmeetings=["vigil"]\nstatus="in-force"\nnotice={zh="' + "无" * 100 + '"}'
    (close,) = ask(guarded(compile(order)), scope("websocket"))
    assert close["reason"] == "无" * 41


def test_a_configuration_that_cannot_work_is_an_error(policy: Policy) -> None:
    with pytest.raises(ValueError, match="named `meeting`"):
        Middleware(app, policy, meeting="^/meet/")
    with pytest.raises(ValueError, match="interval"):
        guarded(policy, interval=0)
    with pytest.raises(TypeError, match="policy"):
        guarded("orders.toml")  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        guarded(policy, exempt=["203.0.113.7/24"])
