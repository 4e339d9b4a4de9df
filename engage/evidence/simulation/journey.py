"""A visit, page by page: list, products, the wish, cart, checkout, or the way out."""

# Rules of this file: a visit is a generator of acts; a step is a small function over
# shopper and browser. What is decided comes from the shopper's truth.

from __future__ import annotations

import random
from typing import Final

from engage.evidence.simulation import manners
from engage.evidence.simulation.acts import Place, Visit
from engage.evidence.simulation.browser import Browser
from engage.evidence.simulation.goods import Good
from engage.evidence.simulation.manners import lognormal
from engage.evidence.simulation.shopper import Shopper

# Products on one list page, as GA4 would report them.
LISTED: Final = 12
# Share of buyers who buy in their first visit; the others sleep on it.
AT_ONCE: Final = 0.6


def visit(shopper: Shopper) -> Visit:
    """Yield what a shopper does in the next visit, and plan the one after it."""
    shopper.visits += 1
    browser = Browser(
        identity=shopper.identity(), react=shopper.react, done=shopper.conclude
    )
    if shopper.is_bot:
        yield from _crawl(shopper, browser)
    elif shopper.is_silent:
        if shopper.buys():
            yield Place(lognormal(shopper.rng, 300.0), shopper.order())
    else:
        yield from _walk(shopper, browser)
        yield from browser.leave()
    shopper.plan()


def _walk(shopper: Shopper, browser: Browser) -> Visit:
    rng = shopper.rng
    if rng.random() < 0.3:
        yield from browser.open("home", "/")
        yield from manners.read(browser, rng, median_s=6.0)
    yield from _find(shopper, browser)
    yield from _compare(shopper, browser)
    yield from _consider(shopper, browser)
    if shopper.buys():
        if shopper.visits > 1 or rng.random() < AT_ONCE:
            yield from _purchase(shopper, browser)
        return
    if rng.random() < 0.25:
        yield from _abandon(shopper, browser)
    if rng.random() < 0.5:
        yield from manners.turn_to_go(browser, rng)
        yield from browser.attend()


def _find(shopper: Shopper, browser: Browser) -> Visit:
    """Come to the shelf: by the list, or by a search that may find nothing."""
    rng, wish = shopper.rng, shopper.truth.wish
    if rng.random() < 0.3:
        yield from browser.open("search", "/search")
        browser.note("view_search_results", results=0 if rng.random() < 0.35 else 8)
        yield from manners.read(browser, rng, median_s=5.0)
        yield from browser.attend()
    yield from browser.open("list", f"/list/{wish.category}")
    shelf = _shelf(shopper)
    browser.note("view_item_list", items=tuple(good.as_item() for good in shelf))
    yield from manners.read(browser, rng, median_s=9.0)
    browser.note("select_item", items=(wish.as_item(),))


def _shelf(shopper: Shopper) -> list[Good]:
    category = shopper.truth.wish.category
    shelf = [good for good in shopper.world.goods if good.category == category]
    return shelf[:LISTED]


def _compare(shopper: Shopper, browser: Browser) -> Visit:
    """Look at other products; some go to and fro between two."""
    rng, wish = shopper.rng, shopper.truth.wish
    others = [good for good in _shelf(shopper) if good.item_id != wish.item_id]
    if not others:
        return
    rival = rng.choice(others)
    is_torn = shopper.truth.segment == "persuadable" and rng.random() < 0.35
    for _ in range(rng.randint(2, 3) if is_torn else rng.randint(0, 2)):
        yield from _product(browser, rng, rival)
        if is_torn:
            yield from _product(browser, rng, wish)
        else:
            rival = rng.choice(others)


def _product(browser: Browser, rng: random.Random, good: Good) -> Visit:
    yield from browser.open("product", good.link)
    manners.show(browser, good)
    yield from manners.glance(browser, rng)
    if rng.random() < 0.3:
        yield from manners.fret(browser, rng)


def _consider(shopper: Shopper, browser: Browser) -> Visit:
    """Look hard at the wish; the doubt shows, and a card may come of it."""
    rng, truth = shopper.rng, shopper.truth
    yield from browser.open("product", truth.wish.link)
    manners.show(browser, truth.wish)
    has_doubt = truth.segment in ("persuadable", "do_not_disturb")
    manner = manners.BY_DOUBT[truth.doubt]
    if not has_doubt and truth.doubt != "stock" and rng.random() < 0.7:
        manner = manners.glance
    yield from manner(browser, rng)
    if rng.random() < 0.06:
        yield from manners.rage(browser, rng)
    if rng.random() < 0.2:
        yield from manners.pause(browser, rng)
    if has_doubt and truth.doubt == "advice" and rng.random() < 0.2:
        browser.note("ask")
        yield from browser.spend(2.0)
    yield from browser.attend()
    yield from _follow(shopper, browser)


def _follow(shopper: Shopper, browser: Browser) -> Visit:
    """Go where an accepted card leads: a help page, another product, a chat."""
    rng = shopper.rng
    if shopper.reads is not None:
        yield from browser.open("content", shopper.reads)
        shopper.reads = None
        yield from manners.read(browser, rng, median_s=20.0)
    if "chat" in shopper.accepted and shopper.visits == 1:
        yield from browser.spend(min(lognormal(rng, 90.0), 300.0))
    if shopper.follows is not None:
        yield from _product(browser, rng, shopper.follows)


def _cart(shopper: Shopper, browser: Browser, good: Good) -> Visit:
    """Put it into the cart and look at the cart; doubters try a coupon."""
    rng = shopper.rng
    if browser.page.url != good.link:
        yield from _product(browser, rng, good)
    browser.note("add_to_cart", items=(good.as_item(quantity=1),))
    yield from browser.spend(3.0)
    yield from browser.open("cart", "/cart")
    browser.note("view_cart", items=(good.as_item(quantity=1),))
    yield from manners.read(browser, rng, median_s=8.0)
    if rng.random() < 0.5 * shopper.truth.price_sensitivity:
        browser.note("coupon_focus", count=1)
        yield from browser.spend(4.0)
        if shopper.code is None and rng.random() < 0.4:
            browser.note("coupon_failed", count=1)
            yield from browser.spend(3.0)
    yield from browser.attend()


def _checkout(shopper: Shopper, browser: Browser, good: Good) -> Visit:
    rng = shopper.rng
    yield from browser.open("checkout", "/checkout")
    browser.note("begin_checkout", items=(good.as_item(quantity=1),))
    yield from manners.read(browser, rng, median_s=20.0)
    if rng.random() < 0.15:
        browser.note("field_error", count=rng.randint(1, 3))
        yield from browser.spend(lognormal(rng, 6.0))
    if rng.random() < 0.1:
        browser.note("field_refocus", count=rng.randint(2, 4))
        yield from browser.spend(3.0)
    yield from browser.attend()


def _abandon(shopper: Shopper, browser: Browser) -> Visit:
    """Fill the cart, or begin the checkout, and stop there."""
    rng, good = shopper.rng, shopper.goal
    if not good.in_stock:
        return
    yield from _cart(shopper, browser, good)
    if rng.random() < 0.4:
        browser.note("remove_from_cart", items=(good.as_item(quantity=1),))
        yield from browser.spend(4.0)
        return
    yield from _checkout(shopper, browser, good)
    if rng.random() < 0.4:
        browser.note("checkout_back", step=1)
    yield from browser.spend(lognormal(rng, 55.0), still=True)
    yield from browser.attend()


def _purchase(shopper: Shopper, browser: Browser) -> Visit:
    """Go through cart, checkout and payment; the shop's server reports the order."""
    rng, good = shopper.rng, shopper.goal
    yield from _cart(shopper, browser, good)
    yield from _checkout(shopper, browser, good)
    browser.note("add_shipping_info", items=(good.as_item(quantity=1),))
    yield from browser.spend(2.0)
    yield from browser.open("payment", "/checkout?step=payment")
    browser.note("add_payment_info", items=(good.as_item(quantity=1),))
    yield from manners.read(browser, rng, median_s=15.0)
    order = shopper.order()
    yield from browser.open("thanks", "/thanks")
    browser.note(
        "purchase",
        transaction_id=order["order_id"],
        value=order["value"],
        currency="EUR",
        items=(good.as_item(quantity=1),),
    )
    yield from browser.spend(1.0)
    yield Place(0.0, order)
    yield from browser.spend(lognormal(rng, 5.0))


def _crawl(shopper: Shopper, browser: Browser) -> Visit:
    """Turn pages faster than any person could, and touch nothing."""
    rng, goods = shopper.rng, shopper.world.goods
    for _ in range(rng.randint(35, 60)):
        good = rng.choice(list(goods))
        yield from browser.open("product", good.link)
        manners.show(browser, good)
        yield from browser.spend(rng.uniform(0.4, 1.1))
