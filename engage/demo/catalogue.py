"""The catalogue of the demo shop "Halbton", and what its backend exchanges.

Makers, products, prices and reviews are invented. Money is integer cents of EUR.

The shop's pages are static files (`engage/demo/shop/`) and `engage.demo.shell`; a
server gives them the routes below. Every shape is JSON.

`GET /shop/catalogue.json` -> `as_catalogue()`:

    {"currency": "EUR",
     "shipping": {"standard_cents": 490, "express_cents": 990,
                  "free_from_cents": 10000},
     "categories": [{"id": "guitars", "group": "guitars", "title": {"de", "en"},
                     "text": {"de", "en"}}],
     "products": [{"id", "title": {"de", "en"}, "maker", "category", "price_cents",
                   "stock", "sizes": ["37"], "blurb": {"de", "en"},
                   "facts": [{"de", "en"}], "backdrop": "#rrggbb",
                   "variants": [{"name": {"de", "en"}, "main": "#rrggbb"}],
                   "reviews": [{"author", "stars", "text": {"de", "en"}}]}]}

`GET /shop/img/{name}.svg` -> `engage.demo.drawings.drawing(name)`, `image/svg+xml`;
    `name` is an id or `{id}--{variant number}`; `NotFound` is a 404.

`POST /shop/coupon {"code": "AUTUMN-7F3K", "subtotal_cents": 89900}` -> 200, always:

    {"ok": true, "percent": 10, "max_cents": 9000}   of the goods, 1 to 100; at most
    {"ok": true, "amount_cents": 1500}   an amount off the goods
    {"ok": false}                        unknown, expired, redeemed, or below a minimum

`POST /shop/orders` -> 200:

    {"visitor": "v_…" | null, "session": "s_…" | null, "code": "AUTUMN-7F3K" | null,
     "items": [{"item_id": "gtr-luv", "quantity": 1}],
     "shipping": "standard" | "express"}
    -> {"order_id": "A-1001", "value": 809.10, "currency": "EUR"}

    `value` is the goods after discount, without shipping. The backend takes prices from
    `product()`, never from the browser; `visitor` and `session` are null without
    consent. Addresses stay in the browser. 409 for an item that is sold out, 410 for a
    code that is no longer good, 400 for a wrong shape; the shop then says so and keeps
    the cart.
"""

# Rules of this file: plain data and pure functions; no web framework, no files.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType

from engage.demo.assortment import amplifiers, cameras, guitars, headphones, shoes
from engage.demo.product import Product, Text, Variant, both
from engage.demo.reviews import reviews_of
from engage.errors import NotFound

__all__ = [
    "CATEGORIES",
    "CURRENCY",
    "PRODUCTS",
    "SHIPPING",
    "Category",
    "Product",
    "Shipping",
    "Variant",
    "as_catalogue",
    "as_feed_items",
    "product",
]

CURRENCY = "EUR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One shelf of the shop.

    Attributes:
        id: as in `/list/{id}` and `item_category`.
        group: the chat group whose experts know this shelf.
        google_category: path in Google's product taxonomy.
        title: heading.
        text: one sentence under it.
    """

    id: str
    group: str
    google_category: str
    title: Text
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipping:
    """What sending a parcel costs; cents."""

    # A typical price for a parcel in Germany.
    standard_cents: int = 490
    # Twice that, as carriers ask for the next day.
    express_cents: int = 990
    # Above the price of most single shoes, so that the threshold is felt.
    free_from_cents: int = 10_000


SHIPPING = Shipping()

CATEGORIES: tuple[Category, ...] = (
    Category(
        id="guitars",
        group="guitars",
        google_category="Arts & Entertainment > Hobbies & Creative Arts > Musical "
        "Instruments > String Instruments > Guitars",
        title=both("Gitarren", "Guitars"),
        text=both(
            "Sechs Charaktere und drei Plektren.", "Six characters and three picks."
        ),
    ),
    Category(
        id="amplifiers",
        group="guitars",
        google_category="Arts & Entertainment > Hobbies & Creative Arts > Musical "
        "Instrument & Orchestra Accessories > Musical Instrument Amplifiers",
        title=both("Verstärker", "Amplifiers"),
        text=both(
            "Vom Schlafzimmer bis in die Halle.", "From the bedroom to the hall."
        ),
    ),
    Category(
        id="cameras",
        group="cameras",
        google_category="Cameras & Optics > Cameras",
        title=both("Kameras", "Cameras"),
        text=both(
            "Auf Film, auf Sensor, auf Papier.", "On film, on a sensor, on paper."
        ),
    ),
    Category(
        id="headphones",
        group="audio",
        google_category="Electronics > Audio > Audio Components > Headphones",
        title=both("Kopfhörer", "Headphones"),
        text=both(
            "Allein hören, mitten unter Leuten.", "Listening alone, among people."
        ),
    ),
    Category(
        id="shoes",
        group="shoes",
        google_category="Apparel & Accessories > Shoes",
        title=both("Schuhe", "Shoes"),
        text=both(
            "Für den Weg zur Probe und zurück.", "For the way to rehearsal and back."
        ),
    ),
)

PRODUCTS: tuple[Product, ...] = (
    guitars.PRODUCTS
    + amplifiers.PRODUCTS
    + cameras.PRODUCTS
    + headphones.PRODUCTS
    + shoes.PRODUCTS
)

_BY_ID: Mapping[str, Product] = MappingProxyType(
    {item.item_id: item for item in PRODUCTS}
)
_CATEGORY: Mapping[str, Category] = MappingProxyType(
    {category.id: category for category in CATEGORIES}
)


def product(item_id: str) -> Product:
    """Return the product with this id.

    Raises:
        NotFound: no product has it.

    >>> product("gtr-luv").price_cents
    89900
    """
    found = _BY_ID.get(item_id)
    if found is None:
        raise NotFound(f"item_id must be one of the catalogue, got {item_id!r}")
    return found


def as_feed_items() -> list[dict[str, str]]:
    """Return the catalogue under Google Merchant's names, one dict a product.

    Links are paths of the shop; prepend its origin where absolute ones are needed.

    >>> as_feed_items()[0]["price"]
    '899.00 EUR'
    """
    return [_feed_item(item) for item in PRODUCTS]


def _feed_item(item: Product) -> dict[str, str]:
    return {
        "id": item.item_id,
        "title": item.title["de"],
        "description": item.blurb["de"],
        "link": f"/p/{item.item_id}",
        "image_link": f"/shop/img/{item.item_id}.svg",
        "brand": item.maker,
        "price": _euros(item.price_cents),
        "availability": "in_stock" if item.in_stock else "out_of_stock",
        "google_product_category": _CATEGORY[item.category].google_category,
        "product_type": item.category,
        "cost_of_goods_sold": _euros(item.cost_cents),
    }


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d} {CURRENCY}"


def as_catalogue() -> dict[str, object]:
    """Return what the shop's pages read, ready to be encoded as JSON.

    Costs are left out: a browser has no business with them.
    """
    return {
        "currency": CURRENCY,
        "shipping": asdict(SHIPPING),
        "categories": [
            {"id": c.id, "group": c.group, "title": c.title, "text": c.text}
            for c in CATEGORIES
        ],
        "products": [_page_item(item) for item in PRODUCTS],
    }


def _page_item(item: Product) -> dict[str, object]:
    return {
        "id": item.item_id,
        "title": item.title,
        "maker": item.maker,
        "category": item.category,
        "price_cents": item.price_cents,
        "stock": item.stock,
        "sizes": list(item.sizes),
        "blurb": item.blurb,
        "facts": list(item.facts),
        "backdrop": item.backdrop,
        "variants": [{"name": v.name, "main": v.main} for v in item.variants],
        "reviews": [
            {"author": r.author, "stars": r.stars, "text": r.text}
            for r in reviews_of(item)
        ],
    }
