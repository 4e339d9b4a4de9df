"""Watches predictions: is a scorer worse than no scorer at all?

The difference between the log-loss of prequential predictions and that of a running
mean is a sequence of bounded numbers; its confidence sequence may be looked at after
every example. A fixed test repeated 300 times a day would freeze a sound model every
other day.
"""

# Rules of this file: every prediction is made before its label is learned. Sums only,
# so a restart continues bit for bit.

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# One false alarm in a thousand models, over their whole lives.
ALPHA = 0.001
# The sequence is narrowest around so many examples: about a day of a small shop.
TUNED_TO = 2_000.0
# Nothing is said before so many examples.
LEAST = 500
# Nats. Where nearly every label is the same (a log without carts, say) the running mean
# is perfect and any honest probability a little worse: no reason to freeze.
TOLERANCE = 0.02
_CLAMP = 1e-4


@dataclass(slots=True)
class _Sums:
    """Count and sums of one scorer's loss differences, and of its labels."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0
    positives: float = 0.0


@dataclass(slots=True)
class LossWatch:
    """Loss against the running mean, by scorer.

    Reference: Waudby-Smith et al. 2021, asymptotic confidence sequences
    (arXiv 2103.06476).

    >>> watch = LossWatch()
    >>> for i in range(3000):
    ...     watch.see("hesitation", 0.9, label=float(i % 5 == 0))
    >>> watch.worse()
    ('hesitation',)
    """

    sums: dict[str, _Sums] = field(default_factory=dict)

    def see(self, scorer: str, predicted: float, *, label: float) -> None:
        """Count one prediction, in [0, 1], whose label (0 or 1) is now known."""
        sums = self.sums.setdefault(scorer, _Sums())
        mean = (sums.positives + 0.5) / (sums.n + 1.0)
        difference = _loss(predicted, label) - _loss(mean, label)
        sums.n += 1
        sums.total += difference
        sums.squares += difference * difference
        sums.positives += label

    def bound(self, scorer: str) -> float:
        """Return a lower bound of how much worse than the mean it is, in nats."""
        sums = self.sums.get(scorer)
        if sums is None or sums.n < LEAST:
            return -math.inf
        mean = sums.total / sums.n
        sd = math.sqrt(max(sums.squares / sums.n - mean * mean, 1e-12))
        rho2 = (-2 * math.log(ALPHA) + math.log(1 - 2 * math.log(ALPHA))) / TUNED_TO
        grown = sums.n * rho2 + 1
        radius = sd * math.sqrt(
            2 * grown / (sums.n * sums.n * rho2) * math.log(math.sqrt(grown) / ALPHA)
        )
        return mean - radius

    def worse(self) -> tuple[str, ...]:
        """Return the scorers that are worse than a running mean, beyond doubt."""
        return tuple(name for name in sorted(self.sums) if self.bound(name) > TOLERANCE)

    def state(self) -> dict[str, Any]:
        """Return the sums as plain data."""
        return {
            name: [sums.n, sums.total, sums.squares, sums.positives]
            for name, sums in self.sums.items()
        }

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Become the watch that `state` described."""
        self.sums = {name: _Sums(*values) for name, values in plain.items()}


def _loss(predicted: float, label: float) -> float:
    p = min(max(predicted, _CLAMP), 1 - _CLAMP)
    return -math.log(p if label else 1 - p)
