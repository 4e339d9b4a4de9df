"""The way to a Redis Cluster: one way to each of its masters, found by the key's slot.

A cluster says itself when a slot has moved (`MOVED`) or is on its way (`ASK`); what it
answers so was not done and is sent on. A master that does not answer fails like a lone
Redis does, for its own slots only, until a replica has taken its place.
"""

# Rules of this file: one attempt a command, as `redis/link` has it; being sent on is no
# second one. The map of slots is looked up again after every failure, not before.

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    ClusterDownError,
    MovedError,
    NoScriptError,
    ResponseError,
    TryAgainError,
)

from engage.errors import StoreError
from engage.stores.redis.link import Command, Link, Script
from engage.telemetry import logger

log = logger()
# A command is sent on so often at most: a slot moves once, and is asked for once.
_SENT_ON: Final = 6
_PAUSE_S: Final = 0.02
# The map is not asked for more often than that while a master is away.
_LOOK_EVERY_S: Final = 0.25
_MOVED: Final = (MovedError, AskError, TryAgainError, ClusterDownError)

Place = tuple[str, int]


class ClusterLink(Link):
    """Ways to all masters of a cluster, each with its own lanes and breaker.

    Args:
        url: of any of its nodes; several hosts are separated by commas.
        patience_s: an answer may take so long at least, whatever the URL says.
        now: monotonic seconds; the event loop's by default.

    Raises:
        StoreError: the URL is none.
    """

    def __init__(
        self,
        url: str,
        *,
        patience_s: float = 0.0,
        now: Callable[[], float] | None = None,
    ) -> None:
        split = urlsplit(url)
        self._split, self._patience_s, self._clock = split, patience_s, now
        user, _, hosts = split.netloc.rpartition("@")
        self._user = f"{user}@" if user else ""
        self._seeds = [_place_of(host) for host in hosts.split(",")]
        # Bounded by the nodes that the cluster ever had.
        self._nodes: dict[Place, Link] = {}
        self._masters: dict[int, Place] = {}
        self._is_stale = True
        self._looked_s = -_LOOK_EVERY_S
        self._looking = asyncio.Lock()
        self._node(self._seeds[0])

    async def close(self) -> None:
        """Wait for what is under way and close all connections."""
        await asyncio.gather(*(node.close() for node in self._nodes.values()))

    async def ask(self, *commands: Command) -> list[Any]:
        """Send commands and return their answers, in order.

        Each goes to the master of its key; those of one master travel together.

        Raises:
            StoreError: a master does not answer, or refused one of them. Without an
                answer it may have done them all the same, and the others did theirs.
        """
        replies = await self.send(commands)
        for reply in replies:
            if isinstance(reply, ResponseError):
                raise StoreError(f"redis cluster refused: {reply}") from reply
        return replies

    async def ask_all(self, command: Command) -> list[Any]:
        """Send a command to every master and return their answers.

        Raises:
            StoreError: one of them does not answer, or refused it.
        """
        await self._look()
        masters = dict.fromkeys(self._masters.values())
        asked = [self._node(place).ask(command) for place in masters]
        return [answer for (answer,) in await asyncio.gather(*asked)]

    async def run_after(
        self,
        before: Sequence[Command],
        script: Script,
        keys: Sequence[str],
        *arguments: str | bytes | float,
        in_haste: bool = False,
    ) -> list[Any]:
        """Send commands and then a script, as `Link` does."""
        first = await self.ask(*before) if before else []
        rest = (len(keys), *keys, *arguments)
        asked = (("EVALSHA", script.digest, *rest),)
        (reply,) = await self.send(asked, in_haste=in_haste)
        if isinstance(reply, NoScriptError):
            # A new or restarted server: EVAL runs it and teaches it.
            return [*first, *await self.ask(("EVAL", script.source, *rest))]
        if isinstance(reply, ResponseError):
            raise StoreError(f"redis cluster refused: {reply}") from reply
        return [*first, reply]

    async def send(
        self, commands: Sequence[Command], *, in_haste: bool = False
    ) -> list[Any]:
        """Send commands; refusals are among the answers, as exceptions.

        Args:
            commands: in order, of as many masters as need be.
            in_haste: as `Link` has it, for each of the masters.

        Raises:
            StoreError: a master does not answer.
        """
        replies: list[Any] = [None] * len(commands)
        waiting = list(range(len(commands)))
        for _ in range(_SENT_ON):
            await self._look()
            await self._deliver(commands, waiting, replies, in_haste=in_haste)
            waiting = [n for n in waiting if isinstance(replies[n], _MOVED)]
            if not waiting:
                break
            for number in waiting:
                replies[number] = await self._sent_on(commands[number], replies[number])
            waiting = [n for n in waiting if isinstance(replies[n], _MOVED)]
        return replies

    async def _deliver(
        self,
        commands: Sequence[Command],
        waiting: list[int],
        replies: list[Any],
        *,
        in_haste: bool,
    ) -> None:
        """Send some of the commands to their masters; note the answers.

        Raises:
            StoreError: one of the masters does not answer.
        """
        by_place: dict[Place, list[int]] = {}
        for number in waiting:
            by_place.setdefault(self._master(commands[number]), []).append(number)
        sent = [
            self._node(place).send([commands[n] for n in numbers], in_haste=in_haste)
            for place, numbers in by_place.items()
        ]
        found = await asyncio.gather(*sent, return_exceptions=True)
        for numbers, answers in zip(by_place.values(), found, strict=True):
            if isinstance(answers, BaseException):
                self._is_stale = True
                continue
            for number, answer in zip(numbers, answers, strict=True):
                replies[number] = answer
        failed = [one for one in found if isinstance(one, BaseException)]
        if failed:
            raise failed[0]

    async def _sent_on(self, command: Command, reply: Any) -> Any:
        """Follow a redirection; a slot that is nowhere yet is worth a short wait."""
        if isinstance(reply, AskError):
            node = self._node((reply.host, reply.port))
            return (await node.send([("ASKING",), command]))[-1]
        if isinstance(reply, MovedError):
            self._masters[reply.slot_id] = (reply.host, reply.port)
            self._is_stale = True
        await asyncio.sleep(_PAUSE_S)
        return reply

    def _master(self, command: Command) -> Place:
        slot = _slot_of(command)
        if slot is None:
            return next(iter(self._masters.values()), self._seeds[0])
        place = self._masters.get(slot)
        if place is None:
            raise StoreError(f"redis cluster has no master for slot {slot}")
        return place

    def _node(self, place: Place) -> Link:
        if place not in self._nodes:
            split = self._split
            where = f"{self._user}{place[0]}:{place[1]}"
            url = urlunsplit((split.scheme, where, "", split.query, ""))
            self._nodes[place] = Link(url, patience_s=self._patience_s, now=self._clock)
        return self._nodes[place]

    async def _look(self) -> None:
        """Learn which master has which slot, if that may have changed.

        Raises:
            StoreError: no node answers, and nothing is known.
        """
        now_s = asyncio.get_running_loop().time()
        if not self._is_stale or now_s - self._looked_s < _LOOK_EVERY_S:
            return
        async with self._looking:
            if not self._is_stale or now_s < self._looked_s:
                return
            self._looked_s = now_s
            for place in dict.fromkeys([*self._masters.values(), *self._seeds]):
                try:
                    (rows,) = await self._node(place).ask(("CLUSTER", "SLOTS"))
                except StoreError:
                    continue
                self._masters = _masters(rows, asked=place)
                self._is_stale = False
                return
        if not self._masters:
            raise StoreError("no node of the redis cluster answers")


def connect(
    url: str,
    *,
    is_cluster: bool,
    patience_s: float = 0.0,
    now: Callable[[], float] | None = None,
) -> Link:
    """Return the way to a lone Redis or to a cluster.

    Raises:
        StoreError: the URL is none.
    """
    kind = ClusterLink if is_cluster else Link
    return kind(url, patience_s=patience_s, now=now)


def _slot_of(command: Command) -> int | None:
    """Return the slot of a command's key, or None if it has no key.

    >>> _slot_of(("GET", "engage:chat:{pk_demo}")) == _slot_of(("GET", "{pk_demo}"))
    True
    >>> _slot_of(("EVALSHA", "ab", 1, "{pk_demo}")) == _slot_of(("GET", "{pk_demo}"))
    True
    >>> _slot_of(("PING",)) is None
    True
    """
    place = 3 if command[0] in {"EVALSHA", "EVAL"} else 1
    if len(command) <= place:
        return None
    key = command[place]
    return int(key_slot(key if isinstance(key, bytes) else str(key).encode()))


def _masters(rows: Sequence[Any], *, asked: Place) -> dict[int, Place]:
    """Return the master of each slot; a node may not know its own name."""
    found: dict[int, Place] = {}
    for start, end, (host, port, *_), *_ in rows:
        name = host.decode() if isinstance(host, bytes) else str(host or "")
        place = (name or asked[0], int(port))
        found |= dict.fromkeys(range(int(start), int(end) + 1), place)
    return found


def _place_of(text: str) -> Place:
    host, _, port = text.rpartition(":")
    return (host, int(port)) if host and port.isdecimal() else (text, 6379)
