"""Whether the disk takes what the journal's writer writes, for whoever asks."""

# Rules of this file: written by the writer's thread, read by any. A disk is sick when
# it refuses, and as good as sick when it neither takes nor refuses.

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from engage.clock import Clock, SystemClock

# A commit takes milliseconds, a large one on a slow disk some seconds. Whoever waits
# for an answer has given up long before.
STALLED_S: Final = 10.0


class Health:
    """How the last write went, and how long the present one has been under way.

    Attributes:
        is_well: the last write was taken.
        clock: tells how long; the machine's, for disks know no other.
    """

    def __init__(self) -> None:
        self.is_well = True
        self.clock: Clock = SystemClock()
        self._refusal = ""
        self._began_s: float | None = None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Measure a write, from before its first lock to after its last sync."""
        self._began_s = self.clock.monotonic_s()
        try:
            yield
        finally:
            self._began_s = None

    def fall_ill(self, refusal: Exception) -> None:
        """Note that the disk refused."""
        self.is_well, self._refusal = False, str(refusal)

    def recover(self) -> None:
        """Note that the disk has taken a write."""
        self.is_well = True

    def stalled_s(self) -> float:
        """Return for how long the write under way has been; 0 if there is none."""
        began_s = self._began_s
        return 0.0 if began_s is None else self.clock.monotonic_s() - began_s

    def is_good(self) -> bool:
        """Tell whether what is written now can be expected to be kept."""
        return self.is_well and (self._began_s is None or not self._is_stalled())

    def ailment(self) -> str:
        """Return why not, in words; empty if it can."""
        if self._is_stalled():
            return f"a write has waited for the disk for {self.stalled_s():.0f} s"
        return "" if self.is_well else self._refusal

    def _is_stalled(self) -> bool:
        return self.stalled_s() >= STALLED_S
