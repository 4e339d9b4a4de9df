"""What is told of answered requests: all are counted and timed, a few are logged.

A line for each request costs half the throughput; one in a hundred shows what traffic
looks like. Who was refused has a line of their own, and its id in the answer, unless
all are: a full disk must not be told of once a beacon.
"""

# Rules of this file: no address, path, query, agent or body gets into a line. An id
# says nothing about who sent the request.

from __future__ import annotations

import itertools
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from engage.telemetry import Instruments, logger

log = logger()
REQUEST_ID: Final = "X-Request-Id"
# Ids of two processes, or of two runs of one, never meet.
_RUN: Final = secrets.token_hex(4)
_NUMBERS: Final = itertools.count(1)
# Refusals of a kind that have a line each in a minute; of more, one in so many has.
TOLD_A_MINUTE: Final = 10
_MINUTE_S: Final = 60.0


def request_id() -> str:
    """Return a new id; made only where a line or a problem carries it.

    >>> first, second = request_id(), request_id()
    >>> first == second, len(first.partition("-")[0])
    (False, 8)
    """
    return f"{_RUN}-{next(_NUMBERS)}"


@dataclass(slots=True)
class Answered:
    """Counts, times and samples what was answered.

    Attributes:
        every: one line in so many requests; 0 logs none.
    """

    metrics: Instruments
    every: int
    _left: int = 0
    # Refusals of this minute, by route and kind: both of closed lists.
    _refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    _minute: int = 0

    def __post_init__(self) -> None:
        """Log the first request: whoever starts a service sees that it answers."""
        self._left = min(self.every, 1)

    def note(
        self, route: str, method: str, *, status: int, seconds: float, request: str = ""
    ) -> None:
        """Count one answer; the first and every so many after it are logged.

        Args:
            route: name of the route, never its path.
            method: one of the known ones, or `other`.
            status: HTTP status.
            seconds: from the request's head to its answer.
            request: its id, if it has one already.
        """
        self.metrics.http_requests.add(route, method, str(status))
        self.metrics.http_seconds.observe(route, of=seconds)
        self._left -= 1
        if self._left == 0:
            self._left = self.every
            log.info(
                "request.answered",
                route=route,
                method=method,
                status=status,
                ms=round(seconds * 1_000, 2),
                request=request or request_id(),
                one_in=self.every,
            )

    def lines_for(self, route: str, kind: str, *, now_s: float) -> int:
        """Return for how many refusals the line of this one stands; 0: it has none.

        Args:
            route: name of the route.
            kind: of the refusal, or of what failed.
            now_s: seconds of a clock that only goes on.

        >>> told = Answered(Instruments(), every=100)
        >>> lines = [told.lines_for("beacons", "late", now_s=0) for _ in range(210)]
        >>> lines.count(1), lines.count(100), lines.count(0)
        (10, 2, 198)
        """
        minute = int(now_s // _MINUTE_S)
        if minute != self._minute:
            self._minute = minute
            self._refused.clear()
        self._refused[route, kind] += 1
        beyond = self._refused[route, kind] - TOLD_A_MINUTE
        if beyond <= 0:
            return 1
        return self.every if self.every and beyond % self.every == 0 else 0
