"""Who was erased, carried over to a backup that was made before they were.

Such a backup still knows them. An erasure names no visitor, only the random key that
they had: without that backup it leads to nobody.
"""

# Rules of this file: nothing is told of a visitor but that key. Erasing again is
# harmless.

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from engage.errors import StoreError
from engage.stores.journal.files import connect_reader
from engage.stores.journal.sqlite import SqliteJournal


class Erasure(Struct, frozen=True, forbid_unknown_fields=True):
    """One visitor who was erased.

    Attributes:
        site: key of the shop.
        subject: the random key that the visitor had.
    """

    site: str
    subject: str


def erasures_in(path: Path) -> list[Erasure]:
    """Return who was erased as a journal knows, in use or not, the oldest first.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        with closing(connect_reader(path)) as connection:
            rows = connection.execute(
                "SELECT site, subject FROM erased ORDER BY at_s, site, subject"
            ).fetchall()
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be read: {error}") from error
    return [Erasure(*row) for row in rows]


def erase_again(path: Path, erasures: Iterable[Erasure]) -> int:
    """Erase in a journal that nobody uses; return how many it still knew.

    Raises:
        StoreError: it is in use, or cannot be written.
    """
    count = 0
    with closing(SqliteJournal(path)) as journal:
        for one in erasures:
            visitor = journal.visitor_of(one.site, one.subject)
            if visitor is not None:
                count += journal.erase_now(one.site, visitor)
    return count
