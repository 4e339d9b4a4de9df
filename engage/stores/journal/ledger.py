"""The ledger: one journal into which the journals of all workers are merged.

What was merged and how far that got are one transaction, so that a crash of the
ledger's process merges nothing twice and forgets nothing.
"""

# Rules of this file: records of one worker arrive in its order; between workers there
# is no order. What stands in two journals because one worker made good what another
# had saved stands in the ledger once.

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from typing import Final

from engage.errors import StoreError
from engage.stores.journal.append import Encoded, encode, write
from engage.stores.journal.forgetting import is_erased
from engage.stores.journal.keep import erase, put_checkpoint
from engage.stores.journal.sqlite import SqliteJournal
from engage.stores.journal.worker import FORGET
from engage.stores.records import Entry, Record
from engage.telemetry import logger

log = logger()
# No site key holds a bar, so it meets no site's checkpoint.
_OF_WORKER: Final = "|worker/"
_NAME: Final = "|ledger"
# What a single record's own content can provoke.
_POISON: Final = (
    StoreError,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
    sqlite3.DataError,
    sqlite3.IntegrityError,
)


class LedgerJournal(SqliteJournal):
    """A journal that workers' journals are merged into."""

    def name(self) -> str:
        """Return what this ledger is called by, made up once; blocks."""
        kept = self.checkpoint(_NAME)
        if kept is None:
            body = secrets.token_hex(8).encode()
            self.put_checkpoint(_NAME, offset=0, body=body)
            return body.decode()
        return kept[1].decode()

    def merged(self) -> dict[str, int]:
        """Return up to which of its offsets each worker's journal is merged."""
        rows = self._rows(
            "SELECT site, pos FROM checkpoints WHERE site LIKE ?", (f"{_OF_WORKER}%",)
        )
        return {name.removeprefix(_OF_WORKER): pos for name, pos in rows}

    def merge(self, worker: str, entries: Sequence[Entry]) -> list[Record]:
        """Take over what a worker kept; blocks until it is durable.

        Args:
            worker: whose journal it is.
            entries: in its order; those merged before are passed over.

        Returns:
            The records that are new to the ledger.

        Raises:
            StoreError: nothing was merged.
        """
        if not entries:
            return []
        rows = [(offset, encode(one, is_plain=True)) for offset, one in entries]
        return self._writer.run(
            "merge",
            lambda c: _merge(c, worker, rows),
            records=len(rows),
            # Or who was forgotten would stay in the write-ahead log.
            scrub=any(one.kind == FORGET for _, one in entries),
        )

    def strays(self, entries: Sequence[Entry]) -> list[Record]:
        """Return the latest record of each visitor who was erased, but not there.

        Whoever has sent it still knows the visitor under the subject that was erased:
        it has missed that, or recorded it before it heard.
        """
        latest = {
            (one.site, one.visitor): one
            for _, one in entries
            if one.visitor is not None and one.subject is not None
        }
        with self._view() as connection:
            return [
                one
                for one in latest.values()
                if is_erased(connection, one.site, one.subject)
            ]


def _merge(
    connection: sqlite3.Connection, worker: str, rows: list[tuple[int, Encoded]]
) -> list[Record]:
    found = connection.execute(
        "SELECT pos FROM checkpoints WHERE site=?", (_OF_WORKER + worker,)
    ).fetchone()
    done = 0 if found is None else found[0]
    new = _take_all(connection, [one for offset, one in rows if offset > done])
    last = max(done, rows[-1][0])
    put_checkpoint(connection, _OF_WORKER + worker, offset=last, body=b"")
    return new


def _take_all(connection: sqlite3.Connection, some: list[Encoded]) -> list[Record]:
    """Write records; only if one cannot be written, each by itself."""
    connection.execute("SAVEPOINT batch")
    try:
        new = [one.record for one in some if _put(connection, one)]
    except _POISON:
        connection.execute("ROLLBACK TO batch")
        new = [one.record for one in some if _take(connection, one)]
    connection.execute("RELEASE batch")
    return new


def _put(connection: sqlite3.Connection, encoded: Encoded) -> bool:
    """Write one record; return whether it is new."""
    record = encoded.record
    if record.kind == FORGET:
        return _forget(connection, record)
    return not _stands(connection, record) and write(connection, encoded).is_new


def _take(connection: sqlite3.Connection, encoded: Encoded) -> bool:
    """Write one record; one that cannot be written is set aside, loudly."""
    connection.execute("SAVEPOINT record")
    try:
        is_new = _put(connection, encoded)
    except _POISON as error:
        connection.execute("ROLLBACK TO record")
        kind = encoded.record.kind
        log.error("record.unmergeable", kind=kind, error=repr(error))  # noqa: TRY400 - what it provoked is the record's own content
        is_new = False
    connection.execute("RELEASE record")
    return is_new


def _forget(connection: sqlite3.Connection, wish: Record) -> bool:
    """Erase a visitor; one that nothing came of yet is not mapped later, either."""
    at_s = wish.at_s
    if erase(connection, wish.site, wish.visitor or "", at_s=at_s):
        return True
    gone = Record(
        kind="erased",
        site=wish.site,
        subject=wish.subject,
        key=wish.subject or "",
        at_s=at_s,
        body={},
    )
    return write(connection, encode(gone)).is_new


def _stands(connection: sqlite3.Connection, record: Record) -> bool:
    """Tell whether the ledger has what is said, by a record that has no name."""
    body = record.body
    values: tuple[str | float | None, ...]
    match record.kind:
        case "purchase":
            question = "SELECT 1 FROM purchases WHERE site=? AND transaction_id=?"
            values = (record.site, body["transaction_id"])
        case "code" if body["state"] == "given":
            # Whatever became of it since.
            question = "SELECT 1 FROM codes WHERE site=? AND code=? AND decision=?"
            values = (record.site, record.key, body.get("decision"))
        case "visitor":
            question = (
                "SELECT 1 FROM visitors v JOIN subjects s ON s.site=v.site"
                " AND s.subject=v.subject WHERE s.site=? AND s.visitor=? AND v.at_s>?"
            )
            values = (record.site, record.visitor, record.at_s)
        case "item":
            # A worker that was away brings what the shop has said otherwise since.
            question = (
                "SELECT 1 FROM items WHERE site=? AND item_id=?"
                " AND json_extract(CAST(body AS TEXT), '$.at_s')>?"
            )
            values = (record.site, record.key, record.at_s)
        case _:
            return False
    return connection.execute(question, values).fetchone() is not None
