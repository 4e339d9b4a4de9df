"""Consent in a real browser: nothing before it, nothing left after its withdrawal."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Shop
from tests.browser.test_sdk import COUNT_LISTENERS, HELD, KEYS, observed, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = "engage-root [part=card]"
TCF = (
    "<script nonce='n1'>__tcfapi=(command,version,tell)=>{window.tell=(on)=>"
    "tell({listenerId:1,eventStatus:'useractioncomplete',"
    "purpose:{consents:{1:on,8:on}}},true);"
    "tell({listenerId:1,eventStatus:'cmpuishown',purpose:{consents:{}}},true)}"
    "</script>"
)
GCM = (
    "<script nonce='n1'>dataLayer=[];function gtag(){dataLayer.push(arguments)}"
    "gtag('consent','default',{analytics_storage:'denied'});"
    "window.tell=(on)=>gtag('consent','update',{analytics_storage:on?'granted':"
    "'denied',personalization_storage:on?'granted':'denied'})</script>"
)
MANUAL = "<script nonce='n1'>window.tell=(on)=>engage.setConsent(on)</script>"
TOOLS = {"manual": MANUAL, "gcm": GCM, "tcf": TCF}
# What a script can leave behind or keep running, beside listeners.
COUNT_TIMERS = """(() => { window.running = new Set()
  for (const [set, clear] of [['setInterval', 'clearInterval'],
      ['setTimeout', 'clearTimeout']]) {
    const [start, stop] = [window[set], window[clear]]
    window[set] = (fn, ...rest) => {
      const id = start(() => { if (set === 'setTimeout') running.delete(id); fn() },
        ...rest)
      if (/[/]sdk[/]/.test(Error().stack)) running.add(id)
      return id }
    window[clear] = (id) => (running.delete(id), stop(id)) } })()"""
LEFT = """async () => ({ running: running.size,
  databases: (await indexedDB.databases()).length,
  caches: (await caches.keys()).length,
  history: /native code/.test(history.pushState) })"""
NOTHING = {"running": 0, "databases": 0, "caches": 0, "history": True}


async def rummage(page: Page) -> None:
    """Do what visitors do, over a minute of the page's clock."""
    await page.mouse.move(200, 200)
    await page.click("h1")
    await page.mouse.wheel(0, 400)
    await page.focus("[name=coupon]")
    await page.keyboard.type("SAVE")
    await page.evaluate(
        "() => (window.dataLayer ||= []).push({event: 'add_to_cart',"
        " ecommerce: {items: [{item_id: '42'}]}})"
    )
    await page.evaluate("() => history.pushState({}, '', '/p/43')")
    await page.clock.run_for(60_000)


@pytest.mark.parametrize("tool", TOOLS)
async def test_nothing_before(page: Page, shop: Shop, tool: str) -> None:
    """Before the choice: no request, cookie, key, database, timer or listener."""
    await page.add_init_script(COUNT_LISTENERS)
    await page.clock.install()
    await page.add_init_script(COUNT_TIMERS)
    await visit(page, shop, head=TOOLS[tool], attributes=f'data-consent="{tool}"')
    await rummage(page)

    assert [r for r in shop.requests if r != "GET /p/42"] == ["GET /sdk/engage.js"]
    assert await page.context.cookies() == []
    assert await page.evaluate(KEYS) == []
    assert await page.evaluate(HELD) == []
    assert await page.evaluate(LEFT) == NOTHING


@pytest.mark.parametrize("tool", TOOLS)
async def test_nothing_after_withdrawal(page: Page, shop: Shop, tool: str) -> None:
    """Withdrawn with a card open and events unsent: all is gone at once, for good."""
    await page.add_init_script(COUNT_LISTENERS)
    await page.add_init_script(COUNT_TIMERS)
    shop.decide("help")
    await visit(page, shop, head=TOOLS[tool], attributes=f'data-consent="{tool}"')
    await page.evaluate("() => tell(true)")
    await page.wait_for_selector(CARD)
    await observed(page)
    # Nothing is under way any more.
    await shop.until(lambda: shop.events("action_shown"))
    before = len(shop.requests)
    ping = "engage.track('ping', {active_ms: 1, visible_ms: 1})"
    keys = await page.evaluate(f"() => {{ {ping}; tell(false); return ({KEYS})() }}")

    assert keys == []
    assert await page.locator("engage-root").count() == 0
    assert await page.evaluate(HELD) == []
    # Timeouts that are still to come find nothing to do.
    await page.wait_for_function("() => running.size === 0")
    await page.goto("about:blank")
    assert shop.requests[before:] == []


async def test_withdrawal_in_another_tab(page: Page, shop: Shop) -> None:
    """A withdrawal in one tab ends the measuring in all; none brings keys back."""
    await visit(page, shop)
    other = await page.context.new_page()
    await visit(other, shop, attributes='data-consent="manual"')
    # Playwright gives every page the focus; people give it to one.
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Emulation.setFocusEmulationEnabled", {"enabled": False})
    await other.bring_to_front()
    await page.wait_for_function("() => !document.hasFocus()", polling=20)
    await other.evaluate("() => engage.setConsent(true)")
    await other.evaluate("() => engage.setConsent(false)")
    await page.wait_for_function("() => !engage.getConsent().measure")
    await page.evaluate("() => engage.track('add_to_cart', {item: {item_id: '42'}})")
    await page.goto(f"{shop.url}/empty?attributes=")

    assert await page.evaluate(KEYS) == []
    assert shop.events("add_to_cart") == []


async def test_a_default_that_denies_keeps_the_visitor(page: Page, shop: Shop) -> None:
    """Each page says `denied` until the tool brings the choice: no new visitor."""
    wish = "engage.track('add_to_wishlist', {item: {item_id: '7'}})"
    visitors = []
    for path in ("/p/42", "/p/43"):
        await visit(page, shop, path, head=GCM, attributes='data-consent="gcm"')
        await page.evaluate(f"() => {{ {wish}; tell(true) }}")
        visitors.append(await page.evaluate("() => engage.ids()"))
        await page.evaluate("() => engage.flush()")
    await shop.until(lambda: len(shop.events("add_to_wishlist")) >= 2)

    assert visitors[0]["visitor"]
    assert visitors[0] == visitors[1]


ADS = "gtag('consent','update',{ad_storage:'denied'})"
DENIED = "gtag('consent','default',{analytics_storage:'denied'})"


@pytest.mark.parametrize("order", [f"{ADS};tell(true)", f"tell(true);{DENIED}"])
async def test_a_tool_that_says_it_piece_by_piece(
    page: Page, shop: Shop, order: str
) -> None:
    """A word on advertising, or a late default, is no refusal: one visitor, no loss."""
    visitors = []
    for number in (1, 2):
        head, granted = GCM, 'data-consent="gcm"'
        await visit(page, shop, f"/p/{number}", head=head, attributes=granted)
        wish = f"engage.track('add_to_wishlist', {{item: {{item_id: '{number}'}}}})"
        await page.evaluate(f"() => {{ {wish}; {order}; engage.flush() }}")
        visitors.append(await page.evaluate("() => engage.ids().visitor"))
        await shop.until(lambda n=number: len(shop.events("add_to_wishlist")) >= n)

    assert visitors[0]
    assert visitors[0] == visitors[1]
    assert {beacon["visitor"] for beacon in shop.beacons} == {visitors[0]}


async def test_refused_before_the_script_came(page: Page, shop: Shop) -> None:
    """`granted` grants where nobody has chosen: a refusal told before stays one."""
    await page.add_init_script("engage = () => {}; engage.q = [['setConsent', false]]")
    await visit(page, shop, attributes="data-consent='granted'")
    await page.evaluate("() => engage.decide()")
    await page.evaluate("() => engage.flush()")

    assert shop.beacons == []
    assert await page.evaluate(KEYS) == []
