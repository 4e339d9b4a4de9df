"""Products by Merchant's names, in the spellings of a decade."""

import pytest

from engage.errors import BadRequest
from engage.wire.catalog import (
    CatalogItem,
    Sale,
    availability_of,
    catalog_item_from,
    category_of,
)
from tests.unit.wire.builders import PRODUCT


def product(**fields):
    """Return an ordinary product with `fields`."""
    return catalog_item_from({**PRODUCT, **fields}, item_id="42")


def test_whole_product():
    """Everything a card or a margin needs arrives."""
    assert product(
        link="https://shop.example/p/42?ref=feed",
        image_link="/i/42.jpg",
        price="899.5 CHF",
        availability="preorder",
        product_type="Guitars > Acoustic Guitars",
        google_product_category="Arts & Entertainment > 4983",
        cost_of_goods_sold="600 CHF",
        gtin="4012345678901",
    ) == CatalogItem(
        item_id="42",
        title="M-32",
        link="https://shop.example/p/42?ref=feed",
        image_link="/i/42.jpg",
        price_cents=89_950,
        currency="CHF",
        availability="preorder",
        category="acoustic-guitars",
        category_path="Guitars > Acoustic Guitars",
        cost_cents=60_000,
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"sale_price": "799 EUR"}, Sale(price_cents=79_900)),
        ({"sale_price": "0.00 EUR"}, None),
        ({"sale_price": "899.00 EUR"}, None),
        (
            {
                "sale_price": "799.00 EUR",
                "sale_price_effective_date": "1970-01-01T01:00+0100/1970-01-01T00:01Z",
            },
            Sale(price_cents=79_900, from_s=0.0, until_s=60.0),
        ),
    ],
)
def test_sale(fields, expected):
    """A lower price is a sale, for as long as it says."""
    assert product(**{"price": "899.00 EUR", **fields}).sale == expected


def test_empty_is_unknown():
    """Empty columns of a feed are unknown, not wrong."""
    bare = product(link="", cost_of_goods_sold="", product_type=None, id="42")

    assert (bare.link, bare.cost_cents, bare.category) == ("", None, "")


@pytest.mark.parametrize(
    ("spellings", "expected"),
    [
        ("in_stock|in stock|In Stock|instock|InStock|in-stock", "in_stock"),
        ("https://schema.org/InStock|http://schema.org/OnlineOnly", "in_stock"),
        ("schema:LimitedAvailability| in_stock ", "in_stock"),
        ("out_of_stock|out of stock|OutOfStock|SoldOut", "out_of_stock"),
        ("https://schema.org/Discontinued|InStoreOnly", "out_of_stock"),
        ("preorder|pre-order|PreOrder|https://schema.org/PreSale", "preorder"),
        ("backorder|back order|BackOrder", "backorder"),
    ],
)
def test_availability(spellings, expected):
    """Merchant's words of today and yesterday, and schema.org's, mean the same."""
    assert {availability_of(text) for text in spellings.split("|")} == {expected}


@pytest.mark.parametrize(
    ("availability", "in_stock"),
    [("in stock", True), ("out of stock", False), ("preorder", False)],
)
def test_in_stock(availability, in_stock):
    """Only what can be sent now is in stock."""
    assert product(availability=availability).in_stock is in_stock


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("Guitars", "guitars"),
        ("Instruments > Electric Guitars", "electric-guitars"),
        ("Instruments>Guitars>", "guitars"),
        ("instruments/guitars", "guitars"),
        ("Guitars > 4983", "guitars"),
        ("Büro & Papier", "büro-papier"),
        ("Bu\u0308ro & Papier", "büro-papier"),
        ("4983", ""),
        (" > ", ""),
    ],
)
def test_category(path, category):
    """The last element that says something is the category."""
    assert category_of(path) == category


def test_google_category_where_the_shop_has_none():
    """The shop's own category comes first; Google's helps out."""
    assert product(google_product_category="A > Guitars").category == "guitars"
    assert product(google_product_category="4983").category_path == ""


def test_long_path():
    """A category's path may be as long as Merchant takes it, and no longer."""
    path = f"{'Music > ' * 90} > Guitars"
    assert product(product_type=path).category == "guitars"

    with pytest.raises(BadRequest, match=r"^product_type must "):
        product(product_type="Music" * 200)


@pytest.mark.parametrize(
    ("price", "cents"),
    [("0 EUR", 0), ("899EUR", 89_900), ("0.005 EUR", 1), ("10000000 EUR", 10**9)],
)
def test_price(price, cents):
    """An amount with or without fraction and blank is a price."""
    assert product(price=price).price_cents == cents
