"""Appends until its files may not grow any more, then gets room and goes on.

Usage: journal_filler.py JOURNAL. Prints one JSON line with what it saw.
"""

from __future__ import annotations

import resource
import signal
import sys
from pathlib import Path

import orjson

from engage.errors import StoreError
from engage.stores.base import Record
from engage.stores.journal.sqlite import SqliteJournal

LIMIT_BYTES = 2_000_000


def record(number: int) -> Record:
    """Return a record of some 8 kB."""
    body = {"number": number, "padding": "x" * 8_000}
    return Record(kind="decision", site="s", key=f"d_{number}", at_s=0.0, body=body)


def fill(journal: SqliteJournal) -> tuple[int, str]:
    """Append until it fails; return how many were kept and the error's message."""
    kept = 0
    try:
        for number in range(10_000):
            journal.append_now(record(number))
            kept += 1
    except StoreError as error:
        return kept, str(error)
    return kept, "never full"


def main(path: Path) -> None:
    """Fill the disk, look, make room, look again."""
    journal = SqliteJournal(path)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, hard))
    kept, message = fill(journal)
    was_writable = journal.is_writable()
    readable = len(journal.read(0, 10_000))
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    journal.append_now(record(kept))
    seen = {
        "kept": kept,
        "message": message,
        "was_writable": was_writable,
        "readable": readable,
        "is_writable": journal.is_writable(),
        "after": len(journal.read(0, 10_000)),
    }
    journal.close()
    sys.stdout.write(orjson.dumps(seen).decode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
