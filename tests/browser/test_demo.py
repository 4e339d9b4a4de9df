"""The street as a visitor walks it: real Chromium on the demo shop, real process."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from engage.demo.settings import GROUPS

DEMO = [
    sys.executable,
    "-c",
    "from engage.cli import main; raise SystemExit(main())",
    "demo",
    "--no-traffic",
    "--port",
    "0",
    "--window-s",
    "3",
    "--cooldown-s",
    "1",
    "--lingering-s",
    "3",
]
# Visitors tried until one gets a card. With 20 % held out, 5 % withheld and at least
# 10 % `none`, nobody of 25 does with probability < .35 ** 25 = 4e-12.
TRIES = 25
pytestmark = pytest.mark.asyncio(loop_scope="session")
KEY = {"Authorization": "Bearer sk_demo"}


class Demo:
    """A running demo and what can be asked of it."""

    def __init__(self, url: str) -> None:
        """Keep where it listens."""
        self.url = url

    async def get(self, path: str) -> str:
        """Return the body of a GET with the server key."""
        async with (
            aiohttp.ClientSession(headers=KEY) as session,
            session.get(self.url + path) as answer,
        ):
            return await answer.text()

    async def put(self, path: str, body: dict[str, object]) -> int:
        """Return the status of a PUT with the server key."""
        async with (
            aiohttp.ClientSession(headers=KEY) as session,
            session.put(self.url + path, json=body) as answer,
        ):
            return answer.status

    async def until(self, path: str, fact: str, *, gone: bool = False) -> str:
        """Return the body once it holds `fact` (or no more); fails after a minute."""
        async with asyncio.timeout(60):
            while True:
                body = await self.get(path)
                if (fact in body) != gone:
                    return body


@pytest_asyncio.fixture(loop_scope="session")
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """A demo of its own, without simulated visitors."""
    process = await asyncio.create_subprocess_exec(
        *DEMO,
        "--data",
        str(tmp_path / "data"),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        line = (await process.stdout.readline()).decode()
    assert line.startswith("ready http://"), line
    yield Demo(line.split()[1])
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(60):
        assert await process.wait() == 0


async def visit(chromium: Browser, url: str) -> tuple[BrowserContext, Page]:
    """Open a page as a new visitor with a desktop browser."""
    context = await chromium.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    await page.goto(url)
    return context, page


async def linger(page: Page, *, moves: int) -> bool:
    """Move the mouse about until a card is there; tell whether one came."""
    card = page.locator("engage-root [part=card]")
    for step in range(moves):
        await page.mouse.move(300 + step % 40, 300 + step % 30)
        try:
            await expect(card).to_be_visible(timeout=250)
        except AssertionError:
            continue
        return True
    return False


async def test_from_lingering_to_a_new_snapshot(demo: Demo, chromium: Browser) -> None:
    """A visitor lingers, gets a card, accepts; the close moves the snapshot."""
    for _ in range(TRIES):
        context, page = await visit(
            chromium, f"{demo.url}/p/gtr-luv?lang=de&consent=granted"
        )
        if await linger(page, moves=40):
            break
        await context.close()
    card = page.locator("engage-root [part=card]")
    decision = await card.get_attribute("data-decision")
    await page.locator("engage-root [part=accept]").first.click()

    log = await demo.until("/v1/decisions", '"name":"clicked"')
    closed = await demo.until("/v1/decisions", '"closed_at":"2')
    ready = await demo.until("/readyz", '"pk_demo":0', gone=True)

    assert f'"decision":"{decision}"' in log
    assert '"moment":"lingering"' in log
    assert '"ready":true' in ready
    assert '"reward":' in closed
    await context.close()


async def test_no_agent_no_chat(demo: Demo, chromium: Browser) -> None:
    """With nobody online no chat is eligible, and the record says why."""
    for group in GROUPS:
        await demo.put(
            f"/v1/chat/groups/{group}", {"online": 0, "free": 0, "ttl_s": 60}
        )

    log = ""
    for _ in range(TRIES):
        context, page = await visit(
            chromium, f"{demo.url}/p/gtr-luv?lang=de&consent=granted"
        )
        await linger(page, moves=40)
        await context.close()
        log = await demo.get("/v1/decisions")
        # One moment in twenty is withheld, and leaves no record.
        if '"moment":"lingering"' in log:
            break

    assert '"chat_guitars":"no_agent"' in log
    assert '"action":"chat_guitars"' not in log


async def test_without_consent_nothing_leaves_the_page(
    demo: Demo, chromium: Browser
) -> None:
    """Before consent there is no request to the service, no key and no cookie."""
    context = await chromium.new_context()
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{demo.url}/p/gtr-luv?lang=de")
    await linger(page, moves=20)

    keys = await page.evaluate("Object.keys(localStorage).concat(document.cookie)")

    assert [url for url in asked if "/v1/" in url] == []
    assert [key for key in keys if key] == []
    await context.close()


async def test_a_code_is_good_once(demo: Demo, chromium: Browser) -> None:
    """The shop charges what its cart shows, and takes a code for one order only."""
    code, dear = "HERBST-2000", {"item_id": "gtr-luv", "quantity": 2}
    async with aiohttp.ClientSession() as session:

        async def ask(
            path: str, body: dict[str, object]
        ) -> tuple[int, dict[str, object]]:
            async with session.post(demo.url + path, json=body) as answer:
                return answer.status, await answer.json()

        offer = await ask("/shop/coupon", {"code": code})
        first = await ask("/shop/orders", {"items": [dear], "code": code})
        again = await ask("/shop/coupon", {"code": code})
        second = await ask("/shop/orders", {"items": [dear], "code": code.lower()})

    assert offer == (200, {"ok": True, "percent": 10, "max_cents": 9_000})
    assert (first[0], first[1]["value"]) == (200, 1_708.0)
    assert again == (200, {"ok": False})
    assert second[0] == 410
    page = await chromium.new_page()
    await page.goto(demo.url + "/cart")
    basket: dict[str, object] = {
        "lines": [{"id": "gtr-luv", "variant": 0, "size": "", "quantity": 2}]
    }
    basket |= {"code": code, "discount": offer[1]}
    await page.evaluate(
        "(cart) => sessionStorage.setItem('shop.cart', cart)", json.dumps(basket)
    )
    await page.reload()
    await expect(page.locator(".sums")).to_contain_text("1,708")
    await page.close()
