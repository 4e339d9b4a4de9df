"""One item of a shop's catalogue, by the names of a Google Merchant feed.

Spellings of a decade are taken: `in stock`, `in_stock`, `InStock` and
`https://schema.org/InStock` mean the same.
"""

# Rules of this file: pure; field names are Merchant's. What cannot be understood is
# refused with a sentence; nothing is guessed, because stock and price reach customers.

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal
from unicodedata import normalize

from msgspec import Struct

from engage.errors import BadRequest
from engage.wire.currencies import CODES
from engage.wire.lenient import convert
from engage.wire.limits import Categories, Id, Name, Url
from engage.wire.money import cents
from engage.wire.plain import shown

Availability = Literal["in_stock", "out_of_stock", "preorder", "backorder"]

# What schema.org and Merchant call it, in small letters without `_`, blank or hyphen.
# Source: Google Merchant Center help, "Availability", mapping of schema.org values.
_AVAILABILITY: dict[str, Availability] = {
    "instock": "in_stock",
    "limitedavailability": "in_stock",
    "onlineonly": "in_stock",
    "outofstock": "out_of_stock",
    "soldout": "out_of_stock",
    "discontinued": "out_of_stock",
    # In the shop on the corner only: nobody can order it here.
    "instoreonly": "out_of_stock",
    "preorder": "preorder",
    "presale": "preorder",
    "backorder": "backorder",
}
_SCHEMA = re.compile(r"^(https?://schema\.org/|schema:)", re.IGNORECASE)
_PRICE = re.compile(r"(\d{1,10}(?:\.\d{1,6})?) ?([A-Z]{3})", re.ASCII)
# Absolute, or from the shop's own root: a link is put into a page as it is.
_LINK = re.compile(r"(https?://[^\s/]|/(?!/))[^\s]*", re.IGNORECASE)
_WORDS = re.compile(r"[^\w]+")
_MOST_CENTS = 1_000_000_000


class Sale(Struct, frozen=True, kw_only=True):
    """A lower price of a product, and when it holds: epoch seconds; None: always.

    >>> Sale(price_cents=700, from_s=10.0, until_s=20.0).holds(at_s=20.0)
    False
    """

    price_cents: int
    from_s: float | None = None
    until_s: float | None = None

    def holds(self, *, at_s: float) -> bool:
        """Tell whether it is the price at `at_s`; the end is exclusive."""
        has_begun = self.from_s is None or at_s >= self.from_s
        return has_begun and (self.until_s is None or at_s < self.until_s)


class CatalogItem(Struct, frozen=True, kw_only=True):
    """One product of the shop.

    Attributes:
        link, image_link: absolute or from the shop's root; empty when unknown.
        price_cents: in cents of `currency`, 0 to 1e9.
        category: last word of the category's path, as a slug: `electric-guitars`.
        category_path: the path as it was given.
        item_group: what its variants - sizes, colours - have in common; empty when it
            has none.
        cost_cents: what the goods cost the shop, same currency; None when unknown.
        sale: the price that customers pay meanwhile; None: `price_cents`.
    """

    item_id: str
    title: str
    link: str = ""
    image_link: str = ""
    price_cents: int
    currency: str
    availability: Availability
    category: str = ""
    category_path: str = ""
    item_group: str = ""
    cost_cents: int | None = None
    sale: Sale | None = None

    @property
    def in_stock(self) -> bool:
        """Whether it can be sent now; a preorder or backorder cannot."""
        return self.availability == "in_stock"


class CatalogMessage(Struct, frozen=True, kw_only=True):
    """A product as it is written on the wire, with Google Merchant's names."""

    id: Id
    title: Name
    price: Name
    availability: Name
    link: Url = ""
    image_link: Url = ""
    product_type: Categories = ""
    google_product_category: Categories = ""
    item_group_id: Name = ""
    cost_of_goods_sold: Name = ""
    sale_price: Name = ""
    sale_price_effective_date: Name = ""


class Named(Struct, frozen=True, rename={"item_id": "id"}):
    """A line of a feed that has an id alone: what it names is as it was told before."""

    item_id: Id


def named_from(fields: Mapping[str, object]) -> Named | None:
    """Return what a line names that says no more of it; None if it does.

    Raises:
        BadRequest: the id is none.

    >>> named_from({"id": "42", "title": ""}), named_from({"id": "42", "title": "A"})
    (Named(item_id='42'), None)
    """
    plain = {name: value for name, value in fields.items() if value not in (None, "")}
    if plain.keys() != {"id"}:
        return None
    return convert(plain, Named, given=plain, bad=BadRequest)


def catalog_item_from(
    fields: Mapping[str, object], *, item_id: str | None = None
) -> CatalogItem:
    """Return the item that these Merchant fields describe; others are ignored.

    Args:
        fields: values by name, as read from JSON, XML or TSV.
        item_id: the id from the path, which `fields` may leave out or repeat.

    Raises:
        BadRequest: with the field, the limit and the value.

    >>> item = catalog_item_from(
    ...     {"title": "Lakewood M-32", "price": "899.00 EUR",
    ...      "availability": "in stock", "product_type": "Instruments > Guitars"},
    ...     item_id="42")
    >>> item.price_cents, item.in_stock, item.category
    (89900, True, 'guitars')
    """
    plain = {name: value for name, value in fields.items() if value not in (None, "")}
    if item_id is not None and plain.setdefault("id", item_id) != item_id:
        raise BadRequest(
            f"id must be {shown(item_id)} as in the path, got {shown(plain['id'])}",
            field="id",
        )
    given = convert(plain, CatalogMessage, given=plain, bad=BadRequest)
    price_cents, currency = _price(given.price, field="price")
    path = _category_path(given)
    return CatalogItem(
        item_id=given.id,
        title=given.title,
        link=_link(given.link, field="link"),
        image_link=_link(given.image_link, field="image_link"),
        price_cents=price_cents,
        currency=currency,
        availability=availability_of(given.availability),
        category=category_of(path),
        category_path=path,
        item_group=given.item_group_id.strip(),
        cost_cents=_beside(
            given.cost_of_goods_sold, field="cost_of_goods_sold", currency=currency
        ),
        sale=_sale(given, price_cents=price_cents, currency=currency),
    )


def availability_of(text: str) -> Availability:
    """Return Merchant's word for any known spelling of an availability.

    Raises:
        BadRequest: the spelling is not known.

    >>> availability_of("https://schema.org/SoldOut"), availability_of("In Stock")
    ('out_of_stock', 'in_stock')
    """
    bare = _SCHEMA.sub("", text.strip()).lower()
    found = _AVAILABILITY.get(re.sub(r"[ _-]", "", bare))
    if found is None:
        raise BadRequest(
            "availability must be one of in_stock, out_of_stock, preorder, backorder, "
            f"got {shown(text)}",
            field="availability",
        )
    return found


def category_of(path: str) -> str:
    """Return the last meaningful element of a category path, as a slug.

    >>> category_of("Instruments > Guitars > Electric Guitars")
    'electric-guitars'
    >>> category_of("Home > Büro & Papier > 537"), category_of("  ")
    ('büro-papier', '')
    """
    # Some systems write "ü" as two characters, and would never meet who writes one.
    for element in reversed(re.split(r"[>/|]", normalize("NFC", path))):
        slug = _WORDS.sub("-", element.strip().lower()).strip("-")
        # Google also allows its own numbers; they say nothing to a shop's rules.
        if slug and not slug.isdecimal():
            return slug
    return ""


def _category_path(given: CatalogMessage) -> str:
    """Return the shop's own category, else Google's if it is words."""
    for path in (given.product_type, given.google_product_category):
        if category_of(path):
            return path.strip()
    return ""


def _price(text: str, *, field: str) -> tuple[int, str]:
    match = _PRICE.fullmatch(text.strip())
    if not match or match.group(2) not in CODES:
        raise BadRequest(
            f'{field} must be an amount and a currency like "899.00 EUR", '
            f"got {shown(text)}",
            field=field,
        )
    amount_cents = cents(float(match.group(1)))
    if amount_cents > _MOST_CENTS:
        raise BadRequest(
            f"{field} must be <= {_MOST_CENTS // 100}, got {match.group(1)}",
            field=field,
        )
    return amount_cents, match.group(2)


def _beside(text: str, *, field: str, currency: str) -> int | None:
    """Return an amount beside the price, None if it is not given."""
    if not text:
        return None
    amount_cents, own = _price(text, field=field)
    if own != currency:
        raise BadRequest(
            f"{field} must be in {currency} as the price, got {own}", field=field
        )
    return amount_cents


def _sale(given: CatalogMessage, *, price_cents: int, currency: str) -> Sale | None:
    """Return the sale; systems that have none write a price of 0 or the price again."""
    field = "sale_price_effective_date"
    cents_now = _beside(given.sale_price, field="sale_price", currency=currency)
    if not cents_now or cents_now >= price_cents:
        return None
    span = given.sale_price_effective_date
    if not span:
        return Sale(price_cents=cents_now)
    try:
        first, last = map(_moment, span.split("/"))
    except ValueError:
        raise BadRequest(
            f'{field} must be two times like "2026-11-20T08:00+0100/'
            f'2026-11-27T20:00+0100", got {shown(span)}',
            field=field,
        ) from None
    return Sale(price_cents=cents_now, from_s=first, until_s=last)


def _moment(text: str) -> float:
    """Return epoch seconds of an ISO 8601 time; as in Merchant, UTC without a zone.

    Raises:
        ValueError: it is none.
    """
    at = datetime.fromisoformat(text.strip())
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _link(text: str, *, field: str) -> str:
    text = text.strip()
    if text and not _LINK.fullmatch(text):
        raise BadRequest(
            f"{field} must begin with https://, http:// or / and hold no blank, "
            f"got {shown(text)}",
            field=field,
        )
    return text
