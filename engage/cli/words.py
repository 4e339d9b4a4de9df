"""How commands speak: the result on standard output, all else beside it."""

# Rules of this file: no colour that a pipe would carry; machines get `--json`.

from __future__ import annotations

import sys

from rich.console import Console


def say(sentence: str) -> None:
    """Write one line of the result, at once, also into a pipe."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def counted(number: int, what: str) -> str:
    """Return how many there are of something, as people say it.

    >>> counted(1, "site"), counted(12_000, "code")
    ('1 site', '12,000 codes')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def note(sentence: str) -> None:
    """Write one line for people, to standard error."""
    sys.stderr.write(sentence + "\n")


def tables() -> Console:
    """Return what prints tables as part of the result; texts stay as they are.

    Ids and paths may hold brackets and colons, which are neither markup nor pictures.
    """
    return Console(markup=False, emoji=False)
