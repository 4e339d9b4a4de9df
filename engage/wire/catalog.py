"""One item of a shop's catalogue, by the names of a Google Merchant feed.

Spellings of a decade are taken: `in stock`, `in_stock`, `InStock` and
`https://schema.org/InStock` mean the same. HTML's entities are read as what they stand
for: many feeds are written by what writes pages.
"""

# Rules of this file: pure; field names are Merchant's. What cannot be understood is
# refused with a sentence; nothing is guessed, because stock and price reach customers.

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any, Literal
from unicodedata import normalize

from msgspec import Struct

from engage.errors import BadRequest
from engage.wire.lenient import convert
from engage.wire.limits import Categories, Id, Name, Url
from engage.wire.plain import shown
from engage.wire.prices import Sale, cost_of, price_of, sale_of

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
# Absolute, or from the shop's own root: a link is put into a page as it is.
_LINK = re.compile(r"(https?://[^\s/]|/(?!/))[^\s]*", re.IGNORECASE)
_WORDS = re.compile(r"[^\w]+")
# Escaped once or more, and closed: "R&D" and "?a=1&copy=2" are none.
_ENTITY = re.compile(r"&(?:amp;)*(#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[a-zA-Z]\w{1,30};)")


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
    if any(name != "id" and not is_blank(value) for name, value in fields.items()):
        return None
    plain = _given(fields)
    return convert(plain, Named, given=plain, bad=BadRequest) if plain else None


def is_blank(value: object) -> bool:
    """Tell whether a field says nothing: it is absent, empty or blanks."""
    return value is None or (isinstance(value, str) and not value.strip())


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
    plain = _given(fields)
    if item_id is not None and plain.setdefault("id", item_id) != item_id:
        raise BadRequest(
            f"id must be {shown(item_id)} as in the path, got {shown(plain['id'])}",
            field="id",
        )
    given = convert(plain, CatalogMessage, given=plain, bad=BadRequest)
    price_cents, currency = price_of(given.price, field="price")
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
        item_group=given.item_group_id,
        cost_cents=cost_of(given.cost_of_goods_sold, currency=currency),
        sale=sale_of(
            given.sale_price,
            given.sale_price_effective_date,
            price_cents=price_cents,
            currency=currency,
        ),
    )


def availability_of(text: str) -> Availability:
    """Return Merchant's word for any known spelling of an availability.

    Raises:
        BadRequest: the spelling is not known.

    >>> availability_of("https://schema.org/SoldOut"), availability_of("In Stock")
    ('out_of_stock', 'in_stock')
    """
    bare = _SCHEMA.sub("", text.strip()).lower()
    found = _AVAILABILITY.get(re.sub(r"[\s_-]", "", bare))
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
    >>> category_of("Home > Büro &amp; Papier > 537"), category_of("  ")
    ('büro-papier', '')
    """
    # Some systems write "ü" as two characters, and would never meet who writes one.
    path = normalize("NFC", plain_text(path))
    for element in reversed(re.split(r"[>/|]", path)):
        slug = _WORDS.sub("-", element.strip().lower()).strip("-")
        # Google also allows its own numbers; they say nothing to a shop's rules.
        if slug and not slug.isdecimal():
            return slug
    return ""


def plain_text(value: str) -> str:
    r"""Return what HTML's entities in a text stand for; whatever is none stays.

    >>> plain_text(" Caf&eacute; &amp;amp; R&D "), plain_text("/p?a=1&amp;b=2&copy=3")
    ('Café & R&D', '/p?a=1&b=2&copy=3')
    """
    if "&" in value:
        value = _ENTITY.sub(lambda found: unescape(f"&{found[1]}"), value)
    return value.strip()


def _category_path(given: CatalogMessage) -> str:
    """Return the shop's own category, else Google's if it is words."""
    for path in (given.product_type, given.google_product_category):
        if category_of(path):
            return path
    return ""


def _given(fields: Mapping[str, object]) -> dict[str, Any]:
    """Return what Merchant's fields say, as plain text without blanks around it."""
    return {
        name: plain_text(value) if isinstance(value, str) else value
        for name in CatalogMessage.__struct_fields__
        if not is_blank(value := fields.get(name))
    }


def _link(text: str, *, field: str) -> str:
    if text and not _LINK.fullmatch(text):
        raise BadRequest(
            f"{field} must begin with https://, http:// or / and hold no blank, "
            f"got {shown(text)}",
            field=field,
        )
    return text
