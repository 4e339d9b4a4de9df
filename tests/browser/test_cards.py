"""Cards in a real browser: what people and tools see, and what becomes of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, Page

from tests.browser.conftest import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = "engage-root [part=card]"
ITEMS = [
    {"item_id": f"{n}", "title": f"Guitar {n}", "link": f"/p/{n}", "price": 700.0 + n}
    | {"image_link": f"/i/{n}.jpg", "currency": "EUR"}
    for n in range(4)
]
CONTENT: dict[str, dict[str, Any]] = {
    "chat": {"cta": "Start chat", "group": "guitars"},
    "discount": {
        "code": "AUTUMN-7F3K",
        "terms": "Not with other offers.",
        "disclosure": "Selected automatically, based on your visit.",
    },
    "alternative": {"items": ITEMS, "cta": "See all"},
    "help": {"cta": "Open size guide"},
}
HEARD = """() => { window.heard = [];
  for (const name of ['shown', 'accepted', 'dismissed'])
  document.addEventListener('engage:' + name, (e) => {
    e.preventDefault(); heard.push([name, e.detail.decision, e.detail.by]) }) }"""


async def show(page: Page, shop: Shop, kind: str, **query: str) -> None:
    """Open a product page whose first beacon is answered with a card of this kind."""
    shop.decide(kind, on="ask", **CONTENT[kind])
    text = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    await page.goto(f"{shop.url}/p/42?{text}")
    await page.wait_for_function("() => window.engage && window.engage.version")
    await page.evaluate(HEARD)
    await page.evaluate("() => engage.decide()")
    await page.wait_for_selector(CARD)


@pytest.mark.parametrize("kind", CONTENT)
async def test_accept(page: Page, shop: Shop, kind: str) -> None:
    """Accepting is reported once, with the token, and told to the page."""
    await show(page, shop, kind)
    await page.click("[part=accept]")
    await shop.until(lambda: shop.events("action_clicked"))
    await page.wait_for_function("() => heard.length === 2")

    proof = {"decision": "d_1", "token": "t.1"}
    assert shop.events("action_shown", "action_clicked", "action_dismissed") == [
        {"name": "action_shown", **proof},
        {"name": "action_clicked", **proof},
    ]
    assert await page.evaluate("() => heard") == [
        ["shown", "d_1", ""],
        ["accepted", "d_1", ""],
    ]
    assert len(shop.confirmations) == (kind == "chat")


@pytest.mark.parametrize("by", ["decline", "close", "escape"])
async def test_dismissal(page: Page, shop: Shop, by: str) -> None:
    """Each way to say no closes the card and is reported as what it was."""
    await show(page, shop, "help")
    if by == "escape":
        await page.keyboard.press("Escape")
    else:
        await page.click(f"[part={by}]")
    await shop.until(lambda: shop.events("action_dismissed"))

    assert shop.events("action_dismissed")[0]["by"] == by
    assert await page.locator(CARD).count() == 0
    assert (await page.evaluate("() => heard"))[-1] == ["dismissed", "d_1", by]


async def test_chat_with_nobody_free(page: Page, shop: Shop) -> None:
    """When nobody is free any more the card says so, and no chat is promised."""
    shop.confirm_status = 409
    await show(page, shop, "chat")
    await page.click("[part=accept]")
    await page.wait_for_selector("text=Nobody is free right now.")

    assert shop.confirmations == [{"token": "t.1"}]
    assert await page.evaluate("() => heard.map(([name]) => name)") == ["shown"]


async def test_chat_started_is_signed(page: Page, shop: Shop) -> None:
    """The page reports a chat by its decision alone; the SDK adds the token."""
    await show(page, shop, "chat")
    await page.evaluate("() => engage.track('chat_started', {decision: 'd_1'})")
    await shop.until(lambda: shop.events("chat_started"))

    assert shop.events("chat_started")[0]["token"] == "t.1"


@pytest.mark.parametrize("kind", CONTENT)
async def test_access(page: Page, shop: Shop, kind: str) -> None:
    """A card is a named region, announced, off the focus, with large named targets."""
    await page.emulate_media(reduced_motion="reduce")
    await show(page, shop, kind)
    region = page.get_by_role("region", name="A title")
    assert await region.get_attribute("data-kind") == kind
    assert await region.get_attribute("data-decision") == "d_1"
    await page.get_by_role("button", name="Close", exact=True).wait_for()
    await page.locator("engage-root [role=status]", has_text="A title").wait_for(
        state="attached"
    )

    small = """() => [...document.querySelector('engage-root').shadowRoot
      .querySelectorAll('button, a')].map((e) => e.getBoundingClientRect())
      .filter((r) => r.width < 44 || r.height < 44).length"""
    assert await page.evaluate(small) == 0
    assert await page.evaluate("() => document.activeElement.tagName") == "BODY"
    moves = "(e) => getComputedStyle(e).animationName"
    assert await page.locator(CARD).evaluate(moves) == "none"


async def test_focus_returns(page: Page, shop: Shop) -> None:
    """Whoever went into the card is back where they were when it closes."""
    await show(page, shop, "help")
    await page.focus("button[data-engage=cart]")
    await page.focus("[part=decline]")
    await page.keyboard.press("Enter")

    focused = "() => document.activeElement.dataset.engage"
    assert await page.evaluate(focused) == "cart"


@pytest.mark.parametrize("kind", CONTENT)
@pytest.mark.parametrize("width", [320, 390])
async def test_phone(chromium: Browser, shop: Shop, kind: str, width: int) -> None:
    """On a phone a card takes at most a third of the screen and moves nothing."""
    context = await chromium.new_context(viewport={"width": width, "height": 844})
    page = await context.new_page()
    await page.add_init_script(
        "window.shift = 0; new PerformanceObserver((list) => { for (const e of"
        " list.getEntries()) shift += e.value }).observe({type: 'layout-shift',"
        " buffered: true})"
    )
    await show(page, shop, kind, lang="de")
    box = await page.locator(CARD).bounding_box()

    assert box is not None
    assert box["height"] <= 844 / 3
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert await page.evaluate("() => shift") == 0
    await context.close()


async def test_discount(page: Page, shop: Shop) -> None:
    """A discount shows code, terms and disclosure; copying puts the code at hand."""
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await show(page, shop, "discount")
    for part in ("code", "terms", "disclosure"):
        expected = CONTENT["discount"][part]
        assert expected in await page.inner_text(f"[part={part}]")
    await page.click("[part=copy]")
    await page.wait_for_selector("[part=copy]:has-text('Copied')")

    # Writing takes a moment longer than saying so.
    copied = "async () => await navigator.clipboard.readText() === 'AUTUMN-7F3K'"
    await page.wait_for_function(copied)


async def test_alternatives(page: Page, shop: Shop) -> None:
    """Products with their price lead to their pages; following one is a yes."""
    await show(page, shop, "alternative")
    # The pictures of this shop do not come: better none than broken ones.
    await page.wait_for_selector("[part=item] img", state="hidden")
    assert "€701.00" in await page.inner_text("[part=item] >> nth=1")
    await page.click("[part=item] >> nth=1")
    await shop.until(lambda: shop.events("action_clicked"))

    assert (await page.evaluate("() => heard"))[-1][0] == "accepted"


async def test_link_of_a_script_is_none(page: Page, shop: Shop) -> None:
    """An address that is no web address is never put into a link."""
    items = [{"item_id": "1", "title": "x", "link": "javascript:alert(1)"}]
    shop.decide("alternative", items=items)
    await page.goto(f"{shop.url}/p/42")
    await page.wait_for_selector(CARD)

    assert await page.get_attribute("[part=item]", "href") is None


async def test_never_while_typing(page: Page, shop: Shop) -> None:
    """Nothing is shown to someone who types; the reason is reported."""
    shop.decide("help", on="ask")
    # However long it takes, the last key was pressed just now.
    await page.clock.set_fixed_time(2_000)
    await page.goto(f"{shop.url}/p/42")
    await shop.until(lambda: shop.events("view_item"))
    await page.fill("[name=note]", "Is the")
    await page.evaluate("() => engage.decide()")
    await shop.until(lambda: shop.events("action_not_shown"))

    assert shop.events("action_not_shown")[0]["reason"] == "typing"
    assert await page.locator(CARD).count() == 0


async def test_never_at_the_payment(page: Page, shop: Shop) -> None:
    """Nothing is shown on the payment step; the reason is reported."""
    shop.decide("help", on="page_view")
    await page.goto(f"{shop.url}/pay?kind=payment")
    await shop.until(lambda: shop.events("action_not_shown"))

    assert shop.events("action_not_shown")[0]["reason"] == "payment_step"


async def test_revoked(page: Page, shop: Shop) -> None:
    """A revoked card closes without being counted as a dismissal."""
    await show(page, shop, "chat")
    shop.answers["add_to_cart"] = {"revoked": ["d_1"]}
    await page.evaluate("() => engage.track('add_to_cart', {item: {item_id: '42'}})")
    await page.wait_for_selector(CARD, state="detached")
    await page.evaluate("() => engage.flush()")

    assert shop.events("action_dismissed", "action_expired") == []


async def test_expiry(page: Page, shop: Shop) -> None:
    """A card that nobody answered goes when it expires, and that is reported."""
    shop.decide("help", expires_in_ms=1_500)
    await page.goto(f"{shop.url}/p/42")
    await shop.until(lambda: shop.events("action_expired"))

    assert [e["name"] for e in shop.events("action_shown", "action_expired")] == [
        "action_shown",
        "action_expired",
    ]
    assert await page.locator(CARD).count() == 0


async def test_strict_policy(page: Page, shop: Shop) -> None:
    """Under a strict CSP with Trusted Types a card shows and nothing is violated."""
    await page.add_init_script(
        "window.broken = []; addEventListener('securitypolicyviolation',"
        " (e) => broken.push(e.violatedDirective + ' ' + e.blockedURI))"
    )
    shop.decide("discount", **CONTENT["discount"])
    await page.goto(f"{shop.url}/p/42?csp=1")
    await page.wait_for_selector(CARD)

    padding = "(e) => getComputedStyle(e).paddingTop"
    assert await page.locator(CARD).evaluate(padding) == "20px"
    assert await page.evaluate("() => broken") == []


async def test_template(page: Page, shop: Shop) -> None:
    """A shop that draws its own card still has its outcomes reported."""
    shop.decide("help", on="ask")
    await page.goto(f"{shop.url}/p/42")
    await page.wait_for_function("() => window.engage && window.engage.version")
    await page.evaluate(
        "() => { engage.registerTemplate('help', (decision, h, act) =>"
        " h('button', {part: 'own', click: act.decline}, decision.content.title));"
        " engage.decide() }"
    )
    await page.click("[part=own]")
    await shop.until(lambda: shop.events("action_dismissed"))

    assert shop.events("action_dismissed")[0]["by"] == "decline"


async def test_preview(page: Page, shop: Shop) -> None:
    """A preview shows the draft; nothing is sent or stored, whatever is answered."""
    address = "/p/42?engage_preview=size_guide&engage_token=secret"
    await page.goto(f"{shop.url}{address}&attributes={quote('data-consent=manual')}")
    await page.get_by_role("region", name="Preview of size_guide").wait_for()
    await page.evaluate("() => engage.setConsent(true)")
    await page.click("[part=decline]")

    assert shop.beacons == []
    assert await page.evaluate("() => Object.keys(localStorage)") == []


@pytest.mark.parametrize("tool", ["chatwoot", "crisp", "userlike"])
async def test_chat_tool_that_did_not_come(page: Page, shop: Shop, tool: str) -> None:
    """Where the tool is blocked, who accepts a chat is told that nobody is free."""
    shop.decide("chat", on="ask", **CONTENT["chat"])
    more = quote(f'data-consent="granted" data-chat="{tool}"')
    await page.goto(f"{shop.url}/p/42?attributes={more}")
    await page.evaluate("() => engage.decide()")
    await page.click("[part=accept]")
    await page.wait_for_selector("[part=accept]", state="detached")

    text = await page.inner_text("[part=text]")
    assert text == "Nobody is free right now."
    assert shop.events("chat_started") == []
