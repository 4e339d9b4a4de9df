"""One worker of several: answers browsers and shop, and ships what it has recorded."""

# Rules of this file: puts a worker together; nothing is started. Everything that goes
# on beside its requests is listed here.

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Final

from engage.clock import Clock, SystemClock
from engage.engine import Engine
from engage.errors import ConfigError, StoreError
from engage.settings import Settings
from engage.stores.journal.worker import WorkerJournal
from engage.stores.redis.board import Board
from engage.stores.redis.link import Link
from engage.stores.redis.shared import SharedStore
from engage.stores.redis.streams import Outlet
from engage.street.opening import journal_path, open_sites, versions_of
from engage.street.redis_opening import (
    patient_link,
    worker_name,
    worker_settings,
    worker_store,
)
from engage.street.salts import require_same_salts
from engage.street.shared_metrics import SharedInstruments
from engage.street.sharing import Listener, Teller
from engage.street.shipping import Shipper
from engage.street.site import Site
from engage.street.vigil import Vigil
from engage.visits.session import Session
from engage.visits.visitor import Visitor
from engage.web.beside import Beside
from engage.web.clock_watch import watching_clock
from engage.web.ledger_door import LedgerDoor
from engage.web.roll_call import REPORT_S, Reporter
from engage.web.service import Service

# A snapshot is with all workers well within the promised two seconds.
LISTEN_S: Final = 0.1
# Not with each commit, which come by the hundred: a step costs more than a record, here
# and at the learner. Half as long as plain behaviour gathers anyway.
SHIP_S: Final = 0.2
_FIND_S: Final = 0.5
# The same beat as those: what asks Redis asks together.
_TELL_S: Final = 0.1
_LOOK_S: Final = 0.5
_WATCH_S: Final = 1.0
_REST_S: Final = 3_600.0
# Visits brought back to Redis in one go, each two trips: beacons come between.
HANDED_OVER: Final = 50


class Unlearning:
    """What a worker has instead of a learner: it is told, it does not learn."""

    def start(self) -> None:
        """Do nothing."""

    def wake(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""


async def build_worker(
    settings: Settings, *, index: int, clock: Clock | None = None
) -> Service:
    """Return a worker's service, its state restored, nothing started.

    Args:
        settings: the whole service's; the worker's data lie below its data directory.
        index: of the worker, from 0.
        clock: the machine's by default.

    Raises:
        ConfigError: an intervention's options are wrong, or a site's salt is not that
            of the other processes.
        StoreError: another process writes this worker's journal.
    """
    clock, own = clock or SystemClock(), worker_settings(settings, index)
    metrics, link = SharedInstruments(), patient_link(settings)
    name, board = worker_name(own), Board(link)
    journal = WorkerJournal(
        journal_path(own),
        clock=clock,
        on_commit=lambda _records, seconds: metrics.fsync.observe(of=seconds),
    )
    keys = {key: secret.server_key for key, secret in settings.secrets.items()}
    door = LedgerDoor(board.learner, keys=keys, clock=clock)
    store = worker_store(
        own, name=name, journal=journal, recollect=partial(_recollect, door)
    )
    opened = await open_sites(
        settings,
        journal=journal,
        store=store,
        clock=clock,
        metrics=metrics,
        is_worker=True,
    )
    service = Service(
        settings=own,
        clock=clock,
        journal=journal,
        store=store,
        metrics=metrics,
        engines={key: Engine(site) for key, (site, _) in opened.items()},
        learner=Unlearning(),
        ledger=door,
    )
    shipper = Shipper(journal=journal, outlet=Outlet(link, name), metrics=metrics)
    shipping = Beside(
        name="shipping",
        begin=shipper.begin,
        step=shipper.step,
        pause_s=SHIP_S,
        is_last=True,
    )
    linked = _linked(link, store, metrics, sites=list(opened))
    service.beside += [linked, shipping, _finding(door)]
    service.beside.append(watching_clock(link, clock, metrics))
    service.beside += _together(service, board, name, index=index, journal=journal)
    await _begin(service)
    return service


async def _begin(service: Service) -> None:
    """Let what stands on the board hold from the first beacon on, if Redis answers."""
    try:
        for task in service.beside:
            with suppress(StoreError):
                await task.begin()
    except ConfigError:
        await service.stop()
        raise


def _together(
    service: Service,
    board: Board,
    me: str,
    *,
    index: int,
    journal: WorkerJournal,
) -> list[Beside]:
    """Return what makes a worker one of several."""
    metrics, clock = service.metrics, service.clock
    assert isinstance(metrics, SharedInstruments)
    reporter = Reporter(
        board=board,
        me=me,
        index=index,
        metrics=metrics,
        clock=clock,
        settings=versions_of(service.settings),
    )

    async def same_salts() -> None:
        try:
            await require_same_salts(board, service.settings.secrets)
        except ConfigError:
            # Found out late, because Redis was away. The kernel goes on dealing out
            # connections to us, so not being ready is not enough.
            service.is_stray = True
            metrics.salt_differs.set(to=1.0)
            raise
        service.is_stray = False
        metrics.salt_differs.set(to=0.0)

    tasks = [
        Beside(name="salts", begin=same_salts, step=_rest, pause_s=_REST_S),
        Beside(
            name="reporting",
            step=reporter.step,
            pause_s=REPORT_S,
            finish=reporter.sign_off,
        ),
    ]
    for engine in service.engines.values():
        tasks += listening(engine.site, board, me, service, journal=journal)
    return tasks


async def _rest() -> bool:
    """Do nothing: what had to be done was done at the beginning."""
    return False


def listening(
    site: Site,
    board: Board,
    me: str,
    service: Service,
    *,
    journal: WorkerJournal | None,
) -> list[Beside]:
    """Return what tells the others of a site's sightings, and hears theirs.

    Args:
        site: the shop.
        board: where they meet.
        me: names this process.
        service: takes over what the learner publishes, if it is a worker's.
        journal: the worker's; None for the learner.
    """
    metrics = service.metrics
    assert isinstance(metrics, SharedInstruments)
    teller = Teller(board=board, site=site, me=me, metrics=metrics)
    listener = Listener(
        board=board,
        site=site,
        me=me,
        metrics=metrics,
        heir=None if journal is None else service,
        journal=journal,
    )
    tasks = []
    if journal is not None:
        listener.vigil = Vigil(site=site, metrics=metrics)
        tasks.append(Beside(name="vigil", step=listener.vigil.step, pause_s=_WATCH_S))
    site.share = teller.tell
    return [
        *tasks,
        Beside(name="telling", step=teller.step, pause_s=_TELL_S, is_last=True),
        Beside(
            name="listening",
            begin=listener.start,
            step=listener.step,
            pause_s=LISTEN_S,
        ),
    ]


def _finding(door: LedgerDoor) -> Beside:
    return Beside(name="ledger", step=door.find, pause_s=_FIND_S)


def _linked(
    link: Link,
    store: SharedStore[Session, Visitor],
    metrics: SharedInstruments,
    *,
    sites: list[str],
) -> Beside:
    """Return what tells whether Redis answers, and closes the way to it at the end.

    What went on without Redis is brought back to it.
    """

    async def look() -> bool:
        metrics.degraded.set(to=float(store.is_degraded))
        brought = [await store.hand_over(site, limit=HANDED_OVER) for site in sites]
        return HANDED_OVER in brought

    return Beside(name="link", step=look, pause_s=_LOOK_S, finish=link.close)


async def _recollect(door: LedgerDoor, site: str, visitor: str) -> Visitor | None:
    """Return who the ledger says a visitor was in earlier visits."""
    row = await door.visitor(site, visitor)
    return None if row is None else Visitor.from_plain(row)
