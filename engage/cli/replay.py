"""`engage replay --verify`: computes logged decisions again, lists differences."""

# Rules of this file: words and tables; every comparison is in
# `engage.evidence.replay.verify`.

from __future__ import annotations

import argparse
from contextlib import ExitStack, closing
from pathlib import Path

import orjson
from rich.table import Table

from engage.cli.options import Commands
from engage.cli.progress import progress
from engage.cli.words import columns, note, say, tables
from engage.config import load
from engage.config_secrets import own_secret
from engage.errors import EngageError
from engage.evidence.decision_log import DecisionLog, open_log
from engage.evidence.replay.verify import KeptSettings, KnownSettings, Replay, Report
from engage.settings import Settings, SiteSettings
from engage.stores.journal.files import JOURNAL_FILE
from engage.stores.journal.sqlite import read_journal
from engage.street.opening import version_of


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "replay",
        help="compute logged decisions again; any difference is an error",
        description="Computes every decision again from its record and the snapshot it "
        "names: id, scores, eligible set, predictions, distribution, throw, action and "
        "propensity. Floats must agree within 1e-9, everything else exactly. Exit code "
        "0 only when nothing differs.",
    )
    parser.add_argument(
        "log",
        nargs="?",
        type=Path,
        metavar="LOG",
        help="data directory, export or NDJSON",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="data directory of a service"
    )
    parser.add_argument(
        "--verify", action="store_true", required=True, help="compare and report"
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="configuration: knows the salt of ids, and settings of older data",
    )
    parser.add_argument("--json", action="store_true", help="the report for machines")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Check the log; 0 when every decision is identical, 1 if one differs, 2 else."""
    if (chosen.log is None) == (chosen.data is None):
        note("engage replay: needs LOG or --data DIR, one of them")
        return 2
    path: Path = chosen.data or chosen.log
    try:
        settings = load(chosen.config) if chosen.config else None
        with ExitStack() as stack:
            log = stack.enter_context(closing(open_log(path)))
            replay = Replay(
                log.snapshot,
                salts=_salts(path, settings),
                settings=_known(path, _by_version(settings), stack),
                find_trail=log.trail,
            )
            _check_all(replay, log)
    except EngageError as error:
        note(f"engage replay: {error}")
        return 2
    report = replay.report
    if not report.decisions:
        note(f"engage replay: {path} holds no decisions")
        return 2
    if chosen.json:
        say(orjson.dumps(report.plain()).decode())
    else:
        _show(report)
    return 0 if report.is_sound else 1


def _check_all(replay: Replay, log: DecisionLog) -> None:
    with progress("decisions", total=log.total) as advance:
        for number, body in enumerate(log.bodies(), 1):
            replay.check(body)
            if number % 200 == 0:
                advance(number)
        advance(replay.report.decisions)


def _salts(path: Path, settings: Settings | None) -> dict[str, bytes]:
    """Return the salts that lie in a data directory or that a configuration names."""
    salts: dict[str, bytes] = {}
    if path.is_dir():
        for file in path.glob("*.salt"):
            salts[file.stem] = own_secret(file).encode()
    if settings is not None:
        salts |= {site: one.salt for site, one in settings.secrets.items()}
    return salts


def _by_version(settings: Settings | None) -> dict[str, SiteSettings]:
    sites = settings.sites if settings else ()
    return {version_of(site): site for site in sites}


def _known(
    path: Path, known: dict[str, SiteSettings], stack: ExitStack
) -> KnownSettings:
    """Return the settings that a configuration and a data directory hold."""
    if not (path / JOURNAL_FILE).is_file():
        return known
    journal = stack.enter_context(closing(read_journal(path / JOURNAL_FILE)))
    return KeptSettings(journal, known)


def _show(report: Report) -> None:
    console = tables()
    table = Table(title="replay", title_justify="left")
    columns(table, "part", "identical", "different", "not checkable")
    for name, one in report.parts.items():
        unchecked = sum(one.unchecked.values())
        table.add_row(name, str(one.identical), str(one.different), str(unchecked))
    console.print(table)
    for name, one in report.parts.items():
        for why, times in one.unchecked.items():
            console.print(f"{name}: not checkable {times} times, {why}")
    for found in report.differences:
        console.print(
            f"{found.decision} {found.at} {found.part}: logged {found.logged!r}, "
            f"computed {found.computed!r}",
            style="red",
        )
    console.print(
        f"{report.decisions} decisions, {report.identical} identical, "
        f"{report.different} different",
        style="bold",
    )
