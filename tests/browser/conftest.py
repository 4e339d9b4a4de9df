"""A small shop page with the SDK on it, and a service that answers as a test says."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright, expect

from engage import __version__

SDK = Path(__file__).parents[2] / "engage" / "web" / "sdk"
# A busy machine paints a page, or starts a browser, when it comes to it.
PATIENCE_MS = 60_000
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]
STRICT_CSP = (
    "default-src 'none'; script-src 'nonce-n1'; style-src 'nonce-n1'; "
    "connect-src 'self'; img-src 'self' data:; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lakewood M-32</title><link rel="icon" href="data:,">
<style nonce="n1">body {{ font: 16px sans-serif }} div {{ height: 1500px }}</style>
{head}<script async nonce="n1" src="/sdk/engage.js" data-site="pk_demo" {attributes}>
</script></head><body data-engage-page="{kind}">
<main data-engage-product="42" data-engage-price="899.00" data-engage-currency="EUR"
 data-engage-category="guitars" data-engage-name="Lakewood M-32" data-engage-stock="in">
<h1>Lakewood M-32</h1><button data-engage="cart">Add to cart</button>
<p>Spruce and mahogany.</p><input name="note" aria-label="Note">
<input name="coupon" aria-label="Coupon"></main><div></div></body></html>"""


class Shop:
    """The pages, and the service behind them: records beacons, answers as scripted."""

    def __init__(self) -> None:
        """Start with nothing recorded and nothing to answer."""
        self.url = ""
        self.beacons: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.confirmations: list[dict[str, Any]] = []
        self.confirm_status = 200
        self.answers: dict[str, dict[str, Any]] = {}
        self._asked = asyncio.Event()

    async def until(self, fact: Callable[[], Any]) -> None:
        """Wait for requests until `fact` is true; fails after a minute."""
        async with asyncio.timeout(60):
            while not fact():
                self._asked.clear()
                await self._asked.wait()

    def decide(self, kind: str, *, on: str = "view_item", **content: Any) -> None:
        """Answer the first beacon that holds event `on` with a card."""
        expires = content.pop("expires_in_ms", 60_000)
        content = {"title": "A title", "text": "A text.", **content}
        decision = {"id": "d_1", "token": "t.1", "action": "a", "kind": kind}
        more = {"moment": "lingering", "content": content, "expires_in_ms": expires}
        self.answers[on] = {"decision": decision | more}

    def events(self, *names: str) -> list[dict[str, Any]]:
        """Return what arrived so far, all or by name, without ages."""
        rows = [row for beacon in self.beacons for row in beacon["events"]]
        picked = [row for row in rows if not names or row["name"] in names]
        return [{k: v for k, v in row.items() if k != "age_ms"} for row in picked]

    def app(self) -> web.Application:
        """Return the routes."""
        app = web.Application(middlewares=[self._record])
        app.router.add_post("/v1/beacons", self._take)
        app.router.add_post("/v1/decisions/{id}/confirm", self._confirm)
        app.router.add_get("/v1/preview/{id}", self._preview)
        app.router.add_get("/sdk/{file}", self._script)
        app.router.add_get(f"/sdk/{__version__}/{{file}}", self._script)
        app.router.add_get("/{path:.*}", self._page)
        return app

    @web.middleware
    async def _record(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path}")
        response: web.StreamResponse = await handler(request)
        self._asked.set()
        return response

    async def _take(self, request: web.Request) -> web.Response:
        beacon = orjson.loads(await request.read())
        self.beacons.append(beacon)
        for event in beacon["events"]:
            if event["name"] in self.answers:
                answer = self.answers.pop(event["name"])
                return _json(answer)
        return web.Response(status=204)

    async def _confirm(self, request: web.Request) -> web.Response:
        self.confirmations.append(orjson.loads(await request.read()))
        return web.Response(status=self.confirm_status)

    async def _preview(self, request: web.Request) -> web.Response:
        content = {"title": f"Preview of {request.match_info['id']}", "text": "Draft."}
        if request.query["token"] != "secret":
            return web.Response(status=401)
        return _json(
            {"decision": {"id": "p", "action": "a", "kind": "help", "content": content}}
        )

    async def _script(self, request: web.Request) -> web.Response:
        body = (SDK / request.match_info["file"]).read_bytes()
        return web.Response(body=body, content_type="text/javascript")

    async def _page(self, request: web.Request) -> web.Response:
        query = request.query
        text = PAGE.format(
            lang=query.get("lang", "en"),
            kind=query.get("kind", "product"),
            head=query.get("head", ""),
            attributes=query.get("attributes", 'data-consent="granted"'),
        )
        headers = {"Content-Security-Policy": STRICT_CSP} if "csp" in query else {}
        return web.Response(text=text, content_type="text/html", headers=headers)


def _json(value: Any) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Give the installed browser; without one the set-up fails, and says so."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("browser tests need chromium on the PATH (apt install chromium)")
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=FLAGS, timeout=3 * PATIENCE_MS
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def shop() -> AsyncIterator[Shop]:
    """Give a running shop on a free port."""
    shop = Shop()
    runner = web.AppRunner(shop.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    shop.url = "http://{}:{}".format(*runner.addresses[0][:2])
    yield shop
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """Give a fresh page that fails the test on any error of its scripts."""
    context = await chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    await context.close()
    assert errors == []
