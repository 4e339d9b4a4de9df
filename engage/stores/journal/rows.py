"""Rows of the journal put together as the outside sees them."""

# Rules of this file: names are those of the contract; nothing is written.

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from typing import Any, Final

import orjson

from engage.clock import epoch_s, rfc3339
from engage.errors import BadRequest
from engage.stores.journal.entries import is_sound
from engage.stores.records import Body, OrderState
from engage.telemetry import logger

log = logger()

BY_SUBJECT: Final = "INDEXED BY decisions_subject"
"""Said of `decisions`, or SQLite looks through all of a site: it takes any index for
one that leaves a few rows, and likes one best that is in the order asked for."""

_FIELDS: Final = """d.site, d.id, d.at_s, d.pos, s.visitor, d.reward, d.closed_at,
 d.value, d.settled_at, j.body, j.crc"""
_BESIDE: Final = """JOIN journal j ON j.pos=d.pos
 LEFT JOIN subjects s ON s.site=d.site AND s.subject=d.subject"""
DECISION_COLUMNS: Final = f"{_FIELDS} FROM decisions d {_BESIDE}"
"""Columns and tables of a SELECT whose rows `decision_rows` understands."""

# What an outcome repeats of the decision it stands in, or what only proved it.
_NOT_REPEATED = frozenset({"decision", "token", "site"})


def first_decision_s(connection: sqlite3.Connection, site: str) -> float | None:
    """Return when a site first decided, epoch seconds, or None.

    The day's beginning if only sums are left of it.
    """
    ((first_s,),) = connection.execute(
        "SELECT min(at_s) FROM decisions WHERE site=?", (site,)
    )
    ((day,),) = connection.execute(
        "SELECT min(day) FROM visitor_days WHERE site=? AND decisions > 0", (site,)
    )
    if day is None or (first_s is not None and rfc3339(first_s)[:10] <= day):
        return None if first_s is None else float(first_s)
    return epoch_s(f"{day}T00:00:00Z")


def order_and_refunds(
    connection: sqlite3.Connection, key: tuple[str, str]
) -> OrderState | None:
    """Return an order (site and order id) and its refunds, or None."""
    order = connection.execute(
        "SELECT j.body, o.subject FROM orders o JOIN journal j ON j.pos=o.pos"
        " WHERE o.site=? AND o.order_id=?",
        key,
    ).fetchone()
    refunds = connection.execute(
        "SELECT r.refund_id, j.body, r.cents FROM refunds r"
        " JOIN journal j ON j.pos=r.pos WHERE r.site=? AND r.order_id=? ORDER BY r.pos",
        key,
    ).fetchall()
    if order is None and not refunds:
        return None
    return OrderState(
        None if order is None else orjson.loads(order[0]),
        {refund_id: orjson.loads(body) for refund_id, body, _ in refunds},
        sum(cents for _, _, cents in refunds),
        None if order is None else order[1],
    )


def decision_rows(
    connection: sqlite3.Connection, rows: Iterable[tuple[Any, ...]]
) -> list[Body]:
    """Return decision records with their visitors, outcomes and closes.

    The visitor is None once erased. What is damaged is passed over, loudly: it holds up
    neither the others nor whoever asks for them.
    """
    found = (_decision_row(connection, row) for row in rows)
    return [record for record in found if record is not None]


def _decision_row(connection: sqlite3.Connection, row: tuple[Any, ...]) -> Body | None:
    site, decision, _, pos, visitor, reward, closed_at, value, settled_at = row[:9]
    if not _is_sound(*row[9:], offset=pos):
        return None
    record: Body = orjson.loads(row[9])
    # The timers are the service's own; the contract's record has none.
    record.pop("opens", None)
    record.update(
        visitor=visitor,
        outcomes=_outcomes(connection, site, decision),
        reward=reward,
        closed_at=closed_at,
        value=value,
        settled_at=settled_at,
    )
    return record


def _outcomes(connection: sqlite3.Connection, site: str, decision: str) -> list[Body]:
    rows = connection.execute(
        "SELECT j.body, j.crc, o.pos, o.at_s FROM outcomes o"
        " JOIN journal j ON j.pos=o.pos WHERE o.site=? AND o.decision=? ORDER BY o.pos",
        (site, decision),
    )
    return outcome_rows(rows)


def outcome_rows(rows: Iterable[tuple[Any, ...]]) -> list[Body]:
    """Return outcomes of rows of body, checksum, offset and time; damaged ones go."""
    return [
        outcome_row(orjson.loads(body), at_s)
        for body, crc, pos, at_s in rows
        if _is_sound(body, crc, offset=pos)
    ]


def _is_sound(body: object, crc: int, *, offset: int) -> bool:
    found = is_sound(body, crc)
    if not found:
        log.error("record.damaged", offset=offset)
    return found


def outcome_row(body: Body, at_s: float) -> Body:
    """Return an outcome as it stands in its decision's record."""
    kept = {name: value for name, value in body.items() if name not in _NOT_REPEATED}
    return {"name": body["name"], "at": rfc3339(at_s), **kept}


def everything_held(
    connection: sqlite3.Connection, site: str, visitor: str, *, live: Collection[str]
) -> Body | None:
    """Return all that is held about a visitor, for the right of access, or None.

    `records` are the visitor's journal records of all kinds, oldest first; `days` the
    sums that outlive them; `sessions` the visits that are still open, those that are
    `live` elsewhere among them.
    """
    found = connection.execute(
        "SELECT subject FROM subjects WHERE site=? AND visitor=?", (site, visitor)
    ).fetchone()
    kept = connection.execute(
        "SELECT session, at_s FROM kept_visits WHERE site=? AND visitor=?",
        (site, visitor),
    ).fetchall()
    sessions = dict.fromkeys(live) | {name: rfc3339(at_s) for name, at_s in kept}
    if found is None and not sessions:
        return None
    return {
        "visitor": visitor,
        "sessions": [
            {"session": session, "at": at} for session, at in sessions.items()
        ],
        **_held_under(connection, site, None if found is None else found[0]),
    }


def _held_under(connection: sqlite3.Connection, site: str, subject: str | None) -> Body:
    """Return what hangs on the subject; lists are empty for a visitor without one."""
    key = (site, subject)
    ledger = connection.execute(
        "SELECT body FROM visitors WHERE site=? AND subject=?", key
    ).fetchone()
    decisions = connection.execute(
        f"SELECT {_FIELDS} FROM decisions d {BY_SUBJECT} {_BESIDE}"  # noqa: S608 - our own names
        " WHERE d.site=? AND d.subject=? ORDER BY d.at_s, d.pos",
        key,
    ).fetchall()
    orders = connection.execute(
        "SELECT j.body FROM orders o INDEXED BY orders_subject"
        " JOIN journal j ON j.pos=o.pos"
        " WHERE o.site=? AND o.subject=? ORDER BY o.pos",
        key,
    ).fetchall()
    return {
        "subject": subject,
        "ledger": None if ledger is None else orjson.loads(ledger[0]),
        "decisions": decision_rows(connection, decisions),
        "orders": [orjson.loads(body) for (body,) in orders],
        "codes": _codes(connection, key),
        "days": _days(connection, key),
        "records": _records(connection, key),
    }


VISITOR: Final = (
    "SELECT s.subject, v.body, (SELECT count(*) FROM orders o"
    " WHERE o.site=s.site AND o.subject=s.subject) FROM subjects s"
    " LEFT JOIN visitors v ON v.site=s.site AND v.subject=s.subject"
    " WHERE s.site=? AND s.visitor=?"
)
"""Finds a visitor by site and id; its row is for `known_visitor`."""


def known_visitor(
    subject: str, body: bytes | None, orders: int
) -> tuple[str, Body | None]:
    """Return subject and ledger row, with the orders that the shop's server told."""
    if body is None:
        return subject, None
    row: Body = orjson.loads(body)
    return subject, {**row, "orders": max(orders, row.get("orders", 0))}


def _codes(connection: sqlite3.Connection, key: tuple[str, str | None]) -> list[Body]:
    rows = connection.execute(
        "SELECT code, pool, state FROM codes WHERE site=? AND subject=?", key
    )
    return [{"code": code, "pool": pool, "state": state} for code, pool, state in rows]


# From one day to the next: some hundred look-ups; all sums of a site are millions.
_DAYS: Final = """WITH RECURSIVE known(site, day) AS (
 SELECT ?1, (SELECT min(day) FROM visitor_days WHERE site=?1)
 UNION ALL SELECT k.site, (SELECT min(v.day) FROM visitor_days v
  WHERE v.site=k.site AND v.day>k.day) FROM known k WHERE k.day IS NOT NULL)
 SELECT v.day, v.decisions, v.orders, v.revenue_cents, v.refunded_cents
 FROM known k CROSS JOIN visitor_days v
 WHERE v.site=k.site AND v.day=k.day AND v.subject=?2 ORDER BY v.day"""


def _days(connection: sqlite3.Connection, key: tuple[str, str | None]) -> list[Body]:
    rows = connection.execute(_DAYS, key)
    names = ("day", "decisions", "orders", "revenue_cents", "refunded_cents")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _records(connection: sqlite3.Connection, key: tuple[str, str | None]) -> list[Body]:
    rows = connection.execute(
        "SELECT kind, at_s, body FROM journal WHERE site=? AND subject=? ORDER BY pos",
        key,
    )
    return [
        {"kind": kind, "at": rfc3339(at_s), "body": orjson.loads(body)}
        for kind, at_s, body in rows
    ]


def position_of(cursor: str | None, since_s: float | None) -> tuple[float, int]:
    """Return the time and offset after which a page of decisions starts.

    Raises:
        BadRequest: the cursor is none of ours.
    """
    if cursor is None:
        return (float("-inf") if since_s is None else since_s, -1)
    try:
        at_s, offset = cursor.split(":")
        return float(at_s), int(offset)
    except ValueError as error:
        raise BadRequest(
            f"cursor must come from an earlier page, got {cursor!r}", field="cursor"
        ) from error
