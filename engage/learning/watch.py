"""Watches predictions: is a scorer worse than no scorer at all?

The difference between the log-loss of prequential predictions and that of a running
mean is a sequence of bounded numbers; its e-value may be looked at after every
example. A fixed test repeated 300 times a day would freeze a sound model every other
day. Only the recent past counts, so that a scorer that is sound again thaws.
"""

# Rules of this file: every prediction is made before its label is learned. Sums only,
# so a restart continues bit for bit.

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engage.learning.bounds import Recent, log_evidence_of

# One false alarm in ten thousand spans: the busiest shop has a few hundred a month.
ALPHA = 0.0001
# Examples: two days of a small shop. A verdict looks back on one to two spans.
SPAN = 4_000
# The verdict comes soonest around so many examples: about a day of a small shop.
TUNED_TO = 2_000.0
# Nothing is said before so many examples.
LEAST = 500
# Nats. Where nearly every label is the same (a log without carts, say) the running mean
# is perfect and any honest probability a little worse: no reason to freeze.
TOLERANCE = 0.02
_CLAMP = 1e-4


@dataclass(slots=True)
class _Watched:
    """One scorer's recent loss differences, and the running mean of its labels."""

    losses: Recent = field(default_factory=lambda: Recent(SPAN))
    n: float = 0.0
    positives: float = 0.0


@dataclass(slots=True)
class LossWatch:
    """Loss against the running mean, by scorer.

    >>> watch = LossWatch()
    >>> for i in range(3000):
    ...     watch.see("hesitation", 0.9, label=float(i % 5 == 0))
    >>> watch.worse()
    ('hesitation',)
    """

    scorers: dict[str, _Watched] = field(default_factory=dict)

    def see(self, scorer: str, predicted: float, *, label: float) -> None:
        """Count one prediction, in [0, 1], whose label (0 or 1) is now known."""
        one = self.scorers.setdefault(scorer, _Watched())
        mean = (one.positives + 0.5) / (one.n + 1.0)
        one.n += 1.0
        one.positives += label
        if one.losses.add(_loss(predicted, label) - _loss(mean, label)):
            # The running mean forgets at the same pace, or drift would flatter us.
            one.n, one.positives = one.n / 2, one.positives / 2

    def evidence(self, scorer: str) -> float:
        """Return the log e-value for "worse than the mean by more than tolerated"."""
        one = self.scorers.get(scorer)
        if one is None or one.losses.sums.n < LEAST:
            return -math.inf
        return log_evidence_of(one.losses.sums, above=TOLERANCE, tuned_to=TUNED_TO)

    def worse(self) -> tuple[str, ...]:
        """Return the scorers that are worse than a running mean, beyond doubt."""
        doubt = -math.log(ALPHA)
        return tuple(n for n in sorted(self.scorers) if self.evidence(n) >= doubt)

    def state(self) -> dict[str, Any]:
        """Return the sums as plain data."""
        return {
            name: [*one.losses.plain(), [one.n, one.positives]]
            for name, one in self.scorers.items()
        }

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Become the watch that `state` described.

        Raises:
            TypeError, ValueError: it is no watch's state.
        """
        found = {}
        for name, (sums, younger, (n, positives)) in plain.items():
            losses = Recent.from_plain((sums, younger), span=SPAN)
            found[name] = _Watched(losses, float(n), float(positives))
        self.scorers = found


def _loss(predicted: float, label: float) -> float:
    p = min(max(predicted, _CLAMP), 1 - _CLAMP)
    return -math.log(p if label else 1 - p)
