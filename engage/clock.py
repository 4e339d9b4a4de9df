"""The one place where time comes from.

Everything that needs to know the time is given a `Clock`; so a replay runs on the
file's own clock and no test ever sleeps.
"""

# Rules of this file: the only module that imports `time` or asks for the current date.

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Says what time it is."""

    def now_s(self) -> float:
        """Return epoch seconds, UTC."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds that never step back, from an arbitrary start."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_s(self) -> float:
        """Return epoch seconds, UTC."""
        return time.time()

    def monotonic_s(self) -> float:
        """Return seconds that never step back, from an arbitrary start."""
        return time.monotonic()


@dataclass(slots=True)
class ManualClock:
    """A clock that stands still until it is moved.

    >>> clock = ManualClock(at_s=100.0)
    >>> clock.move(2.5)
    >>> clock.now_s()
    102.5
    """

    at_s: float = 0.0

    def now_s(self) -> float:
        """Return the epoch seconds it was set to."""
        return self.at_s

    def monotonic_s(self) -> float:
        """Return the same seconds; this clock is only moved forward."""
        return self.at_s

    def move(self, seconds: float) -> None:
        """Move forward by `seconds` >= 0.

        Raises:
            ValueError: the clock would step back.
        """
        if seconds < 0:
            raise ValueError(f"seconds must be >= 0, got {seconds!r}")
        self.at_s += seconds

    def set(self, at_s: float) -> None:
        """Move to `at_s`, but never back."""
        self.at_s = max(self.at_s, at_s)


def rfc3339(at_s: float) -> str:
    """Return epoch seconds as RFC 3339 in UTC with milliseconds.

    >>> rfc3339(1_763_720_100.1234)
    '2025-11-21T10:15:00.123Z'
    """
    whole_ms = round(at_s * 1000)
    moment = datetime.fromtimestamp(whole_ms // 1000, tz=UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{whole_ms % 1000:03d}Z"


def epoch_s(text: str) -> float:
    """Return epoch seconds of an RFC 3339 time with offset.

    Raises:
        ValueError: the text is no RFC 3339 time or has no offset.

    >>> epoch_s("2025-11-21T10:15:00.123Z")
    1763720100.123
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time must carry an offset, got {text!r}")
    return moment.timestamp()
