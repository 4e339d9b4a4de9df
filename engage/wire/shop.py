"""What a shop's server sends: orders, refunds, agents, codes. Money becomes cents here.

A message is read leniently where shops differ (unknown fields, null, decimals in
strings) and strictly where money or identity is concerned.
"""

# Rules of this file: messages in, typed values out; `BadRequest` and nothing else.
# Whether an order's currency is the site's is judged above, where sites are known.

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from engage.errors import BadRequest
from engage.wire.catalog import CatalogItem, catalog_item_from
from engage.wire.events import Item
from engage.wire.limits import CODES_PER_CALL, Agents, Id, Money, TtlS
from engage.wire.messages import epoch_of, read_id, read_message
from engage.wire.money import cents
from engage.wire.orders import Order, Refund, decode_order
from engage.wire.plain import read_object

__all__ = [
    "CatalogItem",
    "Codes",
    "CodesAnswer",
    "FeedAnswer",
    "GroupStatus",
    "Item",
    "Order",
    "Redeem",
    "Refund",
    "RefusedLine",
    "catalog_item_from",
    "decode_catalog_item",
    "decode_codes",
    "decode_group",
    "decode_order",
    "decode_redeem",
    "epoch_of",
    "read_id",
]


class GroupStatus(Struct, frozen=True, kw_only=True):
    """Who is there to chat in one competence group.

    Attributes:
        online: agents signed in.
        free: further chats they could take now; one agent may take several.
        ttl_s: how long this holds unless repeated, in (0, 3600].
    """

    online: Agents
    free: Agents
    ttl_s: TtlS


class Codes(Struct, frozen=True, kw_only=True):
    """Single-use discount codes for one pool."""

    pool: Id
    codes: tuple[Id, ...]


class Redeem(Struct, frozen=True, kw_only=True):
    """A code was used for an order.

    Attributes:
        discount_cents: what it cost, where the shop says so; settles the budget.
    """

    order_id: str
    discount_cents: int | None = None


class RefusedLine(Struct, frozen=True, kw_only=True):
    """A line of a feed that was not taken, and why; lines count from 1."""

    line: int
    detail: str


class FeedAnswer(Struct, frozen=True, kw_only=True):
    """How much of a feed was taken.

    Attributes:
        withdrawn: products that are out of stock since; of a `whole` feed only.
    """

    accepted: int
    refused: tuple[RefusedLine, ...] = ()
    withdrawn: int | UnsetType = UNSET


class CodesAnswer(Struct, frozen=True, kw_only=True):
    """How many codes were new, and how many were there already."""

    accepted: int
    duplicate: int


class RedeemMessage(Struct, frozen=True, kw_only=True):
    """A redemption as it is written on the wire."""

    order_id: Id
    discount: Money | None = None


def decode_group(body: bytes) -> GroupStatus:
    """Return who is there to chat.

    Raises:
        BadRequest: with the field, the limit and the value.

    >>> decode_group(b'{"online": 3, "free": 5, "ttl_s": 60}')
    GroupStatus(online=3, free=5, ttl_s=60.0)
    """
    return read_message(body, GroupStatus)


def decode_codes(body: bytes) -> Codes:
    """Return the codes for one pool; one given twice is kept twice.

    Raises:
        BadRequest: with the field, the limit and the value.
    """
    codes = read_message(body, Codes)
    if len(codes.codes) > CODES_PER_CALL:
        raise BadRequest(
            f"codes must hold at most {CODES_PER_CALL} entries, got {len(codes.codes)}",
            field="codes",
        )
    return codes


def decode_redeem(body: bytes) -> Redeem:
    """Return which order a code was used for.

    Raises:
        BadRequest: with the field, the limit and the value.
    """
    message = read_message(body, RedeemMessage)
    return Redeem(
        order_id=message.order_id,
        discount_cents=None if message.discount is None else cents(message.discount),
    )


def decode_catalog_item(body: bytes, *, item_id: str) -> CatalogItem:
    """Return the item that a shop put under `item_id`.

    Raises:
        BadRequest: with the field, the limit and the value.
    """
    return catalog_item_from(read_object(body, bad=BadRequest), item_id=item_id)
