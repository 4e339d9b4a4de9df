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
from dataclasses import asdict
from typing import Final

import numpy as np

from engage.evidence.lift_report import Forecast, Lift, Matched, Plan, Side, Verdict
from engage.evidence.lift_rows import Visitors
from engage.evidence.sequences import (
    Difference,
    Floats,
    RatioCheck,
    arm_of,
    check_ratio,
    compare,
    units_needed,
)

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


def measure(visitors: Visitors, *, plan: Plan, at_s: float) -> Lift:
    """Return the lift of a population as it can be told now.

    Args:
        visitors: everybody with a first moment, ascending by time.
        plan: horizon, error probability, effect of interest.
        at_s: now, epoch seconds.
    """
    ratio = _ratio(visitors)
    usable = visitors.where(
        visitors.is_over & (visitors.share > 0) & (visitors.share < 1)
    )
    narrow_at = plan.tuned_to or tuned_to(visitors.at_s)
    metrics = {
        name: _difference(usable, name, plan=plan, narrow_at=narrow_at)
        for name in METRICS
    }
    if ratio.is_broken:
        metrics = {name: _without_interval(one) for name, one in metrics.items()}
    sides = [_side(usable, is_holdout=flag, plan=plan) for flag in (False, True)]
    return Lift(
        verdict=_verdict(visitors, metrics[METRICS[0]], ratio),
        since_s=float(visitors.at_s[0]) if len(visitors) else None,
        horizon_s=plan.horizon_s,
        treatment=sides[0],
        holdout=sides[1],
        waiting=int((~visitors.is_over).sum()),
        left_out=visitors.left_out,
        metrics=metrics,
        ratio=ratio,
        forecast=_forecast(
            visitors,
            usable,
            margin=metrics[METRICS[0]],
            plan=plan,
            narrow_at=narrow_at,
            at_s=at_s,
        ),
        by_action=_by_action(usable),
    )


def measure_by(
    visitors: Visitors, dimension: str, *, plan: Plan, at_s: float
) -> dict[str, Lift]:
    """Return the lift of each value of a dimension; many intervals at once.

    Each of them alone misses with `alpha`; together they are for finding questions,
    not for answering them.
    """
    column = getattr(visitors, dimension)
    return {
        str(name): measure(visitors.where(column == name), plan=plan, at_s=at_s)
        for name in np.unique(column)
    }


def _values(visitors: Visitors, metric: str) -> Floats:
    if metric == "conversion":
        return (visitors.orders > 0).astype(np.float64)
    return visitors.margin if metric == "margin" else visitors.revenue


def _difference(
    visitors: Visitors, metric: str, *, plan: Plan, narrow_at: float
) -> Difference:
    values, has_order = _values(visitors, metric), visitors.orders > 0
    arms = [
        arm_of(
            values[group],
            weights=1 / probability[group],
            has_order=has_order[group],
        )
        for group, probability in (
            (~visitors.is_holdout, 1 - visitors.share),
            (visitors.is_holdout, visitors.share),
        )
    ]
    return compare(
        *arms,
        tuned_to=narrow_at,
        alpha=plan.alpha,
        least_orders=plan.least_orders,
    )


def _without_interval(one: Difference) -> Difference:
    plain = asdict(one) | {"low": None, "high": None}
    return Difference(**plain)


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
    narrow_at: float,
    at_s: float,
) -> Forecast:
    past_s = at_s - float(visitors.at_s[0]) if len(visitors) else 0.0
    per_day = len(visitors) / past_s * _DAY_S if past_s > 0 else 0.0
    needed = units_needed(
        margin.sd, plan.effect * margin.base, tuned_to=narrow_at, alpha=plan.alpha
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


def _by_action(visitors: Visitors) -> tuple[Matched, ...]:
    names, counts = np.unique(visitors.action, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return tuple(_matched(visitors, str(names[i])) for i in order)


def _matched(visitors: Visitors, action: str) -> Matched:
    drawn = visitors.action == action
    treated, held = drawn & ~visitors.is_holdout, drawn & visitors.is_holdout
    has_both = bool(treated.any() and held.any())
    has_order = visitors.orders > 0

    def gap(values: Floats) -> float | None:
        if not has_both:
            return None
        return float(values[treated].mean() - values[held].mean())

    is_card = action != "none" and bool(treated.any())
    return Matched(
        action=action,
        treatment=int(treated.sum()),
        holdout=int(held.sum()),
        margin=gap(visitors.margin),
        conversion=gap(has_order.astype(np.float64)),
        shown_share=float(visitors.is_shown[treated].mean()) if is_card else None,
    )
