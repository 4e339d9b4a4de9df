"""How commands speak: plain sentences on standard output."""

# Rules of this file: no colour that a pipe would carry; machines get `--json`.

from __future__ import annotations

import sys


def say(sentence: str) -> None:
    """Write one line, at once, also into a pipe."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def complain(sentence: str) -> None:
    """Write one line to standard error."""
    sys.stderr.write(sentence + "\n")
