"""What beacons teach the catalogue."""

import pytest
from msgspec import structs

from engage.wire.beacon import Customer, Event, Item, Page
from tests.unit.street.builders import beacon, settings

URL = "https://shop.example/p/42"
PAGE = Page(kind="product", locale="en", url=URL)
PAIR = tuple(Item(item_id=one, item_name=one, in_stock=True) for one in ("42", "43"))


async def links(opened, name, items):
    """Return which pages are known after an event on the page of product 42."""
    shop = await opened(settings(origins=("https://shop.example",)))
    given = beacon(Event(name=name, items=items), seq=0)
    await shop.engine.receive(structs.replace(given, page=PAGE))
    return [shop.site.catalogue.get(item.item_id).link for item in items]


async def test_page_of_the_product_shown(opened):
    """A product page is that of the first product it shows."""
    assert await links(opened, "view_item", PAIR) == [URL, ""]


@pytest.mark.parametrize("name", ["view_item_list", "select_item", "add_to_cart"])
async def test_page_of_nothing_listed(opened, name):
    """What a product page lists beside its product, or sells, has other pages."""
    assert await links(opened, name, PAIR) == ["", ""]


@pytest.mark.parametrize(("type_", "cents"), [("b2b", 0), ("private", 7_000)])
async def test_negotiated_price(opened, type_, cents):
    """The price that a company sees becomes nobody else's; its title may."""
    shop = await opened(settings())
    seen = structs.replace(PAIR[0], price=70.0)
    given = beacon(Event(name="view_item", items=(seen,)), seq=0)
    customer = Customer(id="c_1", type=type_)
    await shop.engine.receive(structs.replace(given, customer=customer))

    known = shop.site.catalogue.get("42")
    assert (known.title, known.price_cents) == ("42", cents)


async def test_orders_that_the_server_told(opened):
    """Who ordered twice is loyal from the next visit on, whoever told of it."""
    shop = await opened(settings())
    await shop.ask()
    for number in range(2):
        await shop.order(f"A-{number}", visitor="v_1")
    assert shop.last()["segment"] == "new"
    await shop.wait(3_600.0)
    await shop.ask(session="s_later")

    assert shop.last()["segment"] == "loyal"
