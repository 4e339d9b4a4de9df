"""Products by Merchant's names, in the spellings of a decade."""

import pytest

from engage.errors import BadRequest
from engage.wire.catalog import (
    CatalogItem,
    availability_of,
    catalog_item_from,
    category_of,
)
from engage.wire.prices import Sale
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


def test_sale_that_ends_before_it_begins():
    """It would never hold, and a card would show a price that the page does not."""
    span = "2026-11-27T20:00+0100/2026-11-20T08:00+0100"
    wrong = r"^sale_price_effective_date must begin before it ends, got \"2026-11-27T20"

    with pytest.raises(BadRequest, match=wrong):
        product(sale_price="799 EUR", sale_price_effective_date=span)


def test_entities():
    """What a system of pages wrote for pages is read as the text it stands for."""
    item = product(
        title="Caf&eacute; &amp;amp; R&D &#8211; &quot;Set&quot; ",
        link="https://shop.example/p?id=1&amp;size=2&copy=3",
        image_link="/i?id=1&#38;w=9",
        product_type="Kleider &gt; Hosen &amp; R&ouml;cke",
    )

    assert item.title == 'Café & R&D \u2013 "Set"'
    assert item.link == "https://shop.example/p?id=1&size=2&copy=3"
    assert item.image_link == "/i?id=1&w=9"
    assert (item.category, item.category_path) == (
        "hosen-röcke",
        "Kleider > Hosen & Röcke",
    )


@pytest.mark.parametrize("name", ["title", "price", "availability"])
def test_blanks_say_nothing(name):
    """A field of blanks is as one that is left out: a card needs a title to show."""
    with pytest.raises(BadRequest, match=f"^{name} is required$"):
        product(**{name: " \u00a0"})


def test_empty_is_unknown():
    """Empty columns of a feed are unknown, not wrong."""
    bare = product(link="", cost_of_goods_sold="", product_type=None, id="42")

    assert (bare.link, bare.cost_cents, bare.category) == ("", None, "")


@pytest.mark.parametrize(
    ("spellings", "expected"),
    [
        ("in_stock|in stock|In Stock|instock|InStock|in-stock", "in_stock"),
        ("in\u00a0stock|in  stock", "in_stock"),
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
    [
        ("0 EUR", 0),
        ("899EUR", 89_900),
        ("8.5&nbsp;EUR", 850),
        ("8\u202fEUR", 800),
        ("0.005 EUR", 1),
        ("10000000 EUR", 10**9),
    ],
)
def test_price(price, cents):
    """An amount with or without fraction and blank is a price."""
    assert product(price=price).price_cents == cents


@pytest.mark.parametrize("price", ["1.299 EUR", "12.500 EUR", "129.900 JPY"])
def test_price_of_two_readings(price):
    """Three digits after a lone point may be thousands; nobody guesses which."""
    wrong = f'must have two decimals, for three may be thousands, got "{price}"$'

    with pytest.raises(BadRequest, match=f"^price {wrong}"):
        product(price=price)
    with pytest.raises(BadRequest, match=f"^sale_price {wrong}"):
        product(price=f"999{price[-4:]}", sale_price=price)


@pytest.mark.parametrize(
    ("price", "cents"),
    [("0.125 EUR", 13), ("1299.000 EUR", 129_900), ("1.2990 EUR", 130)],
)
def test_price_of_one_reading(price, cents):
    """A fraction is one where no thousands are written so."""
    assert product(price=price).price_cents == cents


def test_three_decimals_of_their_own():
    """Where customers pay thousandths, and in what goods cost, three are a fraction."""
    dinars = product(price="1.250 KWD")
    cost = product(price="9.99 EUR", cost_of_goods_sold="6.543 EUR").cost_cents

    assert (dinars.price_cents, cost) == (125, 654)
