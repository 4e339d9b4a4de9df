"""What can be said of the effect before there are enough orders for an interval."""

# Rules of this file: pure. Margins are clipped at a bound fixed by the first orders of
# both groups together; those do not count, so that nothing chose its own bound.

from __future__ import annotations

from typing import Final

import numpy as np

from engage.evidence.lift.report import Early, Plan
from engage.evidence.lift.rows import Visitors
from engage.evidence.sequences.betting import bounds
from engage.evidence.sequences.means import Floats

# Orders that fix the bound, and how many of their mean margins it is: of a log-normal
# margin with a variation of 1 less than one in a hundred is larger.
_FIXING: Final = 10
_TIMES: Final = 5.0
# Costs of cards make a margin negative, by little.
_BELOW: Final = 0.05
# By then each group has its orders, or there is something else wrong.
_MOST: Final = 200_000


def early_bounds(visitors: Visitors, *, plan: Plan) -> Early | None:
    """Return bounds of the effect on clipped margins; None before ten orders.

    Each visitor adds the clipped margin, less the mean so far, weighted by group; its
    mean is the effect, whatever was subtracted.

    Args:
        visitors: whose horizon is over, with shares in (0, 1), in order.
        plan: error probability.
    """
    ordering = np.flatnonzero(visitors.orders[:_MOST] > 0)
    if len(ordering) < _FIXING:
        return None
    fixing = ordering[:_FIXING]
    top = _TIMES * float(visitors.margin[fixing].mean())
    first = int(fixing[-1]) + 1
    margins, share = visitors.margin[first:_MOST], visitors.share[first:_MOST]
    if top <= 0 or not len(margins):
        return None
    bottom = -_BELOW * top
    clipped = margins.clip(bottom, top)
    so_far = _means_before(clipped)
    is_holdout = visitors.is_holdout[first:_MOST]
    weights = np.where(is_holdout, -1 / share, 1 / (1 - share))
    most = np.stack(((top - so_far) / (1 - share), (so_far - bottom) / share))
    least = np.stack(((bottom - so_far) / (1 - share), (so_far - top) / share))
    low, high = bounds(
        (clipped - so_far) * weights,
        low=least.min(axis=0),
        high=most.max(axis=0),
        within=top - bottom,
        alpha=plan.alpha,
    )
    return Early(
        low=low,
        high=high,
        clipped_low=bottom,
        clipped_high=top,
        visitors=len(margins),
    )


def _means_before(values: Floats) -> Floats:
    """Return the mean of all earlier values, 0 for the first, shape (n,)."""
    sums = np.cumsum(values)
    found = np.zeros_like(values)
    found[1:] = sums[:-1] / np.arange(1, len(values))
    return found
