"""What beacons teach the catalogue."""

import orjson
import pytest
from msgspec import structs

from engage.wire.beacon import Customer, Event, Item, Page
from tests.unit.street.builders import (
    ASK,
    SITE,
    VIEW,
    beacon,
    event,
    report,
    settings,
)

URL = "https://shop.example/p/42"
PAGE = Page(kind="product", locale="en", url=URL)
PAIR = tuple(Item(item_id=one, item_name=one, in_stock=True) for one in ("42", "43"))


async def links(opened, name, items, page=PAGE):
    """Return which pages are known after an event on the page of product 42."""
    shop = await opened(settings(origins=("https://shop.example",)))
    given = beacon(Event(name=name, items=items), seq=0)
    await shop.engine.receive(structs.replace(given, page=page))
    return [shop.site.catalogue.get(item.item_id).link for item in items]


async def test_page_of_the_product_shown(opened):
    """A product page is that of the first product it shows."""
    assert await links(opened, "view_item", PAIR) == [URL, ""]


@pytest.mark.parametrize("name", ["view_item_list", "select_item", "add_to_cart"])
async def test_page_of_nothing_listed(opened, name):
    """What a product page lists beside its product, or sells, has other pages."""
    assert await links(opened, name, PAIR) == ["", ""]


async def test_product_shown_on_a_list(opened):
    """Who looks at a product without leaving a list is on no page of its own."""
    page = structs.replace(PAGE, kind="list")

    assert await links(opened, "view_item", PAIR, page) == ["", ""]


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


async def test_orders_that_a_page_told(opened):
    """Who was loyal when logged in is loyal later, too, when they are not."""
    shop = await opened(settings())
    given = beacon(*VIEW, seq=0)
    customer = Customer(id="c_1", orders=4)
    await shop.engine.receive(structs.replace(given, customer=customer))
    await shop.wait(3_600.0)
    await shop.ask(session="s_later")

    assert shop.last()["segment"] == "loyal"


async def test_known_by_an_order_alone(shop):
    """Whose first visit was lost in a crash is who the order says, back again."""
    await shop.send(*VIEW)
    await shop.order(visitor="v_1")
    subject, _ = shop.journal.find_visitor(SITE, "v_1")
    again = await shop.crash()

    await again.send(*VIEW, ASK)

    visitor = (await again.store.load(SITE, "v_1", "s_v_1")).visitor
    assert (visitor.subject, visitor.group) == (subject, "treatment")
    again.close()


async def shared(opened, *events):
    """Return what a beacon with these events has others told, and the catalogue."""
    shop = await opened(settings())
    told = []
    shop.site.share = lambda kind, body: told.append((kind, body))
    await shop.engine.receive(beacon(*events, seq=0))
    ((kind, body),) = told
    assert kind == "seen"
    return body, shop.site.catalogue


def products(count, *, page=0, width=8):
    """Return so many products, whose ids have so many characters."""
    ids = (f"{page * count + number:0{width}}" for number in range(count))
    words = {"item_name": "Guitar " * 5, "item_category": "guitars"}
    return tuple(Item(item_id=one, in_stock=True, **words) for one in ids)


async def test_pages_of_lists(opened):
    """A hundred products in five lists are more than any page shows: all are told."""
    lists = [
        Event(name="view_item_list", items=products(20, page=number))
        for number in range(5)
    ]
    body, catalogue = await shared(opened, *lists)

    assert len(catalogue) == len(body["items"]) == 100


async def test_beacon_full_of_products(opened):
    """What anybody may send a thousand times takes little room at every worker."""
    views = [
        Event(name="view_item", items=products(20, page=number, width=64))
        for number in range(100)
    ]
    body, catalogue = await shared(opened, *views)

    assert 50 < len(catalogue) < 100
    assert len(orjson.dumps(body)) < 40_000


async def test_what_others_need_of_a_product(opened):
    """Others hear what a catalogue takes, not by which coupon somebody came."""
    item = Item(item_id="42", price=9.0, coupon="FOR-ANNA", quantity=2, item_brand="x")
    body, _ = await shared(opened, Event(name="view_item", items=(item,)))

    assert body["items"] == [[{"item_id": "42", "price": 9.0}, ""]]


async def test_view_with_a_card(shop):
    """A page view ends, for the dwell, at the card that was shown in it."""
    stay = event("ping", active_ms=4_000, visible_ms=4_000)
    answer, body = await shop.until("size_guide")
    visitor = body["session"].removeprefix("s_")
    shown = report(answer.decision, "action_shown")
    for events in ((stay, shown, stay), VIEW, (stay,), VIEW):
        shop.clock.move(10.0)
        await shop.send(*events, visitor=visitor)
    # What need not last is queued, not yet written.
    await shop.journal.append()

    views = [one for one in shop.kinds("example") if one["scorer"] == "dwell"]
    mine = [one for one in views if one["session"] == body["session"]]
    assert [(one["label"], one["censored"]) for one in mine] == [
        (4.0, True),
        (4.0, False),
    ]
