"""Who has been silent longest, for some thirty bytes a visitor.

Visitors are filed under a second and stay there while they go on talking; only when
that second is the oldest are they looked at, and filed anew if they were heard since.
"""

# Rules of this file: a visitor is filed once, never later than its silence began, so
# whoever is silent longest is found first. The order is exact, not by the second.

from __future__ import annotations

import heapq
import itertools
import math
from bisect import insort
from collections.abc import Callable


class Silence:
    """Visitors of one site, in the order in which they fell silent.

    Args:
        silent_of: tells since when a visitor that was entered is silent; asked only
            when its turn comes, so it may have been heard any number of times.
        refile: notes under which second a visitor is filed now.
    """

    def __init__(
        self, silent_of: Callable[[str], float], refile: Callable[[str, int], None]
    ) -> None:
        self._silent_of = silent_of
        self._refile = refile
        # Dicts of names, which the garbage collector passes over; lists it would look
        # through, name by name, and stop the loop for longer with every visitor.
        self._names: dict[int, dict[str, None]] = {}
        self._seconds: list[int] = []
        # The oldest ones, exactly: (silent since, place, visitor). All that is filed
        # under `_open_until` or earlier lies here and nowhere else. An entry counts
        # if its time is the one in `_since`.
        self._open: list[tuple[float, int, str]] = []
        self._since: dict[str, float] = {}
        self._open_until: float = -math.inf
        self._places = itertools.count()

    def enter(self, name: str, silent_s: float) -> int:
        """File a visitor; return the second it is filed under."""
        second = math.floor(silent_s)
        if second <= self._open_until:
            self._since[name] = silent_s
            heapq.heappush(self._open, (silent_s, next(self._places), name))
            return second
        if second not in self._names:
            self._names[second] = {}
            insort(self._seconds, second)
        self._names[second][name] = None
        return second

    def leave(self, name: str, filed: int) -> None:
        """Take out a visitor, filed under this second."""
        if filed <= self._open_until:
            del self._since[name]
        else:
            del self._names[filed][name]

    def lower(self, name: str, filed: int, *, silent_s: float) -> int:
        """Note that a visitor is silent for longer than it was; return its second."""
        if filed <= self._open_until:
            is_found = self._since[name] <= silent_s
        else:
            is_found = filed <= math.floor(silent_s)
        if is_found:
            return filed
        self.leave(name, filed)
        return self.enter(name, silent_s)

    def longest(
        self, limit: int, *, before_s: float = math.inf
    ) -> list[tuple[float, str]]:
        """Return since when and who, the longest silent first.

        Args:
            limit: return no more than these.
            before_s: leave out those silent since then or later, epoch seconds.
        """
        found: dict[str, tuple[float, int, str]] = {}
        while len(found) < limit and self._settle(before_s):
            first = heapq.heappop(self._open)
            found[first[2]] = first
        for first in found.values():
            heapq.heappush(self._open, first)
        return [(since_s, name) for since_s, _, name in found.values()]

    def _settle(self, before_s: float) -> bool:
        """Bring who is silent longest to the front; tell whether it is since before."""
        while True:
            while not self._open:
                # Nobody's silence began before the second they are filed under.
                if not self._seconds or self._seconds[0] >= before_s:
                    return False
                self._open_next()
            since_s, place, name = self._open[0]
            if since_s >= before_s:
                # Whoever is filed later is silent for less long.
                return False
            if self._since.get(name) != since_s:
                heapq.heappop(self._open)
                continue
            silent_s = self._silent_of(name)
            if silent_s == since_s:
                return True
            if math.floor(silent_s) <= self._open_until:
                self._since[name] = silent_s
                heapq.heapreplace(self._open, (silent_s, place, name))
            else:
                heapq.heappop(self._open)
                del self._since[name]
                self._refile(name, self.enter(name, silent_s))

    def _open_next(self) -> None:
        """Open the oldest second, and file those heard since under a later one."""
        second = self._open_until = self._seconds.pop(0)
        for name in self._names.pop(second):
            filed = self.enter(name, self._silent_of(name))
            if filed != second:
                self._refile(name, filed)
