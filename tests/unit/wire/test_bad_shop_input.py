"""What a shop's message must not be: each row the wrong part, field and sentence."""

import pytest

from engage.errors import BadRequest
from engage.wire.shop import (
    decode_catalog_item,
    decode_codes,
    decode_group,
    decode_order,
    decode_redeem,
    read_id,
)
from tests.unit.wire.builders import LEFT_OUT, ORDER, PRODUCT, REFUND, message

ID = "must match [A-Za-z0-9_.:-]{1,64}, got"
TIME = "must be an RFC 3339 time with offset, got"
PRICE = 'must be an amount and a currency like "899.00 EUR", got'
SPAN = 'must be two times like "2026-11-20T08:00+0100/2026-11-27T20:00+0100", got'
LINK = "must begin with https://, http:// or / and hold no blank, got"
ISO = "must be an ISO 4217 currency code, got"
GROUP = {"online": 3, "free": 5, "ttl_s": 60}
CODES = {"pool": "autumn10", "codes": ["A-1"]}
REDEEM = {"order_id": "A-1"}

ORDERS = [
    ({"order_id": LEFT_OUT}, "order_id", "is required"),
    ({"order_id": None}, "order_id", "is required"),
    ({"order_id": 5}, "order_id", "must be a string, got 5"),
    ({"order_id": "A 1"}, "order_id", f'{ID} "A 1"'),
    ({"value": LEFT_OUT}, "value", "is required"),
    ({"value": -1}, "value", "must be >= 0, got -1"),
    ({"value": "12,5"}, "value", 'must be a number, got "12,5"'),
    ({"value": "1e999"}, "value", 'must be <= 10000000000, got "1e999"'),
    ({"value": True}, "value", "must be a number, got true"),
    ({"value": [1]}, "value", "must be a number, got a list"),
    ({"currency": LEFT_OUT}, "currency", "is required"),
    ({"currency": "Euro"}, "currency", f'{ISO} "Euro"'),
    ({"margin": "x"}, "margin", 'must be a number, got "x"'),
    ({"margin": -1e11}, "margin", "must be >= -10000000000, got -100000000000.0"),
    ({"discount": -1}, "discount", "must be >= 0, got -1"),
    ({"visitor": "v 1"}, "visitor", f'{ID} "v 1"'),
    ({"session": 7}, "session", "must be a string, got 7"),
    ({"code": ["A"]}, "code", "must be a string, got a list"),
    ({"at": "yesterday"}, "at", f'{TIME} "yesterday"'),
    ({"at": "2026-11-21T10:15:00"}, "at", f'{TIME} "2026-11-21T10:15:00"'),
    ({"at": "2026-13-21T10:15:00Z"}, "at", f'{TIME} "2026-13-21T10:15:00Z"'),
    ({"at": "2026-W47-6T10:15:00Z"}, "at", f'{TIME} "2026-W47-6T10:15:00Z"'),
    ({"at": 1_763_720_100}, "at", "must be a string, got 1763720100"),
    ({"items": {}}, "items", "must be a list, got an object"),
    ({"items": [5]}, "items[0]", "must be an object, got 5"),
    ({"items": [{"price": 1}]}, "items[0].item_id", "is required (or item_name)"),
    ({"items": [{"item_id": ""}]}, "items[0].item_id", "is required (or item_name)"),
    (
        {"items": [{"item_id": "1", "quantity": "abc"}]},
        "items[0].quantity",
        'must be a number, got "abc"',
    ),
    (
        {"items": [{"item_id": "1", "quantity": 1e10}]},
        "items[0].quantity",
        "must be <= 1000000000, got 10000000000.0",
    ),
    (
        {"items": [{"item_id": "1"}] * 1_001},
        "items",
        "must hold at most 1000 entries, got 1001",
    ),
]
REFUNDS = [
    ({"refund_id": LEFT_OUT}, "refund_id", "is required"),
    ({"refund": LEFT_OUT}, "refund", "is required"),
    ({"refund": -0.01}, "refund", "must be >= 0, got -0.01"),
    ({"refund": ""}, "refund", 'must be a number, got ""'),
    ({"order_id": LEFT_OUT}, "order_id", "is required"),
    ({"currency": "XXX"}, "currency", f'{ISO} "XXX"'),
    ({"at": "now"}, "at", f'{TIME} "now"'),
]
GROUPS = [
    ({"online": LEFT_OUT}, "online", "is required"),
    ({"free": LEFT_OUT}, "free", "is required"),
    ({"ttl_s": LEFT_OUT}, "ttl_s", "is required"),
    ({"online": 100_001}, "online", "must be <= 100000, got 100001"),
    ({"free": -1}, "free", "must be >= 0, got -1"),
    ({"free": 1.5}, "free", "must be an integer, got 1.5"),
    ({"free": "5"}, "free", 'must be an integer, got "5"'),
    ({"ttl_s": 0}, "ttl_s", "must be > 0, got 0"),
    ({"ttl_s": 3_601}, "ttl_s", "must be <= 3600, got 3601"),
]
CODE_LISTS = [
    ({"pool": LEFT_OUT}, "pool", "is required"),
    ({"codes": LEFT_OUT}, "codes", "is required"),
    ({"codes": "A-1"}, "codes", 'must be a list, got "A-1"'),
    ({"codes": ["A 1"]}, "codes[0]", f'{ID} "A 1"'),
    ({"codes": ["A-1", 5]}, "codes[1]", "must be a string, got 5"),
    ({"codes": ["A"] * 10_001}, "codes", "must hold at most 10000 entries, got 10001"),
]
REDEMPTIONS = [
    ({"order_id": LEFT_OUT}, "order_id", "is required"),
    ({"order_id": ""}, "order_id", f'{ID} ""'),
    ({"discount": -2}, "discount", "must be >= 0, got -2"),
]
PRODUCTS = [
    ({"title": LEFT_OUT}, "title", "is required"),
    ({"title": ""}, "title", "is required"),
    ({"title": "x" * 501}, "title", "must hold at most 500 characters, got 501"),
    ({"price": LEFT_OUT}, "price", "is required"),
    ({"price": 899}, "price", "must be a string, got 899"),
    ({"price": "899"}, "price", f'{PRICE} "899"'),
    ({"price": "899,00 EUR"}, "price", f'{PRICE} "899,00 EUR"'),
    ({"price": "1e3 EUR"}, "price", f'{PRICE} "1e3 EUR"'),
    ({"price": "-1 EUR"}, "price", f'{PRICE} "-1 EUR"'),
    ({"price": "899 XYZ"}, "price", f'{PRICE} "899 XYZ"'),
    ({"price": "10000001 EUR"}, "price", "must be <= 10000000, got 10000001"),
    ({"availability": LEFT_OUT}, "availability", "is required"),
    (
        {"availability": "maybe"},
        "availability",
        'must be one of in_stock, out_of_stock, preorder, backorder, got "maybe"',
    ),
    ({"link": "javascript:alert(1)"}, "link", f'{LINK} "javascript:alert(1)"'),
    ({"link": "//evil.example"}, "link", f'{LINK} "//evil.example"'),
    ({"link": "/a b"}, "link", f'{LINK} "/a b"'),
    ({"image_link": "data:image/png,"}, "image_link", f'{LINK} "data:image/png,"'),
    ({"id": "43"}, "id", 'must be "42" as in the path, got "43"'),
    ({"cost_of_goods_sold": "5"}, "cost_of_goods_sold", f'{PRICE} "5"'),
    (
        {"cost_of_goods_sold": "5 USD"},
        "cost_of_goods_sold",
        "must be in EUR as the price, got USD",
    ),
    ({"sale_price": "5 USD"}, "sale_price", "must be in EUR as the price, got USD"),
    (
        {"sale_price": "5 EUR", "sale_price_effective_date": "tomorrow"},
        "sale_price_effective_date",
        f'{SPAN} "tomorrow"',
    ),
    ({"product_type": ["a"]}, "product_type", "must be a string, got a list"),
]


def decode_product(body):
    """Decode a product that was put under the id 42."""
    return decode_catalog_item(body, item_id="42")


TABLE = [
    (decode, message(plain, **wrong), field, sentence)
    for decode, plain, rows in (
        (decode_order, ORDER, ORDERS),
        (decode_order, REFUND, REFUNDS),
        (decode_group, GROUP, GROUPS),
        (decode_codes, CODES, CODE_LISTS),
        (decode_redeem, REDEEM, REDEMPTIONS),
        (decode_product, PRODUCT, PRODUCTS),
    )
    for wrong, field, sentence in rows
]


@pytest.mark.parametrize(
    ("decode", "body", "field", "sentence"),
    TABLE,
    ids=[f"{row[0].__name__} {row[2]} {row[3]}"[:70] for row in TABLE],
)
def test_bad_message(decode, body, field, sentence):
    """A bad message is refused with the field, the limit and the value."""
    with pytest.raises(BadRequest) as caught:
        decode(body)

    assert str(caught.value) == f"{field} {sentence}"
    assert caught.value.field == field


@pytest.mark.parametrize(
    "decode",
    [decode_order, decode_group, decode_codes, decode_redeem, decode_product],
)
@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    [
        (b"", "body", "must be a JSON object, got nothing"),
        (b"[]", "body", "must be an object, got a list"),
        (b'{"at":NaN}', "body", "must be JSON: invalid character (byte 6)"),
        (b'{"at":1,"at":2}', "at", "must stand once, got it twice"),
        (b'{"a":1e999}', "a", "must be a number of double precision, got 1e999"),
        (b"\xff", "body", "must be JSON: invalid character (byte 0)"),
    ],
)
def test_bad_json(decode, body, field, sentence):
    """No message of a shop may be broken JSON, or JSON that two readers read twice."""
    with pytest.raises(BadRequest) as caught:
        decode(body)

    assert str(caught.value) == f"{field} {sentence}"
    assert caught.value.field == field


def test_bad_id_in_a_path():
    """An id in a path has the form of every id."""
    with pytest.raises(BadRequest, match=r'^group must match .+, got "a/b"$'):
        read_id("a/b", field="group")
