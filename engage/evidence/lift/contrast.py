"""Two comparisons that need no other population: with one's own `none`, and A/A."""

# Rules of this file: pure functions of columns; each visitor counts once, with the
# first decision.

from __future__ import annotations

from typing import Final

import numpy as np

from engage.deciding.draw import NONE
from engage.evidence.lift.adjust import expected
from engage.evidence.lift.compare import arms_of
from engage.evidence.lift.report import Plan
from engage.evidence.lift.rows import Visitors
from engage.evidence.sequences.means import Difference, Floats, between, compare

# An A/A that raises an alarm once in a hundred shops is heeded; one in twenty is not.
AA_ALPHA: Final = 0.01


def against_own_none(visitors: Visitors, *, plan: Plan, narrow_at: float) -> Difference:
    """Return what the treated left, less what they had left with a first `none`.

    The policy draws `none` at random, with a logged probability, so the treated hold
    their own control: augmented inverse-probability weighting, with what the past lets
    expect of a visitor in place of what is missing. Later decisions are as they were.

    Args:
        visitors: whose horizon is over; the holdout is passed over.
        plan: error probability and least number of orders.
        narrow_at: number of visitors around which the interval is narrowest.

    Reference: Robins, Rotnitzky & Zhao 1994 (AIPW).
    """
    treated = visitors.where(~visitors.is_holdout & (visitors.none_p > 0))
    margin, alone, n = treated.margin, left_alone(treated), len(treated)
    is_alone = treated.action == NONE
    ordered = int((is_alone & (treated.orders > 0)).sum())
    return between(
        float(margin.mean()) if n else 0.0,
        float(alone.mean()) if n else 0.0,
        n=n,
        fewest=int(is_alone.sum()),
        sd=float((margin - alone).std()) if n else 0.0,
        base=float(margin.mean()) if n else 0.0,
        tuned_to=narrow_at,
        alpha=plan.alpha,
        is_early=ordered < plan.least_orders,
    )


def left_alone(treated: Visitors) -> Floats:
    """Return what each treated visitor says of a first `none`, shape (n,).

    Its mean is unbiased for the margin of all of them after a first `none`.
    """
    margin = treated.margin
    guess = expected(treated.covariates, margin, with_level=True)
    over = np.where(treated.action == NONE, (margin - guess) / treated.none_p, 0.0)
    found: Floats = guess + over
    return found


def same_to_same(visitors: Visitors, *, plan: Plan, narrow_at: float) -> Difference:
    """Return the difference where there is none: `none` drawn against its ghost.

    Until the next decision neither group was shown anything. What differs then is the
    groups themselves, or how they are counted.

    Args:
        visitors: whose horizon is over.
        plan: least number of orders.
        narrow_at: number of visitors around which the interval is narrowest.
    """
    same = visitors.where(visitors.action == NONE)
    return compare(
        *arms_of(same, same.margin_alone, ordered=same.ordered_alone),
        tuned_to=narrow_at,
        alpha=AA_ALPHA,
        least_orders=plan.least_orders,
    )
