"""What a product of the demo shop is."""

# Rules of this file: values only. Money is integer cents of EUR; the demo leaves VAT
# out, so that the price shown, the value ordered and the margin add up by eye.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

# A sentence in every language of the shop: keys `de` and `en`.
Text: TypeAlias = Mapping[str, str]


def both(de: str, en: str | None = None) -> Text:
    """Return a text in German and English; names are the same in both.

    >>> both("Birke")
    {'de': 'Birke', 'en': 'Birke'}
    """
    return {"de": de, "en": de if en is None else en}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One colour a product comes in.

    Attributes:
        name: shown beside the swatch.
        main: colour of the body, `#rrggbb`; also the swatch.
        accent: second colour of the drawing, `#rrggbb`.
    """

    name: Text
    main: str
    accent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product, everything the shop and its feed say about it.

    Attributes:
        item_id: `[a-z0-9-]`, never containing `--` (that separates variants).
        title: maker and name.
        maker: the invented brand.
        category: one of `CATEGORIES` in the catalogue.
        price_cents: 900 to 300,000.
        cost_cents: cost of goods sold, below the price.
        stock: pieces on the shelf, 0 if sold out.
        variants: at least one colour; the first is the default.
        sizes: empty where a product has no sizes.
        blurb: one or two sentences.
        facts: three short properties.
        shape: name of the drawing in its category's table.
        backdrop: colour of the wall behind it, `#rrggbb`.
    """

    item_id: str
    title: Text
    maker: str
    category: str
    price_cents: int
    cost_cents: int
    stock: int
    variants: tuple[Variant, ...]
    blurb: Text
    facts: tuple[Text, ...]
    shape: str
    backdrop: str
    sizes: tuple[str, ...] = ()

    @property
    def in_stock(self) -> bool:
        """Return whether at least one piece can be sold now."""
        return self.stock > 0

    @property
    def margin_cents(self) -> int:
        """Return what one piece earns at full price."""
        return self.price_cents - self.cost_cents


def colour(de: str, en: str, main: str, accent: str) -> Variant:
    """Return a colour by its two names and its two inks."""
    return Variant(name=both(de, en), main=main, accent=accent)
