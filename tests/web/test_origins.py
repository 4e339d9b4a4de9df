"""CORS is enforced by the server, too: an origin is matched letter by letter."""

import pytest

from engage.settings import SiteSettings
from engage.web.access import is_allowed
from tests.web.serving import JSON, ORIGIN, SERVER, beacon

# The site's own is https://shop.example.
WRONG = [
    "null",
    "",
    "*",
    "https://shop.example.evil.com",
    "https://evil-shop.example",
    "https://evil.com/shop.example",
    "https://shop.example@evil.com",
    "http://shop.example",
    "https://shop.example:8443",
    "https://shop.example:443",
    "https://shop.example.",
    "https://SHOP.example",
    "https://shop.example/",
    "https://sub.shop.example",
    "https://xn--shp-hoa.example",
    "https://other.example",
    "http://127.0.0.1",
    "file://",
    "https://shop.example, https://evil.com",
]
LOOPBACK = ["http://localhost:3000", "http://127.0.0.1", "https://[::1]:8443"]
NOT_LOOPBACK = ["http://localhost.evil.com", "http://127.0.0.1.evil", "http://[::1]:1x"]


@pytest.mark.parametrize("origin", WRONG)
async def test_wrong_origin_is_refused(at, origin):
    """A beacon from another origin is 403, and nothing of it is applied."""
    sent = {"Origin": origin, **JSON}
    answer = await at.call("POST", "/v1/beacons", data=beacon(), headers=sent)

    assert (answer.status, answer.field) == (403, "origin")
    assert answer.headers["Vary"] == "Origin"
    assert answer.headers.get("Access-Control-Allow-Origin") in (
        None,
        # Another shop of this service may read why, but not write.
        "https://other.example",
    )
    assert await at.service.store.live_sessions() == 0


async def test_own_host_is_no_origin(at):
    """That the Host header says the same does not make an origin the site's."""
    sent = {"Origin": "http://rebound.evil", "Host": "rebound.evil", **JSON}
    answer = await at.call("POST", "/v1/beacons", data=beacon(), headers=sent)

    assert answer.status == 403


async def test_own_origin_may_read(at):
    """The site's origin is named back, never a star, never with credentials."""
    answer = await at.beacon("page_view")

    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_absent_origin_is_accepted(at):
    """CORS is no authentication: a request of no browser is taken."""
    answer = await at.call("POST", "/v1/beacons", data=beacon(), headers=JSON)

    assert answer.status == 204
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/v1/beacons", "/v1/decisions/d_1/confirm"])
async def test_preflight(at, path):
    """A preflight is answered for our origins only."""
    ask = {"Access-Control-Request-Method": "POST", "Origin": ORIGIN}
    good = await at.call("OPTIONS", path, headers=ask)
    bad = await at.call("OPTIONS", path, headers={**ask, "Origin": "https://evil.com"})

    assert (good.status, bad.status) == (204, 403)
    assert good.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in good.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in good.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in bad.headers


async def test_confirm_is_refused_to_other_origins(at):
    """Asking whether a card holds takes an agent: other origins may not."""
    for n in range(40):
        first = await at.beacon("ask", visitor=f"v_{n}", session=f"s_{n}")
        if first.status == 200:
            break
    card = first.json()["decision"]
    path, body = f"/v1/decisions/{card['id']}/confirm", {"token": card["token"]}
    answers = [
        await at.call("POST", path, json=body, headers={"Origin": origin})
        for origin in ("https://evil.com", "https://other.example", ORIGIN)
    ]

    assert [one.status for one in answers] == [403, 403, 200]
    assert answers[2].headers["Access-Control-Allow-Origin"] == ORIGIN


async def test_servers_get_no_cors(at):
    """What needs the server key is for servers: no page may read it."""
    headers = {**SERVER, "Origin": ORIGIN}
    answer = await at.call("GET", "/v1/decisions", headers=headers)

    assert answer.status == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("origin", LOOPBACK)
def test_any_loopback(origin):
    """The demo's site takes every loopback origin."""
    assert is_allowed(SiteSettings(key="pk", any_loopback_origin=True), origin)
    assert not is_allowed(SiteSettings(key="pk"), origin)


@pytest.mark.parametrize("origin", NOT_LOOPBACK)
def test_what_only_looks_like_loopback(origin):
    """Names that begin like loopback are no loopback."""
    assert not is_allowed(SiteSettings(key="pk", any_loopback_origin=True), origin)
