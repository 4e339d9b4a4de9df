"""`engage lift LOG`: what the interventions were worth, and how sure that is."""

# Rules of this file: words and tables; every number comes from `engage.evidence`.

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

import orjson
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from engage.cli.options import Commands
from engage.errors import CallerError, StoreError
from engage.evidence.lift import METRICS, measure, measure_by
from engage.evidence.lift_ledger import Costs
from engage.evidence.lift_log import Evidence, read_log
from engage.evidence.lift_report import Lift, Plan
from engage.evidence.lift_rows import DIMENSIONS, Visitors
from engage.evidence.sequences import Difference

_DAY_S: Final = 86_400.0
_WRONG_USE: Final = 2
_REFUSED: Final = 3
_VERDICTS: Final = {
    "no_holdout": "No holdout: nobody is left alone, so nothing can be compared.",
    "broken_ratio": "The groups do not have the announced sizes. No conclusion.",
    "collecting": "No verdict yet: each group needs more visitors with an order.",
    "undecided": "No verdict yet: the interval still holds 0.",
    "better": "The interventions earn money.",
    "worse": "The interventions lose money.",
}


def add_to(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "lift", help="lift by visitor: margin, conversion, revenue", description=__doc__
    )
    parser.add_argument(
        "log", type=Path, metavar="LOG", help="data directory or NDJSON"
    )
    parser.add_argument(
        "--by",
        type=_dimensions,
        default=(),
        metavar="action,segment,moment",
        help="break the lift down; such intervals find questions, not answers",
    )
    parser.add_argument(
        "--horizon-days",
        type=float,
        help="days after the first moment in which money counts; the log's by default",
    )
    parser.add_argument("--chat-cost", type=float, default=4.0, help="of one chat")
    parser.add_argument(
        "--dismissal-cost", type=float, default=0.1, help="of one dismissed card"
    )
    parser.add_argument("--json", action="store_true", help="plain data for machines")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the report; 0, 2 for a log that cannot be read, 3 for broken groups."""
    errors = Console(stderr=True)
    costs = Costs(
        chat_cents=round(100 * arguments.chat_cost),
        dismissal_cents=round(100 * arguments.dismissal_cost),
    )
    try:
        with Progress(console=errors, transient=True) as progress:
            task = progress.add_task("reading", total=None)
            sites = read_log(
                arguments.log,
                costs=costs,
                progress=lambda done, total: progress.update(
                    task, completed=done, total=total or None
                ),
            )
    except (CallerError, StoreError, OSError) as error:
        errors.print(f"engage lift: {error}", style="red", markup=False)
        return _WRONG_USE
    if not sites:
        errors.print(f"engage lift: {arguments.log} holds no decisions", markup=False)
        return _WRONG_USE
    reports = {site: _report(one, arguments) for site, one in sites.items()}
    if arguments.json:
        sys.stdout.write(orjson.dumps(reports, default=Lift.plain).decode() + "\n")
    else:
        for site, report in reports.items():
            _show(Console(), site, report)
    verdicts = {report["all"].verdict for report in reports.values()}
    return _REFUSED if verdicts & {"broken_ratio", "no_holdout"} else 0


Report = dict[str, Lift]


def _report(evidence: Evidence, arguments: argparse.Namespace) -> Report:
    """Return the lift of all, and of each part by `dimension=name`."""
    days = arguments.horizon_days
    plan = Plan(horizon_s=evidence.horizon_s if days is None else days * _DAY_S)
    visitors: Visitors = evidence.ledger.visitors(
        horizon_s=plan.horizon_s, at_s=evidence.until_s
    )
    report = {"all": measure(visitors, plan=plan, at_s=evidence.until_s)}
    for dimension in arguments.by:
        # An action's own lift is the matched one: who draws it differs from who not.
        parts = (
            {}
            if dimension == "action"
            else measure_by(visitors, dimension, plan=plan, at_s=evidence.until_s)
        )
        report |= {f"{dimension}={name}": part for name, part in parts.items()}
    return report


def _dimensions(text: str) -> tuple[str, ...]:
    names = tuple(filter(None, text.split(",")))
    unknown = [name for name in names if name not in DIMENSIONS]
    if unknown:
        known = ", ".join(DIMENSIONS)
        raise argparse.ArgumentTypeError(f"must be of {known}, got {unknown[0]!r}")
    return names


def _show(console: Console, site: str, report: Report) -> None:
    for name, lift in report.items():
        console.print(_table(f"{site} · {name}", lift))
        if name == "all":
            _say(console, lift)


def _table(title: str, lift: Lift) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in (
        "per visitor",
        "treatment",
        "holdout",
        "difference",
        "holds always",
    ):
        table.add_column(
            heading, justify="left" if heading == "per visitor" else "right"
        )
    for metric in METRICS:
        one = lift.metrics[metric]
        digits = 4 if metric == "conversion" else 2
        table.add_row(
            metric,
            f"{one.treatment:.{digits}f}",
            f"{one.holdout:.{digits}f}",
            f"{one.difference:+.{digits}f}",
            _interval(one, digits=digits),
        )
    table.caption = (
        f"{lift.treatment.visitors} treated, {lift.holdout.visitors} held out; "
        f"with an order {lift.treatment.ordering} and {lift.holdout.ordering}; "
        f"{lift.waiting} not over yet"
    )
    return table


def _interval(one: Difference, *, digits: int) -> str:
    if one.low is None or one.high is None:
        return "not yet"
    return f"{one.low:+.{digits}f} to {one.high:+.{digits}f}"


def _say(console: Console, lift: Lift) -> None:
    console.print(_VERDICTS[lift.verdict], style="bold")
    if lift.verdict == "collecting":
        console.print(
            f"Missing orders: {lift.treatment.missing} treated, "
            f"{lift.holdout.missing} held out."
        )
    forecast = lift.forecast
    if forecast.visitors is not None and forecast.days_left is not None:
        console.print(
            f"An effect of {forecast.effect:.0%} is decidable after "
            f"{forecast.visitors} visitors: {forecast.days_left:.1f} more days at "
            f"{forecast.per_day:.0f} a day."
        )
    ratio = lift.ratio
    console.print(
        f"Holdout {ratio.observed:.2%} of visitors, announced {ratio.expected:.2%}; "
        f"evidence against the assignment {ratio.evidence:.3g} (alarm at 100)."
    )
    table = Table(title="by first action, descriptive", title_justify="left")
    for heading in ("action", "treated", "held out", "margin", "conversion", "shown"):
        table.add_column(heading, justify="left" if heading == "action" else "right")
    for one in lift.by_action:
        table.add_row(
            one.action,
            str(one.treatment),
            str(one.holdout),
            "" if one.margin is None else f"{one.margin:+.2f}",
            "" if one.conversion is None else f"{one.conversion:+.4f}",
            "" if one.shown_share is None else f"{one.shown_share:.0%}",
        )
    console.print(table)
