"""The console opened in real Chromium; fails on script errors and policy breaches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page

from engage.web.service import Service
from tests.browser.conftest import PATIENCE_MS
from tests.web.console_shop import console

TOKEN = "a token that nobody guesses"
READER = "a token for who may only look"
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PAGES = ("live", "lift", "interventions", "models", "health", "visitors")


@asynccontextmanager
async def opened(
    chromium: Browser,
    data,
    *,
    token=None,
    reader=None,
    viewport=DESK,
    locale="en-GB",
    more=(),
    mode="learned",
    **options,
) -> AsyncIterator[tuple[Page, Service, str]]:
    """Open the console; yields page, service and address."""
    async with console(data, token=token, reader=reader, mode=mode, more=more) as (
        client,
        service,
    ):
        url = str(client.make_url("/console/"))
        context = await chromium.new_context(
            viewport=viewport, locale=locale, **options
        )
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda said: faults.append(said.text) if "Policy" in said.text else None,
        )
        await page.goto(url)
        yield page, service, url
        await context.close()
    assert faults == []
