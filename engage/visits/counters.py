"""The names of the whole numbers a session is made of.

Sums, maxima and bits: exact, so that they do not depend on the order in which beacons
arrived. `block` says how they are packed; the SDK's events say what they count.
"""

# Rules of this file: names only. Numbers below HERE describe the session and only ever
# grow (or are noted otherwise); numbers from HERE on describe the page view on stage
# and start at zero with it. In each part the wide ones (32 bits) come first, then the
# narrow ones (16 bits); all stop at their top. Whoever adds or moves one raises
# `packing.VERSION`.

from __future__ import annotations

from typing import Final

(
    ACTIVE_MS,
    VISIBLE_MS,
    HOVER_CART_MS,
    HOVER_PRICE_MS,
    HOVER_SIZE_MS,
    # Longest silence in front of a visible page; a maximum.
    IDLE_LONGEST_MS,
    # Two halves of a 64-bit map of the products seen (linear counting).
    SEEN_LOW,
    SEEN_HIGH,
    # Epoch seconds of the last four product views, newest first.
    LOOKED_1,
    LOOKED_2,
    LOOKED_3,
    LOOKED_4,
    # Checksum of the category of the last product viewed.
    LAST_CATEGORY,
    PREVIOUS_VIEW_MS,
    # Own rhythm: mean and variance of ln(1 + gap / s), in millionths.
    GAP_MEAN,
    GAP_VARIANCE,
    # The minute of the clock in which BUSY_VIEWS were counted.
    BUSY_MINUTE,
) = range(17)
SESSION_WIDE: Final = 17

(
    GAPS,
    # Page views within one minute of the clock, for superhuman rates.
    BUSY_VIEWS,
    PAGE_VIEWS,
    PRODUCT_VIEWS,
    # Product views in a row in the current category; not a sum.
    CATEGORY_RUN,
    LIST_VIEWS,
    SEARCHES,
    ZERO_RESULTS,
    # Deepest scroll of the session, thousandths; a maximum.
    SCROLL_DEEPEST,
    SCROLL_TURNS,
    HOVER_ENTRIES,
    REVERSALS,
    RAGE_CLICKS,
    DEAD_CLICKS,
    ERROR_CLICKS,
    TOGGLES,
    TOGGLE_BACKS,
    HIDDENS,
    COPIES,
    COUPON_TOUCHES,
    COUPON_FAILURES,
    REFOCUSES,
    FIELD_ERRORS,
    QUICK_BACKS,
    EXITS,
    ADDS,
    REMOVES,
    WISHES,
    # 0 looked, 1 product, 2 cart, 3 checkout, 4 shipping, 5 payment, 6 order.
    FUNNEL,
    CHECKOUT_BACKS,
    SHOWN,
    ORDERS,
    VISIT_INDEX,
    # Page views begun; the number of the one on stage is VIEW_INDEX.
    VIEWS,
    FLAGS,
) = range(SESSION_WIDE, SESSION_WIDE + 35)

HERE: Final = SESSION_WIDE + 35
(
    # The tab whose page is on stage, and the number of the beacon that began it.
    TAB_KEY,
    VIEW_SEQ,
    HERE_ACTIVE_MS,
    HERE_VISIBLE_MS,
    # Milliseconds of hover on price, shipping or coupon.
    HERE_DOUBT_MS,
    # Silence reported since the last sign of life; zero again with the next one.
    HERE_IDLE_MS,
    # How long the page was hidden before the latest return to it.
    HERE_RETURN_MS,
    # Visible time on a checkout page since its last step.
    HERE_STALL_MS,
    # Active time at which the first card was shown, plus one; 0: none was.
    HERE_SHOWN_MS,
    PRICE_CENTS,
) = range(HERE, HERE + 10)
HERE_WIDE: Final = 10

(
    HERE_SCROLL,
    HERE_RAGE,
    HERE_DEAD,
    HERE_FIELD_ERRORS,
    HERE_REFOCUSES,
    HERE_ZERO_RESULTS,
    HERE_TOGGLES,
    HERE_TOGGLE_BACKS,
    HERE_COUPON,
    HERE_COPIES,
    HERE_REVERSALS,
    HERE_EXITS,
    # An item taken out of the cart.
    HERE_TAKEN_BACK,
    HERE_CHECKOUT_BACKS,
    # 0 unknown, 1 out of stock, 2 in stock.
    STOCK,
    # Moment kinds settled on this page view, and near misses tried; one bit a kind.
    MOMENTS,
    NEARS,
    VIEW_INDEX,
) = range(HERE + HERE_WIDE, HERE + HERE_WIDE + 18)

COUNTERS: Final = HERE + HERE_WIDE + 18

_WIDE_TOP: Final = 2**32 - 1
_NARROW_TOP: Final = 2**16 - 1
# Saturating keeps addition commutative: min(top, a + b + ...).
TOPS: Final = (
    (_WIDE_TOP,) * SESSION_WIDE
    + (_NARROW_TOP,) * (HERE - SESSION_WIDE)
    + (_WIDE_TOP,) * HERE_WIDE
    + (_NARROW_TOP,) * (COUNTERS - HERE - HERE_WIDE)
)

# Bits of FLAGS; 2 is free, but set in visits that earlier builds kept.
AUTOMATED: Final = 1
PERSONALISE: Final = 4
GPC: Final = 8
BUSINESS: Final = 16
PHONE: Final = 32
DESKTOP: Final = 64
# The page view on stage was not yet claimed by a `page_view` event of its first beacon.
UNCLAIMED: Final = 128
# The cart had a coupon, as a page told.
COUPON: Final = 256
