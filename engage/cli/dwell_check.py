"""How good the dwell scorer is on a stream: coverage, and pinball loss against a rule.

Each view is predicted before it is learned. The rule to beat is the empirical quantile
of the last 1,000 views; both are judged from view 1,001 on, when its window is full.
"""

# Rules of this file: pure counting on log(1 + seconds), as the scorer sees dwell.

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

LEVELS: Final = (0.5, 0.75, 0.9, 0.95)
WINDOW: Final = 1_000


@dataclass(slots=True)
class DwellCheck:
    """Counts of one stream of page views.

    >>> check = DwellCheck()
    >>> for _ in range(1_002):
    ...     check.add({level: 2.0 for level in LEVELS}, observed=1.0)
    >>> check.views, check.coverage()[0.5], check.excess()[0.5]
    (2, 1.0, inf)
    """

    views: int = 0
    _below: dict[float, int] = field(default_factory=dict)
    _loss: dict[float, float] = field(default_factory=dict)
    _rolling: dict[float, float] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)
    _ordered: list[float] = field(default_factory=list)

    def add(self, predicted: Mapping[float, float], *, observed: float) -> None:
        """Count one view: its predicted quantiles by level, and what it was."""
        if len(self._recent) == WINDOW:
            self.views += 1
            for level in LEVELS:
                self._judge(level, predicted[level], observed)
            self._ordered.pop(bisect_left(self._ordered, self._recent.popleft()))
        self._recent.append(observed)
        insort(self._ordered, observed)

    def _judge(self, level: float, predicted: float, observed: float) -> None:
        at = min(int(level * WINDOW), WINDOW - 1)
        rolling = pinball(self._ordered[at], observed, level=level)
        ours = pinball(predicted, observed, level=level)
        self._below[level] = self._below.get(level, 0) + (observed <= predicted)
        self._loss[level] = self._loss.get(level, 0.0) + ours
        self._rolling[level] = self._rolling.get(level, 0.0) + rolling

    def coverage(self) -> dict[float, float]:
        """Return the share of views at or below each quantile; NaN if none."""
        return {
            level: self._below.get(level, 0) / self.views
            if self.views
            else float("nan")
            for level in LEVELS
        }

    def excess(self) -> dict[float, float]:
        """Return pinball loss over the rolling quantile's, minus 1; < 0 is better."""
        found = {}
        for level in LEVELS:
            ours = self._loss.get(level, 0.0)
            theirs = self._rolling.get(level, 0.0)
            found[level] = ours / theirs - 1 if theirs else float("inf")
        return found

    def text(self) -> str:
        """Return both as a small table."""
        if not self.views:
            return f"dwell: fewer than {WINDOW + 1} page views were left, no figures"
        rows = [f"dwell, {self.views} page views predicted before they were learned"]
        rows.append("quantile   coverage   pinball against a rolling quantile")
        coverage, excess = self.coverage(), self.excess()
        rows += [
            f"{level:<10} {coverage[level]:.4f}     {100 * excess[level]:+.2f} %"
            for level in LEVELS
        ]
        return "\n".join(rows)


def pinball(predicted: float, observed: float, *, level: float) -> float:
    """Return the pinball loss of one predicted quantile (Koenker & Bassett, 1978).

    >>> pinball(1.0, 2.0, level=0.9), round(pinball(2.0, 1.0, level=0.9), 3)
    (0.9, 0.1)
    """
    gap = observed - predicted
    return max(level * gap, (level - 1) * gap)
