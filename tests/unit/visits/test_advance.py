import msgspec
import pytest

from engage.visits import counters as c
from engage.visits.session import (
    MOMENT_BITS,
    advance,
    begin,
    with_decision,
    with_draw,
    with_moment,
    with_near,
)
from engage.wire.beacon import decode_beacon
from tests.unit.visits.builders import (
    NOW_S,
    beacon,
    event,
    first,
    item,
    opened,
    ping,
    product_visit,
    walked,
)


def test_first_beacon():
    """The first beacon opens a session at its oldest event and is a checkpoint."""
    view = event("view_item", item=item(in_stock=True), age_ms=5_200)

    applied = opened(first(view))
    session = applied.session

    assert (applied.result, applied.checkpoint) == ("applied", True)
    assert session.started_at_s == pytest.approx(NOW_S - 5.2)
    assert (session.item_id, session.item_price_cents) == ("42", 89_900)
    assert (session.item_in_stock, session.view_index, session.funnel) == (True, 1, 1)


def test_beginning_applies_nothing():
    """`begin` knows who and where, and counts no event yet."""
    session = begin(first(), visit_index=3, orders=1, at_s=NOW_S)

    assert (session.id, session.visitor, session.page_kind) == ("s_1", "v_1", "product")
    assert (session.number(c.PAGE_VIEWS), session.visit_index) == (0, 3)


def test_beacon_off_the_wire():
    """A beacon decoded from JSON advances a session like one that was built."""
    built = first(ping(4_800))
    decoded, _ = decode_beacon(msgspec.json.encode(built))

    assert opened(decoded).session == opened(built).session


def test_redelivered_beacon():
    """A beacon that was already applied returns the very same session."""
    one = first(ping(), event("purchase", transaction_id="A-1"), event("forget"))
    once = opened(one).session

    again = advance(once, one, at_s=NOW_S + 3)

    assert again.session is once
    assert (again.result, again.purchases, again.forget) == ("duplicate", (), False)


def test_argument_is_not_touched():
    """Advancing leaves the session it was given as it was."""
    before = product_visit()
    block, cart = bytes(before.block), before.cart

    advance(
        before, beacon(event("add_to_cart", item=item()), ping(), seq=2), at_s=NOW_S
    )

    assert (before.block, before.cart) == (block, cart)


def test_late_beacon():
    """Of a late beacon only outcomes, purchases and a wish to be forgotten are used."""
    session = walked(first(), beacon(ping(), seq=3)).session
    bought = event("purchase", transaction_id="A-1")
    shown = event("action_shown", decision="d_1", token="x.y")

    late = advance(
        session,
        beacon(ping(), shown, bought, event("forget"), event("ask"), seq=1),
        at_s=NOW_S + 60,
    )

    assert (late.result, late.outcomes, late.purchases) == ("late", (shown,), (bought,))
    assert (late.forget, late.asked, late.checkpoint) == (True, False, False)
    assert late.session.block == session.block


def test_progress():
    """A full cart, a new checkout step and an order are progress; looking is not."""
    steps = [
        event("view_item", item=item()),
        event("add_to_cart", item=item()),
        event("begin_checkout"),
        event("begin_checkout"),
        event("add_shipping_info"),
        event("add_payment_info"),
        event("purchase", transaction_id="A-1"),
    ]
    applied = opened(first())
    seen = []
    for seq, step in enumerate(steps, start=1):
        applied = advance(applied.session, beacon(step, seq=seq), at_s=NOW_S + seq)
        seen.append((applied.progress, applied.session.funnel))

    assert seen == [
        (False, 1),
        (True, 2),
        (True, 3),
        (False, 3),
        (True, 4),
        (True, 5),
        (True, 6),
    ]


def test_checkout_page_without_checkout_events():
    """A checkout page reached is a step, where the shop sends no events."""
    applied = walked(first(), first(seq=1, page="checkout"))

    assert (applied.session.funnel, applied.progress) == (3, True)


@pytest.mark.parametrize("page", ["home", "list", "search", "product", "cart"])
def test_pages_that_are_no_step(page):
    """Only what a page tells of, and no page before the checkout, is a step."""
    assert opened(first(page=page)).session.funnel == 0


def test_asking():
    """`ask` is reported for this beacon only."""
    applied = opened(first(event("ask")))

    assert applied.asked
    assert not advance(applied.session, beacon(seq=1), at_s=NOW_S + 1).asked


@pytest.mark.parametrize(
    ("gpc", "explicit", "expected"),
    [
        (False, False, (True, False)),
        (True, False, (False, True)),
        (True, True, (True, False)),
    ],
)
def test_global_privacy_control(gpc, explicit, expected):
    """GPC forbids decisions unless the visitor agreed here explicitly."""
    session = opened(first(explicit=explicit), gpc=gpc).session

    assert (session.consent_personalise, session.is_gpc) == expected


def test_consent_withdrawn():
    """The newest beacon's consent holds; an older one that comes later does not."""
    session = walked(first(), beacon(seq=2, consent=(True, False))).session
    assert not session.consent_personalise

    after = advance(session, beacon(seq=1), at_s=NOW_S + 6).session
    assert not after.consent_personalise
    assert not after.is_automated


@pytest.mark.parametrize(
    ("visit_index", "orders", "customer", "segment"),
    [
        (1, 0, None, "new"),
        (2, 0, None, "returning"),
        (1, 1, None, "returning"),
        (1, 2, None, "loyal"),
        (1, 0, {"orders": 4}, "loyal"),
        (1, 4, {"type": "b2b"}, "business"),
        (1, 0, {"type": "B2B"}, "business"),
        (1, 0, {"type": "b2c"}, "new"),
    ],
)
def test_segment(visit_index, orders, customer, segment):
    """Segments come from visits, orders and what the shop says of its customer."""
    one = first(customer=customer)

    session = opened(one, visit_index=visit_index, orders=orders).session

    assert (session.segment, session.is_automated) == (segment, False)


def test_declared_bot():
    """A browser that says it is automated is a bot for the whole session."""
    session = walked(first(automated=True), beacon(seq=1)).session

    assert session.is_automated


@pytest.mark.parametrize(("views", "is_automated"), [(30, False), (31, True)])
def test_superhuman_rate(views, is_automated):
    """More than thirty page views within a minute of the clock are no person's."""
    beacons = [first(seq=seq) for seq in range(views)]
    session = walked(*beacons, at_s=NOW_S - NOW_S % 60, step_s=1.5).session

    assert session.is_automated is is_automated


def test_thirty_page_views_an_hour():
    """Many page views over a longer time are a person's."""
    beacons = [first(seq=seq) for seq in range(40)]

    assert not walked(*beacons, step_s=10).session.is_automated


def test_notes():
    """Moments, draws and decisions are noted in a new session."""
    session = product_visit()

    noted = with_near(with_moment(session, "leaving"), "paused")
    noted = with_decision(noted, "d_1", tab="t_1", seq=1, until_s=NOW_S + 60)
    noted = with_draw(noted, at_s=NOW_S)

    assert noted.moments_seen == MOMENT_BITS["leaving"]
    assert noted.near_seen == MOMENT_BITS["paused"]
    assert (noted.decision_id, noted.decision.seq) == ("d_1", 1)
    assert (noted.last_draw_at_s, session.last_draw_at_s) == (NOW_S, None)


def test_notes_outlive_beacons_but_moments_end_with_the_page():
    """A draw holds for the session, a settled moment for its page view."""
    noted = with_draw(with_moment(product_visit(), "leaving"), at_s=NOW_S)

    same = advance(noted, beacon(ping(), seq=2), at_s=NOW_S + 10).session
    other = advance(noted, first(seq=2), at_s=NOW_S + 10).session

    assert same.moments_seen == MOMENT_BITS["leaving"]
    assert (other.moments_seen, other.last_draw_at_s) == (0, NOW_S)
