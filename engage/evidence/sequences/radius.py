"""How far a mean may be from what was seen, at every look at once."""

# Rules of this file: pure functions of numbers.

from __future__ import annotations

import math
from typing import Final

from engage.learning.bounds import mixture

# One false verdict in twenty shops, over all looks a shop will ever take.
ALPHA: Final = 0.05
# 80 % power: so many standard errors beyond the interval's edge.
_POWER_Z: Final = 0.8416
_MOST_UNITS: Final = 1e12
# Beyond e^50 nobody needs another digit, and JSON knows no infinity.
_MOST_POWER: Final = 50.0


def radius(n: float, sd: float, *, alpha: float, tuned_to: float) -> float:
    """Return the half-width of the confidence sequence of a mean after `n` units.

    Args:
        n: units seen, >= 1.
        sd: standard deviation of one unit, >= 0.
        alpha: probability of ever missing, in (0, 1).
        tuned_to: n at which it is narrowest, >= 1.

    Reference: Howard et al. 2021 (arXiv 1810.08240), normal mixture.

    >>> round(radius(5000, 1.0, alpha=0.05, tuned_to=5000), 4)
    0.0429
    """
    rho2 = mixture(tuned_to)
    grown = n * rho2 + 1
    return sd * math.sqrt(
        2 * grown / (n * n * rho2) * math.log(math.sqrt(grown) / alpha)
    )


def evidence(difference: float, *, n: float, sd: float, tuned_to: float) -> float:
    """Return the e-value against a mean of 0: at most 1 on average if it is 0.

    The martingale whose inversion is `radius`: it exceeds 1 / alpha where the interval
    leaves 0 out. At most e^50, so that it can be written as JSON.

    >>> reach = radius(5000, 1.0, alpha=0.05, tuned_to=5000)
    >>> round(evidence(reach, n=5000, sd=1.0, tuned_to=5000), 6)
    20.0
    """
    if sd <= 0:
        return 1.0
    rho2 = mixture(tuned_to)
    grown = n * rho2 + 1
    power = rho2 * (n * difference / sd) ** 2 / (2 * grown) - math.log(grown) / 2
    return math.exp(min(power, _MOST_POWER))


def units_needed(
    sd: float, effect: float, *, tuned_to: float, alpha: float = ALPHA
) -> float:
    """Return how many units decide an effect of that size in 4 of 5 cases.

    Infinite when no number of units below 10^12 does.

    >>> units_needed(1.0, 0.1, tuned_to=5000) < units_needed(1.0, 0.05, tuned_to=5000)
    True
    """
    if sd <= 0 or effect <= 0:
        return math.inf

    def is_enough(n: float) -> bool:
        reach = radius(n, sd, alpha=alpha, tuned_to=tuned_to)
        return reach + _POWER_Z * sd / math.sqrt(n) <= effect

    low, high = 1.0, 2.0
    while not is_enough(high):
        low, high = high, high * 2
        if high > _MOST_UNITS:
            return math.inf
    while high / low > 1.001:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
