import re

import msgspec
import pytest

from engage.demo.catalogue import (
    CATEGORIES,
    PRODUCTS,
    as_catalogue,
    as_feed_items,
    product,
)
from engage.demo.product import Product
from engage.errors import NotFound

# Alternatives within this share of the price are what a visitor would call similar.
NEAR = 0.3


def near_in_stock(item: Product) -> list[str]:
    """Return what can be bought instead at a similar price."""
    return [
        other.item_id
        for other in PRODUCTS
        if other.category == item.category
        and other.in_stock
        and abs(other.price_cents - item.price_cents) <= NEAR * item.price_cents
    ]


def test_size_of_the_catalogue():
    """About thirty products fill all five categories."""
    by_category = {item.category for item in PRODUCTS}

    assert 28 <= len(PRODUCTS) <= 34
    assert by_category == {category.id for category in CATEGORIES}
    assert len(CATEGORIES) == 5


def test_ids_are_unique():
    """No two products share an id."""
    assert len({item.item_id for item in PRODUCTS}) == len(PRODUCTS)


@pytest.mark.parametrize("item", PRODUCTS, ids=lambda item: item.item_id)
def test_prices_and_costs(item):
    """A product costs 9 to 3,000 EUR and earns something."""
    assert 900 <= item.price_cents <= 300_000
    assert 0 < item.margin_cents < item.price_cents


@pytest.mark.parametrize("item", PRODUCTS, ids=lambda item: item.item_id)
def test_ids_fit_the_wire(item):
    """An id is valid on the wire and leaves `--` to picture names."""
    assert re.fullmatch(r"[a-z0-9-]{1,64}", item.item_id)
    assert "--" not in item.item_id


@pytest.mark.parametrize("item", PRODUCTS, ids=lambda item: item.item_id)
def test_texts_in_both_languages(item):
    """Title, blurb, facts and colours are there in German and English."""
    texts = [item.title, item.blurb, *item.facts, *(v.name for v in item.variants)]

    assert all(set(text) == {"de", "en"} and all(text.values()) for text in texts)


def test_sold_out_products_have_a_neighbour():
    """Every sold-out product has one in stock on the same shelf."""
    shelves = {item.category for item in PRODUCTS if item.in_stock}
    sold_out = [item for item in PRODUCTS if not item.in_stock]

    assert len(sold_out) >= 4
    assert {item.category for item in sold_out} <= shelves


def test_both_kinds_of_sold_out():
    """Some sold-out products have similar ones at their price, some stand alone."""
    counts = [len(near_in_stock(item)) for item in PRODUCTS if not item.in_stock]

    assert 0 in counts
    assert any(count >= 1 for count in counts)


def test_only_shoes_have_sizes():
    """Sizes are offered for shoes, all of them, and for nothing else."""
    assert {item.category for item in PRODUCTS if item.sizes} == {"shoes"}
    assert all(item.sizes for item in PRODUCTS if item.category == "shoes")


def test_unknown_product():
    """Asking for a product that does not exist names the id."""
    with pytest.raises(
        NotFound, match=r"^item_id must be one of the catalogue, got 'x'$"
    ):
        product("x")


def test_feed_names_and_formats():
    """The feed uses Google Merchant's names, prices and availability."""
    feed = {item["id"]: item for item in as_feed_items()}

    assert len(feed) == len(PRODUCTS)
    assert feed["gtr-luv"]["price"] == "899.00 EUR"
    assert feed["gtr-luv"]["image_link"] == "/shop/img/gtr-luv.svg"
    assert feed["gtr-luv"]["availability"] == "in_stock"
    assert feed["gtr-tide"]["availability"] == "out_of_stock"
    assert feed["gtr-tide"]["cost_of_goods_sold"] == "519.00 EUR"


def test_catalogue_is_json_without_costs():
    """What browsers read can be encoded and gives away no cost."""
    text = msgspec.json.encode(as_catalogue()).decode()

    assert text.count('"price_cents"') == len(PRODUCTS)
    assert "cost_cents" not in text.replace("standard_cents", "")
    assert "margin" not in text


def test_reviews_are_stable():
    """The same product always has the same two or three reviews."""
    first, second = as_catalogue(), as_catalogue()
    counts = {len(page["reviews"]) for page in first["products"]}

    assert first == second
    assert counts <= {2, 3}
