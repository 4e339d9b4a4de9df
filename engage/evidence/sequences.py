"""Statistics that may be looked at whenever one likes.

A confidence sequence covers the truth at every look at once, so that nobody has to
wait for a planned end and nobody is fooled by having peeked. A sample-ratio check of
the same kind says when the groups themselves cannot be trusted.
"""

# Rules of this file: pure functions of counts and sums. Whoever enters an arm has a
# known probability of being in it; money is never clipped.

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# One false verdict in twenty shops, over all looks a shop will ever take.
ALPHA: Final = 0.05
# With fewer the variance of a skewed margin is not known: arm-wise sequences that start
# at once are wrong in 46 of 100 A/A runs at a 5 % holdout, so none does.
LEAST_ORDERS: Final = 30
# One false alarm of the sample ratio in a hundred shops, over their whole lives.
RATIO_ALPHA: Final = 0.01
# Log-odds by which a broken assignment may be off; small ones find a slow leak.
_TILTS: Final = np.array(
    [sign * 0.02 * 2.0**step for step in range(7) for sign in (-1.0, 1.0)]
)
# 80 % power: so many standard errors beyond the interval's edge.
_POWER_Z: Final = 0.8416
_MOST_UNITS: Final = 1e12


class Arm(NamedTuple):
    """Sums over the visitors of one group; enough to compare two of them.

    Attributes:
        n: visitors.
        orders: visitors with an order.
        total, squares: sums of value and of its square.
        w, wy: sums of weight and of weight times value; a weight is the inverse of the
            probability of being in this group.
        ww, wwy, wwyy: the same with squared weights.
    """

    n: int
    orders: int
    total: float
    squares: float
    w: float
    wy: float
    ww: float
    wwy: float
    wwyy: float

    @property
    def mean(self) -> float:
        """Weighted mean per visitor; 0 without visitors."""
        return self.wy / self.w if self.w else 0.0

    @property
    def spread(self) -> float:
        """Sum of squared weighted deviations from the mean, >= 0."""
        mean = self.mean
        return max(self.wwyy - 2 * mean * self.wwy + mean * mean * self.ww, 0.0)


def arm_of(values: Floats, *, weights: Floats, has_order: Flags) -> Arm:
    """Return the sums of one group.

    Args:
        values: shape (n,), value per visitor.
        weights: shape (n,), inverse probability of being in the group, >= 1.
        has_order: shape (n,), whether the visitor ordered.
    """
    squared = weights * weights
    return Arm(
        n=len(values),
        orders=int(has_order.sum()),
        total=float(values.sum()),
        squares=float((values * values).sum()),
        w=float(weights.sum()),
        wy=float((weights * values).sum()),
        ww=float(squared.sum()),
        wwy=float((squared * values).sum()),
        wwyy=float((squared * values * values).sum()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Treatment minus holdout, per visitor.

    Attributes:
        low, high: bounds that hold at every look; None before both groups have enough
            orders.
        sd: standard deviation of one visitor's share in the difference.
        base: mean over both groups; what a relative effect is relative to.
    """

    treatment: float
    holdout: float
    difference: float
    low: float | None
    high: float | None
    sd: float
    base: float
    n: int


def compare(
    treatment: Arm,
    holdout: Arm,
    *,
    tuned_to: float,
    alpha: float = ALPHA,
    least_orders: int = LEAST_ORDERS,
) -> Difference:
    """Return the difference of means with its confidence sequence.

    Each visitor is weighted by the inverse of the logged probability of its group, so a
    holdout that tapers off compares like with like. An arm's variance is its own or the
    pooled one, whichever is larger: a small holdout's own is too small whenever it
    happened to see no large order.

    Args:
        treatment: sums of those who may see interventions.
        holdout: sums of those who never do.
        tuned_to: number of visitors around which the interval is narrowest.
        alpha: probability that the interval ever misses, in (0, 1).
        least_orders: no interval before each group has so many visitors with an order.

    Reference: Waudby-Smith et al. 2021, asymptotic confidence sequences (arXiv
    2103.06476); delayed start as measured in the facts of learning at shop rates.

    >>> even = arm_of(np.array([0.0, 2.0] * 500), weights=np.full(1000, 2.0),
    ...               has_order=np.array([False, True] * 500))
    >>> gap = compare(even, even, tuned_to=2000)
    >>> gap.difference, gap.low < 0 < gap.high
    (0.0, True)
    """
    n = treatment.n + holdout.n
    difference = treatment.mean - holdout.mean
    sd = _sd(treatment, holdout)
    is_early = min(treatment.orders, holdout.orders) < max(least_orders, 1)
    reach = None if is_early else radius(n, sd, alpha=alpha, tuned_to=tuned_to)
    return Difference(
        treatment=treatment.mean,
        holdout=holdout.mean,
        difference=difference,
        low=None if reach is None else difference - reach,
        high=None if reach is None else difference + reach,
        sd=sd,
        base=(treatment.total + holdout.total) / n if n else 0.0,
        n=n,
    )


def _sd(treatment: Arm, holdout: Arm) -> float:
    n = treatment.n + holdout.n
    if not treatment.n or not holdout.n:
        return 0.0
    mean = (treatment.total + holdout.total) / n
    pooled = max((treatment.squares + holdout.squares) / n - mean * mean, 0.0)
    spreads = (
        max(arm.spread, pooled * arm.ww) * (n / arm.w) ** 2
        for arm in (treatment, holdout)
    )
    return math.sqrt(sum(spreads) / n)


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
    wide = -2 * math.log(alpha)
    rho2 = (wide + math.log(wide + 1)) / tuned_to
    grown = n * rho2 + 1
    return sd * math.sqrt(
        2 * grown / (n * n * rho2) * math.log(math.sqrt(grown) / alpha)
    )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioCheck:
    """Whether the groups have the sizes that their logged shares announce.

    Attributes:
        expected, observed: share of visitors in the holdout, [0, 1].
        evidence: the largest factor by which any look spoke for a broken assignment.
        is_broken: beyond doubt at any look; nothing may be concluded then.
    """

    expected: float
    observed: float
    evidence: float
    is_broken: bool


def check_ratio(
    is_holdout: Flags, shares: Floats, *, alpha: float = RATIO_ALPHA
) -> RatioCheck:
    """Return whether visitors fall into the holdout as often as announced.

    A mixture of likelihood ratios over tilted log-odds: under a sound assignment it is
    a martingale that starts at 1, so it ever reaches 1 / alpha with a probability of
    at most alpha (Ville). Shares may differ from visitor to visitor.

    Args:
        is_holdout: shape (n,), in the order of arrival.
        shares: shape (n,), each visitor's logged probability, in (0, 1).
        alpha: probability of ever raising a false alarm.

    Reference: Lindon & Malek 2022, sequential tests of multinomial hypotheses (arXiv
    2011.03567).

    >>> sound = np.array([True, False, False, False] * 500)
    >>> check_ratio(sound, np.full(2000, 0.25)).is_broken
    False
    >>> check_ratio(sound, np.full(2000, 0.5)).is_broken
    True
    """
    if not len(shares):
        return RatioCheck(expected=0.0, observed=0.0, evidence=1.0, is_broken=False)
    paths = np.empty((len(_TILTS), len(shares)))
    for path, tilt in zip(paths, _TILTS, strict=True):
        steps = tilt * is_holdout - np.log1p(shares * math.expm1(tilt))
        np.cumsum(steps, out=path)
    largest = paths.max(axis=0)
    mixed = largest + np.log(np.exp(paths - largest).mean(axis=0))
    most = max(float(mixed.max()), 0.0)
    return RatioCheck(
        expected=float(shares.mean()),
        observed=float(is_holdout.mean()),
        # Beyond e^50 nobody needs another digit, and JSON knows no infinity.
        evidence=math.exp(min(most, 50.0)),
        is_broken=most >= -math.log(alpha),
    )
