"""`engage report LOG --html FILE`: everything a log can tell, on one page."""

# Rules of this file: words; the page is made in `engage.evidence.report`.

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path

from engage.cli.costs import costs_of, costs_options
from engage.cli.options import Commands, new_file, one_site
from engage.cli.words import note
from engage.evidence.decision_log import open_log
from engage.evidence.report.page import write_page
from engage.evidence.report.pages import Asked, whole_page


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "report",
        help="one page about a log: lift, decisions, scores, models",
        description="Writes one self-contained HTML page (no network, no script) about "
        "a log: lift over time, by horizon, segment and action; propensities and what "
        "became of the cards; the surrogate's audit; reliability of hesitation, intent "
        "and dwell; what the models use, and one decision explained; of a simulation "
        "the regret. For a phone, for paper, in the dark.",
        epilog="Needs matplotlib, part of the extra `science`. What the "
        "models use is shown of a data directory, or of an export with --snapshots.",
    )
    parser.add_argument(
        "log", type=Path, metavar="LOG", help="data directory, export or NDJSON"
    )
    parser.add_argument(
        "--html", type=new_file, required=True, metavar="FILE", help="the page to write"
    )
    parser.add_argument(
        "--policy",
        action="append",
        default=[],
        metavar="POLICY",
        help="also evaluate this policy (as `engage evaluate` names them); may be "
        "given several times",
    )
    parser.add_argument("--site", help="which site, where the log holds several")
    costs_options(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Write the page; 0 when it is written.

    Raises:
        CallerError: the log cannot be read, or a policy is none.
    """
    # A policy of one's own lies where the command is called.
    sys.path.insert(0, str(Path.cwd()))
    asked = Asked(
        site=_site(chosen.log, chosen.site),
        policies=tuple(chosen.policy),
        costs=costs_of(chosen),
    )
    write_report(chosen.log, chosen.html, asked)
    return 0


def write_report(log: Path, file: Path, asked: Asked | None = None) -> None:
    """Write the whole report of one site and say how large it is.

    Args:
        log: what it is about.
        file: the page to write.
        asked: of which site; None: of the log's only one.

    Raises:
        BadRequest: the log holds several sites and none was named.
        CallerError: the log cannot be read, or a policy is none.
    """
    asked = asked or Asked(site=_site(log, None))
    page = whole_page(log, asked, step=lambda what: note(f"report: {what}"))
    note(f"written {file} ({write_page(file, page) / 1000:.0f} kB)")


def _site(path: Path, wanted: str | None) -> str:
    with closing(open_log(path)) as log:
        return one_site(log.sites(), wanted)
