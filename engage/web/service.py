"""The service at run time: its sites, its journal, and what runs beside requests."""

# Rules of this file: everything that is started here is stopped here, in reverse. A
# request finds what it needs through `SERVICE`; no route holds state of its own.

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web
from multidict import MultiMapping

from engage.clock import Clock
from engage.engine import Engine
from engage.errors import Forbidden, NotFound, NotReady
from engage.learning.snapshots import Snapshot
from engage.learning.trials.challenge import Challenge
from engage.settings import Settings
from engage.stores.base import Body, Journal, Store
from engage.street.disclosure import held_about
from engage.street.opening import version_of
from engage.street.trying import adopt
from engage.telemetry import Instruments
from engage.visits.session import Session
from engage.visits.visitor import Visitor
from engage.web.access import ServerKeys
from engage.web.answered import Answered
from engage.web.beside import Beside
from engage.web.crowding import Crowd
from engage.web.ending import InFlight
from engage.web.ledger_door import LedgerDoor
from engage.web.limits import NOWHERE, Buckets, Proxies, network_of
from engage.web.upkeep import Learning, Upkeep


class Roll(Protocol):
    """What a learner has heard of its workers."""

    @property
    def reports(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the last word of each, by name."""
        ...

    def plain(self, *, at_s: float) -> list[dict[str, Any]]:
        """Return how each stands, for the console."""
        ...


@dataclass(slots=True, kw_only=True)
class Service:
    """Everything that requests share.

    Attributes:
        learner: learns here; a worker's does nothing.
        beside: what else runs as long as the service does.
        roll: what the workers of this learner tell; None where there are none.
        ledger: how to ask the ledger of several workers; None where it is here.
        is_draining: SIGTERM came; not ready any more, still answering.
        is_stray: its salts are not those of the other processes; it takes nothing.
        in_flight: requests whose answer is not made yet.
        crowd: how full this turn of the event loop is.
    """

    settings: Settings
    clock: Clock
    journal: Journal
    store: Store[Session, Visitor]
    metrics: Instruments
    engines: Mapping[str, Engine]
    learner: Learning
    beside: list[Beside] = field(default_factory=list)
    roll: Roll | None = None
    ledger: LedgerDoor | None = None
    is_draining: bool = False
    is_stray: bool = False
    in_flight: InFlight = field(default_factory=InFlight)
    crowd: Crowd = field(default_factory=Crowd)
    keys: ServerKeys = field(init=False)
    answered: Answered = field(init=False)
    upkeep: Upkeep = field(init=False)
    _sessions: Buckets = field(init=False)
    _networks: Buckets = field(init=False)
    _proxies: Proxies = field(init=False)

    def __post_init__(self) -> None:
        """Make keys, limits and timers from the settings."""
        server = self.settings.server
        self.metrics.expect_sites(len(self.engines))
        self.keys = ServerKeys(self.settings.secrets)
        self._sessions = Buckets(
            rate=server.session_beacons_per_s,
            burst=server.session_burst,
            what="beacons of a session",
        )
        self._networks = Buckets(
            rate=server.network_beacons_per_s,
            burst=server.network_burst,
            what="requests of a network",
        )
        self._proxies = Proxies(server.trusted_proxies)
        self.answered = Answered(self.metrics, every=server.access_log_every)
        self.upkeep = Upkeep(
            engines=self.engines,
            journal=self.journal,
            store=self.store,
            learner=self.learner,
            retention=self.settings.retention,
            clock=self.clock,
            metrics=self.metrics,
            data=Path(server.data),
            is_worker=self.ledger is not None,
        )

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

    async def held(self, site: str, visitor: str) -> Body:
        """Return everything held about a visitor, the visit of this moment included.

        Raises:
            NotFound: nothing is held.
            StoreError: it cannot be gathered now.
        """
        found = await held_about(self.engine(site).site, visitor)
        if found is None:
            raise NotFound(f"nothing is held about visitor {visitor!r}", field="id")
        return found

    def require_ready(self) -> None:
        """Refuse work while nothing could be kept, or it would be kept wrongly.

        Raises:
            NotReady: the journal cannot be written, or a salt is not the others'.
        """
        if self.is_stray:
            raise NotReady("this process has another salt than the others")
        if not self.journal.is_writable():
            raise NotReady("the journal cannot be written now")

    def limit_network(self, remote: str | None, headers: MultiMapping[str]) -> str:
        """Take a token of the caller's network; return its name if it is a public one.

        Args:
            remote: the peer's address; None for one that has none.
            headers: of the request.

        Returns:
            The /24 or /64, or an empty text for our own machines and proxies.

        Raises:
            TooMany: it sends more than its share.
        """
        peer = remote or NOWHERE
        lines = headers.getall("X-Forwarded-For", [])
        network = network_of(self._proxies.client(peer, lines) if lines else peer)
        if self.settings.server.limit_loopback or not network.is_loopback:
            self._networks.take(network.name, now_s=self.clock.monotonic_s())
        return network.name if network.is_public else ""

    def limit_session(self, session: str) -> None:
        """Take a token of a session, which is named with its site.

        Raises:
            TooMany: it sends more than its share.
        """
        self._sessions.take(session, now_s=self.clock.monotonic_s())

    def adopt(self, site: str, snapshot: Snapshot) -> None:
        """Let a new snapshot decide from the next beacon on, unless one is pinned."""
        engine = self.engines[site]
        if engine.site.pin is None:
            engine.site.snapshot = snapshot
            self.metrics.snapshot_number.set(site, to=snapshot.number)
        engine.site.tell("snapshot", number=snapshot.number, offset=snapshot.offset)

    def adopt_trial(self, site: str, challenge: Challenge) -> None:
        """Let a trial's new stage hold from the next beacon on."""
        adopt(self.engines[site].site, challenge, version_of=version_of)

    def tell_trial(self, site: str, told: Body) -> None:
        """Tell whoever listens how a trial stands."""
        self.engines[site].site.tell("trial", **told)

    def reports(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the last word of each worker, by name."""
        return {} if self.roll is None else self.roll.reports

    def workers(self, *, at_s: float) -> list[dict[str, Any]]:
        """Return how each worker stands, for the console."""
        return [] if self.roll is None else self.roll.plain(at_s=at_s)

    async def start(self) -> None:
        """Start learner, timers and what runs beside."""
        self.learner.start()
        self.upkeep.start()
        for one in self.beside:
            one.start(failures=self.metrics.failures)

    async def stop(self) -> None:
        """Stop timers and learner, keep the visits, close journal and store.

        What one of them raises is raised when all of them were stopped.
        """
        async with AsyncExitStack() as last_first:
            last_first.push_async_callback(asyncio.to_thread, self.journal.close)
            last_first.push_async_callback(self.store.close)
            if self.ledger is not None:
                last_first.push_async_callback(self.ledger.close)
            for one in self.beside:
                last_first.push_async_callback(one.stop)
            last_first.push_async_callback(asyncio.to_thread, self.learner.stop)
            last_first.push_async_callback(self.upkeep.stop)


SERVICE = web.AppKey("service", Service)
