"""Builders of messages; what a test does not name is ordinary and right."""

import copy

import orjson

LEFT_OUT = object()
PLAIN = {
    "v": 1,
    "site": "pk_demo",
    "visitor": "v_1",
    "session": "s_1",
    "tab": "t_1",
    "seq": 7,
    "consent": {"measure": True, "personalise": True, "explicit": True},
    "page": {"url": "https://shop.example/p/42", "kind": "product", "locale": "de"},
    "events": [{"name": "ping", "age_ms": 0}],
}
ORDER = {"order_id": "A-1", "value": 129.9, "currency": "EUR"}
REFUND = {"order_id": "A-1", "refund_id": "R-1", "refund": 12.5, "currency": "EUR"}
PRODUCT = {"title": "M-32", "price": "899.00 EUR", "availability": "in_stock"}
REPORT = {"decision": "d_1", "token": "1.similar.x"}


def message(plain, **changes):
    """Return `plain` with `changes` as JSON; `LEFT_OUT` removes a field."""
    changed = {**copy.deepcopy(plain), **changes}
    kept = {name: value for name, value in changed.items() if value is not LEFT_OUT}
    return orjson.dumps(kept)


def beacon(**changes):
    """Return a beacon as JSON with `changes` at its top level."""
    return message(PLAIN, **changes)


def with_event(**fields):
    """Return a beacon with one event; a `ping` of age 0 unless said otherwise."""
    return beacon(events=[orjson.loads(message(PLAIN["events"][0], **fields))])


def with_item(**fields):
    """Return a beacon whose event views one item."""
    item = orjson.loads(message({"item_id": "42"}, **fields))
    return with_event(name="view_item", item=item)


def with_items(*items):
    """Return a beacon whose event views several items."""
    return with_event(name="view_item", items=list(items))


def raw(old, new):
    """Return an ordinary beacon with `old`, which its text must have, replaced."""
    body = beacon()
    assert old in body
    return body.replace(old, new, 1)
