"""Keeps participants out of meetings whom an order in force reaches, at the edge of an ASGI application.

A blocked request is answered with status 451 and the notice; so is a WebSocket, where the server can do that. WebSockets that are
open are asked about again and again, so that an order that arrives, or a time that comes, removes those it reaches, and nobody else.
Whom nothing can be asked about is admitted, logged and counted.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from ipaddress import IPv4Address, IPv6Address, IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from . import Decision, Error, Ledger, LivePolicy, Policy

__all__ = ["Middleware"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Find = Callable[[Scope], "str | None | Awaitable[str | None]"]

_log = logging.getLogger("bailiwick.asgi")

# "Forbidden" in IANA's registry of WebSocket close codes (RFC 6455, section 11.7). daphne sends no code from 1001 to 2999.
_FORBIDDEN = 3003

# The most bytes of a reason (RFC 6455, section 5.5).
_MAX_REASON = 123


class Middleware:
    """Wraps an ASGI application.

    `meeting` finds the id of the meeting that a request is about: a function of the scope, which may be async, or a regular
    expression with a group named `meeting` for the path (percent-decoded, as ASGI has it). `None` is about no meeting, and passes.
    `host` is the home region of the hosts' accounts, `account` the account that hosts the meeting: a text, or a function likewise.

    The address is `scope["client"]`, as the server sees it. Header fields are never read for it: let the server take them from
    proxies that it trusts, such as with uvicorn's `--forwarded-allow-ips`.

    `exempt` are the networks of services of your own, such as recorders. `ledger` records each decision. WebSockets that are open
    are asked about every `interval` seconds. `blocked_by` is a URI of yours for the `Link` of a refusal (RFC 7725).
    """

    def __init__(
        self,
        app: App,
        policy: Policy | LivePolicy | None,
        *,
        meeting: Find | str | re.Pattern[str],
        host: Find | str | None = None,
        account: Find | str | None = None,
        exempt: Iterable[str | IPv4Network | IPv6Network] = (),
        ledger: Ledger | None = None,
        interval: float = 1.0,
        blocked_by: str = "",
    ) -> None:
        if not isinstance(policy, Policy | LivePolicy | None):
            raise TypeError(f"policy must be a Policy, a LivePolicy or None, not {type(policy).__name__}")
        if not interval > 0:
            raise ValueError(f"interval is {interval}: give a number of seconds above 0")
        self.app = app
        self.policy = policy
        self.ledger = ledger
        self.counts: Counter[str] = Counter()
        self._meeting = _finder_of_path(meeting)
        self._host = _finder(host)
        self._account = _finder(account)
        self._exempt = [ip_network(network) for network in exempt]
        self._interval = interval
        self._blocked_by = blocked_by
        self._open: set[_Session] = set()
        self._watcher: asyncio.Task[None] | None = None
        if policy is None:
            _log.error("there is no policy: everybody is admitted")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        session = await self._ask(scope)
        if session is None:
            return await self.app(scope, receive, send)
        decision = self._decide(session)
        self._record(decision)
        if decision is not None and not decision.admits:
            _log.info("refused: %s, orders %s", scope["type"], decision.orders)
            return await self._refuse(scope, receive, send, decision)
        if scope["type"] == "http":
            return await self.app(scope, receive, send)
        await self._carry(session, scope, receive, send)

    async def _ask(self, scope: Scope) -> _Session | None:
        """The question about a request, or `None` when it is about no meeting or nothing can be asked."""
        try:
            meeting = await _found(self._meeting, scope)
            if meeting is None:
                return None
            host, account = await _found(self._host, scope), await _found(self._account, scope)
        except Exception:
            _log.exception("the meeting cannot be found: admitted without asking")
            self.counts["unasked"] += 1
            return None
        client = scope.get("client")
        address = str(client[0]) if client else ""
        try:
            ip = ip_address(address)
        except ValueError:
            self._unasked("the server gives no address of the client, but %r", address)
            return None
        if isinstance(ip, IPv6Address) and ip.scope_id is None and ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        if any(ip in network for network in self._exempt):
            self.counts["exempt"] += 1
            return None
        return _Session(meeting, ip, host, account, scope)

    def _unasked(self, reason: str, *arguments: object) -> None:
        _log.warning(reason + ": admitted without asking", *arguments)
        self.counts["unasked"] += 1

    def _decide(self, session: _Session) -> Decision | None:
        """The decision, or `None` when nothing can be asked."""
        if self.policy is None:
            self._unasked("there is no policy")
            return None
        try:
            decision = self.policy.decide(session.meeting, session.ip, session.host, account=session.account)
        except (Error, TypeError) as error:
            self._unasked("the policy cannot be asked: %s", error)
            return None
        return decision

    def _record(self, decision: Decision | None) -> None:
        if decision is None:
            return
        self.counts[decision.kind] += 1
        if self.ledger is None:
            return
        try:
            self.ledger.record(decision)
        except Error as error:
            self.counts["unrecorded"] += 1
            _log.error("a decision is not recorded: %s", error)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, decision: Decision) -> None:
        status, fields, body = _refusal(scope, decision, self._blocked_by)
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": status, "headers": fields})
            await send({"type": "http.response.body", "body": body})
            return
        # A server takes no answer before it has announced the connection.
        await receive()
        if "websocket.http.response" in (scope.get("extensions") or {}):
            await send({"type": "websocket.http.response.start", "status": status, "headers": fields})
            await send({"type": "websocket.http.response.body", "body": body})
        else:
            await send(_close(scope, decision))

    async def _carry(self, session: _Session, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs the application with a WebSocket that can be taken from it."""
        session.connect(receive, send)
        self._open.add(session)
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch())
        try:
            await self.app(scope, session.receive, session.send)
        finally:
            self._open.discard(session)

    async def _watch(self) -> None:
        while self._open:
            await asyncio.sleep(self._interval)
            try:
                await self.sweep()
            except Exception:
                _log.exception("the open WebSockets cannot be asked about")

    async def sweep(self) -> int:
        """Asks about all open WebSockets now, and removes whom an order reaches. Returns how many that were."""
        removed = 0
        for session in list(self._open):
            decision = self._decide(session)
            if decision is None or decision.admits:
                continue
            self._open.discard(session)
            self._record(decision)
            _log.info("removed: orders %s", decision.orders)
            await session.remove(_close(session.scope, decision))
            removed += 1
        return removed


class _Session:
    """One connection of a participant."""

    def __init__(self, meeting: str, ip: IPv4Address | IPv6Address, host: str | None, account: str | None, scope: Scope) -> None:
        self.meeting, self.ip, self.host, self.account, self.scope = meeting, ip, host, account, scope

    def connect(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._removed = asyncio.Event()
        self._sending = asyncio.Lock()
        self._closed = False

    async def receive(self) -> Message:
        """What the server receives, until the participant is removed."""
        if not self._removed.is_set():
            incoming = asyncio.ensure_future(self._receive())
            removed = asyncio.ensure_future(self._removed.wait())
            try:
                await asyncio.wait({incoming, removed}, return_when=asyncio.FIRST_COMPLETED)
                if incoming.done():
                    return incoming.result()
            finally:
                removed.cancel()
                if not incoming.done():
                    incoming.cancel()
        return {"type": "websocket.disconnect", "code": _FORBIDDEN}

    async def send(self, message: Message) -> None:
        """Sends for the application, until the participant is removed."""
        async with self._sending:
            if self._closed:
                return
            self._closed = message["type"] == "websocket.close"
            await self._send(message)

    async def remove(self, close: Message) -> None:
        try:
            await asyncio.wait_for(self.send(close), timeout=5)
        except Exception as error:
            # A connection that does not take it is as good as closed. The others are still to be asked about.
            _log.warning("a connection did not take its end: %r", error)
        self._closed = True
        self._removed.set()


def _finder(value: Find | str | None) -> Find:
    return value if callable(value) else lambda scope: value


def _finder_of_path(value: Find | str | re.Pattern[str]) -> Find:
    if callable(value):
        return value
    pattern = re.compile(value)
    if "meeting" not in pattern.groupindex:
        raise ValueError(f"{pattern.pattern!r} has no group named `meeting`: write one, as in '^/meet/(?P<meeting>[^/]+)'")

    def find(scope: Scope) -> str | None:
        match = pattern.search(scope["path"])
        return match["meeting"] if match else None

    return find


async def _found(find: Find, scope: Scope) -> str | None:
    found = find(scope)
    return await found if inspect.isawaitable(found) else found


def _languages(scope: Scope) -> str:
    values = [value for name, value in scope.get("headers", ()) if name.lower() == b"accept-language"]
    return b", ".join(values).decode("ascii", "replace")


def _refusal(scope: Scope, decision: Decision, blocked_by: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    refusal = decision.http_refusal(_languages(scope), blocked_by)
    assert refusal is not None, "only who is blocked is refused"
    status, fields, text = refusal
    body = text.encode()
    headers = [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in fields]
    if scope.get("method") == "HEAD":
        return status, headers, b""
    return status, [*headers, (b"content-length", str(len(body)).encode("ascii"))], body


def _close(scope: Scope, decision: Decision) -> Message:
    """The end of a WebSocket, with the beginning of the notice, cut at a character."""
    notice = (decision.notice(_languages(scope)) or "").partition("\n")[0]
    reason = notice.encode()[:_MAX_REASON].decode(errors="ignore")
    return {"type": "websocket.close", "code": _FORBIDDEN, "reason": reason}
