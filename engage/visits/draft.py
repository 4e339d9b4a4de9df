"""The next session while it is being made from a beacon.

`advance` copies a session into a draft, lets one small function an event change it,
and freezes it again. Nobody else ever sees a draft.
"""

# Rules of this file: the only mutable thing of this folder, and it never escapes.
# Session numbers take every beacon in time; numbers of the page view (HERE) only those
# that belong to the view on stage. No sum can overflow: it stops at the top.

from __future__ import annotations

import sys
from typing import Final
from unicodedata import normalize
from zlib import crc32

from engage.visits import block as b
from engage.visits import counters as c
from engage.visits.counters import TOPS
from engage.visits.shapes import (
    CHECKOUT_STEP,
    MAX_RECENT,
    PageView,
    Parked,
    price_cents,
)
from engage.visits.value import Session
from engage.visits.views import viewed
from engage.wire.beacon import Beacon, Item

_MINUTE_MS: Final = 60_000
# Longer names lose their beginning: they serve as keys, a session must stay small, and
# of a path the end says most.
MAX_CATEGORY: Final = 64


class Draft:
    """A session under construction.

    Attributes:
        numbers: all of `counters`, mutable.
        at_s: time of the event at hand.
        arrival_s: when the beacon arrived.
        is_on_stage: the beacon may begin page views and change the page.
        is_in_view: its events belong to the page view on stage.
        draw_s: when the dice were last thrown here; consent given anew ends that.
        left: page views that ended.
        was_parked: the page on stage was parked until this beacon.
        minutes: full minutes of activity before the beacon.
        has_begun_view, has_progress: what `Applied` reports.
    """

    __slots__ = (
        "arrival_s",
        "at_s",
        "beacon",
        "bought",
        "cart",
        "draw_s",
        "event_at_s",
        "has_begun_view",
        "has_progress",
        "is_in_view",
        "is_on_stage",
        "item_category",
        "item_id",
        "left",
        "minutes",
        "numbers",
        "page_kind",
        "parked",
        "recent_items",
        "started_at_s",
        "times",
        "view_started_at_s",
        "was_parked",
    )

    def __init__(self, session: Session, beacon: Beacon, *, at_s: float) -> None:
        """Copy what may change; arrays are copied, never shared.

        A step back of the clock to `at_s` is ignored.
        """
        self.beacon = beacon
        self.numbers, self.times = b.unpacked(session.block)
        self.arrival_s = self.at_s = max(at_s, self.times.last_s)
        self.minutes = self.numbers[c.ACTIVE_MS] // _MINUTE_MS
        self.started_at_s = self.times.started_s
        self.event_at_s = self.times.event_s
        self.draw_s = self.times.draw_s
        self.view_started_at_s = self.times.view_s
        self.page_kind = session.page_kind
        self.item_id = session.item_id
        self.item_category = session.item_category
        self.recent_items = session.recent_items
        self.cart = session.cart
        self.bought = session.bought
        self.parked = session.parked
        self.is_on_stage = self.is_in_view = True
        self.was_parked = False
        self.left: list[PageView] = []
        self.has_begun_view = not session.tabs
        self.has_progress = False

    def count(self, index: int, amount: int = 1) -> None:
        """Add to a number of the session."""
        numbers, top = self.numbers, TOPS[index]
        total = numbers[index] + amount
        # Half the cost of `min`, in what most of a beacon's work is.
        numbers[index] = total if total < top else top  # noqa: FURB136 - see above

    def is_due(self) -> bool:
        """Tell whether a hesitation checkpoint is due."""
        return (
            self.has_begun_view
            or self.numbers[c.ACTIVE_MS] // _MINUTE_MS > self.minutes
        )

    def count_here(self, index: int, amount: int = 1) -> None:
        """Add to a number of the page view, if the event belongs to it."""
        if self.is_in_view:
            self.count(index, amount)

    def deepen(self, index: int, value: int) -> None:
        """Raise a maximum to `value`."""
        if value > self.numbers[index]:
            self.numbers[index] = min(value, c.TOPS[index])

    def flag(self, bit: int) -> None:
        """Set a bit of `counters.FLAGS`."""
        self.numbers[c.FLAGS] |= bit

    def reach(self, step: int) -> None:
        """Note a funnel step; a new one from checkout on is progress."""
        if step > self.numbers[c.FUNNEL]:
            self.numbers[c.FUNNEL] = step
            self.has_progress = self.has_progress or step >= CHECKOUT_STEP

    def begin_view(self) -> None:
        """End the page view on stage and begin one of the beacon's page."""
        is_same_page = self.was_parked and self.page_kind == self.beacon.page.kind
        # A page that returns from the back/forward cache still shows its product,
        # but the shop does not tell it again.
        facts = self.numbers[c.PRICE_CENTS], self.numbers[c.STOCK]
        self._leave(self._to_park())
        self.numbers[c.PREVIOUS_VIEW_MS] = self.numbers[c.HERE_ACTIVE_MS]
        self._blank_view()
        if is_same_page:
            self.numbers[c.PRICE_CENTS], self.numbers[c.STOCK] = facts
        else:
            self.item_id, self.item_category = None, ""

    def take_stage(self, key: int) -> None:
        """Put another tab's page on stage and park the current one."""
        if self.is_parked(key):
            self.swap_parked()
            self.was_parked = True
            return
        if self.parked is not None:
            self._leave(self.parked)
        self.numbers[c.PREVIOUS_VIEW_MS] = self.numbers[c.HERE_ACTIVE_MS]
        self.parked = self._to_park()
        self._blank_view()
        self.numbers[c.TAB_KEY] = key
        self.flag(c.UNCLAIMED)
        self.item_id, self.item_category = None, ""

    def is_parked(self, key: int) -> bool:
        """Tell whether the parked page is that tab's."""
        if self.parked is None:
            return False
        return b.unpacked_view(self.parked.here)[0][0] == key

    def swap_parked(self) -> None:
        """Exchange the page on stage with the parked one."""
        parked = self.parked
        if parked is None:
            return
        self.parked = self._to_park()
        self.numbers[c.HERE :], self.view_started_at_s = b.unpacked_view(parked.here)
        self.page_kind = parked.page_kind
        self.item_id = parked.item_id
        self.item_category = parked.item_category

    def show(self, item: Item) -> None:
        """Make `item` the product of the page view on stage."""
        item_id = sys.intern(item.item_id)
        if self.item_id is not None and self.item_id != item_id and self.is_on_stage:
            self.begin_view()
        numbers = self.numbers
        self.item_id = item_id
        self.item_category = category_of(item)
        numbers[c.PRICE_CENTS] = price_cents(item)
        if item.in_stock is not None:
            numbers[c.STOCK] = 2 if item.in_stock else 1
        self._remember(item_id)

    def _remember(self, item_id: str) -> None:
        """Add a product to the recent ones; a reload is no new look."""
        numbers = self.numbers
        if self.recent_items and self.recent_items[-1] == item_id:
            return
        self.recent_items = (*self.recent_items[1 - MAX_RECENT :], item_id)
        key = crc32(self.item_category.encode())
        is_same = numbers[c.CATEGORY_RUN] > 0 and numbers[c.LAST_CATEGORY] == key
        if not is_same:
            numbers[c.CATEGORY_RUN] = 0
        self.count(c.CATEGORY_RUN)
        numbers[c.LAST_CATEGORY] = key
        numbers[c.LOOKED_2 : c.LOOKED_4 + 1] = numbers[c.LOOKED_1 : c.LOOKED_4]
        numbers[c.LOOKED_1] = min(max(int(self.at_s), 0), c.TOPS[c.LOOKED_1])

    def _blank_view(self) -> None:
        numbers = self.numbers
        key = numbers[c.TAB_KEY]
        numbers[c.HERE :] = [0] * (c.COUNTERS - c.HERE)
        self.count(c.VIEWS)
        numbers[c.TAB_KEY] = key
        numbers[c.VIEW_INDEX] = numbers[c.VIEWS]
        numbers[c.VIEW_SEQ] = self.beacon.seq
        self.page_kind = sys.intern(self.beacon.page.kind)
        self.view_started_at_s = self.at_s
        self.has_begun_view = True

    def _to_park(self) -> Parked:
        return Parked(
            page_kind=self.page_kind,
            item_id=self.item_id,
            item_category=self.item_category,
            here=b.packed_view(self.numbers, self.view_started_at_s),
        )

    def _leave(self, page: Parked) -> None:
        self.left.append(viewed(page, self.numbers, until_s=self.arrival_s))


def category_of(item: Item) -> str:
    """Return an item's category as a short lower-case key, empty when unknown."""
    category = normalize("NFC", item.item_category or "").strip().lower()
    return sys.intern(category[-MAX_CATEGORY:])
