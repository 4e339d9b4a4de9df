"""How much of what happens last on a page is lost, with the connection pool full?

    python benchmarks/sdk_page_ends.py [--ends 1000] [--seed 1] [--visitors 8]

Real Chromium, HTTP/1.1, the service answers after 200 ms. Each page starts 12 requests
of half a second, twice what its host has connections for, and ends: by a link
within the shop or out of it, a reload, out and back again, a tab that is closed, or one
that is hidden first. While it ends it reports one event with a number of its own, and
notes in its storage that it did. Lost: numbers that never arrive. `unsaid`: of these,
those of pages that a busy browser ended before they could run a line; no transport can
send what was never said. Duplicates: numbers under more than one (session, tab, seq),
which is what the service tells beacons apart by.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

ROOT = Path(__file__).resolve().parent.parent
SDK = ROOT / "engage" / "web" / "sdk"
RESULT = ROOT / "benchmarks" / "results" / "sdk_page_ends.json"
LATENCY_S = 0.2
# On six connections, twice: a page of the same shop waits for half a second.
HANGS_S = 0.5
VISITORS = 8
# Of ten page ends; leaving the shop starts a process, and is what takes longest.
KINDS = {"link": 4, "reload": 2, "out": 1, "back": 1, "close": 1, "hide": 1}
# Before the SDK listens, so that its last words are not yet said.
PAGE = b"""<!doctype html><html lang="en"><title>Page</title>
<link rel="icon" href="data:,"><script>
for (const type of ['pagehide', 'visibilitychange']) addEventListener(type, () => {
  if (window.last && (type === 'pagehide' || document.hidden))
    localStorage[last] = engage.track('add_to_wishlist', {item: {item_id: last}})
  window.last = '' }, true)</script>
<script async src="/sdk/engage.js" data-site="pk_demo" data-consent="granted"></script>
<body data-engage-page="other"><h1>Page</h1>"""
FILL = """(n) => { window.last = 'end' + n
  for (let i = 0; i < 12; i++) fetch('/hangs?' + n + '.' + i).catch(() => {}) }"""
SET_HIDDEN = """() => {
  Object.defineProperty(document, 'hidden', {configurable: true, value: true})
  document.dispatchEvent(new Event('visibilitychange', {bubbles: true})) }"""


class Service:
    """Pages and the service behind them; keeps every beacon that arrives."""

    def __init__(self) -> None:
        self.url = ""
        self.beacons: list[dict[str, Any]] = []
        self.came = asyncio.Event()

    def app(self) -> web.Application:
        """Return the routes."""
        app = web.Application()
        app.router.add_post("/v1/beacons", self._take)
        app.router.add_get("/sdk/{path:.*}", self._script)
        app.router.add_get("/hangs", self._hang)
        app.router.add_get("/{path:.*}", self._page)
        return app

    def ends(self) -> dict[int, set[tuple[str, str, int]]]:
        """Return under which (session, tab, seq) each number arrived."""
        found = defaultdict(set)
        for beacon in self.beacons:
            key = beacon["session"], beacon["tab"], beacon["seq"]
            for event in beacon["events"]:
                if event["name"] == "add_to_wishlist":
                    found[int(event["item"]["item_id"][3:])].add(key)
        return found

    async def _take(self, request: web.Request) -> web.Response:
        # Arrived is what was read, whether or not the page lives to hear of it.
        self.beacons.append(orjson.loads(await request.read()))
        self.came.set()
        await asyncio.sleep(LATENCY_S)
        return web.Response(status=204)

    async def _hang(self, request: web.Request) -> web.Response:
        del request
        await asyncio.sleep(HANGS_S)
        return web.Response(status=204)

    async def _script(self, request: web.Request) -> web.Response:
        file = SDK / request.match_info["path"].rpartition("/")[2]
        return web.Response(body=file.read_bytes(), content_type="text/javascript")

    async def _page(self, request: web.Request) -> web.Response:
        body = b"Elsewhere" if request.host.startswith("localhost") else PAGE
        return web.Response(body=body, content_type="text/html")


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[str]:
    """Run the service on a free port; requests that hang end with their page."""
    runner = web.AppRunner(
        service.app(),
        access_log=None,
        shutdown_timeout=0.1,
        handler_cancellation=True,
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield "http://{}:{}".format(*runner.addresses[0][:2])
    await runner.cleanup()


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start Chromium; Playwright's has no bfcache, in which requests would live on."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu"],
        )
        yield browser
        await browser.close()


OUT = "location = location.origin.replace('127.0.0.1', 'localhost')"
LEAVE = {"link": "location = '/p/after' + n", "out": OUT, "back": OUT}
LEAVE["reload"] = "location.reload()"


async def end(page: Page, n: int, *, kind: str) -> Page | None:
    """End the page in this way; the page that goes on, if there is one."""
    if kind in LEAVE:
        async with page.expect_navigation(wait_until="load"):
            await page.evaluate(f"(n) => {{ ({FILL})(n); {LEAVE[kind]} }}", n)
        if kind == "back":
            await page.go_back(wait_until="commit")
        return page
    await page.evaluate(FILL, n)
    if kind == "hide":
        await page.evaluate(SET_HIDDEN)
    await page.close()
    return None


async def visitor(
    browser: Browser, service: Service, numbers: list[int], *, luck: random.Random
) -> tuple[dict[int, str], set[int]]:
    """Walk through page ends; return how each ended, and those that had their say."""
    context = await browser.new_context()
    context.set_default_timeout(60_000)
    page: Page | None = None
    done: dict[int, str] = {}
    for n in numbers:
        (kind,) = luck.choices([*KINDS], [*KINDS.values()])
        page = page or await context.new_page()
        # Where a link, a reload or the way back leads to is the next page that ends.
        if not page.url.startswith(service.url):
            await page.goto(f"{service.url}/p/{n}")
        await page.wait_for_function("() => window.engage?.version", polling=10)
        page = await end(page, n, kind=kind)
        done[n] = kind
    # The last ones are on their way.
    with suppress(TimeoutError):
        async with asyncio.timeout(30):
            while not set(numbers) <= service.ends().keys():
                service.came.clear()
                await service.came.wait()
    page = await context.new_page()
    await page.goto(f"{service.url}/favicon")
    said = await page.evaluate("() => Object.keys(localStorage)")
    await context.close()
    return done, {n for n in numbers if f"end{n}" in said}


async def measure(
    browser: Browser, *, ends: int, seed: int, visitors: int = VISITORS
) -> dict[str, Any]:
    """Return how many of so many page ends lost their last event, and how."""
    service = Service()
    async with serving(service) as service.url:
        luck = random.Random(seed)
        plans = [list(range(ends))[part::visitors] for part in range(visitors)]
        done = await asyncio.gather(
            *(visitor(browser, service, plan, luck=luck) for plan in plans)
        )
    arrived = service.ends()
    kinds = {n: kind for part, _ in done for n, kind in part.items()}
    said = set().union(*(spoken for _, spoken in done))
    lost = sorted(set(range(ends)) - arrived.keys())
    return {
        "ends": ends,
        "kinds": dict(Counter(kinds.values())),
        "lost": {n: kinds[n] for n in lost},
        "unsaid": [n for n in lost if n not in said],
        "loss": len(lost) / ends,
        "duplicates": sum(len(keys) > 1 for keys in arrived.values()),
        "beacons": len(service.beacons),
    }


async def main() -> None:
    """Measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ends", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--visitors", type=int, default=VISITORS)
    parser.add_argument("--json", type=Path, default=RESULT)
    given = parser.parse_args()
    async with chromium() as browser:
        how = {"ends": given.ends, "seed": given.seed, "visitors": given.visitors}
        result = await measure(browser, **how)
        result["browser"] = browser.version
    result["date"] = datetime.now(UTC).date().isoformat()
    result["command"] = f"python benchmarks/sdk_page_ends.py --ends {given.ends}"
    print(orjson.dumps(result, option=orjson.OPT_NON_STR_KEYS).decode())
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    given.json.write_bytes(orjson.dumps(result, option=options))


if __name__ == "__main__":
    asyncio.run(main())
