"""`engage restore`: a data directory from a backup."""

# Rules of this file: never over existing data, unless told. Whoever is known to have
# been erased since the backup is erased again.

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import msgspec

from engage.cli.options import Commands, data_option, text_of
from engage.cli.words import counted, note, say
from engage.errors import BadRequest, StoreError
from engage.stores.journal.erasures import Erasure, erase_again, erasures_in
from engage.stores.journal.files import JOURNAL_FILE, restore


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "restore",
        help="make a data directory from a backup",
        description="Refuses a data directory that is not empty, unless --force. Who "
        "was erased as that directory's journal knows, or --erased, is erased again.",
    )
    parser.add_argument(
        "source", type=Path, metavar="BACKUP", help="a backup directory"
    )
    data_option(parser)
    parser.add_argument("--force", action="store_true", help="replace what is there")
    parser.add_argument(
        "--erased",
        type=Path,
        metavar="FILE",
        help="who was erased since the backup, as `engage erased` told",
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Restore the backup.

    Raises:
        BadRequest: the list of erasures is none.
        StoreError: the backup is not sound, or data would be overwritten.
    """
    erased = _listed(chosen.erased) + _known(chosen.data)
    journal = restore(chosen.source / JOURNAL_FILE, chosen.data, force=chosen.force)
    for salt in chosen.source.glob("*.salt"):
        shutil.copy2(salt, chosen.data / salt.name)
    if not any(chosen.data.glob("*.salt")):
        say("it holds no salt: start it with the one it had, or groups are dealt anew")
    again = erase_again(journal, erased) if erased else 0
    say(
        f"restored {chosen.source} to {chosen.data}; "
        f"{counted(again, 'visitor')} erased again"
    )
    return 0


def _listed(path: Path | None) -> list[Erasure]:
    """Return who was erased as a list says that `engage erased` printed."""
    if path is None:
        return []
    text = text_of(path, expected="--erased takes what `engage erased` printed")
    try:
        return msgspec.json.Decoder(Erasure).decode_lines(text)
    except msgspec.DecodeError as error:
        raise BadRequest(
            f"--erased must be what `engage erased` printed, got {path}: {error}"
        ) from error


def _known(data: Path) -> list[Erasure]:
    """Return who was erased as the journal knows that is to be replaced."""
    journal = data / JOURNAL_FILE
    if not journal.is_file():
        return []
    try:
        return erasures_in(journal)
    except StoreError as error:
        note(f"{error}; erase again whoever was erased since the backup")
        return []
