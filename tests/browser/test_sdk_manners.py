"""When a card keeps away, how a dialog behaves, and in which words."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.browser.conftest import Shop
from tests.browser.test_sdk import COUNT_LISTENERS, observed, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = "engage-root [part=card]"
HELLO = "{id: 'd_1', token: 't.1', action: 'a', kind: 'help', content: {title: 'Hi'}}"
KEPT = "JSON.parse(localStorage['engage.pk_demo'])"
LANGUAGES = {
    "de": ("Nein, danke", "Schließen"),
    "en": ("No thanks", "Close"),
    "es": ("No, gracias", "Cerrar"),
    "fr": ("Non merci", "Fermer"),
    "it": ("No, grazie", "Chiudi"),
    "sv": ("No thanks", "Close"),
}


async def reason(page: Page, shop: Shop) -> Any:
    """Have a card shown, and return why it was not."""
    await page.evaluate(f"() => engage.show({HELLO})")
    await shop.until(lambda: shop.events("action_not_shown"))
    assert await page.locator(CARD).count() == 0
    return shop.events("action_not_shown")[0]["reason"]


@pytest.mark.parametrize(
    "banner",
    [
        '<div id="CookieBox"><button>Accept</button></div>',
        '<aside class="x-consent-layer">We use</aside>',
        "<section data-engage-banner>Choose</section>",
        # As the tools make them that name neither cookies nor consent.
        '<div id="shopify-pc__banner" role="alertdialog">Choose</div>',
        '<div id="tarteaucitronRoot"><div id="tarteaucitronAlertBig">Oui</div></div>',
        '<div id="axeptio_overlay" class="axeptio_mount">Bonjour</div>',
        '<div class="ccm-root"><div id="ccm-widget">Wahl</div></div>',
        '<aside id="usercentrics-cmp-ui">Choose</aside>',
        '<div id="onetrust-consent-sdk"><div id="onetrust-banner-sdk">Ok</div></div>',
    ],
)
async def test_never_over_a_consent_banner(page: Page, shop: Shop, banner: str) -> None:
    """While a consent banner lies over the page no card is shown; afterwards one is."""
    await visit(page, shop)
    await page.evaluate(
        "(html) => { const box = new DOMParser().parseFromString(html, 'text/html')"
        ".body.firstChild; box.style = 'position:fixed;inset:auto 0 0;height:120px;"
        "background:#fff'; document.body.append(box); window.box = box }",
        banner,
    )
    assert await reason(page, shop) == "consent_banner"

    await page.evaluate(f"() => {{ box.remove(); return engage.show({HELLO}) }}")
    assert await page.locator(CARD).count() == 1


async def test_names_like_a_banner(page: Page, shop: Shop) -> None:
    """What is only called like a consent tool, but is not over the page, is none."""
    await visit(page, shop)
    await page.evaluate(
        "() => { document.body.className = 'cookies-accepted';"
        " document.querySelector('h1').id = 'cookie-recipes' }"
    )
    await page.evaluate(f"() => engage.show({HELLO})")

    assert await page.locator(CARD).count() == 1


async def test_one_card_over_all_tabs(page: Page, shop: Shop) -> None:
    """A card open in one tab keeps others from opening in a second, until it closes."""
    await visit(page, shop)
    await page.evaluate(f"() => engage.show({HELLO})")
    other = await page.context.new_page()
    await visit(other, shop, "/p/43")
    await other.wait_for_function(f"() => {KEPT}.card")
    assert await reason(other, shop) == "other_tab"

    await page.evaluate("() => engage.dismiss()")
    # What one tab stores reaches another a moment later.
    await other.wait_for_function(f"() => !{KEPT}.card")
    await other.evaluate(f"() => engage.show({HELLO})")
    assert await other.locator(CARD).count() == 1


async def test_a_card_goes_with_its_page(page: Page, shop: Shop) -> None:
    """A page that was left with its card open does not hold back the next one."""
    await visit(page, shop)
    await page.evaluate(f"() => engage.show({HELLO})")
    await visit(page, shop, "/p/43")
    await page.evaluate(f"() => engage.show({HELLO})")

    assert await page.locator(CARD).count() == 1


async def test_payment_step_without_a_load(page: Page, shop: Shop) -> None:
    """A card that is open when the payment step begins goes away."""
    await page.add_init_script(COUNT_LISTENERS)
    await visit(page, shop)
    await observed(page)
    await page.evaluate(f"() => engage.show({HELLO})")
    await page.evaluate("() => engage.pageView({page: 'payment'})")

    assert await page.locator(CARD).count() == 0


async def test_dialog(page: Page, shop: Shop) -> None:
    """A dialog takes the focus, is announced by its title, and gives the focus back."""
    await visit(page, shop, attributes='data-consent="granted" data-modal')
    await page.focus("button[data-engage=cart]")
    await page.evaluate(f"() => engage.show({HELLO})")
    dialog = page.get_by_role("dialog", name="Hi")
    await dialog.wait_for()
    inside = "() => !!document.querySelector('engage-root').shadowRoot.activeElement"
    assert await page.evaluate(inside)
    for _ in range(6):
        await page.keyboard.press("Tab")
        on_page = await page.evaluate("() => document.activeElement.dataset.engage")
        assert on_page is None

    await page.keyboard.press("Escape")
    await shop.until(lambda: shop.events("action_dismissed"))
    assert shop.events("action_dismissed")[0]["by"] == "escape"
    assert len(shop.events("action_dismissed")) == 1
    focused = "() => document.activeElement.dataset.engage"
    assert await page.evaluate(focused) == "cart"


async def test_dialog_on_a_phone(chromium: Browser, shop: Shop) -> None:
    """On a phone a dialog, too, takes at most a third of the screen."""
    context = await chromium.new_context(viewport={"width": 390, "height": 844})
    page = await context.new_page()
    await visit(page, shop, attributes='data-consent="granted" data-modal')
    await page.evaluate(f"() => engage.show({HELLO})")
    box = await page.locator(CARD).bounding_box()

    assert box is not None
    assert box["height"] <= 844 / 3
    assert (box["x"], box["width"]) == (8, 374)
    await context.close()


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_our_own_words(page: Page, shop: Shop, locale: str) -> None:
    """Our few words speak the language of the page, English where we do not know it."""
    await visit(page, shop, lang=f"{locale}-XX")
    await page.evaluate(f"() => engage.show({HELLO})")
    close = await page.get_attribute("[part=close]", "aria-label")

    assert (await page.inner_text("[part=decline]"), close) == LANGUAGES[locale]


async def test_from_right_to_left(page: Page, shop: Shop) -> None:
    """Where people read from right to left the card stands at the left, mirrored."""
    # While a card glides in, its own frame holds the close button: one pixel further.
    await page.emulate_media(reduced_motion="reduce")
    await visit(page, shop, lang="ar")
    await page.evaluate(f"() => engage.show({HELLO})")
    card = await page.locator(CARD).bounding_box()
    close = await page.locator("[part=close]").bounding_box()

    assert card is not None
    assert close is not None
    assert (card["x"], close["x"]) == (24, 27)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", "This offer was chosen automatically, based on your visit."),
        (", disclosure: 'Only for you.'", "Only for you."),
        (", disclosure: ''", None),
    ],
)
async def test_disclosure(page: Page, shop: Shop, more: str, expected: Any) -> None:
    """A personal offer says that it is one; the shop may say it in its own words."""
    await visit(page, shop)
    content = f"{{title: 'Hi', code: 'A-1', terms: 'Once.'{more}}}"
    await page.evaluate(
        f"() => engage.show({{id: 'd_1', kind: 'discount', content: {content}}})"
    )
    found = page.locator("[part=disclosure]")
    shown = await found.inner_text() if await found.count() else None

    assert shown == expected


async def test_no_former_price(page: Page, shop: Shop) -> None:
    """Former prices are never shown: a card cannot know the lowest of 30 days."""
    await visit(page, shop)
    item = "{title: 'M-14', price: 749, currency: 'EUR', sale_price: 699, was: '899'}"
    await page.evaluate(
        "() => engage.show({id: 'd_1', kind: 'alternative',"
        f" content: {{title: 'Hi', items: [{item}]}}}})"
    )

    assert await page.inner_text("[part=item]") == "M-14\n€749.00"
    assert await page.locator(f"{CARD} :is(s, del)").count() == 0


async def test_a_language_with_an_underscore(page: Page, shop: Shop) -> None:
    """`de_DE`, as some shop systems write it, is German, prices included."""
    await visit(page, shop, lang="de_DE")
    goods = "[{title: 'M-14', link: '/p/7', price: 749, currency: 'EUR'}]"
    offer = (
        f"{{id: 'd_1', action: 'a', kind: 'alternative', content: {{items: {goods}}}}}"
    )
    await page.evaluate(f"() => engage.show({offer})")

    assert "749,00\u00a0€" in await page.inner_text("engage-root [part=item]")
    assert await page.inner_text("engage-root [part=decline]") == "Nein, danke"
