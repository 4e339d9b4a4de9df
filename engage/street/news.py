"""What other systems of the shop are told of a journal's record, if anything."""

# Rules of this file: reads the journal, changes nothing. A visitor is named by the id
# the shop's own pages know (`engage.ids()`), and not at all once erased.

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from engage.clock import rfc3339
from engage.hooking import NewsKind
from engage.stores.base import Body, Entry, JournalReads, Record
from engage.stores.journal.rows import outcome_row
from engage.visits.shapes import CHECKOUT_STEP, FUNNEL, ORDERED_STEP
from engage.wire.hooks import News, news

# Kind of record that each kind of news is made from.
RECORDS: Final[dict[NewsKind, str]] = {
    "checkout_left": "visit",
    "visit": "visit",
    "decision": "decision",
    "outcome": "outcome",
    "settled": "settled",
}


def news_of(
    entry: Entry,
    *,
    tells: Collection[NewsKind],
    journal: JournalReads,
    currency: str,
) -> list[News]:
    """Return what there is to tell of one record, in the order of `RECORDS`.

    Args:
        entry: the record, with its place in the journal.
        tells: the kinds that are wanted.
        journal: where what belongs to the record is looked up.
        currency: of the site, ISO 4217.

    Raises:
        StoreError: the journal cannot be read now.
    """
    offset, record = entry
    wanted = (kind for kind, of in RECORDS.items() if of == record.kind)
    told = ((kind, _data(kind, record, journal)) for kind in wanted if kind in tells)
    return [
        news(
            kind,
            {**data, "currency": currency},
            site=record.site,
            at_s=record.at_s,
            offset=offset,
        )
        for kind, data in told
        if data is not None
    ]


def _data(kind: NewsKind, record: Record, journal: JournalReads) -> Body | None:
    """Return what to tell; None where this record is not of that kind."""
    if kind == "decision":
        return journal.decision(record.site, record.key)
    if kind == "outcome":
        return {"decision": record.key, **outcome_row(dict(record.body), record.at_s)}
    if kind == "settled":
        return {"decision": record.key, **record.body}
    if kind == "checkout_left" and not _is_left(record, journal):
        return None
    return _visit(record, journal)


def _is_left(record: Record, journal: JournalReads) -> bool:
    """Tell whether a visit ended in the checkout, with somebody to write to."""
    body = record.body
    if not CHECKOUT_STEP <= body["funnel"] < ORDERED_STEP or not body.get("cart"):
        return False
    if record.subject is None or not body["is_person"]:
        return False
    if journal.visitor_of(record.site, record.subject) is None:
        return False
    # The shop's server may know of an order that the browser never told.
    placed = journal.orders_of(
        record.site,
        record.subject,
        since_s=body["started_at_s"],
        until_s=record.at_s,
    )
    return not placed


def _visit(record: Record, journal: JournalReads) -> Body:
    body = record.body
    subject = record.subject
    cart: list[dict[str, Any]] = body.get("cart", [])
    return {
        "visitor": subject and journal.visitor_of(record.site, subject),
        "session": body["session"],
        "started_at": rfc3339(body["started_at_s"]),
        "ended_at": rfc3339(body["ended_at_s"]),
        "locale": body.get("locale", ""),
        "funnel": FUNNEL[body["funnel"]],
        "intent": body["intent"],
        "group": body["group"],
        "decisions": body["decisions"],
        "cart": cart,
        "value": round(sum(line["price"] * line["quantity"] for line in cart), 2),
    }
