"""What the interventions were worth: a lift report as panels."""

# Rules of this file: a report is shown, never computed. Where there is no interval yet
# the page says so instead of drawing one.

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from engage.evidence.lift.measure import METRICS
from engage.evidence.lift.report import Lift
from engage.evidence.lift.reports import Look, Report
from engage.evidence.lift.standing import (
    VERDICTS,
    adjusted,
    gap_of,
    means_of,
    span_of,
    standing,
)
from engage.evidence.report.charts import spans
from engage.evidence.report.lift_panels import (
    actions_panel,
    course_panel,
    horizons_panel,
    parts_panel,
    span,
)
from engage.evidence.report.page import Panel, Section, grid_of, interval

_WARNINGS: Final = MappingProxyType(
    {
        "groups_differ": "The groups differ where nothing was shown to either (A/A): "
        "something is wrong with them, or with how they are counted.",
        "pull_forward": "The effect shrinks with its horizon: what is gone of it were "
        "purchases pulled forward.",
    }
)


def lift_section(report: Report, course: Sequence[Look]) -> Section:
    """Return a site's lift: verdict, course, horizons, parts, actions, checks.

    Args:
        report: as `report_of` returns it.
        course: as `course` returns it; empty: not shown.
    """
    whole = report["all"]
    parts = {name: part for name, part in report.items() if name != "all"}
    panels = [_metrics(whole)]
    panels += [course_panel(course)] if len(course) > 1 else []
    panels += [horizons_panel(whole.horizons)] if whole.horizons else []
    panels += [parts_panel(parts)] if parts else []
    panels += [actions_panel(whole.by_action)] if whole.by_action else []
    panels.append(_checks(whole))
    return Section(
        name="lift",
        title="Lift: treatment against holdout",
        lead=VERDICTS[whole.verdict],
        notes=tuple(_notes(whole)),
        panels=tuple(panels),
    )


def _notes(whole: Lift) -> list[str]:
    counts = (
        f"{whole.treatment.visitors:,} visitors in treatment, "
        f"{whole.holdout.visitors:,} in the holdout; with an order "
        f"{whole.treatment.ordering:,} and "
        f"{whole.holdout.ordering:,}; {whole.waiting:,} whose horizon of "
        f"{span_of(whole.horizon_s)} is not over yet. Intervals are 95 % and "
        f"hold at every look. {adjusted(whole)}"
    )
    warned = [_WARNINGS[warning] for warning in whole.warnings]
    return [counts, *standing(whole), *warned]


def _metrics(whole: Lift) -> Panel:
    margin = whole.metrics["margin"]
    return Panel(
        title="A visitor with a first moment",
        says="Each visitor counts once, with everything from the first moment to the "
        "horizon, net of refunds and of what interventions cost. Margin and revenue "
        "are in the site's currency, conversion is the share with an order.",
        svg=spans(
            [
                span("margin", margin),
                span("revenue", whole.metrics["revenue"]),
            ],
            unit="difference a visitor, site's currency",
        ),
        alt=f"Difference in margin {gap_of(margin)}, interval "
        f"{interval(margin.low, margin.high)}.",
        grid=grid_of(
            ("a visitor", "treatment", "holdout", "difference", "95 %, any look"),
            (_metric(whole, name) for name in METRICS),
        ),
    )


def _metric(whole: Lift, name: str) -> tuple[str, ...]:
    one = whole.metrics[name]
    digits = 4 if name == "conversion" else 2
    return (
        name,
        *means_of(whole, name, digits=digits),
        gap_of(one, digits=digits),
        interval(one.low, one.high, digits=digits),
    )


def _checks(whole: Lift) -> Panel:
    ratio = whole.ratio
    return Panel(
        title="Can the groups be trusted?",
        says=f"Holdout: {ratio.observed:.2%} of visitors, announced "
        f"{ratio.expected:.2%}; evidence against the assignment {ratio.evidence:.3g} "
        "(alarm at 100). The A/A compares people to whom nothing was shown and must "
        "hold 0.",
        grid=grid_of(
            ("check", "visitors", "difference", "interval"),
            (
                (
                    name,
                    f"{one.n:,}",
                    gap_of(one),
                    interval(one.low, one.high),
                )
                for name, one in (
                    ("A/A: none drawn against its ghost, 99 %", whole.aa),
                    ("treatment against its own randomised none, 95 %", whole.own_none),
                )
            ),
        ),
    )
