"""What runs beside requests: closings, kept visits, retention, levels, loop lag."""

# Rules of this file: every task is started and stopped here. One that fails is logged,
# counted and tried again; it never takes another with it, nor stops for good.

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from heapq import merge
from pathlib import Path
from typing import Final, Protocol

from engage.clock import Clock
from engage.engine import Engine
from engage.errors import StoreError
from engage.settings import RetentionSettings
from engage.stores.base import Journal, Store, VisitKey
from engage.street.beginning import begun_at_s
from engage.street.closings import tick
from engage.street.ending import together
from engage.street.opening import coview_name
from engage.street.site import Site
from engage.street.turns import by_turns
from engage.telemetry import Instruments, logger
from engage.visits.session import Session, to_bytes
from engage.visits.visitor import Visitor
from engage.web.levels import Levels
from engage.web.postponed import Postponed

log = logger()
# Closing a short window may take a tick; the promise is a snapshot within a second.
TICK_S: Final = 0.25
# A crash may cost up to 5 s of plain behaviour.
KEEP_EVERY_S: Final = 4.0
# Packed in one go: a third of a millisecond of the loop; beacons go in between.
KEEP_AT_ONCE: Final = 100
# As long in one go; what is sorted so far is merged with the packing.
SORTED_AT_ONCE: Final = 500
# Co-views are learned from weeks of visits; a minute of them is no loss.
COVIEWS_EVERY_S: Final = 60.0
# Products in one go: a millisecond of the loop.
COVIEWS_AT_ONCE: Final = 200
# Those of 70,000 products are 38 MB: once in six minutes, so that the disk is left some
# gigabytes a day.
_COVIEWS_BYTES_S: Final = 100_000.0
# Of the half hour that a visit lasts after its last beacon, some minutes more.
SWEEP_EVERY_S: Final = 300.0
LEVELS_EVERY_S: Final = 2.0
LAG_EVERY_S: Final = 0.5
DAY_S: Final = 86_400.0
# A task that failed for a reason nobody foresaw must not fill the log.
_BACK_OFF_S: Final = 5.0

Job = Callable[[], Awaitable[None]]


class Learning(Protocol):
    """What learns beside the requests, on a thread of its own."""

    def start(self) -> None:
        """Start to learn."""
        ...

    def wake(self) -> None:
        """Say that the journal has grown; callable from any thread."""
        ...

    def stop(self) -> None:
        """Learn no more; blocks until the thread has ended."""
        ...


@dataclass(slots=True, kw_only=True)
class Upkeep:
    """The timers of a service.

    Attributes:
        is_worker: one of several; closings and counts of them belong to the ledger.
    """

    engines: Mapping[str, Engine]
    journal: Journal
    store: Store[Session, Visitor]
    learner: Learning
    retention: RetentionSettings
    clock: Clock
    metrics: Instruments
    data: Path
    is_worker: bool = False
    levels: Levels = field(init=False)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _coviews_at: dict[str, int] = field(default_factory=dict)
    _coviews_due_s: dict[str, float] = field(default_factory=dict)
    _unkept: dict[VisitKey, Session | None] = field(default_factory=dict)
    # Why nothing can be kept, as it was last told; empty while all is well.
    _ailment: str = ""
    _ailing_s: float = 0.0
    # The timer, and whoever asks what is held about a visitor: one after the other.
    _keeping: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        """Make what fills the levels; nothing ails yet."""
        self._ailing_s = self.clock.monotonic_s()
        self.levels = Levels(
            sites=[engine.site for engine in self.engines.values()],
            journal=self.journal,
            store=self.store,
            clock=self.clock,
            metrics=self.metrics,
            data=self.data,
            is_worker=self.is_worker,
        )

    def start(self) -> None:
        """Start every timer."""
        for key, engine in self.engines.items():
            if not self.is_worker:
                self._every(TICK_S, f"ticks {key}", partial(self.tick, engine.site))
        self._every(KEEP_EVERY_S, "keeping", self.keep)
        now_and_then = partial(self.keep_coviews, is_forced=False)
        self._every(COVIEWS_EVERY_S, "co-views", now_and_then)
        self._every(DAY_S, "retention", self.prune)
        if self.is_worker:
            self._every(SWEEP_EVERY_S, "sweeping", self.sweep)
        self._every(LEVELS_EVERY_S, "levels", self.levels.fill)
        watch = asyncio.create_task(self._watch_loop(), name="loop-lag")
        self._tasks.append(watch)

    async def stop(self) -> None:
        """Stop every timer, then keep what changed since it last ran."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()
        for job in (self.keep, self.keep_coviews):
            try:
                await job()
            except StoreError as error:
                log.warning("visits.not_kept", error=str(error))

    async def tick(self, site: Site) -> None:
        """Close what is due, and wake the learner when something was."""
        if await tick(site):
            self.learner.wake()
        self.metrics.live_sessions.set(to=await self.store.live_sessions())

    async def keep(self) -> None:
        """Keep the sessions that changed since the last time.

        Raises:
            StoreError: they cannot be kept now.
        """
        async with self._keeping:
            # With what the last time failed or was cancelled over.
            self._unkept |= await self.store.dirty()
            runs = [
                sorted(some)
                async for some in by_turns(tuple(self._unkept), most=SORTED_AT_ONCE)
            ]
            # In the file's own order: neighbours share a page, which is written once.
            async for some in by_turns(merge(*runs), most=KEEP_AT_ONCE):
                # As they are now: one that was erased meanwhile must not come back.
                self._unkept |= await self.store.dirty()
                await self._keep({key: self._unkept[key] for key in some})
                for key in some:
                    del self._unkept[key]

    async def _keep(self, changed: Mapping[VisitKey, Session | None]) -> None:
        rows = {key: to_bytes(one) for key, one in changed.items() if one is not None}
        gone = changed.keys() - rows.keys()
        # Both queued before anything else can happen.
        await together(
            (
                self.journal.keep_visits(rows, at_s=self.clock.now_s()),
                self.journal.drop_visits(gone),
            )
        )

    async def keep_coviews(self, *, is_forced: bool = True) -> None:
        """Keep what was learned about products seen together.

        Args:
            is_forced: also what is large and was kept a moment ago.

        Raises:
            StoreError: it cannot be kept now.
        """
        for key, engine in self.engines.items():
            offset, now_s = self.journal.last_offset(), self.clock.monotonic_s()
            coviews = engine.site.coviews
            if not len(coviews) or self._coviews_at.get(key) == offset:
                continue
            if not is_forced and now_s < self._coviews_due_s.get(key, now_s):
                continue
            # On the loop, which owns them, and beacons come between.
            slices = by_turns(coviews.pieces(rows=COVIEWS_AT_ONCE), most=1)
            body = b"".join([piece async for (piece,) in slices])
            put = partial(self.journal.put_checkpoint, coview_name(key), offset=offset)
            await asyncio.to_thread(put, body=body)
            self._coviews_at[key] = offset
            self._coviews_due_s[key] = now_s + len(body) / _COVIEWS_BYTES_S

    async def prune(self) -> None:
        """Remove what was kept long enough; appends go on in between."""
        for key in self.engines:
            # Before the first decision goes.
            await asyncio.to_thread(begun_at_s, self.journal, key)
        removed = await asyncio.to_thread(
            self.journal.prune, self.retention, at_s=self.clock.now_s()
        )
        log.info("journal.pruned", rows=removed)

    async def sweep(self) -> None:
        """Forget kept visits that are over: the learner ends them, and tells nobody.

        Or a restart would bring them all back, to be ended once more.
        """
        windows = [one.site.settings.windows for one in self.engines.values()]
        longest_s = max((one.session_idle_s for one in windows), default=0.0)
        before_s = self.clock.now_s() - longest_s - SWEEP_EVERY_S
        await asyncio.to_thread(self.journal.sweep_visits, before_s=before_s)

    def _every(self, seconds: float, name: str, job: Job) -> None:
        repeated = self._repeat(seconds, name, job)
        self._tasks.append(asyncio.create_task(repeated, name=name))

    async def _repeat(self, seconds: float, name: str, job: Job) -> None:
        postponed = Postponed(task=name)
        while True:
            wait_s = seconds
            try:
                await job()
                postponed.end(now_s=self.clock.monotonic_s())
            except StoreError as error:
                postponed.tell(error, now_s=self.clock.monotonic_s())
                wait_s = min(seconds, DAY_S / 24)
            except Exception:
                # The task boundary: a timer that died in silence would close nothing.
                log.exception("upkeep.failed", task=name)
                self.metrics.failures.add(name.partition(" ")[0])
                wait_s = max(_BACK_OFF_S, min(seconds, DAY_S / 24))
            await asyncio.sleep(wait_s)

    async def _watch_loop(self) -> None:
        while True:
            before_s = self.clock.monotonic_s()
            await asyncio.sleep(LAG_EVERY_S)
            late_s = self.clock.monotonic_s() - before_s - LAG_EVERY_S
            self.metrics.loop_lag.observe(of=max(0.0, late_s))
            self.watch_disk()

    def watch_disk(self) -> None:
        """Tell once that the journal takes nothing, and once that it does again.

        By this timer, because it asks the disk for nothing and so never hangs with it.
        """
        ailment, now_s = self.journal.ailment(), self.clock.monotonic_s()
        if not ailment:
            self._ailing_s = now_s
        # Whether it hangs or refuses is all the same to who waits.
        refused_s = now_s - self._ailing_s
        self.metrics.journal_stalled.set(to=max(refused_s, self.journal.stalled_s()))
        if ailment and not self._ailment:
            log.error("journal.stopped", why=ailment)
        elif self._ailment and not ailment:
            log.info("journal.resumed")
        self._ailment = ailment
