"""Parts of a lift report as panels: its course, horizons, segments and actions."""

# Rules of this file: what a report says is shown, never computed. A point without an
# interval is hollow; a mean of very few visitors stands in the table only.

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engage.clock import rfc3339
from engage.evidence.lift.report import AtHorizon, Matched
from engage.evidence.lift.reports import Look, Report
from engage.evidence.lift.standing import (
    LEAST_TOLD,
    TOO_FEW,
    gap_of,
    span_of,
    told_gap,
)
from engage.evidence.report.charts import Line, Span, lines, spans
from engage.evidence.report.page import Panel, grid_of, interval, number
from engage.evidence.sequences.means import Difference

_MARGIN: Final = "margin a visitor, site's currency"
_FEW: Final = TOO_FEW[0].upper() + TOO_FEW[1:]
# Looks in the table; the plot has all of them.
_TOLD_LOOKS: Final = 8


def course_panel(course: Sequence[Look]) -> Panel:
    """Return the difference look by look, with the band that holds at all of them."""
    certain = [look for look in course if look.margin.low is not None]
    series = [
        Line(
            name="difference",
            x=[look.visitors for look in course],
            y=[look.margin.difference for look in course],
        )
    ]
    # A band of one look cannot be seen; the table has it.
    if len(certain) > 1:
        series = [
            *series,
            Line(
                name="holds at every look",
                x=[look.visitors for look in certain],
                y=[look.margin.difference for look in certain],
                low=[look.margin.low or 0.0 for look in certain],
                high=[look.margin.high or 0.0 for look in certain],
            ),
        ]
    step = max(1, -(-len(course) // _TOLD_LOOKS))
    told = list(course[::-1][::step])[::-1]
    return Panel(
        title="How it came about",
        says="Looking often costs nothing here: the band holds at all looks together. "
        "Before each group has enough orders there is no band.",
        svg=lines(series, x_unit="visitors", y_unit=_MARGIN, mark=0.0),
        alt="Difference in margin by visitors so far: "
        + "; ".join(
            f"after {look.visitors} {number(look.margin.difference, sign=True)}"
            for look in told
        ),
        grid=grid_of(
            ("visitors", "until", "difference", "95 %, any look"),
            (
                (
                    f"{look.visitors:,}",
                    rfc3339(look.at_s)[:10],
                    gap_of(look.margin),
                    interval(look.margin.low, look.margin.high),
                )
                for look in told
            ),
        ),
    )


def horizons_panel(horizons: Sequence[AtHorizon]) -> Panel:
    """Return the difference by the time it is given."""
    rows = [
        Span(
            name=span_of(one.horizon_s),
            value=one.margin.difference,
            low=one.margin.low,
            high=one.margin.high,
        )
        for one in horizons
        if one.margin.fewest >= LEAST_TOLD
    ]
    return Panel(
        title="By horizon",
        says="What an effect loses with time were purchases pulled forward, as by "
        "discounts; it does so beyond doubt where the last column's interval is below "
        "0. Advice takes days to show. Margin a visitor, in the site's currency.",
        svg=spans(rows, unit=f"difference in {_MARGIN}") if rows else "",
        alt="; ".join(f"{row.name}: {number(row.value, sign=True)}" for row in rows),
        grid=grid_of(
            ("after", "visitors", "difference", "95 %, any look", "since the shortest"),
            (
                (
                    span_of(one.horizon_s),
                    f"{one.margin.n:,}",
                    gap_of(one.margin),
                    interval(one.margin.low, one.margin.high),
                    _change(one.change),
                )
                for one in horizons
            ),
        ),
    )


def _change(change: Difference | None) -> str:
    if change is None or not change.n:
        return "-"
    return f"{gap_of(change)} ({interval(change.low, change.high)})"


def parts_panel(parts: Report) -> Panel:
    """Return the difference by segment and moment."""
    rows = [
        span(name, part.metrics["margin"])
        for name, part in parts.items()
        if part.metrics["margin"].fewest >= LEAST_TOLD
    ]
    return Panel(
        title="By segment and moment",
        says="Known before anybody was shown anything. Intervals are as wide as so "
        f"many looks at once demand; a hollow point has none yet. {_FEW}",
        svg=spans(rows, unit=f"difference in {_MARGIN}") if rows else "",
        alt="; ".join(f"{row.name}: {number(row.value, sign=True)}" for row in rows),
        grid=grid_of(
            (
                "part",
                "treatment",
                "holdout",
                "difference",
                "95 % for all",
                "stands out",
            ),
            (
                (
                    name,
                    f"{part.treatment.visitors:,}",
                    f"{part.holdout.visitors:,}",
                    gap_of(part.metrics["margin"]),
                    interval(part.metrics["margin"].low, part.metrics["margin"].high),
                    "yes" if part.is_found else "",
                )
                for name, part in parts.items()
            ),
        ),
    )


def actions_panel(actions: Sequence[Matched]) -> Panel:
    """Return each action where it was drawn, against its ghosts."""
    rows = [
        Span(name=one.action, value=one.margin, low=one.low, high=one.high)
        for one in actions
        if one.margin is not None and one.fewest >= LEAST_TOLD
    ]
    return Panel(
        title="By first action, like with like",
        says="Visitors who drew an action against those in the holdout who drew it as "
        f"a ghost. A hollow point has no interval yet. {_FEW}",
        svg=spans(rows, unit=f"difference in {_MARGIN}") if rows else "",
        alt="; ".join(f"{row.name}: {number(row.value, sign=True)}" for row in rows),
        grid=grid_of(
            ("action", "treatment", "holdout", "margin", "95 % for all", "shown"),
            (
                (
                    one.action,
                    f"{one.treatment:,}",
                    f"{one.holdout:,}",
                    told_gap(one.margin, one.fewest),
                    interval(one.low, one.high),
                    "-" if one.shown_share is None else f"{one.shown_share:.0%}",
                )
                for one in actions
            ),
        ),
    )


def span(name: str, one: Difference) -> Span:
    """Return a difference for a plot."""
    return Span(name=name, value=one.difference, low=one.low, high=one.high)
