"""What is kept of a shop's products, and what its operator hears of a feed."""

import msgspec
import pytest
from structlog.testing import capture_logs

from engage.errors import StoreError
from engage.street.goods import Feed, put_items, take_feed, withdraw
from engage.street.opening import catalogue_of
from engage.wire.beacon import Item
from engage.wire.catalog import CatalogItem
from tests.unit.street.builders import SITE, event, settings

DAY_S = 86_400.0
GUITAR = CatalogItem(
    item_id="gtr-1",
    title="Guitar",
    price_cents=89_900,
    currency="EUR",
    availability="in_stock",
)


def kept(shop):
    """Return the prices that the journal has of products, one a record, in order."""
    entries = shop.journal.read(0, 1_000)
    told = [one.record.body for one in entries if one.record.kind == "item"]
    return [body["price_cents"] for body in told]


def priced(cents, **changes):
    """Return the guitar at another price."""
    return msgspec.structs.replace(GUITAR, price_cents=cents, **changes)


async def test_what_a_whole_feed_leaves_out(shop):
    """The log says how many products are out of stock now, once."""
    await put_items(shop.site, GUITAR)
    with capture_logs() as lines:
        counts = [await withdraw(shop.site, named=()) for _ in range(2)]

    told = [one["products"] for one in lines if one["event"] == "catalog.withdrawn"]
    assert (counts, told) == ([1, 0], [1])


async def test_whole_feed_without_a_product(shop):
    """An export that has failed empties no shop."""
    await put_items(shop.site, GUITAR)

    assert await take_feed(shop.site, Feed(), is_whole=True) == {
        "accepted": 0,
        "refused": [],
        "withdrawn": 0,
    }
    assert shop.site.catalogue.get("gtr-1").in_stock


async def test_a_month_of_whole_feeds(shop):
    """What a feed says again each night is kept once a week, not each night."""
    for _ in range(30):
        await put_items(shop.site, GUITAR)
        shop.clock.move(DAY_S)

    assert kept(shop) == [89_900] * 5
    ((_, body),) = shop.journal.items(SITE)
    assert shop.clock.now_s() - body["at_s"] < 7 * DAY_S
    await put_items(shop.site, priced(79_900))
    assert kept(shop)[5:] == [79_900]


async def test_named_twice(shop):
    """Of a product that a feed names twice the later line counts, each night."""
    for _ in range(2):
        await put_items(shop.site, GUITAR, priced(79_900))

    assert shop.site.catalogue.get("gtr-1").price_cents == 79_900
    assert kept(shop) == [79_900]


async def test_what_was_not_kept_is_news_again(opened):
    """What the disk refused is believed only once it is sent again and kept."""
    shop = await opened()
    shop.journal.close()
    with pytest.raises(StoreError):
        await put_items(shop.site, GUITAR)

    assert shop.site.catalogue.get("gtr-1") is None


async def test_more_than_fit(shop):
    """What finds no room is told, is not kept, and pushes nothing out."""
    shop.site.catalogue.max_items = 1
    excess = await put_items(shop.site, GUITAR)
    excess |= await put_items(shop.site, GUITAR, priced(1, item_id="gtr-2"))

    assert excess == {"gtr-2"}
    assert shop.site.catalogue.fed() == ("gtr-1",)
    assert [name for name, _ in shop.journal.items(SITE)] == ["gtr-1"]


async def test_more_were_ever_sold_than_fit(shop):
    """After a restart the products spoken of last are known, whatever their ids."""
    for name in ("c", "b", "a"):
        await put_items(shop.site, priced(1, item_id=name))
        shop.clock.move(DAY_S)

    known = catalogue_of(shop.site.settings, shop.journal, most=2)

    assert sorted(known.fed()) == ["a", "b"]


async def test_room_beside_each_other(shop):
    """Of several new products as many find room as there is, the first ones."""
    known = shop.site.catalogue
    known.max_items = 3
    await put_items(shop.site, priced(1, item_id="a"))
    soon_s, later_s = (shop.clock.now_s() + days * DAY_S for days in (1, 31))

    assert known.without_room("bacd", at_s=soon_s) == {"d"}
    assert known.without_room("bcde", at_s=later_s) == {"e"}
    # What is spoken of again makes no room.
    assert known.without_room("bacd", at_s=later_s) == {"d"}


async def test_more_than_fit_at_once(shop):
    """Of products in one feed those that find no room are told, and not kept."""
    shop.site.catalogue.max_items = 2
    excess = await put_items(shop.site, *(priced(1, item_id=name) for name in "abc"))

    assert excess == {"c"}
    assert shop.site.catalogue.fed() == ("a", "b")
    assert [name for name, _ in shop.journal.items(SITE)] == ["a", "b"]


@pytest.mark.parametrize("is_whole", [False, True])
async def test_sold_out_as_a_page_said_before(opened, is_whole):
    """What the shop's server calls sold out stays so over a restart, whoever knew."""
    shop = await opened()
    await put_items(shop.site, GUITAR)
    gone = Item(item_id="gtr-1", price=899.0, in_stock=False)
    await shop.send(event("view_item", item=gone))
    if is_whole:
        assert await withdraw(shop.site, named=()) == 1
    else:
        sold_out = msgspec.structs.replace(GUITAR, availability="out_of_stock")
        await put_items(shop.site, sold_out)
    again = await shop.crash()
    again.close()

    assert again.site.catalogue.get("gtr-1").in_stock is False


@pytest.mark.parametrize(("is_welcome", "ranked"), [(False, []), (True, ["2"])])
async def test_machines_compare_nothing(opened, is_welcome, ranked):
    """Who looks from one product to the next each minute is no shopper."""
    shop = await opened(settings(welcome_automated=is_welcome))
    for name in ("1", "2"):
        view = event("view_item", item=Item(item_id=name, price=9.0, in_stock=True))
        await shop.send(view, automated=True)

    assert shop.site.coviews.rank(["1"]) == ranked
    assert shop.site.catalogue.get("2").in_stock is True
