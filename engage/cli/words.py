"""How commands speak: the result on standard output, all else beside it."""

# Rules of this file: no colour that a pipe would carry; machines get `--json`.

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Final, NoReturn

from rich.console import Console
from rich.table import Table

# What a shell says of a program whose output nobody reads any more: 128 + SIGPIPE.
UNREAD: Final = 141


def open_streams() -> None:
    """Make sure that nothing fails for a stream that is closed or knows few letters.

    A journal that is opened in place of a closed one would take the words for its own.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nothing = Path(os.devnull).open(mode)  # noqa: SIM115 - open until the end
            setattr(sys, name, nothing)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as standard error does


def say(sentence: str) -> None:
    """Write one line of the result, at once, also into a pipe."""
    try:
        sys.stdout.write(sentence + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _end_unread()


def _end_unread() -> NoReturn:
    """End quietly; what could not be written is not tried again at the very end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(UNREAD)


def counted(number: int, what: str) -> str:
    """Return how many there are of something, as people say it.

    >>> counted(1, "site"), counted(12_000, "code")
    ('1 site', '12,000 codes')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def note(sentence: str) -> None:
    """Write one line for people, to standard error."""
    sys.stderr.write(sentence + "\n")


class _Tables(Console):
    def on_broken_pipe(self) -> None:
        """End as `say` does."""
        _end_unread()


def tables() -> Console:
    """Return what prints tables as part of the result; texts stay as they are.

    Ids and paths may hold brackets and colons, which are neither markup nor pictures.
    """
    return _Tables(markup=False, emoji=False)


def columns(table: Table, *headings: str) -> None:
    """Add a column of names and some of figures; those break before they are cut."""
    names, *figures = headings
    table.add_column(names, no_wrap=True)
    for heading in figures:
        table.add_column(heading, justify="right", overflow="fold")
