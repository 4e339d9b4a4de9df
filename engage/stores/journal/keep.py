"""What the journal keeps beside its records: soft visits, snapshots, checkpoints."""

# Rules of this file: each function runs inside the writer's transaction. A snapshot is
# immutable: decisions name it, and a replay must find what they were made with.

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from engage.errors import StoreError
from engage.stores.journal.append import encode, write
from engage.stores.journal.forgetting import unname
from engage.stores.journal.packing import unpacked
from engage.stores.records import Record, VisitKey


def keep_visits(
    connection: sqlite3.Connection, rows: Mapping[VisitKey, bytes], *, at_s: float
) -> int:
    """Keep the visits, replacing former states; return how many."""
    connection.executemany(
        "INSERT OR REPLACE INTO kept_visits VALUES(?,?,?,?,?)",
        [(*key, at_s, body) for key, body in rows.items()],
    )
    return len(rows)


def drop_visits(connection: sqlite3.Connection, keys: Iterable[VisitKey]) -> int:
    """Forget the visits; return how many there were."""
    return sum(
        connection.execute(
            "DELETE FROM kept_visits WHERE site=? AND visitor=? AND session=?", key
        ).rowcount
        for key in keys
    )


def erase(
    connection: sqlite3.Connection, site: str, visitor: str, *, at_s: float
) -> bool:
    """Cut a visitor off from everything recorded; return whether there was one.

    What stays hangs on a subject that nobody can be mapped to any more.
    """
    connection.execute(
        "DELETE FROM kept_visits WHERE site=? AND visitor=?", (site, visitor)
    )
    unname(connection, site, visitor)
    row = connection.execute(
        "DELETE FROM subjects WHERE site=? AND visitor=? RETURNING subject",
        (site, visitor),
    ).fetchone()
    if row is None:
        return False
    write(
        connection,
        encode(
            Record(
                kind="erased", site=site, subject=row[0], key=row[0], at_s=at_s, body={}
            )
        ),
    )
    return True


# At three publications a second, half a minute.
KEPT_SNAPSHOTS = 100


def put_snapshot(
    connection: sqlite3.Connection, site: str, number: int, *, offset: int, body: bytes
) -> None:
    """Archive a packed snapshot under its number; the same one again changes nothing.

    Raises:
        StoreError: the number stands for another snapshot.
    """
    row = connection.execute(
        "SELECT pos, body FROM snapshots WHERE site=? AND number=?", (site, number)
    ).fetchone()
    if row is not None and (row[0], unpacked(row[1])) != (offset, unpacked(body)):
        raise StoreError(
            f"snapshot number must be new, got {number}: it holds another snapshot"
        )
    connection.execute(
        "INSERT OR IGNORE INTO snapshots VALUES(?,?,?,?)", (site, number, offset, body)
    )
    # Most snapshots of a busy shop decide nothing: only those that did are kept. The
    # newest stay: a decision that names one may still be waiting for its commit. Of
    # older ones only the next are looked at, not the whole archive: what is left out
    # (numbers were skipped) is retention's.
    oldest_new = number - KEPT_SNAPSHOTS
    connection.execute(
        "DELETE FROM snapshots WHERE site=? AND number BETWEEN ? AND ? AND NOT EXISTS"
        " (SELECT 1 FROM decisions d WHERE d.site=snapshots.site"
        " AND d.snapshot=snapshots.number)",
        (site, oldest_new - KEPT_SNAPSHOTS, oldest_new - 1),
    )


def put_checkpoint(
    connection: sqlite3.Connection, site: str, *, offset: int, body: bytes
) -> None:
    """Keep a state, packed if it is large, replacing the former one."""
    connection.execute(
        "INSERT OR REPLACE INTO checkpoints VALUES(?,?,?)", (site, offset, body)
    )
