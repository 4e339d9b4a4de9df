"""The table of features: one row a number.

`features.describe` computes them; this file says what they are.
"""

# Rules of this file: a feature is one row. `commutative` says that beacons within 64
# numbers and 10 s of each other may come in any order; rows with False depend on the
# order of events or on the server's clock. No clock of the day: it would tell shops
# apart, not visitors. The order of rows is the order of the vector.

from __future__ import annotations

from typing import Final

from engage.visits import counters as c
from engage.visits.computing import (
    Feature,
    distinct,
    flag,
    on,
    oscillation,
    rhythm,
    seconds,
    total,
)
from engage.visits.shapes import MAX_RECENT, device_of, held


def _count(name: str, index: int, source: str, *also: int) -> Feature:
    """Return the row of a plain count: logarithmic, commutative, up to 500."""
    return Feature(name, "count", 0, 500, "log", True, source, total(index, *also))


def _hover(name: str, index: int, source: str) -> Feature:
    return Feature(name, "s", 0, 600, "log", True, source, seconds(index))


ROWS: Final[tuple[Feature, ...]] = (
    Feature(
        "elapsed_s",
        "s",
        0,
        14_400,
        "log",
        False,
        "clock since the first event",
        lambda seen: seen.at_s - seen.times.started_s,
    ),
    Feature(
        "active_s",
        "s",
        0,
        14_400,
        "log",
        True,
        "ping.active_ms, held to the clock",
        lambda seen: held(
            seen.n[c.ACTIVE_MS],
            since_s=seen.times.started_s,
            until_s=seen.times.last_s,
        ),
    ),
    _count("page_views", c.PAGE_VIEWS, "page_view"),
    _count("product_views", c.PRODUCT_VIEWS, "view_item"),
    Feature("distinct_products", "count", 0, 300, "log", True, "view_item", distinct),
    Feature(
        "category_run",
        "count",
        0,
        500,
        "log",
        False,
        "view_item: products in a row of one category",
        total(c.CATEGORY_RUN),
    ),
    _count("list_views", c.LIST_VIEWS, "view_item_list, select_item"),
    _count("searches", c.SEARCHES, "view_search_results"),
    _count("zero_results", c.ZERO_RESULTS, "view_search_results.results = 0"),
    Feature(
        "scroll_deepest",
        "share",
        0,
        1,
        "linear",
        True,
        "ping.scroll",
        seconds(c.SCROLL_DEEPEST),
    ),
    _count("scroll_turns", c.SCROLL_TURNS, "scroll_turn"),
    _hover("hover_cart_s", c.HOVER_CART_MS, "hover_cta cart, checkout"),
    _hover("hover_price_s", c.HOVER_PRICE_MS, "hover_cta price, shipping, coupon"),
    _hover("hover_size_s", c.HOVER_SIZE_MS, "hover_cta size"),
    _count("hover_entries", c.HOVER_ENTRIES, "hover_cta.entries"),
    _count("reversals", c.REVERSALS, "cursor_reversal"),
    _count("rage_clicks", c.RAGE_CLICKS, "rage_click"),
    _count("dead_clicks", c.DEAD_CLICKS, "dead_click"),
    _count("error_clicks", c.ERROR_CLICKS, "error_click"),
    _count("toggles", c.TOGGLES, "variant_toggle"),
    _count("toggle_backs", c.TOGGLE_BACKS, "variant_toggle.back"),
    Feature(
        "alternations",
        "count",
        0,
        MAX_RECENT,
        "linear",
        False,
        "view_item: A-B-A-B within ten minutes",
        oscillation,
    ),
    _count("tab_hides", c.HIDDENS, "tab_hidden"),
    _count("copies", c.COPIES, "copy_name"),
    _count(
        "coupon_touches",
        c.COUPON_TOUCHES,
        "coupon_focus, coupon_failed",
        c.COUPON_FAILURES,
    ),
    _count("refocuses", c.REFOCUSES, "field_refocus"),
    _count("field_errors", c.FIELD_ERRORS, "field_error"),
    _count("quick_backs", c.QUICK_BACKS, "quick_back"),
    Feature(
        "longest_idle_s",
        "s",
        0,
        3_600,
        "log",
        True,
        "idle.ms",
        seconds(c.IDLE_LONGEST_MS),
    ),
    _count("exits", c.EXITS, "exit_intent"),
    _count("adds", c.ADDS, "add_to_cart"),
    _count("removes", c.REMOVES, "remove_from_cart"),
    _count("wishes", c.WISHES, "add_to_wishlist"),
    Feature(
        "cart_eur",
        "EUR",
        0,
        50_000,
        "log",
        False,
        "items of cart events",
        lambda seen: seen.session.cart_cents / 100,
    ),
    _count("checkout_backs", c.CHECKOUT_BACKS, "checkout_back"),
    Feature("funnel", "step", 0, 6, "linear", True, "shop events", total(c.FUNNEL)),
    Feature(
        "view_active_s",
        "s",
        0,
        3_600,
        "log",
        False,
        "ping of this page view",
        lambda seen: held(
            seen.n[c.HERE_ACTIVE_MS],
            since_s=seen.times.view_s,
            until_s=seen.times.last_s,
        ),
    ),
    Feature(
        "view_scroll",
        "share",
        0,
        1,
        "linear",
        False,
        "ping.scroll of this page view",
        seconds(c.HERE_SCROLL),
    ),
    Feature(
        "previous_view_s",
        "s",
        0,
        3_600,
        "log",
        False,
        "ping of the view before",
        seconds(c.PREVIOUS_VIEW_MS),
    ),
    Feature(
        "price_eur",
        "EUR",
        0,
        50_000,
        "log",
        False,
        "view_item.price, 0 if unknown",
        lambda seen: seen.n[c.PRICE_CENTS] / 100,
    ),
    Feature(
        "is_out_of_stock",
        "",
        0,
        1,
        "flag",
        False,
        "view_item.in_stock",
        lambda seen: 1.0 if seen.n[c.STOCK] == 1 else 0.0,
    ),
    Feature("on_product", "", 0, 1, "flag", False, "page.kind", on("product")),
    Feature("on_cart", "", 0, 1, "flag", False, "page.kind", on("cart")),
    Feature(
        "on_checkout", "", 0, 1, "flag", False, "page.kind", on("checkout", "payment")
    ),
    Feature(
        "rhythm_z",
        "sd",
        -5,
        5,
        "linear",
        False,
        "the present pause against the visitor's own gaps",
        rhythm,
    ),
    Feature(
        "visit_index",
        "count",
        1,
        500,
        "log",
        True,
        "visits of the visitor",
        total(c.VISIT_INDEX),
    ),
    _count("orders", c.ORDERS, "orders known, customer.orders"),
    Feature("is_business", "", 0, 1, "flag", True, "customer.type", flag(c.BUSINESS)),
    Feature(
        "is_phone",
        "",
        0,
        1,
        "flag",
        True,
        "exit_intent.device, cursor_reversal",
        lambda seen: 1.0 if device_of(seen.n[c.FLAGS]) == "phone" else 0.0,
    ),
)
