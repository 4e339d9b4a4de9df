"""Questions of somebody who looks at the present: the newest rows of a journal."""

# Rules of this file: nothing is written; every question is bounded by its `limit`.

from __future__ import annotations

from typing import NamedTuple

import orjson

from engage.stores.journal.packing import unpacked
from engage.stores.journal.reader import Reader
from engage.stores.journal.rows import DECISION_COLUMNS, decision_rows
from engage.stores.records import Body


class Published(NamedTuple):
    """A snapshot as the archive lists it: number, offset, size in bytes, time."""

    number: int
    offset: int
    size: int
    at_s: float


class RecentReads(Reader):
    """Opens a journal file of its own accord; safe to share between threads."""

    def latest_decisions(self, site: str, *, limit: int) -> list[Body]:
        """Return the newest decision records, the oldest of them first."""
        rows = self._rows(
            f"SELECT {DECISION_COLUMNS} WHERE d.site=?"
            " ORDER BY d.at_s DESC, d.pos DESC LIMIT ?",
            (site, limit),
        )
        with self._view() as connection:
            return decision_rows(connection, reversed(rows))

    def lineage(self, site: str, *, limit: int) -> list[Published]:
        """Return the newest snapshots, the newest first."""
        rows = self._rows(
            "SELECT number, pos, body FROM snapshots WHERE site=?"
            " ORDER BY number DESC LIMIT ?",
            (site, limit),
        )
        bodies = [unpacked(body) for *_, body in rows]
        return [
            Published(number, offset, len(body), _published_at_s(body))
            for (number, offset, _), body in zip(rows, bodies, strict=True)
        ]

    def transitions(self, site: str, *, limit: int) -> list[Body]:
        """Return the newest transitions of trials with their time, newest first."""
        rows = self._rows(
            "SELECT at_s, body FROM journal WHERE kind='promoted' AND site=?"
            " ORDER BY at_s DESC, pos DESC LIMIT ?",
            (site, limit),
        )
        return [{**orjson.loads(body), "at_s": at_s} for at_s, body in rows]


def _published_at_s(body: bytes) -> float:
    at_s: float = orjson.loads(body)["snapshot"]["at_s"]
    return at_s
