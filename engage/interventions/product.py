"""One product as it is known now, from the shop's feed or from what pages tell."""

# Rules of this file: pure values; whose word counts is the catalogue's business.

from __future__ import annotations

from dataclasses import dataclass

from engage.wire.catalog import CatalogItem
from engage.wire.prices import Sale


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product as it is known now.

    Attributes:
        item_id: the shop's id.
        title: one line of plain text, "" if unknown.
        link: its page, "" if unknown.
        image_link: its picture, "" if there is none.
        price_cents: in the site's currency, 0 if unknown.
        category: its category as a slug, "" if unknown.
        item_group: what its variants have in common, "" if it has none.
        cost_cents: cost of goods, None if unknown.
        in_stock: whether it can be bought; None if nobody said.
        stock_at_s: when that was said, epoch seconds.
        fed_at_s: when the shop's server last said something new of it; None: never.
        fed_in_stock: what it said of stock then, whatever pages said since.
        sale: what it costs meanwhile, if the shop's server said so.
    """

    item_id: str
    title: str = ""
    link: str = ""
    image_link: str = ""
    price_cents: int = 0
    category: str = ""
    item_group: str = ""
    cost_cents: int | None = None
    in_stock: bool | None = None
    stock_at_s: float = 0.0
    fed_at_s: float | None = None
    fed_in_stock: bool = False
    sale: Sale | None = None

    @property
    def is_from_feed(self) -> bool:
        """Whether the shop's server said so, not a page."""
        return self.fed_at_s is not None

    def price_at(self, at_s: float) -> int:
        """Return what it costs at `at_s`, in cents."""
        if self.sale is None or not self.sale.holds(at_s=at_s):
            return self.price_cents
        return self.sale.price_cents

    def sold_out(self, currency: str) -> CatalogItem:
        """Return it as the shop's server would send it once it is sold out."""
        return CatalogItem(
            item_id=self.item_id,
            title=self.title,
            link=self.link,
            image_link=self.image_link,
            price_cents=self.price_cents,
            currency=currency,
            availability="out_of_stock",
            category=self.category,
            item_group=self.item_group,
            cost_cents=self.cost_cents,
            sale=self.sale,
        )


def product_of(item: CatalogItem, *, at_s: float) -> Product:
    """Return a product as the shop's server told it at `at_s`."""
    return Product(
        item_id=item.item_id,
        title=item.title,
        link=item.link,
        image_link=item.image_link,
        price_cents=item.price_cents,
        category=item.category,
        item_group=item.item_group,
        cost_cents=item.cost_cents,
        in_stock=item.in_stock,
        stock_at_s=at_s,
        fed_at_s=at_s,
        fed_in_stock=item.in_stock,
        sale=item.sale,
    )
