"""What a policy would have earned, from another's log, or why nobody can say."""

# Rules of this file: puts rows, models, weights and estimators together. A number
# stands beside its diagnostics; where those object, there is no number.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np

from engage.errors import EvidenceRefused
from engage.evidence.offpolicy import visit_values
from engage.evidence.offpolicy.estimators import (
    ESTIMATORS,
    Array,
    Estimate,
    Sample,
    clustered_se,
    estimate,
)
from engage.evidence.offpolicy.outcome_models import cross_fitted, forward
from engage.evidence.offpolicy.rows import LogRows
from engage.evidence.offpolicy.weighing import Weighing, objections, weigh

ESTIMAND: Final = "one-step deviation"
MEANING: Final = (
    "mean outcome of a decision if the policy drew at it, everything before and after "
    "as logged"
)
DIMENSIONS: Final = ("moment", "segment")
Model = Literal["auto", "forward", "crossfit"]
Estimand = Literal["one-step", "policy"]
ESTIMANDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "one-step": (ESTIMAND, MEANING),
        "policy": (visit_values.ESTIMAND, visit_values.MEANING),
    }
)
"""Name and meaning of what can be estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The evaluation of all rows, or of those of one moment or segment.

    Attributes:
        name: `all`, or `moment=lingering`.
        logged: mean outcome under the logging policy and its standard error, EUR.
        weighing: what the weights look like.
        refused: why there are no estimates; empty if there are.
        estimates: by the estimator's name.
        visits: how many, and effectively, if a visit is the unit; else None.
    """

    name: str
    logged: tuple[float, float]
    weighing: Weighing
    refused: tuple[str, ...]
    estimates: Mapping[str, Estimate]
    visits: tuple[int, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A policy's evaluation.

    Attributes:
        estimand: which of `ESTIMANDS`.
        model: which outcome model DM and DR use.
        parts: `all` first.
        rows: decisions that are evidence; `settled` of them by their value at the long
            close, the others by the reward at the short one.
        left_out: decisions that are no evidence, by reason.
        spent: mean a decision under (logging policy, target), by name; None of a target
            whose value is refused: its spending rests on the same weights.
    """

    model: str
    parts: tuple[Part, ...]
    rows: int
    settled: int
    left_out: Mapping[str, int]
    spent: Mapping[str, tuple[float, float | None]]
    estimand: Estimand = "one-step"

    def check(self) -> None:
        """Return if there are numbers for all rows.

        Raises:
            EvidenceRefused: there are none; says why.
        """
        if self.parts[0].refused:
            raise EvidenceRefused("; ".join(self.parts[0].refused))

    def plain(self) -> dict[str, Any]:
        """Return the evaluation as plain data."""
        return {
            "estimand": ESTIMANDS[self.estimand][0],
            "meaning": ESTIMANDS[self.estimand][1],
            "model": self.model,
            "rows": self.rows,
            "settled": self.settled,
            "left_out": dict(self.left_out),
            "spent": {
                name: {"logged": logged, "target": target}
                for name, (logged, target) in self.spent.items()
            },
            "parts": [asdict(part) for part in self.parts],
        }


def evaluate(
    rows: LogRows,
    *,
    model: Model = "auto",
    by: tuple[str, ...] = (),
    estimand: Estimand = "one-step",
) -> Evaluation:
    """Return the target's evaluation; refusals are in its parts.

    Args:
        rows: what `rows_of` made of a log and a target.
        model: `forward` uses predictions as logged and a baseline of the past only,
            `crossfit` other visitors; `auto` is forward for an adaptive log.
        by: dimensions of `DIMENSIONS` to break it down by.
        estimand: `one-step`: the policy draws at one decision, all else as logged;
            `policy`: it draws at every decision of a visit, not broken down.
    """
    chosen = model
    if model == "auto":
        chosen = "forward" if rows.is_adaptive else "crossfit"
    sample = sample_of(rows, expected=_expected(rows, chosen))
    spent = _spent(rows, sample)
    whole = part_of(sample, rows.actions, name="all", also=_budget(rows, spent))
    parts = [whole]
    if estimand == "policy":
        parts, by = [_along_visits(rows, sample, whole)], ()
    for dimension in by:
        names = rows.moments if dimension == "moment" else rows.segments
        for name in np.unique(names).tolist():
            some = sample.part(names == name)
            parts.append(part_of(some, rows.actions, name=f"{dimension}={name}"))
    return Evaluation(
        model=chosen,
        parts=tuple(parts),
        rows=rows.drawn.size,
        settled=rows.settled,
        left_out=rows.left_out,
        spent={
            name: (logged, None if parts[0].refused else wanted)
            for name, (logged, wanted) in spent.items()
        },
        estimand=estimand,
    )


def _along_visits(rows: LogRows, sample: Sample, whole: Part) -> Part:
    """Return the same log with a visit as its unit.

    Propensities that are off are off for both; that too few decisions speak is said of
    visits instead.
    """
    visits = visit_values.visits_of(sample, rows.visits, rows.at_s)
    refused = (*whole.refused, *visit_values.visit_objections(visits))
    return replace(
        whole,
        logged=visit_values.logged_mean(visits),
        refused=refused,
        estimates={} if refused else visit_values.visit_estimates(visits),
        visits=(visits.first.size, visits.size),
    )


def sample_of(rows: LogRows, *, expected: Array) -> Sample:
    """Return a log's rows as estimators see them.

    Args:
        rows: a log.
        expected: shape (n, K), a model's outcome of each action.
    """
    return Sample(
        logged=rows.logged,
        target=rows.target,
        drawn=rows.drawn,
        outcome=rows.outcome,
        expected=expected,
        visitors=rows.visitors,
    )


def part_of(
    sample: Sample, actions: tuple[str, ...], *, name: str, also: tuple[str, ...] = ()
) -> Part:
    """Return the evaluation of a sample: estimates, or why there are none.

    Args:
        sample: a log, or some of its rows.
        actions: names of the K actions.
        name: of the part.
        also: further objections.
    """
    weighing = weigh(sample, actions)
    refused = (*objections(weighing), *also)
    se = clustered_se(sample.outcome, sample.visitors)
    return Part(
        name=name,
        logged=(float(sample.outcome.mean()), se),
        weighing=weighing,
        refused=refused,
        estimates={}
        if refused
        else {estimator: estimate(sample, estimator) for estimator in ESTIMATORS},
    )


def _expected(rows: LogRows, model: str) -> Array:
    if model == "forward":
        return forward(
            rows.context,
            rows.predicted,
            drawn=rows.drawn,
            label=rows.label,
            at_s=rows.at_s,
            known_s=rows.known_s,
        )
    return cross_fitted(
        rows.context,
        rows.interacting,
        drawn=rows.drawn,
        outcome=rows.outcome,
        actions=len(rows.actions),
        visitors=rows.visitors,
    )


def _spent(rows: LogRows, sample: Sample) -> dict[str, tuple[float, float]]:
    """Return what a decision costs in budget, slots and cards: (logged, target)."""
    weights = sample.weights
    return {
        name: (float(amount.mean()), float((weights * amount).mean()))
        for name, amount in rows.spent.items()
    }


def _budget(rows: LogRows, spent: Mapping[str, tuple[float, float]]) -> tuple[str, ...]:
    """Object to a policy that would have used up more budget than there was.

    Its draws beyond the budget would have been refused: it has no such value. Most of
    what is promised is never redeemed and returns; so the log's own use is scaled.
    """
    promised, wanted = spent["promised_eur"]
    if rows.budget_eur is None or promised <= 0.0:
        return ()
    first, last = rows.budget_eur
    used = max(0.0, first - last) * wanted / promised
    if used <= first:
        return ()
    objection = (
        f"the discount budget of {first:.2f} must suffice, the policy would have used "
        f"{used:.2f}"
    )
    return (objection,)
