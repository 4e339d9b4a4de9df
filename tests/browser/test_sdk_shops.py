"""The SDK in shops as they are: their events, their mistakes, and taking it out."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.async_api import Page, Route

from engage import __version__
from tests.browser.conftest import Shop
from tests.browser.test_sdk import COUNT_LISTENERS, HELD, observed, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = "engage-root [part=card]"
HELLO = "{id: 'd_1', token: 't.1', action: 'a', kind: 'help', content: {title: 'Hi'}}"


async def test_outcomes_in_the_data_layer(page: Page, shop: Shop) -> None:
    """What becomes of a card is told to the shop's own measuring as well."""
    await page.add_init_script(COUNT_LISTENERS)
    await visit(page, shop)
    await observed(page)
    await page.evaluate(f"() => engage.show({HELLO})")
    await page.click("[part=decline]")

    kind = {"engage_action": "a", "engage_kind": "help"}
    assert await page.evaluate("() => dataLayer") == [
        {"event": "engage_shown", **kind},
        {"event": "engage_dismissed", **kind},
    ]


async def test_prerendered_page(page: Page, shop: Shop) -> None:
    """A page that nobody sees yet measures nothing; it begins when it is shown."""
    await page.add_init_script(
        "Object.defineProperty(document, 'prerendering', {value: true, writable: true})"
    )
    await visit(page, shop)
    await page.evaluate("() => engage.track('add_to_cart', {item: {item_id: '42'}})")
    await page.evaluate("() => engage.flush()")
    assert await page.evaluate("() => Object.keys(localStorage)") == []

    await page.evaluate(
        "() => { document.prerendering = false;"
        " document.dispatchEvent(new Event('prerenderingchange')) }"
    )
    await shop.until(lambda: shop.events("add_to_cart"))
    assert shop.events("page_view") == [
        {"name": "page_view", "referrer_kind": "direct"}
    ]


async def test_nothing_is_left_behind(page: Page, shop: Shop) -> None:
    """After `destroy` no listener, timer, tap or element of ours is on the page."""
    await page.add_init_script(COUNT_LISTENERS)
    await page.add_init_script(
        "window.timers = new Set(); for (const [set, clear] of"
        " [['setInterval', 'clearInterval']]) { const on = window[set], off ="
        " window[clear]; window[set] = (...a) => { const id = on(...a);"
        " timers.add(id); return id }; window[clear] = (id) => { timers.delete(id);"
        " off(id) } }; window.analytics = {track() {}}; window.plain ="
        " [history.pushState, history.replaceState, analytics.track, [].push]"
    )
    await visit(page, shop)
    await observed(page)
    await page.evaluate("() => { engage.on('shown', () => {}) }")
    await page.evaluate(f"() => engage.show({HELLO})")
    await page.evaluate("() => engage.destroy()")
    now = (
        "() => [history.pushState, history.replaceState, analytics.track,"
        " dataLayer.push].every((fn, i) => fn === plain[i])"
    )

    assert await page.evaluate(HELD) == []
    assert await page.evaluate("() => timers.size") == 0
    assert await page.evaluate(now)
    assert await page.locator("engage-root").count() == 0


async def test_mistakes_of_a_shop_cost_no_beacon(page: Page, shop: Shop) -> None:
    """A wrong page kind, an e-mail address as id, odd numbers: mended or left out."""
    await visit(page, shop, kind="produkt", attributes='data-consent="manual"')
    await page.evaluate(
        "() => { engage.identify('jane@example.com'); engage.setContext({customer:"
        " {id: 'jane@example.com', logged_in: 1, type: 'x'.repeat(300), orders: 2.4}});"
        " engage.setConsent(true); engage.track('add_to_cart', {value: 'NaN', items:"
        " [{item_id: 'a b', quantity: 0, price: '9.50', in_stock: 'no'}]});"
        " engage.track('coupon_failed', {count: 1.6}) }"
    )
    await shop.until(lambda: shop.events("coupon_failed"))

    beacon = shop.beacons[0]
    assert beacon["page"]["kind"] == "other"
    customer = {"logged_in": True, "type": "x" * 99, "orders": 2}
    assert beacon["customer"] == customer
    item = {"item_id": "a_b", "price": 9.5, "in_stock": False}
    assert shop.events("add_to_cart") == [{"name": "add_to_cart", "item": item}]
    assert shop.events("coupon_failed") == [{"name": "coupon_failed", "count": 2}]


WOO = """<!doctype html><html lang="de"><head><meta charset="utf-8"><title>M-32</title>
<meta property="og:type" content="product"><link rel="icon" href="data:,">
<script>window.dataLayer = window.dataLayer || [];
dataLayer.push({event: 'view_item', ecommerce: {currency: 'EUR', value: 899, items: [
{item_id: 'L-42', item_name: 'Lakewood M-32', price: '899.00', item_category: 'Gitarren'
}]}});</script></head><body class="single single-product woocommerce"><h1>M-32</h1>
<form class="cart" onsubmit="dataLayer.push({event: 'add_to_cart', ecommerce: {currency:
'EUR', value: 899, items: [{item_id: 'L-42', price: '899.00', quantity: 1}]}});
return false"><div class="quantity"><input name="quantity" value="1"></div>
<button name="add-to-cart" value="42">In den Warenkorb</button></form>
<script async src="/sdk/engage.js" data-site="pk_demo" data-consent="granted" MORE>
</script></body></html>"""


@pytest.mark.parametrize("more", ["", "data-preset=woocommerce"])
async def test_foreign_shop(page: Page, shop: Shop, more: str) -> None:
    """A shop with nothing but a GA4 dataLayer and one script tag gets its card."""
    shop.decide("discount", code="A-1", terms="Einmal.")
    html = WOO.replace("MORE", more)
    await page.route(
        "**/woo", lambda route: route.fulfill(body=html, content_type="text/html")
    )
    await page.goto(f"{shop.url}/woo")
    await page.wait_for_selector(CARD)
    await page.click("button[name=add-to-cart]")
    await shop.until(lambda: shop.events("add_to_cart"))

    names = [{event["name"] for event in beacon["events"]} for beacon in shop.beacons]
    first = next(n for n, held in enumerate(names) if "view_item" in held)
    assert {beacon["page"]["kind"] for beacon in shop.beacons[first:]} == {"product"}
    item = {"item_id": "L-42", "item_name": "Lakewood M-32", "price": 899}
    (seen,) = shop.events("view_item")
    assert seen["item"] == item | {"item_category": "Gitarren"}
    (added,) = shop.events("add_to_cart")
    assert added["item"] == {"item_id": "L-42", "price": 899, "quantity": 1}


async def test_a_layer_made_after_us(page: Page, shop: Shop) -> None:
    """A page that makes its `dataLayer` anew, below the tag, loses nothing by it."""
    told = "{event: 'view_item', ecommerce: {items: [{item_id: 'L-42'}]}}"
    tag = "<script src=/sdk/engage.js data-site=pk_demo data-consent=granted></script>"
    html = f"<!doctype html>{tag}<h1>M-32</h1><script>dataLayer = [{told}]</script>"
    await page.route(
        "**/late", lambda route: route.fulfill(body=html, content_type="text/html")
    )
    await page.goto(f"{shop.url}/late")
    await page.evaluate(
        "() => dataLayer.push({event: 'add_to_cart', items: [{item_id: 'L-42'}]})"
    )
    await shop.until(lambda: shop.events("add_to_cart"))
    pushed = "() => dataLayer.push === Array.prototype.push"
    await page.evaluate("() => engage.destroy()")

    assert [event["item"] for event in shop.events("view_item")] == [
        {"item_id": "L-42"}
    ]
    assert len(shop.events("add_to_cart")) == 1
    assert await page.evaluate(pushed)


@pytest.mark.parametrize("endpoint", ["/help", "/help/"])
async def test_a_path_of_the_shop(page: Page, shop: Shop, endpoint: str) -> None:
    """What the shop's own proxy hands on goes by its path, with a slash or without."""
    asked: list[str] = []

    async def hand_on(route: Route) -> None:
        url = route.request.url
        asked.append(url.removeprefix(shop.url))
        await route.continue_(url=url.replace("/help", "", 1))

    await page.route("**/help/**", hand_on)
    more = f"data-site=pk_demo data-consent=granted data-endpoint={endpoint}"
    tag = f"<script async src=/help/sdk/engage.js {more}></script>"
    html = f"<!doctype html><body><h1>Hello</h1>{tag}"
    await page.route(
        "**/own", lambda route: route.fulfill(body=html, content_type="text/html")
    )
    await page.goto(f"{shop.url}/own")
    await page.wait_for_function("() => window.engage?.version")
    await page.evaluate(f"() => engage.show({HELLO})")
    await shop.until(lambda: shop.events("action_shown"))

    ui = f"/help/sdk/{__version__}/engage-ui.js"
    assert set(asked) == {"/help/sdk/engage.js", ui, "/help/v1/beacons"}


async def test_an_advertisers_view(page: Page, shop: Shop) -> None:
    """A remarketing tag's `view_item`, with its own ids, hides no product."""
    items = "[{id: 'shop_DE_42', google_business_vertical: 'retail'}]"
    gtag = "window.dataLayer=[];function gtag(){dataLayer.push(arguments)}"
    told = f"gtag('event', 'view_item', {{value: 899, items: {items}}})"
    await visit(page, shop, head=f"<script>{gtag};{told}</script>")
    await shop.until(lambda: shop.events("view_item"))

    assert [
        event.get("item", {}).get("item_id") for event in shop.events("view_item")
    ] == ["42"]


@pytest.mark.parametrize(
    ("told", "kind"),
    [("view_item", "product"), ("view_cart", "cart"), ("add_payment_info", "payment")],
)
async def test_goods_listed_beside(
    page: Page, shop: Shop, told: str, kind: str
) -> None:
    """Related goods, which GA4 calls a list, make no list page of where they stand."""
    item = "{items: [{item_id: '42'}]}"
    await visit(page, shop, kind="", attributes='data-consent="manual"')
    await page.evaluate(
        "() => { document.body.removeAttribute('data-engage-page'); window.gtag ="
        " function () { (window.dataLayer ||= []).push(arguments) };"
        f" gtag('event', '{told}', {item}); gtag('event', 'view_item_list', {item});"
        " engage.setConsent(true); engage.decide() }"
    )
    await shop.until(lambda: shop.events("ask"))

    assert shop.events(told)
    assert shop.events("view_item_list")
    assert {beacon["page"]["kind"] for beacon in shop.beacons} == {kind}


async def test_zero_results(page: Page, shop: Shop) -> None:
    """A search page that says how much it found has that reported, never the term."""
    head = quote("<meta data-engage-results=0>")
    await page.goto(f"{shop.url}/search?kind=search&q=jane&head={head}")
    await shop.until(lambda: shop.events("view_search_results"))

    expected = [{"name": "view_search_results", "results": 0}]
    assert shop.events("view_search_results") == expected
    assert "jane" not in str(shop.beacons)


async def test_a_script_that_adds_to_every_object(page: Page, shop: Shop) -> None:
    """What an old script adds to all prototypes is called by nothing of ours."""
    await page.add_init_script(
        "for (const made of [Object, Array, Function])"
        " made.prototype.grown = function () { window.called = made.name }"
    )
    await visit(page, shop)
    await page.evaluate(f"() => engage.show({HELLO})")
    await shop.until(lambda: shop.events("action_shown"))
    await page.click("[part=title]")
    await page.click("[part=close]")
    await shop.until(lambda: shop.events("action_dismissed"))

    assert await page.evaluate("() => window.called") is None
