"""What a beacon must not be: each row a message, the field at fault, the sentence.

Read it as documentation: the answer's `detail` is the field and the sentence, and
nothing of such a beacon is applied.
"""

import pytest

from engage.errors import BadBeacon
from engage.wire.beacon import decode_beacon
from tests.unit.wire.builders import (
    LEFT_OUT,
    REPORT,
    beacon,
    raw,
    with_event,
    with_item,
    with_items,
)

ID = "must match [A-Za-z0-9_.:-]{1,64}, got"
KINDS = "cart, checkout, content, home, list, other, payment, product, search, thanks"
TARGETS = "cart, checkout, coupon, other, price, shipping, size"
REFERRERS = "ad, direct, internal, mail, other, search, social"
NINES = "9" * 37 + "..."

NOT_JSON = [
    (b"", "must be a JSON object, got nothing"),
    (b" \n", "must be a JSON object, got nothing"),
    (b"\xef\xbb\xbf" + beacon(), "must not begin with a byte order mark"),
    (beacon()[:-5], "must be JSON: input data was truncated"),
    (beacon() + b"x", "must be JSON: trailing characters (byte 251)"),
    (raw(b":7,", b":07,"), "must be JSON: invalid number (byte 75)"),
    (raw(b":7,", b":NaN,"), "must be JSON: invalid character (byte 74)"),
    (raw(b":7,", b":-Infinity,"), "must be JSON: invalid character (byte 75)"),
    (
        raw(b'"de"', b'"\\udc00"'),
        "must be JSON: invalid utf-16 surrogate pair (byte 213)",
    ),
    (
        raw(b'"de"', b'"\\ud800x"'),
        "must be JSON: unexpected end of escaped utf-16 surrogate pair (byte 213)",
    ),
    (raw(b'"de"', b'"\xed\xa0\x80"'), "must be UTF-8, got byte 0xed"),
    (raw(b'"de"', b'"\xff"'), "must be UTF-8, got byte 0xff"),
    (b"[" * 30_000 + b"]" * 30_000, "is nested too deeply"),
    (raw(b":7,", b":" + b"[" * 20_000 + b","), "is nested too deeply"),
    (b"[]", "must be an object, got a list"),
    (b'"beacon"', 'must be an object, got "beacon"'),
    (b"null", "must be an object, got null"),
    (b"7", "must be an object, got 7"),
    (b"{" + b" " * 65_536 + b"}", "must be <= 65536 bytes, got 65538"),
]
NUMBERS = [
    (raw(b":7,", b":1e999,"), "seq", "must be a number of double precision, got 1e999"),
    (
        raw(b'"age_ms":0', b'"age_ms":-1e999'),
        "events[0].age_ms",
        "must be a number of double precision, got -1e999",
    ),
    (
        raw(b":7,", b":" + b"9" * 5_000 + b","),
        "seq",
        f"must be a number of double precision, got {NINES}",
    ),
    (
        raw(b":7,", b":" + b"9" * 300 + b","),
        "seq",
        f"must be <= 1000000000, got {NINES}",
    ),
]
TWICE = [
    (raw(b":7,", b':7,"seq":7,'), "seq"),
    (raw(b":7,", b':7,"\\u0073eq":8,'), "seq"),
    (raw(b":7,", b': 7, "zz":{"a":1,"a":2},'), "zz.a"),
    (raw(b'"age_ms":0', b'"age_ms":0,"age_ms":5'), "events[0].age_ms"),
]
ENVELOPE = [
    ({"v": LEFT_OUT}, "v", "is required"),
    ({"v": 2}, "v", "must be 1, got 2"),
    ({"v": True}, "v", "must be an integer, got true"),
    ({"v": "1"}, "v", 'must be an integer, got "1"'),
    ({"site": LEFT_OUT}, "site", "is required"),
    ({"site": "pk/demo"}, "site", f'{ID} "pk/demo"'),
    ({"visitor": LEFT_OUT}, "visitor", "is required"),
    ({"visitor": ""}, "visitor", f'{ID} ""'),
    ({"visitor": "v 1"}, "visitor", f'{ID} "v 1"'),
    ({"visitor": "v_1\n"}, "visitor", f'{ID} "v_1\\n"'),
    ({"visitor": "v" * 65}, "visitor", f'{ID} "{"v" * 36}..."'),
    ({"visitor": 5}, "visitor", "must be a string, got 5"),
    ({"session": None}, "session", "must be a string, got null"),
    ({"session": "ß"}, "session", f'{ID} "ß"'),
    ({"tab": ""}, "tab", f'{ID} ""'),
    ({"seq": LEFT_OUT}, "seq", "is required"),
    ({"seq": -1}, "seq", "must be >= 0, got -1"),
    ({"seq": 1_000_000_001}, "seq", "must be <= 1000000000, got 1000000001"),
    ({"seq": 7.5}, "seq", "must be an integer, got 7.5"),
    ({"seq": "7"}, "seq", 'must be an integer, got "7"'),
    ({"seq": True}, "seq", "must be an integer, got true"),
    ({"consent": LEFT_OUT}, "consent", "is required"),
    ({"consent": True}, "consent", "must be an object, got true"),
    ({"consent": {"measure": 1}}, "consent.measure", "must be true or false, got 1"),
    ({"page": LEFT_OUT}, "page", "is required"),
    ({"page": {}}, "page.kind", "is required"),
    ({"page": {"kind": "shop"}}, "page.kind", f'must be one of {KINDS}, got "shop"'),
    (
        {"page": {"kind": "home", "url": "x" * 2_049}},
        "page.url",
        "must hold at most 2048 characters, got 2049",
    ),
    ({"customer": "c_1"}, "customer", 'must be an object, got "c_1"'),
    ({"customer": {"id": "a@b.example"}}, "customer.id", f'{ID} "a@b.example"'),
    ({"customer": {"orders": -1}}, "customer.orders", "must be >= 0, got -1"),
    (
        {"customer": {"logged_in": "yes"}},
        "customer.logged_in",
        'must be true or false, got "yes"',
    ),
    ({"automated": 1}, "automated", "must be true or false, got 1"),
    ({"events": LEFT_OUT}, "events", "is required"),
    ({"events": {}}, "events", "must be a list, got an object"),
    (
        {"events": [{"name": "ping"}] * 101},
        "events",
        "must hold at most 100 entries, got 101",
    ),
    (
        {"events": [{"name": "unheard_of"}] * 101},
        "events",
        "must hold at most 100 entries, got 101",
    ),
]
EVENTS = [
    ({"name": 5}, "name", "must be a string, got 5"),
    ({"age_ms": -1}, "age_ms", "must be >= 0, got -1"),
    ({"age_ms": 86_400_001}, "age_ms", "must be <= 86400000, got 86400001"),
    ({"age_ms": "5"}, "age_ms", 'must be a number, got "5"'),
    ({"age_ms": True}, "age_ms", "must be a number, got true"),
    ({"age_ms": None}, "age_ms", "must not be null; leave it out"),
    ({"active_ms": 3_600_001}, "active_ms", "must be <= 3600000, got 3600001"),
    ({"visible_ms": -0.5}, "visible_ms", "must be >= 0, got -0.5"),
    ({"scroll": 1.01}, "scroll", "must be <= 1, got 1.01"),
    ({"scroll": "0.5"}, "scroll", 'must be a number, got "0.5"'),
    ({"count": 1.5}, "count", "must be an integer, got 1.5"),
    ({"count": 10_001}, "count", "must be <= 10000, got 10001"),
    ({"overlap": -0.1}, "overlap", "must be >= 0, got -0.1"),
    ({"results": 1_000_001}, "results", "must be <= 1000000, got 1000001"),
    ({"step": 101}, "step", "must be <= 100, got 101"),
    ({"step": []}, "step", "must be an integer or a string, got a list"),
    ({"target": "buy"}, "target", f'must be one of {TARGETS}, got "buy"'),
    (
        {"referrer_kind": "google"},
        "referrer_kind",
        f'must be one of {REFERRERS}, got "google"',
    ),
    ({"device": "tablet"}, "device", 'must be one of desktop, phone, got "tablet"'),
    ({"how": "left"}, "how", 'must be one of idle, return, scroll, top, got "left"'),
    ({"name": "purchase", "value": 5}, "transaction_id", "is required for purchase"),
]
REPORTS = [
    (
        {"name": "action_shown", "decision": "d_1"},
        "token",
        "is required for action_shown",
    ),
    (
        {"name": "chat_started", "token": "1.chat.x"},
        "decision",
        "is required for chat_started",
    ),
    ({"name": "chat_rated", **REPORT}, "rating", "is required for chat_rated"),
    ({"name": "chat_rated", "rating": 6, **REPORT}, "rating", "must be <= 5, got 6"),
    (
        {"name": "action_dismissed", "by": "esc", **REPORT},
        "by",
        'must be one of close, decline, escape, got "esc"',
    ),
    ({"decision": "d/1"}, "decision", f'{ID} "d/1"'),
    ({"token": "a b"}, "token", 'must match [A-Za-z0-9_.:-]{1,256}, got "a b"'),
    ({"reason": "x" * 101}, "reason", "must hold at most 100 characters, got 101"),
]
ITEMS = [
    ({"price": -5}, "price", "must be >= 0, got -5"),
    ({"price": "-5"}, "price", 'must be >= 0, got "-5"'),
    ({"price": 1e7 + 1}, "price", "must be <= 10000000, got 10000001.0"),
    ({"price": "1e999"}, "price", 'must be <= 10000000, got "1e999"'),
    ({"price": ""}, "price", 'must be a number, got ""'),
    ({"price": "abc"}, "price", 'must be a number, got "abc"'),
    ({"price": "NaN"}, "price", 'must be a number, got "NaN"'),
    ({"price": "899,00"}, "price", 'must be a number, got "899,00"'),
    ({"price": " 899"}, "price", 'must be a number, got " 899"'),
    ({"price": True}, "price", "must be a number, got true"),
    ({"price": {}}, "price", "must be a number, got an object"),
    ({"quantity": 0}, "quantity", "must be >= 1, got 0"),
    ({"quantity": "100001"}, "quantity", 'must be <= 100000, got "100001"'),
    ({"currency": "EURO"}, "currency", 'must be an ISO 4217 currency code, got "EURO"'),
    ({"item_id": "a b"}, "item_id", f'{ID} "a b"'),
    ({"item_id": 42}, "item_id", "must be a string, got 42"),
    ({"in_stock": "yes"}, "in_stock", 'must be true or false, got "yes"'),
]
SHAPES = [
    (beacon(events=["ping"]), "events[0]", 'must be an object, got "ping"'),
    (beacon(events=[{"age_ms": 0}]), "events[0].name", "is required"),
    (with_event(item={}), "events[0].item.item_id", "is required (or item_name)"),
    (with_event(item="42"), "events[0].item", 'must be an object, got "42"'),
    (with_event(items={}), "events[0].items", "must be a list, got an object"),
    (
        with_items(*[{"item_id": "1"}] * 21),
        "events[0].items",
        "must hold at most 20 entries, got 21",
    ),
    (
        with_items({"item_id": "1"}, {"item_id": "2", "price": -5}),
        "events[0].items[1].price",
        "must be >= 0, got -5",
    ),
    (
        with_event(item={"item_id": "1"}, items=[{"item_id": "1"}]),
        "events[0].item",
        "must not stand beside items",
    ),
    (with_event(value="12 EUR"), "events[0].value", 'must be a number, got "12 EUR"'),
]
TABLE = [
    *((body, "body", sentence) for body, sentence in NOT_JSON),
    *NUMBERS,
    *((body, field, "must stand once, got it twice") for body, field in TWICE),
    *((beacon(**wrong), field, sentence) for wrong, field, sentence in ENVELOPE),
    *(
        (with_event(**wrong), f"events[0].{field}", sentence)
        for wrong, field, sentence in (*EVENTS, *REPORTS)
    ),
    *(
        (with_item(**wrong), f"events[0].item.{field}", sentence)
        for wrong, field, sentence in ITEMS
    ),
    *SHAPES,
]


@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    TABLE,
    ids=[f"{field} {sentence}"[:70] for _, field, sentence in TABLE],
)
def test_bad_beacon(body, field, sentence):
    """A bad beacon is refused with the field, the limit and the value."""
    with pytest.raises(BadBeacon) as caught:
        decode_beacon(body)

    assert str(caught.value) == f"{field} {sentence}"
    assert caught.value.field == field
    assert caught.value.status == 400


def test_the_place_counts_unknown_events():
    """A path counts events as the sender did, unknown ones included."""
    events = [{"name": "unheard_of"}, {"name": "ping", "scroll": 2}]

    with pytest.raises(BadBeacon, match=r"^events\[1\]\.scroll must be <= 1, got 2$"):
        decode_beacon(beacon(events=events))
