"""What a card says, on pages of another language or direction, and all it shows."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = "engage-root [part=card]"


async def test_words_of_another_language(page: Page, shop: Shop) -> None:
    """A card in another language than its page has that one's words and direction."""
    shop.decide("discount", on="ask", locale="de", code="AUTUMN-7F3K")
    await page.goto(f"{shop.url}/p/42?lang=ar")
    await page.wait_for_function("() => window.engage && window.engage.version")
    await page.evaluate("() => engage.decide()")
    await page.wait_for_selector(CARD)
    root = page.locator("engage-root")

    assert await root.get_attribute("lang") == "de"
    assert await root.get_attribute("dir") == "ltr"
    assert await page.inner_text("[part=copy]") == "Kopieren"


async def test_code_reads_from_the_left(page: Page, shop: Shop) -> None:
    """A code is read as it is typed, also on a page that goes from right to left."""
    shop.decide("discount", on="ask", title="הנחה", code="10-ABC")
    await page.goto(f"{shop.url}/p/42?lang=he")
    await page.wait_for_function("() => window.engage && window.engage.version")
    await page.evaluate("() => engage.decide()")
    await page.wait_for_selector(CARD)
    places = await page.locator("[part=code] code").evaluate(
        """(code) => [...code.textContent].map((_, n) => {
          const range = document.createRange()
          range.setStart(code.firstChild, n)
          range.setEnd(code.firstChild, n + 1)
          return range.getBoundingClientRect().left })"""
    )

    assert places == sorted(places)


async def test_all_that_was_chosen_is_shown(page: Page, shop: Shop) -> None:
    """As many products as the service chose, six at most; the record has the same."""
    items = [{"item_id": f"{n}", "title": f"Guitar {n}"} for n in range(6)]
    shop.decide("alternative", items=items)
    await page.goto(f"{shop.url}/p/42")
    await page.wait_for_selector(CARD)

    assert await page.locator("[part=item]").count() == 6
