"""Where a lift stands, in sentences: the same on the console and on a page."""

# Rules of this file: words about one result, and nothing of how they are shown.

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from engage.evidence.lift.report import Lift
from engage.evidence.report.page import interval, number
from engage.evidence.sequences.means import Difference

VERDICTS: Final = MappingProxyType(
    {
        "no_holdout": "No holdout: nobody is left alone, so nothing can be compared.",
        "broken_ratio": "The groups do not have the announced sizes. No conclusion.",
        "collecting": "No verdict yet: each group needs more visitors with an order.",
        "undecided": "No verdict yet: the interval still holds 0.",
        "better": "The interventions earn money.",
        "worse": "The interventions lose money.",
    }
)
"""What each verdict means."""

LEAST_TOLD: Final = 20
"""Visitors in each group from which on their difference is told: that of fewer is
whatever one of them bought."""
TOO_FEW: Final = (
    f"too few: below {LEAST_TOLD} visitors in a group nothing can be said yet."
)
"""What a difference of so few is called, and why."""

_LEAST_BUYING: Final = 200
"""Visitors none of whom ordered that are no chance any more: .2 % of a shop where 3 in
a hundred do."""
_NO_ORDERS: Final = (
    "None of them is known to have ordered, and lift counts nothing but orders that "
    "the shop's server posts (POST /v1/orders): without any there will never be a "
    "verdict. Where a cart or a click is the outcome, `engage evaluate LOG --policy "
    "always:none` says what visitors would have come to without cards."
)

_SPANS: Final = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (0.0, "s"))


def adjusted(lift: Lift) -> str:
    """Return what was known before the first moment has changed, a sentence."""
    margin = lift.metrics["margin"]
    if not margin.n or margin.unadjusted is None:
        return "Nobody can be compared yet."
    if margin.unadjusted == margin.difference:
        return "Means are plain: too little is known yet to adjust them."
    part = margin.explained
    does = f"takes {part:.0%} off" if part >= 0 else f"adds {-part:.0%} to"
    return (
        f"Means are adjusted for what was known before the first moment: that {does} "
        "the variance of margin; plainly its difference is "
        f"{told_gap(margin.unadjusted, margin.fewest)}."
    )


def standing(lift: Lift) -> list[str]:
    """Return what is missing, what can be said early, and how long it takes still."""
    said: list[str] = []
    if lift.verdict == "collecting":
        said.append(
            f"Missing orders: {lift.treatment.missing} in treatment, "
            f"{lift.holdout.missing} in the holdout."
        )
        sides = (lift.treatment, lift.holdout)
        enough = sum(side.visitors for side in sides) >= _LEAST_BUYING
        if enough and not any(side.ordering for side in sides):
            said.append(_NO_ORDERS)
    if lift.early is not None:
        one = lift.early
        said.append(
            f"So far bets on margins clipped to {one.clipped_low:.0f} to "
            f"{one.clipped_high:.0f} bound the effect on those: "
            f"{interval(one.low, one.high)} (95 %, any look)."
        )
    forecast = lift.forecast
    if forecast.visitors is not None and forecast.days_left is not None:
        said.append(
            f"An effect of {forecast.effect:.0%} is decidable after "
            f"{forecast.visitors:,} visitors: "
            f"{forecast.days_left:,.{int(forecast.days_left < 10)}f} more days at "
            f"{forecast.per_day:,.0f} a day."
        )
    return said


def gap_of(one: Difference, *, digits: int = 2) -> str:
    """Return a difference for a table; says so where it speaks of too few."""
    return told_gap(one.difference if one.n else None, one.fewest, digits=digits)


def means_of(lift: Lift, metric: str, *, digits: int) -> tuple[str, str]:
    """Return both groups' means for a table; a dash for a group without anybody."""
    one = lift.metrics[metric]
    sides = ((one.treatment, lift.treatment), (one.holdout, lift.holdout))
    told = [number(m if side.visitors else None, digits=digits) for m, side in sides]
    return told[0], told[1]


def told_gap(value: float | None, fewest: int, *, digits: int = 2) -> str:
    """Return the difference of two groups for a table, or why there is none.

    Args:
        value: None where nobody stands behind it.
        fewest: visitors in the smaller group.
        digits: decimals.

    >>> told_gap(12.5, 20), told_gap(12.5, 1), told_gap(None, 0)
    ('+12.50', 'too few', '-')
    """
    if value is not None and fewest < LEAST_TOLD:
        return "too few"
    return number(value, digits=digits, sign=True)


def span_of(seconds: float) -> str:
    """Return a duration in its largest whole unit.

    >>> span_of(1_800.0), span_of(604_800.0), span_of(90.0)
    ('30 min', '7 d', '1.5 min')
    """
    size, unit = next(one for one in _SPANS if seconds >= one[0])
    return f"{seconds / (size or 1.0):.3g} {unit}"
