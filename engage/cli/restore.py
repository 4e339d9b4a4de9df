"""`engage restore`: a data directory from a backup."""

# Rules of this file: never over existing data, unless told.

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from engage.cli.options import Commands, data_option
from engage.cli.words import say
from engage.stores.journal_files import JOURNAL_FILE, restore


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "restore",
        help="make a data directory from a backup",
        description="Refuses a data directory that holds a journal, unless --force.",
    )
    parser.add_argument(
        "source", type=Path, metavar="BACKUP", help="a backup directory"
    )
    data_option(parser)
    parser.add_argument("--force", action="store_true", help="replace what is there")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Restore the backup.

    Raises:
        StoreError: the backup is not sound, or data would be overwritten.
    """
    restore(chosen.source / JOURNAL_FILE, chosen.data, force=chosen.force)
    for salt in chosen.source.glob("*.salt"):
        shutil.copy2(salt, chosen.data / salt.name)
    say(f"restored {chosen.source} to {chosen.data}")
    return 0
