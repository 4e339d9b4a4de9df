"""`engage export`: decisions, outcomes, orders, scores and sums as files."""

# Rules of this file: words; what is written stands in `engage.evidence.export.write`.

from __future__ import annotations

import argparse
import re
from pathlib import Path

import orjson

from engage.cli.costs import export_costs
from engage.cli.options import Commands, Lines, data_option, journal_in
from engage.cli.progress import progress
from engage.cli.words import note, say
from engage.errors import BadRequest
from engage.evidence.export.columns import EXPORTED
from engage.evidence.export.snapshots import export_snapshots
from engage.evidence.export.write import Wanted, export

_TABLES = "\n".join(f"  {one.name:13}{one.row}" for one in EXPORTED.values())
_EPILOG = f"""tables (columns: docs/EXPORT.md):
{_TABLES}

example:
  engage export --data data --out export
  engage evaluate export --policy uniform
  duckdb -c "from 'export/decisions/*/*.parquet' limit 5"
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "export",
        help="decisions, outcomes, orders, scores as Parquet or NDJSON",
        description="Writes what a data directory holds as files for analysts, one "
        "directory a table and UTC day, beside a running service if there is one. "
        "Stopped, it goes on where it stopped; called again, it writes only the days "
        "that have changed. Files carry subjects, never visitor ids, codes or tokens.",
        epilog=_EPILOG,
        formatter_class=Lines,
    )
    data_option(parser)
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="the export: a new directory, or one that an export began",
    )
    parser.add_argument(
        "--format",
        choices=("parquet", "ndjson"),
        default="parquet",
        help="parquet (default) needs pyarrow, part of the extra `science`; "
        "ndjson needs nothing",
    )
    parser.add_argument(
        "--tables",
        type=_tables,
        default=tuple(EXPORTED),
        metavar="NAME,NAME",
        help="some of the tables below; default: all",
    )
    parser.add_argument("--since", type=_day, metavar="DAY", help="first UTC day")
    parser.add_argument("--until", type=_day, metavar="DAY", help="last UTC day")
    parser.add_argument("--site", metavar="KEY", help="one site; default: all")
    parser.add_argument(
        "--snapshots",
        action="store_true",
        help="the models, too: for `evaluate --policy snapshot:ID` and reports",
    )
    parser.add_argument("--json", action="store_true", help="the result for machines")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Export; 0 when the export is whole.

    Raises:
        BadRequest: Parquet without pyarrow, no journal, or no such site in it.
        BadRequest, ConfigError: the costs that the export holds cannot be read.
        Conflict: the directory holds an export of another form.
        StoreError: the journal cannot be read.
    """
    wanted = Wanted(
        tables=chosen.tables,
        since_day=chosen.since or "",
        until_day=chosen.until or "",
        site=chosen.site,
    )
    journal_in(chosen.data)
    with progress("rows", total=None) as advance:
        done = export(
            chosen.data,
            chosen.out,
            form=chosen.format,
            wanted=wanted,
            progress=advance,
        )
    if chosen.site and not done.rows:
        raise BadRequest(f"--site must be one that wrote records, got {chosen.site!r}")
    export_costs(chosen.data, chosen.out, site=chosen.site)
    models = (
        export_snapshots(chosen.data, chosen.out, site=chosen.site)
        if chosen.snapshots
        else 0
    )
    result = {
        "out": str(chosen.out),
        "format": chosen.format,
        **done.plain(),
        "snapshots": models,
    }
    if chosen.json:
        say(orjson.dumps(result).decode())
        return 0
    for table, rows in done.rows.items():
        say(f"{table:13}{rows:>10} rows")
    say(
        f"{done.written} files written, {done.unchanged} unchanged; columns: "
        "docs/EXPORT.md"
    )
    if chosen.snapshots:
        say(f"{models} snapshots written")
    if done.kept:
        note(f"{done.kept} files kept: the journal has begun to forget their days")
    return 0


def _tables(text: str) -> tuple[str, ...]:
    names = tuple(filter(None, text.split(",")))
    unknown = [name for name in names if name not in EXPORTED]
    if unknown or not names:
        raise argparse.ArgumentTypeError(
            f"must be of {', '.join(EXPORTED)}, got {text!r}"
        )
    return names


def _day(text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise argparse.ArgumentTypeError(f"must be like 2026-11-21, got {text!r}")
    return text
