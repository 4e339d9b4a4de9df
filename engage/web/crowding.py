"""Sends beacons away in time when more come than can be answered.

A turn of the event loop hands over every beacon that has arrived meanwhile. If taking
them lasts too long, everybody behind is late, and so is everybody in the next turn: it
serves most to tell the rest at once to come back.
"""

# Rules of this file: knows no route and no shop. Refusing must cost next to nothing, or
# it is the refusals that use up the time.

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Final

from engage.web.answers import Ready

# Who is taken waits for two turns at most, with room for what else the loop does.
TURN_S: Final = 0.05
# So few are no rush: it is the machine that stands still.
FEW: Final = 64


class Crowd:
    """How long the event loop has been taking beacons without a break.

    Args:
        most_s: what a turn may last before the rest of it is sent away, seconds.
        few: so many of a turn are taken however long it lasts.
    """

    def __init__(self, *, most_s: float = TURN_S, few: int = FEW) -> None:
        self.most_s, self.few = most_s, few
        self._since_s = 0.0
        self._behind_until_s = -math.inf
        self._taken = 0
        # Of this turn: the answer for each origin is made once.
        self._refusals: dict[str | None, Ready] = {}

    def is_too_much(self, now_s: float) -> bool:
        """Tell whether a beacon that is read now comes too late in its turn."""
        if not self._taken:
            self._since_s = now_s
            # What has arrived is handed over first; then whatever is due soon.
            asyncio.get_running_loop().call_soon(self._end)
        elif self._taken >= self.few and now_s - self._since_s > self.most_s:
            # Until the end of the next turn.
            self._behind_until_s = now_s + 2 * self.most_s
            return True
        self._taken += 1
        return False

    def is_behind(self, now_s: float) -> bool:
        """Tell whether beacons are sent away in these turns of the loop."""
        return now_s < self._behind_until_s

    def refusal(self, origin: str | None, make: Callable[[], Ready]) -> Ready:
        """Return the answer for an origin, made where there is none yet."""
        if not self._refusals:
            asyncio.get_running_loop().call_soon(self._refusals.clear)
        found = self._refusals.get(origin)
        if found is None:
            found = self._refusals[origin] = make()
        return found

    def _end(self) -> None:
        self._taken = 0
