"""A shop that is not ours: WooCommerce markup, a GA4 dataLayer, and one script tag."""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser

from tests.browser.test_demo import TRIES, Demo, demo, linger, visit

__all__ = ["demo"]
pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = "engage-root [part=card]"
# As the theme and the analytics plug-in of such a shop write it; nothing for engage.
PAGE = """<!doctype html><html lang="de-DE"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Taylor 214ce | Saitenhaus</title><link rel="icon" href="data:,">
<script>window.dataLayer = window.dataLayer || [];
dataLayer.push({event: 'view_item', ecommerce: {currency: 'EUR', value: 1199, items: [{
  item_id: 'TAY-214', item_name: 'Taylor 214ce', item_brand: 'Taylor',
  item_category: 'guitars', price: '1199.00', quantity: 1}]}})</script>
<style>body { margin: 0; font: 16px/1.5 Georgia, serif; color: #333 }
header, main { max-width: 900px; margin: auto; padding: 16px }
.price { font-size: 24px; color: #77a464 } button { padding: 12px 24px }
.gallery { height: 320px; background: #eee8dd }</style>
TAG</head>
<body class="product-template-default single single-product woocommerce">
<header><a href="/">Saitenhaus</a></header>
<main><div id="product-812" class="product type-product instock">
<div class="woocommerce-product-gallery gallery"></div>
<h1 class="product_title entry-title">Taylor 214ce</h1>
<p class="price"><span class="woocommerce-Price-amount amount">
<bdi>1.199,00&nbsp;€</bdi></span></p><form class="cart" method="post">
<label>Anzahl <input type="number" class="input-text qty" name="quantity" value="1">
</label>
<button type="button" name="add-to-cart" value="812"
 class="single_add_to_cart_button button alt">In den Warenkorb</button></form>
<p>Fichte, Palisander, Tonabnehmer. Lieferzeit zwei Tage.</p></div></main>
<script>document.querySelector('[name=add-to-cart]').onclick = () => dataLayer.push({
  event: 'add_to_cart', ecommerce: {currency: 'EUR', value: 1199, items: [{
  item_id: 'TAY-214', item_name: 'Taylor 214ce', price: '1199.00', quantity: 1}]}})
</script></body></html>"""
TAG = (
    '<script async src="{}/sdk/engage.js" data-site="pk_demo" data-consent="granted">'
    "</script>"
)


@pytest_asyncio.fixture(loop_scope="session")
async def saitenhaus(demo: Demo) -> AsyncIterator[str]:
    """Give the address of the shop, an origin of its own, with the tag in its head."""

    async def page(request: web.Request) -> web.Response:
        del request
        text = PAGE.replace("TAG", TAG.format(demo.url))
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield "http://{}:{}".format(*runner.addresses[0][:2])
    await runner.cleanup()


async def test_one_tag_is_enough(
    demo: Demo, saitenhaus: str, chromium: Browser
) -> None:
    """With one script tag visitors get cards in their language, about its goods."""
    for _ in range(TRIES):
        context, page = await visit(chromium, f"{saitenhaus}/produkt/taylor-214ce")
        if await linger(page, moves=40):
            break
        await context.close()
    card = page.locator(CARD)
    decision = await card.get_attribute("data-decision")
    decline = await page.locator("engage-root [part=decline]").inner_text()
    await page.click("[name=add-to-cart]")
    log = await demo.until("/v1/decisions", f'"decision":"{decision}"')
    metrics = await demo.until("/metrics", 'engage_events_total{name="add_to_cart"} ')
    await context.close()

    records = [orjson.loads(line) for line in log.splitlines()]
    record = next(one for one in records if one["decision"] == decision)
    assert record["moment"] == "lingering"
    assert record["served"]
    assert record["features"]["price_eur"] == 1_199.0
    assert decline == "Nein danke"
    assert metrics
