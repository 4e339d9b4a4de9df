import pytest

from engage.visits.features import FEATURES, NAMES, describe
from engage.visits.reducers import REDUCERS
from tests.unit.visits.builders import (
    NOW_S,
    beacon,
    event,
    first,
    item,
    ping,
    product_visit,
    walked,
)


def features(session, at_s=None):
    """Return the features of a session by name."""
    at_s = session.last_at_s if at_s is None else at_s
    return dict(zip(NAMES, describe(session, at_s=at_s).tolist(), strict=True))


SIGNALS = [
    ("active_s", (ping(5_000), ping(3_000)), 8.0),
    ("page_views", (event("page_view"),), 2),
    ("product_views", (event("view_item", item=item("7")),), 2),
    ("list_views", (event("view_item_list"), event("select_item")), 2),
    ("searches", (event("view_search_results", results=3),), 1),
    ("zero_results", (event("view_search_results", results=0),), 1),
    ("scroll_deepest", (ping(scroll=0.6), ping(scroll=0.2)), 0.6),
    ("scroll_turns", (event("scroll_turn", count=3),), 3),
    ("hover_cart_s", (event("hover_cta", ms=1_500, target="cart"),), 1.5),
    ("hover_cart_s", (event("hover_cta", ms=500, target="checkout"),), 0.5),
    ("hover_price_s", (event("hover_cta", ms=900, target="shipping"),), 0.9),
    ("hover_size_s", (event("hover_cta", ms=800, target="size"),), 0.8),
    ("hover_entries", (event("hover_cta", ms=1, target="other", entries=4),), 4),
    ("reversals", (event("cursor_reversal", count=5),), 5),
    ("rage_clicks", (event("rage_click"),), 1),
    ("dead_clicks", (event("dead_click", count=2),), 2),
    ("error_clicks", (event("error_click"),), 1),
    ("toggles", (event("variant_toggle", count=3),), 3),
    ("toggle_backs", (event("variant_toggle", count=3, back=True),), 1),
    ("tab_hides", (event("tab_hidden"), event("tab_visible", ms=10)), 1),
    ("copies", (event("copy_name", overlap=0.6), event("copy_name", overlap=0.5)), 1),
    ("coupon_touches", (event("coupon_focus"), event("coupon_failed", count=2)), 3),
    ("refocuses", (event("field_refocus", count=3),), 3),
    ("field_errors", (event("field_error"),), 1),
    ("quick_backs", (event("quick_back", ms=900),), 1),
    ("longest_idle_s", (event("idle", ms=10_000), event("idle", ms=30_000)), 30.0),
    ("exits", (event("exit_intent", how="top"),), 1),
    ("adds", (event("add_to_cart", item=item()),), 1),
    ("removes", (event("remove_from_cart", item=item()),), 1),
    ("wishes", (event("add_to_wishlist", item=item()),), 1),
    ("checkout_backs", (event("checkout_back", step=2),), 1),
    ("cart_eur", (event("add_to_cart", item=item(quantity=2)),), 1_798.0),
    ("funnel", (event("begin_checkout"),), 3),
    ("view_active_s", (ping(4_000),), 4.0),
    ("view_scroll", (ping(scroll=0.25),), 0.25),
    ("price_eur", (), 899.0),
    ("is_out_of_stock", (event("view_item", item=item(in_stock=False)),), 1),
    ("is_out_of_stock", (event("view_item", item=item(in_stock=True)),), 0),
    ("on_product", (), 1),
    ("is_phone", (event("exit_intent", device="phone"),), 1),
    ("is_phone", (event("exit_intent", device="desktop"),), 0),
    ("orders", (), 0),
    ("visit_index", (), 1),
]


@pytest.mark.parametrize(("name", "events", "expected"), SIGNALS)
def test_signal(name, events, expected):
    """Each signal moves its feature by what it says."""
    assert features(product_visit(*events))[name] == pytest.approx(expected)


def test_every_feature_is_moved_by_a_test():
    """No feature of the table goes untested."""
    elsewhere = {
        "elapsed_s",
        "distinct_products",
        "category_run",
        "alternations",
        "previous_view_s",
        "on_cart",
        "on_checkout",
        "rhythm_z",
        "is_business",
    }

    assert {name for name, *_ in SIGNALS} | elsewhere == {f.name for f in FEATURES}


def looked(*ids, step_s=30.0, category="guitars"):
    """Return the session of somebody who looked at these products in turn."""
    views = [
        first(event("view_item", item=item(one, category=category)), seq=seq)
        for seq, one in enumerate(ids)
    ]
    return walked(*views, step_s=step_s).session


@pytest.mark.parametrize(
    ("category", "key"),
    [
        (" Guitars ", "guitars"),
        ("Bu\u0308ro", "büro"),
        ("Arts > Hobbies > " + 9 * "Something > " + "Guitars", "> guitars"),
    ],
)
def test_category_key(category, key):
    """A category is a short key, however it is written; of a path the end is kept."""
    found = looked("a", category=category).item_category

    assert found.endswith(key)
    assert len(found) <= 64


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ("abc", 0),
        ("aba", 3),
        ("abab", 4),
        ("cabab", 4),
        ("aabbab", 4),
        ("ababababab", 8),
    ],
)
def test_oscillation(ids, expected):
    """Alternating between two products is counted; reloads are no looks."""
    assert features(looked(*ids))["alternations"] == expected


def test_slow_oscillation():
    """What took longer than ten minutes is no oscillation."""
    assert features(looked(*"abab", step_s=201.0))["alternations"] == 3


@pytest.mark.parametrize("count", [1, 5, 20])
def test_distinct_products(count):
    """Distinct products are estimated within a fifth, whatever their order."""
    ids = [f"p{n}" for n in range(count)]

    estimate = features(looked(*ids, *ids))["distinct_products"]

    assert estimate == pytest.approx(count, rel=0.2)


def test_category_run():
    """Products in a row of one category are counted until another comes."""
    views = [
        ("a", "shoes"),
        ("b", "shoes"),
        ("c", "bags"),
        ("d", "bags"),
        ("e", "Bags "),
    ]
    beacons = [
        first(event("view_item", item=item(one, category=category)), seq=seq)
        for seq, (one, category) in enumerate(views)
    ]

    assert features(walked(*beacons).session)["category_run"] == 3


def test_pages_and_customer():
    """Page kind and customer are flags."""
    cart = features(product_visit(page="cart"))
    payment = features(product_visit(page="payment"))
    company = walked(first(customer={"type": "b2b"})).session

    assert (cart["on_cart"], cart["on_product"]) == (1, 0)
    assert (payment["on_checkout"], features(company)["is_business"]) == (1, 1)


def test_previous_view():
    """The dwell of the page view before the present one stays known."""
    session = walked(first(), beacon(ping(4_000), event("page_view"), seq=1)).session

    assert features(session)["previous_view_s"] == 4.0


def test_time_passes():
    """Elapsed time counts on between beacons."""
    assert features(product_visit(), at_s=NOW_S + 65)["elapsed_s"] == pytest.approx(65)


def test_rhythm_is_the_visitors_own():
    """The same pause surprises after quick actions and not after slow ones."""
    quick = [beacon(event("scroll_turn"), seq=seq) for seq in range(1, 12)]
    hasty = walked(first(), *quick, step_s=1.0).session
    calm = walked(first(), *quick, step_s=40.0).session

    hurried = features(hasty, at_s=hasty.last_at_s + 30)["rhythm_z"]
    settled = features(calm, at_s=calm.last_at_s + 30)["rhythm_z"]

    assert hurried > 4
    assert abs(settled) < 1


def test_list_page_knows_its_category():
    """A list's first product tells the category of the page."""
    listed = event("view_item_list", items=(item("1", category="Shoes"), item("2")))

    assert walked(first(listed, page="list")).session.item_category == "shoes"


def test_list_on_a_product_page():
    """What a page lists beside its product does not change its category."""
    listed = event("view_item_list", items=(item("1", category="Shoes"),))

    assert product_visit(listed).item_category == "guitars"


@pytest.mark.parametrize("name", sorted(REDUCERS))
def test_events_without_fields(name):
    """What a page leaves out of an event counts as nothing."""
    session = product_visit(event(name))

    assert session.active_s == 0.0
    assert features(session)["longest_idle_s"] == 0.0


def test_cart_lines():
    """Lines add up by product, shrink, vanish, and hold twenty at most."""
    many = tuple(item(f"p{n}", price=1.0) for n in range(20))
    session = product_visit(
        event("add_to_cart", item=item("a", price=2.5, quantity=2)),
        event("add_to_cart", item=item("a", price=None)),
        event("remove_from_cart", item=item("a")),
        event("add_to_cart", item=item("b", price=1.0)),
        event("remove_from_cart", item=item("b", quantity=9)),
        event("remove_from_cart", item=item("never")),
        event("add_to_cart", items=many),
    )

    assert (session.cart[0].quantity, session.cart[0].price_cents) == (2, 250)
    assert (len(session.cart), session.cart_cents) == (20, 500 + 19 * 100)


def test_shop_lists_the_cart():
    """What the shop lists is the cart; an order or a worthless list empties it."""
    added = event("add_to_cart", item=item("a"))
    listed = event("view_cart", items=(item("b", price=3.0),))
    bought = event("purchase", transaction_id="A-1")

    assert product_visit(added, listed).cart_cents == 300
    assert product_visit(added, event("begin_checkout", items=())).cart_cents == 89_900
    assert product_visit(added, bought).cart == ()
    assert product_visit(added, event("view_cart")).cart_cents == 89_900
    assert product_visit(added, event("view_cart", value=0.0)).cart == ()


def test_first_card_censors_the_view():
    """A page view is censored where the first card was shown in it."""
    card = event("action_shown", decision="d_1", token="x.y")
    applied = walked(
        first(ping(3_000)),
        beacon(card, seq=1),
        beacon(ping(2_000), card, event("page_view"), seq=2),
    )

    assert applied.left[0].censored_at_s == 3.0
    assert applied.session.shown_count == 2
