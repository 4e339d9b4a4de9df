"""Does anything that people type, copy, or push beside an event leave the page?

Run by sdk.py, and with fewer forms by tests/browser/test_sdk_hour.py. Real Chromium,
on a clock that stands still. Each form has an e-mail address, a telephone number, an
IBAN, a code, a street and a search: typed, marked as wrong, copied, pushed to the
`dataLayer` within and beside shop events, and handed to `track`. `told` are those that
are found in what was sent until the next batch of forms was through: none may be (G9,
with 10,000 forms).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from playwright.async_api import Browser, Page

BATCH = 20
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


async def enter(page: Page, url: str) -> None:
    """Open a page on a clock that stands still, with a `dataLayer`."""
    await page.clock.install(time=1_000)
    await page.clock.pause_at(2_000)
    await page.goto(url)
    await page.wait_for_function("() => window.engage && window.engage.version")
    await page.evaluate("() => { window.dataLayer ||= [] }")


async def fill(
    page: Page, forms: list[dict[str, str]], *, failed: Callable[[], int]
) -> None:
    """Fill in these forms, and let time pass until each was heard of.

    `failed` tells how many `coupon_failed` arrived; each form brings at least one.
    """
    wanted = failed() + len(forms)
    await page.evaluate(FILL, forms)
    while failed() < wanted:
        await page.clock.run_for(1_000)


async def measure(
    browser: Browser, url: str, bodies: list[bytes], *, forms: int, seed: int = 7
) -> dict[str, Any]:
    """Return which values of so many forms were found in what was sent to `bodies`."""
    luck = random.Random(seed)
    context = await browser.new_context()
    page = await context.new_page()
    await enter(page, url)
    told: list[str] = []
    sent, last = 0, [secrets_of(luck)]
    for _ in range(0, forms, BATCH):
        bodies.clear()
        some = [secrets_of(luck) for _ in range(BATCH)]
        await fill(page, some, failed=lambda: _count(bodies))
        text = b"".join(bodies).decode()
        sent += len(text)
        told += [v for form in last + some for v in form.values() if v in text]
        last = some
    await context.close()
    return {"forms": forms, "sent_bytes": sent, "told": told}


def _count(bodies: list[bytes]) -> int:
    return sum(body.count(b'"coupon_failed"') for body in bodies)
