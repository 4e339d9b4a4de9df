"""Single-page shops: what a router tells at once, and cards that meet another page."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

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
# All that is told lies within the time the SDK leaves a router to draw.
TELLS = {
    "context": "engage.setContext({page: 'product', item: {item_id: '43'}})",
    "call": "engage.track('view_item', {item: {item_id: '43'}})",
    "layer": "dataLayer.push({event: 'view_item', items: [{item_id: '43'}]})",
}
OFFERS = {
    "help": ({}, 0),
    "code": ({"code": "AUTUMN-7F3K"}, 1),
}
ITEMS = [{"item_id": n, "title": f"Guitar {n}", "link": f"/p/{n}"} for n in "78"]
ROUTER = """() => document.addEventListener('engage:accepted', (event) => {
  event.preventDefault(); history.pushState({}, '', event.detail.href) })"""


@pytest.mark.parametrize("how", TELLS)
async def test_told_at_once(page: Page, shop: Shop, how: str) -> None:
    """What a router tells in the breath of the new address belongs to its view."""
    await page.add_init_script(COUNT_LISTENERS)
    await stand_still(page)
    await visit(page, shop, kind="content")
    await observed(page)
    await page.evaluate(
        f"() => {{ history.pushState({{}}, '', '/p/43'); {TELLS[how]};"
        " document.body.dataset.engagePage = 'product' }"
    )
    await run_until(page, lambda: len(shop.events("page_view", "view_item")) == 3)
    await page.clock.run_for(5_000)

    told = [event["name"] for event in shop.events("page_view", "view_item")]
    pages = {
        (beacon["page"]["url"].rsplit("/", 1)[1], beacon["page"]["kind"])
        for beacon in shop.beacons
        if "view_item" in [event["name"] for event in beacon["events"]]
    }
    assert told == ["page_view", "page_view", "view_item"]
    assert pages == {("43", "product")}


async def shown(page: Page, **content: Any) -> None:
    """Show a card on the page."""
    card = {"id": "d_1", "token": "t.1", "action": "a", "kind": "alternative"}
    content = {"title": "A title", **content}
    await page.evaluate("(card) => engage.show(card)", card | {"content": content})
    await page.wait_for_selector(CARD)


@pytest.mark.parametrize("offer", OFFERS)
async def test_a_card_and_another_address(page: Page, shop: Shop, offer: str) -> None:
    """A card goes with its page, as it does with a load; one with a code stays."""
    content, expected = OFFERS[offer]
    await page.add_init_script(COUNT_LISTENERS)
    await visit(page, shop)
    await observed(page)
    await shown(page, **content)
    await page.evaluate("() => history.pushState({}, '', '/cart')")
    await shop.until(lambda: len(shop.events("page_view")) == 2)

    assert await page.locator(CARD).count() == expected
    assert shop.events("action_dismissed") == []


@pytest.mark.parametrize("by", ["item", "accept"])
async def test_a_router_follows(page: Page, shop: Shop, by: str) -> None:
    """A page that goes there by itself is told where; nothing is loaded anew."""
    await page.add_init_script(COUNT_LISTENERS)
    await visit(page, shop)
    await observed(page)
    await page.evaluate(ROUTER)
    await shown(page, items=ITEMS)
    await page.locator(f"engage-root [part={by}]").last.click()
    await shop.until(lambda: len(shop.events("page_view")) == 2)

    assert page.url == shop.url + {"item": "/p/8", "accept": "/p/7"}[by]
    assert await page.evaluate("() => held.length > 0")
    assert await page.locator(CARD).count() == 0
