"""The small values a session is made of, and the bounds of each.

A cart line, a page view, a label that waits: plain, frozen, compact.
"""

# Rules of this file: values and bounds only. Structs without a garbage collector's
# header, because a million sessions hold them and none can form a cycle.

from __future__ import annotations

from bisect import bisect_left
from typing import Final, Literal, NamedTuple, get_args

import msgspec

from engage.settings import MomentKind
from engage.visits import counters as c
from engage.wire.beacon import Item

Device = Literal["desktop", "phone", "unknown"]

MAX_RECENT: Final = 8
MAX_CART: Final = 20
MAX_CHECKPOINTS: Final = 2
# Ages reach back a day; a session never starts more than an idle limit before it is
# first heard of.
MAX_BACKDATE_S: Final = 1_800.0
# A ping interval and the reordering we promise to mend: as much may the sum of active
# times run ahead of the server's own clock.
WALL_SLACK_S: Final = 15.0
# A second order makes a regular; an assumption, stated as such.
LOYAL_ORDERS: Final = 2
# More page views than this within a minute of the clock are not a person's: twice the
# most (14) that any of 21,210 real click streams holds (yoochoose sample).
SUPERHUMAN_VIEWS: Final = 30
# Upper edges in cents, half a decade each: 899 EUR is band 5, no price is band 0.
PRICE_BANDS: Final = (0, 1_000, 3_000, 10_000, 30_000, 100_000)
# Names of the numbers of `Session.funnel`: the furthest step that a visit has reached.
FUNNEL: Final = (
    "looked",
    "product",
    "cart",
    "checkout",
    "shipping",
    "payment",
    "ordered",
)
PRODUCT_STEP: Final = FUNNEL.index("product")
CART_STEP: Final = FUNNEL.index("cart")
CHECKOUT_STEP: Final = FUNNEL.index("checkout")
SHIPPING_STEP: Final = FUNNEL.index("shipping")
PAYMENT_STEP: Final = FUNNEL.index("payment")
ORDERED_STEP: Final = FUNNEL.index("ordered")
# The place of a kind is its bit in `moments_seen`; append only.
MOMENT_BITS: Final = {kind: 1 << i for i, kind in enumerate(get_args(MomentKind))}


class CartLine(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One product in the cart: quantity 1 to 1e6, price of one in cents."""

    item_id: str
    quantity: int
    price_cents: int


class Parked(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The page of another tab that may be looked at again; `here` is half a block."""

    page_kind: str
    item_id: str | None
    item_category: str
    here: bytes


class LatestDecision(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The latest decision, to be answered again to a repeat of its beacon."""

    decision_id: str
    tab: str
    seq: int
    until_s: float


class PageView(NamedTuple):
    """One page view as the dwell scorer sees it.

    Attributes:
        page_kind: `product`, `list`, ...
        category: of the product shown, or an empty string.
        price_band: 0 (no price) to 6, half a decade each.
        device: `desktop`, `phone` or `unknown`.
        is_returning: the visitor was here before.
        active_s: active dwell, seconds.
        visible_s: visible dwell, seconds, >= active_s.
        view_index: its place in the session, from 1.
        item_id: the product shown.
        censored_at_s: active dwell when the first card was shown in it, or None.
    """

    page_kind: str
    category: str
    price_band: int
    device: Device
    is_returning: bool
    active_s: float
    visible_s: float
    view_index: int
    item_id: str | None
    censored_at_s: float | None = None


def held(dwell_ms: int, *, since_s: float, until_s: float) -> float:
    """Return a dwell in seconds, held to what the server's own clock allows.

    >>> held(4_800, since_s=0.0, until_s=5.2), held(90_000, since_s=0.0, until_s=5.0)
    (4.8, 20.0)
    """
    return min(dwell_ms / 1000, until_s - since_s + WALL_SLACK_S)


def device_of(flags: int) -> Device:
    """Return what the bits of `counters.FLAGS` tell of the device.

    A mouse outweighs a touch: hybrids are used like desktops.

    >>> device_of(c.PHONE)
    'phone'
    """
    if flags & c.DESKTOP:
        return "desktop"
    return "phone" if flags & c.PHONE else "unknown"


def price_band(cents_each: int) -> int:
    """Return the price band, 0 (no price) to 6: half a decade each.

    >>> price_band(0), price_band(999), price_band(89_900), price_band(10**9)
    (0, 1, 5, 6)
    """
    return bisect_left(PRICE_BANDS, cents_each + 1) if cents_each > 0 else 0


def price_cents(item: Item) -> int:
    """Return an item's price in cents, 0 when the shop did not say."""
    return item.price_cents or 0
