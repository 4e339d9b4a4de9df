"""What a shop sells, as far as we know: from its feed, and from what pages tell.

One catalogue a site, in memory. The shop's server is believed about everything; a page
is believed about stock, and about the rest only while the server said nothing.
"""

# Rules of this file: no I/O, no clock. Bounded: what a browser told goes first, so that
# nobody can push the shop's own products out. A product is offered only when somebody
# said lately that it is in stock, and when there is a page to send people to.

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from itertools import islice
from math import inf, log
from typing import Final

from engage.interventions.base import Suggestion
from engage.interventions.product import Product, product_of
from engage.wire.beacon import Item
from engage.wire.catalog import CatalogItem, category_of, plain_text

MAX_ITEMS: Final = 200_000
# Google Merchant listings lapse after 30 days without an update; so does our belief.
FRESH_S: Final = 30 * 86_400.0
# The same word again is news after so long: a restart knows what was in stock lately.
RETOLD_S: Final = 7 * 86_400.0
# Who looks at picks for 9 wants no guitar for 429, whatever shelf both are on.
MAX_RATIO: Final = 4.0
_FARTHEST: Final = log(MAX_RATIO) + 1e-9
# How many neighbours by price are looked at before giving up on a category.
MAX_LOOK: Final = 200


class Catalogue:
    """The products of one site; bounded, with neighbourhoods by category and price."""

    def __init__(
        self,
        *,
        currency: str = "EUR",
        origins: tuple[str, ...] = (),
        max_items: int = MAX_ITEMS,
        fresh_s: float = FRESH_S,
    ) -> None:
        """Start empty.

        Args:
            currency: the site's; a price in another one counts as unknown.
            origins: the site's own; a page's link is kept only if it is one of theirs.
            max_items: bound on products, >= 1; of those that pages told the one longest
                unheard of goes first.
            fresh_s: how long a word about stock is believed, seconds.
        """
        self.currency = currency
        self.origins = tuple(origin.rstrip("/") + "/" for origin in origins)
        self.max_items = max_items
        self.fresh_s = fresh_s
        # Oldest first; what pages told, and what the shop's server told.
        self._observed: OrderedDict[str, Product] = OrderedDict()
        self._fed: OrderedDict[str, Product] = OrderedDict()
        # By category, (price, id) in order.
        self._shelves: dict[str, list[tuple[int, str]]] = {}

    def __len__(self) -> int:
        """Return how many products are known."""
        return len(self._observed) + len(self._fed)

    def get(self, item_id: str) -> Product | None:
        """Return a product, or None."""
        return self._fed.get(item_id) or self._observed.get(item_id)

    def group_of(self, item_id: str) -> str:
        """Return what a product's variants share: its group's id, else its own."""
        known = self.get(item_id)
        return item_id if known is None else known.item_group or item_id

    def put(self, item: CatalogItem, *, at_s: float) -> None:
        """Take over what the shop's server said about a product, if there is room.

        One in another currency was kept from before the site had this one: nothing
        of it counts, until the shop sends it anew.
        """
        is_ours = item.currency == self.currency
        if is_ours and not self.without_room((item.item_id,), at_s=at_s):
            self._replace(product_of(item, at_s=at_s))

    def without_room(self, names: Collection[str], *, at_s: float) -> set[str]:
        """Return which products of the shop's server find no room beside each other.

        What browsers told makes room, and so does what nobody spoke of for `fresh_s`:
        it is not offered any more.
        """
        new = [name for name in names if name not in self._fed]
        room = self.max_items - len(self._fed)
        for known in self._fed.values() if len(new) > room else ():
            is_old = at_s - known.stock_at_s > self.fresh_s
            if len(new) <= room or not is_old or known.item_id in names:
                break
            room += 1
        return set(new[max(0, room) :])

    def is_news(self, item: CatalogItem, *, at_s: float) -> bool:
        """Tell whether the shop's server says something new of a product.

        Feeds say the same of nearly all products each night: to keep that would be most
        of what a shop keeps.
        """
        known = self._fed.get(item.item_id)
        if known is None or known.fed_at_s is None:
            return True
        said = product_of(item, at_s=known.fed_at_s)
        is_late = not 0.0 <= at_s - known.fed_at_s < RETOLD_S
        return is_late or replace(said, stock_at_s=known.stock_at_s) != known

    def fed(self) -> tuple[str, ...]:
        """Return the ids of all products that the shop's server has sent."""
        return tuple(self._fed)

    def sold_out(self, item_id: str) -> CatalogItem | None:
        """Return a product as the shop's server would send it once it is sold out.

        None if it never sent it, or said so already and no page knows better.
        """
        known = self._fed.get(item_id)
        if known is None or not (known.in_stock or known.fed_in_stock):
            return None
        return known.sold_out(self.currency)

    def observe(self, item: Item, *, at_s: float, link: str = "") -> None:
        """Learn from a product page that somebody looked at.

        Stock is the newest word of anybody. Price, category, title and link count only
        until the shop's server sends the product. An unsigned browser can say
        anything; a shop that minds sends a feed.

        Args:
            item: the product of a `view_item`.
            at_s: when, epoch seconds.
            link: address of the page; kept if it is on one of the site's origins.
        """
        before = self.get(item.item_id)
        known = before or Product(item_id=item.item_id)
        if item.in_stock is not None and at_s >= known.stock_at_s:
            known = replace(known, in_stock=item.in_stock, stock_at_s=at_s)
        if not known.is_from_feed:
            known = self._retold(known, item, link)
        if known is before:
            # Nothing new, as nearly always, but that it was heard of.
            self._table_of(known).move_to_end(known.item_id)
        else:
            self._replace(known)

    def remove(self, item_id: str) -> None:
        """Forget a product; nothing happens if it is unknown."""
        known = self._fed.pop(item_id, None) or self._observed.pop(item_id, None)
        if known is not None:
            self._unshelve(known)

    def is_offered(self, item_id: str, *, at_s: float) -> bool:
        """Tell whether it may be proposed: in stock lately, with price and page."""
        known = self.get(item_id)
        if known is None or not known.in_stock:
            return False
        is_fresh = at_s - known.stock_at_s <= self.fresh_s
        return is_fresh and bool(known.title and known.link and known.price_cents)

    def offered(self, *, count: int, at_s: float) -> tuple[Suggestion, ...]:
        """Return at most `count` products that may be proposed; for previews."""
        known = (*self._fed, *self._observed)
        fitting = (name for name in known if self.is_offered(name, at_s=at_s))
        return tuple(self.suggestion(n, at_s=at_s) for n in islice(fitting, count))

    def neighbours(
        self, item_id: str, *, count: int, allowed: Callable[[str], bool]
    ) -> tuple[str, ...]:
        """Return at most `count` products of its category, the nearest prices first.

        Prices are compared by ratio: 20 for 10 is as far as 2,000 for 1,000, and what
        is further than `MAX_RATIO` is none, dearer or cheaper. At most `MAX_LOOK`
        products are looked at, the product itself and its variants never.
        """
        known, own = self.get(item_id), self.group_of(item_id)
        if known is None:
            return ()
        others = (one for one in self._outwards(known) if self.group_of(one) != own)
        return tuple(islice(filter(allowed, islice(others, MAX_LOOK)), count))

    def suggestion(self, item_id: str, *, at_s: float) -> Suggestion:
        """Return a product as a card shows it at `at_s`.

        Raises:
            KeyError: it is unknown.
        """
        known = self.get(item_id)
        if known is None:
            raise KeyError(item_id)
        return Suggestion(
            item_id=known.item_id,
            title=known.title,
            link=known.link,
            image_link=known.image_link,
            price_cents=known.price_at(at_s),
        )

    def _retold(self, known: Product, item: Item, link: str) -> Product:
        """Return `known` with what the page said about it, where it said something."""
        is_ours = item.currency in (None, self.currency)
        told = category_of(item.item_category) if item.item_category else ""
        title = plain_text(item.item_name or "") or known.title
        category = told or known.category
        price = (item.price_cents if is_ours else None) or known.price_cents
        page = link if link.startswith(self.origins) else known.link
        before = known.title, known.category, known.price_cents, known.link
        if (title, category, price, page) == before:
            return known
        return replace(
            known, title=title, category=category, price_cents=price, link=page
        )

    def _replace(self, product: Product) -> None:
        """Put a product in place of what was known, as the one heard of last."""
        self.remove(product.item_id)
        self._table_of(product)[product.item_id] = product
        if product.category and product.price_cents:
            shelf = self._shelves.setdefault(product.category, [])
            insort(shelf, (product.price_cents, product.item_id))
        while len(self) > self.max_items:
            self.remove(next(iter(self._observed or self._fed)))

    def _table_of(self, product: Product) -> OrderedDict[str, Product]:
        return self._fed if product.is_from_feed else self._observed

    def _unshelve(self, product: Product) -> None:
        """Take a product off its category's shelf."""
        if not (product.category and product.price_cents):
            return
        shelf = self._shelves[product.category]
        del shelf[bisect_left(shelf, (product.price_cents, product.item_id))]
        if not shelf:
            del self._shelves[product.category]

    def _outwards(self, product: Product) -> Iterator[str]:
        """Yield the ids of a product's shelf, the nearest price ratio first."""
        shelf = self._shelves.get(product.category, [])
        if not product.price_cents:
            yield from (item_id for _, item_id in shelf)
            return
        middle = log(product.price_cents)
        right = bisect_left(shelf, (product.price_cents, product.item_id))
        left = right - 1
        while left >= 0 or right < len(shelf):
            below = middle - log(shelf[left][0]) if left >= 0 else inf
            above = log(shelf[right][0]) - middle if right < len(shelf) else inf
            if min(below, above) > _FARTHEST:
                return
            if below < above:
                yield shelf[left][1]
                left -= 1
            else:
                yield shelf[right][1]
                right += 1
