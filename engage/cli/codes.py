"""`engage codes`: put single-use codes into a pool of a running service."""

# Rules of this file: reads lines, sends batches, says what became of them.

from __future__ import annotations

import argparse
from pathlib import Path

from engage.cli.options import Commands
from engage.cli.remote import remote_options, send
from engage.cli.words import say
from engage.errors import BadRequest
from engage.wire.limits import CODES_PER_CALL


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "codes",
        help="put discount codes into a pool",
        description="Reads one code a line and sends them to a running service.",
    )
    parser.add_argument("pool", metavar="POOL")
    parser.add_argument("file", type=Path, metavar="FILE", help="one code a line")
    remote_options(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Send the codes.

    Raises:
        BadRequest: the file holds none, or the service refused them.
    """
    lines = chosen.file.read_text(encoding="utf-8").split()
    if not lines:
        raise BadRequest(f"{chosen.file} must hold a code a line, got nothing")
    for start in range(0, len(lines), CODES_PER_CALL):
        batch = lines[start : start + CODES_PER_CALL]
        send(
            chosen, "POST", "/v1/discounts/codes", {"pool": chosen.pool, "codes": batch}
        )
    say(f"sent {len(lines)} codes to pool {chosen.pool}")
    return 0
