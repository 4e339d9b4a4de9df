"""The SDK in engines other than Chromium's: Gecko and WebKit, driven as people would.

    make engines        # or: pytest tests/engines; needs firefox-esr,
                        # webkit2gtk-driver, xvfb, xdotool

The suites under `tests/browser` run in Chromium; this walks one journey of each kind in
the others. WebKitGTK is Safari's engine without Safari's own privacy rules.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio
from aiohttp import web

from tests.browser.conftest import Shop
from tests.browser.test_cards import CONTENT
from tests.engines.drivers import ESCAPE, Firefox, WebKit, click_at, pointer, press

pytestmark = pytest.mark.asyncio(loop_scope="module")

WAIT = "await new Promise(r => setTimeout(r, {}))"
READY = f"while (!(window.engage && window.engage.version)) {WAIT.format(20)}"
PART = "document.querySelector('engage-root')?.shadowRoot.querySelector('[part={}]')"
CATCH = """<script nonce=n1>window.wrong = []
addEventListener('error', e => wrong.push(e.message))
addEventListener('securitypolicyviolation', e => wrong.push(e.violatedDirective))
</script>"""
# How far a card could be scrolled sideways, pixels.
SIDEWAYS = f"const it = {PART.format('card')}; return it.scrollWidth - it.clientWidth"
GRANTED = "attributes=data-consent%3D%22granted%22"
# Where pictures go, if somebody wants to look.
PICTURES = os.environ.get("ENGAGE_PICTURES")


@pytest_asyncio.fixture(params=[Firefox, WebKit], scope="module", loop_scope="module")
async def browser(request):
    """A running browser of each engine."""
    one = request.param()
    await one.start()
    yield one
    await one.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def shop():
    """A shop page, and a service that answers as a test says."""
    one = Shop()
    runner = web.AppRunner(one.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    one.url = "http://{}:{}".format(*runner.addresses[0][:2])
    yield one
    await runner.cleanup()


async def visit(browser, shop, *, attributes='data-consent="granted"', more=""):
    """Open the product page and wait for the SDK."""
    query = f"head={quote(CATCH)}&attributes={quote(attributes)}{more}"
    await browser.open(f"{shop.url}/p/42?{query}")
    await browser.run(READY)


async def place_of(browser, part):
    """Wait for a part of the card; return its middle, as the window shows it."""
    found = PART.format(part)
    return await browser.run(
        f"let it; while (!(it = {found}) || !it.getBoundingClientRect().width)"
        " await new Promise(r => setTimeout(r, 20));"
        "let was = -1; for (;;) { const b = it.getBoundingClientRect();"
        " if (b.top === was) return [b.left + b.width / 2, b.top + b.height / 2];"
        " was = b.top; await new Promise(r => setTimeout(r, 120)) }"
    )


async def show(browser, shop, kind, **more):
    """Open the page and ask for a decision that is a card of this kind."""
    shop.decide(kind, on="ask", **CONTENT[kind])
    await visit(browser, shop, **more)
    await browser.run("engage.decide()")
    await place_of(browser, "card")
    if PICTURES:
        keep(await browser.look(), f"{browser.name}-{kind}.png")


def keep(picture, name):
    """Keep a picture for people to look at."""
    Path(PICTURES, name).write_bytes(picture)


async def clean(browser):
    """Return what went wrong in the page."""
    return await browser.run("return window.wrong")


async def test_nothing_before_consent(browser, shop):
    """Without consent: no request to the service, no key, no cookie."""
    await visit(browser, shop, attributes='data-consent="manual"')
    await browser.act(pointer({"type": "pointerMove", "x": 300, "y": 300}))
    kept = await browser.run("return [Object.keys(localStorage), document.cookie]")

    assert kept == [[], ""]
    assert [row for row in shop.requests if "/v1/" in row] == []
    assert await clean(browser) == []


async def test_observes_and_says_goodbye(browser, shop):
    """Page, product, activity and the last words of a page arrive."""
    await visit(browser, shop)
    await shop.until(lambda: shop.events("view_item"))
    for step in range(12):
        to = {"type": "pointerMove", "x": 100 + 40 * step, "y": 200, "duration": 60}
        await browser.act(pointer(to))
    await browser.run("scrollTo(0, 900)")
    await browser.run(WAIT.format(1_500))
    await browser.open(f"{shop.url}/other?{GRANTED}")
    await shop.until(lambda: shop.events("ping"))
    pings = shop.events("ping")

    assert shop.events("page_view")
    assert sum(ping["active_ms"] for ping in pings) >= 500
    assert max(ping["scroll"] for ping in pings) > 0.2
    assert await browser.run("return Object.keys(localStorage).length > 0")


@pytest.mark.parametrize("kind", CONTENT)
async def test_card_is_accepted(browser, shop, kind):
    """A card of each kind shows, is clicked with a real mouse, and reports it once."""
    await show(browser, shop, kind)
    middle = await place_of(browser, "accept")
    wrong = await clean(browser)
    hidden = await browser.run(SIDEWAYS)
    await browser.act(click_at(*middle))
    await shop.until(lambda: shop.events("action_clicked"))

    assert len(shop.events("action_shown")) == 1
    assert len(shop.events("action_clicked")) == 1
    assert wrong == []
    assert hidden == 0


@pytest.mark.parametrize("by", ["decline", "close", "escape"])
async def test_card_is_dismissed(browser, shop, by):
    """Each way to say no closes the card and is told apart."""
    await show(browser, shop, "help")
    if by == "escape":
        await browser.act(press(ESCAPE))
    else:
        await browser.act(click_at(*await place_of(browser, by)))
    await shop.until(lambda: shop.events("action_dismissed"))

    assert [row["by"] for row in shop.events("action_dismissed")] == [by]
    assert await browser.run(f"return !{PART.format('card')}")
    assert await clean(browser) == []


async def test_strict_policy(browser, shop):
    """A card shows under a strict content policy, and nothing is reported."""
    await show(browser, shop, "discount", more="&csp=1")

    assert await clean(browser) == []


async def test_withdrawal(browser, shop):
    """Withdrawn consent closes the card and removes every key."""
    await show(browser, shop, "help")
    await browser.run("engage.setConsent(false)")
    await browser.run(WAIT.format(1_000))

    gone = f"return [Object.keys(localStorage).length, !{PART.format('card')}]"
    assert await browser.run(gone) == [0, True]


async def test_back_is_a_new_view(browser, shop):
    """Coming back by the history, from its cache or not, is a view of its own."""
    await visit(browser, shop)
    await shop.until(lambda: shop.events("page_view"))
    await browser.open(f"{shop.url}/other?kind=list&{GRANTED}")
    await shop.until(lambda: len(shop.events("page_view")) == 2)
    await browser.back()
    await shop.until(lambda: len(shop.events("page_view")) == 3)

    assert len({row["visitor"] for row in shop.beacons}) == 1
    assert len({row["session"] for row in shop.beacons}) == 1
