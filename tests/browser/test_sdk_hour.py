"""An hour on one page, and private things typed: what is kept, and what is sent."""

from __future__ import annotations

import random
import re
from typing import Any

import orjson
import pytest
from playwright.async_api import Page

from tests.browser.conftest import Shop

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
FILL = """(forms) => { for (const secrets of forms) {
  const form = document.createElement('form')
  for (const [name, value] of Object.entries(secrets)) {
    const field = document.createElement('input')
    field.name = name
    field.value = value
    form.append(field)
  }
  document.body.append(form)
  for (const field of form.elements) {
    field.focus()
    for (const type of ['input', 'change', 'invalid'])
      field.dispatchEvent(new Event(type, {bubbles: true}))
    field.select()
    document.execCommand('copy')
    field.blur()
  }
  dataLayer.push({event: 'generate_lead', user_data: secrets, ...secrets})
  dataLayer.push({event: 'add_to_cart', email: secrets.email,
    ecommerce: {...secrets, items: [{item_id: '42', ...secrets}]}})
  engage.track('coupon_failed', {...secrets, count: 1})
  form.remove() } }"""


async def heap(page: Page) -> int:
    """Return the bytes in use after the garbage is collected."""
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("HeapProfiler.collectGarbage")
    used = await cdp.send("Runtime.getHeapUsage")
    return int(used["usedSize"])


async def enter(page: Page, shop: Shop, path: str = "/p/42") -> None:
    """Open a page on a clock that stands still."""
    await page.clock.install(time=1_000)
    await page.clock.pause_at(2_000)
    await page.goto(shop.url + path)
    await page.wait_for_function("() => window.engage && window.engage.version")


async def test_heap_of_an_hour(page: Page, shop: Shop) -> None:
    """From the tenth minute to the end of a busy hour the heap grows by at most 5 %."""
    await enter(page, shop)
    sizes = []
    for minute in range(60):
        await page.evaluate(MINUTE, minute + 1)
        await page.clock.run_for(60_000)
        if minute in (9, 59):
            sizes.append(await heap(page))

    assert len(shop.beacons) > 60
    assert sizes[1] <= 1.05 * sizes[0]


def secrets_of(luck: random.Random) -> dict[str, str]:
    """Return what somebody types into a form, none of which may leave the page."""
    word = "".join(luck.choices("bcdfghjklmnpqrstvwxz", k=9))
    digits = "".join(luck.choices("123456789", k=18))
    return {
        "email": f"{word}@{word}.example",
        "tel": f"+49 {digits[:4]} {digits[4:11]}",
        "iban": f"DE{digits}",
        "coupon_code": f"SAVE{word}",
        "street": f"{word} street {digits[:3]}",
        "search": f"gift for {word}",
    }


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
    await enter(page, shop, f"/p/42?email={forms[0]['email']}#{forms[0]['iban']}")
    await page.evaluate("() => { window.dataLayer ||= [] }")
    for start in range(0, FORMS, 20):
        await page.evaluate(FILL, forms[start : start + 20])
        while len(shop.events("coupon_failed")) < start + 20:
            await page.clock.run_for(1_000)
    sent = orjson.dumps(shop.beacons).decode()

    told = [v for form in forms for v in form.values() if v in sent]
    assert told == []
    odd = [(k, v) for k, v in strings_of(shop.beacons) if not WORDS.fullmatch(v)]
    assert {key for key, _ in odd} <= FREE
    names = re.findall(r'"(x|y|clientX|clientY|value|text|key|selection)":', sent)
    assert names == []
