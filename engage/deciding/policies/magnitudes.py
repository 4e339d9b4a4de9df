"""A discounted histogram of magnitudes: the quantile at which targets are clipped.

The model's targets are winsorised, its evidence never. Before there are decisions
enough to know the quantile, what is at stake says what one target may teach: an order
with a wrong margin would otherwise be believed for years. The rule that keeps late
corrections exact: a decision is clipped at the threshold *its own snapshot published*,
which is logged with it; so the clipped target is a function of the row alone, whenever
its value becomes known, and a moving quantile never reaches back.
"""

# Rules of this file: sums only, so that moving a row from its first magnitude to its
# corrected one gives exactly the histogram of having known it at once.

from __future__ import annotations

import math

import numpy as np

from engage.deciding.policies.ridge import pack, unpack

# Bins 5 % wide from 1 cent to about 150,000 EUR; below is one bin for "nothing".
_LEAST_EUR = 0.01
_RATIO = 1.05
_BINS = 340
# Before the quantile is known: beyond ten baskets an order is a mistake, or luck. And
# as many medians, for a shop whose money is in other numbers than its settings say.
_FIRST_TIMES = 10.0
_MEDIAN_ROWS = 30.0


def clip(target_eur: float, threshold_eur: float | None) -> float:
    """Return the target clipped to +-threshold; None clips nothing.

    >>> clip(-80.0, 50.0), clip(80.0, None)
    (-50.0, 80.0)
    """
    if threshold_eur is None:
        return target_eur
    return max(-threshold_eur, min(threshold_eur, target_eur))


class Magnitudes:
    """Weighted counts of |target| in bins of 5 %.

    >>> sizes = Magnitudes()
    >>> for euro in range(1, 2001):
    ...     sizes.add(float(euro), weight=1.0)
    >>> 1900 < sizes.quantile(0.95, least_rows=1000.0) < 2000
    True
    >>> sizes.quantile(0.95, least_rows=5000.0) is None
    True
    """

    def __init__(self) -> None:
        self._counts = np.zeros(_BINS + 1)

    def add(self, target_eur: float, *, weight: float) -> None:
        """Count one target; a negative weight takes it back."""
        self._counts[_bin(abs(target_eur))] += weight

    def scale(self, factor: float) -> None:
        """Multiply every count by `factor`."""
        self._counts *= factor

    def quantile(
        self, quantile: float, *, least_rows: float, growth: float = 1.0
    ) -> float | None:
        """Return an upper bound of the quantile in EUR, at most 5 % above it.

        None while there are fewer than `least_rows` effective rows, or when nearly all
        are nothing: clipping then would cut off all there is to learn from. None, too,
        where it lies in the last bin, which has no upper end.
        """
        counts = np.maximum(self._counts, 0.0) / growth
        total = float(counts.sum())
        if total < least_rows:
            return None
        reached = np.cumsum(counts)
        index = int(np.searchsorted(reached, quantile * total))
        if not 0 < index < _BINS:
            return None
        return _LEAST_EUR * _RATIO**index

    def first_bound(self, usual_eur: float, *, growth: float = 1.0) -> float | None:
        """Return what targets are clipped at before the quantile is known, EUR.

        None where most that is not nothing lies in the last bin.

        >>> sizes = Magnitudes()
        >>> sizes.add(1e10, weight=1.0)
        >>> sizes.first_bound(30.0)
        300.0
        """
        counts = np.maximum(self._counts[1:], 0.0) / growth
        total = float(counts.sum())
        if total < _MEDIAN_ROWS:
            return _FIRST_TIMES * usual_eur
        index = 1 + int(np.searchsorted(np.cumsum(counts), 0.5 * total))
        if index >= _BINS:
            return None
        return _FIRST_TIMES * max(usual_eur, _LEAST_EUR * _RATIO**index)

    def state(self) -> str:
        """Return the counts as plain data, exact."""
        return pack(self._counts)

    def restore(self, plain: str) -> None:
        """Become what `state` returned, bit for bit."""
        self._counts = unpack(plain, (_BINS + 1,))


def _bin(size_eur: float) -> int:
    if size_eur <= _LEAST_EUR:
        return 0
    return min(1 + int(math.log(size_eur / _LEAST_EUR) / math.log(_RATIO)), _BINS)
