"""Journal rows read back as entries, each checked against its own checksum.

A damaged record must not hold up everything after it, nor be mistaken for a sound one.
"""

# Rules of this file: what is damaged is named by its offset and never returned; the
# sound records before it are.

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

import orjson

from engage.errors import DamagedRecord
from engage.stores.records import Entry, Record, Window

ENTRY_COLUMNS = "pos, kind, site, subject, key, at_s, body, crc"
"""Columns of a SELECT from the journal whose rows `entry_of` understands."""


def entry_of(row: tuple[Any, ...]) -> Entry:
    """Return a row of `ENTRY_COLUMNS` as an entry.

    Raises:
        DamagedRecord: its bytes are not those that were written.
    """
    offset, kind, site, subject, key, at_s, body, crc = row
    if not is_sound(body, crc):
        raise DamagedRecord(offset)
    record = Record(
        kind=kind,
        site=site,
        subject=subject,
        key=key,
        at_s=at_s,
        body=orjson.loads(body),
    )
    return Entry(offset, record)


def up_to_damage(rows: Iterable[tuple[Any, ...]]) -> list[Entry]:
    """Return the entries of rows, only those before the first damaged one.

    Raises:
        DamagedRecord: the very first one is damaged.
    """
    found: list[Entry] = []
    for row in rows:
        try:
            found.append(entry_of(row))
        except DamagedRecord:
            if found:
                break
            raise
    return found


def window_of(row: tuple[Any, ...]) -> Window:
    """Return a window with the record that opened it, unless that is damaged."""
    kind, key, due_s, subject, body, crc = row
    return Window(kind, key, due_s, subject, body if is_sound(body, crc) else b"")


def is_sound(body: object, crc: int) -> bool:
    """Tell whether a body is the one that was kept; damage may change its type.

    >>> is_sound(b"{}", 2745614147), is_sound(b"[]", 2745614147), is_sound(None, 0)
    (True, False, False)
    """
    return isinstance(body, bytes) and zlib.crc32(body) == crc
