"""What the processes of one service tell each other, beside their journals.

Products seen, visitors erased, the snapshot that decides, the operator's switches.
"""

# Rules of this file: soft knowledge only; what may not be lost is in a journal. What is
# told is bounded: when Redis is away, the oldest sightings are dropped and counted.

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, Protocol

import msgspec

from engage.errors import SnapshotRejected
from engage.learning.snapshots import Snapshot
from engage.learning.trials.challenge import Challenge
from engage.stores.journal.worker import WorkerJournal
from engage.stores.redis.board import AT_ONCE, FIRST, Board, Facts, News
from engage.street.shared_metrics import SharedInstruments
from engage.street.site import Site, Switches
from engage.street.vigil import Vigil
from engage.telemetry import logger
from engage.wire.beacon import Item
from engage.wire.shop import CatalogItem

log = logger()
# Sightings that wait for their turn, and other news; at a thousand beacons a second,
# four seconds of them.
_MOST: Final = 4_000


class Adopts(Protocol):
    """What lets the learner's models decide in this process."""

    def adopt(self, site: str, snapshot: Snapshot) -> None:
        """Let a snapshot decide from the next beacon on."""
        ...

    def adopt_trial(self, site: str, challenge: Challenge) -> None:
        """Let a trial's stage hold from the next beacon on."""
        ...


@dataclass(slots=True, kw_only=True)
class Teller:
    """Tells the others what was seen here; `tell` never waits.

    Attributes:
        me: names this process.
    """

    board: Board
    site: Site
    me: str
    metrics: SharedInstruments
    _waiting: deque[tuple[str, dict[str, Any]]] = field(default_factory=deque)
    # Apart, so that what pages tell does not push out what the shop's server said.
    _seen: deque[tuple[str, dict[str, Any]]] = field(default_factory=deque)

    def tell(self, kind: str, body: Mapping[str, Any]) -> None:
        """Queue a message."""
        waiting = self._seen if kind == "seen" else self._waiting
        waiting.append((kind, {**body, "by": self.me}))
        while len(waiting) > _MOST:
            waiting.popleft()
            self.metrics.dropped.add("untold_sighting")

    async def step(self) -> bool:
        """Send what waits.

        Raises:
            StoreError: Redis does not answer; the messages wait on.
        """
        while waiting := self._waiting or self._seen:
            some = list(islice(waiting, AT_ONCE))
            await self.board.post_all(self.site.key, some)
            for sent in some:
                # Unless it was dropped meanwhile, to make room.
                if waiting and waiting[0] is sent:
                    waiting.popleft()
        return False


@dataclass(slots=True, kw_only=True)
class Listener:
    """Follows the board for one shop.

    Attributes:
        me: names this process; its own messages are passed over.
        heir: takes over what the learner publishes; None for the learner itself.
        journal: the worker's own; None for the learner.
        vigil: the worker's; None for the learner.
    """

    board: Board
    site: Site
    me: str
    metrics: SharedInstruments
    heir: Adopts | None = None
    journal: WorkerJournal | None = None
    vigil: Vigil | None = None
    _is_begun: bool = False
    _place: str = FIRST
    _tried: int = -1
    _trial: str = ""

    async def start(self) -> None:
        """Begin with the standing facts and all products; news from now on, once.

        Who was erased while this process was away is erased here, too, and taken out
        of what its journal has just brought back.

        Raises:
            StoreError: Redis does not answer.
        """
        if self._is_begun:
            return
        self._place = await self.board.latest(self.site.key)
        for visitor in await self._erase(await self.board.erasures(self.site.key)):
            await self.site.store.forget(self.site.key, visitor)
        async for some in self.board.items(self.site.key):
            for body in some.values():
                self._put(body)
        await self.step()
        self._is_begun = True

    async def step(self) -> bool:
        """Take in what is new; return whether there may be more.

        Raises:
            StoreError: Redis does not answer.
        """
        key = self.site.key
        if self.heir is not None:
            await self._heed(await self.board.facts(key), self.heir)
        news = await self.board.news(key, after=self._place)
        for one in news:
            if one.body.get("by") != self.me:
                await self._hear(one)
            self._place = one.place
        return len(news) == AT_ONCE

    async def _heed(self, facts: Facts, heir: Adopts) -> None:
        site = self.site
        if facts.started_at_s is not None:
            site.started_at_s = facts.started_at_s
        if facts.switches is not None:
            stands = Switches(
                all_paused=facts.switches["all_paused"],
                paused=frozenset(facts.switches["paused"]),
            )
            if stands != site.switches:
                site.switches = stands
        if self.vigil is not None:
            self.vigil.hear(facts.alive_s)
        wanted = facts.trial if self._is_watched() else ""
        # Noted once they are done: what Redis did not answer is asked for again.
        if wanted != self._trial:
            await self._try(wanted, heir)
            self._trial = wanted
        if facts.number not in (-1, site.snapshot.number, self._tried):
            await self._adopt(heir)
            self._tried = facts.number

    def _is_watched(self) -> bool:
        return self.vigil is None or self.vigil.is_watched

    async def _try(self, mark: str, heir: Adopts) -> None:
        """Let a trial's stage hold; one that cannot be read is not tried here."""
        body = await self.board.trial(self.site.key) if mark else None
        if body is None:
            self.site.challenger = None
            return
        try:
            challenge = await asyncio.to_thread(Challenge.decode, body)
        except SnapshotRejected as error:
            self._refuse(error)
            self.site.challenger = None
            return
        heir.adopt_trial(self.site.key, challenge)

    async def _adopt(self, heir: Adopts) -> None:
        """Let the published snapshot decide; a bad one leaves the last good one."""
        body = await self.board.snapshot(self.site.key)
        if body is None:
            return
        try:
            snapshot = await asyncio.to_thread(Snapshot.decode, body)
        except SnapshotRejected as error:
            self._refuse(error)
            return
        heir.adopt(self.site.key, snapshot)

    def _refuse(self, error: SnapshotRejected) -> None:
        self.metrics.snapshot_rejected.of(self.site.key).add(error.reason)
        named = {"site": self.site.key, "reason": error.reason}
        log.warning("snapshot.refused", **named, detail=str(error))

    async def _hear(self, news: News) -> None:
        site, body = self.site, news.body
        match news.kind:
            case "seen":
                for plain, link in body["items"]:
                    item = msgspec.convert(plain, Item)
                    site.catalogue.observe(item, at_s=body["at_s"], link=link)
                for recent, shown in body["viewed"]:
                    site.coviews.learn(recent, shown, at_s=body["at_s"])
            case "items":
                for one in body["items"]:
                    self._put(one)
                # Of a feed there are hundreds of these: beacons come between.
                await asyncio.sleep(0)
            case "spent":
                tried = site.challenger
                if tried is not None and tried.candidate == body["candidate"]:
                    pool, cents = body["pool"], body["cents"]
                    tried.hear_spent(pool, cents, is_own=body["is_own"])
            case "erased":
                await site.store.forget(site.key, body["visitor"])
                await self._erase({body["visitor"]: body["at_s"]})
            case _:
                # A later release may tell more.
                return

    async def _erase(self, wishes: Mapping[str, float]) -> list[str]:
        """Erase visitors from this process's own journal; return who was in it."""
        if self.journal is None:
            return []
        return await asyncio.to_thread(self.journal.erase_here, self.site.key, wishes)

    def _put(self, body: Mapping[str, Any]) -> None:
        plain = {name: value for name, value in body.items() if name != "at_s"}
        item, at_s = msgspec.convert(plain, CatalogItem), body["at_s"]
        known = self.site.catalogue.get(item.item_id)
        # Two may have been told at once; what is said later holds, here and there.
        if known is None or (known.fed_at_s or 0.0) <= at_s:
            self.site.catalogue.put(item, at_s=at_s)
