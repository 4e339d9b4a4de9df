"""CONTRACT section 4 against the real service: any page, one tag, the public API."""

from __future__ import annotations

import asyncio
import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Page, Response

from tests.contracts.outside import Product, running

pytestmark = pytest.mark.asyncio(loop_scope="session")

CALLS = """init track pageView setContext setConsent getConsent ids forget identify
decide show dismiss on registerTemplate use flush destroy version"""
HTML = """<!doctype html><html lang="en"><head><title>A shop</title>
<link rel="icon" href="data:,">
<script>
  window.heard = [];
  for (const name of ['decision', 'shown', 'accepted', 'dismissed'])
    // On the window, which they reach by bubbling; the SDK's `on` is on the document.
    addEventListener('engage:' + name, (event) => {
      // The page stays where it is, whatever the card leads to.
      event.preventDefault();
      heard.push(name) });
  window.engage = window.engage || function () {
    (engage.q = engage.q || []).push(arguments) };
  engage('on', 'shown', () => heard.push('queued'));
</script>
<script async src="%s/sdk/engage.js" data-site="pk_demo" data-locale="en"></script>
</head><body data-engage-page="product"><h1>A guitar</h1></body></html>"""
CARD = "engage-root [part=card]"
LOOK = """engage('track', 'view_item', { items: [{ item_id: 'gtr-luv', price: 899,
  currency: 'EUR', item_category: 'guitars' }] })"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The demo, as anybody starts it."""
    options = ["--no-traffic", "--cooldown-s", "0", "--port", "0"]
    with running("demo", *options, data=tmp_path_factory.mktemp("page")) as product:
        yield product


@pytest.fixture(scope="module")
def elsewhere(demo: Product) -> Iterator[str]:
    """A page of another origin that has nothing but the tag."""

    class Shop(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (HTML % demo.url).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


async def loaded(page: Page, url: str) -> None:
    """Open the page and wait for the SDK."""
    await page.goto(url)
    await page.wait_for_function("window.engage && engage.version")


def answers_ask(answer: Response) -> bool:
    """Tell whether this is the answer to a beacon that asks."""
    return b'"name":"ask"' in (answer.request.post_data_buffer or b"")


async def with_a_card(page: Page, url: str) -> str:
    """Come as new visitors until one is given a card; return its decision."""
    for _ in range(30):
        await loaded(page, url)
        await page.evaluate("localStorage.clear()")
        await loaded(page, url)
        await page.evaluate("engage('setConsent', true)")
        await page.evaluate(LOOK)
        async with page.expect_response(answers_ask) as answering:
            await page.evaluate("engage.decide()")
        answer = await answering.value
        if answer.status != 200:
            # Held out, or `none` was drawn: the next visitor.
            continue
        card = await page.wait_for_selector(CARD)
        return str(await card.get_attribute("data-decision"))
    raise AssertionError("no card in 30 visits")


async def test_one_global(page: Page, elsewhere: str) -> None:
    """`window.engage` is all there is of us, and has every promised call."""
    await loaded(page, elsewhere)
    missing = "(names) => names.filter((name) => !(name in engage))"
    found = await page.evaluate(missing, CALLS.split())

    assert found == []
    mine = "Object.keys(window).filter((name) => /engage/i.test(name))"
    assert await page.evaluate(mine) == ["engage"]


async def test_consent_first(page: Page, demo: Product, elsewhere: str) -> None:
    """Before consent no beacon and no storage; after it, ids that are stored."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    await loaded(page, elsewhere)
    await page.evaluate(LOOK)
    before = await page.evaluate("[localStorage.length, engage.getConsent()]")
    quiet = list(sent)
    async with page.expect_response("**/v1/beacons"):
        await page.evaluate("engage('setConsent', true)")
        await page.evaluate(LOOK)
    ids = await page.evaluate("engage.ids()")

    assert before[0] == 0
    assert not before[1]["measure"]
    assert not any("/v1/" in url for url in quiet)
    assert set(ids) == {"visitor", "session"}
    assert demo.shop("GET", f"/v1/visitors/{ids['visitor']}").status == 200
    stored = await page.evaluate("JSON.stringify({ ...localStorage })")
    assert ids["visitor"] in stored


@pytest.mark.parametrize(
    ("part", "told"),
    [("accept", ("accepted", "clicked")), ("decline", ("dismissed", "dismissed"))],
)
async def test_card(
    page: Page, demo: Product, elsewhere: str, part: str, told: tuple[str, str]
) -> None:
    """A card in an open shadow root; its button is an event, and an outcome."""
    decision = await with_a_card(page, elsewhere)
    card = page.locator(CARD)
    kind = await card.get_attribute("data-kind")
    named = "(all) => all.map((one) => one.getAttribute('part'))"
    parts = await card.locator("[part]").evaluate_all(named)
    await card.locator(f"[part={part}]").click()
    await page.wait_for_function("(name) => heard.includes(name)", arg=told[0])
    await page.evaluate("engage('flush')")
    heard = await page.evaluate("heard")

    assert {"accept", "decline", "close"} <= set(parts)
    assert [one for one in heard if one != "queued"][:2] == ["decision", "shown"]
    assert "queued" in heard
    assert await page.locator("engage-root").count() <= 1
    record: dict[str, Any] = {"outcomes": ()}
    async with asyncio.timeout(60):
        # What was flushed is on its way.
        while told[1] not in {one["name"] for one in record["outcomes"]}:
            record = next(one for one in demo.records() if one["decision"] == decision)
            await asyncio.sleep(0)
    assert (record["kind"], record["moment"]) == (kind, "ask")
    assert {"shown", told[1]} <= {one["name"] for one in record["outcomes"]}
