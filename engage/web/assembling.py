"""A service that learns, put together: the embedded one and the learner of several."""

# Rules of this file: nothing is started. Which journal and store it is, is the
# caller's; everything that hangs on them is the same.

from __future__ import annotations

import asyncio

from engage.clock import Clock
from engage.engine import Engine
from engage.learning.snapshots import Snapshot
from engage.learning.worker import LearnerThread
from engage.settings import Settings
from engage.stores.base import Journal, Store
from engage.street.opening import open_sites
from engage.telemetry import Instruments
from engage.visits.session import Session
from engage.visits.visitor import Visitor
from engage.web.hooks import add_hooks
from engage.web.service import Service
from engage.web.trials import attach_trials


class Commits:
    """What the journal's writer tells of a commit, on its own thread.

    Attributes:
        service: whose learner is woken; None as long as it is being built.
    """

    def __init__(self, metrics: Instruments) -> None:
        self.service: Service | None = None
        self._metrics = metrics

    def __call__(self, _records: int, seconds: float) -> None:
        """Note a commit and wake the learner."""
        self._metrics.fsync.observe(of=seconds)
        if self.service is not None:
            self.service.learner.wake()


async def assemble(
    settings: Settings,
    *,
    journal: Journal,
    store: Store[Session, Visitor],
    commits: Commits,
    clock: Clock,
    metrics: Instruments,
) -> Service:
    """Return the service of a journal and a store, its state restored.

    Raises:
        ConfigError: an intervention's options are wrong.
        StoreError: the journal or the store cannot be read.
    """
    loop = asyncio.get_running_loop()
    opened = await open_sites(
        settings, journal=journal, store=store, clock=clock, metrics=metrics
    )
    lineages = {key: lineage for key, (_, lineage) in opened.items()}

    def publish(site: str, snapshot: Snapshot) -> None:
        loop.call_soon_threadsafe(service.adopt, site, snapshot)

    service = Service(
        settings=settings,
        clock=clock,
        journal=journal,
        store=store,
        metrics=metrics,
        engines={key: Engine(site) for key, (site, _) in opened.items()},
        learner=LearnerThread(
            journal=journal,
            lineages=lineages,
            publish=publish,
            clock=clock,
            metrics=metrics,
        ),
    )
    commits.service = service
    attach_trials(service, lineages, loop=loop)
    add_hooks(service)
    return service
