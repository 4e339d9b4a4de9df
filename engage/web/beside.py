"""Something that a service does again and again beside its requests.

What is due at the same pace is due in the same turn of the event loop: what several
steps ask of Redis then travels together (`redis/link`), which is most of their cost.
"""

# Rules of this file: the task that is started here is stopped here. A step that fails
# is tried again, after longer and longer pauses.

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from engage.errors import StoreError
from engage.instruments import Tally
from engage.telemetry import logger
from engage.web.postponed import Postponed

log = logger()
_LONGEST_S: Final = 2.0
# What is still on its way at the end may take so long.
_LAST_S: Final = 3.0
# A timer may be so early: what is due within it was due now.
_EARLY_S: Final = 0.002


async def _nothing() -> None:
    """Do nothing, at the beginning or at the end."""


@dataclass(slots=True, kw_only=True)
class Beside:
    """One repeated step.

    Attributes:
        name: for the log.
        step: returns whether it should run again at once.
        pause_s: between two steps with nothing to do.
        begin: runs before the first step, until it succeeds once.
        is_last: runs once more at the end, until there is nothing to do.
        finish: runs at the very end, also of what was never started.
    """

    name: str
    step: Callable[[], Awaitable[bool]]
    pause_s: float
    begin: Callable[[], Awaitable[None]] = _nothing
    is_last: bool = False
    finish: Callable[[], Awaitable[None]] = _nothing
    _task: asyncio.Task[None] | None = None
    _failures: Tally | None = None
    _due_s: float = 0.0
    _postponed: Postponed = field(init=False)

    def __post_init__(self) -> None:
        """Have a way to say that it waits."""
        self._postponed = Postponed(task=self.name)

    def start(self, *, failures: Tally | None = None) -> None:
        """Start.

        Args:
            failures: counts steps that failed by our own fault, by name.
        """
        self._failures = failures
        self._due_s = asyncio.get_running_loop().time()
        self._task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """Stop, and finish what must not wait for the next start."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
            if self.is_last:
                with suppress(StoreError, TimeoutError):
                    await asyncio.wait_for(self._end(), _LAST_S)
        await self.finish()

    async def _end(self) -> None:
        while await self.step():
            continue

    async def _run(self) -> None:
        await self._repeat(self._begin)
        while True:
            await self._repeat(self.step)

    async def _begin(self) -> bool:
        await self.begin()
        return True

    async def _repeat(self, step: Callable[[], Awaitable[bool]]) -> None:
        """Run a step until it succeeds, then wait if it has nothing more to do."""
        pause_s, now_s = self.pause_s, asyncio.get_running_loop().time
        while True:
            try:
                is_busy = await step()
                break
            except StoreError as error:
                self._postponed.tell(error, now_s=now_s())
            except Exception:
                # The task boundary: what died in silence would be missed by nobody.
                log.exception("step.failed", task=self.name)
                if self._failures is not None:
                    self._failures.add(self.name)
            pause_s = min(_LONGEST_S, 2 * pause_s)
            await asyncio.sleep(pause_s)
        self._postponed.end(now_s=now_s())
        if not is_busy:
            await self._rest()

    async def _rest(self) -> None:
        now_s = asyncio.get_running_loop().time()
        self._due_s = next_beat(self._due_s, pause_s=self.pause_s, now_s=now_s)
        await asyncio.sleep(self._due_s - now_s)


def next_beat(before_s: float, *, pause_s: float, now_s: float) -> float:
    """Return when a step is due again: whole pauses after it was due before.

    Late or early by a little, it keeps in time with all that began when it did; of a
    step that took longer than its pause, beats are left out.

    >>> [next_beat(10.0, pause_s=0.5, now_s=now_s) for now_s in (10.1, 11.6)]
    [10.5, 12.0]
    >>> next_beat(10.5, pause_s=0.5, now_s=10.499)
    11.0
    """
    passed = (now_s + _EARLY_S - before_s) // pause_s
    return before_s + pause_s * (passed + 1)
