"""The console in real Chromium, on a real service whose visitor asks for advice."""

from __future__ import annotations

import math

import pytest
from playwright.async_api import expect

from tests.browser.console_page import DESK, PAGES, PHONE, TOKEN, opened
from tests.web.console_shop import ask, price_agents

LEAVE = """(address) => {
  location.hash = address
  document.querySelector('.bar button').click()
}"""
DASH = "\N{EN DASH}"
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_decision_appears(chromium, tmp_path):
    """A decision shows up by itself, and opens with everything that led to it."""
    async with opened(chromium, tmp_path) as (page, service, _):
        await expect(page.get_by_text("No decision yet.")).to_be_visible()
        await ask(service)
        row = page.locator(".row-button")
        await expect(row).to_contain_text("Asked for it")
        await row.click()
        pane = page.locator(".pane")
        await expect(pane).to_contain_text("nobody free")
        await expect(pane).to_contain_text("What the visit looked like")
        product = pane.get_by_role("listitem").filter(has_text="Product")
        await expect(product.get_by_text("42", exact=True)).to_be_visible()
        await expect(pane.get_by_role("link", name="v_1")).to_be_visible()


async def test_what_agents_cost(chromium, tmp_path):
    """Beside the prediction of an invite stands what agents' time costs others."""
    async with opened(chromium, tmp_path) as (page, service, _):
        await price_agents(service, eur=9.0)
        await ask(service)
        await page.locator(".row-button").click()
        odds = page.locator(".pane .odds-table")
        await expect(odds).to_contain_text("less €0.90 for agents")


async def test_signs_stay_with_their_figures(chromium, tmp_path):
    """No line breaks between a sign and its figure, whichever sign it is."""
    async with opened(chromium, tmp_path) as (page, _, url):
        say = "async (url) => (await import(url)).money(VALUE, {sign: true})"
        found = [
            await page.evaluate(say.replace("VALUE", value), url + "format.js")
            for value in ("129.03", "-129.03", "0")
        ]
        joined = "\N{WORD JOINER}\N{EURO SIGN}129.03"

        assert found == [f"+{joined}", f"\N{MINUS SIGN}{joined}", "\N{EURO SIGN}0.00"]


async def test_keyboard_alone(chromium, tmp_path):
    """A decision is opened and closed by keyboard; the focus returns to its row."""
    async with opened(chromium, tmp_path) as (page, service, _):
        await ask(service)
        row = page.locator(".row-button")
        await row.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".pane")).to_be_focused()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(row).to_be_focused()


async def test_pause_everything(chromium, tmp_path):
    """Pausing asks first, says so all over the page, and can be taken back."""
    async with opened(chromium, tmp_path) as (page, service, _):
        site = service.engine("pk_demo").site
        await page.get_by_role("button", name="Pause everything").click()
        await page.get_by_label("Reason").fill("stocktaking")
        await page.get_by_role("dialog").get_by_role("button", name="Pause").click()
        await expect(page.get_by_text("Everything is paused.")).to_be_visible()
        assert site.switches.all_paused
        await page.get_by_role("button", name="Resume").click()
        await expect(page.get_by_text("Everything is paused.")).to_be_hidden()
        assert not site.switches.all_paused


async def test_enter_held_pauses_once(chromium, tmp_path):
    """Enter held in the question neither asks again nor takes the pause back."""
    async with opened(chromium, tmp_path) as (page, service, _):
        await page.get_by_role("button", name="Pause everything").click()
        await page.get_by_label("Reason").fill("a test")
        for _ in range(3):
            await page.keyboard.down("Enter")
            await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(page.locator(".banners")).to_contain_text("paused")
        await page.keyboard.down("Enter")

        await expect(page.get_by_role("dialog")).to_have_count(0)
        assert service.engine("pk_demo").site.switches.all_paused


async def test_pause_can_be_thought_better_of(chromium, tmp_path):
    """Escape at the question changes nothing."""
    async with opened(chromium, tmp_path) as (page, service, _):
        await page.get_by_role("button", name="Pause everything").click()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        assert not service.engine("pk_demo").site.switches.all_paused


async def test_switch_of_one(chromium, tmp_path):
    """An intervention is switched off, and on again, where it stands."""
    async with opened(chromium, tmp_path) as (page, service, url):
        await page.goto(url + "#interventions")
        switch = page.get_by_role("switch", name="returns is offered")
        await switch.click()
        await expect(switch).to_have_attribute("aria-checked", "false")
        assert service.engine("pk_demo").site.paused == {"returns"}
        await switch.click()
        await expect(switch).to_have_attribute("aria-checked", "true")


async def test_agents(chromium, tmp_path):
    """Agents set by hand show as free."""
    async with opened(chromium, tmp_path) as (page, _, url):
        await page.goto(url + "#interventions")
        group = page.locator(".group").filter(has_text="guitars")
        await group.get_by_label("online").fill("2")
        await group.get_by_label("free").fill("3")
        await group.get_by_role("button", name="Set").click()
        await expect(page.get_by_text("2 there, 3 chats free")).to_be_visible()


async def test_erasure_asks_first(chromium, tmp_path):
    """A visitor is found by id; erasing asks, and afterwards nothing is held."""
    async with opened(chromium, tmp_path) as (page, service, url):
        await ask(service)
        await page.goto(url + "#visitors")
        await page.get_by_label("Visitor id").fill("v_1")
        await page.get_by_role("button", name="Search").click()
        await page.get_by_role("button", name="Erase").click()
        await page.get_by_role("dialog").get_by_role("button", name="Erase").click()
        await expect(page.get_by_text("v_1 was erased.")).to_be_visible()
        assert service.journal.visitor("pk_demo", "v_1") is None


async def test_decision_by_its_address(chromium, tmp_path):
    """A visitor's decision is a link; its address opens it for whoever has it."""
    async with opened(chromium, tmp_path) as (page, service, url):
        await ask(service)
        await expect(page.locator(".row-button")).to_be_visible()
        # The page it leaves is drawn once more before it hears of the new address.
        await page.evaluate(LEAVE, "#visitors/v_1")
        await page.get_by_role("link", name="Asked for it").click()
        part = page.locator(".pane").get_by_text("What the visit looked like")
        await expect(part).to_be_visible()
        await page.reload()
        await expect(part).to_be_visible()
        await page.get_by_role("button", name="Close").click()
        await expect(part).to_be_hidden()
        await expect(page).to_have_url(url + "#live")


async def test_young_scorers(chromium, tmp_path):
    """A figure that would say nothing yet is a dash, with the reason below."""
    async with opened(chromium, tmp_path) as (page, service, url):
        metrics = service.metrics
        for name, labels in (("hesitation", 900.0), ("intent", 12.0)):
            metrics.labels.set("pk_demo", name, to=labels)
            metrics.log_loss.set("pk_demo", name, to=0.25)
            metrics.auc.set("pk_demo", name, to=math.nan)
            metrics.ece.set("pk_demo", name, to=-0.004)
        await page.goto(url + "#models")
        await page.reload()
        rows = page.locator("tbody tr").filter(has_text="0.250")
        await expect(rows).to_have_text([f"Hesitation9000.250{DASH}0.000"])
        young = page.locator("tbody tr").filter(has_text="Intent")
        await expect(young).to_have_text(f"Intent12{DASH * 3}")
        await expect(page.get_by_text("Figures need 200 labels.")).to_be_visible()
        await expect(page.get_by_text("ten labels of each kind")).to_be_visible()
        believed = page.locator("li").filter(has_text="that the starting beliefs count")
        await expect(believed.locator(".figure")).to_have_text("10,000")
        learned = page.locator("li").filter(has_text="of these still count")
        await expect(learned.locator(".figure")).to_have_text("0")


async def test_lift_of_a_handful(chromium, tmp_path):
    """A difference that rests on a few visitors is not told; it says so."""
    async with opened(chromium, tmp_path) as (page, service, url):
        await ask(service, "v_1")
        await ask(service, "v_2")
        service.clock.move(8 * 86_400.0)
        await page.goto(url + "#lift")
        few = page.get_by_text("below 20 visitors in a group nothing can be said yet.")
        await expect(few.first).to_be_visible()
        margin = page.locator("tbody tr").filter(has_text="Margin")
        await expect(margin).to_contain_text("too few")


async def test_health_of_a_service_that_is_gone(chromium, tmp_path):
    """While nobody answers, what was known of its health is not told as present."""
    async with opened(chromium, tmp_path) as (page, _, url):
        ready = page.locator(".status-line")
        await page.goto(url + "#health")
        await expect(ready).to_contain_text("Ready")
        await page.route("**/api/live*", lambda route: route.abort())
        await page.reload()
        await expect(ready).to_contain_text("No answer")
        await expect(ready.locator(".is-bad")).to_be_visible()


async def test_sign_in(chromium, tmp_path):
    """With a token the page asks for it, refuses another one, and then opens."""
    async with opened(chromium, tmp_path, token=TOKEN) as (page, _, _url):
        field = page.get_by_label("Console token")
        await field.fill("wrong")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("not the console")
        await field.fill(TOKEN)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Decisions")).to_be_visible()
        assert await page.evaluate("document.cookie") == ""


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("locale", ["de-DE", "en-GB"])
async def test_every_page_fits(chromium, tmp_path, viewport, locale):
    """No page is wider than the window, in either language; each has one heading.

    What a page has hidden is not seen either: one process has no list of workers.
    The language can be changed on a phone, too.
    """
    async with opened(chromium, tmp_path, viewport=viewport, locale=locale) as (
        page,
        service,
        url,
    ):
        await ask(service)
        for name in PAGES:
            await page.goto(f"{url}#{name}")
            await expect(
                page.locator(f'a[data-page="{name}"][aria-current]')
            ).to_have_count(1)
            await expect(page.locator("h1")).to_have_count(1)
            width = await page.evaluate("document.documentElement.scrollWidth")
            assert (name, width) == (name, viewport["width"])
            await expect(
                page.locator("[hidden]").locator("visible=true")
            ).to_have_count(0)
        html = page.locator("html")
        await expect(html).to_have_attribute("lang", locale[:2])
        await page.locator(".tools [lang]").click()
        await expect(html).not_to_have_attribute("lang", locale[:2])


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_is_legible(chromium, tmp_path, scheme):
    """Each text has a contrast of at least 4.5 to 1 on each ground (WCAG 2 AA)."""
    async with opened(chromium, tmp_path, color_scheme=scheme) as (page, _, _url):
        await expect(page.locator("h1")).to_be_visible()
        ratios = await page.evaluate(CONTRASTS)

    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}


async def test_theme_by_hand(chromium, tmp_path):
    """The theme that was chosen by hand is still there after a reload."""
    async with opened(chromium, tmp_path, color_scheme="light") as (page, _, _url):
        await page.get_by_role("button", name="Light or dark").click()
        await page.reload()
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")


CONTRASTS = """() => {
  const style = getComputedStyle(document.documentElement);
  const light = (name) => {
    const hex = style.getPropertyValue(name).trim().slice(1);
    const part = (i) => {
      const x = parseInt(hex.slice(i, i + 2), 16) / 255;
      return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4);
  };
  const ratio = (a, b) => {
    const [dark, pale] = [light(a), light(b)].sort((x, y) => x - y);
    return (pale + 0.05) / (dark + 0.05);
  };
  const pairs = [['--on-signal', '--signal'], ['--good', '--good-tint'],
    ['--bad', '--bad-tint'], ['--warn', '--warn-tint'], ['--signal', '--tint'],
    ['--soft', '--sunk'], ['--paper', '--ink']];
  for (const text of ['--ink', '--soft', '--good', '--bad']) {
    for (const ground of ['--paper', '--raised', '--tint']) pairs.push([text, ground]);
  }
  return Object.fromEntries(pairs.map(([a, b]) => [a + ' on ' + b, ratio(a, b)]));
}"""
