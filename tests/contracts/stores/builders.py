"""Builders for records and visits; what does not matter to a test is hidden here."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from engage.errors import StoreError
from engage.stores.base import Record, StoreOptions

SITE = "pk_demo"
T0 = 1_763_720_100.0


@dataclass(frozen=True)
class Visit:
    """A session as a store sees it: opaque but for its last sign of life."""

    last_at_s: float
    note: str = ""


def visit_bytes(visit: Visit) -> bytes:
    """Return a visit as a codec would pack it."""
    return orjson.dumps([visit.last_at_s, visit.note])


def visit_of(packed: bytes) -> Visit:
    """Return the visit that was packed, or raise as a codec would."""
    try:
        return Visit(*orjson.loads(packed))
    except ValueError as error:
        raise StoreError(f"packed visit cannot be read: {error}") from error


def options(**changes: Any) -> StoreOptions[Visit, dict[str, Any]]:
    """Return options for stores of such visits; visitors are plain dictionaries."""
    return StoreOptions(
        read_session=visit_of,
        write_session=visit_bytes,
        read_visitor=dict,
        write_visitor=dict,
        **changes,
    )


def record(kind: str, key: str = "k", **fields: Any) -> Record:
    """Return a record; what is no field of it goes into the body."""
    known: dict[str, Any] = {"kind": kind, "site": SITE, "key": key, "at_s": T0}
    for name in ("at_s", "subject", "visitor", "site"):
        if name in fields:
            known[name] = fields.pop(name)
    return Record(**known, body=fields)


def decision(name: str = "d_1", **fields: Any) -> Record:
    """Return a decision with both its windows open."""
    at_s = fields.get("at_s", T0)
    opens = [
        {"kind": "short", "due_s": at_s + 1_800.0},
        {"kind": "long", "due_s": at_s + 604_800.0},
    ]
    body = {"decision": name, "action": "none", "opens": opens, **fields}
    return record("decision", name, **body)


def outcome(name: str, of: str = "d_1", **fields: Any) -> Record:
    """Return an outcome of a decision."""
    return record("outcome", of, name=name, **fields)


def order(order_id: str = "A-1", **fields: Any) -> Record:
    """Return an order of 129.90, margin 41.20."""
    body = {"value_cents": 12_990, "margin_cents": 4_120, **fields}
    return record("order", order_id, order_id=order_id, **body)


def refund(refund_id: str = "R-1", order_id: str = "A-1", **fields: Any) -> Record:
    """Return a refund of 20.00."""
    body = {"refund_cents": 2_000, **fields}
    return record("refund", order_id, refund_id=refund_id, **body)


def code(text: str, state: str, **fields: Any) -> Record:
    """Return a change of a code's state."""
    return record("code", text, state=state, **fields)


@contextmanager
def held(journal: Any) -> Any:
    """Keep the writer in one write, as a disk does that hangs; yield its future."""
    started, go_on = threading.Event(), threading.Event()

    def hold(_connection: Any) -> None:
        started.set()
        go_on.wait(60)

    busy = journal._writer.submit("hold", hold)
    started.wait(60)
    try:
        yield busy
    finally:
        go_on.set()
