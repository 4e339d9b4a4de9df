"""axe-core finds nothing on any page of the console, in light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from engage.web.roll_call import RollCall
from tests.browser.console_page import DESK, PAGES, PHONE, TOKEN, opened
from tests.web.console_shop import ask, publish
from tests.web.console_trial import begin

pytestmark = pytest.mark.asyncio(loop_scope="session")
AXE = Path(__file__).parents[2] / "sdk_js/node_modules/axe-core/axe.min.js"
RUN = """async () => (await axe.run(document, {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
})).violations.map((one) => [one.id, one.nodes.map((n) => n.html.slice(0, 160))])"""


def workers_of(service):
    """Return what two workers have told: one of them has been silent for long."""
    now_s = service.clock.now_s()
    said = {"snapshot": 7.0, "unshipped": 3.0, "counts": {"orders": {"joined": 2.0}}}
    reports = {
        f"{n}af3c2d4e5f60718": {"at_s": now_s - 600.0 * n, "index": n, **said}
        for n in (0, 1)
    }
    return RollCall(board=None, clock=service.clock, reports=reports)


async def broken(page, name):
    """Return what axe finds on a page, by light and dark."""
    found = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        found += [(name, scheme, one) for one in await page.evaluate(RUN)]
    return found


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
async def test_axe_finds_nothing(chromium, tmp_path, viewport):
    """No rule of WCAG 2.2 AA, nor of good practice, is broken on any page."""
    source = AXE.read_text()
    async with opened(chromium, tmp_path, viewport=viewport) as (page, service, url):
        await begin(service, is_forced=True, why="a test")
        publish(service, threshold=0.5)
        for n in range(8):
            await ask(service, f"v_{n}")
        service.roll = workers_of(service)
        await page.evaluate(source)
        for name in PAGES:
            await page.goto(f"{url}#{name}")
            current = page.locator(f'a[data-page="{name}"][aria-current]')
            await expect(current).to_have_count(1)
            assert await broken(page, name) == []
        await page.goto(f"{url}#live")
        await page.locator(".row-button").first.click()
        await expect(page.locator(".pane-part").first).to_be_visible()
        assert await broken(page, "one decision") == []


async def test_a_worker_is_missed(chromium, tmp_path):
    """Every page says which worker is silent; where none is heard, it is not ready."""
    async with opened(chromium, tmp_path) as (page, service, url):
        service.roll = workers_of(service)
        await page.goto(f"{url}#lift")
        banner = page.locator(".banner.is-bad")
        await expect(banner).to_contain_text("Worker 1 has said nothing since")
        await expect(banner).to_have_count(1)
        service.roll.reports.clear()
        await page.goto(f"{url}#health")
        await expect(page.locator(".status-line")).to_contain_text("Not ready")


async def test_axe_at_the_door(chromium, tmp_path):
    """Neither the sign-in nor a question breaks a rule."""
    async with opened(chromium, tmp_path, token=TOKEN) as (page, _, _url):
        field = page.get_by_label("Console token")
        await expect(field).to_be_visible()
        await page.evaluate(AXE.read_text())
        assert await page.evaluate(RUN) == []
        await field.fill(TOKEN)
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Pause everything").click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        assert await page.evaluate(RUN) == []
