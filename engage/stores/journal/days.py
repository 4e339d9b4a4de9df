"""The journal by day: what an export reads, one table and one UTC day at a time.

An export copies days, not offsets, because analysts ask for days. A day of decisions
still changes while outcomes come and windows close; therefore every day has a mark that
differs as soon as anything in it does.
"""

# Rules of this file: nothing is written, nothing is held but one page of rows. No
# visitor id is read anywhere; rows carry the subject.

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final

import orjson

from engage.clock import epoch_s, rfc3339
from engage.stores.journal.files import check_version
from engage.stores.journal.reader import Reader
from engage.stores.journal.rows import DECISION_COLUMNS, decision_rows, outcome_row
from engage.stores.records import Body

_PAGE: Final = 500
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One UTC day of one site in one table.

    Attributes:
        day: as `2026-11-21`.
        rows: how many there are now.
        mark: differs from every earlier mark of the day if anything in it changed.
    """

    site: str
    day: str
    rows: int
    mark: str


Unpack = Callable[[Connection, tuple[Any, ...]], Body | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Two questions to the journal; the rows' first two columns are their place.

    Attributes:
        days: selects site, number of the day, rows, and what the mark is made of.
        rows: selects `at_s, pos, ...` of a site after a place and before a time.
        unpack: turns the rest of a row into plain data; None of a damaged one.
    """

    days: str
    rows: str
    unpack: Unpack


def _decision(connection: Connection, row: tuple[Any, ...]) -> Body | None:
    subject, *rest = row
    for body in decision_rows(connection, [tuple(rest)]):
        return {**body, "visitor": None, "subject": subject}
    return None


def _outcome(_connection: Connection, row: tuple[Any, ...]) -> Body:
    at_s, site, decision, subject, body = row
    return {
        "site": site,
        "decision": decision,
        "subject": subject,
        "recorded_at": rfc3339(at_s),
        **outcome_row(orjson.loads(body), at_s),
    }


def _recorded(_connection: Connection, row: tuple[Any, ...]) -> Body:
    at_s, site, subject, body = row
    return {
        **orjson.loads(body),
        "site": site,
        "subject": subject,
        "at": rfc3339(at_s),
    }


def _rows(columns: str, *, of: str = "", only: str = "") -> str:
    """Return a question for a page of rows: place first, then `columns`.

    Args:
        columns: what is selected, with FROM and its joins.
        of: prefix of the table that knows site, time and place.
        only: a further condition, with AND at its end.
    """
    return (
        f"SELECT {of}at_s, {of}pos, {columns} WHERE {only} {of}site=?"
        f" AND ({of}at_s, {of}pos) > (?, ?) AND {of}at_s < ?"
        f" ORDER BY {of}at_s, {of}pos LIMIT ?"
    )


TABLES: Final[dict[str, _Table]] = {
    "decisions": _Table(
        days="""SELECT d.site, CAST(d.at_s/86400 AS INTEGER), count(*),
 count(d.closed_at), count(d.settled_at),
 sum((SELECT count(*) FROM outcomes o WHERE o.site=d.site AND o.decision=d.id))
 FROM decisions d GROUP BY 1, 2""",
        rows=_rows(f"d.subject, {DECISION_COLUMNS}", of="d."),
        unpack=_decision,
    ),
    "outcomes": _Table(
        days="""SELECT site, CAST(at_s/86400 AS INTEGER), count(*), max(pos)
 FROM journal WHERE kind='outcome' GROUP BY 1, 2""",
        rows=_rows(
            "at_s, site, key, subject, body FROM journal", only="kind='outcome' AND"
        ),
        unpack=_outcome,
    ),
    "orders": _Table(
        days="""SELECT site, CAST(at_s/86400 AS INTEGER), count(*), count(subject),
 max(pos) FROM orders GROUP BY 1, 2""",
        rows=_rows(
            "o.at_s, o.site, o.subject, j.body"
            " FROM orders o JOIN journal j ON j.pos=o.pos",
            of="o.",
        ),
        unpack=_recorded,
    ),
    "refunds": _Table(
        days="""SELECT r.site, CAST(r.at_s/86400 AS INTEGER), count(*),
 count(o.subject), max(r.pos) FROM refunds r
 LEFT JOIN orders o ON o.site=r.site AND o.order_id=r.order_id GROUP BY 1, 2""",
        rows=_rows(
            "r.at_s, r.site, o.subject, j.body"
            " FROM refunds r JOIN journal j ON j.pos=r.pos"
            " LEFT JOIN orders o ON o.site=r.site AND o.order_id=r.order_id",
            of="r.",
        ),
        unpack=_recorded,
    ),
    "scores": _Table(
        days="""SELECT site, CAST(at_s/86400 AS INTEGER), count(*), max(pos)
 FROM journal WHERE kind='example' GROUP BY 1, 2""",
        rows=_rows("at_s, site, subject, body FROM journal", only="kind='example' AND"),
        unpack=_recorded,
    ),
}
"""Tables whose rows have a time of their own, by the name an export gives them."""

VISITOR_DAYS: Final = "visitor_days"
"""The visitor ledger: sums by visitor and day, which outlive what they came from."""

_SUMS = ("decisions", "orders", "revenue_cents", "margin_cents", "refunded_cents")
_LEDGER_DAYS = """SELECT site, day, count(*), count(visitor_group), sum(decisions),
 sum(orders), sum(revenue_cents), sum(margin_cents), sum(refunded_cents)
 FROM visitor_days GROUP BY 1, 2"""
_LEDGER_ROWS = """SELECT subject, visitor_group, decisions, orders, revenue_cents,
 margin_cents, refunded_cents FROM visitor_days
 WHERE site=? AND day=? AND subject > ? ORDER BY subject LIMIT ?"""


class DayReads(Reader):
    """A journal file read by day, while a service may be writing it.

    Raises:
        StoreError: there is no such file, or its schema is another release's.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with self._view() as connection:
            check_version(connection, path)

    def days(self, table: str) -> list[Day]:
        """Return every day of a table that has rows, the oldest first.

        Args:
            table: a name of `TABLES`, or `VISITOR_DAYS`.
        """
        if table == VISITOR_DAYS:
            found = self._rows(_LEDGER_DAYS)
        else:
            rows = self._rows(TABLES[table].days)
            found = [(site, rfc3339(n * _DAY_S)[:10], *rest) for site, n, *rest in rows]
        return sorted(
            (
                Day(site=site, day=day, rows=rows, mark="/".join(map(str, counts)))
                for site, day, *counts in found
                for rows in counts[:1]
            ),
            key=lambda one: (one.day, one.site),
        )

    def rows_of(self, table: str, day: Day) -> Iterator[Body]:
        """Yield the rows of a day, oldest first; of the ledger, by subject."""
        return self._ledger(day) if table == VISITOR_DAYS else self._timed(table, day)

    def _timed(self, table: str, day: Day) -> Iterator[Body]:
        since_s = epoch_s(f"{day.day}T00:00:00Z")
        place, one = (since_s, -1), TABLES[table]
        while True:
            with self._view() as connection:
                page = connection.execute(
                    one.rows, (day.site, *place, since_s + _DAY_S, _PAGE)
                ).fetchall()
                bodies = [one.unpack(connection, row[2:]) for row in page]
            yield from (body for body in bodies if body is not None)
            if len(page) < _PAGE:
                return
            place = page[-1][:2]

    def _ledger(self, day: Day) -> Iterator[Body]:
        subject, names = "", ("subject", "group", *_SUMS)
        while True:
            page = self._rows(_LEDGER_ROWS, (day.site, day.day, subject, _PAGE))
            for row in page:
                yield {
                    "site": day.site,
                    "day": day.day,
                    **dict(zip(names, row, strict=True)),
                }
            if len(page) < _PAGE:
                return
            subject = page[-1][0]
