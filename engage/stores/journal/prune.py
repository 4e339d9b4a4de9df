"""Retention: what is removed when it has been kept long enough."""

# Rules of this file: what is due is looked for beside the writer and removed by it a
# bounded number of rows at a time, so that appends wait for a few rows, never for a
# search through years. Sums stay until their own limit; a delivered code stays for
# ever, without its owner, or it could be issued a second time.

from __future__ import annotations

import sqlite3
from typing import Any, Final, NamedTuple

from engage.clock import rfc3339
from engage.settings import RetentionSettings

_DAY_S = 86_400.0
# Rows looked for in one go: each search may go through a whole table.
_FOUND: Final = 20_000
# Rows removed in one go: some 20 ms on an ordinary disk.
REMOVED_AT_ONCE: Final = 250
# Snapshots kept even if no decision names them, for a rollback.
_SNAPSHOTS = 10

_ALL = 2**63 - 1
_UNNEEDED = (
    "NOT EXISTS (SELECT 1 FROM journal j WHERE j.site=subjects.site"
    " AND j.subject=subjects.subject AND j.pos > ?)"
)

# A window is kept as long as the record that opened it: what came due while the service
# was down is closed after its restart, not forgotten.
_OVERDUE = "due_s < CASE kind WHEN 'visit' THEN ? ELSE ? END"

RAW_KINDS: tuple[str, ...] = (
    "example",
    "visit",
    "label",
    "purchase",
    "visitor",
    "item",
)
"""Kinds of record that describe behaviour, and products, whose last word is kept apart
for good; all others go with the decisions."""

# Every kind there is, from one to the next: a look-up each. By kind the journal has an
# index of its times; without, every record would be read, bodies and all.
_EVERY_KIND = (
    "(WITH RECURSIVE kinds(kind) AS (SELECT min(kind) FROM journal UNION ALL"
    " SELECT (SELECT min(j.kind) FROM journal j WHERE j.kind > kinds.kind)"
    " FROM kinds WHERE kind IS NOT NULL) SELECT kind FROM kinds)"
)
_JOURNAL_BY_AGE = "journal INDEXED BY journal_age"

Key = tuple[Any, ...]


class Rule(NamedTuple):
    """Rows of a table that meet a condition, found by their key columns.

    Attributes:
        found_in: what is searched; the table itself where that is empty.
        found_by: a further condition of the search, with AND at its end.
        verb: what is done to them.
    """

    table: str
    key: str
    condition: str
    values: tuple[object, ...]
    found_in: str = ""
    found_by: str = ""
    verb: str = ""

    def find(self, connection: sqlite3.Connection) -> list[Key]:
        """Return the keys of some rows that are due; none if there are no more."""
        sql = (
            f"SELECT {self.key} FROM {self.found_in or self.table}"  # noqa: S608 - our own names
            f" WHERE {self.found_by}{self.condition} LIMIT {_FOUND}"
        )
        return connection.execute(sql, self.values).fetchall()

    def remove(self, connection: sqlite3.Connection, keys: list[Key]) -> int:
        """Remove rows found before that still are due; return how many."""
        named = " AND ".join(f"{name}=?" for name in self.key.split(", "))
        sql = (
            f"{self.verb or f'DELETE FROM {self.table}'}"  # noqa: S608 - our own names
            f" WHERE {named} AND {self.condition}"
        )
        return connection.executemany(
            sql, [(*key, *self.values) for key in keys]
        ).rowcount


def rules(
    retention: RetentionSettings, *, at_s: float, needed_after: int | None = None
) -> list[Rule]:
    """Return what is removed, in this order.

    Args:
        retention: how long what is kept.
        at_s: now, epoch seconds.
        needed_after: records above this offset stay, however old, and so do the
            visitors they are about: somebody else has not got them yet. None: nobody
            waits for any.
    """
    # No offset is as large as that.
    done = _ALL if needed_after is None else needed_after
    raw_s = at_s - retention.raw_days * _DAY_S
    decision_s = at_s - retention.decision_days * _DAY_S
    beacon_s = at_s - retention.beacon_days * _DAY_S
    snapshot_s = at_s - retention.snapshot_days * _DAY_S
    # Days are compared as text: one before the year 1000 would come after today.
    sums_day = rfc3339(max(0.0, at_s - retention.sums_days * _DAY_S))[:10]
    marks = ",".join("?" * len(RAW_KINDS))
    old = (decision_s,)
    return [
        # Before the journal, because they point into it.
        Rule("purchases", "site, transaction_id", "at_s < ?", (raw_s,)),
        sweeping(raw_s),
        Rule("windows", "site, kind, id", _OVERDUE, (raw_s, decision_s)),
        Rule("outcomes", "site, decision, pos", "at_s < ?", old),
        Rule("decisions", "site, id", "at_s < ?", old),
        Rule("refunds", "site, order_id, refund_id", "at_s < ?", old),
        Rule("orders", "site, order_id", "at_s < ?", old),
        Rule("visitors", "site, subject", "at_s < ?", old),
        Rule("subjects", "site, visitor", f"seen_s < ? AND {_UNNEEDED}", (*old, done)),
        Rule("erased", "site, subject", "at_s < ?", old),
        Rule("visitor_days", "site, day, subject", "day < ?", (sums_day,)),
        _records(f"kind = 'beacon' AND {_DONE}", (beacon_s, done)),
        _records(f"kind IN ({marks}) AND {_DONE}", (*RAW_KINDS, raw_s, done)),
        _records(_DONE, (*old, done), found_by=f"kind IN {_EVERY_KIND} AND "),
        Rule(
            "snapshots",
            "site, number",
            "number <= (SELECT max(number) - ? FROM snapshots s"
            " WHERE s.site=snapshots.site) AND NOT EXISTS (SELECT 1 FROM decisions d"
            # Or SQLite takes that of times, and reads a month for each snapshot.
            " INDEXED BY decisions_snapshot"
            " WHERE d.site=snapshots.site AND d.snapshot=snapshots.number"
            " AND d.at_s >= ?)",
            (_SNAPSHOTS, snapshot_s),
        ),
        Rule(
            "codes",
            "site, code",
            "at_s < ? AND state NOT IN ('free', 'held') AND (decision IS NOT NULL"
            " OR subject IS NOT NULL OR order_id IS NOT NULL)",
            old,
            verb="UPDATE codes SET decision=NULL, subject=NULL, order_id=NULL",
        ),
    ]


def sweeping(before_s: float) -> Rule:
    """Return what removes visits last kept before then, epoch seconds."""
    key = "site, visitor, session"
    return Rule("kept_visits", key, "at_s < ?", (before_s,))


_DONE: Final = "at_s < ? AND pos <= ?"


def _records(condition: str, values: tuple[object, ...], *, found_by: str = "") -> Rule:
    return Rule(
        "journal",
        "pos",
        condition,
        values,
        found_in=_JOURNAL_BY_AGE,
        found_by=found_by,
    )
