"""How an effect grows or shrinks with the time it is given.

A discount pulls purchases forward: its effect is largest after half an hour and gone
after a week. Advice takes days. So the effect is told at several horizons, and one that
shrinks is called by its name.
"""

# Rules of this file: pure. A change from one horizon to another is measured on the same
# visitors, those whose longer horizon is over.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from engage.evidence.lift.compare import comparable, differ
from engage.evidence.lift.report import HORIZONS_S, AtHorizon, Plan
from engage.evidence.lift.rows import Visitors
from engage.evidence.sequences.means import Difference, Floats

_DAY_S: Final = 86_400.0
_WEEK_S: Final = 7 * _DAY_S
# The error is shared among the changes from the shortest horizon to the others.
_CHANGES: Final = len(HORIZONS_S) - 1
# A demo's short window in its long one; in a shop it is half an hour in a week.
_DEMO_SHORT: Final = 0.1


def horizons_of(long_close_s: float) -> tuple[float, ...]:
    """Return the horizons to look at, seconds, shortest first.

    Half an hour, a day, a week and thirty days; where a demo's long window stands for a
    week, the others shrink with it, though to no less than its short window.

    >>> horizons_of(604_800.0)
    (1800.0, 86400.0, 604800.0, 2592000.0)
    >>> [round(one) for one in horizons_of(600.0)]
    [60, 86, 600, 2571]
    """
    if long_close_s >= _DAY_S:
        return HORIZONS_S
    scale, least_s = long_close_s / _WEEK_S, long_close_s * _DEMO_SHORT
    return tuple(max(one * scale, least_s) for one in HORIZONS_S)


def by_horizon(
    several: Iterable[tuple[float, Visitors]], *, plan: Plan, narrow_at: float
) -> tuple[AtHorizon, ...]:
    """Return the effect on margin at each horizon.

    Args:
        several: horizon and everybody with what happened within it, shortest first; the
            same visitors in the same order each time.
        plan: error probability and least number of orders.
        narrow_at: number of visitors around which intervals are narrowest.
    """
    found: list[AtHorizon] = []
    shortest: Floats | None = None
    for horizon_s, visitors in several:
        over = comparable(visitors)
        some, margins = visitors.where(over), visitors.margin[over]
        change = None
        if shortest is not None:
            later = margins - shortest[over]
            change = differ(some, later, plan=plan, narrow_at=narrow_at)
            change = change.at(plan.alpha / _CHANGES)
            # Of a handful of late orders no variance is known.
            if np.count_nonzero(later) < plan.least_orders:
                change = change.withheld()
        found.append(
            AtHorizon(
                horizon_s=horizon_s,
                margin=differ(some, margins, plan=plan, narrow_at=narrow_at),
                change=change,
            )
        )
        shortest = visitors.margin if shortest is None else shortest
    return tuple(found)


def is_pulled_forward(horizons: Sequence[AtHorizon]) -> bool:
    """Tell whether an effect that was there at first certainly shrank afterwards."""
    if not horizons or horizons[0].margin.difference <= 0:
        return False
    return any(_shrinks(one.change) for one in horizons if one.change is not None)


def _shrinks(change: Difference) -> bool:
    return change.high is not None and change.high < 0
