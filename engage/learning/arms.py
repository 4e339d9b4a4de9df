"""Two arms compared by visitor: means that may be looked at after every decision.

Decisions of one visitor speak together, so variances are summed by visitor. What was
known before the draw (the prospect) explains most of what a decision earns; its part is
taken out of both arms alike, which halves the decisions that a verdict needs.
"""

# Rules of this file: sums only; bounded by the visitors remembered one by one. Who is
# forgotten and returns counts as another visitor.

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Visitors remembered one by one: some 5 MB.
MOST_VISITORS: Final = 20_000
# Columns of a visitor's sums: decisions, what is compared, and its covariates.
WIDTH: Final = 4
_LEAST = 1e-12


class Contrast(NamedTuple):
    """How far one arm's mean is above the other's.

    Attributes:
        difference: per decision.
        sd: standard deviation of one visitor's share in it, > 0.
        n: visitors in both arms.
    """

    difference: float
    sd: float
    n: int


@dataclass(slots=True)
class Arm:
    """One arm's sums, by visitor.

    Attributes:
        total: shape (4,): decisions, outcome, two covariates.
        products: shape (4, 4), sum over visitors of the products of their sums.
        visitors: how many.
    """

    total: Floats = field(default_factory=lambda: np.zeros(WIDTH))
    products: Floats = field(default_factory=lambda: np.zeros((WIDTH, WIDTH)))
    visitors: int = 0
    _open: dict[str, Floats] = field(default_factory=dict, repr=False)

    @property
    def decisions(self) -> int:
        """How many decisions it holds."""
        return round(float(self.total[0]))

    @property
    def mean(self) -> float:
        """Mean outcome of a decision, 0 without any."""
        return float(self.total[1] / self.total[0]) if self.total[0] else 0.0

    def add(
        self, visitor: str, outcome: float, covariates: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        """Take one decision of a visitor in."""
        row = np.array((1.0, outcome, *covariates))
        before = self._open.pop(visitor, None)
        after = row if before is None else before + row
        self.total += row
        self.products += np.outer(after, after)
        if before is None:
            self.visitors += 1
        else:
            self.products -= np.outer(before, before)
        self._open[visitor] = after
        if len(self._open) > MOST_VISITORS:
            del self._open[next(iter(self._open))]

    def plain(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "total": self.total.tolist(),
            "products": self.products.tolist(),
            "visitors": self.visitors,
            "open": {name: sums.tolist() for name, sums in self._open.items()},
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Arm:
        """Return what `plain` wrote."""
        return cls(
            np.array(plain["total"], dtype=np.float64),
            np.array(plain["products"], dtype=np.float64),
            int(plain["visitors"]),
            {n: np.array(s, dtype=np.float64) for n, s in plain["open"].items()},
        )


def compare(challenger: Arm, champion: Arm) -> Contrast:
    """Return the challenger's mean minus the champion's, covariates taken out.

    Reference: Deng et al. 2013 (CUPED); delta method for ratios, clustered by visitor.

    >>> arms = Arm(), Arm()
    >>> for i in range(400):
    ...     arms[i % 2].add(str(i), float(i % 4))
    >>> compare(*arms).difference
    -1.0
    """
    arms = challenger, champion
    n = challenger.visitors + champion.visitors
    if not challenger.total[0] or not champion.total[0]:
        return Contrast(0.0, 1.0, n)
    slopes = _slopes(challenger, champion)
    both = Arm(
        challenger.total + champion.total, challenger.products + champion.products, n
    )
    pooled = _mean(both, slopes).spread / n
    found = [_mean(arm, slopes) for arm in arms]
    # A small arm that happened to see no order has no variance of its own: it gets the
    # pooled one, or a canary would be rolled back for what has not happened yet.
    variance = sum(
        max(one.spread, pooled * arm.visitors) / float(arm.total[0]) ** 2
        for one, arm in zip(found, arms, strict=True)
    )
    difference = found[0].mean - found[1].mean
    return Contrast(difference, math.sqrt(max(variance * n, _LEAST)), n)


def one_mean(arm: Arm) -> Contrast:
    """Return an arm's mean against 0."""
    if not arm.total[0]:
        return Contrast(0.0, 1.0, arm.visitors)
    one = _mean(arm, np.zeros(WIDTH - 2))
    variance = one.spread / float(arm.total[0]) ** 2
    sd = math.sqrt(max(variance * arm.visitors, _LEAST))
    return Contrast(one.mean, sd, arm.visitors)


class _Mean(NamedTuple):
    """An arm's adjusted mean, and the sum of its visitors' squared deviations."""

    mean: float
    spread: float


def _mean(arm: Arm, slopes: Floats) -> _Mean:
    weights = np.array((0.0, 1.0, *(-slopes)))
    mean = float(weights @ arm.total / arm.total[0])
    weights[0] = -mean
    return _Mean(mean, float(weights @ arm.products @ weights))


def _slopes(challenger: Arm, champion: Arm) -> Floats:
    """Return the covariates' pooled slopes, shape (2,); both arms share them."""
    centred = np.zeros((WIDTH - 1, WIDTH - 1))
    for arm in (challenger, champion):
        means = arm.total[1:] / arm.total[0]
        cross = np.outer(arm.products[0, 1:], means)
        centred += arm.products[1:, 1:] - cross - cross.T
        centred += arm.products[0, 0] * np.outer(means, means)
    inner = centred[1:, 1:] + np.eye(WIDTH - 2) * _LEAST
    return np.asarray(np.linalg.lstsq(inner, centred[1:, 0], rcond=1e-9)[0])
