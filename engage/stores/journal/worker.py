"""The journal of one worker: durable at once, shipped to the ledger soon after.

A worker answers as soon as its own journal has the facts; the ledger of the whole
service gets them in order through a Redis stream (`redis/streams`).
"""

# Rules of this file: offsets are the worker's own and never change. A visitor's id goes
# along with a record, for the ledger must map it; it stands in no body.

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from typing import Final

import orjson

from engage.stores.journal.append import encode, write
from engage.stores.journal.entries import is_sound
from engage.stores.journal.forgetting import drop_trail, unname
from engage.stores.journal.keep import put_checkpoint
from engage.stores.journal.sqlite import SqliteJournal
from engage.stores.records import Entry, Record
from engage.telemetry import logger

log = logger()

FORGET: Final = "forget"
"""Kind of record that asks the ledger to erase a visitor."""
# No site key holds a bar, so it meets no site's checkpoint.
_MERGED: Final = "|merged"

_SHIPPABLE: Final = """SELECT j.pos, j.kind, j.site, j.subject, s.visitor, j.key,
 j.at_s, j.body, j.crc FROM journal j
 LEFT JOIN subjects s ON s.site=j.site AND s.subject=j.subject
 WHERE j.pos > ? ORDER BY j.pos LIMIT ?"""


class WorkerJournal(SqliteJournal):
    """A journal whose records are on their way to the ledger."""

    def shippable(self, after: int, limit: int) -> list[Entry]:
        """Return up to `limit` entries above the offset `after`, with visitor ids.

        A damaged record is passed over, loudly: it must not hold up what comes after.
        """
        found = []
        for row in self._rows(_SHIPPABLE, (after, limit)):
            offset, kind, site, subject, visitor, key, at_s, body, crc = row
            if not is_sound(body, crc):
                log.error("record.damaged", offset=offset, kind=kind)
                continue
            record = Record(
                kind=kind,
                site=site,
                key=key,
                at_s=at_s,
                body=orjson.loads(body),
                subject=subject,
                visitor=visitor,
            )
            found.append(Entry(offset, record))
        return found

    def merged_to(self) -> int:
        """Return up to which offset the ledger has been heard to have everything."""
        kept = self.checkpoint(_MERGED)
        return 0 if kept is None else kept[0]

    def _needed_after(self) -> int:
        """Return what the ledger has: what it has not is kept, however old."""
        return self.merged_to()

    def put_merged_to(self, offset: int) -> None:
        """Keep that offset for a restart; blocks."""
        self._writer.run(
            "put_merged", lambda c: put_checkpoint(c, _MERGED, offset=offset, body=b"")
        )

    def go_on_after(self, offset: int) -> int:
        """Give no offset up to `offset` again; blocks.

        Returns:
            The last one that was given, which is less in a file that was put back.
        """
        return self._writer.run("go_on", lambda c: _go_on_after(c, offset))

    def erase(self, site: str, visitor: str) -> asyncio.Future[bool]:
        """Ask the ledger to erase a visitor, durably; never blocks.

        The mapping stays until the ledger has erased: a record on its way there needs
        it. `erase_here` removes it then, here and at every other worker.
        """
        at_s = self._clock.now_s()
        self._notes.hand_over()
        return self._writer.submit(
            "forget", lambda c: _ask_to_forget(c, site, visitor, at_s=at_s), records=1
        )

    def erase_here(self, site: str, wishes: Mapping[str, float]) -> list[str]:
        """Erase what was known of visitors whom the ledger erased; blocks.

        Args:
            site: the shop's key.
            wishes: by visitor, up to when; epoch seconds.

        Returns:
            Those of whom something was known; who came back later, under the same id,
            stays.
        """
        return self._writer.run(
            "erase",
            lambda c: [
                visitor
                for visitor, by_s in wishes.items()
                if _erase_here(c, site, visitor, by_s=by_s)
            ],
            scrub=True,
        )


def _go_on_after(connection: sqlite3.Connection, offset: int) -> int:
    # The newest record says less: retention may have removed it.
    row = connection.execute(
        "SELECT seq FROM sqlite_sequence WHERE name='journal'"
    ).fetchone()
    given = 0 if row is None else int(row[0])
    if given < offset:
        connection.execute("DELETE FROM sqlite_sequence WHERE name='journal'")
        connection.execute(
            "INSERT INTO sqlite_sequence(name, seq) VALUES('journal', ?)", (offset,)
        )
    return given


def _erase_here(
    connection: sqlite3.Connection, site: str, visitor: str, *, by_s: float
) -> bool:
    # Kept by whoever heard of the visit last: perhaps nothing else is known here.
    kept = connection.execute(
        "DELETE FROM kept_visits WHERE site=? AND visitor=? AND at_s<=?",
        (site, visitor, by_s),
    )
    unname(connection, site, visitor)
    row = connection.execute(
        "DELETE FROM subjects WHERE site=? AND visitor=? AND seen_s<=?"
        " RETURNING subject",
        (site, visitor, by_s),
    ).fetchone()
    if row is not None:
        connection.execute(
            "DELETE FROM visitors WHERE site=? AND subject=?", (site, row[0])
        )
        drop_trail(connection, site, row[0])
    return row is not None or kept.rowcount > 0


def _ask_to_forget(
    connection: sqlite3.Connection, site: str, visitor: str, *, at_s: float
) -> bool:
    connection.execute(
        "DELETE FROM kept_visits WHERE site=? AND visitor=?", (site, visitor)
    )
    wish = Record(kind=FORGET, site=site, visitor=visitor, at_s=at_s, body={})
    return write(connection, encode(wish)).is_new
