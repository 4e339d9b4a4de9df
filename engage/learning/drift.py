"""Watches for change: does the world, or what a model gets wrong, move?

Page and Hinkley's test on standardised numbers, both ways. In river's own comparison
of detectors on a shop's rates it found a doubled and a halved rate soonest without
raising false alarms; the same thresholds in standard deviations serve rates,
residuals and rewards alike. An alarm is a hint for people: what decides
is the snapshot check and the promotion test.
"""

# Rules of this file: plain numbers, so that a restart goes on bit for bit. A number
# that is none is refused: it would silence a detector for good.

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from engage.errors import FeatureError

# In standard deviations: a drift per number that is tolerated, and the sum of what is
# above it that is an alarm: .005 and 25 on a rate of 3 %.
_SLACK: Final = 0.03
_ALARM: Final = 150.0
# Numbers before a standard deviation is believed.
_LEAST: Final = 100
# A single number counts for no more than so many standard deviations.
_MOST: Final = 5.0
# Detectors of one site: scorers and actions are few, and bounded all the same.
_MOST_SIGNALS: Final = 200


@dataclass(slots=True)
class PageHinkley:
    """A change of a mean, up or down.

    Reference: Page 1954; Hinkley 1971.

    >>> detector = PageHinkley()
    >>> any(detector.see(float(i % 2)) for i in range(5_000))
    False
    >>> any(detector.see(1.0) for i in range(400))
    True
    """

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0
    up: float = 0.0
    down: float = 0.0

    def see(self, x: float) -> bool:
        """Take one number in; True if the mean has changed, and begin anew then.

        Raises:
            FeatureError: it is not finite.
        """
        if not math.isfinite(x):
            raise FeatureError(f"a watched number must be finite, got {x!r}")
        sd = math.sqrt(self.squares / self.n) if self.n else 0.0
        if self.n >= _LEAST and sd > 0.0:
            z = max(-_MOST, min(_MOST, (x - self.mean) / sd))
            self.up = max(0.0, self.up + z - _SLACK)
            self.down = max(0.0, self.down - z - _SLACK)
        self.n += 1
        step = x - self.mean
        self.mean += step / self.n
        self.squares += step * (x - self.mean)
        if max(self.up, self.down) < _ALARM:
            return False
        self.n, self.mean, self.squares, self.up, self.down = 0, 0.0, 0.0, 0.0, 0.0
        return True


@dataclass(slots=True)
class DriftWatch:
    """Detectors by signal: `NAME.rate`, `NAME.residual`, `NAME.reward`.

    Attributes:
        found: signals that changed since `take_found` was last called.
    """

    detectors: dict[str, PageHinkley] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)

    def see(self, signal: str, x: float) -> None:
        """Take one number of a signal in.

        Raises:
            FeatureError: it is not finite.
        """
        if signal not in self.detectors and len(self.detectors) >= _MOST_SIGNALS:
            return
        if self.detectors.setdefault(signal, PageHinkley()).see(x):
            self.found.append(signal)

    def take_found(self) -> list[str]:
        """Return the signals that changed, each time once."""
        found, self.found = self.found, []
        return found

    def state(self) -> dict[str, Any]:
        """Return every detector as plain data."""
        return {name: asdict(one) for name, one in self.detectors.items()}

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Become the watch that `state` described.

        Raises:
            TypeError: it is no watch's state.
        """
        self.detectors = {name: PageHinkley(**one) for name, one in plain.items()}
