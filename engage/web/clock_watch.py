"""Tells by how much this machine's clock differs from that of Redis, which all share.

A code, a card or a report of agents ends at a time that one process says and another
reads. Where their clocks differ codes are refused that were given minutes ago, and
nobody could see why.
"""

# Rules of this file: measures and tells. Nobody's clock is put right here.

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engage.clock import Clock
from engage.stores.redis.link import Link
from engage.street.shared_metrics import SharedInstruments
from engage.telemetry import logger
from engage.web.beside import Beside

log = logger()
_EVERY_S: Final = 10.0
# Time servers keep machines within milliseconds.
_OFF_S: Final = 2.0


@dataclass(slots=True, kw_only=True)
class ClockWatch:
    """Compares a process's clock with that of Redis."""

    link: Link
    clock: Clock
    metrics: SharedInstruments
    _is_off: bool = False

    async def step(self) -> bool:
        """Compare once; False: there is nothing more to do.

        Raises:
            StoreError: Redis does not answer.
        """
        before_s = self.clock.now_s()
        told = await self.link.ask_all(("TIME",))
        after_s = self.clock.now_s()
        # A master read it somewhere in between.
        here_s, within_s = (before_s + after_s) / 2, abs(after_s - before_s) / 2
        ahead_s = max((here_s - _seconds(*one) for one in told), key=abs)
        self.metrics.clock_ahead.set(to=ahead_s)
        is_off = abs(ahead_s) - within_s > _OFF_S
        if is_off and not self._is_off:
            log.error("clock.off", ahead_s=round(ahead_s, 1))
        self._is_off = is_off
        return False


def watching_clock(link: Link, clock: Clock, metrics: SharedInstruments) -> Beside:
    """Return what tells whether a process's clock is that of the others."""
    watch = ClockWatch(link=link, clock=clock, metrics=metrics)
    return Beside(name="clock", step=watch.step, pause_s=_EVERY_S)


def _seconds(seconds: int | bytes, microseconds: int | bytes) -> float:
    """Return an answer of Redis to `TIME` as epoch seconds.

    >>> _seconds(b"1763720100", b"500000")
    1763720100.5
    """
    return int(seconds) + int(microseconds) / 1e6
