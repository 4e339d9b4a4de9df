"""Two arms compared by visitor: means that may be looked at after every decision.

A visitor counts once in a stratum, with the first decision there: how many decisions
follow, and at which moments, is the arm's own doing. An arm that shows fewer cards
decides more often for those who stay longest, and would look better for it.

What was known before that draw (the prospect) explains most of what a visitor earns;
its part is taken out of both arms alike, which halves the visitors that a verdict
needs. Variances are summed by visitor, who may come again in another stratum.

Only visitors of one stratum - the times when the challenger had one share - are ever
set against each other: its share grows, and while a shop's season moves, one arm would
have more of its visitors in the better weeks (Simpson's paradox).
"""

# Rules of this file: sums only; bounded by the visitors remembered one by one. Who is
# forgotten and returns counts as another visitor. What is counted (a visitor in a
# stratum, or in the shadow a decision) is called a unit.

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
# Columns of a visitor's sums in a stratum: units, what is compared, covariates.
WIDTH: Final = 4
_LEAST = 1e-12


class Contrast(NamedTuple):
    """How far one arm's mean is above the other's.

    Attributes:
        difference: per unit.
        sd: standard deviation of one visitor's share in it, > 0.
        n: visitors in both arms.
    """

    difference: float
    sd: float
    n: int


@dataclass(slots=True)
class Arm:
    """One arm's sums, by visitor; strata side by side, as many as were met.

    Attributes:
        total: shape (4 n_strata,): units, outcome, two covariates in each.
        products: shape (4 n_strata, 4 n_strata), sum over visitors of the products of
            their sums, also across strata: who comes again is the same visitor.
        visitors: how many.
    """

    total: Floats = field(default_factory=lambda: np.zeros(WIDTH))
    products: Floats = field(default_factory=lambda: np.zeros((WIDTH, WIDTH)))
    visitors: int = 0
    _open: dict[str, Floats] = field(default_factory=dict, repr=False)

    @property
    def strata(self) -> Floats:
        """Totals, shape (n_strata, 4)."""
        return self.total.reshape(-1, WIDTH)

    @property
    def units(self) -> int:
        """How many units it holds."""
        return round(float(self.strata[:, 0].sum()))

    def units_in(self, stratum: int) -> int:
        """How many units it holds of a stratum, 0 of one that it never met."""
        strata = self.strata
        return round(float(strata[stratum, 0])) if stratum < len(strata) else 0

    def has(self, visitor: str, *, stratum: int) -> bool:
        """Tell whether a visitor counts in a stratum already."""
        known, at = self._open.get(visitor), stratum * WIDTH
        return known is not None and known.size > at and bool(known[at])

    def add(
        self,
        visitor: str,
        outcome: float,
        covariates: tuple[float, float] = (0.0, 0.0),
        *,
        stratum: int = 0,
        weight: float = 1.0,
    ) -> None:
        """Take one more unit of a visitor in.

        Args:
            visitor: who.
            outcome: what is compared.
            covariates: what was known before the draw.
            stratum: number of it, from 0.
            weight: how many units it stands for.
        """
        one, other = covariates
        sums = (weight, weight * outcome, weight * one, weight * other)
        self._take(visitor, sums, stratum)

    def add_to(self, visitor: str, outcome: float, *, stratum: int) -> None:
        """Add to the outcome of a visitor who counts in a stratum already."""
        self._take(visitor, (0.0, outcome, 0.0, 0.0), stratum)

    def _take(
        self, visitor: str, sums: tuple[float, float, float, float], stratum: int
    ) -> None:
        start, end = stratum * WIDTH, (stratum + 1) * WIDTH
        self._widen(end)
        row, before = np.zeros(self.total.size), self._open.pop(visitor, None)
        row[start:end] = sums
        if before is None:
            self.visitors += 1
        else:
            before = _padded(before, row.size)
            self.products -= np.outer(before, before)
        self.total += row
        after = row if before is None else before + row
        self.products += np.outer(after, after)
        self._open[visitor] = after
        if len(self._open) > MOST_VISITORS:
            del self._open[next(iter(self._open))]

    def _widen(self, size: int) -> None:
        if self.total.size < size:
            self.total = _padded(self.total, size)
            self.products = _padded(self.products, size)

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

    The difference is that within strata, weighted by what each can tell (see `means`).

    Reference: Deng et al. 2013 (CUPED); delta method for ratios, clustered by visitor.

    >>> arms = Arm(), Arm()
    >>> for i in range(400):
    ...     arms[i % 2].add(str(i), float(i % 4))
    >>> compare(*arms).difference
    -1.0
    """
    arms = _alike(challenger, champion)
    n, weights = challenger.visitors + champion.visitors, _weights(*arms)
    if not weights.any():
        return Contrast(0.0, 1.0, n)
    slopes = _slopes(*arms)
    pooled = _pooled(*arms, slopes)
    found, variance = [], 0.0
    for arm in arms:
        counts = np.maximum(arm.strata[:, 0], 1.0)
        found.append(float(weights @ _adjusted(arm, slopes)))
        # A small arm that happened to see no order has no variance of its own: it gets
        # the pooled one, or a canary would go for what has not happened yet.
        least = pooled * float(weights @ (weights / counts))
        variance += max(_spread(arm, slopes, weights / counts), least)
    return Contrast(found[0] - found[1], math.sqrt(max(variance * n, _LEAST)), n)


def means(challenger: Arm, champion: Arm) -> tuple[float, float]:
    """Return both arms' mean outcome of a unit, strata weighted alike.

    A stratum of `a` and `b` units weighs `ab / (a + b)`: the inverse of the
    variance of its difference if a unit varies equally everywhere; one where either
    arm has none weighs nothing. (0, 0) without a stratum that both have met.

    >>> arms = Arm(), Arm()
    >>> for i in range(200):
    ...     arms[i % 20 == 0].add(str(i), 5.0)
    ...     arms[i % 2].add(str(i), 1.0, stratum=1)
    >>> means(arms[1], arms[0]) == means(*arms)
    True
    """
    one, other = _alike(challenger, champion)
    weights, none = _weights(one, other), np.zeros(WIDTH - 2)
    return (
        float(weights @ _adjusted(one, none)),
        float(weights @ _adjusted(other, none)),
    )


def one_mean(arm: Arm) -> Contrast:
    """Return an arm's mean against 0; of an arm of one stratum."""
    if not arm.total[0]:
        return Contrast(0.0, 1.0, arm.visitors)
    none = np.zeros(WIDTH - 2)
    variance = _spread(arm, none, 1.0 / arm.strata[:, 0])
    sd = math.sqrt(max(variance * arm.visitors, _LEAST))
    return Contrast(float(_adjusted(arm, none)[0]), sd, arm.visitors)


def _padded(sums: Floats, size: int) -> Floats:
    if len(sums) == size:
        return sums
    wide = np.zeros((size,) * sums.ndim)
    wide[tuple(slice(n) for n in sums.shape)] = sums
    return wide


def _alike(one: Arm, other: Arm) -> tuple[Arm, Arm]:
    """Return both arms' sums with as many strata in each."""
    size = max(one.total.size, other.total.size)
    wide = [
        Arm(_padded(arm.total, size), _padded(arm.products, size))
        for arm in (one, other)
    ]
    return wide[0], wide[1]


def _weights(one: Arm, other: Arm) -> Floats:
    """Return the weight of each stratum, shape (n_strata,); they sum to 1, or to 0."""
    a, b = one.strata[:, 0], other.strata[:, 0]
    told = a * b / np.maximum(a + b, 1.0)
    return np.asarray(told / max(told.sum(), _LEAST))


def _adjusted(arm: Arm, slopes: Floats) -> Floats:
    """Return the mean outcome by stratum, covariates taken out; 0 of an empty one."""
    strata = arm.strata
    left = strata[:, 1] - strata[:, 2:] @ slopes
    return np.asarray(left / np.maximum(strata[:, 0], 1.0))


def _deviations(arm: Arm, slopes: Floats) -> Floats:
    """Return what makes a visitor's deviation of its sums, shape (n_strata, 4)."""
    made = np.empty((len(arm.strata), WIDTH))
    made[:] = (0.0, 1.0, *(-slopes))
    made[:, 0] = -_adjusted(arm, slopes)
    return made


def _spread(arm: Arm, slopes: Floats, scales: Floats) -> float:
    """Return the sum of visitors' squared deviations, those of a stratum scaled."""
    scaled = (_deviations(arm, slopes) * scales[:, None]).ravel()
    return float(scaled @ arm.products @ scaled)


def _pooled(one: Arm, other: Arm, slopes: Floats) -> float:
    """Return what a unit varies by within strata, the arms taken as one."""
    both = Arm(one.total + other.total, one.products + other.products)
    made, within = _deviations(both, slopes), _within(both)
    spread = np.einsum("ka,kab,kb->", made, within, made)
    return float(spread) / max(float(both.strata[:, 0].sum()), 1.0)


def _within(arm: Arm) -> Floats:
    """Return the products of each stratum alone, shape (n_strata, 4, 4)."""
    n = np.arange(len(arm.strata))
    parts = arm.products.reshape(len(n), WIDTH, len(n), WIDTH)
    return np.asarray(parts[n, :, n, :])


def _slopes(challenger: Arm, champion: Arm) -> Floats:
    """Return the covariates' pooled slopes, shape (2,); arms and strata share them."""
    within = np.concatenate([_within(challenger), _within(champion)])
    strata = np.concatenate([challenger.strata, champion.strata])
    made = np.zeros((len(strata), WIDTH - 1, WIDTH))
    made[:, :, 0] = -strata[:, 1:] / np.maximum(strata[:, :1], 1.0)
    made[:, :, 1:] = np.eye(WIDTH - 1)
    centred = (made @ within @ made.transpose(0, 2, 1)).sum(axis=0)
    inner = centred[1:, 1:] + np.eye(WIDTH - 2) * _LEAST
    return np.asarray(np.linalg.lstsq(inner, centred[1:, 0], rcond=1e-9)[0])
