"""Workers and a learner in one process, on one clock that only the test moves.

The parts are those of the service, put together as `build_worker` and `build_learner`
do; their steps are taken one after the other instead of by tasks.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path

from engage.clock import ManualClock
from engage.engine import Engine
from engage.evidence.simulation.inprocess import InProcess
from engage.learning.worker import LearnerThread
from engage.settings import Settings
from engage.stores.journal.ledger import LedgerJournal
from engage.stores.journal.worker import WorkerJournal
from engage.stores.redis.board import Board
from engage.stores.redis.streams import Inlet, Outlet
from engage.street.merging import Merger
from engage.street.opening import journal_path, open_site, version_of
from engage.street.redis_opening import (
    LEDGER,
    ledger_store,
    patient_link,
    worker_settings,
    worker_store,
)
from engage.street.shared_metrics import SharedInstruments
from engage.street.sharing import Listener, Teller
from engage.street.shipping import Shipper
from engage.street.trying import adopt, attach
from engage.visits.visitor import Visitor
from engage.web.redis_learner import Publisher


class Roles(InProcess):
    """A learner, as what simulations drive, and the workers that take its beacons."""

    __slots__ = (
        "board",
        "link",
        "listeners",
        "merger",
        "publisher",
        "shippers",
        "tellers",
        "workers",
    )

    async def take(self, beacon, *, gpc=False):
        """Let the visitor's worker take a beacon; return when everybody knows."""
        worker = zlib.crc32(beacon.visitor.encode()) % len(self.workers)
        taken = await self.workers[worker].take(beacon, gpc=gpc)
        counted = self.workers[worker].site.metrics.beacons.sums
        self.metrics.beacons.of(beacon.site).sums.update(counted)
        await self.meet()
        return taken

    async def learn(self):
        """Learn, and let every worker have the new snapshot."""
        await self.meet()
        await InProcess.learn(self)
        await self.publish()

    async def publish(self):
        """Let every worker have what the learner says now."""
        await self.publisher.step()
        for listener in self.listeners:
            await listener.step()

    async def meet(self):
        """Ship, merge, tell and listen, as far as anybody has anything new."""
        for shipper in self.shippers:
            # What need not last is queued, not yet written.
            await shipper.journal.append()
            while shipper.journal.last_offset() > shipper.position:
                await shipper.step()
                await self.merger.step()
        is_told = False
        for teller in self.tellers:
            is_told |= bool(teller._waiting or teller._seen)
            await teller.step()
        for listener in self.listeners if is_told else ():
            while await listener.step():
                continue

    async def close(self):
        """Close everything."""
        await InProcess.close(self)
        for worker in self.workers:
            await worker.site.store.close()
            worker.site.journal.close()
        await self.link.close()


async def open_roles(site, secrets, *, data, at_s, server, workers=2):
    """Open a learner and its workers on an empty Redis or cluster."""
    whole = Settings(server=replace(server, data=str(data)), sites=(site,))
    clock, metrics, link = ManualClock(at_s=at_s), SharedInstruments(), None
    link = patient_link(whole)
    journal = LedgerJournal(journal_path(whole), clock=clock)
    store, board = ledger_store(whole), Board(link)
    opened, lineage = await open_site(
        site, secrets, journal=journal, store=store, clock=clock, metrics=metrics
    )
    await store.begin_stock(site.key, names={LEDGER})

    def publish(_, snapshot):
        opened.snapshot = snapshot

    learner = LearnerThread(
        journal=journal,
        lineages={site.key: lineage},
        publish=publish,
        clock=clock,
        metrics=metrics,
    )
    roles = Roles(
        clock=clock,
        metrics=metrics,
        journal=journal,
        store=store,
        engine=Engine(opened),
        learner=learner,
        lineage=lineage,
    )
    roles.link, roles.board = link, board
    attach(
        lineage,
        site,
        data=Path(whole.server.data),
        journal=journal,
        metrics=metrics,
        on_change=partial(_change, opened),
    )
    roles.publisher = Publisher(site=opened, board=board)
    merger = Merger(
        journal=journal,
        inlet=Inlet(link),
        board=board,
        sites={site.key: opened},
        metrics=metrics,
        wake=lambda: None,
    )
    await merger.start()
    roles.workers = [
        await _worker(whole, roles, index=index, secrets=secrets)
        for index in range(workers)
    ]
    roles.shippers = [
        _shipper(engine, link, n) for n, engine in enumerate(roles.workers)
    ]
    # Their names are known before the first batch.
    for shipper in roles.shippers:
        await shipper.outlet.standing()
    roles.merger = merger
    roles.tellers, roles.listeners = [], []
    for name, engine in ((LEDGER, roles.engine), *_named(roles.workers)):
        teller = Teller(board=board, site=engine.site, me=name, metrics=metrics)
        engine.site.share = teller.tell
        roles.tellers.append(teller)
        roles.listeners.append(_listener(engine, board, name, metrics))
    await roles.publisher.step()
    return roles


def _change(site, trial):
    adopt(site, trial.challenge, version_of=version_of)


def _named(workers):
    return [(f"w{number}", engine) for number, engine in enumerate(workers)]


def _shipper(engine, link, number):
    journal, metrics = engine.site.journal, engine.site.metrics
    outlet = Outlet(link, f"w{number}")
    return Shipper(journal=journal, outlet=outlet, metrics=metrics)


def _listener(engine, board, name, metrics):
    site = engine.site

    return Listener(
        board=board,
        site=site,
        me=name,
        metrics=metrics,
        heir=None if name == LEDGER else Heir(site),
        journal=None if name == LEDGER else site.journal,
    )


class Heir:
    """Adopts for one site what a worker's service does."""

    def __init__(self, site):
        self._site = site

    def adopt(self, _, snapshot):
        """Let a snapshot decide."""
        self._site.snapshot = snapshot

    def adopt_trial(self, _, challenge):
        """Let a trial's stage hold."""
        adopt(self._site, challenge, version_of=version_of)


async def _worker(whole, roles, *, index, secrets):
    own, metrics = worker_settings(whole, index), SharedInstruments()
    journal = WorkerJournal(journal_path(own), clock=roles.clock)
    ledger = roles.journal

    async def recollect(site, visitor):
        await roles.meet()
        found = ledger.find_visitor(site, visitor)
        known = found is not None and found[1] is not None
        return Visitor.from_plain(found[1]) if known else None

    (site,) = whole.sites
    opened, _ = await open_site(
        site,
        secrets,
        journal=journal,
        store=worker_store(own, name=f"w{index}", journal=journal, recollect=recollect),
        clock=roles.clock,
        metrics=metrics,
        is_worker=True,
    )
    return Engine(opened)
