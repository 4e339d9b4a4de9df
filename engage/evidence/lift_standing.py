"""Where a lift stands, in sentences: the same on the console and on a page."""

# Rules of this file: words about one result, and nothing of how they are shown.

from __future__ import annotations

from engage.evidence.lift_report import Lift
from engage.evidence.report.page import interval


def standing(lift: Lift) -> list[str]:
    """Return what is missing, what can be said early, and how long it takes still."""
    said: list[str] = []
    if lift.verdict == "collecting":
        said.append(
            f"Missing orders: {lift.treatment.missing} in treatment, "
            f"{lift.holdout.missing} in the holdout."
        )
    if lift.early is not None:
        one = lift.early
        said.append(
            f"So far bets on margins clipped to {one.clipped_low:.0f} to "
            f"{one.clipped_high:.0f} say {interval(one.low, one.high)}."
        )
    forecast = lift.forecast
    if forecast.visitors is not None and forecast.days_left is not None:
        said.append(
            f"An effect of {forecast.effect:.0%} is decidable after "
            f"{forecast.visitors:,} visitors: {forecast.days_left:,.1f} more days at "
            f"{forecast.per_day:,.0f} a day."
        )
    return said
