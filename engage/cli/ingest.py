"""`engage ingest`: real click streams, through the API or in process."""

# Rules of this file: reads the command line and tells the account. Exit 0 only when
# every beacon of every file is accounted for; 2 for wrong use.

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any

import orjson

from engage.cli.account import Account
from engage.cli.dwell_check import DwellCheck
from engage.cli.ingest_data import Backfill
from engage.cli.ingest_to import LANES, send_all
from engage.cli.progress import progress
from engage.cli.remote import web_address
from engage.cli.words import note, say
from engage.config import load
from engage.errors import ConfigError, EngageError
from engage.settings import SiteSecrets, SiteSettings
from engage.telemetry import configure_logging
from engage.web.client import Client
from engage.wire.formats import DEFAULT_SITE, FORMATS
from engage.wire.formats.base import lines_of


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "ingest",
        help="real click streams, through the API or in process",
        description="Turns recorded clicks into the beacons their browsers would have "
        "sent. --to sends them to a running service now, for accounting. --data runs "
        "the engine in process on the file's own clock, marks every record "
        "`served: false`, and learns. Several files are merged by time; .gz is read. "
        "Ends with an account: sent = applied + duplicate + late + refused.",
    )
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="files")
    parser.add_argument(
        "--format", required=True, choices=sorted(FORMATS), help="what the files are"
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--to", type=web_address, metavar="URL", help="a service")
    where.add_argument(
        "--data", type=Path, metavar="DIR", help="a data directory, not in use"
    )
    parser.add_argument(
        "--pace",
        choices=["real"],
        help="with --to: keep the file's own time between beacons",
    )
    parser.add_argument(
        "--site",
        default=DEFAULT_SITE,
        metavar="KEY",
        help=f"public key to write into beacons (default: {DEFAULT_SITE})",
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="with --data: settings of the site; default: no interventions",
    )
    parser.add_argument(
        "--scores",
        type=Path,
        metavar="OUT",
        help="with --data: a line of JSON for each beacon applied: session, tab, seq, "
        "at, hesitation after it, dwell (percentile of the page just left, null when "
        "none was), moment; each before anything later was learned",
    )
    parser.add_argument("--json", action="store_true", help="the account for machines")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Ingest; return 0, 2 for wrong use, 1 when it failed or does not balance."""
    mistake = _mistake(args)
    if mistake:
        note(f"engage ingest: {mistake}")
        return 2
    # The bar is what people see; what matters of the rest is in the account.
    configure_logging(level="error")
    try:
        total = sum(_lines(path) for path in args.paths)
        with progress("beacons", total=total) as advance:
            stream = FORMATS[args.format](args.paths, site=args.site)
            if args.to:
                account, check = asyncio.run(_send(args, stream, advance)), None
            else:
                backfill = _backfill(args, advance)
                asyncio.run(backfill.run(stream))
                account, check = backfill.account, backfill.check
            # Not every line was a beacon: this is how many there were.
            advance(account.sent, account.sent)
    except ConfigError as error:
        note("\n".join(error.mistakes))
        return 2
    except (EngageError, OSError) as error:
        note(f"engage ingest: {error}")
        return 1
    _report(args, account, check if account.sent else None)
    if not account.sent:
        note("engage ingest: PATH must hold beacons, got none")
        return 2
    return 0 if account.balances and not account.refused["unreachable"] else 1


def _mistake(args: argparse.Namespace) -> str:
    """Return what is wrong with the arguments, or nothing."""
    for path in args.paths:
        if not path.is_file():
            return f"PATH must be a file, got {path}"
    if args.to and (args.scores or args.config):
        return "--scores and --config go with --data only"
    if args.data and args.pace:
        return "--pace goes with --to only"
    return ""


def _lines(path: Path) -> int:
    return sum(1 for _ in lines_of(path))


async def _send(args: argparse.Namespace, stream: Any, advance: Any) -> Account:
    async with Client(args.to, connections=LANES, timeout_s=30.0) as client:
        return await send_all(
            stream, client, is_paced=args.pace == "real", advance=advance
        )


def _backfill(args: argparse.Namespace, advance: Any) -> Backfill:
    settings, secrets = _site(args)
    return Backfill(
        settings=settings,
        secrets=secrets,
        data=args.data,
        scores=args.scores,
        advance=advance,
    )


def _site(args: argparse.Namespace) -> tuple[SiteSettings, SiteSecrets | None]:
    """Return the site to run: from the configuration, or a bare one.

    Raises:
        ConfigError: the configuration is wrong, or does not know the site.
    """
    if args.config is None:
        return SiteSettings(key=args.site), None
    whole = load(args.config)
    for site in whole.sites:
        if site.key == args.site:
            return site, whole.secrets[site.key]
    known = ", ".join(site.key for site in whole.sites)
    raise ConfigError([f"--site: must be one of {known}, got {args.site!r}"])


def _report(
    args: argparse.Namespace, account: Account, check: DwellCheck | None
) -> None:
    for line in account.lines:
        note(line)
    if account.bad_lines > len(account.lines):
        note(f"... {account.bad_lines - len(account.lines)} more lines")
    if args.json:
        plain = account.plain()
        if check is not None:
            plain["dwell"] = _plain(check)
        say(orjson.dumps(plain).decode())
        return
    say(account.text())
    if account.bad_lines:
        say(f"lines that are no beacon: {account.bad_lines} (not sent)")
    if check is not None:
        say(check.text())


def _plain(check: DwellCheck) -> dict[str, Any]:
    if not check.views:
        return {"views": 0}
    return {
        "views": check.views,
        "coverage": {str(k): round(v, 6) for k, v in check.coverage().items()},
        "excess_pinball": {str(k): round(v, 6) for k, v in check.excess().items()},
    }
