"""How doubt shows: what a shopper does on a page, as the SDK would see it."""

# Rules of this file: one small function a manner; each lets its time pass in the
# browser. Numbers are plausible, not measured: quality claims come from real data.

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from engage.evidence.simulation.acts import Visit
from engage.evidence.simulation.browser import Browser
from engage.evidence.simulation.goods import Good
from engage.evidence.simulation.truth import Doubt

Manner = Callable[[Browser, random.Random], Visit]


def lognormal(rng: random.Random, median: float, *, spread: float = 0.6) -> float:
    """Return a log-normal duration with this median; spread of its logarithm."""
    return median * math.exp(rng.gauss(0.0, spread))


def read(browser: Browser, rng: random.Random, *, median_s: float) -> Visit:
    """Read the page: scroll down, look, scroll back a little."""
    whole_s = lognormal(rng, median_s)
    browser.scroll(rng.uniform(0.2, 0.6))
    yield from browser.spend(whole_s * 0.6)
    browser.scroll(rng.uniform(0.5, 1.0))
    if rng.random() < 0.3:
        browser.note("scroll_turn", count=rng.randint(1, 4))
    yield from browser.spend(whole_s * 0.4)


def ponder(browser: Browser, rng: random.Random) -> Visit:
    """Study a product at length: needs advice."""
    yield from read(browser, rng, median_s=45.0)
    _hover(browser, rng, "cart", 900)
    browser.note("scroll_turn", count=rng.randint(2, 6))
    yield from read(browser, rng, median_s=30.0)


def weigh_price(browser: Browser, rng: random.Random) -> Visit:
    """Weigh the price: hover over it, copy the name, compare in another tab."""
    yield from read(browser, rng, median_s=15.0)
    _hover(browser, rng, rng.choice(("price", "shipping")), 1_700)
    yield from browser.spend(lognormal(rng, 4.0))
    if rng.random() < 0.45:
        browser.note("copy_name", overlap=round(rng.uniform(0.6, 1.0), 2), length=24)
        yield from browser.spend(2.5)
        yield from browser.away(lognormal(rng, 25.0))
        yield from read(browser, rng, median_s=8.0)


def choose_size(browser: Browser, rng: random.Random) -> Visit:
    """Go to and fro between sizes or variants."""
    yield from read(browser, rng, median_s=10.0)
    for turn in range(rng.randint(2, 4)):
        browser.note("variant_toggle", count=1, back=turn > 0 and rng.random() < 0.6)
        yield from browser.spend(lognormal(rng, 3.0))
    _hover(browser, rng, "size", 1_100)
    yield from read(browser, rng, median_s=8.0)


def miss_stock(browser: Browser, rng: random.Random) -> Visit:
    """See that it is sold out, and click in vain all the same."""
    yield from read(browser, rng, median_s=8.0)
    if rng.random() < 0.4:
        browser.note("dead_click", count=rng.randint(1, 2), target="cart")
        yield from browser.spend(2.0)


def glance(browser: Browser, rng: random.Random) -> Visit:
    """Look and be done with it."""
    yield from read(browser, rng, median_s=12.0)


# How a doubt shows on the page of the product it is about.
BY_DOUBT: Final[Mapping[Doubt, Manner]] = MappingProxyType(
    {
        "advice": ponder,
        "price": weigh_price,
        "fit": choose_size,
        "stock": miss_stock,
        "none": glance,
    }
)


def pause(browser: Browser, rng: random.Random) -> Visit:
    """Stop in the middle, with the page open: a call, a doubt, a cup of tea."""
    yield from browser.spend(lognormal(rng, 32.0, spread=0.4), still=True)


def rage(browser: Browser, rng: random.Random) -> Visit:
    """Click something that does not answer."""
    browser.note("rage_click", count=rng.randint(1, 3), target="other")
    yield from browser.spend(lognormal(rng, 3.0))


def turn_to_go(browser: Browser, rng: random.Random) -> Visit:
    """Show the way out before taking it: pointer to the top, or the phone's ways."""
    is_phone = browser.identity.is_phone
    browser.note(
        "exit_intent",
        device="phone" if is_phone else "desktop",
        how=rng.choice(("scroll", "return", "idle")) if is_phone else "top",
    )
    yield from browser.spend(lognormal(rng, 4.0))


def fret(browser: Browser, rng: random.Random) -> Visit:
    """Move the pointer to and fro; phones have none."""
    if not browser.identity.is_phone:
        browser.note("cursor_reversal", count=rng.randint(1, 6))
    yield from browser.spend(lognormal(rng, 2.0))


def show(browser: Browser, good: Good) -> None:
    """Tell the SDK which product the page shows."""
    browser.note("view_item", items=(good.as_item(),))


def _hover(browser: Browser, rng: random.Random, target: str, median_ms: float) -> None:
    if not browser.identity.is_phone:
        ms = round(min(lognormal(rng, median_ms, spread=0.4), 60_000))
        browser.note("hover_cta", ms=ms, target=target, entries=rng.randint(1, 3))
