"""What a shop's feed leaves out, as far as its operator hears of it."""

from structlog.testing import capture_logs

from engage.street.till import put_items, withdraw
from engage.wire.catalog import CatalogItem

GUITAR = CatalogItem(
    item_id="gtr-1",
    title="Guitar",
    price_cents=89_900,
    currency="EUR",
    availability="in_stock",
)


async def test_what_a_whole_feed_leaves_out(shop):
    """The log says how many products are out of stock now, once."""
    await put_items(shop.site, GUITAR)
    with capture_logs() as lines:
        counts = [await withdraw(shop.site, named=()) for _ in range(2)]

    told = [one["products"] for one in lines if one["event"] == "catalog.withdrawn"]
    assert (counts, told) == ([1, 0], [1])
