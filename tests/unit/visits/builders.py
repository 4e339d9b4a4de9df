"""Builders of beacons and sessions; what a test does not name is ordinary."""

from engage.visits.session import Applied, Session, advance, begin
from engage.wire.beacon import Beacon, Consent, Customer, Event, Item, Page

NOW_S = 1_763_720_100.0
STEP_S = 5.0


def item(item_id="42", *, price=899.0, category="guitars", **more):
    """Return a product as a page tells it."""
    return Item(item_id=item_id, price=price, item_category=category, **more)


def event(name, **fields):
    """Return an event; `item` is put where the wire puts it."""
    one = fields.pop("item", None)
    items = fields.pop("items", (one,) if one is not None else ())
    return Event(name=name, items=items, **fields)


def ping(active_ms=5_000, **fields):
    """Return a ping."""
    return Event(name="ping", active_ms=active_ms, **fields)


def beacon(*events, seq=0, tab="t_1", page="product", consent=(True, True), **more):
    """Return a beacon of one visitor; `consent` is (measure, personalise)."""
    customer = more.pop("customer", None)
    explicit = more.pop("explicit", False)
    return Beacon(
        v=1,
        site="pk_demo",
        visitor="v_1",
        session="s_1",
        tab=tab,
        seq=seq,
        consent=Consent(measure=consent[0], personalise=consent[1], explicit=explicit),
        page=Page(kind=page, locale="de"),
        customer=None if customer is None else Customer(**customer),
        events=events,
        **more,
    )


def first(*events, **more):
    """Return the first beacon of a page load, its page view in front."""
    return beacon(event("page_view"), *events, **more)


def opened(one, *, at_s=NOW_S, visit_index=1, orders=0, gpc=False) -> Applied:
    """Return what the first beacon of a session gave."""
    session = begin(one, visit_index=visit_index, orders=orders, at_s=at_s, gpc=gpc)
    return advance(session, one, at_s=at_s, gpc=gpc)


def walked(*beacons, at_s=NOW_S, step_s=STEP_S, **more) -> Applied:
    """Return what the last of several beacons gave, one each `step_s`."""
    applied = opened(beacons[0], at_s=at_s, **more)
    for number, one in enumerate(beacons[1:], start=1):
        applied = advance(applied.session, one, at_s=at_s + number * step_s)
    return applied


def product_visit(*events, page="product", **more) -> Session:
    """Return a session looking at product 42, after `events` five seconds later."""
    shown = (event("view_item", item=item()),) if page == "product" else ()
    return walked(
        first(*shown, page=page), beacon(*events, seq=1, page=page, **more)
    ).session
