"""Bounds of a mean by betting: exact from the first visitor on, for bounded values.

Whoever bets against a candidate mean and gets rich has shown that it is wrong. It needs
no variance and no number of orders; in return it is wider than the other sequences.
"""

# Rules of this file: pure functions of columns, in order. A stake depends on what was
# seen before it, never on the value it is laid on.

from __future__ import annotations

import math
from typing import Final

import numpy as np

from engage.evidence.sequences.means import Floats

# A stake at which the worst value costs half of the capital.
_MOST_STAKE: Final = 0.5
_HALVINGS: Final = 40


def bounds(
    values: Floats, *, low: Floats, high: Floats, within: float, alpha: float
) -> tuple[float, float]:
    """Return bounds of the values' common mean that hold at every look at once.

    Args:
        values: shape (n,), in order; each has the same mean given those before it.
        low: shape (n,), the least each value may be, known before it is seen.
        high: shape (n,), the most it may be.
        within: the mean is known to be in [-within, within].
        alpha: probability of ever missing, in (0, 1).

    Returns:
        The largest lower and the smallest upper bound of any look so far.

    Reference: Waudby-Smith & Ramdas 2023, estimating means by betting (arXiv
    2010.09686), with their predictable plug-in stakes.

    >>> rng = np.random.default_rng(1)
    >>> seen = rng.uniform(-1, 1, 2000) + 0.3
    >>> wide = np.full(2000, 1.3)
    >>> low, high = bounds(seen, low=-wide, high=wide, within=1.3, alpha=0.05)
    >>> low < 0.3 < high, high - low < 0.2
    (True, True)
    """
    if not len(values):
        return -within, within
    stakes = _stakes(values, alpha=alpha)
    rich = math.log(2 / alpha)
    from_below = np.minimum(stakes, _MOST_STAKE / (within - low))
    from_above = np.minimum(stakes, _MOST_STAKE / (high + within))
    return (
        _furthest(values, from_below, within=within, rich=rich),
        -_furthest(-values, from_above, within=within, rich=rich),
    )


def _furthest(values: Floats, stakes: Floats, *, within: float, rich: float) -> float:
    """Return the largest candidate against which "it is more" ever got rich.

    Capital falls with the candidate at every look, so halving finds it.
    """

    def is_refuted(candidate: float) -> bool:
        capital = np.cumsum(np.log1p(stakes * (values - candidate)))
        return bool(capital.max() >= rich)

    low, high = -within, within
    if not is_refuted(low):
        return low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_refuted(middle) else (low, middle)
    return low


def _stakes(values: Floats, *, alpha: float) -> Floats:
    """Return the stake on each value, from the spread of those before it."""
    t = np.arange(1, len(values) + 1)
    means = np.cumsum(values) / t
    squares = np.cumsum((values - means) ** 2)
    spread = np.concatenate((squares[:1] * 0 + np.nan, squares[:-1] / t[:-1]))
    found: Floats = np.sqrt(
        2 * math.log(2 / alpha) / (np.maximum(spread, 1e-300) * t * np.log1p(t))
    )
    # Of the first value nothing is known yet: no stake.
    return np.nan_to_num(found, nan=0.0, posinf=1e300)
