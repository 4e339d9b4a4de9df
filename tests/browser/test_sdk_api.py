"""The documented examples of the SDK's API and options, run in real Chromium."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Page

from tests.browser.conftest import SDK, Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

SOURCES = SDK.parents[2] / "sdk_js"
SECTION = re.compile(r"^#{2,3} `(\w+).*?```js\n(.*?)```", re.MULTILINE | re.DOTALL)
CLAIM = re.compile(r"^(.*?)\s*// => (.*)$")
HELPERS = """(() => {
  const pause = () => new Promise((done) => setTimeout(done, 20));
  window.until = async (fact) => {
    for (let i = 0; i < 400; i++) {
      const value = await fact();
      if (value) return value;
      await pause();
    }
    throw Error('never came true: ' + fact);
  };
  const events = async () => (await beacons()).flatMap(
    ({ page, customer, events }) => events.map((event) => ({ event, page, customer })));
  const find = (name, at = 0) => until(async () => {
    engage.flush();
    return (await events()).filter(({ event }) => !name || event.name === name)[at];
  });
  window.sent = async (name) => {
    const { event: { age_ms, ...rest } } = await find(name);
    return rest;
  };
  window.kindOf = async (name, at) => (await find(name, at)).page.kind;
  window.customer = async () => (await find()).customer;
  window.requested = (path) => until(
    async () => (await requests()).some((one) => one.endsWith(path)));
  window.observed = () => until(() => Object.hasOwn(window.dataLayer || {}, 'push'));
  window.said = (lines, word) => until(() => lines.find((line) => line.includes(word)));
  window.part = (name) => document.querySelector('engage-root')
    ?.shadowRoot.querySelector(`[part=${name}]`) ?? null;
  window.card = () => part('card');
})()"""


def examples(file: str) -> dict[str, str]:
    """Return the code of each section of a page, by the name in its heading."""
    return dict(SECTION.findall((SOURCES / file).read_text()))


def script(code: str) -> tuple[str, list[Any]]:
    """Return the example as a function of what it claims, and the claims."""
    lines, claims = [], []
    for line in code.splitlines():
        claim = CLAIM.match(line)
        lines.append(f"got.push(await ({claim[1]}));" if claim else line)
        if claim:
            value = claim[2]
            claims.append(None if value == "undefined" else json.loads(value))
    body = "\n".join(lines)
    return f"async () => {{ const got = [];\n{body}\nreturn got }}", claims


def names_of(interface: str) -> set[str]:
    """Return what an interface of the published types holds."""
    types = (SOURCES / "engage.d.ts").read_text()
    body = re.search(rf"interface {interface} {{\n(.*?)\n}}", types, re.DOTALL)
    assert body is not None
    return set(re.findall(r"^  (\w+)[?(<:]", body[1], re.MULTILINE))


async def test_everything_is_documented() -> None:
    """Each call and each option of the types has a section with an example."""
    assert set(examples("API.md")) == names_of("Calls") | {"version"}
    assert set(examples("OPTIONS.md")) == names_of("Options")


async def opened(page: Page, shop: Shop) -> None:
    """Open a product page where the visitor has not chosen yet."""

    async def decide_on(event: str) -> None:
        shop.decide("help", on=event)

    await page.expose_function("beacons", lambda: shop.beacons)
    await page.expose_function("requests", lambda: shop.requests)
    await page.expose_function("decideOn", decide_on)
    attributes = quote('data-consent="manual"')
    await page.goto(f"{shop.url}/p/42?attributes={attributes}")
    await page.wait_for_function("() => window.engage && window.engage.version")
    await page.evaluate(HELPERS)


@pytest.mark.parametrize("name", examples("API.md"))
async def test_call(page: Page, shop: Shop, name: str) -> None:
    """The example of a call does what it says."""
    await opened(page, shop)
    run, claims = script(examples("API.md")[name])

    assert await page.evaluate(run) == claims


@pytest.mark.parametrize("name", examples("OPTIONS.md"))
async def test_option(page: Page, shop: Shop, name: str) -> None:
    """The example of an option does what it says."""
    await opened(page, shop)
    run, claims = script(examples("OPTIONS.md")[name])

    assert await page.evaluate(run) == claims
