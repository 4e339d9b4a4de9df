"""Cards for everybody: axe-core, the keyboard, hostile texts, the strictest policy."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = Path(__file__).parents[2] / "sdk_js/node_modules/axe-core/axe.min.js"
CARD = "engage-root [part=card]"
WIDTHS = (320, 390, 1280)
# As long as the service's own texts, so that they wrap where those do.
TEXTS = {
    "en": {
        "title": "Questions about the Lakewood M-32 Custom?",
        "text": "Our guitar makers answer within a minute, and nobody is in a hurry.",
        "decline": "No, thanks",
        "disclosure": "Selected for you automatically, based on your visit.",
    },
    "de": {
        "title": "Noch Fragen zur Lakewood M-32 Custom?",
        "text": "Unsere Gitarrenbauer antworten binnen einer Minute, ganz in Ruhe.",
        "decline": "Nein, danke",
        "disclosure": "Automatisch für Sie ausgewählt, anhand Ihres Besuchs.",
    },
}
GOODS = [
    {"item_id": f"{n}", "title": f"Lakewood M-{n} Custom", "link": f"/p/{n}"}
    | {"price": 700.0 + n, "currency": "EUR"}
    for n in range(3)
]
MORE: dict[str, dict[str, Any]] = {
    "chat": {"cta": "Chat", "group": "guitars"},
    "discount": {"code": "AUTUMN-7F3K", "terms": "Bis 31.12.2026, ab 50 EUR."},
    "alternative": {"cta": "OK", "items": GOODS},
    "help": {"cta": "OK", "href": "/help"},
}
# What lies under the answers can be scrolled: a doubt counts if it stays at both ends.
AUDIT = """async () => {
  const card = document.querySelector('engage-root').shadowRoot.firstElementChild
  const name = ({id, nodes}) => id + ' ' + nodes.map((n) => n.html).join(' ')
  const look = async (top) => {
    card.scrollTop = top
    const found = await axe.run(document, {resultTypes: ['violations', 'incomplete']})
    return [found.violations.map(name), found.incomplete.map(name)] }
  const [[wrong, doubts], [more, rest]] = [await look(0), await look(9999)]
  return wrong.concat(more, doubts.filter((doubt) => rest.includes(doubt))) }"""
# As German shops have them.
WORD = "Edelstahlgitarrengurtsicherungsschraubensatz-Zwölferpack"
HOSTILE = "<img src=x onerror='window.burgled=1'><script>window.burgled=1</script>"


def card(kind: str, *, lang: str = "en", **more: Any) -> dict[str, Any]:
    """Return a decision of this kind with texts in this language."""
    content = TEXTS[lang] | MORE[kind] | more
    return {"id": f"d_{kind}", "token": "t.1", "action": kind, "kind": kind} | {
        "moment": "lingering",
        "content": content,
    }


async def enter(page: Page, shop: Shop, **query: str) -> None:
    """Open a product page and wait for the SDK; cards appear without moving."""
    await page.emulate_media(reduced_motion="reduce")
    text = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    await page.goto(f"{shop.url}/p/42?{text}")
    await page.wait_for_function("() => window.engage && window.engage.version")


async def show(page: Page, decision: dict[str, Any]) -> None:
    """Show this card, in place of the one before."""
    await page.evaluate("(d) => (engage.dismiss(), engage.show(d))", decision)
    await page.wait_for_selector(f"{CARD}[data-kind={decision['kind']}]")


@pytest.mark.parametrize("lang", TEXTS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe(page: Page, shop: Shop, lang: str, scheme: str) -> None:
    """axe-core has no objection and no doubt: kinds, three widths, modal and not."""
    await enter(page, shop, lang=lang, attributes=f'data-theme="{scheme}"')
    await page.evaluate(AXE.read_text())
    wrong: dict[str, list[str]] = {}
    for width, kind, modal in product(WIDTHS, MORE, (False, True)):
        await page.set_viewport_size({"width": width, "height": 844})
        await show(page, card(kind, lang=lang) | {"modal": modal})
        wrong[f"{kind} {width} {modal}"] = await page.evaluate(AUDIT)

    assert {name: found for name, found in wrong.items() if found} == {}


FOCUSED = """() => { let e = document.activeElement
  while (e.shadowRoot && e.shadowRoot.activeElement) e = e.shadowRoot.activeElement
  return e.getAttribute('part') || e.name || e.dataset.engage || e.tagName }"""
STOPS = {
    "chat": ["accept", "decline", "close"],
    "discount": ["copy", "accept", "decline", "close"],
    "alternative": ["item", "item", "item", "accept", "decline", "close"],
    "help": ["accept", "decline", "close"],
}


@pytest.mark.parametrize("kind", STOPS)
async def test_tab_order(page: Page, shop: Shop, kind: str) -> None:
    """Tab visits what the card offers in its order, visibly, and leaves it again."""
    await enter(page, shop)
    await show(page, card(kind))
    await page.focus("[name=coupon]")
    stops, outlines = [], []
    for _ in STOPS[kind]:
        await page.keyboard.press("Tab")
        stops.append(await page.evaluate(FOCUSED))
        ring = "(e) => getComputedStyle(e.shadowRoot.activeElement).outlineStyle"
        outlines.append(await page.locator("engage-root").evaluate(ring))
    await page.keyboard.press("Tab")

    assert stops == STOPS[kind]
    assert "none" not in outlines
    assert await page.evaluate(FOCUSED) not in STOPS[kind]


@pytest.mark.parametrize("key", ["Enter", "Space"])
@pytest.mark.parametrize("part", ["accept", "decline", "close"])
async def test_keys_press_buttons(page: Page, shop: Shop, key: str, part: str) -> None:
    """Enter and Space do on each button what a click does, and give the focus back."""
    await enter(page, shop)
    decision = card("help", href="")
    await show(page, decision)
    await page.focus("[name=note]")
    await page.focus(f"[part={part}]")
    await page.keyboard.press(key)
    await page.wait_for_selector(CARD, state="detached")
    await page.evaluate("() => engage.flush()")
    await shop.until(lambda: shop.events("action_clicked", "action_dismissed"))

    done = [
        e.get("by", "yes") for e in shop.events("action_clicked", "action_dismissed")
    ]
    assert done == ["yes" if part == "accept" else part]
    assert await page.evaluate(FOCUSED) == "note"


async def test_modal(page: Page, shop: Shop) -> None:
    """A modal card takes the focus, keeps Tab inside, and gives it back on Escape."""
    await enter(page, shop)
    await page.focus("[name=coupon]")
    await show(page, card("help") | {"modal": True})
    await page.get_by_role("dialog", name=TEXTS["en"]["title"]).wait_for()
    stops = []
    for _ in range(6):
        await page.keyboard.press("Tab")
        stops.append(await page.evaluate(FOCUSED))
    await page.keyboard.press("Escape")

    assert {"coupon", "note", "cart"}.isdisjoint(stops)
    assert {"accept", "decline", "close"} <= set(stops)
    assert await page.locator(CARD).count() == 0
    assert await page.evaluate(FOCUSED) == "coupon"


@pytest.mark.parametrize("height", [640, 844])
async def test_answers_in_sight(page: Page, shop: Shop, height: int) -> None:
    """On every phone yes and no are in sight, however long the text is."""
    await enter(page, shop)
    await page.set_viewport_size({"width": 320, "height": height})
    for kind in MORE:
        await show(page, card(kind, lang="de", text="Jemand hat gerade Zeit. " * 9))
        box = await page.locator(CARD).bounding_box()
        answer = await page.locator("[part=decline]").bounding_box()
        assert box is not None
        assert answer is not None
        assert answer["y"] + answer["height"] <= box["y"] + box["height"]


async def test_escape_from_the_page(page: Page, shop: Shop) -> None:
    """Escape closes the card wherever the focus is, and leaves it where it was."""
    await enter(page, shop)
    await show(page, card("chat"))
    await page.focus("button[data-engage=cart]")
    await page.keyboard.press("Escape")

    assert await page.locator(CARD).count() == 0
    assert await page.evaluate(FOCUSED) == "cart"


@pytest.mark.parametrize("more", [{}, {"title": WORD}, {"text": WORD}, {"code": WORD}])
@pytest.mark.parametrize("width", [320, 1280])
async def test_reflow(page: Page, shop: Shop, width: int, more: dict[str, str]) -> None:
    """Nothing is cut off sideways: at 320 px, nor of long words anywhere."""
    await enter(page, shop)
    await page.set_viewport_size({"width": width, "height": 844})
    long = [one | {"title": WORD} for one in GOODS] if more else GOODS
    for kind in MORE:
        goods = {"items": long} if kind == "alternative" else {}
        await show(page, card(kind, lang="de", **more, **goods))
        over = "(e) => [e.scrollWidth - e.clientWidth, e.getBoundingClientRect().left]"
        sideways, left = await page.locator(CARD).evaluate(over)
        assert sideways <= 0
        assert left >= 0
    assert await page.evaluate("() => document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("kind", MORE)
async def test_hostile_texts(page: Page, shop: Shop, kind: str) -> None:
    """Markup in any text field is shown as text, and runs nothing."""
    await enter(page, shop)
    fields = ("title", "text", "cta", "decline", "disclosure", "code", "terms")
    items = [{"item_id": "1", "title": HOSTILE, "price": HOSTILE, "link": HOSTILE}]
    hostile: dict[str, Any] = dict.fromkeys(fields, HOSTILE)
    hostile |= {"items": items, "href": HOSTILE}
    await show(page, card(kind, **hostile))
    shown = await page.locator(CARD).inner_text()

    assert shown.count("<img src=x onerror=") == len(fields) + 2
    assert await page.locator(f"{CARD} img, {CARD} script").count() == 0
    assert await page.evaluate("() => window.burgled ?? null") is None


async def test_strict_policy_for_all_kinds(page: Page, shop: Shop) -> None:
    """No card and no answer to it violates a strict CSP with Trusted Types."""
    await page.add_init_script(
        "window.broken = []; addEventListener('securitypolicyviolation',"
        " (e) => broken.push(e.violatedDirective + ' ' + e.blockedURI))"
    )
    await enter(page, shop, csp="1")
    for kind in MORE:
        picture = {"image_link": "/i/1.png"}
        items = [item | picture for item in GOODS]
        await show(page, card(kind, items=items))
    await page.click("[part=decline]")
    await page.evaluate("() => engage.destroy()")

    assert await page.evaluate("() => broken") == []
