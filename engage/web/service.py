"""The service at run time: its sites, its journal, and what runs beside requests."""

# Rules of this file: everything that is started here is stopped here, in reverse. A
# request finds what it needs through `SERVICE`; no route holds state of its own.

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from engage.clock import Clock
from engage.engine import Engine
from engage.errors import Forbidden, NotReady, StoreError
from engage.learning.snapshots import Snapshot
from engage.learning.worker import LearnerThread
from engage.settings import Settings
from engage.stores.base import Journal, Store
from engage.street.closings import tick
from engage.street.site import Site
from engage.telemetry import Instruments, logger
from engage.visits.session import Session, to_bytes
from engage.visits.visitor import Visitor
from engage.web.limits import Buckets, Proxies

log = logger()
# Closing a short window may take a tick; the promise is a snapshot within a second.
TICK_S = 0.25
# A crash may cost up to 5 s of plain behaviour.
KEEP_EVERY_S = 4.0
LAG_EVERY_S = 0.5


@dataclass(slots=True, kw_only=True)
class Service:
    """Everything that requests share.

    Attributes:
        is_draining: SIGTERM came; not ready any more, still answering.
    """

    settings: Settings
    clock: Clock
    journal: Journal
    store: Store[Session, Visitor]
    metrics: Instruments
    engines: Mapping[str, Engine]
    learner: LearnerThread
    is_draining: bool = False
    sessions: Buckets = field(init=False)
    networks: Buckets = field(init=False)
    proxies: Proxies = field(init=False)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the limits from the settings."""
        server = self.settings.server
        self.sessions = Buckets(
            rate=server.session_beacons_per_s,
            burst=server.session_burst,
            what="beacons of a session",
        )
        self.networks = Buckets(
            rate=server.network_beacons_per_s,
            burst=server.network_burst,
            what="beacons of a network",
        )
        self.proxies = Proxies(server.trusted_proxies)

    def engine(self, site: str) -> Engine:
        """Return the engine of a site.

        Raises:
            Forbidden: there is no such site.
        """
        engine = self.engines.get(site)
        if engine is None:
            raise Forbidden(
                f"site must be a known key, got {site[:64]!r}", field="site"
            )
        return engine

    def require_ready(self) -> None:
        """Refuse work while nothing could be kept.

        Raises:
            NotReady: the journal cannot be written.
        """
        if not self.journal.is_writable():
            raise NotReady("the journal cannot be written now")

    def adopt(self, site: str, snapshot: Snapshot) -> None:
        """Let a new snapshot decide from the next beacon on."""
        engine = self.engines[site]
        engine.site.snapshot = snapshot
        self.metrics.snapshot_number.set(to=snapshot.number)
        engine.site.tell("snapshot", number=snapshot.number, offset=snapshot.offset)

    async def start(self) -> None:
        """Start learner and timers."""
        self.learner.start()
        self._tasks = [
            asyncio.create_task(self._tick_for_ever(), name="ticks"),
            asyncio.create_task(self._keep_for_ever(), name="keeping"),
            asyncio.create_task(self._watch_loop(), name="loop-lag"),
        ]

    async def stop(self) -> None:
        """Stop timers and learner, keep the visits, close journal and store."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        with suppress(StoreError):
            await self._keep()
        await asyncio.to_thread(self.learner.stop)
        await self.store.close()
        await asyncio.to_thread(self.journal.close)

    async def _tick_for_ever(self) -> None:
        while True:
            for engine in self.engines.values():
                try:
                    done = await tick(engine.site)
                except StoreError as error:
                    log.warning("tick.failed", site=engine.site.key, error=str(error))
                    continue
                if done:
                    self.learner.wake()
                self._tell_levels(engine.site)
            self.metrics.live_sessions.set(to=await self.store.live_sessions())
            await asyncio.sleep(TICK_S)

    def _tell_levels(self, site: Site) -> None:
        age_s = self.clock.now_s() - site.snapshot.at_s
        self.metrics.snapshot_age.set(to=age_s if site.snapshot.at_s else 0.0)

    async def _keep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(KEEP_EVERY_S)
            try:
                await self._keep()
            except StoreError as error:
                log.warning("visits.not_kept", error=str(error))

    async def _keep(self) -> None:
        """Keep changed sessions, and what co-views have learned."""
        changed = await self.store.dirty()
        kept = {key: to_bytes(one) for key, one in changed.items() if one is not None}
        gone = [key for key, one in changed.items() if one is None]
        if kept:
            await self.journal.keep_visits(kept, at_s=self.clock.now_s())
        if gone:
            await self.journal.drop_visits(gone)

    async def _watch_loop(self) -> None:
        while True:
            before_s = self.clock.monotonic_s()
            await asyncio.sleep(LAG_EVERY_S)
            late_s = self.clock.monotonic_s() - before_s - LAG_EVERY_S
            self.metrics.loop_lag.observe(of=max(0.0, late_s))


SERVICE = web.AppKey("service", Service)
