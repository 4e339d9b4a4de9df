"""How commands speak: plain sentences on standard output."""

# Rules of this file: no colour that a pipe would carry; machines get `--json`.

from __future__ import annotations

import sys


def say(sentence: str) -> None:
    """Write one line, at once, also into a pipe."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def counted(number: int, what: str) -> str:
    """Return how many there are of something, as people say it.

    >>> counted(1, "site"), counted(12_000, "code")
    ('1 site', '12,000 codes')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def complain(sentence: str) -> None:
    """Write one line to standard error."""
    sys.stderr.write(sentence + "\n")
