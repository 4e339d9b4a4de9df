"""The tables of the SQLite journal and how an older file becomes a current one."""

# Rules of this file: a migration that was released is never edited; a change is a new
# one at the end. `user_version` of a file counts the migrations it has seen.

from __future__ import annotations

import sqlite3

from engage.errors import StoreError

# `pos` is the offset (a word SQLite keeps for itself). `once` names what may happen a
# single time; its index is what makes a repeated append harmless. Projections point to
# the journal's rows instead of copying bodies, but for those that outlive their rows.
_RECORDS = """
CREATE TABLE journal(
  pos INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL, site TEXT NOT NULL, subject TEXT, key TEXT NOT NULL,
  at_s REAL NOT NULL, body BLOB NOT NULL, crc INTEGER NOT NULL, once TEXT);
CREATE UNIQUE INDEX journal_once ON journal(site, kind, once) WHERE once IS NOT NULL;
CREATE INDEX journal_subject ON journal(site, subject) WHERE subject IS NOT NULL;
CREATE INDEX journal_age ON journal(kind, at_s);
CREATE TABLE subjects(
  site TEXT NOT NULL, visitor TEXT NOT NULL, subject TEXT NOT NULL,
  seen_s REAL NOT NULL, PRIMARY KEY(site, visitor)) WITHOUT ROWID;
CREATE INDEX subjects_subject ON subjects(site, subject);
CREATE TABLE erased(
  site TEXT NOT NULL, subject TEXT NOT NULL, at_s REAL NOT NULL,
  PRIMARY KEY(site, subject)) WITHOUT ROWID;
CREATE TABLE decisions(
  site TEXT NOT NULL, id TEXT NOT NULL, at_s REAL NOT NULL, pos INTEGER NOT NULL,
  subject TEXT, snapshot INTEGER, reward REAL, closed_at TEXT, value REAL,
  settled_at TEXT, PRIMARY KEY(site, id)) WITHOUT ROWID;
CREATE INDEX decisions_at ON decisions(site, at_s, pos);
CREATE TABLE outcomes(
  site TEXT NOT NULL, decision TEXT NOT NULL, pos INTEGER NOT NULL,
  at_s REAL NOT NULL, PRIMARY KEY(site, decision, pos)) WITHOUT ROWID;
CREATE TABLE orders(
  site TEXT NOT NULL, order_id TEXT NOT NULL, pos INTEGER NOT NULL, subject TEXT,
  at_s REAL NOT NULL, value_cents INTEGER NOT NULL, margin_cents INTEGER NOT NULL,
  attributed_at_s REAL, PRIMARY KEY(site, order_id)) WITHOUT ROWID;
CREATE INDEX orders_open ON orders(site, at_s) WHERE attributed_at_s IS NULL;
CREATE TABLE refunds(
  site TEXT NOT NULL, order_id TEXT NOT NULL, refund_id TEXT NOT NULL,
  pos INTEGER NOT NULL, at_s REAL NOT NULL, cents INTEGER NOT NULL,
  PRIMARY KEY(site, order_id, refund_id)) WITHOUT ROWID;
CREATE TABLE purchases(
  site TEXT NOT NULL, transaction_id TEXT NOT NULL, pos INTEGER NOT NULL,
  at_s REAL NOT NULL, PRIMARY KEY(site, transaction_id)) WITHOUT ROWID;
CREATE TABLE codes(
  site TEXT NOT NULL, code TEXT NOT NULL, pool TEXT NOT NULL, state TEXT NOT NULL,
  decision TEXT, subject TEXT, order_id TEXT, until_s REAL,
  amount_cents INTEGER NOT NULL, pos INTEGER NOT NULL, at_s REAL NOT NULL,
  PRIMARY KEY(site, code)) WITHOUT ROWID;
CREATE TABLE visitors(
  site TEXT NOT NULL, subject TEXT NOT NULL, at_s REAL NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY(site, subject)) WITHOUT ROWID;
CREATE TABLE windows(
  site TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, due_s REAL NOT NULL,
  subject TEXT, pos INTEGER NOT NULL, PRIMARY KEY(site, kind, id)) WITHOUT ROWID;
CREATE TABLE items(
  site TEXT NOT NULL, item_id TEXT NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY(site, item_id)) WITHOUT ROWID;
CREATE TABLE visitor_days(
  site TEXT NOT NULL, day TEXT NOT NULL, subject TEXT NOT NULL, visitor_group TEXT,
  decisions INTEGER NOT NULL DEFAULT 0, orders INTEGER NOT NULL DEFAULT 0,
  revenue_cents INTEGER NOT NULL DEFAULT 0, margin_cents INTEGER NOT NULL DEFAULT 0,
  refunded_cents INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(site, day, subject)) WITHOUT ROWID;
"""

# Soft state and models; `probe` is what a full disk is tried with.
_KEPT = """
CREATE TABLE kept_visits(
  site TEXT NOT NULL, visitor TEXT NOT NULL, session TEXT NOT NULL,
  at_s REAL NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY(site, visitor, session)) WITHOUT ROWID;
CREATE TABLE snapshots(
  site TEXT NOT NULL, number INTEGER NOT NULL, pos INTEGER NOT NULL,
  body BLOB NOT NULL, PRIMARY KEY(site, number));
CREATE TABLE checkpoints(
  site TEXT NOT NULL PRIMARY KEY, pos INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE probe(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE INDEX decisions_snapshot ON decisions(site, snapshot);
CREATE INDEX decisions_subject ON decisions(site, subject, at_s);
CREATE INDEX orders_subject ON orders(site, subject, at_s) WHERE subject IS NOT NULL;
CREATE INDEX windows_due ON windows(site, due_s);
"""

# Tables stay; but an earlier release cannot read packed models (`journal/packing`), and
# has to be told so.
_PACKED = "-- snapshots and checkpoints are packed from here on\n"

MIGRATIONS: tuple[str, ...] = (_RECORDS, _KEPT, _PACKED)
"""Each script takes a file from the version of its index to the next."""

READABLE = 2
"""From this version on a file can be read as it is: the tables are the present ones."""

PROJECTIONS: tuple[str, ...] = (
    "erased",
    "decisions",
    "outcomes",
    "orders",
    "refunds",
    "purchases",
    "codes",
    "visitors",
    "windows",
    "items",
    "visitor_days",
)
"""Tables that follow from the journal alone (until retention thins it out)."""


def version_of(connection: sqlite3.Connection) -> int:
    """Return how many migrations a file has seen.

    Raises:
        StoreError: more than there are: it was written by a newer release.
    """
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > len(MIGRATIONS):
        raise StoreError(
            f"journal schema must be <= {len(MIGRATIONS)}, got {found}: the file was "
            "written by a newer release; run that one, or restore a backup made before"
        )
    return found


def migrate(connection: sqlite3.Connection) -> int:
    """Bring a file to the current schema and return the version it had.

    Every migration is one transaction together with its version number, so that a
    crash in between leaves the file at one version or the next.

    Raises:
        StoreError: the file was written by a newer release.
    """
    found = version_of(connection)
    for version in range(found, len(MIGRATIONS)):
        connection.executescript(
            f"BEGIN IMMEDIATE;{MIGRATIONS[version]}"
            f"PRAGMA user_version={version + 1};COMMIT;"
        )
    return found
