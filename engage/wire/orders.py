"""Orders and refunds as the shop's server reports them; money becomes cents here."""

# Rules of this file: an equal message gives an equal value, so that stores can tell a
# repeat from a conflict. Currencies are compared above, where sites are known. What is
# no money of ours costs no order: whose coupons are odd would be missing in every sum.

from __future__ import annotations

import hashlib
import re
from typing import Final

import msgspec
from msgspec import Struct

from engage.errors import BadRequest
from engage.wire.currencies import Currency
from engage.wire.events import Item, settle_item
from engage.wire.lenient import clean_item, convert
from engage.wire.limits import (
    ITEMS_PER_ORDER,
    Id,
    LineQuantity,
    Money,
    Name,
    SignedMoney,
    Time,
    is_id,
)
from engage.wire.messages import epoch_of, prepared
from engage.wire.money import cents
from engage.wire.plain import read_object

# What a form without a visitor's consent leaves empty.
_MAY_BE_EMPTY: Final = ("visitor", "session", "code")
_NO_ID: Final = re.compile(r"[^A-Za-z0-9_.:-]")
# Of an item's fields these are used; a voucher's line may have a price below zero.
_OF_ITEM: Final = ("item_id", "item_name", "quantity")


class OrderItem(
    Item,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """One line of an order: an item in any quantity that a till can have."""

    quantity: LineQuantity | None = None


class Order(Struct, frozen=True, kw_only=True):
    """An order as the shop's server reports it.

    Attributes:
        value_cents: goods paid, after discount, without tax and shipping.
        margin_cents: contribution after discount; None: the site's margin rate counts.
        discount_cents: already taken off `value_cents`; never subtracted again.
        code: None, too, for a coupon that no pool can have: the shop's own.
        at_s: when it was placed; None: when it arrived.
    """

    order_id: str
    value_cents: int
    currency: str
    visitor: str | None = None
    session: str | None = None
    margin_cents: int | None = None
    discount_cents: int = 0
    code: str | None = None
    items: tuple[OrderItem, ...] = ()
    at_s: float | None = None


class Refund(Struct, frozen=True, kw_only=True):
    """Money given back for an order; `(order_id, refund_id)` names it."""

    order_id: str
    refund_id: str
    refund_cents: int
    currency: str
    at_s: float | None = None


class OrderMessage(Struct, frozen=True, kw_only=True):
    """An order as it is written on the wire; amounts in units of `currency`."""

    order_id: Id
    value: Money
    currency: Currency
    visitor: Id | None = None
    session: Id | None = None
    margin: SignedMoney | None = None
    discount: Money | None = None
    code: Name | None = None
    items: tuple[OrderItem, ...] = ()
    at: Time | None = None


class RefundMessage(Struct, frozen=True, kw_only=True):
    """A refund as it is written on the wire."""

    order_id: Id
    refund_id: Id
    refund: Money
    currency: Currency
    at: Time | None = None


def decode_order(body: bytes) -> Order | Refund:
    """Return the order in `body`; a message with `refund` or `refund_id` is a refund.

    Raises:
        BadRequest: with the field, the limit and the value.

    >>> order = decode_order(b'{"order_id": "A-1", "value": 129.9, "currency": "EUR"}')
    >>> order.value_cents, order.margin_cents, order.discount_cents
    (12990, None, 0)
    """
    given = read_object(body, bad=BadRequest)
    plain = prepared(given)
    if "refund" in plain or "refund_id" in plain:
        return _refund(convert(plain, RefundMessage, given=given, bad=BadRequest))
    plain = {
        name: value
        for name, value in plain.items()
        if value != "" or name not in _MAY_BE_EMPTY
    }
    rows = plain.get("items")
    if isinstance(rows, list):
        plain["items"] = _clean_rows(rows)
    message = convert(plain, OrderMessage, given=given, bad=BadRequest)
    for index, item in enumerate(message.items):
        settle_item(item, f"items[{index}]", bad=BadRequest)
    return _order(message)


def digest_of(message: Order | Refund) -> str:
    """Return a digest of what the shop sent: equal messages, equal digests."""
    return hashlib.sha256(msgspec.json.encode(message)).hexdigest()[:16]


def _clean_rows(rows: list[object]) -> list[object]:
    if len(rows) > ITEMS_PER_ORDER:
        raise BadRequest(
            f"items must hold at most {ITEMS_PER_ORDER} entries, got {len(rows)}",
            field="items",
        )
    return [
        clean_item(_of_item(row), path=f"items[{index}]", bad=BadRequest)
        for index, row in enumerate(rows)
    ]


def _of_item(row: object) -> object:
    """Return what is used of an order's item, its id as our pages would tell it.

    >>> _of_item({"item_id": "SKU 12/3", "price": -5, "quantity": 1})
    {'item_id': 'SKU_12_3', 'quantity': 1}
    """
    if not isinstance(row, dict):
        return row
    # Lines without an article say "" for it: a tip, what was sold by hand.
    used = {name: row[name] for name in _OF_ITEM if row.get(name) not in (None, "")}
    if isinstance(used.get("item_id"), str):
        # As `cleanFields` of the SDK mends it.
        used["item_id"] = _NO_ID.sub("_", used["item_id"])[:64]
    return used


def _order(message: OrderMessage) -> Order:
    return Order(
        order_id=message.order_id,
        value_cents=cents(message.value),
        currency=message.currency,
        visitor=message.visitor,
        session=message.session,
        margin_cents=None if message.margin is None else cents(message.margin),
        discount_cents=cents(message.discount or 0.0),
        code=message.code if message.code and is_id(message.code) else None,
        items=message.items,
        at_s=None if message.at is None else epoch_of(message.at, field="at"),
    )


def _refund(message: RefundMessage) -> Refund:
    return Refund(
        order_id=message.order_id,
        refund_id=message.refund_id,
        refund_cents=cents(message.refund),
        currency=message.currency,
        at_s=None if message.at is None else epoch_of(message.at, field="at"),
    )
