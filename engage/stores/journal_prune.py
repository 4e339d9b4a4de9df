"""Retention: what is removed when it has been kept long enough."""

# Rules of this file: a step removes a bounded number of rows, so that appends wait for
# one step at most. Sums stay until their own limit; a delivered code stays for ever,
# without its owner, or it could be issued a second time.

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from engage.clock import rfc3339
from engage.settings import RetentionSettings

_DAY_S = 86_400.0
# Rows a step removes at most: some 20 ms on an ordinary disk.
_STEP = 2_000
# Snapshots kept even if no decision names them, for a rollback.
_SNAPSHOTS = 10

_ALL = 2**63 - 1
_UNNEEDED = (
    "NOT EXISTS (SELECT 1 FROM journal j WHERE j.site=subjects.site"
    " AND j.subject=subjects.subject AND j.pos > ?)"
)

RAW_KINDS: tuple[str, ...] = ("example", "visit", "label", "purchase", "visitor")
"""Kinds of record that describe behaviour; all others go with the decisions."""

Step = Callable[[sqlite3.Connection], int]


class _Rule(NamedTuple):
    """Rows of a table that meet a condition, found by their key columns."""

    table: str
    key: str
    condition: str
    values: tuple[object, ...]


def steps(
    retention: RetentionSettings, *, at_s: float, needed_after: int | None = None
) -> list[Step]:
    """Return one function a rule: it removes some rows and returns how many.

    Each is called, in this order and in transactions of their own, until it returns 0.

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
    sums_day = rfc3339(at_s - retention.sums_days * _DAY_S)[:10]
    marks = ",".join("?" * len(RAW_KINDS))
    old = (decision_s,)
    rules = [
        # Before the journal, because they point into it.
        _Rule("purchases", "site, transaction_id", "at_s < ?", (raw_s,)),
        _Rule("kept_visits", "site, visitor, session", "at_s < ?", (raw_s,)),
        _Rule("windows", "site, kind, id", "due_s < ?", (raw_s,)),
        _Rule("outcomes", "site, decision, pos", "at_s < ?", old),
        _Rule("decisions", "site, id", "at_s < ?", old),
        _Rule("refunds", "site, order_id, refund_id", "at_s < ?", old),
        _Rule("orders", "site, order_id", "at_s < ?", old),
        _Rule("visitors", "site, subject", "at_s < ?", old),
        _Rule("subjects", "site, visitor", f"seen_s < ? AND {_UNNEEDED}", (*old, done)),
        _Rule("erased", "site, subject", "at_s < ?", old),
        _Rule("visitor_days", "site, day, subject", "day < ?", (sums_day,)),
        _Rule(
            "journal",
            "pos",
            "kind = 'beacon' AND at_s < ? AND pos <= ?",
            (beacon_s, done),
        ),
        _Rule(
            "journal",
            "pos",
            f"kind IN ({marks}) AND at_s < ? AND pos <= ?",
            (*RAW_KINDS, raw_s, done),
        ),
        _Rule("journal", "pos", "at_s < ? AND pos <= ?", (*old, done)),
        _Rule(
            "snapshots",
            "site, number",
            "number <= (SELECT max(number) - ? FROM snapshots s"
            " WHERE s.site=snapshots.site) AND NOT EXISTS (SELECT 1 FROM decisions d"
            " WHERE d.site=snapshots.site AND d.snapshot=snapshots.number)",
            (_SNAPSHOTS,),
        ),
    ]
    return [_remover(rule) for rule in rules] + [_code_owners(decision_s)]


def sweep(before_s: float) -> Step:
    """Return what removes some visits last kept before then, epoch seconds."""
    key = "site, visitor, session"
    return _remover(_Rule("kept_visits", key, "at_s < ?", (before_s,)))


def _remover(rule: _Rule) -> Step:
    sql = (
        f"DELETE FROM {rule.table} WHERE ({rule.key}) IN (SELECT {rule.key}"  # noqa: S608 - our own names
        f" FROM {rule.table} WHERE {rule.condition} LIMIT {_STEP})"
    )
    return lambda connection: connection.execute(sql, rule.values).rowcount


def _code_owners(decision_s: float) -> Step:
    sql = (
        "UPDATE codes SET decision=NULL, subject=NULL, order_id=NULL WHERE (site, code)"
        " IN (SELECT site, code FROM codes WHERE at_s < ?"
        " AND state NOT IN ('free', 'held') AND (decision IS NOT NULL"
        " OR subject IS NOT NULL OR order_id IS NOT NULL) LIMIT ?)"
    )
    return lambda connection: connection.execute(sql, (decision_s, _STEP)).rowcount
