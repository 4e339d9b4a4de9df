import pytest

from engage.scoring.base import Scores
from engage.scoring.detectors import DETECTORS
from engage.settings import MomentSettings
from engage.visits.session import advance
from tests.unit.scoring.sights import found, level
from tests.unit.visits.builders import (
    beacon,
    event,
    first,
    item,
    ping,
    product_visit,
    walked,
)


def looked(ids):
    """Return the session of somebody who looked at these products in turn."""
    views = [
        first(event("view_item", item=item(one)), seq=seq)
        for seq, one in enumerate(ids)
    ]
    return walked(*views).session


def test_quiet_visit():
    """Somebody who just looks is at no moment."""
    assert found(product_visit(ping())) == {}


def test_every_kind_has_a_detector():
    """Ten kinds are detected; the eleventh, `ask`, is told."""
    assert len(DETECTORS) == 10
    assert "ask" not in DETECTORS


@pytest.mark.parametrize(
    ("dwell", "expected"),
    [(0.95, "fires"), (0.94, "near"), (0.86, "near"), (0.85, "quiet"), (None, "quiet")],
)
def test_lingering(dwell, expected):
    """A product looked at longer than 95 % of comparable views."""
    scores = Scores(hesitation=0.1, dwell=dwell, intent=0.1)

    assert level("lingering", product_visit(ping(15_000)), scores=scores) == expected


@pytest.mark.parametrize(
    ("events", "page"),
    [
        ((ping(14_900),), "product"),
        ((ping(15_000),), "list"),
        ((ping(15_000), event("add_to_cart", item=item())), "product"),
    ],
)
def test_not_lingering(events, page):
    """Too short a dwell, another page or a filled cart is no lingering."""
    scores = Scores(hesitation=0.1, dwell=1.0, intent=0.1)

    assert (
        level("lingering", product_visit(*events, page=page), scores=scores) == "quiet"
    )


@pytest.mark.parametrize(
    ("active_ms", "expected"), [(8_000, "fires"), (7_200, "near"), (7_100, "quiet")]
)
def test_lingering_by_seconds(active_ms, expected):
    """With seconds set, they stand in for the score."""
    settings = MomentSettings(lingering_s=8.0)

    session = product_visit(ping(active_ms))

    assert level("lingering", session, settings=settings) == expected


@pytest.mark.parametrize(
    ("ids", "expected"), [("abab", "fires"), ("aba", "near"), ("ab", "quiet")]
)
def test_wavering_between_products(ids, expected):
    """Two returns between two products are wavering, one is a near miss."""
    assert level("wavering", looked(ids)) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((event("variant_toggle", count=3),), "fires"),
        ((event("variant_toggle", count=2),), "near"),
        ((event("variant_toggle", count=1),), "quiet"),
        ((event("variant_toggle", count=1, back=True),), "fires"),
        ((event("add_to_cart"), event("remove_from_cart")), "fires"),
    ],
)
def test_wavering_over_variants(events, expected):
    """Toggling, returning to a former value, or taking out again."""
    assert level("wavering", product_visit(*events)) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((event("rage_click"),), "fires"),
        ((event("dead_click", count=2),), "fires"),
        ((event("dead_click"),), "near"),
        ((event("error_click"), event("dead_click")), "fires"),
        ((event("field_error", count=2),), "fires"),
        ((event("field_error"),), "near"),
        ((event("field_refocus", count=3),), "fires"),
        ((event("field_refocus", count=2),), "near"),
        ((event("field_refocus", count=1),), "quiet"),
        ((event("view_search_results", results=0),), "fires"),
        ((event("view_search_results", results=1),), "quiet"),
    ],
)
def test_struggling(events, expected):
    """Clicks in vain, form errors and empty searches."""
    assert level("struggling", product_visit(*events)) == expected


@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        (event("coupon_focus"), "fires"),
        (event("coupon_failed"), "fires"),
        (event("copy_name", overlap=0.6), "fires"),
        (event("copy_name", overlap=0.5), "quiet"),
        (event("hover_cta", ms=1_500, target="price"), "fires"),
        (event("hover_cta", ms=1_350, target="shipping"), "near"),
        (event("hover_cta", ms=1_340, target="shipping"), "quiet"),
        (event("hover_cta", ms=9_000, target="cart"), "quiet"),
    ],
)
def test_price_doubt(signal, expected):
    """Coupon, copied name, or a long hover on price or shipping."""
    assert level("price_doubt", product_visit(signal)) == expected


@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        (event("exit_intent", how="top", device="desktop"), "fires"),
        (event("cursor_reversal", count=5), "near"),
        (event("cursor_reversal", count=4), "quiet"),
    ],
)
def test_leaving(signal, expected):
    """Exit intent; a restless cursor is a near miss."""
    assert level("leaving", product_visit(signal)) == expected


@pytest.mark.parametrize(
    ("hidden_ms", "expected"),
    [
        (3_000, "fires"),
        (2_700, "near"),
        (2_600, "quiet"),
        (600_000, "fires"),
        (600_001, "quiet"),
    ],
)
def test_returning_tab(hidden_ms, expected):
    """Back after three seconds to ten minutes."""
    session = product_visit(event("tab_visible", ms=hidden_ms))

    assert level("returning_tab", session) == expected


@pytest.mark.parametrize(
    ("in_stock", "expected"), [(False, "fires"), (True, "quiet"), (None, "quiet")]
)
def test_out_of_stock(in_stock, expected):
    """Only a page that says so is out of stock; there is no near miss of a fact."""
    session = product_visit(event("view_item", item=item(in_stock=in_stock)))

    assert level("out_of_stock", session) == expected


@pytest.mark.parametrize(
    ("visible_ms", "expected"), [(45_000, "fires"), (40_500, "near"), (40_000, "quiet")]
)
def test_stalled_checkout(visible_ms, expected):
    """A checkout page that has stood still for 45 seconds."""
    session = product_visit(ping(0, visible_ms=visible_ms), page="checkout")

    assert level("stalled_checkout", session) == expected


def test_checkout_that_goes_on():
    """A step starts the count anew, a step back fires at once, other pages never do."""
    wait = ping(0, visible_ms=50_000)
    step = (wait, event("add_shipping_info"))

    assert level("stalled_checkout", product_visit(*step, page="checkout")) == "quiet"
    assert level("stalled_checkout", product_visit(wait)) == "quiet"
    back = product_visit(event("checkout_back"), page="checkout")
    assert level("stalled_checkout", back) == "fires"


def paused_after(*, gap_s, idle_ms, actions=10):
    """Return a visit with a rhythm of `gap_s`, then a silence."""
    acts = [beacon(event("scroll_turn"), seq=seq) for seq in range(1, actions)]
    before = walked(first(), *acts, step_s=gap_s).session
    silence = beacon(event("idle", ms=idle_ms), seq=actions)
    at_s = before.last_at_s + idle_ms / 1000
    return advance(before, silence, at_s=at_s).session


@pytest.mark.parametrize(
    ("gap_s", "idle_ms", "expected"),
    [
        (1.0, 10_000, "fires"),
        (2.5, 11_000, "near"),
        (20.0, 10_000, "quiet"),
        (1.0, 9_900, "quiet"),
    ],
)
def test_paused(gap_s, idle_ms, expected):
    """A silence that is odd for this visitor, not for visitors as such."""
    assert level("paused", paused_after(gap_s=gap_s, idle_ms=idle_ms)) == expected


def test_pause_without_a_rhythm():
    """Who has hardly acted yet has no rhythm to interrupt."""
    assert (
        level("paused", paused_after(gap_s=1.0, idle_ms=60_000, actions=4)) == "quiet"
    )


def test_pause_that_is_over():
    """A sign of life ends the pause."""
    session = paused_after(gap_s=1.0, idle_ms=30_000)
    moved = beacon(event("scroll_turn"), seq=11)

    after = advance(session, moved, at_s=session.last_at_s + 1).session

    assert level("paused", after) == "quiet"


def test_silence_longer_than_the_time():
    """A silence claimed to be longer than the server's time is held to that time."""
    calm = paused_after(gap_s=10.0, idle_ms=10_000)
    forged = advance(
        calm, beacon(event("idle", ms=3_600_000), seq=12), at_s=calm.last_at_s
    ).session

    assert level("paused", forged) == "quiet"


@pytest.mark.parametrize(
    ("hesitation", "intent", "expected"),
    [
        (0.9, 0.01, "fires"),
        (0.82, 0.01, "near"),
        (0.80, 0.01, "quiet"),
        (1.0, 0.009, "quiet"),
    ],
)
def test_hesitating(hesitation, intent, expected):
    """The score alone, but only with intent above the floor."""
    scores = Scores(hesitation=hesitation, dwell=None, intent=intent)

    assert level("hesitating", product_visit(), scores=scores) == expected


def test_hesitating_without_interest():
    """Who saw no product is a passer-by, however likely to leave."""
    scores = Scores(hesitation=1.0, dwell=None, intent=0.5)

    assert level("hesitating", product_visit(page="content"), scores=scores) == "quiet"
