"""Parts of a lift report as panels: its course, horizons, segments and actions."""

# Rules of this file: what a report says is shown, never computed. A point without an
# interval is hollow; a mean of very few visitors stands in the table only.

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engage.clock import rfc3339
from engage.evidence.lift_report import AtHorizon, Matched
from engage.evidence.lift_reports import Look, Report
from engage.evidence.lift_standing import span_of
from engage.evidence.report.charts import Line, Span, lines, spans
from engage.evidence.report.page import Panel, grid_of, interval, number
from engage.evidence.sequences import Difference

_MARGIN: Final = "margin a visitor, site's currency"
# A mean of fewer visitors would only stretch the plot's axis.
_LEAST_DRAWN: Final = 20
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
                    number(look.margin.difference, sign=True),
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
        if one.margin.n
    ]
    return Panel(
        title="By horizon",
        says="An effect that shrinks with time has only pulled purchases forward, as "
        "discounts do; advice takes days to show.",
        svg=spans(rows, unit=f"difference in {_MARGIN}") if rows else "",
        alt="; ".join(f"{row.name}: {number(row.value, sign=True)}" for row in rows),
        grid=grid_of(
            ("after", "visitors", "difference", "95 %, any look", "since the shortest"),
            (
                (
                    span_of(one.horizon_s),
                    f"{one.margin.n:,}",
                    gap(one.margin),
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
    return number(change.difference, sign=True)


def parts_panel(parts: Report) -> Panel:
    """Return the difference by segment and moment."""
    rows = [
        span(name, part.metrics["margin"])
        for name, part in parts.items()
        if min(part.treatment.visitors, part.holdout.visitors) >= _LEAST_DRAWN
    ]
    return Panel(
        title="By segment and moment",
        says="Known before anybody was shown anything. Intervals are as wide as so "
        "many looks at once demand; a hollow point has none yet. Parts with fewer than "
        f"{_LEAST_DRAWN} visitors in a group stand in the table only.",
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
                    gap(part.metrics["margin"]),
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
        if one.margin is not None and min(one.treatment, one.holdout) >= _LEAST_DRAWN
    ]
    return Panel(
        title="By first action, like with like",
        says="Visitors who drew an action against those in the holdout who drew it as "
        "a ghost. A hollow point has no interval yet; actions with fewer than "
        f"{_LEAST_DRAWN} in a group stand in the table only.",
        svg=spans(rows, unit=f"difference in {_MARGIN}") if rows else "",
        alt="; ".join(f"{row.name}: {number(row.value, sign=True)}" for row in rows),
        grid=grid_of(
            ("action", "treatment", "holdout", "margin", "95 % for all", "shown"),
            (
                (
                    one.action,
                    f"{one.treatment:,}",
                    f"{one.holdout:,}",
                    number(one.margin, sign=True),
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


def gap(one: Difference, *, digits: int = 2) -> str:
    """Return a difference for a table; a dash while nobody stands behind it.

    >>> gap(Difference(
    ...     treatment=1.5, holdout=1.0, difference=0.5, low=None, high=None, sd=1.0,
    ...     base=1.1, n=9, tuned_to=9.0,
    ... ))
    '+0.50'
    """
    return number(one.difference if one.n else None, digits=digits, sign=True)
