"""How one record gets into the journal: encoded by the caller, written by the writer.

Encoding happens where `append` is called, so that a body that cannot be kept fails
alone and a dictionary that is changed afterwards changes nothing.
"""

# Rules of this file: everything runs inside a transaction that the caller owns. A
# visitor's id is written to `subjects` and nowhere else.

from __future__ import annotations

import secrets
import sqlite3
import zlib
from typing import NamedTuple

import orjson

from engage.errors import StoreError
from engage.stores.journal.fold import fold, once
from engage.stores.journal.forgetting import is_erased
from engage.stores.records import Record

# 80 bits: two visitors of a billion meet with probability below 1e-6.
_SUBJECT_BYTES = 10
# A mapping's age is refreshed once a day; retention counts in days.
_SEEN_EVERY_S = 86_400.0
# The most frequent kind: no projection looks into it, so it need not be read back.
_UNFOLDED = frozenset({"example"})


class Encoded(NamedTuple):
    """A record with its body as bytes.

    Attributes:
        is_plain: the record's own body is what these bytes say, to the letter.
    """

    record: Record
    body: bytes
    is_plain: bool = False


class Written(NamedTuple):
    """Where a record stands, and whether this write put it there."""

    offset: int
    is_new: bool


def encode(record: Record, *, is_plain: bool = False) -> Encoded:
    """Return the record with its body as JSON, without the visitor's id.

    Args:
        record: to be kept.
        is_plain: its body has just been read from JSON, and nobody changes it.

    Raises:
        StoreError: the body holds something JSON has no form for.
    """
    kept = {name: value for name, value in record.body.items() if name != "visitor"}
    try:
        body = orjson.dumps(kept)
    except TypeError as error:
        raise StoreError(
            f"body of {record.kind} {record.key!r} must be plain data: {error}"
        ) from error
    return Encoded(record, body, is_plain and len(kept) == len(record.body))


def write(connection: sqlite3.Connection, encoded: Encoded) -> Written:
    """Write one record and fold it; a repeat of a record that is due once is ignored.

    Returns:
        The record's offset; for a repeat, that of the record that stands; 0 for what
        nobody may keep any more.
    """
    record = _resolved(connection, encoded)
    if record.kind == "beacon" and is_erased(connection, record.site, record.subject):
        # The trail went with its visitor; this was still on its way.
        return Written(0, is_new=False)
    name = once(record)
    # Looked up first: an insert refused by the index would still use up an offset.
    standing = _standing(connection, record, name)
    if standing is not None:
        return Written(standing, is_new=False)
    cursor = connection.execute(
        "INSERT INTO journal(kind, site, subject, key, at_s, body, crc, once)"
        " VALUES(?,?,?,?,?,?,?,?)",
        (
            record.kind,
            record.site,
            record.subject,
            record.key,
            record.at_s,
            encoded.body,
            zlib.crc32(encoded.body),
            name,
        ),
    )
    offset = int(cursor.lastrowid or 0)
    fold(connection, offset, record)
    return Written(offset, is_new=True)


def _standing(
    connection: sqlite3.Connection, record: Record, name: str | None
) -> int | None:
    if name is None:
        return None
    row = connection.execute(
        "SELECT pos FROM journal WHERE site=? AND kind=? AND once=?",
        (record.site, record.kind, name),
    ).fetchone()
    return None if row is None else int(row[0])


def _resolved(connection: sqlite3.Connection, encoded: Encoded) -> Record:
    """Return the record as it will be read back: subject for visitor, plain body."""
    record = encoded.record
    subject, key = record.subject, record.key
    if record.visitor is not None:
        subject = _subject_of(connection, record)
        key = subject if record.key in ("", record.visitor) else record.key
    body = record.body
    if not encoded.is_plain:
        body = {} if record.kind in _UNFOLDED else orjson.loads(encoded.body)
    return Record(
        kind=record.kind,
        site=record.site,
        key=key or subject or "",
        at_s=record.at_s,
        body=body,
        subject=subject,
    )


def _subject_of(connection: sqlite3.Connection, record: Record) -> str:
    row = connection.execute(
        "SELECT subject, seen_s FROM subjects WHERE site=? AND visitor=?",
        (record.site, record.visitor),
    ).fetchone()
    if row is None:
        return _map(connection, record)
    if record.at_s - row[1] > _SEEN_EVERY_S:
        connection.execute(
            "UPDATE subjects SET seen_s=? WHERE site=? AND visitor=?",
            (record.at_s, record.site, record.visitor),
        )
    return str(row[0])


def _map(connection: sqlite3.Connection, record: Record) -> str:
    """Map a new visitor, unless the subject it comes with was erased meanwhile."""
    if record.subject and is_erased(connection, record.site, record.subject):
        return record.subject
    subject = record.subject or secrets.token_hex(_SUBJECT_BYTES)
    connection.execute(
        "INSERT INTO subjects VALUES(?,?,?,?)",
        (record.site, record.visitor, subject, record.at_s),
    )
    return subject
