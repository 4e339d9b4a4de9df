"""Runs one site in process on a clock that is moved by hand.

For backfill and simulation: the same engine, journal, closings and learner as the
service has, without its threads and timers. Beacons in the same order at the same times
give the same records and the same models.
"""

# Rules of this file: nothing runs by itself. Time moves only in `move_to`; learning
# happens only in `learn`, on the caller's thread, between beacons.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import orjson

from engage.clock import ManualClock
from engage.engine import Engine, Taken
from engage.learning.lineage import Lineage
from engage.learning.snapshots import Snapshot
from engage.learning.worker import LearnerThread
from engage.settings import ServerSettings, Settings, SiteSecrets, SiteSettings
from engage.stores.base import Store
from engage.stores.journal.sqlite import SqliteJournal
from engage.street.closings import AT_ONCE, tick
from engage.street.opening import coview_name, journal_path, open_site, open_store
from engage.street.site import Site
from engage.telemetry import Instruments
from engage.visits.session import Session, to_bytes
from engage.visits.visitor import Visitor
from engage.wire.beacon import Beacon

_EMBEDDED: Final = ServerSettings()


@dataclass(slots=True, kw_only=True)
class InProcess:
    """One site, opened; made by `open_in_process`, to be closed by `close`.

    Attributes:
        tick_s: how far the clock may move before closings are looked at, seconds.
    """

    clock: ManualClock
    metrics: Instruments
    journal: SqliteJournal
    store: Store[Session, Visitor]
    engine: Engine
    learner: LearnerThread
    lineage: Lineage
    tick_s: float = 60.0
    _ticked_s: float = -1.0
    _learned_to: int = -1

    @property
    def site(self) -> Site:
        """The site, for its till and its listeners."""
        return self.engine.site

    async def take(self, beacon: Beacon, *, gpc: bool = False) -> Taken:
        """Apply one beacon now and return what became of it.

        Raises:
            CallerError: it is refused; nothing was applied.
            StoreError: it cannot be kept.
        """
        return await self.engine.take(beacon, gpc=gpc)

    async def move_to(self, at_s: float) -> None:
        """Move the clock forward and do what fell due on the way."""
        self.clock.set(at_s)
        if self.clock.now_s() - self._ticked_s >= self.tick_s:
            self._ticked_s = self.clock.now_s()
            await self.close_due()

    async def close_due(self) -> None:
        """Close windows and visits that are due now."""
        # A tick that was full may have left some for the next one.
        while await tick(self.site) >= AT_ONCE:
            continue

    async def learn(self) -> None:
        """Let the models learn everything recorded so far, and publish what is due."""
        await self.journal.append()
        offset = self.journal.last_offset()
        if offset == self._learned_to:
            return
        self._learned_to = offset
        while self.learner.step():
            continue

    async def close(self) -> None:
        """Learn the rest, keep models and open visits, and close every file."""
        await self.learn()
        self.learner.checkpoint(self.site.key, self.lineage)
        self.journal.put_checkpoint(
            coview_name(self.site.key),
            offset=self.journal.last_offset(),
            body=orjson.dumps(self.site.coviews.state()),
        )
        changed = await self.store.dirty()
        kept = {key: to_bytes(one) for key, one in changed.items() if one is not None}
        await self.journal.keep_visits(kept, at_s=self.clock.now_s())
        await self.store.close()
        self.journal.close()

    def fates(self) -> Mapping[str, int]:
        """Return how many beacons were applied, duplicate, late, without consent."""
        return {name[0]: int(n) for name, n in self.metrics.beacons.sums.items()}


async def open_in_process(
    settings: SiteSettings,
    secrets: SiteSecrets,
    *,
    data: Path,
    at_s: float,
    is_served: bool,
    server: ServerSettings = _EMBEDDED,
) -> InProcess:
    """Open the site whose journal lies in `data`; it is made if there is none.

    Args:
        settings: of the site.
        secrets: its salt names decisions; the server key is not used.
        data: a data directory as the service has it.
        at_s: where the clock stands at first, epoch seconds.
        is_served: False marks every record as backfill: `served: false`.
        server: says which store holds the visits; in memory by default.

    Raises:
        ConfigError: an intervention's options are wrong.
        StoreError: another process writes the journal.
    """
    whole = Settings(server=replace(server, data=str(data)), sites=(settings,))
    clock, metrics = ManualClock(at_s=at_s), Instruments()
    journal = SqliteJournal(journal_path(whole), clock=clock)
    store = open_store(whole)
    site, lineage = await open_site(
        settings,
        secrets,
        journal=journal,
        store=store,
        clock=clock,
        metrics=metrics,
        is_served=is_served,
    )

    def publish(_: str, snapshot: Snapshot) -> None:
        site.snapshot = snapshot

    return InProcess(
        clock=clock,
        metrics=metrics,
        journal=journal,
        store=store,
        engine=Engine(site),
        learner=LearnerThread(
            journal=journal,
            lineages={settings.key: lineage},
            publish=publish,
            clock=clock,
            metrics=metrics,
        ),
        lineage=lineage,
    )
