"""`engage lift LOG`: what the interventions were worth, and how sure that is."""

# Rules of this file: words and tables; every number comes from `engage.evidence`.

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import orjson

from engage.cli.costs import costs_of, costs_options
from engage.cli.lift_words import show
from engage.cli.options import Commands, html_option, json_option, least, some_of
from engage.cli.progress import progress
from engage.cli.words import note, say, tables
from engage.errors import CallerError, ConfigError, StoreError
from engage.evidence.lift.log import Evidence, read_log
from engage.evidence.lift.report import Lift
from engage.evidence.lift.reports import report_of
from engage.evidence.lift.rows import DIMENSIONS
from engage.evidence.report.page import write_page
from engage.evidence.report.pages import lift_page
from engage.evidence.simulated import is_simulated

_DAY_S: Final = 86_400.0
_WRONG_USE: Final = 2
_REFUSED: Final = 3


def add_to(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "lift",
        help="lift by visitor: margin, conversion, revenue",
        description="What the interventions were worth against the holdout, and how "
        "sure that is; every interval holds at every look. Exit code 3 where the "
        "groups are broken.",
    )
    parser.add_argument(
        "log", type=Path, metavar="LOG", help="data directory, export or NDJSON"
    )
    parser.add_argument(
        "--by",
        type=some_of(DIMENSIONS),
        default=(),
        metavar="action,segment,moment",
        help="break the lift down; parts are held to what many looks at once allow",
    )
    parser.add_argument(
        "--horizon-days",
        type=least(0, is_open=True),
        metavar="DAYS",
        help="days after the first moment in which money counts; the log's by default",
    )
    costs_options(parser)
    html_option(parser)
    json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the report; 0, 2 for a log that cannot be read, 3 for broken groups."""
    try:
        with progress("records", total=None) as advance:
            sites = read_log(
                arguments.log,
                costs=costs_of(arguments),
                progress=lambda done, total: advance(done, total or None),
            )
    except (CallerError, ConfigError, StoreError) as error:
        note(f"engage lift: {error}")
        return _WRONG_USE
    if not sites:
        note(f"engage lift: {arguments.log} holds no decisions")
        return _WRONG_USE
    for told in _cautions(arguments.log, sites):
        note(told)
    days = arguments.horizon_days
    reports = {
        site: report_of(
            one, horizon_s=None if days is None else days * _DAY_S, by=arguments.by
        )
        for site, one in sites.items()
    }
    if arguments.json:
        say(orjson.dumps(reports, default=Lift.plain).decode())
    else:
        for site, report in reports.items():
            show(tables(), site, report=report, costs=sites[site].ledger.costs)
    if arguments.html is not None:
        page = lift_page(arguments.log, sites, reports)
        size_kb = write_page(arguments.html, page) / 1000
        note(f"written {arguments.html} ({size_kb:.0f} kB)")
    verdicts = {report["all"].verdict for report in reports.values()}
    return _REFUSED if verdicts & {"broken_ratio", "no_holdout"} else 0


def _cautions(log: Path, sites: Mapping[str, Evidence]) -> Iterator[str]:
    """Yield what must be known before any number of the log is read."""
    if is_simulated(log):
        yield "this log is a simulation's: it says nothing about real shops"
    damaged = max(one.damaged for one in sites.values())
    if damaged:
        yield f"{damaged} damaged records were passed over"
