"""What is told of answered requests: all are counted and timed, a few are logged.

A line for each request costs half the throughput; one in a hundred shows what traffic
looks like; whoever was refused has a line of their own, and its id in the answer.
"""

# Rules of this file: no address, path, query, agent or body gets into a line. An id
# says nothing about who sent the request.

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass
from typing import Final

from engage.telemetry import Instruments, logger

log = logger()
REQUEST_ID: Final = "X-Request-Id"
# Ids of two processes, or of two runs of one, never meet.
_RUN: Final = secrets.token_hex(4)
_NUMBERS: Final = itertools.count(1)


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
