from engage.visits import counters as c
from engage.visits.session import advance
from tests.unit.visits.builders import (
    NOW_S,
    beacon,
    event,
    first,
    item,
    ping,
    walked,
)


def test_page_view_ends_the_one_before():
    """A page view reports the one before, with the dwell of a ping before it."""
    ahead = (ping(20_000, visible_ms=24_000), event("page_view"))
    applied = walked(
        first(event("view_item", item=item())),
        beacon(*ahead, event("view_item", item=item("43")), seq=1),
        step_s=30,
    )
    (left,) = applied.left

    assert (left.item_id, left.active_s, left.visible_s) == ("42", 20.0, 24.0)
    assert (left.category, left.price_band, left.view_index) == ("guitars", 5, 1)
    assert (applied.session.item_id, applied.session.view_active_s) == ("43", 0.0)
    assert applied.checkpoint


def test_events_are_taken_oldest_first():
    """Events of one beacon count in the order of their ages."""
    applied = walked(
        first(event("view_item", item=item())),
        beacon(
            ping(1_000, age_ms=0),
            event("page_view", age_ms=2_000),
            ping(4_000, age_ms=3_000),
            seq=1,
        ),
    )

    assert applied.left[0].active_s == 4.0
    assert applied.session.view_active_s == 1.0


def test_new_page_without_a_page_view():
    """Another kind of page is another page view, even if nobody says so."""
    applied = walked(first(), beacon(ping(), seq=1, page="cart"))

    assert (applied.session.page_kind, applied.session.view_index) == ("cart", 2)
    assert len(applied.left) == 1


def test_another_product_without_a_page_view():
    """A second product on a page begins a page view of its own."""
    applied = walked(
        first(event("view_item", item=item())),
        beacon(event("view_item", item=item("43")), seq=1),
    )

    assert (applied.session.item_id, applied.session.view_index) == ("43", 2)


def test_dwell_is_held_to_the_servers_clock():
    """Active time never exceeds the time that passed here, but for a small slack."""
    session = walked(first(), beacon(ping(3_600_000), seq=1)).session

    assert session.view_active_s == 20.0
    assert session.active_s == 20.0


def test_server_clock_steps_back():
    """A clock that steps back stands still for the session; nothing gets negative."""
    session = walked(first(), beacon(ping(), seq=1), beacon(ping(), seq=2)).session

    after = advance(session, beacon(ping(), seq=3), at_s=NOW_S - 300).session

    assert after.last_at_s == session.last_at_s
    assert after.view_active_s == 15.0


def test_minute_of_activity():
    """Each full minute of active time is a checkpoint."""
    beacons = [first(), *(beacon(ping(), seq=seq) for seq in range(1, 13))]

    assert not walked(*beacons[:-1]).checkpoint
    assert walked(*beacons).checkpoint


def test_reordered_within_a_page_view():
    """Pings of one page view may swap places."""
    pings = [beacon(ping(1_000 * seq), seq=seq) for seq in (1, 2, 3)]

    swapped = walked(first(), pings[2], pings[0], pings[1]).session

    assert swapped.view_active_s == walked(first(), *pings).session.view_active_s == 6.0


def test_straggler_of_an_earlier_page():
    """A beacon of a page already left counts for the session, not for the page."""
    new = beacon(event("page_view"), event("view_item", item=item("43")), seq=2)
    straggler = beacon(ping(), event("view_item", item=item("9")), seq=1)

    session = walked(first(event("view_item", item=item())), new, straggler).session

    assert (session.item_id, session.view_active_s, session.active_s) == (
        "43",
        0.0,
        5.0,
    )
    assert session.number(c.PRODUCT_VIEWS) == 3


def test_straggler_that_tells_of_then():
    """Its cart, its card and its return are those of a page already left."""
    card = event("action_shown", decision="d_1", token="x.y")
    cart = event("view_cart", items=(item("b", price=3.0),))
    old = event("view_cart", items=(item("a", price=1.0),))
    straggler = beacon(old, event("tab_visible", ms=60_000), card, seq=1)

    session = walked(
        first(), beacon(event("page_view"), cart, seq=2), straggler
    ).session

    assert (session.cart_cents, session.shown_count) == (300, 1)
    assert session.number(c.HERE_RETURN_MS) == session.number(c.HERE_SHOWN_MS) == 0


def test_return_to_a_parallel_tab():
    """Coming back to another tab shows its product again, with its dwell."""
    session = walked(
        first(event("view_item", item=item()), ping(3_000)),
        first(event("view_item", item=item("43")), tab="t_2"),
        beacon(ping(2_000), seq=1),
    ).session

    assert (session.item_id, session.view_active_s, session.view_index) == (
        "42",
        5.0,
        1,
    )


def test_return_from_the_back_forward_cache():
    """A page that comes back begins a new view and still knows its product."""
    applied = walked(
        first(event("view_item", item=item()), ping(3_000)),
        first(tab="t_2", page="list"),
        beacon(event("page_view"), seq=1),
    )

    assert (applied.session.item_id, applied.session.view_active_s) == ("42", 0.0)
    assert [view.item_id for view in applied.left] == ["42"]


def test_last_words_of_a_page_just_left():
    """A beacon that ends hidden does not bring its page back on stage."""
    session = walked(
        first(event("view_item", item=item())),
        first(event("view_item", item=item("43")), tab="t_2"),
        beacon(ping(4_000), event("tab_hidden"), seq=1),
    ).session

    assert session.item_id == "43"
    back = advance(session, beacon(ping(1_000), seq=2), at_s=NOW_S + 20).session
    assert (back.item_id, back.view_active_s) == ("42", 5.0)


def test_page_that_is_hidden_at_once():
    """A page that is opened and hidden in one beacon was seen all the same."""
    session = walked(
        first(event("view_item", item=item())),
        first(event("view_item", item=item("43")), event("tab_hidden"), tab="t_2"),
    ).session

    assert (session.item_id, session.view_index) == ("43", 2)


def test_third_tab_ends_the_first():
    """Only one page is kept aside; the page before it is reported as left."""
    applied = walked(
        first(event("view_item", item=item())),
        first(tab="t_2"),
        first(tab="t_3"),
    )

    assert [view.item_id for view in applied.left] == ["42"]


def test_device():
    """A cursor tells a desktop, an exit intent tells either; before, nobody knows."""
    cursor = walked(first(event("cursor_reversal", count=1))).session
    touch = walked(first(event("exit_intent", device="phone", how="scroll"))).session

    devices = [walked(first()).session.device, cursor.device, touch.device]
    assert devices == ["unknown", "desktop", "phone"]
