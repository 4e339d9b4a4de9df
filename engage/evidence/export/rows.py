"""Rows of an export: the journal's facts under the documented columns."""

# Rules of this file: pure. A row has every column of its table, null where there is
# nothing; a decision keeps what is newer than the table, too.

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from engage.clock import rfc3339
from engage.evidence.export.columns import DECISIONS, EXPORTED, FEATURE_FIELDS, Table

Body = Mapping[str, Any]
Row = dict[str, Any]

_KNOWN: Final = frozenset(column.name for column in DECISIONS.columns)


def row_of(table: str, body: Body) -> Row:
    """Return a fact as a row of a table, by its columns' names.

    Args:
        table: a name of `EXPORTED`.
        body: as `DayReads.rows_of` yields it.
    """
    return _SHAPES[table](EXPORTED[table], body)


def unknown_in(row: Row) -> Row:
    """Return the fields of a decision that its table does not know."""
    return {name: row[name] for name in row.keys() - _KNOWN}


def _decision(table: Table, body: Body) -> Row:
    # What only some records have is null in the others; `more` is the files' affair.
    known = {c.name: body.get(c.name) for c in table.columns if c.name != "more"}
    row = {**known, **unknown_in(dict(body))}
    if row["card"] is not None:
        row["card"] = _without_code(row["card"])
    return row


def _without_code(card: Body) -> Row:
    content = {k: v for k, v in card["content"].items() if k != "code"}
    return {**card, "content": content}


def _outcome(table: Table, body: Body) -> Row:
    value = body.get("value")
    return _only(
        table,
        {
            **body,
            "order_id": body.get("order"),
            "value_cents": None if value is None else round(100 * value),
        },
    )


def _order(table: Table, body: Body) -> Row:
    items = [
        # GA4: one piece where nobody says how many.
        {"item_id": one["item_id"], "quantity": float(one["quantity"] or 1)}
        for one in body["items"]
    ]
    return _only(table, {**body, "has_code": body["code"] is not None, "items": items})


def _score(table: Table, body: Body) -> Row:
    vector, opened_at_s = body.get("features"), body.get("opened_at_s")
    return _only(
        table,
        {
            **body,
            "opened_at": None if opened_at_s is None else rfc3339(opened_at_s),
            "features": None
            if vector is None
            else dict(zip(FEATURE_FIELDS, vector, strict=True)),
        },
    )


def _only(table: Table, body: Body) -> Row:
    return {column.name: body.get(column.name) for column in table.columns}


_SHAPES: Final[Mapping[str, Callable[[Table, Body], Row]]] = MappingProxyType(
    {
        "decisions": _decision,
        "outcomes": _outcome,
        "orders": _order,
        "refunds": _only,
        "scores": _score,
        "visitor_days": _only,
    }
)
