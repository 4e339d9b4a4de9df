"""How `engage lift` says what it found."""

# Rules of this file: words and tables; every number comes from `engage.evidence`.

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from engage.cli.words import columns
from engage.evidence.lift.ledger import Costs
from engage.evidence.lift.measure import METRICS
from engage.evidence.lift.report import Lift
from engage.evidence.lift.reports import Report
from engage.evidence.lift.standing import (
    LEAST_TOLD,
    TOO_FEW,
    VERDICTS,
    adjusted,
    gap_of,
    means_of,
    span_of,
    standing,
    told_gap,
)
from engage.evidence.report.page import interval
from engage.evidence.sequences.means import Difference

_WARNINGS: Final = {
    "groups_differ": "Warning: the groups differ where nothing was shown (A/A above).",
    "pull_forward": "Warning: the effect shrinks with its horizon; what is gone of it "
    "were purchases pulled forward.",
}


def show(console: Console, site: str, *, report: Report, costs: Costs) -> None:
    """Print a site's report."""
    whole = report["all"]
    console.print(_metrics(site, whole))
    console.print(costs.told)
    _say(console, whole)
    parts = {name: part for name, part in report.items() if name != "all"}
    if parts:
        console.print(_parts(parts))
    fewest = [part.metrics["margin"].fewest for part in report.values()]
    fewest += [one.fewest for one in whole.by_action]
    if min(fewest) < LEAST_TOLD:
        console.print(TOO_FEW)


def _parts(parts: Report) -> Table:
    heads = ("margin by", "treated", "held out", "difference", "95 % for all", "")
    table = _table("parts, held to how many were looked at", heads)
    for name, part in parts.items():
        margin = part.metrics["margin"]
        table.add_row(
            name,
            str(part.treatment.visitors),
            str(part.holdout.visitors),
            gap_of(margin),
            _interval(margin),
            "stands out" if part.is_found else "",
        )
    return table


def _table(title: str, headings: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    columns(table, *headings)
    return table


def _metrics(title: str, lift: Lift) -> Table:
    heads = ("per visitor", "treatment", "holdout", "difference", "95 %, any look")
    table = _table(title, heads)
    for metric in METRICS:
        one = lift.metrics[metric]
        digits = 4 if metric == "conversion" else 2
        table.add_row(
            metric,
            *means_of(lift, metric, digits=digits),
            gap_of(one, digits=digits),
            _interval(one, digits=digits),
        )
    return table


def _counts(lift: Lift) -> str:
    return (
        f"{lift.treatment.visitors} treated, {lift.holdout.visitors} held out; "
        f"with an order {lift.treatment.ordering} and {lift.holdout.ordering}; "
        f"{lift.waiting} not over yet. {adjusted(lift)}"
    )


def _interval(one: Difference, *, digits: int = 2) -> str:
    return interval(one.low, one.high, digits=digits)


def _say(console: Console, lift: Lift) -> None:
    console.print(_counts(lift))
    console.print(VERDICTS[lift.verdict], style="bold")
    for sentence in standing(lift):
        console.print(sentence)
    _say_checks(console, lift)
    if lift.horizons:
        console.print(_horizons(lift))
    console.print(_actions(lift))


def _say_checks(console: Console, lift: Lift) -> None:
    ratio, own, aa = lift.ratio, lift.own_none, lift.aa
    console.print(
        f"Holdout {ratio.observed:.2%} of visitors, announced {ratio.expected:.2%}; "
        f"evidence against the assignment {ratio.evidence:.3g} (alarm at 100)."
    )
    console.print(
        f"Against its own randomised none, a visitor: {gap_of(own)}, 95 % "
        f"{_interval(own)}."
    )
    console.print(
        f"A/A, none drawn against its ghost: {gap_of(aa)}, 99 % "
        f"{_interval(aa)}; must hold 0."
    )
    for warning in lift.warnings:
        console.print(_WARNINGS[warning], style="red")


def _horizons(lift: Lift) -> Table:
    heads = ("margin by horizon", "difference", "95 %, any look", "since the shortest")
    table = _table("by horizon, net of refunds", heads)
    for one in lift.horizons:
        change = one.change
        table.add_row(
            span_of(one.horizon_s),
            gap_of(one.margin),
            _interval(one.margin),
            f"{gap_of(change)} ({_interval(change)})" if change and change.n else "",
        )
    return table


def _actions(lift: Lift) -> Table:
    heads = ("action", "treated", "held out", "margin", "95 % for all", "orders")
    title = "by first action, like with like; * stands out"
    table = _table(title, (*heads, "shown"))
    for one in lift.by_action:
        table.add_row(
            one.action,
            str(one.treatment),
            str(one.holdout),
            told_gap(one.margin, one.fewest),
            interval(one.low, one.high) + (" *" if one.is_found else ""),
            told_gap(one.conversion, one.fewest, digits=4),
            "" if one.shown_share is None else f"{one.shown_share:.0%}",
        )
    return table
