"""Shops sell in several currencies: what pages say is taken in the site's own."""

import pytest
from msgspec import structs

from engage.errors import BadRequest, Conflict
from engage.settings import MoneySettings
from engage.street.currency import with_own_prices
from engage.street.goods import put_items
from engage.wire.catalog import CatalogItem
from tests.unit.street.builders import (
    ASK,
    GUITAR,
    RATES,
    SITE,
    beacon,
    event,
    settings,
)

MONEY = MoneySettings(rates={"CHF": 1.05, "ZWG": 1e6})


def seen(*, price=100.0, of_item=None, of_event=None):
    """Return the product of a page that says its price in one of the currencies."""
    item = structs.replace(GUITAR, price=price, discount=10.0, currency=of_item)
    given = beacon(event("view_item", item=item, currency=of_event), seq=0)
    return with_own_prices(given, money=MONEY).events[0].items[0]


@pytest.mark.parametrize("said", [{"of_item": "CHF"}, {"of_event": "CHF"}])
def test_known_rate(said):
    """A price in another currency is converted, whether item or event names it."""
    item = seen(**said)

    assert (item.price_cents, item.discount, item.currency) == (10_500, 10.5, "CHF")


@pytest.mark.parametrize("said", [{"of_item": "JPY"}, {"of_event": "JPY"}])
def test_unknown_rate(said):
    """A price that cannot be converted is unknown, never taken for the site's."""
    item = seen(**said)

    assert (item.price, item.discount) == (None, None)


@pytest.mark.parametrize("of_item", [None, "EUR"])
def test_own_currency(of_item):
    """A beacon in the site's own currency stays the very same object."""
    of_event = "CHF" if of_item else None
    item = structs.replace(GUITAR, currency=of_item)
    given = beacon(event("view_item", item=item, currency=of_event), seq=0)

    assert with_own_prices(given, money=MONEY) is given


def test_no_price_is_too_large():
    """However large the rate, a price stays within what a session can hold."""
    assert seen(of_item="ZWG").price == 1e7


async def test_converted_price_is_not_shown(opened):
    """A converted price is decided on; the catalogue shows only what shops say."""
    shop = await opened(settings(money=MONEY))
    await shop.send(event("view_item", item=GUITAR, currency="CHF"), ASK)

    assert shop.last()["features"]["price_eur"] == 943.95
    assert shop.site.catalogue.get(GUITAR.item_id).price_cents == 0


async def test_products_are_taken_all_or_none(opened):
    """One in another currency keeps those before it out, too."""
    shop = await opened(settings(money=MONEY))
    own = CatalogItem(
        item_id="own",
        title="Own",
        link="https://shop.example/own",
        image_link="",
        price_cents=100,
        currency="EUR",
        availability="in_stock",
    )
    foreign = structs.replace(own, item_id="foreign", currency="CHF")

    with pytest.raises(BadRequest, match="price must be in EUR"):
        await put_items(shop.site, own, foreign)

    assert shop.site.catalogue.get("own") is None


async def test_foreign_page(opened):
    """A yen price is no euro price: neither at stake, nor targeted, nor proposed."""
    shop = await opened(settings())
    yen = structs.replace(GUITAR, price=120_000.0, item_name="Guitar")
    page = (event("page_view"), event("view_item", item=yen, currency="JPY"))
    await shop.send(*page, ASK)

    assert shop.last()["features"]["price_eur"] == 0.0
    assert shop.last()["stake"] == 0.0
    assert shop.last()["refused"]["autumn10"] == "not_targeted"
    assert shop.site.catalogue.get(yen.item_id).price_cents == 0


@pytest.mark.parametrize("rates", [{"USD": 0.95}, {"USD": 0.85}, {}])
async def test_refund_by_the_rate_of_its_order(shop, rates):
    """All of a foreign order can be given back, whatever became of its rate."""
    shop = await shop.crash(money=RATES)
    await shop.order(currency="USD")
    shop = await shop.crash(money=MoneySettings(rates=rates))
    await shop.refund("R-1", currency="USD", refund_cents=10_000)
    with pytest.raises(Conflict, match=r"^refunds must sum to <= 90\.00, got "):
        await shop.refund("R-2", currency="USD", refund_cents=10)

    known = shop.journal.order_state(SITE, "A-1")
    assert known.refunded_cents == known.body["value_cents"] == 9_000
    shop.close()
