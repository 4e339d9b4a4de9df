"""`engage erased`: who was erased, to be kept beside backups made before they were."""

# Rules of this file: the list holds random keys, no visitor's id.

from __future__ import annotations

import argparse

import msgspec

from engage.cli.options import Commands, data_option, journal_in
from engage.cli.words import say
from engage.stores.journal.erasures import erasures_in


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "erased",
        help="list who was erased, for backups made before",
        description="One line for each visitor who was erased, while the service "
        "runs. Keep it where the disk's loss does not reach, and give it to `engage "
        "restore --erased`. It holds random keys, which lead to nobody but in a backup "
        "made before.",
    )
    data_option(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print the list.

    Raises:
        BadRequest: there is no journal.
        StoreError: it cannot be read.
    """
    for one in erasures_in(journal_in(chosen.data)):
        say(msgspec.json.encode(one).decode())
    return 0
