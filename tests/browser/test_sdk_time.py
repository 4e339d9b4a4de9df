"""Active time against scripted truth: what the SDK counts, to the virtual ms."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Request, async_playwright

from tests.browser.conftest import FLAGS, PATIENCE_MS, Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACTIVE_MS = 5_000
# Of the page's time that passes between two looks at whether an answer is owed.
SLICE_MS = 1_000
MINUTE = (("key", 0), ("wait", 4_000)) * 15
SET_HIDDEN = """(hidden) => {
  Object.defineProperty(document, 'hidden', {configurable: true, value: hidden})
  Object.defineProperty(document, 'visibilityState',
    {configurable: true, value: hidden ? 'hidden' : 'visible'})
  document.dispatchEvent(new Event('visibilitychange', {bubbles: true})) }"""
Step = tuple[str, int]
# What a visitor does; `wait` and `sleep` take ms. The first view begins with the load.
SCENARIOS: dict[str, tuple[Step, ...]] = {
    "reading with input": MINUTE,
    "one look, then idle": (("wait", 60_000),),
    "idle and back": (("key", 0), ("wait", 20_000), ("key", 0), ("wait", 3_210)),
    "pointer only": (("move", 0), ("wait", 3_000)) * 10,
    "hidden": (*MINUTE, ("hide", 0), ("wait", 90_000), ("show", 0), ("wait", 2_500)),
    "hidden often": (("wait", 1_700), ("hide", 0), ("wait", 900), ("show", 0)) * 12,
    "blurred": (*MINUTE, ("blur", 0), ("wait", 60_000), ("focus", 0), ("wait", 7_000)),
    "blurred, then hidden": (
        *(("wait", 3_000), ("blur", 0), ("wait", 1_000), ("hide", 0), ("wait", 40_000)),
        *(("show", 0), ("wait", 2_000), ("focus", 0), ("wait", 4_000)),
    ),
    "new address": (*MINUTE, ("spa", 0), ("wait", 2_000), *MINUTE),
    "there and back": (*MINUTE, ("away", 30_000), *MINUTE),
    "machine asleep": (*MINUTE, ("sleep", 3_600_000), ("key", 0), *MINUTE),
}


class Truth(NamedTuple):
    """What one page view should be told to have lasted, in ms."""

    active: int
    visible: int


def truth_of(steps: tuple[Step, ...]) -> list[Truth]:
    """Return the time of each view: looked at, and used within the last 5 s.

    A view begins used; so does a return to it.
    """
    views, shown, focused, now, used = [Truth(0, 0)], True, True, 0, 0
    for what, ms in steps:
        shown = what == "show" or (shown and what != "hide")
        focused = what == "focus" or (focused and what != "blur")
        if what == "wait" and shown and focused:
            more = max(0, min(now + ms, used + ACTIVE_MS) - now)
            views[-1] = Truth(views[-1].active + more, views[-1].visible + ms)
        now += ms
        # After half an hour of silence a session begins, and with it a view.
        is_view = what in ("spa", "away") or (what == "sleep" and ms >= 1_800_000)
        views += [Truth(0, 0)] if is_view else []
        begins = (is_view or what in ("show", "focus")) and shown and focused
        used = now if begins or what in ("key", "move") else used
    return views


def told_by(shop: Shop, *, tab: str = "") -> list[Truth]:
    """Return what the pings of each page view add up to, view by view."""
    views: list[Truth] = []
    beacons = [b for b in shop.beacons if tab in ("", b["tab"])]
    for event in [event for beacon in beacons for event in beacon["events"]]:
        if event["name"] == "page_view":
            views.append(Truth(0, 0))
        elif event["name"] == "ping":
            active, visible = views[-1]
            told = active + event["active_ms"], visible + event["visible_ms"]
            views[-1] = Truth(*told)
    return views


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def visitor() -> AsyncIterator[Browser]:
    """Give a Chromium that keeps pages for the way back, as visitors' browsers do."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path,
            args=FLAGS,
            ignore_default_args=["--disable-back-forward-cache"],
            timeout=3 * PATIENCE_MS,
        )
        yield browser
        await browser.close()


class Stage:
    """A page on a clock that stands still, and the steps that can be done on it."""

    def __init__(self, page: Page, other: Page) -> None:
        """Keep the page, and another that can take its focus."""
        self.page = page
        self.other = other
        self._under_way: set[Request] = set()
        self._quiet = asyncio.Event()
        self._quiet.set()
        page.on("request", self._sent)
        page.on("requestfinished", self._answered)
        page.on("requestfailed", self._answered)

    @classmethod
    async def set(cls, url: str, *, page: Page, other: Page) -> Stage:
        """Open a page with its clock standing still, in a window with a real focus."""
        await page.bring_to_front()
        await page.clock.install(time=1_000)
        await page.clock.pause_at(2_000)
        await page.goto(url)
        await page.wait_for_function("() => window.engage && window.engage.version")
        # Playwright gives every page the focus; each load turns that on again.
        cdp = await page.context.new_cdp_session(page)
        await cdp.send("Emulation.setFocusEmulationEnabled", {"enabled": False})
        return cls(page, other)

    async def do(self, what: str, ms: int) -> None:
        """Do one step."""
        page, clock = self.page, self.page.clock
        acts: dict[str, Callable[[], Any]] = {
            "wait": lambda: self.wait(ms),
            "sleep": lambda: clock.fast_forward(ms),
            "key": lambda: page.keyboard.press("Shift"),
            "move": lambda: page.mouse.move(ms + 100, 300 - ms % 7),
            "hide": lambda: page.evaluate(SET_HIDDEN, arg=True),
            "show": lambda: page.evaluate(SET_HIDDEN, arg=False),
            "blur": lambda: self.look(self.other),
            "focus": lambda: self.look(page),
            "spa": lambda: page.evaluate("() => history.pushState({}, '', '/p/43')"),
            "away": lambda: self.away(ms),
        }
        await acts[what]()

    async def wait(self, ms: int) -> None:
        """Let time pass as fast as answers come: theirs is not the page's clock."""
        for start in range(0, ms, SLICE_MS):
            await self.page.clock.run_for(min(SLICE_MS, ms - start))
            await self._quiet.wait()

    def _sent(self, request: Request) -> None:
        if request.method == "POST":
            self._under_way.add(request)
            self._quiet.clear()

    def _answered(self, request: Request) -> None:
        self._under_way.discard(request)
        if not self._under_way:
            self._quiet.set()

    async def look(self, at: Page) -> None:
        """Give the focus to one of the two pages, and wait until ours has heard it."""
        await at.bring_to_front()
        heard = "(wanted) => document.hasFocus() === wanted"
        # Frames of a page behind another do not come.
        await self.page.wait_for_function(heard, arg=at is self.page, polling=20)

    async def away(self, ms: int) -> None:
        """Go to another page and come back to this one, kept as it was."""
        await self.page.goto("about:blank")
        await self.page.clock.run_for(ms)
        await self.page.go_back(wait_until="commit")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(visitor: Browser, shop: Shop) -> AsyncIterator[Stage]:
    """Give a product page opened with consent, its clock standing still."""
    context = await visitor.new_context()
    other = await context.new_page()
    page = await context.new_page()
    yield await Stage.set(f"{shop.url}/p/42", page=page, other=other)
    await context.close()


def are_close(told: list[Truth], truth: list[Truth]) -> bool:
    """Tell whether all times are within 1 % or 100 ms of the truth."""
    return len(told) == len(truth) and all(
        abs(one - true) <= max(100, true / 100)
        for view, true_view in zip(told, truth, strict=True)
        for one, true in zip(view, true_view, strict=True)
    )


@pytest.mark.parametrize("name", SCENARIOS)
async def test_scenario(stage: Stage, shop: Shop, name: str) -> None:
    """Each view's active and visible time is within 1 % or 100 ms of the truth."""
    for step in SCENARIOS[name]:
        await stage.do(*step)
    await stage.page.goto("about:blank")
    truth = truth_of(SCENARIOS[name])
    with suppress(TimeoutError):
        await shop.until(lambda: are_close(told_by(shop), truth))

    assert are_close(told_by(shop), truth), (told_by(shop), truth)


async def test_two_tabs(stage: Stage, shop: Shop) -> None:
    """Of two windows side by side only the one that is used counts its time."""
    first = stage.page
    second = await Stage.set(f"{shop.url}/p/43", page=stage.other, other=first)
    tabs = [second, stage]
    for turn in range(4):
        await tabs[1 - turn % 2].do("blur", 0)
        await tabs[turn % 2].do("focus", 0)
        # One clock for all pages of a context.
        await stage.do("wait", 4_000)
    for tab in tabs:
        await tab.page.goto("about:blank")
    names = {b["tab"] for b in shop.beacons}
    truth = [Truth(8_000, 8_000)] * 2
    with suppress(TimeoutError):
        await shop.until(lambda: [told_by(shop, tab=n)[0] for n in names] == truth)

    assert [told_by(shop, tab=name)[0] for name in names] == truth


async def test_last_words_name_their_own_page(stage: Stage, shop: Shop) -> None:
    """The time of a view that a new address ends is told under the old address."""
    mark = "(kind) => { document.body.dataset.engagePage = kind }"
    await stage.do("wait", 3_000)
    await stage.page.evaluate(mark, "cart")
    await stage.do("spa", 0)
    await stage.do("wait", 4_000)
    await stage.page.goto("about:blank")
    with suppress(TimeoutError):
        await shop.until(lambda: len(pages_of_pings(shop)) == 2)

    assert pages_of_pings(shop) == [("/p/42", "product"), ("/p/43", "cart")]


PASS_TIME = """(() => { const real = Date.now; let passed = 0
  Date.now = () => real() + passed
  window.pass = (ms) => { passed += ms } })()"""
# What a browser tells a page that it keeps for the way back, in its order.
KEEP = f"""(ms) => {{ const hide = {SET_HIDDEN}
  dispatchEvent(new PageTransitionEvent('pagehide', {{persisted: true}})); hide(true)
  const lasted = performance.now(); pass(ms); hide(false)
  dispatchEvent(new PageTransitionEvent('pageshow', {{persisted: true}}))
  return lasted }}"""


@pytest.mark.parametrize("gone_ms", [4_000, 2_400_000])
async def test_kept_for_the_way_back(page: Page, shop: Shop, gone_ms: int) -> None:
    """The time away is no view's; a return, also in another session, is one view."""
    await page.add_init_script(PASS_TIME)
    await page.goto(f"{shop.url}/p/42")
    await shop.until(lambda: shop.events("view_item"))
    lasted_ms = await page.evaluate(KEEP, gone_ms)
    await shop.until(lambda: len(shop.events("view_item")) > 1)
    await page.evaluate("() => engage.decide()")
    await shop.until(lambda: shop.events("ask"))
    # What was under way when the page was left is sent again under its number.
    told = {beacon["seq"]: beacon for beacon in shop.beacons}
    shop.beacons = [told[seq] for seq in sorted(told)]

    assert len(shop.events("page_view")) == len(shop.events("view_item")) == 2
    assert told_by(shop)[0].visible < lasted_ms + 1_000
    assert len({b["session"] for b in shop.beacons}) == 1 + (gone_ms > 1_800_000)


async def test_closed_in_the_background(page: Page, shop: Shop) -> None:
    """A tab that ends while nobody sees it did not come into sight for that."""
    await page.goto(f"{shop.url}/p/42")
    await shop.until(lambda: shop.events("view_item"))
    await page.evaluate(SET_HIDDEN, arg=True)
    await page.goto(f"{shop.url}/p/43")
    await shop.until(lambda: len(shop.events("view_item")) > 1)
    await shop.until(lambda: shop.events("tab_hidden"))

    assert shop.events("tab_visible") == []


def pages_of_pings(shop: Shop) -> list[tuple[str, str]]:
    """Return address and kind of the page of each beacon that tells of time."""
    return [
        (beacon["page"]["url"].removeprefix(shop.url), beacon["page"]["kind"])
        for beacon in shop.beacons
        if any(event["name"] == "ping" for event in beacon["events"])
    ]
