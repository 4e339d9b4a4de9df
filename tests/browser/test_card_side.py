"""A card keeps off what a shop lives on: it comes where it hides fewer buttons."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = "engage-root [part=card]"
# Where cards usually come, and the mirrored place, in a window of 1,280 by 800.
RIGHT, LEFT = 900, 50
ADD = """([kind, x]) => {
  const made = document.createElement(kind === 'link' ? 'a' : kind)
  made.textContent = 'Add to cart'
  if (kind === 'link') made.className = 'btn btn-primary'
  made.style = `position:fixed;top:700px;left:${x}px;width:300px;height:50px`
  document.body.append(made) }"""


async def side(page: Page, shop: Shop, *buttons: tuple[str, int]) -> str:
    """Show a card on a page with these buttons; tell at which side it is."""
    shop.decide("help", on="ask", cta="Size guide")
    await page.goto(f"{shop.url}/p/42")
    await page.wait_for_function("() => window.engage && window.engage.version")
    for button in buttons:
        await page.evaluate(ADD, button)
    await page.evaluate("() => engage.decide()")
    box = await page.locator(CARD).bounding_box()
    width = await page.evaluate("() => innerWidth")
    assert box is not None
    gaps = {"left": box["x"], "right": width - box["x"] - box["width"]}
    assert min(gaps.values()) in (8, 24)
    return min(gaps, key=lambda name: gaps[name])


@pytest.mark.parametrize("kind", ["button", "link"])
async def test_the_way_into_the_cart_stays_in_sight(
    page: Page, shop: Shop, kind: str
) -> None:
    """A button where cards come sends the card to the other side."""
    assert await side(page, shop, (kind, RIGHT)) == "left"


async def test_nothing_to_hide(page: Page, shop: Shop) -> None:
    """Without a button there, and with one at each side, a card is where it was."""
    assert await side(page, shop) == "right"
    assert await side(page, shop, ("button", RIGHT), ("button", LEFT)) == "right"
    assert await side(page, shop, ("p", RIGHT)) == "right"


async def test_a_page_from_right_to_left(page: Page, shop: Shop) -> None:
    """Where pages are read from the right, cards come at the left, and give way."""
    await page.add_init_script(
        "document.addEventListener('DOMContentLoaded',"
        " () => { document.documentElement.lang = 'ar' })"
    )

    assert await side(page, shop) == "left"
    assert await side(page, shop, ("button", LEFT)) == "right"


async def test_a_phone_has_no_side(page: Page, shop: Shop) -> None:
    """On a phone a card is as wide as the page, whatever it hides."""
    await page.set_viewport_size({"width": 390, "height": 800})

    await side(page, shop, ("button", 40))
    box = await page.locator(CARD).bounding_box()

    assert box is not None
    assert (box["x"], box["width"]) == (8, 374)


async def test_a_shop_says_the_side(page: Page, shop: Shop) -> None:
    """`--engage-side` puts all cards where a shop wants them."""
    await page.add_init_script(
        "document.addEventListener('DOMContentLoaded', () => {"
        " document.documentElement.style.setProperty('--engage-side', '24px auto') })"
    )

    assert await side(page, shop) == "left"
