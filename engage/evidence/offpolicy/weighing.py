"""Do the weights hold what they must? What they must hold is known before any outcome.

Under the logged distribution a weight's mean is 1 and its variance follows from that
distribution alone. So wrong propensities show without looking at a single outcome, and
a number that rests on them is refused.
"""

# Rules of this file: the null variance comes from the whole logged distribution, never
# from the weights of the chosen rows (those are length-biased and understate it).

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from engage.evidence.offpolicy.estimators import Array, Sample

# Three standard errors of a normal, two-sided; a weight's mean is no normal, therefore
# the level is held by Bernstein's inequality instead of by counting standard errors.
LEVEL: Final = 0.0027
LEAST_SIZE: Final = 1_000.0
LEAST_POSITIVES: Final = 100.0
# Intervals come from how visitors differ, and call their mean normal.
LEAST_VISITORS: Final = 100.0
# The most of the target that may lie where the log never draws.
MOST_UNSUPPORTED: Final = 1e-6
_EXACT: Final = 1e-9
# Calibration: bins of equal size by an action's logged probability, and the normal
# deviate (3e-5 one-sided) above which the counts are no chance. 200 sound logs pass.
_BINS: Final = 10
_LEAST_VARIANCE: Final = 5.0
MOST_CALIBRATION: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A mean that must be 1, against what the logged distribution allows.

    Attributes:
        name: the action, or `target` for the weights themselves.
        rows: decisions in which it could have been drawn.
        drawn: decisions in which it was.
        mean: mean weight.
        z: deviation from 1 in standard errors under the null; 0 where both are 0.
        allowed: deviation at which the propensities are taken to be wrong.
    """

    name: str
    rows: int
    drawn: int
    mean: float
    z: float
    allowed: float

    @property
    def is_off(self) -> bool:
        """Whether the deviation exceeds what chance allows."""
        return abs(self.mean - 1.0) > self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """What the weights look like.

    Attributes:
        rows: decisions.
        visitors: whose they are.
        size: effective sample size, Kish: `(sum w)^2 / sum w^2`.
        effective_visitors: the same of visitors, each with the sum of its weights.
        positives: the same of the rows with an outcome above 0.
        largest: largest weight.
        unsupported: share of the target's probability that the log never draws.
        balance: of the weights.
        actions: of each action, `1[drawn] / p`.
        calibration: how far the actions drawn are from what the logged distributions
            announced, as a normal deviate.
        broken: rows whose logged distribution does not sum to 1.
    """

    rows: int
    visitors: int
    size: float
    effective_visitors: float
    positives: float
    largest: float
    unsupported: float
    balance: Balance
    actions: tuple[Balance, ...]
    calibration: float
    broken: int


def weigh(sample: Sample, actions: Sequence[str]) -> Weighing:
    """Return the weights' diagnostics.

    Args:
        sample: a log.
        actions: names of the K actions.
    """
    weights, logged = sample.weights, sample.logged
    supported = logged > 0.0
    ratio = np.divide(sample.target, logged, out=np.zeros_like(logged), where=supported)
    # Var(w | x) = sum_a target^2 / logged - (sum_a target on the support)^2.
    held = (sample.target * supported).sum(axis=1)
    spread = (sample.target * ratio).sum(axis=1) - held**2
    return Weighing(
        rows=sample.drawn.size,
        visitors=np.unique(sample.visitors).size,
        size=kish(weights),
        effective_visitors=kish(
            np.bincount(sample.visitors, weights=weights).astype(np.float64)
        ),
        positives=kish(weights[sample.outcome > 0.0]),
        largest=float(weights.max(initial=0.0)),
        unsupported=float(1.0 - held.mean()),
        balance=_balance(
            "target",
            weights,
            spread=spread,
            largest=float(ratio.max(initial=0.0)),
            drawn=int((weights > 0.0).sum()),
            level=LEVEL,
        ),
        actions=tuple(
            _action(sample, index, name, level=LEVEL / len(actions))
            for index, name in enumerate(actions)
            if supported[:, index].any()
        ),
        calibration=calibration(sample),
        broken=int((np.abs(logged.sum(axis=1) - 1.0) > _EXACT * 10).sum()),
    )


def calibration(sample: Sample) -> float:
    """Return how far draws are from their logged distributions, a normal deviate.

    Chi-square over actions and bins of their logged probability: draws counted against
    the sum of that probability over *all* rows of a bin. Wilson and Hilferty's cube
    root turns it into a deviate; about 0 for a sound log, large for a wrong one.
    """
    total, cells = 0.0, 0
    for index in range(sample.logged.shape[1]):
        p = sample.logged[:, index]
        open_rows = np.flatnonzero((p > 0.0) & (p < 1.0))
        by_size = open_rows[np.argsort(p[open_rows], kind="stable")]
        for rows in np.array_split(by_size, _BINS):
            variance = float((p[rows] * (1.0 - p[rows])).sum())
            if variance >= _LEAST_VARIANCE:
                gap = float((sample.drawn[rows] == index).sum() - p[rows].sum())
                total, cells = total + gap**2 / variance, cells + 1
    if not cells:
        return 0.0
    # Of K actions one follows from the others.
    free = 1.0 - 1.0 / sample.logged.shape[1]
    spread: float = 2.0 / (9.0 * cells * free)
    return (math.cbrt(total / cells) - (1.0 - spread)) / math.sqrt(spread)


def _action(sample: Sample, index: int, name: str, *, level: float) -> Balance:
    p = sample.logged[:, index]
    could = p > 0.0
    p, was = p[could], sample.drawn[could] == index
    return _balance(
        name,
        was / p,
        spread=1.0 / p - 1.0,
        largest=float((1.0 / p).max()),
        drawn=int(was.sum()),
        level=level,
    )


def _balance(
    name: str,
    weights: Array,
    *,
    spread: Array,
    largest: float,
    drawn: int,
    level: float,
) -> Balance:
    n, mean = weights.size, float(weights.mean())
    total = max(0.0, float(spread.sum()))
    se = math.sqrt(total) / n
    gap = mean - 1.0
    # Bernstein: P(|gap| > allowed) <= level for n independent throws, each weight
    # within `largest` of its mean.
    log_term = math.log(2.0 / level)
    allowed = se * math.sqrt(2.0 * log_term) + 2.0 * largest * log_term / (3.0 * n)
    is_certain = se <= _EXACT
    return Balance(
        name=name,
        rows=n,
        drawn=drawn,
        mean=mean,
        z=0.0 if is_certain else gap / se,
        allowed=_EXACT if is_certain else allowed,
    )


def kish(weights: Array) -> float:
    """Return the effective number of equally weighted rows.

    >>> kish(np.array([1.0, 1.0, 2.0])), kish(np.array([]))
    (2.6666666666666665, 0.0)
    """
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0.0 else 0.0


def objections(weighing: Weighing) -> list[str]:
    """Return why no number may be given, each a sentence; empty if one may."""
    found = []
    if weighing.broken:
        found.append(
            f"logged distributions must sum to 1, {weighing.broken} of "
            f"{weighing.rows} do not"
        )
    if weighing.unsupported > MOST_UNSUPPORTED:
        found.append(
            f"{weighing.unsupported:.2%} of the target's draws are never drawn in the "
            "log, so nothing is known of them"
        )
    else:
        found += [
            f"weights are off: mean weight of {one.name!r} must be 1 within "
            f"{one.allowed:.3g}, got {one.mean:.4f} ({one.z:+.1f} standard errors)"
            for one in (weighing.balance, *weighing.actions)
            if one.is_off
        ]
    if weighing.calibration > MOST_CALIBRATION:
        found.append(
            "draws do not follow the logged distributions: their deviation must be <= "
            f"{MOST_CALIBRATION:.0f}, got {weighing.calibration:.1f}"
        )
    if weighing.size < LEAST_SIZE:
        found.append(
            f"effective sample size must be >= {LEAST_SIZE:.0f}, "
            f"got {weighing.size:.0f} of {weighing.rows} decisions"
        )
    if weighing.effective_visitors < LEAST_VISITORS:
        found.append(
            f"effective visitors must be >= {LEAST_VISITORS:.0f}, "
            f"got {weighing.effective_visitors:.0f} of {weighing.visitors}"
        )
    if weighing.positives < LEAST_POSITIVES:
        found.append(
            f"effective decisions with an outcome above 0 must be >= "
            f"{LEAST_POSITIVES:.0f}, got {weighing.positives:.0f}"
        )
    return found
