import math
from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engage.visits.block import packed
from engage.visits.features import FEATURES, NAMES, describe
from engage.visits.session import advance, begin, from_bytes, open_views, to_bytes
from engage.wire.beacon import EVENT_NAMES, Beacon, Consent, Customer, Event, Item, Page

START_S = 1_763_720_100.0
STEP_S = 1.0
COMMUTATIVE = np.array([feature.commutative for feature in FEATURES])

ITEMS = st.lists(
    st.builds(
        Item,
        item_id=st.sampled_from("abcdef"),
        price=st.one_of(st.none(), st.floats(0, 1e7)),
        quantity=st.one_of(st.none(), st.floats(1, 1e5)),
        item_category=st.one_of(st.none(), st.sampled_from(["guitars", "Shoes", ""])),
        in_stock=st.one_of(st.none(), st.booleans()),
    ),
    max_size=3,
).map(tuple)
MS = st.one_of(st.none(), st.integers(0, 86_400_000), st.floats(0, 86_400_000))
COUNTS = st.one_of(st.none(), st.integers(0, 10_000))
SHARES = st.one_of(st.none(), st.floats(0, 1))


def events(*, ages, active_ms):
    """Return any event the contract allows."""
    return st.builds(
        Event,
        name=st.sampled_from(sorted(EVENT_NAMES)),
        age_ms=ages,
        items=ITEMS,
        results=st.one_of(st.none(), st.integers(0, 3)),
        active_ms=st.one_of(st.none(), active_ms),
        visible_ms=st.one_of(st.none(), active_ms),
        scroll=SHARES,
        ms=MS,
        target=st.sampled_from(["cart", "price", "shipping", "size", "other", None]),
        entries=COUNTS,
        count=COUNTS,
        back=st.one_of(st.none(), st.booleans()),
        overlap=SHARES,
        device=st.sampled_from(["desktop", "phone", None]),
    )


def beacons(*, ages, active_ms, max_events=6):
    """Return any beacon but its number, of one of three tabs."""
    kinds = ["home", "list", "product", "cart", "checkout", "payment", "other"]
    return st.builds(
        dict,
        tab=st.sampled_from(["t1", "t2", "t3"]),
        page=st.builds(Page, kind=st.sampled_from(kinds)),
        events=st.lists(
            events(ages=ages, active_ms=active_ms), max_size=max_events
        ).map(tuple),
        customer=st.one_of(
            st.none(),
            st.builds(
                Customer, type=st.sampled_from(["b2b", None]), orders=st.integers(0, 9)
            ),
        ),
    )


MILD = beacons(ages=st.integers(0, 1_000), active_ms=st.integers(0, 900))
WILD = beacons(ages=MS.map(lambda ms: ms or 0), active_ms=st.integers(0, 3_600_000))


def numbered(drafts):
    """Return beacons with numbers that count up in each tab."""
    made, tops = [], {}
    for draft in drafts:
        seq = tops[draft["tab"]] = tops.get(draft["tab"], -1) + 1
        made.append(
            Beacon(
                v=1,
                site="pk",
                visitor="v",
                session="s",
                seq=seq,
                consent=Consent(measure=True, personalise=True),
                **draft,
            )
        )
    return made


def walk(arrivals):
    """Return the session after (beacon, at_s) in this order, and the results."""
    first, at_s = arrivals[0]
    session = begin(first, visit_index=1, orders=0, at_s=at_s)
    results = []
    for one, at_s in arrivals:
        applied = advance(session, one, at_s=at_s)
        session = applied.session
        results.append(applied.result)
    return session, results


def in_order(made):
    """Return beacons with their arrival, one each second."""
    return [(one, START_S + STEP_S * index) for index, one in enumerate(made)]


@st.composite
def shuffled_visits(draw_):
    """A visit of at most nine seconds, and the same beacons in any other order."""
    made = numbered(draw_(st.lists(MILD, min_size=1, max_size=9)))
    return made, draw_(st.permutations(made))


@settings(deadline=None)  # the machine may be busy
@given(shuffled_visits())
def test_reordering(visit):
    """Within ten seconds any order gives the same commutative features."""
    made, shuffled = visit
    at_s = START_S + 60

    straight, _ = walk(in_order(made))
    mixed, results = walk(in_order(shuffled))

    assert set(results) == {"applied"}
    expected, actual = describe(straight, at_s=at_s), describe(mixed, at_s=at_s)
    different = [
        name
        for name, same, one, other in zip(
            NAMES, COMMUTATIVE, expected, actual, strict=True
        )
        if same and one != other
    ]
    assert different == []


def page(*events, tab="t1", kind="product"):
    """Return what a page load sends."""
    return {
        "tab": tab,
        "page": Page(kind=kind),
        "events": (Event(name="page_view"), *events),
    }


def looks_at(item_id, **facts):
    """Return the view of a product."""
    return Event(name="view_item", items=(Item(item_id=item_id, **facts),))


PAIR = (Item(item_id="a", price=5.0),)
SCRIPT = numbered(
    [
        page(looks_at("a"), Event(name="add_to_cart", items=PAIR)),
        page(looks_at("b"), Event(name="remove_from_cart", items=PAIR)),
        page(looks_at("a"), Event(name="ping", active_ms=400)),
        page(
            looks_at("b", price=9.0, in_stock=False),
            Event(name="ping", active_ms=300, scroll=0.3, age_ms=900),
        ),
        page(kind="cart", tab="t2"),
        page(kind="checkout", tab="t3"),
    ]
)


def test_order_matters_where_the_table_says_so():
    """Over all orders of one visit exactly the rows called not commutative differ."""
    at_s = START_S + 60
    vectors = [
        describe(walk(in_order(order))[0], at_s=at_s) for order in permutations(SCRIPT)
    ]

    differs = np.ptp(vectors, axis=0) > 0

    assert [n for n, yes in zip(NAMES, differs, strict=True) if yes] == [
        n for n, yes in zip(NAMES, COMMUTATIVE, strict=True) if not yes
    ]


@settings(deadline=None)  # the machine may be busy
@given(st.lists(WILD, min_size=1, max_size=8), st.data())
def test_duplicates(drafts, data):
    """However often beacons come again, the session is byte for byte the same."""
    arrivals = in_order(numbered(drafts))
    once, _ = walk(arrivals)

    repeated = []
    for index, arrival in enumerate(arrivals):
        again = data.draw(st.lists(st.sampled_from(arrivals[: index + 1]), max_size=3))
        repeated += [arrival, *((one, arrival[1]) for one, _ in again)]
    twice, results = walk(repeated)

    assert to_bytes(twice) == to_bytes(once)
    assert results.count("duplicate") == len(repeated) - len(arrivals)


CLOCKS = st.lists(st.floats(-3e7, 3e7), min_size=8, max_size=8)


@settings(deadline=None)  # the machine may be busy
@given(st.lists(WILD, min_size=1, max_size=8), CLOCKS)
def test_any_beacons_under_any_clock(drafts, skews):
    """Whatever is sent, and however the clock jumps, every number stays in bounds."""
    arrivals = [
        (one, START_S + skew)
        for one, skew in zip(numbered(drafts), skews, strict=False)
    ]
    session, _ = walk(arrivals)

    vector = describe(session, at_s=session.last_at_s)

    assert all(
        math.isfinite(x) and f.low <= x <= f.high
        for f, x in zip(FEATURES, vector, strict=True)
    )
    assert all(0 <= view.active_s <= view.visible_s for view in open_views(session))
    assert from_bytes(to_bytes(session)) == session


@settings(deadline=None)  # the machine may be busy
@given(st.lists(WILD, min_size=2, max_size=6))
def test_purity(drafts):
    """Advancing twice from one session gives one result and leaves the session."""
    arrivals = in_order(numbered(drafts))
    session, _ = walk(arrivals[:-1])
    before = to_bytes(session)
    last, at_s = arrivals[-1]

    one = advance(session, last, at_s=at_s)
    again = advance(session, last, at_s=at_s)

    # Before the first draw its time is NaN, which equals nothing: the block tells.
    assert replace(again, times=one.times) == one
    assert packed(again.numbers, again.times) == one.session.block
    assert to_bytes(session) == before


@settings(max_examples=30, deadline=None)
@given(st.lists(WILD, min_size=1, max_size=40))
def test_bounds_of_memory(drafts):
    """A session stays small however long it goes on."""
    session, _ = walk(in_order(numbered(drafts)))

    assert len(session.recent_items) <= 8
    assert len(session.cart) <= 20
    assert len(session.bought) <= 20
    assert len(session.tabs) <= 64
    assert len(session.skips) <= 8
    assert len(to_bytes(session)) < 2_048
