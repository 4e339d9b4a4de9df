"""What the table of bad input is made with: requests, a primed service, its state."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass

import orjson

from tests.web.serving import JSON, ORIGIN, SERVER, beacon
from tests.web.test_shop_routes import ITEM, ORDER, REFUND

GOOD = beacon("page_view")
SEQ = b'"seq":0'
GZIP = {"Content_Encoding": "gzip"}
BOMB = gzip.compress(b"0" * 12_000_000)
# Sentences that do not begin with their field.
ELSEWHERE = {
    "Authorization": "authorization",
    "the server key": "authorization",
    "the preview link": "token",
    "there is no decision": "id",
    "nothing is held": "id",
    "order 'A-1'": "margin, value",
    "refund 'R-1'": "refund",
    "refunds must": "refund",
}
_FIELD = re.compile(r"[a-z_-]+(\[\d\])?(\.[a-z_]+)*")


@dataclass(frozen=True)
class Sent:
    """One request; `$TOKEN`, `$DECISION`, `$CODE` stand for what was really given."""

    body: bytes
    path: str = "/v1/beacons"
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = (("Origin", ORIGIN),)

    def with_names(self, names: dict[str, str]) -> Sent:
        """Return the request with what was really given."""
        body, path = self.body, self.path
        for name, true in names.items():
            body, path = (
                body.replace(name.encode(), true.encode()),
                path.replace(name, true),
            )
        return Sent(body, path, self.method, self.headers)


def table(build, text):
    """Return rows (what, request, status, sentence) of lines `given -> status says`."""
    rows = []
    for line in text.strip().splitlines():
        given, _, told = line.partition(" -> ")
        status, says = told.split(" ", 1)
        rows.append((given, build(orjson.loads(given)), int(status), says))
    return rows


def of(fields):
    """Return a beacon from the shop's own page, with these fields."""
    return Sent(beacon("page_view", **fields))


def event(fields):
    """Return a beacon with one event."""
    return Sent(beacon({"name": "ping", **fields}))


def item(fields):
    """Return a beacon with one product."""
    return event({"name": "view_item", "item": {"item_id": "42", **fields}})


def text(old, new):
    """Return a good beacon with a piece of its text replaced."""
    assert old in GOOD
    return Sent(GOOD.replace(old, new))


def head(body=GOOD, **headers):
    """Return a beacon with other headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Sent(body, headers=tuple({"Origin": ORIGIN, **named}.items()))


def report(fields):
    """Return a report about a card, from the session that has it."""
    plain = {"decision": "$DECISION", "token": "$TOKEN", **fields}
    session = plain.pop("session", "$SESSION")
    body = beacon(
        {"name": "action_shown", **plain}, visitor="$VISITOR", session=session, seq=50
    )
    return Sent(body)


def call(path, body=b"", method="POST", **headers):
    """Return a call of the shop's server."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Sent(data, path, method, tuple({**SERVER, **named}.items()))


def order(fields):
    """Return an order; A-1 is recorded already."""
    return call("/v1/orders", {**ORDER, "order_id": "A-9", **fields})


def refund(fields):
    """Return a refund of A-1; R-1 is recorded already."""
    return call("/v1/orders", {**REFUND, "refund_id": "R-9", **fields})


def agents(fields):
    """Return a report of who is there to chat."""
    plain = {"online": 1, "free": 1, "ttl_s": 60, **fields}
    return call("/v1/chat/groups/guitars", plain, "PUT")


def product(fields):
    """Return a product."""
    return call("/v1/catalog/items/1", {**ITEM, **fields}, "PUT")


def codes(fields):
    """Return codes for a pool."""
    plain = {"pool": "autumn10", "codes": ["A"], **fields}
    return call("/v1/discounts/codes", plain)


def asked(path):
    """Return a question of the shop's server."""
    return call(path, method="GET")


def field_of(says):
    """Return the field that a sentence is about."""
    for start, field in ELSEWHERE.items():
        if says.startswith(start):
            return field
    return _FIELD.match(says)[0]


async def primed_with(at):
    """Let an order, a refund, a card and a redeemed code happen; return their names."""
    known = {"pool": "autumn10", "codes": [f"C-{n}" for n in range(99)]}
    await at.shop("POST", "/v1/discounts/codes", known)
    await at.shop("POST", "/v1/orders", ORDER)
    await at.shop("POST", "/v1/orders", REFUND)
    look = {"name": "view_item", "item": {"item_id": "1", "price": 100}}
    for number in range(200):
        who = {"visitor": f"v_{number}", "session": f"s_{number}"}
        answer = await at.beacon(look, "ask", **who)
        card = answer.json()["decision"] if answer.status == 200 else {}
        code = card.get("content", {}).get("code")
        if code is not None:
            break
    await at.shop("POST", f"/v1/discounts/{code}/redeem", {"order_id": "A-1"})
    return {
        "$CODE": code,
        "$DECISION": card["id"],
        "$TOKEN": card["token"],
        "$VISITOR": who["visitor"],
        "$SESSION": who["session"],
    }


async def state(at):
    """Return a hash of all that a request could have changed."""
    site = at.service.engine("pk_demo").site
    store, now_s = site.store, site.now_s()
    live = await store.idle(site.key, before_s=now_s + 1e9, limit=10**6)
    held = (
        [(e.offset, e.record.kind, e.record.body) for e in site.journal.read(0, 10**9)],
        [(known.version, known.session, known.visitor) for known in live],
        await store.chats.groups(site.key, at_s=0.0),
        await store.codes.stock(site.key, at_s=now_s),
        site.journal.codes(site.key),
        [site.catalogue.get(str(n)) for n in range(3)],
    )
    return hashlib.sha256(repr(held).encode()).hexdigest()


async def answered(primed, sent):
    """Return the answer of a primed service to a request."""
    at, names = primed
    one = sent.with_names(names)
    headers = {**JSON, **dict(one.headers)}
    return await at.call(one.method, one.path, data=one.body, headers=headers)
