"""A challenger's trial in real Chromium: seen, forced on, rolled back."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.console_page import PHONE, opened
from tests.web.console_trial import begin, step

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def reason(page, why, *, action):
    """Give a reason in the dialog that is open; returns once the service has it."""
    await page.get_by_label("Reason").fill(why)
    async with page.expect_response("**/console/api/trial*"):
        await page.get_by_role("dialog").get_by_role("button", name=action).click()


async def test_forced_and_rolled_back(chromium, tmp_path):
    """A trial appears by itself, goes on and ends by hand; each time with a reason."""
    async with opened(chromium, tmp_path) as (page, service, url):
        await page.goto(url + "#models")
        panel = page.locator("section", has=page.get_by_role("heading", name="Chall"))
        await expect(panel).to_contain_text("Nothing was ever tried")
        await begin(service)
        now = panel.locator('[aria-current="step"]')
        await expect(now).to_have_text("shadow")
        await panel.get_by_role("button", name="Go on without the test").click()
        await reason(page, "fair on Monday", action="Go on without the test")
        await step(service)
        await expect(now).to_have_text("canary")
        await expect(panel).to_contain_text("decides for 5% of visitors")
        await panel.get_by_role("button", name="Roll back").click()
        await reason(page, "spring-sale", action="Roll back")
        await step(service)
        await expect(now).to_have_text("rolled back")
        await expect(panel).to_contain_text("withdrawn: spring-sale")
        await expect(panel.get_by_role("button")).to_have_count(0)


async def test_trial_on_a_phone(chromium, tmp_path):
    """The trial fits on a phone, also with its card unfolded."""
    async with opened(chromium, tmp_path, viewport=PHONE) as (page, service, url):
        await begin(service, is_forced=True, why="a test")
        await page.goto(url + "#models")
        await page.get_by_text("Where it comes from").click()
        await expect(page.get_by_text("seed")).to_be_visible()
        width = await page.evaluate("document.documentElement.scrollWidth")

    assert width == PHONE["width"]
