"""What leaves the journal's records themselves when nobody may be named any more.

Records are facts and stay, under a subject that leads to nobody. Two kinds hold more
than that: whole beacons, and orders as the shop sent them while the ledger was away.
"""

# Rules of this file: each function runs inside the writer's transaction. Projections
# and kept visits are removed elsewhere.

from __future__ import annotations

import sqlite3
import zlib

import orjson

from engage.stores.journal.entries import is_sound


def is_erased(connection: sqlite3.Connection, site: str, subject: str | None) -> bool:
    """Tell whether nobody can be mapped to a subject any more."""
    row = connection.execute(
        "SELECT 1 FROM erased WHERE site=? AND subject=?", (site, subject)
    ).fetchone()
    return row is not None


def drop_trail(connection: sqlite3.Connection, site: str, subject: str | None) -> None:
    """Remove the beacons of somebody who is erased.

    They are nobody's evidence but for a replay, and all of a person's behaviour.
    """
    connection.execute(
        "DELETE FROM journal WHERE site=? AND subject=? AND kind='beacon'",
        (site, subject),
    )


def unname(connection: sqlite3.Connection, site: str, visitor: str) -> None:
    """Take a visitor's ids out of orders that a worker kept as the shop sent them."""
    # Looked for as bytes, which JSON does not change; to read each would take long, and
    # anybody may ask for it.
    rows = connection.execute(
        "SELECT pos, body, crc FROM journal WHERE kind='received' AND site=?"
        " AND instr(body, ?) > 0",
        (site, visitor.encode()),
    ).fetchall()
    for offset, packed, crc in rows:
        _unname(connection, offset, packed, crc, only=visitor)


def unname_settled(connection: sqlite3.Connection, site: str, key: str) -> None:
    """Take the ids out of an order that has just been settled.

    The order has a record of its own now. Whoever is erased before what a worker kept
    arrives would else be named by it.
    """
    row = connection.execute(
        "SELECT j.pos, j.body, j.crc FROM windows w JOIN journal j ON j.pos=w.pos"
        " WHERE w.site=? AND w.kind='order' AND w.id=? AND j.kind='received'",
        (site, key),
    ).fetchone()
    if row is not None:
        _unname(connection, *row)


def _unname(
    connection: sqlite3.Connection,
    offset: int,
    packed: bytes,
    crc: int,
    *,
    only: str | None = None,
) -> None:
    # A damaged one is passed over by whoever reads it.
    body = orjson.loads(packed) if is_sound(packed, crc) else {}
    message = body.get("message", {})
    named = message.get("visitor")
    if (named is None and not message.get("session")) or only not in (None, named):
        return
    message["visitor"] = message["session"] = None
    bare = orjson.dumps(body)
    connection.execute(
        "UPDATE journal SET body=?, crc=? WHERE pos=?", (bare, zlib.crc32(bare), offset)
    )
