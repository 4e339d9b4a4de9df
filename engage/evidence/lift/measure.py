"""Lift: what the interventions were worth, treatment against holdout, by visitor.

The primary population is visitors with a first moment, from that moment to a horizon;
there the groups still are what the hash made them, and nobody dilutes the difference
who never hesitated. No interval before each group has 30 orders; afterwards one that
holds at every look. Until then the report says how far away a verdict is.
"""

# Rules of this file: pure functions of columns. A broken sample ratio blocks every
# conclusion. What is only descriptive has no interval.

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np

from engage.deciding.draw import NONE
from engage.evidence.lift.compare import comparable, differ
from engage.evidence.lift.contrast import against_own_none, same_to_same
from engage.evidence.lift.early import early_bounds
from engage.evidence.lift.horizons import by_horizon, is_pulled_forward
from engage.evidence.lift.many import controlled, together
from engage.evidence.lift.report import (
    AtHorizon,
    Forecast,
    Lift,
    Matched,
    Plan,
    Side,
    Verdict,
    Warned,
)
from engage.evidence.lift.rows import Visitors
from engage.evidence.sequences.means import Difference, Floats
from engage.evidence.sequences.radius import units_needed
from engage.evidence.sequences.ratio import RatioCheck, check_ratio

METRICS: Final = ("margin", "conversion", "revenue")
"""What is compared, per visitor; the first one decides the verdict."""

_DAY_S: Final = 86_400.0
# Total at which the interval is narrowest: visitors of 90 days, as the first thousand
# arrived. Only arrivals may say so, never outcomes, and never again later.
_TUNED_DAYS: Final = 90.0
_TUNED_BY: Final = 1_000
_TUNED_LEAST: Final = 2_000.0
_TUNED_MOST: Final = 200_000.0
# With fewer visitors with an order a forecast would change by the hour.
_FORECAST_LEAST: Final = 10


def tuned_to(at_s: Floats) -> float:
    """Return the number of visitors around which the interval should be narrowest.

    Those of 90 days at the rate at which the first thousand came, in powers of two, so
    that it settles early; fixed once they are in.

    Args:
        at_s: shape (n,), times of first moments, ascending, epoch seconds.

    >>> tuned_to(np.arange(1500) * 864.0)
    8192.0
    """
    first = at_s[:_TUNED_BY]
    if len(first) < 2 or first[-1] <= first[0]:
        return _TUNED_LEAST
    per_day = (len(first) - 1) / (first[-1] - first[0]) * _DAY_S
    wished = min(max(per_day * _TUNED_DAYS, _TUNED_LEAST), _TUNED_MOST)
    return float(2.0 ** round(math.log2(wished)))


def measure(
    visitors: Visitors,
    *,
    plan: Plan,
    at_s: float,
    horizons: Iterable[tuple[float, Visitors]] = (),
) -> Lift:
    """Return the lift of a population as it can be told now.

    Args:
        visitors: everybody with a first moment, ascending by time.
        plan: horizon, error probability, effect of interest.
        at_s: now, epoch seconds.
        horizons: the same visitors at other horizons, shortest first; see `by_horizon`.
    """
    ratio = _ratio(visitors)
    usable = visitors.where(comparable(visitors))
    narrow_at = plan.tuned_to or tuned_to(visitors.at_s)
    metrics = {
        name: differ(usable, _values(usable, name), plan=plan, narrow_at=narrow_at)
        for name in METRICS
    }
    margin = metrics[METRICS[0]]
    at_horizons = by_horizon(horizons, plan=plan, narrow_at=narrow_at)
    aa = same_to_same(usable, plan=plan, narrow_at=narrow_at)
    is_early = margin.low is None and not ratio.is_broken
    sides = [_side(usable, is_holdout=flag, plan=plan) for flag in (False, True)]
    lift = Lift(
        verdict=_verdict(visitors, margin, ratio),
        since_s=float(visitors.at_s[0]) if len(visitors) else None,
        horizon_s=plan.horizon_s,
        treatment=sides[0],
        holdout=sides[1],
        waiting=int((~visitors.is_over).sum()),
        left_out=visitors.left_out,
        metrics=metrics,
        ratio=ratio,
        forecast=_forecast(visitors, usable, margin=margin, plan=plan, at_s=at_s),
        by_action=_by_action(usable, plan=plan),
        horizons=at_horizons,
        early=early_bounds(usable, plan=plan) if is_early else None,
        own_none=against_own_none(
            visitors.where(visitors.is_over), plan=plan, narrow_at=narrow_at
        ),
        aa=aa,
        warnings=_warnings(aa, at_horizons),
        is_found=margin.is_found,
    )
    return without_conclusions(lift) if ratio.is_broken else lift


def measure_by(
    visitors: Visitors, *dimensions: str, plan: Plan, at_s: float
) -> dict[str, Lift]:
    """Return the lift of each value of each dimension, all controlled together.

    A part stands out (`is_found`) with a false discovery rate of `plan.alpha`, and its
    margin's interval is widened by how many were asked and stood out; see `lift/many`.

    Returns:
        By `dimension=name`.
    """
    columns = {dimension: getattr(visitors, dimension) for dimension in dimensions}
    parts = {
        f"{dimension}={name}": measure(
            visitors.where(column == name), plan=plan, at_s=at_s
        )
        for dimension, column in columns.items()
        for name in np.unique(column)
    }
    return controlled(parts, alpha=plan.alpha)


def without_conclusions(lift: Lift) -> Lift:
    """Return the report without any interval: its groups cannot be trusted."""
    return replace(
        lift,
        metrics={name: one.withheld() for name, one in lift.metrics.items()},
        by_action=tuple(
            replace(one, low=None, high=None, is_found=False) for one in lift.by_action
        ),
        horizons=tuple(
            replace(
                one,
                margin=one.margin.withheld(),
                change=one.change and one.change.withheld(),
            )
            for one in lift.horizons
        ),
        own_none=lift.own_none.withheld(),
        is_found=False,
    )


def _warnings(aa: Difference, horizons: tuple[AtHorizon, ...]) -> tuple[Warned, ...]:
    found: list[Warned] = []
    if aa.is_found:
        found.append("groups_differ")
    if is_pulled_forward(horizons):
        found.append("pull_forward")
    return tuple(found)


def _values(visitors: Visitors, metric: str) -> Floats:
    if metric == "conversion":
        return (visitors.orders > 0).astype(np.float64)
    return visitors.margin if metric == "margin" else visitors.revenue


def _ratio(visitors: Visitors) -> RatioCheck:
    drawn = (visitors.share > 0) & (visitors.share < 1)
    return check_ratio(visitors.is_holdout[drawn], visitors.share[drawn])


def _side(visitors: Visitors, *, is_holdout: bool, plan: Plan) -> Side:
    group = visitors.is_holdout == is_holdout
    ordering = int((visitors.orders[group] > 0).sum())
    return Side(
        visitors=int(group.sum()),
        ordering=ordering,
        missing=max(plan.least_orders - ordering, 0),
    )


def _verdict(visitors: Visitors, margin: Difference, ratio: RatioCheck) -> Verdict:
    if len(visitors) and not (visitors.share > 0).any():
        return "no_holdout"
    if ratio.is_broken:
        return "broken_ratio"
    if margin.low is None or margin.high is None:
        return "collecting"
    if margin.low > 0:
        return "better"
    return "worse" if margin.high < 0 else "undecided"


def _forecast(
    visitors: Visitors,
    usable: Visitors,
    *,
    margin: Difference,
    plan: Plan,
    at_s: float,
) -> Forecast:
    past_s = at_s - float(visitors.at_s[0]) if len(visitors) else 0.0
    per_day = len(visitors) / past_s * _DAY_S if past_s > 0 else 0.0
    needed = units_needed(
        margin.sd,
        plan.effect * margin.base,
        tuned_to=margin.tuned_to,
        alpha=plan.alpha,
    )
    is_guess = (usable.orders > 0).sum() < _FORECAST_LEAST
    if is_guess or math.isinf(needed) or per_day <= 0:
        return Forecast(
            effect=plan.effect, visitors=None, days_left=None, per_day=per_day
        )
    # Visitors that count are those whose horizon is over.
    left = max(needed - len(visitors), 0.0) / per_day
    tail = plan.horizon_s / _DAY_S if needed > margin.n else 0.0
    return Forecast(
        effect=plan.effect,
        visitors=math.ceil(needed),
        days_left=float(left + tail),
        per_day=float(per_day),
    )


def _by_action(visitors: Visitors, *, plan: Plan) -> tuple[Matched, ...]:
    names, counts = np.unique(visitors.action, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    drawn = {str(names[i]): visitors.action == names[i] for i in order}
    margins = {
        name: differ(
            visitors.where(rows),
            visitors.margin[rows],
            plan=plan,
            narrow_at=tuned_to(visitors.at_s[rows]),
        )
        for name, rows in drawn.items()
    }
    held = together(margins, alpha=plan.alpha)
    return tuple(
        _matched(
            visitors.where(rows), name, margin=held[name][0], is_found=held[name][1]
        )
        for name, rows in drawn.items()
    )


def _matched(
    drawn: Visitors, action: str, *, margin: Difference, is_found: bool
) -> Matched:
    treated, held = ~drawn.is_holdout, drawn.is_holdout
    has_both = bool(treated.any() and held.any())
    has_order = drawn.orders > 0
    is_card = action != NONE and bool(treated.any())
    return Matched(
        action=action,
        treatment=int(treated.sum()),
        holdout=int(held.sum()),
        margin=margin.difference if has_both else None,
        conversion=float(has_order[treated].mean() - has_order[held].mean())
        if has_both
        else None,
        shown_share=float(drawn.is_shown[treated].mean()) if is_card else None,
        low=margin.low,
        high=margin.high,
        is_found=is_found,
    )
