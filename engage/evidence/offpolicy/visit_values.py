"""The value of a policy that draws at every decision of a visit.

A one-step deviation asks what one draw by the policy would have changed. Here the
policy draws at all of them: weights multiply along a visit, so far fewer visits speak
for it, and a number is refused much sooner.

Reference: Precup, Sutton & Singh 2000 (per-decision importance sampling); Jiang & Li
2016, doubly robust off-policy value evaluation (arXiv 1511.03722).
"""

# Rules of this file: arrays in, numbers out. A decision's outcome is all its visit
# earned from then on; so what lies between two decisions is their difference.

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from engage.evidence.offpolicy.estimators import (
    Array,
    Estimate,
    Fit,
    Indices,
    Sample,
    clustered_se,
    estimate_of,
)
from engage.evidence.offpolicy.weighing import LEAST_POSITIVES, LEAST_SIZE, kish

ESTIMAND: Final = "policy value"
MEANING: Final = (
    "mean outcome of a visit from its first decision on if the policy drew at every "
    "decision of it"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Visits:
    """m visits; every array has shape (m,).

    Attributes:
        first: what the visit earned, as logged.
        ips: per-decision importance sampling.
        dr: the same, corrected by the model at every decision.
        weights: product of the weights along the visit.
        visitors: whose visit it was.
    """

    first: Array
    ips: Array
    dr: Array
    weights: Array
    visitors: Indices

    @property
    def size(self) -> float:
        """Effective number of visits."""
        return kish(self.weights)

    @property
    def positives(self) -> float:
        """Effective number of visits that earned something."""
        return kish(self.weights[self.first > 0.0])


def visits_of(sample: Sample, visits: Indices, at_s: Array) -> Visits:
    """Return the visits of a log.

    Args:
        sample: its decisions; an outcome is what the visit earned from then on.
        visits: shape (n,), whose visit each decision belongs to.
        at_s: shape (n,), when it was made.
    """
    order = np.lexsort((at_s, visits))
    weights, outcome = sample.weights[order], sample.outcome[order]
    value, residual = sample.model_value[order], sample.residuals[order]
    left = outcome - residual  # what the model expected of the action drawn
    names, starts = np.unique(visits[order], return_index=True)
    ends = np.append(starts[1:], order.size)
    place = np.arange(order.size) - np.repeat(starts, ends - starts)
    # Backwards through all visits at once: the last decisions first.
    later = np.zeros((3, names.size))  # outcome, ips and dr from the next decision on
    product = np.ones(names.size)
    for step in range(int(place.max(initial=-1)), -1, -1):
        rows = np.flatnonzero(place == step)
        whose = np.searchsorted(starts, rows, side="right") - 1
        earned = outcome[rows] - later[0, whose]
        w = weights[rows]
        later[1, whose] = w * (earned + later[1, whose])
        later[2, whose] = value[rows] + w * (earned + later[2, whose] - left[rows])
        later[0, whose] = outcome[rows]
        product[whose] *= w
    return Visits(
        first=later[0],
        ips=later[1],
        dr=later[2],
        weights=product,
        visitors=sample.visitors[order][starts],
    )


def visit_objections(visits: Visits) -> list[str]:
    """Return why no policy value may be given; empty if one may."""
    found = []
    if visits.size < LEAST_SIZE:
        found.append(
            f"effective visits must be >= {LEAST_SIZE:.0f}, got {visits.size:.0f} of "
            f"{visits.first.size}: weights multiply along a visit"
        )
    if visits.positives < LEAST_POSITIVES:
        found.append(
            f"effective visits with an outcome above 0 must be >= "
            f"{LEAST_POSITIVES:.0f}, got {visits.positives:.0f}"
        )
    return found


def visit_estimates(visits: Visits) -> dict[str, Estimate]:
    """Return the policy's value by estimator, with its gain over what was logged."""
    total = visits.weights.mean()
    value = (visits.weights * visits.first).mean() / total
    around = visits.weights * (visits.first - value) / total
    rows = {"IPS": visits.ips, "SNIPS": value + around, "DR": visits.dr}
    return {
        name: estimate_of(Fit(rows=one), outcome=visits.first, visitors=visits.visitors)
        for name, one in rows.items()
    }


def logged_mean(visits: Visits) -> tuple[float, float]:
    """Return what a visit earned as logged, and its standard error."""
    return float(visits.first.mean()), clustered_se(visits.first, visits.visitors)
