"""Hands and eyes at the console: presses, typing, narrow windows, forced colours."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from playwright.async_api import expect

from engage.street import agents
from engage.web.sdk_files import sdk_integrity
from engage.wire.shop import GroupStatus
from tests.browser.console_page import PAGES, PHONE, TOKEN, opened
from tests.web.console_shop import SITE, ask, publish

pytestmark = pytest.mark.asyncio(loop_scope="session")
# Returns once so many decisions have arrived and were drawn.
DRAWN = """async ([url, n]) => {
  const store = await import(url + 'store.js')
  while (store.state.decisions.length < n) await new Promise(requestAnimationFrame)
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame)
}"""
# As if an operator elsewhere had done it, with no other news behind it.
TOLD = """async ([url, data]) => {
  const store = await import(url + 'store.js')
  store.apply('switches', data)
  return store.state.levels.interventions.map((one) => one.status)
}"""
GROUND = "(node) => getComputedStyle(node).backgroundColor"


async def press(page, node):
    """Put the pointer on the middle of an element and press the button down."""
    await node.hover()
    await page.mouse.down()


async def test_switch_pressed_while_decisions_come(chromium, tmp_path):
    """A switch that is pressed when a decision arrives does what it says on release."""
    async with opened(chromium, tmp_path) as (page, service, url):
        await page.goto(url + "#interventions")
        switch = page.get_by_role("switch", name="returns is offered")
        await press(page, switch)
        await ask(service)
        await page.evaluate(DRAWN, [url, 1])
        await page.mouse.up()

        await expect(switch).to_have_attribute("aria-checked", "false")
        # What had to wait for the hand is there, too.
        refused = page.locator(".intervention").filter(has_text="Recently refused")
        await expect(refused.first).to_be_visible()


async def test_row_pressed_while_decisions_come(chromium, tmp_path):
    """The row under the pointer opens, though another one wants to push it down."""
    async with opened(chromium, tmp_path) as (page, service, url):
        await ask(service, "v_1")
        row = page.locator(".row-button")
        await expect(row).to_have_count(1)
        await press(page, row)
        await ask(service, "v_2")
        await page.evaluate(DRAWN, [url, 2])
        await page.mouse.up()

        await expect(page.locator(".pane").get_by_role("link")).to_have_text("v_1")
        await expect(row).to_have_count(2)


async def test_typed_numbers_stand(chromium, tmp_path):
    """Agents typed by hand outlive the shop's own report until they are set."""
    async with opened(chromium, tmp_path) as (page, service, url):
        site = service.engine("pk_demo").site
        await page.goto(url + "#interventions")
        group = page.locator(".group").filter(has_text="guitars")
        await group.get_by_label("online").fill("7")
        await agents.announce(
            site, "guitars", GroupStatus(online=2, free=1, ttl_s=600.0)
        )
        await expect(group).to_contain_text("1 left for invites")
        await expect(group.get_by_label("online")).to_have_value("7")
        await group.get_by_label("free").fill("4")
        await group.get_by_role("button", name="Set").click()

        await expect(page.get_by_text("7 there, 4 chats free")).to_be_visible()
        await agents.announce(
            site, "guitars", GroupStatus(online=3, free=1, ttl_s=600.0)
        )
        await expect(page.get_by_text("3 there, 1 chat free")).to_be_visible()
        await expect(group.get_by_label("online")).to_have_value("3")


async def test_switches_told_by_others(chromium, tmp_path):
    """News of the switches is news of each intervention, before anything else comes."""
    async with opened(chromium, tmp_path) as (page, _, url):
        await expect(page.get_by_role("heading", name="Decisions")).to_be_visible()
        one = {"all_paused": False, "paused": ["returns"]}
        assert await page.evaluate(TOLD, [url, one]) == ["on", "on", "paused"]
        every = {"all_paused": True, "paused": ["returns"]}
        assert await page.evaluate(TOLD, [url, every]) == ["paused"] * 3


@pytest.mark.parametrize(
    ("labels", "shown"), [(900.0, "+\N{WORD JOINER}1.0 pp"), (29.0, "\N{EN DASH}")]
)
async def test_dwell_has_its_own_figures(chromium, tmp_path, labels, shown):
    """Dwell is told by quantile, once it has labels enough; never as a yes or no."""
    async with opened(chromium, tmp_path) as (page, service, url):
        metrics = service.metrics
        metrics.labels.set("pk_demo", "hesitation", to=900.0)
        metrics.labels.set("pk_demo", "dwell", to=labels)
        metrics.coverage_error.set("pk_demo", "0.9", to=0.01)
        await page.goto(url + "#models")
        await page.reload()
        panel = page.locator("section", has=page.get_by_role("heading", name="Scorers"))
        quantile = panel.locator(".pairs li").filter(has_text="90%")

        await expect(quantile).to_have_text("90%" + shown)
        await expect(panel.locator("tbody th")).to_have_text(["Hesitation"])
        await expect(page.locator("main")).not_to_contain_text("NaN")
        few = panel.get_by_text("Figures need 200 labels.")
        await expect(few).to_have_count(0 if labels > 200 else 1)


async def test_late_answer_about_another(chromium, tmp_path):
    """An answer that comes late does not take the place of what was asked since."""
    async with opened(chromium, tmp_path) as (page, service, url):
        asked, let_go = asyncio.Event(), asyncio.Event()

        async def hold(route):
            asked.set()
            await let_go.wait()
            await route.continue_()

        await ask(service, "v_1")
        await ask(service, "v_2")
        await page.route("**/api/visitors/v_1*", hold)
        async with page.expect_response("**/api/visitors/v_1*") as late:
            await page.goto(url + "#visitors/v_1")
            await asked.wait()
            await page.goto(url + "#visitors/v_2")
            await expect(page.locator(".found h2").first).to_have_text("v_2")
            let_go.set()
        await (await late.value).finished()
        await page.evaluate("() => new Promise(requestAnimationFrame)")

        await expect(page.locator(".found h2").first).to_have_text("v_2")


async def test_titles_name_the_page(chromium, tmp_path):
    """Tabs, history and screen readers are told which page is open."""
    async with opened(chromium, tmp_path, token=TOKEN) as (page, _, url):
        await expect(page).to_have_title("Sign in · engage")
        await page.get_by_label("Console token").fill(TOKEN)
        await page.keyboard.press("Enter")
        await expect(page).to_have_title("Live · Saitenwerk · engage")
        await page.goto(url + "#health")
        await expect(page).to_have_title("Health · Saitenwerk · engage")


async def test_figures_of_all_shops_say_so(chromium, tmp_path):
    """Of several shops, what is counted for all of them is not told as one shop's."""
    other = replace(SITE, key="pk_two", name="Zweitladen")
    for more, said in (((), "Decisions"), ((other,), "Decisions, all shops")):
        folder = tmp_path / str(len(more))
        folder.mkdir()
        async with opened(chromium, folder, more=more) as (page, _, url):
            names = page.locator(".tile-name")
            await expect(names.get_by_text("Decisions")).to_have_text(said)
            await page.goto(url + "#health")
            told = page.locator(".status-line").get_by_text("All shops")
            await expect(told).to_have_count(len(more))


@pytest.mark.parametrize("locale", ["de-DE", "en-GB"])
async def test_narrowest(chromium, tmp_path, locale):
    """At 320 px no page is wider than the window, and the shop's name can be read."""
    other = replace(SITE, key="pk_two", name="Zweitladen für lange Namen und Gitarren")
    view = {"width": 320, "height": 640}
    async with opened(
        chromium, tmp_path, token=TOKEN, viewport=view, locale=locale, more=(other,)
    ) as (page, service, url):
        pinned = publish(service, threshold=0.5)
        publish(service, threshold=0.6)
        await page.locator("#token").fill(TOKEN)
        await page.keyboard.press("Enter")
        await ask(service)
        await expect(page.locator(".row-button")).to_be_visible()
        await page.goto(url + "#models")
        await page.locator(f'[data-key="pin-{pinned}"]').click()
        await page.locator("#dialog-field").fill("W" * 80)
        await page.keyboard.press("Enter")
        await expect(page.locator(".pinned")).to_contain_text("WWW")
        for name in PAGES:
            await page.goto(f"{url}#{name}")
            current = page.locator(f'a[data-page="{name}"][aria-current]')
            await expect(current).to_have_count(1)
            wide = await page.evaluate("document.documentElement.scrollWidth")
            right = await page.evaluate(
                "Math.max(...[...document.querySelectorAll('.nav a, .top button')]"
                ".map((one) => one.getBoundingClientRect().right))"
            )
            assert (name, wide, right <= 320) == (name, 320, True)
        select = await page.locator(".top select").bounding_box()
        assert select["width"] > 200


async def test_tables_beside_the_pages(chromium, tmp_path):
    """On a tablet no column of a table is cut off: the table is a list there."""
    view = {"width": 768, "height": 900}
    async with opened(chromium, tmp_path, viewport=view, locale="de-DE") as (
        page,
        service,
        url,
    ):
        await ask(service, "v_1")
        await ask(service, "v_2")
        service.clock.move(8 * 86_400.0)
        await page.goto(url + "#lift")
        measured = page.locator(".scroll").filter(has_text="Kaufquote").first
        await expect(measured).to_be_visible()

        wide = "(node) => node.scrollWidth - node.clientWidth"
        assert await measured.evaluate(wide) == 0


async def test_little_height(chromium, tmp_path):
    """At 400 % neither bar stands over the page: both scroll away."""
    view = {"width": 320, "height": 180}
    async with opened(chromium, tmp_path, viewport=view) as (page, _, _url):
        nav = page.locator(".nav")
        await expect(nav).to_be_visible()
        await page.evaluate("window.scrollTo(0, 300)")
        await expect(nav).not_to_be_in_viewport()
        await expect(page.locator(".top")).not_to_be_in_viewport()


async def test_pane_is_alone_on_a_phone(chromium, tmp_path):
    """While a decision covers a phone, nothing behind it can take the focus."""
    async with opened(chromium, tmp_path, viewport=PHONE) as (page, service, _):
        await ask(service)
        await page.locator(".row-button").click()
        await expect(page.locator(".pane-part").first).to_be_visible()
        for behind in (".top", ".nav", ".pulse", ".row-button"):
            await expect(page.locator(behind)).to_be_hidden()
        await page.get_by_role("button", name="Close").click()
        await expect(page.locator(".row-button")).to_be_focused()


async def test_forced_colours(chromium, tmp_path):
    """With the reader's own colours a switch still shows how it stands."""
    async with opened(chromium, tmp_path, forced_colors="active") as (page, _, url):
        await page.goto(url + "#interventions")
        on = page.get_by_role("switch", name="autumn10 is offered")
        off = page.get_by_role("switch", name="returns is offered")
        await off.click()
        await expect(off).to_have_attribute("aria-checked", "false")
        here, there = (page.locator(f'[data-page="{n}"]') for n in PAGES[1:3])

        assert await on.evaluate(GROUND) != await off.evaluate(GROUND)
        assert await here.evaluate(GROUND) != await there.evaluate(GROUND)
        knob = on.locator("span")
        assert await knob.evaluate(GROUND) != await on.evaluate(GROUND)


async def test_one_is_one(chromium, tmp_path):
    """A single thing is not told as several."""
    async with opened(chromium, tmp_path, locale="de-DE") as (page, _, url):
        say = "async (url) => (await import(url + 'words.js')).t('kpi.reasons', {n: N})"
        said = [await page.evaluate(say.replace("N}", n + "}"), url) for n in "12"]

    assert said == ["1 Grund", "2 Gründe"]


async def test_hash_of_the_sdk(chromium, tmp_path):
    """Who pins the SDK in a page finds its integrity hash where health is told."""
    async with opened(chromium, tmp_path) as (page, _, url):
        await page.goto(url + "#health")
        await expect(page.get_by_text(sdk_integrity())).to_be_visible()


async def test_ghosts_of_the_shadow(chromium, tmp_path):
    """In the shadow a ghost says so, and blames no holdout."""
    async with opened(chromium, tmp_path, mode="shadow") as (page, service, _):
        await ask(service)
        await page.locator(".row-button").click()
        why = page.locator(".pane > .note")
        await expect(why).to_have_count(1)
        await expect(why).to_contain_text("not carried out: the shop was in the shadow")
