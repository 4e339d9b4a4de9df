"""What a journal holds and hands back: records, entries and the rows of its reads.

Bodies are plain dictionaries that orjson can write; their shapes belong to the layers
above. Only the fields listed here are read by the journal's own projections:

| kind | key | fields the projections read |
|---|---|---|
| `decision` | decision id | `group`, `snapshot` |
| `outcome` | decision id | `name`; `id`, `refund_id`, `order_id` tell repeats apart |
| `closed` / `settled` | decision id | `reward` / `value` |
| `order` | order id | `value_cents`, `margin_cents` |
| `refund` | order id | `refund_id`, `refund_cents` |
| `attributed` | order id | the record's subject |
| `purchase` | any | `transaction_id` |
| `codes` | pool | `codes`: list of strings |
| `code` | the code | `pool state decision order_id until_s amount_cents` |
| `visitor` | subject | the whole body |
| `item` | item id | the whole body |
| `label` | window id | nothing: it closes the window |
| `taken` | order id | nothing: it closes the window |
| `erased` | subject | nothing: what is kept of the subject goes |
| any | any | `opens`: list of `{"kind": "short", "due_s": 1.0}` |
"""

# Rules of this file: values only. A visitor's id enters with a record and never leaves
# with one: a journal carries the random subject key instead.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

import orjson

Body = dict[str, Any]
VisitKey = tuple[str, str, str]
"""Site, visitor id and session id."""
CodeState = Literal["free", "held", "given", "redeemed", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One fact to be kept for good.

    Attributes:
        kind: what happened, for example `decision`; kinds without a projection are
            kept all the same.
        site: key of the shop.
        key: id within its kind; empty or equal to `visitor` stands for the subject.
        at_s: epoch seconds.
        body: plain data; a `visitor` on its top level is left out when it is kept.
        subject: random key of the visitor, where one is known.
        visitor: the visitor's own id, mapped to a subject and not kept in the body.
            An existing mapping wins over `subject`.
    """

    kind: str
    site: str
    at_s: float
    body: Mapping[str, Any]
    key: str = ""
    subject: str | None = None
    visitor: str | None = field(default=None, repr=False)


class Entry(NamedTuple):
    """A record with its place in the journal; places grow and are never reused."""

    offset: int
    record: Record


class DecisionPage(NamedTuple):
    """Some decision records, oldest first, and where the next page starts.

    Attributes:
        rows: records as in the contract (`wire/decision.DecisionRecord`).
        cursor: give it to the next call; None on the last page.
    """

    rows: list[Body]
    cursor: str | None


class OrderState(NamedTuple):
    """An order with its refunds.

    Attributes:
        body: the first body recorded under the id; None while only refunds arrived.
        refunds: refund id -> body.
        refunded_cents: sum over the refunds, >= 0.
        subject: whose order it is, None while nobody knows.
    """

    body: Body | None
    refunds: dict[str, Body]
    refunded_cents: int
    subject: str | None = None


class Purchase(NamedTuple):
    """What the browser said about a purchase: who made it, and the first body."""

    subject: str | None
    body: Body


@dataclass(frozen=True)
class Window:
    """A durable timer that is still running.

    Attributes:
        kind: `short`, `long`, `visit`, `order` or a later kind.
        key: key of the record that opened it.
        due_s: epoch seconds at which it closes.
        subject: subject of the record that opened it.
        packed: body of that record as JSON; empty if its bytes are damaged.
    """

    kind: str
    key: str
    due_s: float
    subject: str | None
    packed: bytes

    @cached_property
    def opener(self) -> Body:
        """Body of the record that opened it, read when asked for; `{}` if damaged."""
        return orjson.loads(self.packed) if self.packed else {}


class CodeRow(NamedTuple):
    """A discount code as the journal last knew it; amounts in cents."""

    code: str
    pool: str
    state: CodeState
    decision: str | None
    subject: str | None
    order_id: str | None
    until_s: float | None
    amount_cents: int


class DayRow(NamedTuple):
    """Sums of one visitor on one day (UTC); outlive the records they come from."""

    day: str
    subject: str
    group: str | None
    decisions: int
    orders: int
    revenue_cents: int
    margin_cents: int
    refunded_cents: int


class Stored(NamedTuple):
    """A snapshot: its number, the offset it was trained to, and its bytes."""

    number: int
    offset: int
    body: bytes


class Kept(NamedTuple):
    """One kept visit: soft state that a restart starts from."""

    visitor: str
    session: str
    body: bytes
