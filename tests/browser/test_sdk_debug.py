"""What a developer sees who puts the SDK in for the first time, and mistypes."""

from __future__ import annotations

import pytest
from playwright.async_api import ConsoleMessage, Page

from tests.browser.conftest import PATIENCE_MS, Shop
from tests.browser.test_sdk import visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

GRANTED = 'data-consent="granted"'


async def test_lines_come_in_their_order(page: Page, shop: Shop) -> None:
    """What `debug` says comes in the order in which it was done."""
    lines: list[str] = []
    page.on("console", lambda message: lines.append(message.text))

    def is_sent(message: ConsoleMessage) -> bool:
        return "sends beacon" in message.text

    async with page.expect_console_message(is_sent, timeout=PATIENCE_MS):
        await visit(page, shop, attributes=f"{GRANTED} data-debug")

    steps = (
        "visitor has chosen",
        "consent to measure",
        "saw page_view",
        "sends beacon",
    )
    at = [next(i for i, line in enumerate(lines) if step in line) for step in steps]
    assert at == sorted(at), lines


async def test_an_entry_instead_of_a_name(page: Page, shop: Shop) -> None:
    """`track` called as the dataLayer is costs no beacon, and no product."""
    await visit(page, shop, attributes=GRANTED)
    entry = "{event: 'add_to_cart', items: []}"
    await page.evaluate(f"() => {{ engage.track({entry}); engage.decide() }}")
    await shop.until(lambda: shop.events("ask"))

    assert {type(event["name"]) for event in shop.events()} == {str}


async def test_a_layer_named_on_the_tag(page: Page, shop: Shop) -> None:
    """`data-data-layer` is the option of two words."""
    layer = "[{event: 'add_to_cart', ecommerce: {items: [{item_id: '9'}]}}]"
    head = f"<script>var shopLayer = {layer}</script>"
    await visit(
        page, shop, head=head, attributes=f"{GRANTED} data-data-layer=shopLayer"
    )
    await shop.until(lambda: shop.events("add_to_cart"))

    assert shop.events("add_to_cart")[0]["item"] == {"item_id": "9"}
