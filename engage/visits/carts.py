"""The cart of a session: lines added, removed, or listed by the shop."""

# Rules of this file: pure functions over tuples, at most MAX_CART lines. The shop's own
# list (view_cart, begin_checkout) always wins over what was added up.

from __future__ import annotations

import sys
from typing import Final

from engage.visits.shapes import MAX_CART, CartLine, price_cents
from engage.wire.beacon import Item

Cart = tuple[CartLine, ...]

# Ten times what one event may add; repeated adding cannot grow a number for ever.
MAX_QUANTITY: Final = 1_000_000


def listed(items: tuple[Item, ...]) -> Cart:
    """Return the cart the shop listed."""
    return added((), items)


def added(cart: Cart, items: tuple[Item, ...]) -> Cart:
    """Return the cart with the items added; a new line needs a free place."""
    lines = {line.item_id: line for line in cart}
    for item in items:
        key, price = sys.intern(item.item_id), price_cents(item)
        known = lines.get(key)
        if known is not None:
            total = min(known.quantity + _quantity(item), MAX_QUANTITY)
            lines[key] = CartLine(key, total, price or known.price_cents)
        elif len(lines) < MAX_CART:
            lines[key] = CartLine(key, _quantity(item), price)
    return tuple(lines.values())


def removed(cart: Cart, items: tuple[Item, ...]) -> Cart:
    """Return the cart without the items; nothing falls below zero."""
    lines = {line.item_id: line for line in cart}
    for item in items:
        key = sys.intern(item.item_id)
        known = lines.pop(key, None)
        if known is not None and known.quantity > _quantity(item):
            left = known.quantity - _quantity(item)
            lines[key] = CartLine(key, left, known.price_cents)
    return tuple(lines.values())


def _quantity(item: Item) -> int:
    return round(item.quantity or 1)
