"""What workers tell the learner of themselves, so that one console shows them all.

Counters live in the process that counts. Each worker says now and then how its own
stand; the learner keeps the last word of each, and the console adds them up.
"""

# Rules of this file: soft knowledge, one small message a worker every few seconds. Who
# ends in order signs off; who falls silent stays on the list for a day, with its last
# word.

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from engage.clock import Clock
from engage.errors import StoreError
from engage.stores.redis.board import Board
from engage.street.shared_metrics import SharedInstruments
from engage.telemetry import logger
from engage.web.counting import counts_of

log = logger()
REPORT_S: Final = 2.0
_GONE_S: Final = 86_400.0


@dataclass(slots=True, kw_only=True)
class Reporter:
    """Tells the learner how a worker stands.

    Attributes:
        me: the worker's name.
        index: which of the workers of its machine it is, from 0.
        settings: content hash of each site's settings that it decides with.
    """

    board: Board
    me: str
    index: int
    metrics: SharedInstruments
    clock: Clock
    settings: Mapping[str, str] = field(default_factory=dict)

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
            "settings": dict(self.settings),
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
        settings: content hash of each site's settings, as they are here.
        reports: the last word of each, by name.
    """

    board: Board
    clock: Clock
    settings: Mapping[str, str] = field(default_factory=dict)
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    # By name: when its last word says that it was said, and when it was new here.
    _said: dict[str, float] = field(default_factory=dict)
    _heard: dict[str, float] = field(default_factory=dict)
    # By name: the sites of which it has other settings, as was told.
    _differing: dict[str, list[str]] = field(default_factory=dict)

    async def step(self) -> bool:
        """Listen once; who was silent for a day is taken off the list.

        Raises:
            StoreError: Redis does not answer.
        """
        found = await self.board.reports()
        now_s = self.clock.now_s()
        for name, one in found.items():
            self._hear(name, one["at_s"], now_s=now_s)
            self._compare(name, one)
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

    def _compare(self, name: str, one: Mapping[str, Any]) -> None:
        """Tell of a worker that was started with another file than the learner.

        What it offers beyond ours is never learned, and a site that we do not have is
        never settled; both are well for the minutes of a change, and not for longer.
        """
        said = one.get("settings")
        if not said:
            return
        sites = said.keys() | self.settings.keys()
        differing = sorted(s for s in sites if said.get(s) != self.settings.get(s))
        if differing and differing != self._differing.get(name):
            log.warning("settings.differ", worker=one["index"], sites=differing)
        self._differing[name] = differing

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
