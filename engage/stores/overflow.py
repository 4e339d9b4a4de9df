"""How likely more people accept an invite than there are agents to talk to them.

Invites are independent events with different probabilities p_i, so the number of
acceptances S is Poisson-binomial. With m = sum(p_i) and c free agents,

    P(S > c) <= P(Poisson(m) > c) = sum_{k > c} e^-m m^k / k!      for c >= m,

because the binomial with the mean probability has the heavier tail (Hoeffding 1956,
theorem 4, for c >= m), and the Poisson a heavier one still (Anderson & Samuels 1967,
for thresholds of at least m + 1, here c + 1). The bound needs the sum of the shares
only, which every store can keep in one number; for the small shares of real invites it
is close. With no more invites than agents nothing can overflow, whatever the shares.
"""

# Rules of this file: pure arithmetic; never below the true probability.

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache


def poisson_tail(mean: float, threshold: int) -> float:
    """Return P(Poisson(mean) > threshold), for `threshold >= mean >= 0`.

    Summed upwards from its largest term, where each term is less than the one before;
    what is left out at the end is added as a geometric series, so never too little.

    >>> round(poisson_tail(0.5, 1), 6)
    0.090204
    >>> poisson_tail(0.0, 1)
    0.0
    """
    if mean <= 0.0:
        return 0.0
    k = threshold + 1
    term = math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))
    total = 0.0
    while term > total * 1e-17 and term > 0.0:
        total += term
        k += 1
        term *= mean / k
    return min(1.0, total + term / (1.0 - mean / (k + 1)))


def may_overflow(shares: list[float], *, free: int, overbooking: float) -> bool:
    """Return whether these open invites break the bound on overflow.

    Args:
        shares: acceptance probability of each open invite, in [0, 1].
        free: agents free now, >= 0.
        overbooking: P(more acceptances than agents) that is put up with, in [0, 1).

    >>> may_overflow([0.9], free=1, overbooking=0.05)
    False
    >>> may_overflow([0.3, 0.3], free=1, overbooking=0.05)
    True
    >>> may_overflow([0.1, 0.1, 0.1], free=1, overbooking=0.05)
    False
    """
    if len(shares) <= free:
        return False
    mean = math.fsum(shares)
    return mean > free or poisson_tail(mean, free) > overbooking


def room(shares: Sequence[float], *, free: int, overbooking: float) -> float:
    """Return the largest share that one more invite may take, >= 0.

    The gate asks this before the draw, with the same arguments as `may_overflow` is
    asked after it: what is let through is exhausted only if somebody was faster.

    >>> room([0.3], free=2, overbooking=0.05)
    1.7
    >>> round(room([0.3, 0.3], free=2, overbooking=0.05), 3)
    0.218
    >>> room([0.3, 0.3, 0.3], free=2, overbooking=0.05)
    0.0
    """
    if free < 1:
        return 0.0
    most = float(free) if len(shares) < free else _most(free, overbooking)
    return max(0.0, most - math.fsum(shares))


@lru_cache(maxsize=256)
def _most(free: int, overbooking: float) -> float:
    """Return the largest sum of shares that keeps the bound, by bisection."""
    low, high = 0.0, float(free)
    # 60 halvings are all that a double has; the lower end always keeps the bound.
    for _ in range(60):
        middle = (low + high) / 2
        if poisson_tail(middle, free) > overbooking:
            high = middle
        else:
            low = middle
    return low
