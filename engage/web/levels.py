"""Fills the levels that nobody passes by: budgets, codes, agents, open decisions."""

# Rules of this file: reads what stores and journal know and sets instruments. Whatever
# grows with the shop is read on a thread, and rarely.

from __future__ import annotations

import asyncio
import itertools
import math
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engage.clock import Clock
from engage.errors import StoreError
from engage.stores.base import CodeState, Journal, Store
from engage.street.agents import named_groups
from engage.street.shared_metrics import SharedInstruments
from engage.street.site import Site
from engage.telemetry import Instruments
from engage.visits.session import Session
from engage.visits.visitor import Visitor

# Counting a year's codes takes a tenth of a second of a thread.
CODES_EVERY_S: Final = 60.0
# Counting a week's windows takes milliseconds.
OPEN_EVERY_S: Final = 10.0


@dataclass(slots=True, kw_only=True)
class Levels:
    """Sets gauges from what is known.

    Attributes:
        data: the data directory; how full its disk is, is a level, too.
        is_worker: one of several; windows and codes are counted by the ledger.
    """

    sites: Sequence[Site]
    journal: Journal
    store: Store[Session, Visitor]
    clock: Clock
    metrics: Instruments
    data: Path
    is_worker: bool = False
    _codes_s: float = -math.inf
    _open_s: float = -math.inf

    async def fill(self) -> None:
        """Set every level.

        Raises:
            StoreError: journal or store cannot be read now.
        """
        at_s = self.clock.now_s()
        # On a thread: a disk that hangs does not answer this either.
        disk = await asyncio.to_thread(shutil.disk_usage, self.data)
        self.metrics.data_free.set(to=disk.free / disk.total)
        try:
            for site in self.sites:
                await self._fill_site(site, at_s=at_s)
        except StoreError:
            self._tell_degraded(is_degraded=True)
            raise
        # A worker's store answers from what it knows while Redis is away, and says so.
        self._tell_degraded(is_degraded=self.store.is_degraded)
        await self._fill_counts(at_s=at_s)

    def _tell_degraded(self, *, is_degraded: bool) -> None:
        if isinstance(self.metrics, SharedInstruments):
            self.metrics.degraded.set(to=float(is_degraded))

    async def _fill_counts(self, *, at_s: float) -> None:
        if self.is_worker:
            self.metrics.live_sessions.set(to=await self.store.live_sessions())
            return
        # Not by the date: one that is set back must not hold the figures up.
        now_s = self.clock.monotonic_s()
        if now_s - self._open_s >= OPEN_EVERY_S:
            self._open_s = now_s
            await self._fill_open()
        if now_s - self._codes_s >= CODES_EVERY_S:
            self._codes_s = now_s
            for site in self.sites:
                await self._fill_codes(site, at_s=at_s)

    async def _fill_codes(self, site: Site, *, at_s: float) -> None:
        found = entered(
            await asyncio.to_thread(self.journal.count_codes, site.key, at_s=at_s)
        )
        # Without any code yet a pool is there, too, and an alert says so.
        for labels in itertools.product(site.budgets_cents, ("free", "given")):
            found.setdefault(labels, 0)
        for labels, count in found.items():
            self.metrics.codes.of(site.key).sums[labels] = float(count)

    async def _fill_site(self, site: Site, *, at_s: float) -> None:
        age_s = at_s - site.snapshot.at_s
        self.metrics.snapshot_number.set(site.key, to=site.snapshot.number)
        is_new = not site.snapshot.at_s
        self.metrics.snapshot_age.set(site.key, to=0.0 if is_new else max(0.0, age_s))
        groups = await self.store.chats.groups(site.key, at_s=at_s)
        # Never announced is a figure, too: an alert says that nobody can be asked.
        for name in named_groups(site):
            free = groups[name].free if name in groups else 0
            self.metrics.free_agents.set(site.key, name, to=free)
        await self._fill_budgets(site, at_s=at_s)

    async def _fill_budgets(self, site: Site, *, at_s: float) -> None:
        stock = await self.store.codes.stock(site.key, at_s=at_s)
        for pool, whole_cents in site.budgets_cents.items():
            if pool in stock:
                ratio = stock[pool].budget_left_cents / whole_cents
                self.metrics.budget_left.set(site.key, pool, to=ratio)

    async def _fill_open(self) -> None:
        """Count the decisions whose long window is open; each has one."""
        counts = [
            await asyncio.to_thread(self.journal.count_windows, site.key)
            for site in self.sites
        ]
        self.metrics.open_decisions.set(to=sum(one.get("long", 0) for one in counts))


def entered(
    counts: Mapping[tuple[str, CodeState], int],
) -> Counter[tuple[str, str]]:
    """Return how many codes ever entered each state, by pool; only ever grows.

    >>> sorted(entered({("autumn", "redeemed"): 2}).items())
    [(('autumn', 'free'), 2), (('autumn', 'given'), 2), (('autumn', 'redeemed'), 2)]
    """
    found: Counter[tuple[str, str]] = Counter()
    for (pool, state), n in counts.items():
        found[pool, "free"] += n
        if state in {"given", "redeemed", "expired"}:
            found[pool, "given"] += n
        if state in {"redeemed", "expired"}:
            found[pool, state] += n
    return found
