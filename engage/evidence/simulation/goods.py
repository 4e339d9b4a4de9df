"""What the simulated shop sells: plain products, as a shopper sees them."""

# Rules of this file: values only; money is whole cents of the site's currency.

from __future__ import annotations

import math
from dataclasses import dataclass

from engage.wire.beacon import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """One product of the simulated shop.

    Attributes:
        item_id: as in events and orders.
        title: what it is called.
        category: the shelf it stands on, `item_category` of its events.
        price_cents: what it costs a customer, > 0.
        cost_cents: what it costs the shop, below the price.
        in_stock: whether it can be bought now.
        has_sizes: whether sizes or variants must be chosen between.
        complexity: how much there is to know about it, 0 (a pick) to 1 (a camera).
    """

    item_id: str
    title: str
    category: str
    price_cents: int
    cost_cents: int
    in_stock: bool = True
    has_sizes: bool = False
    complexity: float = 0.5

    @property
    def link(self) -> str:
        """The path of its page."""
        return f"/p/{self.item_id}"

    @property
    def margin_cents(self) -> int:
        """What one piece earns at full price."""
        return self.price_cents - self.cost_cents

    def as_item(self, *, quantity: int | None = None) -> Item:
        """Return the product as it stands in an event."""
        return Item(
            item_id=self.item_id,
            item_name=self.title,
            price=self.price_cents / 100,
            currency="EUR",
            quantity=quantity,
            item_category=self.category,
            in_stock=self.in_stock,
        )


def advice_need(good: Good) -> float:
    """Return how much a typical customer wants advice on it, in (0, 1).

    It rises with price and complexity, as shop floors know: nobody asks about a pick.

    >>> pick = Good(item_id="p", title="Pick", category="g", price_cents=900,
    ...             cost_cents=300, complexity=0.1)
    >>> camera = Good(item_id="c", title="Camera", category="c", price_cents=200_000,
    ...               cost_cents=150_000, complexity=0.9)
    >>> round(advice_need(pick), 2), round(advice_need(camera), 2)
    (0.02, 0.77)
    """
    # Ten times the price is as much of a reason as all of the complexity's upper half.
    x = -4.0 + 2.7 * good.complexity + 1.2 * math.log10(max(good.price_cents / 100, 1))
    return 1 / (1 + math.exp(-x + 1.2))
