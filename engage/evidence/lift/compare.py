"""Compares the two groups in one number per visitor, with all that narrows it down."""

# Rules of this file: pure. Each visitor is weighted by the inverse of its logged
# probability of being in its group; what was known before the first moment is taken
# out, the same way for every number and every part.

from __future__ import annotations

from dataclasses import replace

from engage.evidence.lift.adjust import expected
from engage.evidence.lift.report import Plan
from engage.evidence.lift.rows import Visitors
from engage.evidence.sequences.means import (
    Arm,
    Difference,
    Flags,
    Floats,
    arm_of,
    compare,
)


def comparable(visitors: Visitors) -> Flags:
    """Return whose horizon is over and whose group was left to chance, shape (n,)."""
    return visitors.is_over & (visitors.share > 0) & (visitors.share < 1)


def differ(
    visitors: Visitors,
    values: Floats,
    *,
    plan: Plan,
    narrow_at: float,
) -> Difference:
    """Return treatment minus holdout of one value a visitor, adjusted.

    Args:
        visitors: comparable ones, in order.
        values: shape (n,).
        plan: error probability and least number of orders.
        narrow_at: number of visitors around which the interval is narrowest.
    """
    ordered = visitors.orders > 0
    guess = expected(visitors.covariates, values)
    plain = _compare(visitors, values, ordered=ordered, plan=plan, narrow_at=narrow_at)
    if not guess.any():
        return replace(plain, unadjusted=plain.difference)
    # The mean goes back in, so that levels stay what they are.
    rest = values - guess + guess.mean()
    found = _compare(visitors, rest, ordered=ordered, plan=plan, narrow_at=narrow_at)
    explained = 1 - (found.sd / plain.sd) ** 2 if plain.sd > 0 else 0.0
    return replace(found, unadjusted=plain.difference, explained=explained)


def _compare(
    visitors: Visitors, values: Floats, *, ordered: Flags, plan: Plan, narrow_at: float
) -> Difference:
    return compare(
        *arms_of(visitors, values, ordered=ordered),
        tuned_to=narrow_at,
        alpha=plan.alpha,
        least_orders=plan.least_orders,
    )


def arms_of(visitors: Visitors, values: Floats, *, ordered: Flags) -> tuple[Arm, Arm]:
    """Return the sums of treatment and holdout.

    Args:
        visitors: with shares in (0, 1).
        values: shape (n,).
        ordered: shape (n,), who counts towards the least number of orders.
    """
    held, share = visitors.is_holdout, visitors.share
    treatment, holdout = (
        arm_of(values[group], weights=1 / probability[group], has_order=ordered[group])
        for group, probability in ((~held, 1 - share), (held, share))
    )
    return treatment, holdout
