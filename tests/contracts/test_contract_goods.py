"""CONTRACT section 2, on a running demo: agents, goods, codes, visitors, the log."""

import json

import pytest

from tests.contracts.outside import LOOK, beacon, later

TITLES = {
    "title": "Luv",
    "link": "https://shop.example/p/1",
    "image_link": "https://shop.example/1.jpg",
    "price": "899.00 EUR",
    "availability": "in_stock",
    "google_product_category": "Guitars",
    "cost_of_goods_sold": "500.00 EUR",
}
NDJSON = "\n".join(
    [
        json.dumps({"id": "n1", **TITLES}),
        "{broken",
        json.dumps({"id": "n2", **TITLES, "price": "cheap"}),
    ]
)
TSV = (
    "id\ttitle\tlink\tprice\tavailability\n"
    "t1\tA\thttps://shop.example/1\t10.00 EUR\tin stock\n"
    "t2\tB\thttps://shop.example/2\tcheap\tin_stock\n"
)
XML = """<?xml version="1.0"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>
<item><g:id>x1</g:id><title>A</title><g:price>10.00 EUR</g:price>
<g:availability>in_stock</g:availability></item>
<item><g:id>x2</g:id><title>B</title><g:price>cheap</g:price>
<g:availability>in_stock</g:availability></item>
</channel></rss>"""


def asked(demo, **fields):
    """Let a new visitor ask for advice; return the beacon."""
    sent = beacon(LOOK, "ask", **fields)
    demo.send(sent)
    return sent


def test_chat_groups(demo):
    """Presence is 204; what is missing or out of bounds is named."""
    path, good = "/v1/chat/groups/test", {"online": 3, "free": 5, "ttl_s": 60}

    assert demo.shop("PUT", path, good).status == 204
    for name in good:
        less = {k: v for k, v in good.items() if k != name}
        assert demo.shop("PUT", path, less).told == (400, name)
        assert demo.shop("PUT", path, {**good, name: -1}).told == (400, name)


def test_item(demo):
    """A product under Google's names is 204; a bad price is named."""
    path = "/v1/catalog/items/new-1"

    assert demo.shop("PUT", path, TITLES).status == 204
    for price in ("899", "899,00 EUR", "-1.00 EUR"):
        said = demo.shop("PUT", path, {**TITLES, "price": price})
        assert said.told == (400, "price")


@pytest.mark.parametrize(
    ("media", "feed", "refused"),
    [
        ("application/x-ndjson", NDJSON, [2, 3]),
        ("text/tab-separated-values", TSV, [3]),
        ("application/xml", XML, [5]),
    ],
)
def test_feed(demo, media, feed, refused):
    """A feed in any of three formats is 202: what was taken, which lines were not."""
    said = demo.shop("POST", "/v1/catalog", feed.encode(), Content_Type=media)

    assert (said.status, said.json["accepted"]) == (202, 1)
    assert [one["line"] for one in said.json["refused"]] == refused
    assert all(set(one) == {"line", "detail"} for one in said.json["refused"])


def test_codes(demo):
    """Codes are accepted once; known ones are counted as duplicates."""
    body = {"pool": "autumn10", "codes": ["Z-1", "Z-2", "Z-1"]}
    told = [demo.shop("POST", "/v1/discounts/codes", body) for _ in range(2)]

    assert [one.status for one in told] == [202, 202]
    assert told[0].json == {"accepted": 2, "duplicate": 1}
    assert told[1].json == {"accepted": 0, "duplicate": 3}


def test_redeem(stocked):
    """200 for one order, again for the same, 409 for another, 404 for unknown codes."""
    _, card = stocked.card("discount")
    code = card["content"]["code"]

    def redeem(what, order):
        path = f"/v1/discounts/{what}/redeem"
        return stocked.shop("POST", path, {"order_id": order}).status

    told = [redeem(code, order) for order in ("D-1", "D-1", "D-2")]
    assert told == [200, 200, 409]
    assert redeem("NOBODY", "D-1") == 404


def test_visitor(demo):
    """Everything held is told: the running visit at once, then decisions and orders."""
    sent = beacon({**LOOK, "name": "add_to_cart"})
    demo.send(sent)
    path = f"/v1/visitors/{sent['visitor']}"
    first = demo.shop("GET", path)
    demo.send(later(sent, LOOK, "ask"))
    demo.order(order_id="V-1", value=5, visitor=sent["visitor"])
    held = demo.shop("GET", path).json

    assert first.status == 200
    assert first.json["sessions"][0]["session"] == sent["session"]
    assert first.json["sessions"][0]["cart"][0]["item_id"] == "gtr-luv"
    assert [one["order_id"] for one in held["orders"]] == ["V-1"]
    assert len(held["decisions"]) == 1


def test_erasure(demo):
    """Erasing is 204, again 204; nothing is held, the log keeps no name."""
    sent = asked(demo)
    path = f"/v1/visitors/{sent['visitor']}"
    decision = demo.records(sent["visitor"])[0]["decision"]
    told = [demo.shop("DELETE", path).status for _ in range(2)]

    assert told == [204, 204]
    assert demo.shop("GET", path).status == 404
    assert demo.records(sent["visitor"]) == []
    kept = [one for one in demo.records() if one["decision"] == decision]
    assert [one["visitor"] for one in kept] in ([], [None])


def test_decision_log(demo):
    """NDJSON, oldest first, in pages with a next link; `since` and `until` cut it."""
    for _ in range(5):
        asked(demo)
    whole = demo.records()
    page = demo.shop("GET", "/v1/decisions?limit=2")
    middle = whole[len(whole) // 2]["at"]
    since = demo.shop("GET", f"/v1/decisions?limit=1000&since={middle}").lines()
    until = demo.shop("GET", f"/v1/decisions?limit=1000&until={middle}").lines()

    assert page.headers["content-type"] == "application/x-ndjson"
    assert 'rel="next"' in page.headers["link"]
    times = [one["at"] for one in whole]
    assert (times, len(page.lines())) == (sorted(times), 2)
    assert len({one["decision"] for one in whole}) == len(whole)
    assert [one["decision"] for one in until + since] == [
        one["decision"] for one in whole
    ]


def test_bad_questions(demo):
    """A limit, time or cursor that is none is 400 and named."""
    for name, value in {"limit": "0", "since": "monday", "cursor": "x"}.items():
        said = demo.shop("GET", f"/v1/decisions?{name}={value}")
        assert said.told == (400, name)


def test_unknown_place(demo):
    """What does not exist under /v1/ is a problem, not a page."""
    said = demo.shop("GET", "/v1/nothing")

    assert said.status == 404
    assert said.headers["content-type"] == "application/problem+json"
