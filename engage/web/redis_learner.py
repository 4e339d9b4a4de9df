"""The learner of several workers: owns the ledger and every model that still learns.

It merges what workers ship, closes windows, ends visits, learns, publishes snapshots,
and answers what only the ledger knows. There is one: who holds the lease.
"""

# Rules of this file: puts the learner together; nothing is started. What workers are
# told can be lost with Redis; it is compared with what holds here, and told again.

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from engage.clock import Clock, SystemClock
from engage.errors import ConfigError
from engage.learning.trials.challenge import Challenge
from engage.settings import Settings
from engage.stores.journal.ledger import LedgerJournal
from engage.stores.redis.board import Board
from engage.stores.redis.link import Link
from engage.stores.redis.store import RedisStore
from engage.stores.redis.streams import Inlet
from engage.street.merging import Merger
from engage.street.opening import journal_path, keep_settings, versions_of
from engage.street.redis_opening import LEDGER, ledger_store
from engage.street.salts import mark_of, require_same_salts
from engage.street.shared_metrics import SharedInstruments
from engage.street.site import Site
from engage.street.vigil import baseline
from engage.telemetry import logger
from engage.visits.session import Session
from engage.visits.visitor import Visitor
from engage.web.assembling import Commits, assemble
from engage.web.beside import Beside
from engage.web.clock_watch import watching_clock
from engage.web.redis_worker import listening
from engage.web.roll_call import REPORT_S, RollCall
from engage.web.service import Service

log = logger()
# The same beat for all that asks Redis, so that it asks together.
MERGE_S: Final = 0.1
_PUBLISH_S: Final = 0.1
_STOCK_S: Final = 0.5
_ALIVE_S: Final = 10.0
_EVICTION_S: Final = 10.0
# After Redis has lost its stock, codes wait so long for a worker that is not there.
PATIENCE_S: Final = 30.0


@dataclass(slots=True, kw_only=True)
class Publisher:
    """Keeps the standing facts on the board equal to what holds here."""

    site: Site
    board: Board

    async def step(self) -> bool:
        """Compare, and tell what differs.

        Raises:
            StoreError: Redis does not answer.
        """
        site, board = self.site, self.board
        facts = await board.facts(site.key)
        switches = {
            "all_paused": site.switches.all_paused,
            "paused": sorted(site.switches.paused),
        }
        if facts.switches != switches:
            await board.put_switches(site.key, switches)
        if facts.started_at_s is None:
            await board.put_started(site.key, site.started_at_s)
        # Either way: a date that was set back must not make it silent for as long.
        if abs(site.now_s() - (facts.alive_s or 0.0)) >= _ALIVE_S:
            await board.put_alive(site.key, site.now_s())
            # A Redis that forgot it would believe whoever comes next.
            await board.claim_salt(site.key, mark_of(site.secrets.salt))
            await board.forget_erasures(site.key, at_s=site.now_s())
        challenge = self._challenge()
        if challenge is not None and facts.trial != challenge.mark:
            body = await asyncio.to_thread(challenge.encode)
            await board.put_trial(site.key, challenge.mark, body)
        snapshot = site.snapshot
        if facts.number != snapshot.number:
            if facts.number < 0:
                await board.put_items(site.key, await asyncio.to_thread(self._items))
            body = await asyncio.to_thread(snapshot.encode)
            await board.publish(site.key, snapshot.number, body)
        return False

    def _challenge(self) -> Challenge | None:
        """Return what workers may try now; while a snapshot is pinned, nothing."""
        site = self.site
        if site.challenge is None or site.pin is None:
            return site.challenge
        return site.challenge.waiting()

    def _items(self) -> dict[str, dict[str, Any]]:
        return dict(self.site.journal.items(self.site.key))


@dataclass(slots=True, kw_only=True)
class Stockkeeper:
    """Lets codes be given again after Redis has lost them, not before all are back."""

    site: Site
    store: RedisStore[Session, Visitor]
    workers: Callable[[], dict[str, int]]
    clock: Clock
    _missed_s: float | None = field(default=None)

    async def step(self) -> bool:
        """Look whether the stock is whole.

        Raises:
            StoreError: Redis does not answer.
        """
        key = self.site.key
        await self.store.codes.stock(key, at_s=self.site.now_s())
        names = {LEDGER, *await asyncio.to_thread(self.workers)}
        is_whole = await self.store.begin_stock(key, names=names)
        # Only now: while nobody answered us, nobody could report either.
        now_s = self.clock.monotonic_s()
        if is_whole:
            self._missed_s = None
        elif self._missed_s is None:
            self._missed_s = now_s
            log.warning("stock.waiting", site=key, workers=len(names) - 1)
        elif now_s - self._missed_s > PATIENCE_S:
            log.error("stock.begun_without_all", site=key)
            await self.store.begin_stock(key, names={LEDGER})
        return False


async def build_learner(
    settings: Settings, *, link: Link, clock: Clock | None = None
) -> Service:
    """Return the learner's service, its ledger opened, nothing started.

    Args:
        settings: the whole service's; the ledger is the journal of its data directory.
        link: the way to Redis; the caller's, who holds the lease by it.
        clock: the machine's by default.

    Raises:
        ConfigError: an intervention's options are wrong, or this Redis belongs to
            another ledger.
        StoreError: another process writes the ledger, or Redis does not answer.
    """
    clock, metrics = clock or SystemClock(), SharedInstruments()
    # Whoever builds one holds the lease, and ends when it is lost.
    metrics.holds_lease.set(to=1.0)
    board, commits = Board(link), Commits(metrics)
    journal = LedgerJournal(journal_path(settings), clock=clock, on_commit=commits)
    await _claim(board, journal, settings)
    store = ledger_store(settings)
    service = await assemble(
        settings,
        journal=journal,
        store=store,
        commits=commits,
        clock=clock,
        metrics=metrics,
    )
    for engine in service.engines.values():
        # What a worker that was left alone for a day decides with.
        keep_settings(baseline(engine.site.settings), journal)
    service.beside.append(watching_clock(link, clock, metrics))
    _add_tasks(service, board, Inlet(link), store=store, journal=journal)
    return service


def _add_tasks(
    service: Service,
    board: Board,
    inlet: Inlet,
    *,
    store: RedisStore[Session, Visitor],
    journal: LedgerJournal,
) -> None:
    metrics = service.metrics
    assert isinstance(metrics, SharedInstruments)
    sites = {key: engine.site for key, engine in service.engines.items()}
    merger = Merger(
        journal=journal,
        inlet=inlet,
        board=board,
        sites=sites,
        metrics=metrics,
        wake=service.learner.wake,
    )
    roll = service.roll = RollCall(
        board=board,
        clock=service.clock,
        settings=versions_of(service.settings),
    )
    service.beside += [
        Beside(name="merging", begin=merger.start, step=merger.step, pause_s=MERGE_S),
        Beside(name="roll call", step=roll.step, pause_s=REPORT_S),
        evicting(board, metrics),
    ]
    for site in sites.values():
        publisher = Publisher(site=site, board=board)
        keeper = Stockkeeper(
            site=site, store=store, workers=journal.merged, clock=service.clock
        )
        service.beside += [
            Beside(name="publishing", step=publisher.step, pause_s=_PUBLISH_S),
            Beside(name="stock", step=keeper.step, pause_s=_STOCK_S),
            *listening(site, board, LEDGER, service, journal=None),
        ]


def evicting(board: Board, metrics: SharedInstruments) -> Beside:
    """Return what tells that a full Redis would throw away codes, budgets or visits.

    Of what is gone without a trace nobody would know that it has to be brought back.
    """

    async def look() -> bool:
        policy = await board.eviction()
        if policy and not metrics.redis_evicts.values.get(()):
            log.error("redis.evicts", policy=policy, must_be="noeviction")
        metrics.redis_evicts.set(to=float(bool(policy)))
        return False

    return Beside(name="eviction", step=look, pause_s=_EVICTION_S)


async def _claim(board: Board, journal: LedgerJournal, settings: Settings) -> None:
    """Make sure that this Redis belongs to our ledger, and its workers to our salts.

    A new ledger beside old workers would split their history in two.

    Raises:
        ConfigError: it belongs to another one, or a salt differs.
    """
    name = await asyncio.to_thread(journal.name)
    owner = await board.claim_ledger(name)
    if owner != name:
        journal.close()
        mistake = (
            f"this Redis belongs to ledger {owner}, the data directory holds {name}: "
            "bring back the right one, or delete the key engage:ledger"
        )
        raise ConfigError([mistake])
    try:
        await require_same_salts(board, settings.secrets)
    except ConfigError:
        journal.close()
        raise
