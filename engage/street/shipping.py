"""A worker's journal on its way to the ledger; resumed after a crash of either."""

# Rules of this file: nothing is shipped that is not durable here. Where shipping stands
# is asked anew at every step, so no answer that got lost can mislead it.

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from engage.stores.journal.worker import WorkerJournal
from engage.stores.records import Entry
from engage.stores.redis.streams import MOST, Outlet, Standing, pack
from engage.street.shared_metrics import SharedInstruments
from engage.telemetry import logger

log = logger()
# Records shipped at once: some ten milliseconds of a thread.
BATCH: Final = 200
# After so many merged records that is noted for a restart, which ships no less again.
_NOTED_EVERY: Final = 2_000


@dataclass(slots=True, kw_only=True)
class Shipper:
    """Ships one journal.

    Attributes:
        position: offset of the last record that is in the stream.
    """

    journal: WorkerJournal
    outlet: Outlet
    metrics: SharedInstruments
    position: int = 0
    _noted: int = -1

    async def begin(self) -> None:
        """See that no offset is given twice, if the journal was put back.

        The ledger would take what is recorded from now on for what it has, and what was
        recorded since the copy was made.

        Raises:
            StoreError: Redis or the journal does not answer now.
        """
        standing = await self.outlet.standing()
        told = max(standing.shipped, standing.merged)
        given = await asyncio.to_thread(self.journal.go_on_after, told)
        if given < told:
            log.error("journal.put_back", missing_after=given, until=told)

    async def step(self) -> bool:
        """Ship the next batch; return whether more is waiting.

        Raises:
            StoreError: Redis or the journal does not answer now.
        """
        if self._noted < 0:
            self._noted = await asyncio.to_thread(self.journal.merged_to)
            self.position = self._noted
        newest = self.journal.last_offset()
        try:
            return await self._ship(newest)
        finally:
            # Above all while Redis does not answer: what waits grows then.
            self.metrics.unshipped.set(to=max(0, newest - self.position))

    async def _ship(self, newest: int) -> bool:
        standing, shipped = await self.outlet.standing(), 0
        await self._settle(standing)
        # While nobody merges the rest waits here, where there is room.
        if newest > self.position and standing.waiting < MOST:
            entries, packed = await asyncio.to_thread(self._next)
            if entries:
                last = entries[-1].offset
                await self.outlet.ship(packed, after=self.position, last=last)
                self.position = last
            shipped = len(entries)
        return shipped == BATCH

    def _next(self) -> tuple[list[Entry], bytes]:
        entries = self.journal.shippable(self.position, BATCH)
        return entries, pack(entries) if entries else b""

    async def _settle(self, standing: Standing) -> None:
        """Find out after which record to go on."""
        if standing.rewind is not None:
            log.warning("shipping.rewound", to=standing.rewind, was=self.position)
            await self.outlet.go_back()
            self.position = standing.rewind
        else:
            self.position = max(standing.shipped, standing.merged, self._noted)
        if standing.merged - self._noted >= _NOTED_EVERY:
            await asyncio.to_thread(self.journal.put_merged_to, standing.merged)
            self._noted = standing.merged
