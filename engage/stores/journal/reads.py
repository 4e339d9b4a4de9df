"""Questions to the journal, each answered from the calling thread's own connection."""

# Rules of this file: nothing is written. A read sees every append whose future was
# resolved before it started. Visitor ids leave only through `subjects`.

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

import orjson

from engage.errors import DamagedRecord
from engage.stores.journal.counts import Counts
from engage.stores.journal.entries import (
    ENTRY_COLUMNS,
    entry_of,
    up_to_damage,
    window_of,
)
from engage.stores.journal.packing import unpacked
from engage.stores.journal.rows import (
    BY_SUBJECT,
    DECISION_COLUMNS,
    VISITOR,
    decision_rows,
    everything_held,
    first_decision_s,
    known_visitor,
    order_and_refunds,
    outcome_rows,
    position_of,
)
from engage.stores.records import (
    Body,
    CodeRow,
    DayRow,
    DecisionPage,
    Entry,
    Kept,
    OrderState,
    Purchase,
    Stored,
    Window,
)

_DUE = """SELECT w.kind, w.id, w.due_s, w.subject, j.body, j.crc FROM windows w
 JOIN journal j ON j.pos=w.pos WHERE w.site=? AND w.due_s<=?
 ORDER BY w.due_s, w.pos LIMIT ?"""

# Some at a time: a large catalogue or all visits would be in memory a second time.
_ITEMS = """SELECT item_id, body FROM items WHERE site=? AND item_id>?
 ORDER BY item_id LIMIT 1000"""
_KEPT = """SELECT visitor, session, body FROM kept_visits WHERE site=?
 AND (visitor, session)>(?, ?) ORDER BY visitor, session LIMIT 1000"""


class Reads(Counts):
    """All questions to a journal file; safe to share between threads."""

    def last_offset(self) -> int:
        """Return the offset of the newest record, 0 for an empty journal."""
        (offset,) = self._rows("SELECT coalesce(max(pos), 0) FROM journal")[0]
        return int(offset)

    def read(
        self, after: int, limit: int, *, kinds: Collection[str] | None = None
    ) -> list[Entry]:
        """Return up to `limit` entries with an offset above `after`, in order.

        Before a damaged record the answer ends early.

        Raises:
            DamagedRecord: the next one's bytes are not those that were written, also
                when they are read anew from the file.
        """
        wanted, marks = "", tuple(kinds or ())
        if kinds is not None:
            wanted = f" AND kind IN ({','.join('?' * len(marks))})"
        entries = (  # NOT INDEXED: or SQLite sorts all records of these kinds there are
            f"SELECT {ENTRY_COLUMNS} FROM journal NOT INDEXED"  # noqa: S608 - only question marks are put in
            f" WHERE pos > ?{wanted} ORDER BY pos LIMIT ?"
        )
        try:
            with self._view() as connection:
                # Row by row: all at once would hold up every other thread.
                return up_to_damage(connection.execute(entries, (after, *marks, limit)))
        except DamagedRecord as error:
            again = f"SELECT {ENTRY_COLUMNS} FROM journal WHERE pos=?"  # noqa: S608 - columns
            return up_to_damage(self._fresh_rows(again, (error.offset,)))

    def decisions(
        self,
        site: str,
        *,
        since_s: float | None = None,
        until_s: float | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> DecisionPage:
        """Return decision records of `[since_s, until_s)`, oldest first.

        Raises:
            BadRequest: the cursor is not one that an earlier page gave.
        """
        at_s, offset = position_of(cursor, since_s)
        rows = self._rows(
            f"SELECT {DECISION_COLUMNS} WHERE d.site=? AND (d.at_s, d.pos) > (?, ?)"
            " AND d.at_s < ? ORDER BY d.at_s, d.pos LIMIT ?",
            (
                site,
                at_s,
                offset,
                float("inf") if until_s is None else until_s,
                limit + 1,
            ),
        )
        with self._view() as connection:
            page = decision_rows(connection, rows[:limit])
        if len(rows) <= limit:
            return DecisionPage(page, None)
        last = rows[limit - 1]
        return DecisionPage(page, f"{last[2]!r}:{last[3]}")

    def decision(self, site: str, decision: str) -> Body | None:
        """Return one decision record with its outcomes; None if unknown or damaged."""
        one = f"SELECT {DECISION_COLUMNS} WHERE d.site=? AND d.id=?"
        with self._view() as connection:
            rows = connection.execute(one, (site, decision)).fetchall()
            return next(iter(decision_rows(connection, rows)), None)

    def trail(self, site: str, decision: str, *, session: str) -> list[Entry]:
        """Return the recorded beacons of the session in which a decision was made."""
        rows = self._rows(
            f"SELECT {ENTRY_COLUMNS} FROM journal WHERE site=? AND kind='beacon'"  # noqa: S608 - columns
            " AND key=? AND subject=(SELECT subject FROM decisions WHERE site=? AND"
            " id=?) ORDER BY pos",
            (site, session, site, decision),
        )
        return up_to_damage(rows)

    def closing(self, site: str, decision: str) -> Body | None:
        """Return what a decision's short close recorded, or None."""
        rows = self._rows(
            "SELECT body FROM journal WHERE site=? AND kind='closed' AND once=?",
            (site, decision),
        )
        return orjson.loads(rows[0][0]) if rows else None

    def decisions_of(
        self, site: str, subject: str, *, since_s: float, until_s: float
    ) -> list[str]:
        """Return ids of a subject's decisions in `[since_s, until_s]`, oldest first."""
        rows = self._rows(
            f"SELECT id FROM decisions {BY_SUBJECT} WHERE site=? AND subject=?"  # noqa: S608 - our own index
            " AND at_s BETWEEN ? AND ? ORDER BY at_s, pos",
            (site, subject, since_s, until_s),
        )
        return [name for (name,) in rows]

    def outcomes_of(
        self, site: str, subject: str, *, since_s: float, until_s: float
    ) -> list[Body]:
        """Return what became of a subject's decisions made in `[since_s, until_s]`."""
        rows = self._rows(  # CROSS: or SQLite begins with all outcomes there ever were
            "SELECT j.body, j.crc, o.pos, o.at_s FROM decisions d"
            " CROSS JOIN outcomes o CROSS JOIN"
            " journal j WHERE o.site=d.site AND o.decision=d.id AND j.pos=o.pos"
            " AND d.site=? AND d.subject=? AND d.at_s BETWEEN ? AND ?",
            (site, subject, since_s, until_s),
        )
        return outcome_rows(rows)

    def first_decision_at_s(self, site: str) -> float | None:
        """Return when the first decision was made, or on which day; None if none was.

        What retention has removed since is still in the sums by day.
        """
        with self._view() as connection:
            return first_decision_s(connection, site)

    def visitor(
        self, site: str, visitor: str, *, sessions: Collection[str] = ()
    ) -> Body | None:
        """Return everything held about a visitor, or None if nothing is."""
        with self._view() as connection:
            return everything_held(connection, site, visitor, live=sessions)

    def find_visitor(self, site: str, visitor: str) -> tuple[str, Body | None] | None:
        """Return a visitor's subject and ledger row, or None for an unknown one."""
        rows = self._rows(VISITOR, (site, visitor))
        return known_visitor(*rows[0]) if rows else None

    def visitor_of(self, site: str, subject: str) -> str | None:
        """Return the visitor's own id of a subject, or None once erased."""
        visitors = "SELECT visitor FROM subjects WHERE site=? AND subject=?"
        rows = self._rows(visitors, (site, subject))
        return rows[0][0] if rows else None

    def order_state(self, site: str, order_id: str) -> OrderState | None:
        """Return an order and its refunds; None if neither was ever recorded."""
        with self._view() as connection:
            return order_and_refunds(connection, (site, order_id))

    def open_orders(
        self, site: str, *, placed_by_s: float = math.inf, limit: int = -1
    ) -> list[Entry]:
        """Return orders whose visitor is still looked for, oldest first."""
        rows = self._rows(
            "SELECT j.pos, j.kind, j.site, o.subject, j.key, j.at_s, j.body, j.crc"
            " FROM orders o JOIN journal j ON j.pos=o.pos"
            " WHERE o.site=? AND o.attributed_at_s IS NULL AND o.at_s<=?"
            " ORDER BY o.at_s, o.pos LIMIT ?",
            (site, placed_by_s, limit),
        )
        return [entry_of(row) for row in rows]

    def orders_of(
        self, site: str, subject: str, *, since_s: float, until_s: float
    ) -> list[OrderState]:
        """Return a subject's orders placed in `[since_s, until_s]`, oldest first.

        Both ends belong to it, as they do in `decisions_of`: an order at the very end
        of a window counts, whichever side it is looked at from.
        """
        with self._view() as connection:
            placed = connection.execute(
                "SELECT order_id FROM orders WHERE site=? AND subject=?"
                " AND at_s BETWEEN ? AND ? ORDER BY at_s, pos",
                (site, subject, since_s, until_s),
            ).fetchall()
            found = [order_and_refunds(connection, (site, name)) for (name,) in placed]
        return [one for one in found if one is not None]

    def purchase(self, site: str, transaction_id: str) -> Purchase | None:
        """Return what a browser first said about a transaction, or None."""
        rows = self._rows(
            "SELECT j.subject, j.body FROM purchases p JOIN journal j ON j.pos=p.pos"
            " WHERE p.site=? AND p.transaction_id=?",
            (site, transaction_id),
        )
        return Purchase(rows[0][0], orjson.loads(rows[0][1])) if rows else None

    def due_windows(self, site: str, *, at_s: float, limit: int) -> list[Window]:
        """Return up to `limit` windows due by `at_s`, the longest overdue first."""
        rows = self._rows(_DUE, (site, at_s, limit))
        return [window_of(row) for row in rows]

    def codes(self, site: str) -> list[CodeRow]:
        """Return every code ever added, in the order in which they last changed."""
        rows = self._rows(
            "SELECT code, pool, state, decision, subject, order_id, until_s,"
            " amount_cents FROM codes WHERE site=? ORDER BY pos, code",
            (site,),
        )
        return [CodeRow(*row) for row in rows]

    def items(self, site: str) -> Iterator[tuple[str, Body]]:
        """Yield the catalogue: item id and body."""
        last = ""
        while rows := self._rows(_ITEMS, (site, last)):
            yield from ((item_id, orjson.loads(body)) for item_id, body in rows)
            last = rows[-1][0]

    def days(self, site: str, *, since_day: str = "") -> list[DayRow]:
        """Return the sums per visitor and day (UTC, `2026-11-21`), oldest first."""
        rows = self._rows(
            "SELECT day, subject, visitor_group, decisions, orders, revenue_cents,"
            " margin_cents, refunded_cents FROM visitor_days"
            " WHERE site=? AND day>=? ORDER BY day, subject",
            (site, since_day),
        )
        return [DayRow(*row) for row in rows]

    def kept_visits(self, site: str) -> Iterator[Kept]:
        """Yield the kept visits, by the names of visitor and session."""
        last = ("", "")
        while rows := self._rows(_KEPT, (site, *last)):
            yield from (Kept(*row) for row in rows)
            last = rows[-1][:2]

    def snapshot(self, site: str, number: int | None = None) -> Stored | None:
        """Return a snapshot, the latest one without a number, or None."""
        rows = self._rows(
            "SELECT number, pos, body FROM snapshots WHERE site=? AND number="
            "coalesce(?, (SELECT max(number) FROM snapshots WHERE site=?))",
            (site, number, site),
        )
        found = (Stored(number, at, unpacked(body)) for number, at, body in rows)
        return next(found, None)

    def snapshot_numbers(self) -> list[tuple[str, int]]:
        """Return site and number of every archived snapshot, oldest first."""
        return self._rows("SELECT site, number FROM snapshots ORDER BY 1, 2")

    def checkpoint(self, site: str) -> tuple[int, bytes] | None:
        """Return the learner's checkpoint as offset and bytes, or None."""
        rows = self._rows("SELECT pos, body FROM checkpoints WHERE site=?", (site,))
        return next(((offset, unpacked(body)) for offset, body in rows), None)
