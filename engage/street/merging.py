"""The journals of all workers become one ledger, and what follows is done."""

# Rules of this file: a batch is merged whole, with its offset, or not at all. What is
# done after that can be done again at the next start: nothing of it exists only here.

from __future__ import annotations

import asyncio
import math
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from engage.errors import StoreError
from engage.stores.journal.ledger import LedgerJournal
from engage.stores.journal.worker import FORGET
from engage.stores.records import Body, Entry, Record
from engage.stores.redis.board import ERASED, Board
from engage.stores.redis.streams import AT_ONCE, Inlet, unpack
from engage.street.ending import together
from engage.street.joining import claim_by_purchase
from engage.street.shared_metrics import SharedInstruments
from engage.street.site import Site
from engage.telemetry import logger
from engage.wire.shop import CatalogItem

log = logger()
# Names of workers are looked up again after so many steps.
_LOOK_EVERY: Final = 20
# After Redis was away workers need seconds to go on; a step is a tenth of one.
_RETURN: Final = 30


@dataclass(slots=True, kw_only=True)
class Merger:
    """Merges the streams of all workers into the ledger.

    Attributes:
        wake: called when something was merged that models learn from.
    """

    journal: LedgerJournal
    inlet: Inlet
    board: Board
    sites: Mapping[str, Site]
    metrics: SharedInstruments
    wake: Callable[[], None]
    _merged: dict[str, int] = field(default_factory=dict)
    _until_s: dict[str, float] = field(default_factory=dict)
    _steps: int = 0
    _patience: int = 0

    def __post_init__(self) -> None:
        """Know nothing of what was recorded before the first look."""
        for site in self.sites.values():
            site.known_until_s = -math.inf

    async def start(self) -> None:
        """Recall how far everything is merged, and finish what a crash cut off.

        Raises:
            StoreError: the ledger cannot be read.
        """
        self._merged = await asyncio.to_thread(self.journal.merged)
        for site in self.sites.values():
            for entry in await asyncio.to_thread(self.journal.open_orders, site.key):
                await _claim(site, entry.record.key)

    async def step(self) -> bool:
        """Merge what has arrived; return whether there may be more.

        Raises:
            StoreError: Redis or the ledger does not answer now.
        """
        try:
            found = await self._read()
        except StoreError:
            self._patience = _RETURN
            self._know(())
            raise
        full = [name for name, batches in found.items() if len(batches) == AT_ONCE]
        self._know(full)
        # Abreast, so that one commit keeps what all of them sent.
        await together(
            self._merge_all(worker, batches)
            for worker, batches in found.items()
            if batches
        )
        self._patience = max(0, self._patience - 1)
        self._know(full)
        return bool(full)

    async def _read(self) -> dict[str, list[bytes]]:
        """Return what has arrived, by worker; names are looked up now and then."""
        if self._steps % _LOOK_EVERY == 0:
            for name in await self.inlet.workers():
                self._merged.setdefault(name, 0)
        self._steps += 1
        places = list(self._merged.items())
        found = await self.inlet.read(places) if places else []
        return {name: one for (name, _), one in zip(places, found, strict=True)}

    def _know(self, full: Iterable[str]) -> None:
        """Let nothing be closed that is due later: what it led to is still to come.

        Args:
            full: workers who have sent more than was read; others have no backlog.
        """
        waiting = [self._until_s.get(name, -math.inf) for name in full]
        if self._patience:
            waiting.append(-math.inf)
        for site in self.sites.values():
            site.known_until_s = min(waiting, default=math.inf)

    async def _merge_all(self, worker: str, batches: list[bytes]) -> None:
        """Merge batches of one worker up to the first gap, and say how far that is."""
        before = self._merged[worker]
        for packed in batches:
            if not await self._merge(worker, packed):
                break
        if self._merged[worker] != before:
            await self.inlet.done(worker, merged=self._merged[worker])

    async def _merge(self, worker: str, packed: bytes) -> bool:
        """Merge one batch; False if something before it is missing."""
        try:
            batch = await asyncio.to_thread(unpack, packed)
        except (KeyError, TypeError, ValueError, zlib.error) as error:
            log.error("batch.unreadable", worker=worker, error=repr(error))  # noqa: TRY400 - the worker ships it again
            batch = None
        merged = self._merged[worker]
        if batch is None or batch.after > merged:
            self.metrics.merged.add("gap")
            # Nobody waits for a worker that may be gone for good.
            self._until_s[worker] = math.inf
            await self.inlet.ask_back(worker, merged=merged)
            return False
        # Before it is merged: a crash in between only tells again.
        wishes = [one for _, one in batch.entries if one.kind == FORGET]
        await self._announce_erased(wishes)
        new, strays = await asyncio.to_thread(self._take_in, worker, batch.entries)
        self._merged[worker] = batch.last
        self._until_s[worker] = batch.entries[-1].record.at_s
        self.metrics.merged.add("new", by=len(new))
        self.metrics.merged.add("known", by=len(batch.entries) - len(new))
        for record in new:
            site = self.sites.get(record.site)
            if site is not None:
                await self._follow(site, record)
        for key in self.sites:
            # One trip for all: a feed has as many as a shop has products.
            items = {one.key: dict(one.body) for one in new if _is_item(one, key)}
            await self.board.put_items(key, items)
        self.wake()
        # And after it: who was asked about meanwhile was still known here.
        await self._announce_erased(strays)
        return True

    def _take_in(
        self, worker: str, entries: list[Entry]
    ) -> tuple[list[Record], list[Record]]:
        """Return what is new to the ledger, and what is about nobody any more."""
        return self.journal.merge(worker, entries), self.journal.strays(entries)

    async def _announce_erased(self, records: Iterable[Record]) -> None:
        """Tell everybody to forget the visitors of some records."""
        for record in records:
            if record.visitor is not None:
                wish = {"visitor": record.visitor, "at_s": record.at_s}
                await self.board.post(record.site, ERASED, wish)

    async def _follow(self, site: Site, record: Record) -> None:
        """Do what follows from a record that is new here."""
        body = dict(record.body)
        match record.kind:
            case "decision":
                site.tell("decision", **{**body, "visitor": record.subject})
            case "outcome":
                told = {"decision": record.key, "name": body["name"], "at": body["at"]}
                site.tell("outcome", **told)
            case "purchase":
                await _claim(site, body["transaction_id"])
            case "item":
                self._put(site, body)
            case _:
                return

    def _put(self, site: Site, body: Body) -> None:
        at_s = body["at_s"]
        plain = {name: value for name, value in body.items() if name != "at_s"}
        site.catalogue.put(msgspec.convert(plain, CatalogItem), at_s=at_s)


def _is_item(record: Record, site: str) -> bool:
    return record.kind == "item" and record.site == site


async def _claim(site: Site, order_id: str) -> None:
    """Join a waiting order to who said to have bought it, if anybody did."""
    async with site.till.of(order_id):
        records = claim_by_purchase(site, order_id, at_s=site.now_s())
        if records:
            try:
                await site.journal.append(*records)
            except StoreError as error:
                # The next start, or the end of the search, joins it.
                log.warning("order.not_joined", site=site.key, error=str(error))
                return
            site.counts.orders.add("joined")
