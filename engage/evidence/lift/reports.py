"""The whole lift report of one site, and its course over time."""

# Rules of this file: puts ledger, plan and measures together; no arithmetic of its own.

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engage.evidence.lift.compare import comparable, differ
from engage.evidence.lift.horizons import horizons_of
from engage.evidence.lift.ledger import Ledger
from engage.evidence.lift.log import Evidence
from engage.evidence.lift.measure import measure, measure_by, tuned_to
from engage.evidence.lift.report import Lift, Plan
from engage.evidence.lift.rows import Visitors
from engage.evidence.sequences.means import Difference

Report = dict[str, Lift]
"""`all`, and each part by `dimension=name`."""


def report_of(
    evidence: Evidence, *, horizon_s: float | None = None, by: Sequence[str] = ()
) -> Report:
    """Return the lift of all, and of each part of each dimension.

    Args:
        evidence: one site's.
        horizon_s: seconds from the first moment in which money counts; None: until the
            log's long close.
        by: dimensions of `lift/rows.DIMENSIONS`; parts of all are controlled together.
            An action's lift is the matched one, which every report holds.
    """
    plan = Plan(horizon_s=evidence.horizon_s if horizon_s is None else horizon_s)
    at_s, ledger = evidence.until_s, evidence.ledger
    visitors = ledger.visitors(horizon_s=plan.horizon_s, at_s=at_s)
    horizons = [
        one for one in horizons_of(evidence.horizon_s) if one <= evidence.longest_s
    ]
    report = {
        "all": measure(
            visitors,
            plan=plan,
            at_s=at_s,
            horizons=at_horizons(ledger, horizons, at_s=at_s),
        )
    }
    # Who draws an action differs from who does not.
    dimensions = [one for one in dict.fromkeys(by) if one != "action"]
    return report | measure_by(visitors, *dimensions, plan=plan, at_s=at_s)


def at_horizons(
    ledger: Ledger, horizons: Sequence[float], *, at_s: float
) -> Iterator[tuple[float, Visitors]]:
    """Yield everybody at one horizon after the other, as `measure` wants them."""
    for horizon_s in horizons:
        yield horizon_s, ledger.visitors(horizon_s=horizon_s, at_s=at_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The effect on margin as it stood when a visitor's horizon was over.

    Attributes:
        visitors: in both groups by then.
        at_s: first moment of the last of them, epoch seconds.
        margin: with the interval that held at that look.
    """

    visitors: int
    at_s: float
    margin: Difference


def course(visitors: Visitors, *, plan: Plan, looks: int = 60) -> list[Look]:
    """Return how the effect on margin came about, look by look.

    Args:
        visitors: everybody with a first moment, in order.
        plan: error probability and least number of orders.
        looks: how many, evenly over the visitors, >= 1.
    """
    usable = visitors.where(comparable(visitors))
    if not len(usable):
        return []
    narrow_at = plan.tuned_to or tuned_to(visitors.at_s)
    ends = np.unique(np.linspace(0, len(usable), looks + 1).astype(int)[1:])
    found = []
    for end in ends[ends > 0].tolist():
        some = usable.where(np.arange(len(usable)) < end)
        margin = differ(some, some.margin, plan=plan, narrow_at=narrow_at)
        look = Look(visitors=end, at_s=float(some.at_s[-1]), margin=margin)
        found.append(look)
    return found
