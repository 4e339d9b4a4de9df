"""What the processes of one service tell each other, beside their journals.

Products seen, visitors erased, the snapshot that decides, the operator's switches.
"""

# Rules of this file: soft knowledge only; what may not be lost is in a journal. What is
# told is bounded: when Redis is away, the oldest sightings are dropped and counted.

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from engage.errors import SnapshotRejected
from engage.learning.snapshots import Snapshot
from engage.stores.journal_worker import WorkerJournal
from engage.stores.redis_board import FIRST, Board, Facts, News
from engage.street.shared_metrics import SharedInstruments
from engage.street.site import Site, Switches
from engage.telemetry import logger
from engage.wire.beacon import Item
from engage.wire.shop import CatalogItem

log = logger()
# Sightings that wait for their turn; at a thousand beacons a second, four of them.
_MOST: Final = 4_000

Adopt = Callable[[str, Snapshot], None]


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

    def tell(self, kind: str, body: Mapping[str, Any]) -> None:
        """Queue a message."""
        self._waiting.append((kind, {**body, "by": self.me}))
        while len(self._waiting) > _MOST:
            self._waiting.popleft()
            self.metrics.dropped.add("untold_sighting")

    async def step(self) -> bool:
        """Send what waits.

        Raises:
            StoreError: Redis does not answer; the messages wait on.
        """
        while self._waiting:
            kind, body = self._waiting[0]
            await self.board.post(self.site.key, kind, body)
            self._waiting.popleft()
        return False


@dataclass(slots=True, kw_only=True)
class Listener:
    """Follows the board for one shop.

    Attributes:
        me: names this process; its own messages are passed over.
        adopt: lets a snapshot decide; None for the learner, who makes them.
        journal: the worker's own; None for the learner.
    """

    board: Board
    site: Site
    me: str
    metrics: SharedInstruments
    adopt: Adopt | None = None
    journal: WorkerJournal | None = None
    _place: str = FIRST
    _tried: int = -1

    async def start(self) -> None:
        """Begin with the standing facts and all products; news from now on.

        Raises:
            StoreError: Redis does not answer.
        """
        self._place = await self.board.latest(self.site.key)
        for body in (await self.board.items(self.site.key)).values():
            self._put(body)
        await self.step()

    async def step(self) -> bool:
        """Take in what is new; return whether there may be more.

        Raises:
            StoreError: Redis does not answer.
        """
        key = self.site.key
        if self.adopt is not None:
            await self._heed(await self.board.facts(key), self.adopt)
        news = await self.board.news(key, after=self._place)
        for one in news:
            if one.body.get("by") != self.me:
                await self._hear(one)
            self._place = one.place
        return bool(news)

    async def _heed(self, facts: Facts, adopt: Adopt) -> None:
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
        if facts.number not in (-1, site.snapshot.number, self._tried):
            self._tried = facts.number
            await self._adopt(adopt)

    async def _adopt(self, adopt: Adopt) -> None:
        """Let the published snapshot decide; a bad one leaves the last good one."""
        body = await self.board.snapshot(self.site.key)
        if body is None:
            return
        try:
            snapshot = await asyncio.to_thread(Snapshot.decode, body)
        except SnapshotRejected as error:
            self.metrics.snapshot_rejected.add(error.reason)
            log.warning("snapshot.refused", reason=error.reason, detail=str(error))
            return
        adopt(self.site.key, snapshot)

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
            case "erased":
                await site.store.forget(site.key, body["visitor"])
                if self.journal is not None:
                    await asyncio.to_thread(
                        self.journal.erase_here,
                        site.key,
                        body["visitor"],
                        by_s=body["at_s"],
                    )
            case _:
                # A later release may tell more.
                return

    def _put(self, body: Mapping[str, Any]) -> None:
        plain = {name: value for name, value in body.items() if name != "at_s"}
        item = msgspec.convert(plain, CatalogItem)
        self.site.catalogue.put(item, at_s=body["at_s"])
