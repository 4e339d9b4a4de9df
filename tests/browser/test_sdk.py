"""The SDK in a real browser: consent, what it observes, how it sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

COUNT_LISTENERS = """(() => {
  const add = EventTarget.prototype.addEventListener;
  const remove = EventTarget.prototype.removeEventListener;
  const held = (window.held = []);
  const key = (target, type, fn) => held.findIndex(
    (h) => h[0] === target && h[1] === type && h[2] === fn);
  EventTarget.prototype.addEventListener = function (type, fn, ...rest) {
    // The test's own tools listen, too.
    const is_ours = /[/]sdk[/]/.test(Error().stack);
    if (is_ours) held.push([this || window, type, fn, rest[0]?.signal]);
    return add.call(this, type, fn, ...rest);
  };
  EventTarget.prototype.removeEventListener = function (type, fn, ...rest) {
    const at = key(this || window, type, fn);
    if (at >= 0) held.splice(at, 1);
    return remove.call(this, type, fn, ...rest);
  };
})()"""
# A signal that is aborted has taken its listeners off.
HELD = """() => held.filter(([target, , , signal]) => !signal?.aborted &&
  (target === window || target.isConnected)).map(([, type]) => type)"""
KEYS = "() => Object.keys(localStorage).concat(Object.keys(sessionStorage))"


async def visit(page: Page, shop: Shop, path: str = "/p/42", **query: str) -> None:
    """Open a page of the shop and wait until the SDK is there."""
    text = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    await page.goto(f"{shop.url}{path}?{text}")
    await page.wait_for_function("() => window.engage && window.engage.version")


async def stand_still(page: Page) -> None:
    """Stop the clock of the next pages: only the test lets time pass."""
    await page.clock.install(time=1_000)
    await page.clock.pause_at(2_000)


async def run_until(page: Page, fact: Callable[[], Any]) -> None:
    """Let the page's time pass until `fact` is true; fails after a minute."""
    async with asyncio.timeout(60):
        while not fact():
            await page.clock.run_for(100)


async def observed(page: Page) -> None:
    """Wait until behaviour is listened for."""
    await page.wait_for_function(
        "() => held.some(([, type]) => type === 'pointermove')"
    )


async def test_silence_before_consent(page: Page, shop: Shop) -> None:
    """Before consent there is no request, no key, no cookie and no listener."""
    await page.add_init_script(COUNT_LISTENERS)
    await page.clock.install()
    await visit(page, shop, attributes='data-consent="manual"')
    await page.mouse.move(200, 200)
    await page.clock.run_for(60_000)

    requests = [r for r in shop.requests if r != "GET /sdk/engage.js"]
    assert requests == ["GET /p/42"]
    assert await page.evaluate(KEYS) == []
    assert await page.evaluate("() => document.cookie") == ""
    assert await page.evaluate(HELD) == []
    assert await page.evaluate("() => engage.ids().visitor ?? null") is None


async def test_product_view_after_consent(page: Page, shop: Shop) -> None:
    """The first beacon after consent names the page and the product on it."""
    await visit(page, shop, attributes='data-consent="manual"')
    await page.evaluate("() => engage('setConsent', true)")
    await shop.until(lambda: shop.events("view_item"))

    beacon = shop.beacons[0]
    item: dict[str, object] = {"item_id": "42", "item_name": "Lakewood M-32"}
    item |= {"item_category": "guitars", "price": 899, "currency": "EUR"}
    item |= {"in_stock": True}
    assert shop.events("page_view", "view_item") == [
        {"name": "page_view", "referrer_kind": "direct"},
        {"name": "view_item", "item": item},
    ]
    assert beacon["page"] == {
        "url": f"{shop.url}/p/42",
        "kind": "product",
        "locale": "en",
    }
    assert beacon["automated"] is True
    assert await page.evaluate("() => engage.ids()") == {
        "visitor": beacon["visitor"],
        "session": beacon["session"],
    }


async def test_withdrawal(page: Page, shop: Shop) -> None:
    """A withdrawal closes the card, removes keys and listeners, and ends requests."""
    await page.add_init_script(COUNT_LISTENERS)
    shop.decide("help")
    await visit(page, shop)
    await page.wait_for_selector("engage-root [part=card]")
    await observed(page)
    # Nothing is under way any more.
    await shop.until(lambda: shop.events("action_shown"))
    await page.evaluate("() => engage.setConsent(false)")
    before = len(shop.beacons)
    await page.mouse.move(300, 300)
    await page.clock.install()
    await page.clock.run_for(60_000)

    assert await page.locator("engage-root").count() == 0
    assert await page.evaluate(KEYS) == []
    assert await page.evaluate(HELD) == []
    assert len(shop.beacons) == before


async def test_google_consent_mode(page: Page, shop: Shop) -> None:
    """With `gcm` an update of the consent mode starts, and its types are kept apart."""
    gtag = "<script nonce='n1'>dataLayer=[];function gtag(){dataLayer.push(arguments)}"
    default = "gtag('consent','default',{analytics_storage:'denied'})</script>"
    await visit(page, shop, head=gtag + default, attributes='data-consent="gcm"')
    assert await page.evaluate("() => engage.getConsent().measure") is False

    await page.evaluate(
        "() => gtag('consent', 'update', {analytics_storage:'granted'})"
    )
    await shop.until(lambda: shop.beacons)

    consent = {"measure": True, "personalise": False, "explicit": True}
    assert shop.beacons[0]["consent"] == consent


async def test_tcf(page: Page, shop: Shop) -> None:
    """With `tcf` the consent tool's event starts, and a later one stops."""
    tool = (
        "<script nonce='n1'>__tcfapi=(command,version,tell)=>{window.tell=(status,on)=>"
        "tell({listenerId:1,eventStatus:status,purpose:{consents:{1:on,8:on}}},true)}"
        "</script>"
    )
    await visit(page, shop, head=tool, attributes='data-consent="tcf"')
    await page.evaluate("() => tell('cmpuishown', false)")
    assert await page.evaluate(KEYS) == []

    await page.evaluate("() => tell('useractioncomplete', true)")
    await shop.until(lambda: shop.beacons)
    await page.evaluate("() => tell('useractioncomplete', false)")

    assert await page.evaluate(KEYS) == []


async def test_gpc(page: Page, shop: Shop) -> None:
    """Under GPC an implied consent measures, but does not personalise."""
    await page.add_init_script(
        "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
    )
    await visit(page, shop)
    await shop.until(lambda: shop.beacons)

    consent = {"measure": True, "personalise": False, "explicit": False}
    assert shop.beacons[0]["consent"] == consent


async def test_queue_before_load(page: Page, shop: Shop) -> None:
    """Calls queued before the script came are made in order when it is there."""
    stub = (
        "<script nonce='n1'>window.engage=function(){(engage.q=engage.q||[])"
        ".push(arguments)};engage('identify','c_7');engage('setConsent',true);"
        "engage('track','add_to_wishlist',{item:{item_id:'7'}})</script>"
    )
    await visit(page, shop, head=stub, attributes="")
    await shop.until(lambda: shop.events("add_to_wishlist"))

    assert shop.beacons[0]["customer"] == {"id": "c_7"}


async def test_data_layer(page: Page, shop: Shop) -> None:
    """What was and what will be pushed to the dataLayer arrives, each entry once."""
    push = (
        "<script nonce='n1'>dataLayer=[{event:'view_item',ecommerce:"
        "{currency:'EUR',items:[{item_id:'42'}]}}]</script>"
    )
    await visit(page, shop, head=push)
    await shop.until(lambda: shop.events("view_item"))
    await page.evaluate(
        "() => dataLayer.push({event: 'add_to_cart', ecommerce: {currency: 'EUR',"
        " value: 899, items: [{item_id: '42', price: '899.00', quantity: 1}]}})"
    )
    await shop.until(lambda: shop.events("add_to_cart"))

    item = {"item_id": "42", "price": 899, "quantity": 1}
    assert shop.events("add_to_cart") == [
        {"name": "add_to_cart", "currency": "EUR", "value": 899, "item": item}
    ]
    assert len(shop.events("view_item")) == 1


async def test_hover_and_exit(page: Page, shop: Shop) -> None:
    """A rest on the cart button and a flick over the top edge become signals."""
    await page.add_init_script(COUNT_LISTENERS)
    await stand_still(page)
    await visit(page, shop)
    await observed(page)
    box = await page.locator("button[data-engage=cart]").bounding_box()
    assert box is not None
    for wait_ms in (1_700, 4_000):
        await page.mouse.move(box["x"] + 5, box["y"] + 5)
        await page.clock.run_for(wait_ms)
        await page.mouse.move(400, 300)
        await page.clock.run_for(100)
    await page.mouse.move(400, 250)
    await page.clock.run_for(60)
    await page.mouse.move(400, -10)
    await page.clock.run_for(5_000)
    await run_until(page, lambda: shop.events("exit_intent") and shop.events("ping"))

    hovers = shop.events("hover_cta")
    assert [(h["target"], h["ms"] >= 1_500) for h in hovers] == [("cart", True)] * 2
    exits = shop.events("exit_intent")
    assert exits == [{"name": "exit_intent", "device": "desktop", "how": "top"}]


async def test_dead_and_rage_clicks(page: Page, shop: Shop) -> None:
    """Three quick clicks on a button that does nothing are rage, and dead."""
    await page.add_init_script(COUNT_LISTENERS)
    await stand_still(page)
    await visit(page, shop)
    await observed(page)
    for _ in range(3):
        await page.click("button[data-engage=cart]")
    await page.clock.run_for(8_000)
    await run_until(page, lambda: shop.events("dead_click"))

    assert shop.events("rage_click", "dead_click") == [
        {"name": "rage_click", "count": 3, "target": "cart"},
        {"name": "dead_click", "count": 3, "target": "cart"},
    ]


async def test_single_page_shop(page: Page, shop: Shop) -> None:
    """A new address without a load ends one page view and begins the next."""
    await visit(page, shop)
    await shop.until(lambda: shop.events("view_item"))
    await page.evaluate("() => history.pushState({}, '', '/p/43')")
    await shop.until(lambda: len(shop.events("page_view")) > 1)

    assert [b["page"]["url"][-5:] for b in shop.beacons][-1] == "/p/43"
    assert shop.events("page_view")[1]["referrer_kind"] == "internal"
    assert [b["seq"] for b in shop.beacons] == list(range(len(shop.beacons)))


async def test_page_end(page: Page, shop: Shop) -> None:
    """Leaving the page sends what was not sent: the last ping is not lost."""
    await visit(page, shop)
    await shop.until(lambda: shop.events("view_item"))
    # A page that was looked at for less than .1 s has no ping to lose.
    start_ms = await page.evaluate("() => performance.now()")
    await page.wait_for_function("t => performance.now() - t > 300", arg=start_ms)
    await page.evaluate("() => engage.track('coupon_failed', {count: 2})")
    await page.goto("about:blank")
    await shop.until(lambda: shop.events("coupon_failed") and shop.events("ping"))

    assert shop.events("coupon_failed") == [{"name": "coupon_failed", "count": 2}]
    assert shop.events("tab_hidden") == []


async def test_dead_service(page: Page, shop: Shop) -> None:
    """A service that cannot be reached throws nothing into the page."""
    await visit(page, shop, attributes='data-endpoint="http://127.0.0.1:9"')
    await page.evaluate("() => engage.setConsent(true)")
    await page.evaluate("() => engage.track('add_to_cart', {item: null})")
    await page.evaluate("() => engage('no_such_call')")

    assert await page.evaluate("() => typeof engage.ids().visitor") == "string"


async def test_forget(page: Page, shop: Shop) -> None:
    """`forget` tells the service, and leaves nothing here."""
    await visit(page, shop)
    await shop.until(lambda: shop.events("view_item"))
    await page.evaluate("() => engage.forget()")
    await shop.until(lambda: shop.events("forget"))

    assert await page.evaluate(KEYS) == []
