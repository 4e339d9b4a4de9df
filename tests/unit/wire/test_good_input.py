"""What a beacon may be: limits exactly met, spellings of the wild, unknown parts."""

import gzip

import orjson
import pytest

from engage.wire.beacon import (
    DEFAULT_TAB,
    EVENT_NAMES,
    REPORTS,
    Beacon,
    Consent,
    Customer,
    Event,
    Ignored,
    Item,
    Page,
    decode_beacon,
    encode_beacon,
)
from engage.wire.inflate import read_body
from tests.unit.wire.builders import (
    LEFT_OUT,
    REPORT,
    beacon,
    raw,
    with_event,
    with_item,
    with_items,
)


def only_event(body):
    """Return the one event of a good beacon."""
    return decode_beacon(body)[0].events[0]


def test_a_whole_beacon():
    """Every part of a beacon arrives under its name."""
    customer = {"id": "c_77", "logged_in": True, "type": "b2b", "orders": 4}

    decoded, ignored = decode_beacon(beacon(customer=customer))

    assert ignored == Ignored(fields=0, events=0)
    assert decoded == Beacon(
        v=1,
        site="pk_demo",
        visitor="v_1",
        session="s_1",
        tab="t_1",
        seq=7,
        consent=Consent(measure=True, personalise=True, explicit=True),
        page=Page(url="https://shop.example/p/42", kind="product", locale="de"),
        customer=Customer(id="c_77", logged_in=True, type="b2b", orders=4),
        events=(Event(name="ping"),),
    )


@pytest.mark.parametrize(
    "body",
    [
        beacon(site="A-Z_.:0" + "x" * 57),
        beacon(seq=0),
        beacon(seq=1_000_000_000),
        beacon(page={"kind": "home", "url": "x" * 2_048, "locale": "x" * 35}),
        beacon(customer={"orders": 1_000_000}),
        beacon(customer={"id": None}),
        beacon(customer=None),
        beacon(events=[]),
        beacon(events=[{"name": "ping"}] * 100),
        with_event(age_ms=86_400_000),
        with_event(age_ms=0.25),
        with_event(active_ms=3_600_000, visible_ms=0, scroll=1),
        with_event(scroll=1e-320, overlap=-0.0),
        with_event(count=0, entries=10_000, length=100_000, results=1_000_000),
        with_event(step=100),
        with_event(step="shipping"),
        with_event(back=True),
        with_event(back=2),
        with_event(name="chat_rated", rating=1, **REPORT),
        with_event(name="purchase", transaction_id="A-1", value=1e7),
        with_item(price=0, quantity=1),
        with_item(price=1e7, quantity=100_000, currency="ZWG"),
        with_items(*[{"item_id": "1"}] * 20),
        beacon() + b" \r\n",
    ],
)
def test_limits_exactly_met(body):
    """A limit that is met is not passed."""
    decoded, ignored = decode_beacon(body)

    assert ignored == Ignored(fields=0, events=0)
    assert decode_beacon(encode_beacon(decoded))[0] == decoded


@pytest.mark.parametrize(
    ("text", "price"),
    [("899.00", 899.0), ("0", 0.0), ("1e3", 1000.0), ("-0", 0.0), ("007", 7.0)],
)
def test_numbers_in_strings(text, price):
    """GA4's numbers are taken from strings, as they arrive in the wild."""
    event = only_event(with_event(name="view_item", value=text, item={"item_id": "1"}))
    item = only_event(with_item(price=text, discount=text)).items[0]

    assert (event.value, item.price, item.discount) == (price, price, price)
    assert type(item.price) is float


def test_whole_prices_are_numbers_too():
    """A price without fraction is a float all the same."""
    assert type(only_event(with_item(price=899)).items[0].price) is float


def test_price_in_cents():
    """An item tells its price in cents, and nothing when there is none."""
    assert Item(item_id="1", price=899.99).price_cents == 89_999
    assert Item(item_id="1").price_cents is None


def test_item_is_short_for_items():
    """`item` and a single `items` are the same message."""
    one = {"item_id": "42", "price": 5}

    assert only_event(with_event(item=one)) == only_event(with_event(items=[one]))


def test_item_with_a_name_only():
    """An item without id gets one from its name, the same each time."""
    first = only_event(with_items({"item_name": "Lakewood"})).items[0]
    again = only_event(with_items({"item_name": "Lakewood", "price": 9})).items[0]

    assert first.item_id == again.item_id == "name:157269c6de097878"


def test_null_is_absent_in_shop_fields():
    """GA4 data layers say null for what they do not know."""
    event = only_event(with_event(coupon=None, value=None, item={"item_id": "1"}))

    assert event == Event(name="ping", items=(Item(item_id="1"),))


def test_unknown_fields_are_counted():
    """Fields that nobody knows are left out and counted, at every level."""
    body = beacon(
        extra=1,
        page={"kind": "home", "title": "x"},
        consent={"measure": True, "ads": False},
        customer={"email": "x"},
        events=[{"name": "ping", "x": 3, "item": {"item_id": "1", "y": 0}}],
    )

    decoded, ignored = decode_beacon(body)

    assert ignored == Ignored(fields=6, events=0)
    assert decoded.page == Page(kind="home")
    assert decoded.events == (Event(name="ping", items=(Item(item_id="1"),)),)


def test_unknown_events_are_counted():
    """An event that nobody knows is left out, whatever it carries."""
    events = [{"name": "vibe_check", "age_ms": "x", "scroll": 7}, {"name": "ask"}]

    decoded, ignored = decode_beacon(beacon(events=events))

    assert ignored == Ignored(fields=0, events=1)
    assert decoded.events == (Event(name="ask"),)


def test_defaults_cost_the_visitor_nothing():
    """What is not said is not agreed to."""
    decoded, _ = decode_beacon(beacon(consent={}, tab=LEFT_OUT))

    said = decoded.consent
    assert not any((said.measure, said.personalise, said.explicit))
    assert decoded.tab == DEFAULT_TAB == "0"
    assert decoded.automated is False


def test_automated_browsers_say_so():
    """A driven browser's flag is a known field."""
    decoded, ignored = decode_beacon(beacon(automated=True))

    assert decoded.automated is True
    assert ignored == Ignored(fields=0, events=0)


@pytest.mark.parametrize(
    "body",
    [
        orjson.dumps(orjson.loads(beacon()), option=orjson.OPT_INDENT_2),
        raw(b'"seq"', b'"\\u0073eq"'),
        raw(b"https://shop.example/p/42", rb"https:\/\/shop.example\/p\/42"),
        raw(b'"tab":"t_1"', b'"tab" : "t_1"'),
    ],
)
def test_spelling_does_not_matter(body):
    """White space and escapes change nothing."""
    assert decode_beacon(body) == decode_beacon(beacon())


def test_colons_and_escapes_in_text():
    """Text may look like JSON without being taken for it."""
    url = 'https://shop.example/?q="seq":7,"seq":8'

    decoded, _ = decode_beacon(beacon(page={"kind": "search", "url": url}))

    assert decoded.page.url == url


def test_the_largest_beacon():
    """64 KiB inflated are accepted from 16 KiB on the wire."""
    body = beacon().ljust(65_536)

    assert decode_beacon(read_body(gzip.compress(body), "gzip")) == decode_beacon(body)


def test_the_groups_of_names():
    """What reports outcomes is among all names; those are as many as the contract's."""
    assert EVENT_NAMES > REPORTS
    assert len(EVENT_NAMES) == 41
