"""Leaves a backend alone that does not answer, so that nobody waits for it in vain."""

# Rules of this file: pure; time comes in as a number.

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(slots=True)
class Breaker:
    """Counts failures in a row and says how long to wait.

    While it is open nothing is sent. After the pause one attempt may go; if it fails,
    the next pause begins at once, if it succeeds, all is forgotten.

    Attributes:
        limit: failures in a row that open it, >= 1.
        pause_s: seconds without an attempt.

    Reference: Nygard, Release It!, 2007, chapter 5 (circuit breaker).

    >>> breaker = Breaker(limit=2, pause_s=1.0)
    >>> breaker.fail(at_s=10.0), breaker.fail(at_s=10.1)
    (False, True)
    >>> round(breaker.left_s(at_s=10.6), 3), breaker.left_s(at_s=11.1)
    (0.5, 0.0)
    """

    limit: int = 3
    pause_s: float = 1.0
    _failed: int = 0
    _until_s: float = -math.inf

    @property
    def is_probing(self) -> bool:
        """Whether it is open: the next attempt decides."""
        return self._failed >= self.limit

    def left_s(self, *, at_s: float) -> float:
        """Return seconds for which nothing is to be sent; 0 when it is closed."""
        return max(0.0, self._until_s - at_s)

    def fail(self, *, at_s: float) -> bool:
        """Note a failure; return whether this one opened it for the first time."""
        self._failed += 1
        if self.is_probing:
            self._until_s = at_s + self.pause_s
        return self._failed == self.limit

    def succeed(self) -> bool:
        """Note an answer; return whether the breaker had been open."""
        was_open = self.is_probing
        self._failed, self._until_s = 0, -math.inf
        return was_open
