"""CONTRACT section 2, seen from outside: the shop's server."""

import re

import orjson
import pytest

from engage.settings import SiteSecrets
from engage.web.access import ServerKeys
from tests.web.serving import JSON, KEY, SALT, SERVER

ORDER = {"order_id": "A-1", "value": 129.9, "currency": "EUR"}
REFUND = {"order_id": "A-1", "refund_id": "R-1", "refund": 29.9, "currency": "EUR"}
CODES = {"pool": "autumn10", "codes": ["A", "B"]}
ITEM = {
    "title": "Stratocaster",
    "link": "https://shop.example/p/1",
    "image_link": "https://shop.example/p/1.jpg",
    "price": "899.00 EUR",
    "availability": "in_stock",
}
ROUTES = [
    ("POST", "/v1/orders"),
    ("PUT", "/v1/chat/groups/guitars"),
    ("PUT", "/v1/catalog/items/1"),
    ("POST", "/v1/catalog"),
    ("POST", "/v1/discounts/codes"),
    ("POST", "/v1/discounts/A/redeem"),
    ("GET", "/v1/visitors/v_1"),
    ("DELETE", "/v1/visitors/v_1"),
    ("GET", "/v1/decisions"),
]
WRONG_KEYS = [
    None,
    "",
    "Bearer",
    "Bearer ",
    "Bearer wrong",
    f"Basic {KEY}",
    f"Bearer {KEY}x",
    f"Bearer {KEY[:-1]}",
    KEY,
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_key_is_asked_first(at, method, path):
    """Without the right key every route is 401, whatever the body is."""
    for key in WRONG_KEYS:
        headers = {**JSON, **({} if key is None else {"Authorization": key})}
        answer = await at.call(method, path, data=b"{", headers=headers)
        assert (answer.status, answer.field) == (401, "authorization")


async def test_a_key_is_changed(at):
    """While the shop changes over both keys open everything; then only the new one."""
    new = "sk_new_0123456789"
    asked = [(KEY, "during"), (new, "during"), (new, "after"), (KEY, "after")]
    secrets = {
        "during": SiteSecrets(server_key=new, old_server_key=KEY, salt=SALT),
        "after": SiteSecrets(server_key=new, salt=SALT),
    }
    statuses = []
    for key, when in asked:
        at.service.keys = ServerKeys({"pk_demo": secrets[when]})
        headers = {**JSON, "Authorization": f"Bearer {key}"}
        order = orjson.dumps({**ORDER, "order_id": f"A-{when}-{key}"})
        told = await at.call("POST", "/v1/orders", data=order, headers=headers)
        statuses.append(told.status)

    assert statuses == [202, 202, 202, 401]


async def test_each_key_opens_its_own_shop(at):
    """A key shows what its own shop holds, and nothing of another's."""
    await at.beacon("ask")
    other = {"Authorization": f"Bearer {KEY}-"}
    mine = await at.shop("GET", "/v1/decisions")
    theirs = await at.call("GET", "/v1/decisions", headers=other)

    assert len(mine.body.splitlines()) == 1
    assert theirs.body == b""


async def test_order_repeat_and_conflict(at):
    """Recorded once: 202, an exact repeat 200, other content 409."""
    answers = [
        await at.shop("POST", "/v1/orders", ORDER),
        await at.shop("POST", "/v1/orders", ORDER),
        await at.shop("POST", "/v1/orders", {**ORDER, "value": 1.0}),
    ]

    assert [one.status for one in answers] == [202, 200, 409]


async def test_refunds(at):
    """Held before its order, idempotent, and never more than the order's value."""
    answers = [
        await at.shop("POST", "/v1/orders", REFUND),
        await at.shop("POST", "/v1/orders", ORDER),
        await at.shop("POST", "/v1/orders", REFUND),
        await at.shop("POST", "/v1/orders", {**REFUND, "refund": 5}),
        await at.shop("POST", "/v1/orders", {**REFUND, "refund_id": "R-2"}),
        await at.shop(
            "POST", "/v1/orders", {**REFUND, "refund_id": "R-3", "refund": 100}
        ),
    ]

    assert [one.status for one in answers] == [202, 202, 200, 409, 202, 409]


BAD = [
    ("POST", "/v1/orders", {**ORDER, "currency": "XXX"}, "currency"),
    ("POST", "/v1/orders", {**ORDER, "value": -1}, "value"),
    ("POST", "/v1/orders", {"order_id": "A-1"}, None),
    ("POST", "/v1/orders", {**ORDER, "at": "yesterday"}, "at"),
    ("PUT", "/v1/chat/groups/guitars", {"online": -1, "free": 0, "ttl_s": 9}, None),
    ("PUT", "/v1/chat/groups/gui%20tars", {"online": 1, "free": 1, "ttl_s": 9}, None),
    ("PUT", "/v1/catalog/items/1", {**ITEM, "price": "cheap"}, None),
    ("PUT", "/v1/catalog/items/1", {**ITEM, "price": "9.00 USD"}, "price"),
    ("POST", "/v1/discounts/codes", {"pool": "autumn10", "codes": "A"}, None),
    ("POST", "/v1/discounts/A/redeem", {}, "order_id"),
    ("POST", "/v1/catalog?whole=yes", None, "whole"),
    ("GET", "/v1/decisions?limit=0", None, "limit"),
    ("GET", "/v1/decisions?limit=1001", None, "limit"),
    ("GET", "/v1/decisions?limit=%C2%B2", None, "limit"),
    ("GET", "/v1/decisions?limit=" + "9" * 5_000, None, "limit"),
    ("GET", "/v1/decisions?since=now", None, "since"),
    ("GET", "/v1/decisions?until=2026-01-01", None, "until"),
    ("GET", "/v1/decisions?cursor=x", None, "cursor"),
    ("GET", "/v1/decisions?cursor=nan:1", None, "cursor"),
    ("GET", "/v1/decisions?cursor=1e999:99999999999999999999999", None, "cursor"),
    ("GET", "/v1/visitors/%00", None, "id"),
]


@pytest.mark.parametrize(("method", "path", "body", "field"), BAD)
async def test_wrong_use_names_its_field(at, method, path, body, field):
    """A caller's fault is 400 and says which field."""
    answer = await at.shop(method, path, body)

    assert answer.status == 400, answer.body
    assert field is None or answer.field == field
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_broken_body_is_no_beacon(at):
    """A truncated body of the shop's server is not called a beacon."""
    headers = {**JSON, **SERVER, "Content-Encoding": "gzip"}
    answer = await at.call("POST", "/v1/orders", data=b"\x1f\x8b", headers=headers)

    assert answer.json()["type"] == "/problems/bad-request"


async def test_groups_and_items(at):
    """Agents and products are taken with 204."""
    group = {"online": 3, "free": 5, "ttl_s": 60}
    answers = [
        await at.shop("PUT", "/v1/chat/groups/guitars", group),
        await at.shop("PUT", "/v1/catalog/items/1", ITEM),
    ]

    assert [one.status for one in answers] == [204, 204]
    assert at.service.engine("pk_demo").site.catalogue.get("1").price_cents == 89_900


async def test_codes_are_added_once(at):
    """A code that is known to any pool is a duplicate."""
    added = await at.shop("POST", "/v1/discounts/codes", CODES)
    again = await at.shop("POST", "/v1/discounts/codes", CODES)

    assert (added.status, added.json()) == (202, {"accepted": 2, "duplicate": 0})
    assert again.json() == {"accepted": 0, "duplicate": 2}


async def test_code_is_redeemed_once(at):
    """For its order 200, again 200, for another 409; one that is unknown 404."""
    codes = {"pool": "autumn10", "codes": [f"C{n}" for n in range(99)]}
    await at.shop("POST", "/v1/discounts/codes", codes)
    look = {"name": "view_item", "item": {"item_id": "1", "price": 100}}
    for n in range(99):
        who = {"visitor": f"v_{n}", "session": f"s_{n}"}
        answer = await at.beacon(look, "ask", **who)
        card = answer.json()["decision"] if answer.status == 200 else {}
        if card.get("action") == "autumn10":
            break
    code = card["content"]["code"]
    answers = [
        await at.shop("POST", f"/v1/discounts/{one}/redeem", {"order_id": order})
        for one, order in [(code, "A-1"), (code, "A-1"), (code, "A-2"), ("C99", "A-1")]
    ]

    assert [one.status for one in answers] == [200, 200, 409, 404]


async def test_visitor_is_shown_and_erased(at):
    """Everything held is shown; after erasure nothing is; erasing again is fine."""
    await at.beacon("ask")
    held = await at.shop("GET", "/v1/visitors/v_1")
    erased = [await at.shop("DELETE", "/v1/visitors/v_1") for _ in range(2)]
    gone = await at.shop("GET", "/v1/visitors/v_1")

    assert (held.status, gone.status) == (200, 404)
    assert [one.status for one in erased] == [204, 204]


async def test_decisions_are_paged(at):
    """Pages follow their Link to the end; every decision comes once, oldest first."""
    for n in range(7):
        await at.beacon("ask", visitor=f"v_{n}", session=f"s_{n}")
    path, seen = "/v1/decisions?limit=3", []
    while path:
        page = await at.shop("GET", path)
        seen += [orjson.loads(line) for line in page.body.splitlines()]
        link = re.fullmatch(r'<(.+)>; rel="next"', page.headers.get("Link", ""))
        path = link[1] if link else None

    assert [row["visitor"] for row in seen] == [f"v_{n}" for n in range(7)]
    assert page.headers["Content-Type"] == "application/x-ndjson"


async def test_decisions_by_time(at):
    """`since` is inclusive, `until` is not."""
    await at.beacon("ask")
    row = orjson.loads((await at.shop("GET", "/v1/decisions")).body)
    inside = await at.shop("GET", f"/v1/decisions?since={row['at']}")
    before = await at.shop("GET", f"/v1/decisions?until={row['at']}")

    assert len(inside.body.splitlines()) == 1
    assert before.body == b""
