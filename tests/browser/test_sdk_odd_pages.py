"""Pages as shops really have them: resets, shadow roots, routers, half a dataLayer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route

from tests.browser.conftest import Shop
from tests.browser.test_sdk import (
    COUNT_LISTENERS,
    observed,
    run_until,
    stand_still,
    visit,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = "engage-root [part=card]"
HELLO = "{id: 'd_1', token: 't.1', action: 'a', kind: 'help', content: {title: 'Hi'}}"
CHAT = (
    "{id: 'd_1', token: 't.1', action: 'a', kind: 'chat',"
    " content: {title: 'Hi', text: 'Ask us.', group: 'guitars'}}"
)
RESETS = {
    "unset": "* { all: unset }",
    "stacking": "body > * { position: relative; z-index: 1 }",
    "hidden": "body > :not(main) { display: none }",
    "loud": "* { float: left; transform: none; opacity: .5; position: static }",
}
# A router changes the address first, and draws when the product has come.
ROUTER = (
    "<script>addEventListener('DOMContentLoaded', () => { window.go = (id, ms) => {"
    " history.pushState({}, '', '/p/' + id); setTimeout(() => {"
    " document.querySelector('main').dataset.engageProduct = id }, ms) } })</script>"
)


async def place(page: Page) -> dict[str, Any]:
    """Show a card; return where it is."""
    await page.evaluate(f"() => engage.show({HELLO})")
    card = page.locator(CARD)
    await card.evaluate("(c) => Promise.all(c.getAnimations().map((a) => a.finished))")
    box = await card.bounding_box()
    assert box is not None
    return dict(box)


def items(shop: Shop) -> list[str]:
    """Return the ids of the products seen, in their order."""
    return [event["item"]["item_id"] for event in shop.events("view_item")]


@pytest.mark.parametrize("name", RESETS)
async def test_rules_for_all_elements(page: Page, shop: Shop, name: str) -> None:
    """A page's rules for all its elements move no card and hide none."""
    await visit(page, shop)
    plain = await place(page)

    await visit(page, shop, head=f"<style>{RESETS[name]}</style>")
    assert await place(page) == plain
    host = page.locator("engage-root")
    style = "(e) => [getComputedStyle(e).opacity, getComputedStyle(e).zIndex]"
    assert await host.evaluate(style) == ["1", "99999"]


async def test_forced_colours(chromium: Browser, shop: Shop) -> None:
    """Where the system forces its colours, card and buttons have edges."""
    page = await chromium.new_page(forced_colors="active")
    await visit(page, shop)
    await place(page)
    edge = "(e) => getComputedStyle(e).borderTop.slice(0, 9)"
    for part in ("card", "accept", "decline", "close"):
        found = await page.locator(f"engage-root [part={part}]").evaluate(edge)
        assert found == "1px solid", part
    await page.close()


async def test_on_paper(page: Page, shop: Shop) -> None:
    """Nobody's printed order has a card on it; on the screen it stays."""
    await visit(page, shop)
    await place(page)
    await page.emulate_media(media="print")
    assert not await page.locator(CARD).is_visible()
    await page.emulate_media(media="screen")
    assert await page.locator(CARD).is_visible()


async def test_zoomed_to_the_full(chromium: Browser, shop: Shop) -> None:
    """At 400 % of 1280 x 1024 a card's heading stands above its answers."""
    page = await chromium.new_page(viewport={"width": 320, "height": 256})
    await visit(page, shop)
    card = await place(page)
    title = await page.locator("engage-root [part=title]").bounding_box()
    accept = await page.locator("engage-root [part=accept]").bounding_box()

    assert title is not None
    assert accept is not None
    assert title["y"] + title["height"] <= accept["y"]
    assert card["y"] >= 0
    await page.close()


async def test_as_a_module(page: Page, shop: Shop) -> None:
    """A module knows nothing of its tag: no error, and `init` says it all."""
    await page.goto(f"{shop.url}/p/42?attributes=data-consent='manual'")
    await page.evaluate(
        "() => { delete window.engage; const tag = document.createElement('script');"
        " tag.type = 'module'; tag.src = '/sdk/engage.js'; document.head.append(tag) }"
    )
    await page.wait_for_function("() => window.engage && engage.version")
    await page.evaluate(
        "() => { engage.init({site: 'pk_demo', endpoint: location.origin});"
        " engage.setConsent(true) }"
    )
    await shop.until(lambda: shop.events("view_item"))

    assert items(shop) == ["42"]


async def test_another_data_layer(page: Page, shop: Shop) -> None:
    """An object called `dataLayer` is left alone, and costs no signal and no card."""
    await visit(page, shop, head="<script>var dataLayer = {page: 1}</script>")
    await shop.until(lambda: shop.events("view_item"))
    await place(page)
    await page.evaluate("() => history.pushState({}, '', '/p/43')")
    await shop.until(lambda: len(shop.events("page_view")) == 2)

    assert await page.evaluate("() => dataLayer") == {"page": 1}
    assert shop.events("action_not_shown") == []


async def test_blocked_files_are_no_errors(page: Page, shop: Shop) -> None:
    """A pixel that does not come after a click is no error of the page."""
    await page.add_init_script(COUNT_LISTENERS)
    await page.route("**/pixel.*", lambda route: route.abort())
    await visit(page, shop)
    await observed(page)
    await page.evaluate(
        "() => document.querySelector('[data-engage=cart]').onclick = () =>"
        " window.failed = new Promise((done) => { const pixel = new Image();"
        " pixel.onerror = done; pixel.src = '/pixel.gif';"
        " document.body.append(pixel) })"
    )
    await page.click("[data-engage=cart]")
    await page.evaluate("() => failed.then(() => engage.track('ask'))")
    await shop.until(lambda: shop.events("ask"))

    assert shop.events("error_click") == []


async def test_a_variant_in_the_address(page: Page, shop: Shop) -> None:
    """A variant that `replaceState` notes is a variant chosen, and no new page."""
    await page.add_init_script(COUNT_LISTENERS)
    await stand_still(page)
    select = "<select data-engage=variant><option>1<option>2<option>3</select>"
    await visit(page, shop)
    await observed(page)
    await page.evaluate(
        "(html) => { const select = new DOMParser().parseFromString(html, 'text/html')"
        ".querySelector('select'); select.onchange = () => history.replaceState({}, '',"
        " '?variant=' + select.value); document.querySelector('main').append(select) }",
        select,
    )
    for value in ("2", "1", "2"):
        await page.select_option("[data-engage=variant]", value)
        # Longer than the SDK waits for a router to draw.
        await page.clock.run_for(100)
    await run_until(page, lambda: shop.events("variant_toggle"))
    await page.evaluate("() => history.replaceState({}, '', '/p/43')")
    await run_until(page, lambda: len(shop.events("page_view")) == 2)

    assert shop.events("quick_back") == []
    assert items(shop)[:1] == ["42"]


@pytest.mark.parametrize("late_ms", [0, 300, 1500])
async def test_a_product_that_comes_late(page: Page, shop: Shop, late_ms: int) -> None:
    """A router's page tells of its own product, not of what stood there before."""
    await page.add_init_script(COUNT_LISTENERS)
    await stand_still(page)
    await visit(page, shop, head=ROUTER)
    await observed(page)
    await run_until(page, lambda: items(shop) == ["42"])
    await page.evaluate("(ms) => go('43', ms)", late_ms)
    await run_until(page, lambda: len(items(shop)) == 2)

    assert items(shop) == ["42", "43"]


async def test_typing_in_a_shadow_root(page: Page, shop: Shop) -> None:
    """Who types in a field that a component hides is not disturbed either."""
    await page.add_init_script(COUNT_LISTENERS)
    await visit(page, shop)
    await observed(page)
    await page.evaluate(
        "() => { const host = document.createElement('x-search'); const field ="
        " document.createElement('input'); host.attachShadow({mode: 'open'})"
        ".append(field); document.querySelector('main').append(host); field.focus() }"
    )
    await page.keyboard.type("guitar")
    await page.evaluate(f"() => engage.show({HELLO})")
    await shop.until(lambda: shop.events("action_not_shown"))

    assert shop.events("action_not_shown")[0]["reason"] == "typing"


async def test_a_chat_accepted_twice(page: Page, shop: Shop) -> None:
    """A double click on a chat opens one chat and is told once."""
    await visit(
        page,
        shop,
        attributes='data-consent="granted" data-chat="crisp"',
        head="<script>var $crisp = []</script>",
    )
    await page.evaluate(
        "() => { window.heard = 0; engage.on('accepted', () => { heard += 1 }) }"
    )
    asked = asyncio.Event()

    async def slowly(route: Route) -> None:
        await asked.wait()
        await route.fulfill(status=200)

    await page.route("**/confirm", slowly)
    await page.evaluate(f"() => engage.show({CHAT})")
    await page.dblclick("engage-root [part=accept]")
    asked.set()
    await shop.until(lambda: shop.events("chat_started"))

    assert await page.evaluate("() => [heard, $crisp.length]") == [1, 2]


async def test_a_chat_that_cannot_be_asked_for(page: Page, shop: Shop) -> None:
    """Where the service is gone, who accepts a chat is told that nobody is free."""
    await page.route("**/engage-chat.js", lambda route: route.abort())
    await visit(page, shop)
    await page.evaluate(f"() => engage.show({CHAT})")
    await page.click("engage-root [part=accept]")

    nobody = page.locator("engage-root [part=text]", has_text="Nobody is free")
    await nobody.wait_for()


async def test_a_body_that_is_changed(page: Page, shop: Shop) -> None:
    """A page that changes its whole body takes a card along; the next one is shown."""
    await visit(page, shop)
    await place(page)
    await page.evaluate(
        "() => document.body.replaceWith(document.createElement('body'))"
    )
    await place(page)

    assert await page.locator(CARD).count() == 1
    assert shop.events("action_not_shown") == []


async def test_copied_only_where_it_was(page: Page, shop: Shop) -> None:
    """Where the clipboard is forbidden nobody is told that the code was copied."""
    await page.add_init_script(
        "navigator.clipboard.writeText = () => (window.asked = Promise.reject(1))"
    )
    await visit(page, shop)
    code = "{title: 'Hi', code: 'AUTUMN'}"
    await page.evaluate(
        "() => engage.show({id: 'd_1', token: 't.1', action: 'a', kind: 'discount',"
        f" content: {code}}})"
    )
    await page.click("engage-root [part=copy]")
    await page.evaluate("() => asked.catch(() => {})")

    assert await page.locator("engage-root [part=copy]").inner_text() == "Copy"


async def test_odd_calls(page: Page, shop: Shop) -> None:
    """Calls without what they need do nothing: no error, and no beacon is refused."""
    await visit(page, shop, attributes='data-consent="manual"')
    await page.evaluate(
        "() => { engage.show(undefined); engage.track(undefined); engage.track('');"
        " engage.setConsent(true); engage.track('ask') }"
    )
    await shop.until(lambda: shop.events("ask"))

    assert [event for event in shop.events() if not event.get("name")] == []


@pytest.mark.parametrize(
    "choice", ["'denied'", "null", "{measure: 'denied', personalise: 'no'}"]
)
async def test_only_true_is_a_yes(page: Page, shop: Shop, choice: str) -> None:
    """What is not `true` is no consent, whatever the consent tool meant."""
    await visit(page, shop, attributes='data-consent="manual"')
    await page.evaluate(f"() => engage.setConsent({choice})")

    refused = {"measure": False, "personalise": False}
    assert await page.evaluate("() => engage.getConsent()") == refused
    assert await page.evaluate("() => Object.keys(localStorage)") == []
