"""Who may do what in the console, and what changing something looks like."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.async_api import expect

from tests.browser.console_page import PAGES, READER, TOKEN, opened
from tests.web.console_shop import SITE, ask, publish

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def signed_in(page, token):
    """Sign in by keyboard."""
    await page.get_by_label("Console token").fill(token)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Decisions")).to_be_visible()


async def test_rollback_and_return(chromium, tmp_path):
    """A snapshot is pinned with a reason, says so on every page, and is let go."""
    async with opened(chromium, tmp_path) as (page, service, url):
        site = service.engine("pk_demo").site
        first, second = (publish(service, threshold=p) for p in (0.5, 0.6))
        await page.goto(url + "#models")
        await page.get_by_role("button", name=f"Decide with #{first}").click()
        await page.get_by_label("Reason").fill("worse since noon")
        # As people do who have typed a reason: it must not mean "Cancel".
        await page.keyboard.press("Enter")
        banner = page.locator(".banners")
        await expect(banner).to_contain_text(
            f"Snapshot {first} is pinned: worse since noon"
        )
        assert (site.pin.number, site.snapshot.number) == (first, first)
        await page.get_by_role("button", name="Use the newest").click()
        await page.get_by_label("Reason").fill("mended")
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="Use the newest").click()
        await expect(banner).not_to_contain_text("pinned")
        assert (site.pin, site.snapshot.number) == (None, second)


async def test_snapshots_under_the_pointer(chromium, tmp_path):
    """While somebody aims at a snapshot the list stands still; then it goes on."""
    async with opened(chromium, tmp_path) as (page, service, url):
        first, second = (publish(service, threshold=p) for p in (0.5, 0.6))
        await page.goto(url + "#models")
        newest = page.locator(".lineage b").first
        await page.get_by_role("button", name=f"Decide with #{first}").hover()
        third = publish(service, threshold=0.7)
        await expect(page.locator(".big")).to_contain_text(f"#{third}")
        await expect(newest).to_have_text(f"#{second}")
        await page.mouse.move(0, 0)
        await expect(newest).to_have_text(f"#{third}")


async def test_pin_without_a_reason(chromium, tmp_path):
    """Without a reason the question stays open and nothing changes."""
    async with opened(chromium, tmp_path) as (page, service, url):
        first, _ = (publish(service, threshold=p) for p in (0.5, 0.6))
        await page.goto(url + "#models")
        await page.get_by_role("button", name=f"Decide with #{first}").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="Decide").click()
        await expect(dialog).to_be_visible()
        assert service.engine("pk_demo").site.pin is None


async def test_reader_is_offered_no_change(chromium, tmp_path):
    """A reader sees every page but the visitors', and nothing that changes anything."""
    async with opened(chromium, tmp_path, token=TOKEN, reader=READER) as (
        page,
        service,
        url,
    ):
        await signed_in(page, READER)
        await ask(service)
        await expect(page.get_by_text("read only")).to_be_visible()
        await expect(page.locator('a[data-page="visitors"]')).to_have_count(0)
        for name in PAGES[:-1]:
            await page.goto(f"{url}#{name}")
            await expect(page.locator("h1")).to_be_visible()
            switches = page.locator('[role="switch"]:not([disabled]), main form')
            await expect(switches).to_have_count(0)
            await expect(page.locator(".danger")).to_have_count(0)
            await expect(page.get_by_role("button", name="Decide with")).to_have_count(
                0
            )


async def test_reader_does_not_learn_who(chromium, tmp_path):
    """A reader opens a decision and finds no visitor in it."""
    async with opened(chromium, tmp_path, token=TOKEN, reader=READER) as (
        page,
        service,
        _,
    ):
        await signed_in(page, READER)
        await ask(service)
        await page.locator(".row-button").click()
        await expect(page.locator(".pane")).to_contain_text("hidden from readers")
        await expect(page.locator(".pane a")).to_have_count(0)


async def test_signing_out(chromium, tmp_path):
    """After signing out the page asks for the token again, also after a reload."""
    async with opened(chromium, tmp_path, token=TOKEN) as (page, _, _url):
        await signed_in(page, TOKEN)
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_label("Console token")).to_be_visible()
        await page.reload()
        await expect(page.get_by_label("Console token")).to_be_visible()


async def test_pause_holds_at_once(chromium, tmp_path):
    """Once the page says that everything is paused, the next decision is none."""
    async with opened(chromium, tmp_path) as (page, service, _):
        await page.get_by_role("button", name="Pause everything").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="Pause", exact=True).click()
        await expect(page.get_by_text("Everything is paused.")).to_be_visible()
        await ask(service)
        await expect(page.locator(".row-button")).to_contain_text("paused")
        page_row = service.journal.decisions(
            "pk_demo", since_s=0.0, until_s=4e9, limit=5, cursor=None
        ).rows
        assert [row["eligible"] for row in page_row] == [["none"]]


async def test_each_site_shows_its_own(chromium, tmp_path):
    """A list that was held and a decision that was open stay with their site."""
    other = replace(SITE, key="pk_two", name="Zweitladen")
    async with opened(chromium, tmp_path, more=(other,)) as (page, service, _):
        await ask(service)
        await page.locator(".row-button").click()
        await page.get_by_role("button", name="Hold the list").click()
        await page.get_by_label("Site").select_option("pk_two")

        await expect(page.get_by_text("No decision yet.")).to_be_visible()
        await expect(page.locator(".pane")).to_contain_text("Choose a decision")
