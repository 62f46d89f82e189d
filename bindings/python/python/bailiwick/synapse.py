"""A module for Synapse that keeps users out of rooms whom an order in force reaches, and removes them when one arrives.

Orders name rooms by their ids, such as `!abc:example.org`. Whom nothing can be asked about is admitted, logged and counted.
"""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from . import Atlas, Decision, Error, Ledger, LivePolicy, Policy

__all__ = ["Config", "Module"]

_log = logging.getLogger("bailiwick.synapse")


@dataclass(frozen=True)
class Config:
    """What is under `config` of the module in `homeserver.yaml`."""

    orders: str
    geo: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    min_sources: int = 1
    host_region: str | None = None
    exempt: frozenset[str] = frozenset()
    ledger: str | None = None
    key_file: str | None = None
    interval: float = 5.0
    seen_within: int = 600


class Module:
    """The module: `- module: bailiwick.synapse.Module`."""

    def __init__(self, config: Config, api: Any) -> None:
        from synapse.module_api import NOT_SPAM, errors

        self._config, self._api = config, api
        self._admit: Any = NOT_SPAM
        self._refuse: Any = errors.Codes.FORBIDDEN
        self.counts: Counter[str] = Counter()
        self._stamp: object = _stamp(config.orders)
        self._live: LivePolicy | None = None
        try:
            atlas = Atlas(config.geo, config.min_sources, config.exclude)
            self._live = LivePolicy(Policy.open(config.orders, atlas))
        except Error as error:
            # A server that is to be restarted at night starts. The configuration itself was checked before.
            _log.error("there is no policy, and everybody is admitted: %s", error)
        self._ledger: Ledger | None = None
        if config.ledger is not None and config.key_file is not None:
            with open(config.key_file, "rb") as file:
                self._ledger = Ledger(config.ledger, file.read())
        api.register_spam_checker_callbacks(user_may_join_room=self.user_may_join_room)
        api.looping_background_call(self._look, config.interval * 1000, desc="bailiwick")

    @staticmethod
    def parse_config(config: Mapping[str, Any]) -> Config:
        """Checks the configuration, so that a mistake in it is told at the start."""
        known = set(Config.__dataclass_fields__)
        for key in config:
            if key not in known:
                raise ValueError(f"bailiwick: there is no key `{key}`: use one of {', '.join(sorted(known))}")
        values = dict(config)
        for key in ("orders", "geo"):
            if not values.get(key):
                raise ValueError(f"bailiwick: `{key}` is missing: name the file")
        for key in ("geo", "exclude", "exempt"):
            value = values.get(key, ())
            if isinstance(value, str) or not all(isinstance(item, str) for item in value):
                raise ValueError(f"bailiwick: `{key}` must be a list of texts")
            values[key] = frozenset(value) if key == "exempt" else tuple(value)
        for key, least in (("interval", 0.05), ("seen_within", 1)):
            if key in values and not (isinstance(values[key], int | float) and values[key] >= least):
                raise ValueError(f"bailiwick: `{key}` must be a number of seconds, {least} or more")
        if (values.get("ledger") is None) != (values.get("key_file") is None):
            raise ValueError("bailiwick: `ledger` and `key_file` go together: give both, or none")
        return Config(**values)

    async def user_may_join_room(self, user: str, room: str, is_invited: bool) -> Any:
        """Called by Synapse when a local user is about to join a room."""
        decision = await self._decide(user, room, "join")
        if decision is None:
            return self._admit
        self._record(decision)
        if decision.admits:
            return self._admit
        _log.info("refused: %s, orders %s", room, decision.orders)
        return self._refuse, {"org.bailiwick.notice": decision.notice("en")}

    async def _decide(self, user: str, room: str, why: str) -> Decision | None:
        """The decision about a user, or `None` when nothing can be asked.

        Synapse knows from which addresses a user was seen, and not from which one this join comes. A user who was seen from an
        address that no order reaches is admitted.
        """
        if user in self._config.exempt:
            self.counts["exempt"] += 1
            return None
        if self._live is None:
            self._unasked("there is no policy")
            return None
        try:
            seen = await self._api.get_user_ip_and_agents(user, int(time.time()) - self._config.seen_within)
        except Exception:
            _log.exception("Synapse gives no addresses of a user")
            self._unasked("there are no addresses")
            return None
        decisions = []
        for address in {entry.ip for entry in seen}:
            try:
                decisions.append(self._live.decide(room, ip_address(address), self._config.host_region))
            except ValueError as error:
                self._unasked(f"the policy cannot be asked: {error}")
                return None
        if not decisions:
            if why == "join":
                self._unasked("the user was not seen of late")
            return None
        return next((decision for decision in decisions if decision.admits), decisions[0])

    def _unasked(self, reason: str) -> None:
        self.counts["unasked"] += 1
        _log.warning("%s: admitted without asking", reason)

    def _record(self, decision: Decision) -> None:
        self.counts[decision.kind] += 1
        if self._ledger is None:
            return
        try:
            self._ledger.record(decision)
        except Error as error:
            self.counts["unrecorded"] += 1
            _log.error("a decision is not recorded: %s", error)

    async def _look(self) -> None:
        """Reloads the orders when their file has changed, and removes whom an order reaches now."""
        self._reload()
        if self._live is None:
            return
        for room in self._live.policy.meetings:
            if room.startswith("!"):
                try:
                    await self._sweep(room)
                except Exception:
                    _log.exception("%s cannot be looked at", room)

    def _reload(self) -> None:
        stamp = _stamp(self._config.orders)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            if self._live is None:
                atlas = Atlas(self._config.geo, self._config.min_sources, self._config.exclude)
                self._live = LivePolicy(Policy.open(self._config.orders, atlas))
                _log.info("there is a policy now")
            else:
                _log.info("reloaded: %s", self._live.reload(self._config.orders))
        except Error as error:
            _log.error("not reloaded: %s", error)

    async def _sweep(self, room: str) -> None:
        members = await self._api.get_room_state(room, [("m.room.member", None)])
        for (_, user), event in members.items():
            if event.content.get("membership") != "join" or not self._api.is_mine(user):
                continue
            decision = await self._decide(user, room, "sweep")
            if decision is None or decision.admits:
                continue
            self._record(decision)
            _log.info("removed: %s, orders %s", room, decision.orders)
            reason = {"reason": decision.notice("en")}
            await self._api.update_room_membership(sender=user, target=user, room_id=room, new_membership="leave", content=reason)


def _stamp(path: str) -> object:
    """Tells whether a file or its acknowledgement was written."""

    def of(path: str) -> object:
        try:
            status = os.stat(path)
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    return of(path), of(path + ".acknowledged")
