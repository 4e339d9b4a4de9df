"""One-sided verdicts on a mean that may be asked for after every number.

An e-value grows when the numbers speak against a hypothesis and is at most 1 on
average while it holds; so it ever reaches 1 / alpha with a probability of at most
alpha, however often one looks.
"""

# Rules of this file: sums and formulas, no I/O. Sums are plain data, so that a restart
# goes on bit for bit.

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

# Below this share of the mean square a variance is a rounding error.
_LEAST_VARIANCE = 1e-12
# Below so many standard deviations a normal tail is its asymptotic form within 1 %.
_FAR = -8.0


@dataclass(slots=True)
class Sums:
    """Count, sum and sum of squares of numbers.

    >>> sums = Sums()
    >>> for x in (1.0, 2.0, 3.0):
    ...     sums.add(x)
    >>> sums.mean, round(sums.sd, 4)
    (2.0, 0.8165)
    """

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, x: float) -> None:
        """Take one more number in."""
        self.n += 1
        self.total += x
        self.squares += x * x

    def change(self, x: float, *, to: float) -> None:
        """Replace a number that was taken in earlier."""
        self.total += to - x
        self.squares += to * to - x * x

    @property
    def mean(self) -> float:
        """Mean of the numbers, 0 without any."""
        return self.total / self.n if self.n else 0.0

    @property
    def sd(self) -> float:
        """Standard deviation of the numbers, > 0 so that it can be divided by."""
        if not self.n:
            return math.sqrt(_LEAST_VARIANCE)
        mean = self.mean
        return math.sqrt(max(self.squares / self.n - mean * mean, _LEAST_VARIANCE))

    def plain(self) -> list[float]:
        """Return the sums as plain data."""
        return [self.n, self.total, self.squares]

    @classmethod
    def from_plain(cls, plain: Sequence[float]) -> Sums:
        """Return the sums that `plain` wrote."""
        n, total, squares = plain
        return cls(int(n), float(total), float(squares))


def log_evidence(excess: float, *, n: float, sd: float, tuned_to: float) -> float:
    """Return the log e-value against "the mean of n numbers is at most 0".

    Args:
        excess: what their mean is above the hypothesis, any sign.
        n: how many, >= 0.
        sd: standard deviation of one, > 0.
        tuned_to: number at which the verdict comes soonest, >= 1.

    Reference: Howard et al. 2021 (arXiv 1810.08240), one-sided normal mixture; with an
    estimated variance the asymptotic form of Waudby-Smith et al. 2021 (arXiv
    2103.06476).

    >>> log_evidence(0.1, n=2000, sd=1.0, tuned_to=2000) > math.log(100)
    True
    >>> log_evidence(-0.1, n=2000, sd=1.0, tuned_to=2000) < 0
    True
    """
    if n <= 0:
        return 0.0
    rho2 = mixture(tuned_to)
    grown = n * rho2 + 1
    step = n * excess / sd * math.sqrt(rho2 / grown)
    return _tilted(step) - math.log(grown) / 2


def mixture(tuned_to: float) -> float:
    """Return the mixture's rho^2 whose boundary of 1 / .05 is narrowest at `tuned_to`.

    One mixture for every alpha: intervals of several levels invert one e-value.

    >>> round(mixture(1.0), 2)
    7.94
    """
    wide = -2 * math.log(0.05)
    return (wide + math.log(wide + 1)) / tuned_to


def _tilted(z: float) -> float:
    """Return `z^2 / 2 + log(2 P(a standard normal < z))`, for any z."""
    if z > _FAR:
        return z * z / 2 + math.log(math.erfc(-z / math.sqrt(2)))
    # Far below both terms are huge and cancel: what is left is the Mills ratio.
    return math.log(2 / (-z * math.sqrt(2 * math.pi)))


def log_evidence_for(
    excess: float, *, n: float, sd: float, effect: float, tuned_to: float
) -> float:
    """Return the log e-value against "at most 0" that expects a certain effect.

    Most of the bet is on a mean of `effect`, the size that matters; a twentieth on
    any size, so that a smaller one is found in the end. An average of e-values is one.

    Args:
        excess: what the mean is above the hypothesis, any sign.
        n: how many numbers, >= 0.
        sd: standard deviation of one, > 0.
        effect: the mean that is expected if the hypothesis is wrong, > 0.
        tuned_to: see `log_evidence`.

    Reference: Wald 1945 (the likelihood ratio); Vovk & Wang 2021 (averages).

    >>> log_evidence_for(0.1, n=1000, sd=1.0, effect=0.1, tuned_to=1000) > 4
    True
    """
    if n <= 0:
        return 0.0
    point = n * effect * (excess - effect / 2) / (sd * sd) + math.log(0.95)
    broad = log_evidence(excess, n=n, sd=sd, tuned_to=tuned_to) + math.log(0.05)
    high, low = max(point, broad), min(point, broad)
    return high + math.log1p(math.exp(low - high))


def log_evidence_of(sums: Sums, *, above: float, tuned_to: float) -> float:
    """Return the log e-value against "the mean is at most `above`".

    >>> sums = Sums(n=400, total=80.0, squares=80.0)
    >>> log_evidence_of(sums, above=0.1, tuned_to=400) > math.log(1000)
    True
    """
    excess = sums.mean - above
    return log_evidence(excess, n=sums.n, sd=sums.sd, tuned_to=tuned_to)


@dataclass(slots=True)
class Recent:
    """Sums of the recent past: between one and two spans of it, never of a life.

    Two sums start a span apart. Verdicts come from the older; when it is two spans
    old it is dropped for the younger. So what was wrong once is forgotten after two
    spans at most, and each span has its own chance of a false alarm.

    >>> recent = Recent(span=2)
    >>> [recent.add(x) for x in (1.0, 2.0, 3.0, 4.0)]
    [False, False, False, True]
    >>> recent.sums.n, recent.sums.total
    (2, 7.0)
    """

    span: int
    sums: Sums = field(default_factory=Sums)
    younger: Sums = field(default_factory=Sums)

    def add(self, x: float) -> bool:
        """Take one more number in; return whether the older sum was dropped for it."""
        self.sums.add(x)
        if self.sums.n > self.span:
            self.younger.add(x)
        if self.sums.n < 2 * self.span:
            return False
        self.sums, self.younger = self.younger, Sums()
        return True

    def plain(self) -> list[list[float]]:
        """Return both sums as plain data."""
        return [self.sums.plain(), self.younger.plain()]

    @classmethod
    def from_plain(cls, plain: Sequence[Sequence[float]], *, span: int) -> Recent:
        """Return what `plain` wrote."""
        sums, younger = (Sums.from_plain(one) for one in plain)
        return cls(span, sums, younger)
