"""What workers tell the learner of themselves, so that one console shows them all.

Counters live in the process that counts. Each worker says now and then how its own
stand; the learner keeps the last word of each, and the console adds them up.
"""

# Rules of this file: soft knowledge, one small message a worker every few seconds. Who
# ends in order signs off; who falls silent stays on the list for a day, with its last
# word.

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from engage.clock import Clock
from engage.errors import StoreError
from engage.stores.redis_board import Board
from engage.street.shared_metrics import SharedInstruments
from engage.web.counting import counts_of

REPORT_S: Final = 2.0
_GONE_S: Final = 86_400.0


@dataclass(slots=True, kw_only=True)
class Reporter:
    """Tells the learner how a worker stands.

    Attributes:
        me: the worker's name.
        index: which of the workers of its machine it is, from 0.
    """

    board: Board
    me: str
    index: int
    metrics: SharedInstruments
    clock: Clock

    async def step(self) -> bool:
        """Say it once; False: there is no more to say now.

        Raises:
            StoreError: Redis does not answer.
        """
        metrics = self.metrics
        report = {
            "at_s": self.clock.now_s(),
            "index": self.index,
            "snapshot": max(metrics.snapshot_number.values.values(), default=0.0),
            "unshipped": metrics.unshipped.values.get((), 0.0),
            "counts": counts_of(metrics),
        }
        await self.board.report(self.me, report)
        return False

    async def sign_off(self) -> None:
        """Leave the list, so that nobody is looked for who was stopped on purpose."""
        with suppress(StoreError):
            await self.board.strike_off([self.me])


@dataclass(slots=True, kw_only=True)
class RollCall:
    """What the learner has heard of its workers.

    Attributes:
        reports: the last word of each, by name.
    """

    board: Board
    clock: Clock
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    # By name: when its last word says that it was said, and when it was new here.
    _said: dict[str, float] = field(default_factory=dict)
    _heard: dict[str, float] = field(default_factory=dict)

    async def step(self) -> bool:
        """Listen once; who was silent for a day is taken off the list.

        Raises:
            StoreError: Redis does not answer.
        """
        found = await self.board.reports()
        now_s = self.clock.now_s()
        for name, one in found.items():
            self._hear(name, one["at_s"], now_s=now_s)
        since_s = now_s - _GONE_S
        gone = [name for name in found if self._heard[name] < since_s]
        if gone:
            await self.board.strike_off(gone)
        self.reports = {n: one for n, one in found.items() if n not in gone}
        return False

    def _hear(self, name: str, said_s: float, *, now_s: float) -> None:
        """Note a word: its worker's clock tells only that it is a new one.

        Unless it is the first that is heard here; it may be a dead worker's.
        """
        last_s = self._said.get(name)
        if last_s is None:
            self._heard[name] = min(said_s, now_s)
        elif last_s != said_s:
            self._heard[name] = now_s
        self._said[name] = said_s

    def plain(self, *, at_s: float) -> list[dict[str, Any]]:
        """Return how each worker stands, without its counts, for the console."""
        return [
            {
                "name": name,
                "silent_s": max(0.0, at_s - self._heard.get(name, one["at_s"])),
                **{key: one[key] for key in ("index", "snapshot", "unshipped")},
            }
            for name, one in sorted(
                self.reports.items(), key=lambda told: (told[1]["index"], told[0])
            )
        ]
