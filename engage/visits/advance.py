"""From a session and a beacon to the next session.

`begin` opens a session, `advance` applies a beacon. Both are pure: the same arguments
give the same value, and the session passed in is never touched.
"""

# Rules of this file: no I/O, no clock, no randomness. A beacon with a number already
# seen changes nothing; one that comes too late changes nothing but the window, and only
# its outcomes are used. Work is linear in the events of the beacon (at most 100).

from __future__ import annotations

import sys
from typing import Final

import msgspec

from engage.visits import counters as c
from engage.visits.block import NEVER, Times, packed
from engage.visits.draft import Draft
from engage.visits.ordering import Placement, Result, place, tab_key
from engage.visits.reducers import REDUCERS
from engage.visits.rhythm import SILENT, keep_rhythm
from engage.visits.shapes import (
    CHECKOUT_STEP,
    MAX_BACKDATE_S,
    SHIPPING_STEP,
    PageView,
)
from engage.visits.value import Session
from engage.wire.beacon import REPORTS, Beacon, Event
from engage.wire.events import EventName

# A page tells a step even where the shop sends no checkout events: who is about to pay
# has said where to ship.
_PAGE_STEPS: Final = {"checkout": CHECKOUT_STEP, "payment": SHIPPING_STEP}
_NO_SIGN_OF_LIFE: Final = REPORTS | SILENT
# A bound method of a plain dict: asked for every event of every beacon.
_reducer_of: Final = dict(REDUCERS).get
Events = tuple[Event, ...]


class Applied(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What applying a beacon gave.

    Attributes:
        session: the next session; the very same object after a duplicate.
        numbers, times: what its block holds, unpacked already; to be read only.
        result: `applied`, `duplicate` or `late`.
        left: page views that ended, for the dwell scorer.
        checkpoint: a hesitation checkpoint is due: the first beacon of a page view, or
            a minute of activity is full.
        progress: something was put into the cart, a new checkout step reached, or
            ordered.
        outcomes: events about decisions, in the beacon's order; late ones, too.
        purchases: `purchase` events; late ones, too, because orders wait for them.
        asked: the visitor or the page asks for a decision.
        forget: the visitor wants to be erased; late, too.
    """

    session: Session
    numbers: list[int]
    times: Times
    result: Result
    left: tuple[PageView, ...] = ()
    checkpoint: bool = False
    progress: bool = False
    outcomes: tuple[Event, ...] = ()
    purchases: tuple[Event, ...] = ()
    asked: bool = False
    forget: bool = False


def begin(
    beacon: Beacon,
    *,
    visit_index: int,
    orders: int,
    at_s: float,
    gpc: bool = False,
    network: int = 0,
) -> Session:
    """Return the session a beacon opens, with none of its events applied yet.

    Pass the same beacon to `advance` next.

    Args:
        beacon: the first beacon heard of; not necessarily number 0.
        visit_index: which visit of this visitor it is, from 1.
        orders: orders known of this visitor before.
        at_s: its arrival, epoch seconds.
        gpc: the request carried `Sec-GPC: 1`.
        network: the bucket of the network it came from; 0: none.
    """
    numbers = [0] * c.COUNTERS
    numbers[c.VISIT_INDEX] = min(visit_index, c.TOPS[c.VISIT_INDEX])
    numbers[c.ORDERS] = min(orders, c.TOPS[c.ORDERS])
    numbers[c.VIEWS] = numbers[c.VIEW_INDEX] = 1
    numbers[c.TAB_KEY] = tab_key(beacon.tab)
    numbers[c.VIEW_SEQ] = beacon.seq
    numbers[c.FLAGS] = _consent(beacon, gpc=gpc) | c.UNCLAIMED
    started_s = _began_s(_by_age(beacon.events), at_s)
    times = Times(started_s, at_s, started_s, NEVER, started_s)
    return Session(
        id=beacon.session,
        visitor=beacon.visitor,
        page_kind=sys.intern(beacon.page.kind),
        locale=sys.intern(beacon.page.locale or ""),
        item_id=None,
        item_category="",
        recent_items=(),
        cart=(),
        block=packed(numbers, times),
        tabs=b"",
        skips=(),
        parked=None,
        waiting=b"",
        decision=None,
        network=network,
    )


def advance(
    session: Session, beacon: Beacon, *, at_s: float, gpc: bool = False
) -> Applied:
    """Apply a beacon that arrived at `at_s` and return what came of it.

    Args:
        session: as it was; not changed.
        beacon: of the same session and visitor.
        at_s: arrival by the server's clock, epoch seconds; a step back is ignored.
        gpc: the request carried `Sec-GPC: 1`.

    Beacons within 64 numbers and 10 s of each other may come in any order: every
    feature marked commutative comes out the same (tests/properties/test_visits.py).
    """
    draft = Draft(session, beacon, at_s=at_s)
    tabs, skips, arrival_s = session.tabs, session.skips, draft.arrival_s
    placement = place(tabs, skips, tab=beacon.tab, seq=beacon.seq, at_s=arrival_s)
    if placement.result == "duplicate":
        return Applied(
            session=session,
            numbers=draft.numbers,
            times=draft.times,
            result="duplicate",
        )
    names = [event.name for event in beacon.events]
    if placement.result == "late":
        seen = msgspec.structs.replace(session, tabs=placement.tabs)
        return _reported(draft, seen, names, result="late")
    events = _by_age(beacon.events)
    # Until its first event says when, a page view began with the beacon's oldest one.
    draft.at_s = _began_s(events, arrival_s)
    draft.started_at_s = min(draft.started_at_s, draft.at_s)
    is_farewell = _set_stage(draft, names, placement)
    _apply_events(draft, events, is_newest=placement.is_newest)
    if is_farewell:
        draft.swap_parked()
    _note_page(draft, gpc=gpc, is_newest=placement.is_newest)
    after = _frozen(draft, session, placement)
    return _reported(draft, after, names, result="applied")


def _set_stage(draft: Draft, names: list[EventName], placement: Placement) -> bool:
    """Decide which page view the beacon speaks of; tell whether to swap it back."""
    beacon = draft.beacon
    has_page_view = "page_view" in names
    key = placement.tab
    is_same_tab = key == draft.numbers[c.TAB_KEY]
    if not placement.is_newest:
        is_of_view = is_same_tab and beacon.seq >= draft.numbers[c.VIEW_SEQ]
        draft.is_on_stage = False
        draft.is_in_view = is_of_view and not has_page_view
        return False
    if is_same_tab:
        if draft.page_kind != beacon.page.kind and not has_page_view:
            draft.begin_view()
        return False
    if _is_farewell(names):
        # The last words of a page just left may come after the next page's first.
        is_parked = draft.is_parked(key)
        draft.is_on_stage, draft.is_in_view = False, is_parked
        if is_parked:
            draft.swap_parked()
        return is_parked
    draft.take_stage(key)
    return False


def _is_farewell(names: list[EventName]) -> bool:
    if "tab_hidden" not in names or "page_view" in names:
        return False
    return "tab_visible" not in names[names.index("tab_hidden") :]


def _apply_events(draft: Draft, events: Events, *, is_newest: bool) -> None:
    started_at_s, arrival_s = draft.started_at_s, draft.arrival_s
    for event in events:
        name, at_s = event.name, arrival_s - event.age_ms / 1000
        draft.at_s = max(started_at_s, at_s)
        if is_newest and name not in _NO_SIGN_OF_LIFE:
            keep_rhythm(draft, name)
        reduce = _reducer_of(name)
        if reduce is not None:
            reduce(draft, event)


def _by_age(events: Events) -> Events:
    """Return the events oldest first; those of one age stay as they were sent."""
    last = None
    for event in events:
        if last is not None and event.age_ms > last:
            return tuple(sorted(events, key=lambda event: -event.age_ms))
        last = event.age_ms
    return events


def _note_page(draft: Draft, *, gpc: bool, is_newest: bool) -> None:
    """Note what the beacon says beside its events."""
    beacon, numbers = draft.beacon, draft.numbers
    draft.reach(_PAGE_STEPS.get(beacon.page.kind, 0))
    numbers[c.FLAGS] &= ~c.UNCLAIMED
    if beacon.automated:
        draft.flag(c.AUTOMATED)
    if is_newest:
        before, consent = numbers[c.FLAGS], _consent(beacon, gpc=gpc)
        numbers[c.FLAGS] = before & ~(c.PERSONALISE | c.GPC) | consent
        if consent & ~before & c.PERSONALISE:
            # Of the visitor's own cool-down their ledger knows.
            draft.draw_s = NEVER
    customer = beacon.customer
    if customer is not None:
        draft.deepen(c.ORDERS, int(customer.orders or 0))
        draft.flag(c.BUSINESS if (customer.type or "").lower() == "b2b" else 0)


def _frozen(draft: Draft, session: Session, placement: Placement) -> Session:
    draft.times = Times(
        draft.started_at_s,
        draft.arrival_s,
        draft.event_at_s,
        draft.draw_s,
        draft.view_started_at_s,
    )
    return Session(
        id=session.id,
        visitor=session.visitor,
        page_kind=draft.page_kind,
        locale=sys.intern(draft.beacon.page.locale or session.locale),
        item_id=draft.item_id,
        item_category=draft.item_category,
        recent_items=draft.recent_items,
        cart=draft.cart,
        block=packed(draft.numbers, draft.times),
        tabs=placement.tabs,
        skips=placement.skips,
        parked=draft.parked,
        waiting=session.waiting,
        decision=session.decision,
        network=session.network,
        bought=draft.bought,
    )


def _reported(
    draft: Draft, after: Session, names: list[EventName], *, result: Result
) -> Applied:
    events = draft.beacon.events
    has_reports = not REPORTS.isdisjoint(names)
    has_purchase = "purchase" in names
    return Applied(
        session=after,
        numbers=draft.numbers,
        times=draft.times,
        result=result,
        left=tuple(draft.left),
        checkpoint=draft.is_due(),
        progress=draft.has_progress,
        outcomes=tuple(e for e in events if e.name in REPORTS) if has_reports else (),
        purchases=tuple(e for e in events if e.name == "purchase")
        if has_purchase
        else (),
        asked=result == "applied" and "ask" in names,
        forget="forget" in names,
    )


def _consent(beacon: Beacon, *, gpc: bool) -> int:
    """Return the consent bits; GPC outweighs a consent that was not explicit."""
    consent = beacon.consent
    is_opted_out = gpc and not consent.explicit
    if is_opted_out:
        return c.GPC
    return c.PERSONALISE if consent.personalise else 0


def _began_s(events: Events, at_s: float) -> float:
    """Return the time of the first of events, at most 30 min before their arrival."""
    oldest_ms = events[0].age_ms if events else 0
    return at_s - min(oldest_ms / 1000, MAX_BACKDATE_S)
