"""The session: everything known about the running visit of one visitor.

The value other layers read. `advance` makes the next one from a beacon.
"""

# Rules of this file: a plain, compact value; no I/O, no clock, no randomness. Numbers
# and times live in one packed block, so that a million live sessions fit into a small
# machine (benchmarks/session_bytes.py). Everything in it is bounded.

from __future__ import annotations

import math

import msgspec

from engage.settings import Segment
from engage.visits import block as b
from engage.visits import counters as c
from engage.visits import waiting as w
from engage.visits.ordering import Skip
from engage.visits.shapes import (
    LOYAL_ORDERS,
    CartLine,
    Device,
    LatestDecision,
    Parked,
    device_of,
    held,
)


class Session(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One visit up to now; times are epoch seconds of the server.

    Attributes:
        id: the session's id.
        visitor: the visitor's id.
        page_kind: kind of the page on stage.
        locale: of the page, for example `de`; empty when unknown.
        item_id: the product shown, or None.
        item_category: its category, or an empty string.
        recent_items: products viewed, newest last, at most 8; may repeat.
        cart: at most 20 lines.
        block: packed times and numbers (`block`, `counters`).
        tabs: which beacons arrived, packed (`ordering`).
        skips: jumps over beacons that may still come.
        parked: at most one page of another tab.
        waiting: at most two waiting hesitation labels, packed (`waiting`).
        decision: the latest decision, or None.
        network: the bucket of the network it began in (`deciding.networks`); 0: none.
        bought: products ordered in this visit, newest last, at most 20.
    """

    id: str
    visitor: str
    page_kind: str
    locale: str
    item_id: str | None
    item_category: str
    recent_items: tuple[str, ...]
    cart: tuple[CartLine, ...]
    block: bytes
    tabs: bytes
    skips: tuple[Skip, ...]
    parked: Parked | None
    waiting: bytes
    decision: LatestDecision | None
    network: int = 0
    bought: tuple[str, ...] = ()

    def number(self, index: int) -> int:
        """Return the number at `index` of `counters`."""
        return b.read(self.block, index)

    def has(self, flag: int) -> bool:
        """Tell whether a bit of `counters.FLAGS` is set."""
        return bool(b.read(self.block, c.FLAGS) & flag)

    @property
    def started_at_s(self) -> float:
        """When the first event happened, at most 30 min before the first beacon."""
        return b.read_time(self.block, b.STARTED_AT)

    @property
    def last_at_s(self) -> float:
        """When the latest beacon arrived; never steps back."""
        return b.read_time(self.block, b.LAST_AT)

    @property
    def view_started_at_s(self) -> float:
        """When the page view on stage began."""
        return b.read_time(self.block, b.VIEW_AT)

    @property
    def last_draw_at_s(self) -> float | None:
        """When the dice were last thrown, or None."""
        at_s = b.read_time(self.block, b.DRAW_AT)
        return None if math.isnan(at_s) else at_s

    @property
    def checkpoints(self) -> tuple[w.Checkpoint, ...]:
        """Hesitation labels that wait, at most two."""
        return w.unpacked(self.waiting)

    @property
    def active_s(self) -> float:
        """Active time of the session, seconds, held to the server's own clock."""
        dwell_ms = self.number(c.ACTIVE_MS)
        return held(dwell_ms, since_s=self.started_at_s, until_s=self.last_at_s)

    @property
    def view_active_s(self) -> float:
        """Active time of the current page view, seconds."""
        dwell_ms = self.number(c.HERE_ACTIVE_MS)
        return held(dwell_ms, since_s=self.view_started_at_s, until_s=self.last_at_s)

    @property
    def view_index(self) -> int:
        """Number of the current page view within the session, from 1."""
        return self.number(c.VIEW_INDEX)

    @property
    def item_price_cents(self) -> int:
        """Price of the product shown, 0 when unknown."""
        return self.number(c.PRICE_CENTS)

    @property
    def item_in_stock(self) -> bool | None:
        """Whether the product shown can be bought; None when the page did not say."""
        stock = self.number(c.STOCK)
        return None if stock == 0 else stock == 2

    @property
    def cart_cents(self) -> int:
        """Value of the cart in cents."""
        return sum(line.quantity * line.price_cents for line in self.cart)

    @property
    def funnel(self) -> int:
        """The furthest step that the visit has reached, by its number in `FUNNEL`."""
        return self.number(c.FUNNEL)

    @property
    def visit_index(self) -> int:
        """Which visit of this visitor this is, from 1."""
        return self.number(c.VISIT_INDEX)

    @property
    def device(self) -> Device:
        """What the visitor holds, as far as their behaviour has told."""
        return device_of(self.number(c.FLAGS))

    @property
    def segment(self) -> Segment:
        """Who the visitor is to the shop."""
        if self.has(c.BUSINESS):
            return "business"
        if self.number(c.ORDERS) >= LOYAL_ORDERS:
            return "loyal"
        is_returning = self.visit_index > 1 or self.number(c.ORDERS) > 0
        return "returning" if is_returning else "new"

    @property
    def has_coupon(self) -> bool:
        """Whether the cart had a coupon in this visit, as pages told."""
        return self.has(c.COUPON)

    @property
    def is_automated(self) -> bool:
        """Whether this is a bot: it says so, or no person is that fast."""
        return self.has(c.AUTOMATED)

    @property
    def consent_personalise(self) -> bool:
        """Whether decisions are allowed, net of Global Privacy Control."""
        return self.has(c.PERSONALISE)

    @property
    def is_gpc(self) -> bool:
        """Whether Global Privacy Control alone forbids decisions."""
        return self.has(c.GPC)

    @property
    def moments_seen(self) -> int:
        """Moment kinds settled on this page view, one bit of `MOMENT_BITS` each."""
        return self.number(c.MOMENTS)

    @property
    def near_seen(self) -> int:
        """Near misses already tried on this page view, one bit each."""
        return self.number(c.NEARS)

    @property
    def shown_count(self) -> int:
        """Cards shown in this session."""
        return self.number(c.SHOWN)

    @property
    def decision_id(self) -> str | None:
        """Id of the latest decision; see `decision` for how long it holds."""
        return None if self.decision is None else self.decision.decision_id
