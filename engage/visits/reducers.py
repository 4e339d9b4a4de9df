"""What each event changes: one small function an event name, and their table."""

# Rules of this file: a function changes the draft it is given and nothing else. A new
# event is one function and one line of the table. Session numbers are sums, maxima or
# bits, so that order does not matter; whatever is not is named in the feature table.

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final
from zlib import crc32

from engage.visits import carts
from engage.visits import counters as c
from engage.visits.draft import Draft, category_of
from engage.visits.shapes import (
    CART_STEP,
    CHECKOUT_STEP,
    MAX_CART,
    ORDERED_STEP,
    PAYMENT_STEP,
    PRODUCT_STEP,
    SHIPPING_STEP,
    SUPERHUMAN_VIEWS,
)
from engage.wire.beacon import Event

Reducer = Callable[[Draft, Event], None]

# Less than this share of the title's words is a chance selection.
COPY_OVERLAP: Final = 0.6

# What is over with the instant says nothing of now when it comes late: a phone was out
# of reach, a service away. Exit intents are half a minute apart.
FRESH_S: Final = 30.0

_HOVERS: Final = MappingProxyType(
    {
        "cart": c.HOVER_CART_MS,
        "checkout": c.HOVER_CART_MS,
        "price": c.HOVER_PRICE_MS,
        "shipping": c.HOVER_PRICE_MS,
        "coupon": c.HOVER_PRICE_MS,
        "size": c.HOVER_SIZE_MS,
    }
)


def _page_view(draft: Draft, _event: Event) -> None:
    draft.count(c.PAGE_VIEWS)
    _watch_rate(draft)
    if not draft.is_on_stage:
        return
    if draft.numbers[c.FLAGS] & c.UNCLAIMED:
        draft.numbers[c.FLAGS] &= ~c.UNCLAIMED
        draft.view_started_at_s = draft.at_s
        return
    draft.begin_view()


def _watch_rate(draft: Draft) -> None:
    """Call a session automated when no person could turn pages that fast."""
    numbers = draft.numbers
    minute = max(int(draft.at_s // 60), 0)
    if minute > numbers[c.BUSY_MINUTE]:
        numbers[c.BUSY_MINUTE] = min(minute, c.TOPS[c.BUSY_MINUTE])
        numbers[c.BUSY_VIEWS] = 0
    if minute == numbers[c.BUSY_MINUTE]:
        draft.count(c.BUSY_VIEWS)
    if numbers[c.BUSY_VIEWS] > SUPERHUMAN_VIEWS:
        draft.flag(c.AUTOMATED)


def _view_item(draft: Draft, event: Event) -> None:
    draft.count(c.PRODUCT_VIEWS)
    draft.reach(PRODUCT_STEP)
    if not event.items:
        return
    item = event.items[0]
    # Linear counting in 64 bits (Whang et al., 1990): exact enough up to 100 products.
    place = crc32(item.item_id.encode()) % 64
    half = c.SEEN_LOW if place < 32 else c.SEEN_HIGH
    draft.numbers[half] |= 1 << place % 32
    if draft.is_in_view:
        draft.show(item)


def _list(draft: Draft, event: Event) -> None:
    draft.count(c.LIST_VIEWS)
    if draft.is_in_view and draft.item_id is None and event.items:
        draft.item_category = category_of(event.items[0])


def _search(draft: Draft, event: Event) -> None:
    draft.count(c.SEARCHES)
    if event.results == 0:
        draft.count(c.ZERO_RESULTS)
        draft.count_here(c.HERE_ZERO_RESULTS)


def _add_to_cart(draft: Draft, event: Event) -> None:
    draft.count(c.ADDS)
    draft.reach(CART_STEP)
    draft.has_progress = True
    draft.cart = carts.added(draft.cart, event.items)


def _remove_from_cart(draft: Draft, event: Event) -> None:
    draft.count(c.REMOVES)
    draft.count_here(c.HERE_TAKEN_BACK)
    draft.cart = carts.removed(draft.cart, event.items)


def _add_to_wishlist(draft: Draft, _event: Event) -> None:
    draft.count(c.WISHES)


def _view_cart(draft: Draft, event: Event) -> None:
    if event.coupon or any(item.coupon for item in event.items):
        draft.flag(c.COUPON)
    # Without items a page may only not tell them; an empty cart is worth nothing.
    if draft.is_on_stage and (event.items or event.value == 0.0):
        draft.cart = carts.listed(event.items)


def _checkout_step(step: int) -> Reducer:
    def reduce(draft: Draft, event: Event) -> None:
        draft.reach(step)
        if draft.is_in_view:
            draft.numbers[c.HERE_STALL_MS] = 0
        _view_cart(draft, event)

    return reduce


def _purchase(draft: Draft, event: Event) -> None:
    draft.reach(ORDERED_STEP)
    draft.has_progress = True
    # What is told, and what was in the cart: a page may leave out either.
    told = (sys.intern(item.item_id) for item in event.items)
    carted = (line.item_id for line in draft.cart)
    bought = dict.fromkeys((*draft.bought, *carted, *told))
    draft.bought = tuple(bought)[-MAX_CART:]
    draft.cart = ()


def _ping(draft: Draft, event: Event) -> None:
    # Increments since the last ping of this page view, never running totals: so a sum
    # is right in any order, and a lost ping costs its own seconds only.
    active_ms = round(event.active_ms or 0)
    visible_ms = max(round(event.visible_ms or 0), active_ms)
    depth = round(1000 * (event.scroll or 0))
    draft.count(c.ACTIVE_MS, active_ms)
    draft.count(c.VISIBLE_MS, visible_ms)
    draft.deepen(c.SCROLL_DEEPEST, depth)
    if draft.is_in_view:
        draft.count(c.HERE_ACTIVE_MS, active_ms)
        draft.count(c.HERE_VISIBLE_MS, visible_ms)
        draft.deepen(c.HERE_SCROLL, depth)
        if draft.page_kind in ("checkout", "payment"):
            draft.count(c.HERE_STALL_MS, visible_ms)


def _idle(draft: Draft, event: Event) -> None:
    silence_ms = round(event.ms or 0)
    draft.deepen(c.IDLE_LONGEST_MS, silence_ms)
    if draft.is_in_view:
        draft.deepen(c.HERE_IDLE_MS, silence_ms)


def _hover_cta(draft: Draft, event: Event) -> None:
    ms = round(event.ms or 0)
    index = _HOVERS.get(event.target or "")
    draft.count(c.HOVER_ENTRIES, _times(event.entries))
    if index is not None:
        draft.count(index, ms)
    if index == c.HOVER_PRICE_MS:
        draft.count_here(c.HERE_DOUBT_MS, ms)


def _cursor_reversal(draft: Draft, event: Event) -> None:
    draft.count(c.REVERSALS, _times(event.count))
    draft.count_here(c.HERE_REVERSALS, _times(event.count))
    draft.flag(c.DESKTOP)


def _variant_toggle(draft: Draft, event: Event) -> None:
    times = _times(event.count)
    draft.count(c.TOGGLES, times)
    draft.count_here(c.HERE_TOGGLES, times)
    if event.back:
        draft.count(c.TOGGLE_BACKS)
        draft.count_here(c.HERE_TOGGLE_BACKS)


def _tab_hidden(draft: Draft, _event: Event) -> None:
    draft.count(c.HIDDENS)


def _tab_visible(draft: Draft, event: Event) -> None:
    if draft.is_in_view and _is_fresh(draft):
        draft.numbers[c.HERE_RETURN_MS] = round(event.ms or 0)


def _copy_name(draft: Draft, event: Event) -> None:
    if (event.overlap or 0) >= COPY_OVERLAP:
        draft.count(c.COPIES)
        draft.count_here(c.HERE_COPIES)


def _exit_intent(draft: Draft, event: Event) -> None:
    draft.count(c.EXITS)
    if _is_fresh(draft):
        draft.count_here(c.HERE_EXITS)
    if event.device is not None:
        draft.flag(c.PHONE if event.device == "phone" else c.DESKTOP)


def _action_shown(draft: Draft, _event: Event) -> None:
    draft.count(c.SHOWN)
    if draft.is_in_view and draft.numbers[c.HERE_SHOWN_MS] == 0:
        draft.count(c.HERE_SHOWN_MS, draft.numbers[c.HERE_ACTIVE_MS] + 1)


def _counted(total: int, here: int | None = None) -> Reducer:
    """Return a reducer that adds an event's `count` to a number or two."""

    def reduce(draft: Draft, event: Event) -> None:
        times = _times(event.count)
        draft.count(total, times)
        if here is not None:
            draft.count_here(here, times)

    return reduce


def _is_fresh(draft: Draft) -> bool:
    return draft.arrival_s - draft.at_s <= FRESH_S


def _times(count: int | None) -> int:
    return 1 if count is None else int(count)


# Outcomes but `action_shown` change nothing here: they are passed on.
REDUCERS: Final[Mapping[str, Reducer]] = MappingProxyType(
    {
        "page_view": _page_view,
        "view_item_list": _list,
        "select_item": _list,
        "view_item": _view_item,
        "add_to_cart": _add_to_cart,
        "remove_from_cart": _remove_from_cart,
        "add_to_wishlist": _add_to_wishlist,
        "view_cart": _view_cart,
        "begin_checkout": _checkout_step(CHECKOUT_STEP),
        "add_shipping_info": _checkout_step(SHIPPING_STEP),
        "add_payment_info": _checkout_step(PAYMENT_STEP),
        "purchase": _purchase,
        "view_search_results": _search,
        "ping": _ping,
        "idle": _idle,
        "scroll_turn": _counted(c.SCROLL_TURNS),
        "hover_cta": _hover_cta,
        "cursor_reversal": _cursor_reversal,
        "rage_click": _counted(c.RAGE_CLICKS, c.HERE_RAGE),
        "dead_click": _counted(c.DEAD_CLICKS, c.HERE_DEAD),
        "error_click": _counted(c.ERROR_CLICKS, c.HERE_DEAD),
        "variant_toggle": _variant_toggle,
        "tab_hidden": _tab_hidden,
        "tab_visible": _tab_visible,
        "copy_name": _copy_name,
        "coupon_focus": _counted(c.COUPON_TOUCHES, c.HERE_COUPON),
        "coupon_failed": _counted(c.COUPON_FAILURES, c.HERE_COUPON),
        "field_refocus": _counted(c.REFOCUSES, c.HERE_REFOCUSES),
        "field_error": _counted(c.FIELD_ERRORS, c.HERE_FIELD_ERRORS),
        "checkout_back": _counted(c.CHECKOUT_BACKS, c.HERE_CHECKOUT_BACKS),
        "quick_back": _counted(c.QUICK_BACKS),
        "exit_intent": _exit_intent,
        "action_shown": _action_shown,
    }
)
