"""What `engage catalog` sends is what the feed said."""

import orjson
import pytest

from engage.cli.catalog import _line
from engage.wire.catalog import catalog_item_from

FEED = {
    "id": "42",
    "title": "Lakewood M-32",
    "link": "https://shop.example/p/42",
    "image_link": "/i/42.jpg",
    "price": "899.00 EUR",
    "availability": "in stock",
    "product_type": "Instruments > Guitars",
    "item_group_id": "lakewood-m",
    "cost_of_goods_sold": "600.05 EUR",
}
SALE = {"sale_price": "799.00 EUR"}
SPAN = "2026-11-20T08:00+0100/2026-11-27T20:00+0100"


@pytest.mark.parametrize(
    "more", [{}, SALE, {**SALE, "sale_price_effective_date": SPAN}]
)
def test_nothing_is_lost(more):
    """The service reads from a line what the command read from the feed."""
    item = catalog_item_from({**FEED, **more})

    assert catalog_item_from(orjson.loads(_line(item))) == item
