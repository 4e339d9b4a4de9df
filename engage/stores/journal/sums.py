"""Folds of money: orders, refunds, and what each visitor was worth on each day."""

# Rules of this file: an order is counted once, on the day it was placed, as soon as
# its visitor is known; a refund lowers the day of its order, whenever it arrives.

from __future__ import annotations

import sqlite3

from engage.clock import rfc3339
from engage.stores.records import Record

_ADD_DAY = """
INSERT INTO visitor_days(site, day, subject, visitor_group, decisions, orders,
  revenue_cents, margin_cents, refunded_cents) VALUES(?,?,?,?,?,?,?,?,?)
ON CONFLICT(site, day, subject) DO UPDATE SET
  visitor_group = coalesce(visitor_group, excluded.visitor_group),
  decisions = decisions + excluded.decisions,
  orders = orders + excluded.orders,
  revenue_cents = revenue_cents + excluded.revenue_cents,
  margin_cents = margin_cents + excluded.margin_cents,
  refunded_cents = refunded_cents + excluded.refunded_cents
"""


def fold_decision_day(connection: sqlite3.Connection, record: Record) -> None:
    """Count a decision on its day, where its visitor is known."""
    if record.subject is None:
        return
    day = rfc3339(record.at_s)[:10]
    group = record.body.get("group")
    connection.execute(
        _ADD_DAY, (record.site, day, record.subject, group, 1, 0, 0, 0, 0)
    )


def fold_order(connection: sqlite3.Connection, offset: int, record: Record) -> None:
    """Keep an order and, where its visitor is known, count it."""
    connection.execute(
        "INSERT OR IGNORE INTO orders(site, order_id, pos, subject, at_s, value_cents,"
        " margin_cents, attributed_at_s) VALUES(?,?,?,?,?,?,?,?)",
        (
            record.site,
            record.key,
            offset,
            record.subject,
            record.at_s,
            record.body["value_cents"],
            record.body.get("margin_cents") or 0,
            # Joined from the start: nobody has to look for its visitor.
            None if record.subject is None else record.at_s,
        ),
    )
    if record.subject is not None:
        _count_order(connection, record.site, record.key)


def fold_refund(connection: sqlite3.Connection, offset: int, record: Record) -> None:
    """Keep a refund and, where its order was counted, take it off that day."""
    cents = record.body["refund_cents"]
    connection.execute(
        "INSERT OR IGNORE INTO refunds VALUES(?,?,?,?,?,?)",
        (
            record.site,
            record.key,
            record.body["refund_id"],
            offset,
            record.at_s,
            cents,
        ),
    )
    row = connection.execute(
        "SELECT at_s, subject FROM orders WHERE site=? AND order_id=?",
        (record.site, record.key),
    ).fetchone()
    if row is not None and row[1] is not None:
        day = rfc3339(row[0])[:10]
        connection.execute(
            _ADD_DAY, (record.site, day, row[1], None, 0, 0, 0, 0, cents)
        )


def fold_attributed(
    connection: sqlite3.Connection, _offset: int, record: Record
) -> None:
    """Mark an order as joined; count it if only now its visitor is known."""
    row = connection.execute(
        "SELECT subject FROM orders WHERE site=? AND order_id=?",
        (record.site, record.key),
    ).fetchone()
    if row is None:
        return
    connection.execute(
        "UPDATE orders SET attributed_at_s=coalesce(attributed_at_s, ?),"
        " subject=coalesce(subject, ?) WHERE site=? AND order_id=?",
        (record.at_s, record.subject, record.site, record.key),
    )
    if row[0] is None and record.subject is not None:
        _count_order(connection, record.site, record.key)


def _count_order(connection: sqlite3.Connection, site: str, order_id: str) -> None:
    at_s, subject, value_cents, margin_cents = connection.execute(
        "SELECT at_s, subject, value_cents, margin_cents FROM orders"
        " WHERE site=? AND order_id=?",
        (site, order_id),
    ).fetchone()
    # Refunds that came before their order, or before its visitor was known.
    (refunded_cents,) = connection.execute(
        "SELECT coalesce(sum(cents), 0) FROM refunds WHERE site=? AND order_id=?",
        (site, order_id),
    ).fetchone()
    day = rfc3339(at_s)[:10]
    connection.execute(
        _ADD_DAY,
        (site, day, subject, None, 0, 1, value_cents, margin_cents, refunded_cents),
    )
