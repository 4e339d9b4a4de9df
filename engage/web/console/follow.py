"""Follows the journal for the console: lift, value per action, late outcomes."""

# Rules of this file: reads only, in batches on a thread, so that neither the loop nor
# the learner waits. What was read once is not read again.

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

from engage.clock import Clock, rfc3339
from engage.evidence.lift.horizons import horizons_of
from engage.evidence.lift.ledger import KINDS as LIFT_KINDS
from engage.evidence.lift.ledger import Costs, Ledger
from engage.evidence.lift.measure import measure
from engage.evidence.lift.report import Lift, Plan
from engage.evidence.lift.reports import at_horizons
from engage.evidence.values import KINDS as VALUE_KINDS
from engage.evidence.values import Values
from engage.stores.base import JournalReads
from engage.stores.following import Following
from engage.street.site import Site
from engage.telemetry import Instruments, logger
from engage.web.console.hub import Hub
from engage.web.site_figures import SiteFigures

log = logger()
T = TypeVar("T")
_KINDS: Final = tuple({*LIFT_KINDS, *VALUE_KINDS})
# Entries read in one go: about 10 ms of a thread.
_BATCH: Final = 300
_MEASURE_EVERY_S: Final = 4.0
# Of a thread's time; a hundred thousand visitors take a third of a second to measure.
_MEASURE_SHARE: Final = 0.03


class _Outcome(NamedTuple):
    site: str
    decision: str
    name: str
    at_s: float


@dataclass(slots=True)
class Evidence:
    """One site's ledgers, and the last report made from them."""

    ledger: Ledger
    values: Values = field(default_factory=Values)
    lift: Lift | None = None

    def plain(self, site: Site) -> dict[str, Any]:
        """Return lift and value per action as plain data."""
        return {
            "lift": None if self.lift is None else self.lift.plain(),
            "values": self.values.plain(),
            "currency": site.settings.money.currency,
        }


class Follower:
    """Keeps the evidence of all sites up to date.

    Args:
        journal: read from another thread.
        hubs: told of outcomes and of new reports.
    """

    def __init__(
        self,
        journal: JournalReads,
        hubs: Mapping[str, Hub],
        *,
        clock: Clock,
        metrics: Instruments,
    ) -> None:
        self.read_to = 0
        self.journal_end = 0
        self.figures = SiteFigures()
        self._journal, self._hubs = journal, hubs
        self._following = Following(
            journal=journal, kinds=_KINDS, batch=_BATCH, on_damaged=self._pass_over
        )
        self._clock, self._metrics = clock, metrics
        self._evidence = {
            key: Evidence(Ledger(_costs(hub.site))) for key, hub in hubs.items()
        }
        self._measured_at_s = -_MEASURE_EVERY_S
        self._measure_every_s = _MEASURE_EVERY_S
        # What is read must not grow while it is measured.
        self._alone = asyncio.Lock()
        # Always the same one: each thread keeps the memory that a measure took, some
        # hundred megabytes after a year.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="console-follower")

    @property
    def progress(self) -> float:
        """Share of the journal that has been read, [0, 1]."""
        return min(1.0, self.read_to / self.journal_end) if self.journal_end else 1.0

    def evidence(self, site: str) -> dict[str, Any]:
        """Return a site's evidence as plain data."""
        told = self._evidence[site].plain(self._hubs[site].site)
        return {**told, "progress": self.progress}

    async def step(self) -> bool:
        """Read one batch and measure if it is time; True if there is more to read.

        Raises:
            StoreError: the journal cannot be read now.
        """
        async with self._alone:
            return await self._step()

    async def _step(self) -> bool:
        outcomes, n = await self._off_loop(self._read)
        for one in outcomes:
            hub = self._hubs[one.site]
            hub.outcome(one.decision, one.name, at=rfc3339(one.at_s))
        now_s = self._clock.monotonic_s()
        if now_s - self._measured_at_s >= self._measure_every_s:
            await self._measure_all()
            self._measured_at_s = self._clock.monotonic_s()
            took_s = self._measured_at_s - now_s
            self._measure_every_s = max(_MEASURE_EVERY_S, took_s / _MEASURE_SHARE)
        return n == _BATCH

    def close(self) -> None:
        """Let the thread go; what it is doing, it ends."""
        self._thread.shutdown(wait=False)

    async def _off_loop(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def measure(self) -> None:
        """Make every site's report anew and tell who watches."""
        async with self._alone:
            await self._measure_all()

    async def _measure_all(self) -> None:
        for key, evidence in self._evidence.items():
            site = self._hubs[key].site
            evidence.lift = await self._off_loop(partial(self._measure, site, evidence))
            margin = evidence.lift.metrics["margin"]
            self._metrics.lift_margin.clear(key)
            if margin.low is not None and margin.high is not None:
                for bound in ("low", "difference", "high"):
                    value = getattr(margin, bound)
                    self._metrics.lift_margin.set(key, bound, to=value)
            self.figures.set_lift(key, evidence.lift)
            self.figures.set_values(key, evidence.values)
            self._hubs[key].tell("evidence", self.evidence(key))

    def _read(self) -> tuple[list[_Outcome], int]:
        self.journal_end = self._journal.last_offset()
        entries = self._following.next()
        outcomes = []
        for entry in entries:
            record = entry.record
            evidence = self._evidence.get(record.site)
            if evidence is None:
                continue
            evidence.ledger.take(entry)
            evidence.values.take(entry)
            if record.kind == "outcome":
                name = record.body["name"]
                told = _Outcome(record.site, record.key, name, record.at_s)
                outcomes.append(told)
        self.read_to = self._following.offset
        return outcomes, len(entries)

    def _pass_over(self, offset: int) -> None:
        self._metrics.dropped.add("damaged_record")
        log.error("record.damaged", offset=offset, reader="console")

    def _measure(self, site: Site, evidence: Evidence) -> Lift:
        at_s = self._clock.now_s()
        plan = Plan(horizon_s=site.settings.windows.long_close_s)
        visitors = evidence.ledger.visitors(horizon_s=plan.horizon_s, at_s=at_s)
        horizons = horizons_of(plan.horizon_s)
        return measure(
            visitors,
            plan=plan,
            at_s=at_s,
            horizons=at_horizons(evidence.ledger, horizons, at_s=at_s),
        )


def _costs(site: Site) -> Costs:
    money = site.settings.money
    return Costs(
        chat_cents=money.agent_cost_cents, dismissal_cents=money.annoyance_cents
    )
