"""Events and items as they stand in a beacon: names, fields, bounds.

One flat struct serves all events; a field that an event has no use for is None.
Names and fields follow GA4 where GA4 has them.
"""

# Rules of this file: shapes and the few rules that tie a name to its fields. What an
# event means for a visit is decided in `visits`.

from __future__ import annotations

import hashlib
from typing import Literal, get_args

from msgspec import Struct, field
from msgspec.structs import force_setattr

from engage.errors import BadBeacon, CallerError
from engage.wire.currencies import Currency
from engage.wire.limits import (
    ITEMS_PER_EVENT,
    Amount,
    Count,
    Id,
    Length,
    Ms,
    Name,
    PingMs,
    PlainId,
    Quantity,
    Rating,
    Results,
    Share,
    Step,
    Token,
    Word,
    is_id,
)
from engage.wire.money import cents
from engage.wire.plain import check_id

ShopEvent = Literal[
    "view_item_list",
    "select_item",
    "view_item",
    "add_to_cart",
    "remove_from_cart",
    "add_to_wishlist",
    "view_cart",
    "begin_checkout",
    "add_shipping_info",
    "add_payment_info",
    "purchase",
]
Signal = Literal[
    "page_view",
    "view_search_results",
    "ping",
    "idle",
    "scroll_turn",
    "hover_cta",
    "cursor_reversal",
    "rage_click",
    "dead_click",
    "error_click",
    "variant_toggle",
    "tab_hidden",
    "tab_visible",
    "copy_name",
    "coupon_focus",
    "coupon_failed",
    "field_refocus",
    "field_error",
    "checkout_back",
    "quick_back",
    "exit_intent",
    "ask",
    "forget",
]
Report = Literal[
    "action_shown",
    "action_not_shown",
    "action_clicked",
    "action_dismissed",
    "action_expired",
    "chat_started",
    "chat_rated",
]
EventName = Literal[ShopEvent, Signal, Report]

# Outcomes of a decision as the browser reports them; all carry its token.
REPORTS: frozenset[str] = frozenset(get_args(Report))
EVENT_NAMES: frozenset[str] = frozenset(get_args(EventName))

# GA4 fields whose numbers arrive as strings in the wild, and whose null is "absent".
ITEM_NUMBERS = frozenset({"price", "quantity", "discount"})
EVENT_NUMBERS = frozenset({"value"})
SHOP_FIELDS = frozenset({"items", "item", "value", "currency", "coupon"})

# What an event cannot do without, by its name.
NEEDS: dict[str, tuple[str, ...]] = {
    "purchase": ("transaction_id",),
    **dict.fromkeys(REPORTS, ("decision", "token")),
    "chat_rated": ("decision", "token", "rating"),
}


class Item(
    Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """One product of an event or order, by GA4's names.

    Attributes:
        item_id: the shop's id; derived from `item_name` when only that is known.
        price: of one unit, in units of `currency`, 0 to 1e7.
        quantity: 1 to 1e5.
        discount: of one unit, in units of `currency`.
        in_stock: whether it can be ordered now; None when the page did not say.
    """

    item_id: PlainId = ""
    item_name: Name | None = None
    price: Amount | None = None
    quantity: Quantity | None = None
    currency: Currency | None = None
    discount: Amount | None = None
    coupon: Word | None = None
    item_brand: Name | None = None
    item_category: Name | None = None
    item_category2: Name | None = None
    item_category3: Name | None = None
    item_variant: Name | None = None
    in_stock: bool | None = None

    @property
    def price_cents(self) -> int | None:
        """The price in cents, or None when it is unknown."""
        return None if self.price is None else cents(self.price)


class Event(
    Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """One fact about behaviour; fields and bounds are those of the contract's table.

    Attributes:
        name: one of `EVENT_NAMES`.
        age_ms: milliseconds before sending, 0 to 86,400,000.
        items: products concerned; a message's `item` is moved in here.
        ms: a duration in milliseconds.
        scroll: deepest share of the page seen, 0 to 1.
        overlap: share of the title's words that was copied, 0 to 1.
        back: returned to a former value (or how often).
        decision, token: what an outcome is about, and the proof that we offered it.
    """

    name: EventName
    # A factory, so that encoding never leaves an age of 0 out: see `beacon`.
    age_ms: Ms = field(default_factory=int)
    item: Item | None = None
    items: tuple[Item, ...] = ()
    value: Amount | None = None
    currency: Currency | None = None
    coupon: Word | None = None
    transaction_id: Id | None = None
    referrer_kind: (
        Literal["direct", "search", "social", "mail", "ad", "internal", "other"] | None
    ) = None
    results: Results | None = None
    active_ms: PingMs | None = None
    visible_ms: PingMs | None = None
    scroll: Share | None = None
    ms: Ms | None = None
    target: (
        Literal["cart", "price", "shipping", "checkout", "coupon", "size", "other"]
        | None
    ) = None
    entries: Count | None = None
    count: Count | None = None
    back: bool | Count | None = None
    overlap: Share | None = None
    length: Length | None = None
    step: Step | None = None
    device: Literal["desktop", "phone"] | None = None
    how: Literal["top", "scroll", "return", "idle"] | None = None
    decision: Id | None = None
    token: Token | None = None
    by: Literal["decline", "close", "escape"] | None = None
    reason: Word | None = None
    rating: Rating | None = None


def settle(event: Event, path: str) -> None:
    """Check what no single field can know, and bring items into one form.

    Changes `event` in place: it is called once, on an event nobody has seen yet.

    Args:
        event: just decoded.
        path: where it stands in the message, for example `events[2]`.

    Raises:
        BadBeacon: a required field is missing, or an item cannot be told apart.
    """
    for name in NEEDS.get(event.name, ()):
        if getattr(event, name) is None:
            raise BadBeacon(
                f"{path}.{name} is required for {event.name}", field=f"{path}.{name}"
            )
    if event.item is not None:
        if event.items:
            raise BadBeacon(
                f"{path}.item must not stand beside items", field=f"{path}.item"
            )
        settle_item(event.item, f"{path}.item", bad=BadBeacon)
        force_setattr(event, "items", (event.item,))
        force_setattr(event, "item", None)
        return
    if len(event.items) > ITEMS_PER_EVENT:
        raise BadBeacon(
            f"{path}.items must hold at most {ITEMS_PER_EVENT} entries, "
            f"got {len(event.items)}",
            field=f"{path}.items",
        )
    for index, item in enumerate(event.items):
        settle_item(item, f"{path}.items[{index}]", bad=BadBeacon)


def settle_item(item: Item, path: str, *, bad: type[CallerError]) -> None:
    """Check an item's id, or derive it from its name; changes `item` in place.

    Raises:
        CallerError: `bad`, when there is neither id nor name, or the id is none.
    """
    if is_id(item.item_id):
        return
    if item.item_id:
        check_id(item.item_id, field=f"{path}.item_id", bad=bad)
    if not item.item_name:
        raise bad(f"{path}.item_id is required (or item_name)", field=f"{path}.item_id")
    force_setattr(item, "item_id", id_of_name(item.item_name))


def id_of_name(name: str) -> str:
    """Return the id of an item that only has a name: the same name, the same id.

    >>> id_of_name("Lakewood M-32") == id_of_name("Lakewood M-32")
    True
    >>> len(id_of_name("Lakewood M-32"))
    21
    """
    return f"name:{hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}"
