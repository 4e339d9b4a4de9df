"""`engage backup`: one checked file of everything, while the service runs."""

# Rules of this file: the salt goes with the journal; without it no token, holdout or
# decision id would be the same.

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from engage.cli.options import Commands, data_option
from engage.cli.progress import progress
from engage.cli.words import say
from engage.errors import StoreError
from engage.stores.journal.files import JOURNAL_FILE, backup

_MB = 1_000_000


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "backup",
        help="copy a data directory while it is in use",
        description="Copies the journal as it stands at one instant, checks the "
        "copy, and puts the salts beside it.",
    )
    data_option(parser)
    parser.add_argument("to", type=Path, metavar="DIR", help="a new directory")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Write the backup.

    Raises:
        StoreError: the target is not empty, or the copy is not sound.
    """
    target: Path = chosen.to
    if target.exists() and any(target.iterdir()):
        raise StoreError(f"{target} must be an empty or new directory")
    source: Path = chosen.data / JOURNAL_FILE
    if not source.is_file():
        raise StoreError(f"{chosen.data} must hold a {JOURNAL_FILE}, it does not")
    # What is in it is personal: nobody else may look.
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    # The salts first: a journal without them could not be used.
    salts = list(chosen.data.glob("*.salt"))
    for salt in salts:
        shutil.copy2(salt, target / salt.name)
    with progress("MB", total=None) as advance:
        backup(
            source,
            target / JOURNAL_FILE,
            told=lambda done, whole: advance(done // _MB, whole // _MB),
        )
        size = (target / JOURNAL_FILE).stat().st_size
        advance(size // _MB, size // _MB)
    say(f"backed up {chosen.data} to {target} ({size:,} bytes, checked)")
    if not salts:
        say("its salt is not in there (environment or salt_file): keep that, too")
    return 0
