"""An hour on one page, and private things typed: what is kept, and what is sent."""

from __future__ import annotations

import random
import re
from typing import Any

import orjson
import pytest
from playwright.async_api import Page

from benchmarks.sdk_forms import BATCH, enter, fill, secrets_of
from tests.browser.conftest import Shop
from tests.browser.test_sdk_delivery import WATCH, pass_ms

pytestmark = pytest.mark.asyncio(loop_scope="session")

FORMS = 300
# One minute of a busy visitor, on the page's own clock: luck is an argument.
MINUTE = """(luck) => {
  const next = () => (luck = (luck * 48271) % 2147483647) / 2147483647
  const all = [...document.querySelectorAll('button, input, h1, p')]
  const at = (type, target, more) => target.dispatchEvent(new PointerEvent(type,
    {bubbles: true, clientX: 900 * next(), clientY: 700 * next(), ...more}))
  const acts = [
    () => at('pointermove', all[Math.floor(next() * all.length)]),
    () => at('pointermove', document.body),
    () => window.scrollTo(0, 1500 * next()),
    () => { const e = all[Math.floor(next() * all.length)]
      at('pointerdown', e), at('click', e) },
    () => document.body.dispatchEvent(
      new KeyboardEvent('keydown', {key: 'a', bubbles: true})),
    () => { const e = all.find((e) => e.name === 'coupon'); e.focus(); e.blur() },
    () => engage.track('view_item', {item: {item_id: 'p' + Math.floor(9 * next())}}),
    () => next() < .02 && history.pushState({}, '', '/p/' + Math.floor(99 * next())),
  ]
  for (let ms = 0; ms < 60000; ms += 250)
    setTimeout(() => acts[Math.floor(next() * acts.length)](), ms) }"""


async def heap(page: Page) -> int:
    """Return the bytes in use after the garbage is collected."""
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("HeapProfiler.collectGarbage")
    used = await cdp.send("Runtime.getHeapUsage")
    return int(used["usedSize"])


async def test_heap_of_an_hour(page: Page, shop: Shop) -> None:
    """Once all code has run, at minute 20, a busy hour adds at most 5 % to the heap."""
    await page.add_init_script(WATCH)
    await enter(page, f"{shop.url}/p/42")
    sizes = []
    for minute in range(60):
        await page.evaluate(MINUTE, minute + 1)
        for _ in range(10):
            # With its requests: what is under way is no leak.
            await pass_ms(page, 6_000)
        if minute in (19, 59):
            sizes.append(await heap(page))

    assert len(shop.beacons) > 60
    assert sizes[1] <= 1.05 * sizes[0]


WORDS = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
FREE = {"url", "locale", "item_name", "item_brand", "item_category", "item_variant"}


def strings_of(value: Any, key: str = "") -> list[tuple[str, str]]:
    """Return every text in a message, with the name it stands under."""
    if isinstance(value, dict):
        return [found for k, v in value.items() for found in strings_of(v, k)]
    if isinstance(value, list):
        return [found for one in value for found in strings_of(one, key)]
    return [(key, value)] if isinstance(value, str) else []


async def test_nothing_typed_leaves(page: Page, shop: Shop) -> None:
    """Of what is typed, copied, or pushed beside an event, nothing is in any beacon."""
    luck = random.Random(7)
    forms = [secrets_of(luck) for _ in range(FORMS)]
    address = f"{shop.url}/p/42?email={forms[0]['email']}#{forms[0]['iban']}"
    await enter(page, address)
    for start in range(0, FORMS, BATCH):
        batch = forms[start : start + BATCH]
        await fill(page, batch, failed=lambda: len(shop.events("coupon_failed")))
    sent = orjson.dumps(shop.beacons).decode()

    told = [v for form in forms for v in form.values() if v in sent]
    assert told == []
    odd = [(k, v) for k, v in strings_of(shop.beacons) if not WORDS.fullmatch(v)]
    assert {key for key, _ in odd} <= FREE
    names = re.findall(r'"(x|y|clientX|clientY|value|text|key|selection)":', sent)
    assert names == []
