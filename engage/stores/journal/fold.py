"""Projections: what the journal's records add up to, kept in the same transaction.

A record is folded once, when it is written. `refold` rebuilds everything from the
journal alone; a file that was killed in the middle of a write must not differ from it.
"""

# Rules of this file: a fold reads the record and the projections, nothing else: no
# clock, no subjects table. A kind of record without a line in `FOLDS` is kept as it is.

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import orjson

from engage.clock import rfc3339
from engage.stores.journal.forgetting import drop_trail, unname_settled
from engage.stores.journal.schema import PROJECTIONS
from engage.stores.journal.sums import (
    fold_attributed,
    fold_decision_day,
    fold_order,
    fold_refund,
)
from engage.stores.records import Record

Fold = Callable[[sqlite3.Connection, int, Record], None]

# A code only ever moves on: what was delivered never becomes free again.
_RANK = {"free": 0, "held": 0, "given": 1, "expired": 2, "redeemed": 3}
_CLOSES = {"closed": "short", "settled": "long", "label": "visit", "taken": "order"}
_ONCE_BY_KEY = frozenset({"decision", "order", "closed", "settled", "visit"})
# Outcomes that may happen several times to a decision carry one of these.
_OUTCOME_IDS = ("id", "refund_id", "order_id")


def once(record: Record) -> str | None:
    """Return the name under which a record may be kept a single time, if it has one.

    >>> once(Record(kind="decision", site="s", key="d_1", at_s=0.0, body={}))
    'd_1'
    >>> shown = {"name": "shown"}
    >>> once(Record(kind="outcome", site="s", key="d_1", at_s=0.0, body=shown))
    'd_1/shown/'
    >>> once(Record(kind="example", site="s", key="s_1/view/2", at_s=0.0, body={}))
    's_1/view/2'
    >>> once(Record(kind="example", site="s", key="", at_s=0.0, body={})) is None
    True
    """
    if record.kind in _ONCE_BY_KEY:
        return record.key
    if record.kind == "outcome":
        found = (record.body[name] for name in _OUTCOME_IDS if name in record.body)
        return f"{record.key}/{record.body['name']}/{next(found, '')}"
    if record.kind == "refund":
        return f"{record.key}/{record.body['refund_id']}"
    if record.kind == "example":
        # Without a key of its own its subject stands there: then it may come again.
        return None if record.key in ("", record.subject) else record.key
    return record.subject if record.kind == "erased" else None


def fold(connection: sqlite3.Connection, offset: int, record: Record) -> None:
    """Bring the projections up to date with one record that was just kept."""
    projection = FOLDS.get(record.kind)
    if projection is not None:
        projection(connection, offset, record)
    for opened in record.body.get("opens", ()):
        connection.execute(
            "INSERT OR REPLACE INTO windows VALUES(?,?,?,?,?,?)",
            (
                record.site,
                opened["kind"],
                record.key,
                opened["due_s"],
                record.subject,
                offset,
            ),
        )
    closes = _CLOSES.get(record.kind)
    if closes is not None:
        connection.execute(
            "DELETE FROM windows WHERE site=? AND kind=? AND id=?",
            (record.site, closes, record.key),
        )


def refold(connection: sqlite3.Connection) -> None:
    """Throw the projections away and rebuild them from the journal, in place.

    Right for a journal that retention has not thinned out yet.
    """
    for table in PROJECTIONS:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names
    rows = connection.execute(
        "SELECT pos, kind, site, subject, key, at_s, body FROM journal ORDER BY pos"
    )
    for offset, kind, site, subject, key, at_s, body in rows:
        record = Record(
            kind=kind,
            site=site,
            subject=subject,
            key=key,
            at_s=at_s,
            body=orjson.loads(body),
        )
        fold(connection, offset, record)


def _fold_decision(connection: sqlite3.Connection, offset: int, record: Record) -> None:
    connection.execute(
        "INSERT INTO decisions(site, id, at_s, pos, subject, snapshot)"
        " VALUES(?,?,?,?,?,?)",
        (
            record.site,
            record.key,
            record.at_s,
            offset,
            record.subject,
            record.body.get("snapshot"),
        ),
    )
    fold_decision_day(connection, record)


def _fold_outcome(connection: sqlite3.Connection, offset: int, record: Record) -> None:
    connection.execute(
        "INSERT INTO outcomes VALUES(?,?,?,?)",
        (record.site, record.key, offset, record.at_s),
    )


def _fold_closed(connection: sqlite3.Connection, _offset: int, record: Record) -> None:
    connection.execute(
        "UPDATE decisions SET reward=?, closed_at=? WHERE site=? AND id=?",
        (record.body.get("reward"), rfc3339(record.at_s), record.site, record.key),
    )


def _fold_settled(connection: sqlite3.Connection, _offset: int, record: Record) -> None:
    connection.execute(
        "UPDATE decisions SET value=?, settled_at=? WHERE site=? AND id=?",
        (record.body.get("value"), rfc3339(record.at_s), record.site, record.key),
    )


def _fold_purchase(connection: sqlite3.Connection, offset: int, record: Record) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO purchases VALUES(?,?,?,?)",
        (record.site, record.body["transaction_id"], offset, record.at_s),
    )


def _fold_codes(connection: sqlite3.Connection, offset: int, record: Record) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO codes(site, code, pool, state, amount_cents, pos, at_s)"
        " VALUES(?,?,?,'free',0,?,?)",
        [
            (record.site, code, record.key, offset, record.at_s)
            for code in record.body["codes"]
        ],
    )


def _fold_code(connection: sqlite3.Connection, offset: int, record: Record) -> None:
    body, state = record.body, record.body["state"]
    row = connection.execute(
        "SELECT state, decision, subject, order_id, until_s, amount_cents, pool"
        " FROM codes WHERE site=? AND code=?",
        (record.site, record.key),
    ).fetchone()
    if row is not None and _RANK[row[0]] > _RANK[state]:
        _fill_in(connection, record)
        return
    known = row if row is not None and state != "free" else (None,) * 5 + (0, None)
    pool = body.get("pool") or (row[6] if row is not None else "")
    connection.execute(
        "INSERT OR REPLACE INTO codes(site, code, pool, state, decision, subject,"
        " order_id, until_s, amount_cents, pos, at_s) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
        (
            record.site,
            record.key,
            pool,
            state,
            body.get("decision", known[1]),
            record.subject or known[2],
            body.get("order_id", known[3]),
            body.get("until_s", known[4]),
            body.get("amount_cents", known[5]),
            offset,
            record.at_s,
        ),
    )


def _fill_in(connection: sqlite3.Connection, record: Record) -> None:
    """Add what is told late: the shop may report a code before who gave it does."""
    body = record.body
    connection.execute(
        "UPDATE codes SET decision=?, subject=coalesce(subject, ?), until_s=?,"
        " pool=CASE pool WHEN '' THEN ? ELSE pool END,"
        " amount_cents=CASE amount_cents WHEN 0 THEN ? ELSE amount_cents END"
        " WHERE site=? AND code=? AND decision IS NULL",
        (
            body.get("decision"),
            record.subject,
            body.get("until_s"),
            body.get("pool", ""),
            body.get("amount_cents", 0),
            record.site,
            record.key,
        ),
    )


def _fold_visitor(connection: sqlite3.Connection, _offset: int, record: Record) -> None:
    # Nothing personal may grow back under a subject that was erased.
    connection.execute(
        "INSERT OR REPLACE INTO visitors SELECT ?,?,?,? WHERE NOT EXISTS"
        " (SELECT 1 FROM erased WHERE site=? AND subject=?)",
        (
            record.site,
            record.subject,
            record.at_s,
            orjson.dumps(record.body),
            record.site,
            record.subject,
        ),
    )


def _fold_item(connection: sqlite3.Connection, _offset: int, record: Record) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO items VALUES(?,?,?)",
        (record.site, record.key, orjson.dumps(record.body)),
    )


def _fold_erased(connection: sqlite3.Connection, _offset: int, record: Record) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO erased VALUES(?,?,?)",
        (record.site, record.subject, record.at_s),
    )
    connection.execute(
        "DELETE FROM visitors WHERE site=? AND subject=?", (record.site, record.subject)
    )
    drop_trail(connection, record.site, record.subject)


def _fold_taken(connection: sqlite3.Connection, _offset: int, record: Record) -> None:
    # Its window still stands: `fold` closes it after this.
    unname_settled(connection, record.site, record.key)


FOLDS: dict[str, Fold] = {
    "decision": _fold_decision,
    "outcome": _fold_outcome,
    "closed": _fold_closed,
    "settled": _fold_settled,
    "order": fold_order,
    "refund": fold_refund,
    "attributed": fold_attributed,
    "purchase": _fold_purchase,
    "codes": _fold_codes,
    "code": _fold_code,
    "visitor": _fold_visitor,
    "item": _fold_item,
    "taken": _fold_taken,
    "erased": _fold_erased,
}
"""Kind of record -> its projection; a new one is a function and a line."""
