import pytest

from engage.interventions.catalogue import MAX_LOOK, Catalogue
from engage.interventions.coview import CoView
from engage.interventions.slate import suggest
from engage.wire.beacon import Event
from tests.unit.interventions.builders import NOW_S, added, feed_item, item, visit


def stocked(*items):
    """Return a catalogue of these products."""
    catalogue = Catalogue()
    for each in items:
        catalogue.put(each, at_s=NOW_S)
    return catalogue


def seen_together(*pairs):
    """Return a learner that saw these pairs of products."""
    learner = CoView()
    for first, second in pairs:
        learner.learn([first], second, at_s=NOW_S)
    return learner


def proposed(session, catalogue, learner=None, *, count=3):
    """Return the ids proposed, and whether all that fits is sold out."""
    slate = suggest(
        session,
        learner=learner or CoView(),
        catalogue=catalogue,
        count=count,
        at_s=NOW_S,
    )
    return [one.item_id for one in slate.items], slate.is_sold_out


def test_compared_first():
    """What others compared comes before what merely costs as much."""
    catalogue = stocked(*(feed_item(name) for name in ("42", "a", "b")))

    assert proposed(visit(), catalogue, seen_together(("42", "b"))) == (
        ["b", "a"],
        False,
    )


def test_cold_start():
    """Where nothing is learned, the nearest prices of the category are proposed."""
    prices = {"42": 89_900, "a": 20_000, "b": 95_000, "c": 70_000, "d": 300_000}
    catalogue = stocked(*(feed_item(n, price_cents=c) for n, c in prices.items()))

    assert proposed(visit(), catalogue) == (["b", "c", "d"], False)


def test_what_is_left_out_makes_room():
    """What cannot be bought makes room for the next, and no more than wanted come."""
    names = ("42", "a", "b", "c", "d")
    gone = feed_item("a", stock="out_of_stock")
    catalogue = stocked(*map(feed_item, names), gone)
    pairs = [("42", name) for name in ("a", "a", "a", "b", "b", "c")]
    learner = seen_together(*pairs)

    assert proposed(visit(), catalogue, learner, count=1) == (["b"], False)
    assert proposed(visit(), catalogue, learner, count=2) == (["b", "c"], False)


def test_never_out_of_stock():
    """What cannot be bought now is not proposed, however well it fits."""
    catalogue = stocked(feed_item("42"), feed_item("a", stock="out_of_stock"))

    assert proposed(visit(), catalogue, seen_together(("42", "a"))) == ([], True)


def test_what_goes_with_it_is_gone():
    """It is sold out, whatever its category; what no catalogue has is not."""
    bag = feed_item("bag", category="bags", stock="out_of_stock")
    catalogue = stocked(feed_item("42"), bag)

    assert proposed(visit(), catalogue, seen_together(("42", "bag"))) == ([], True)
    assert proposed(visit(), catalogue, seen_together(("42", "a"))) == ([], False)


def test_stock_told_by_a_page():
    """A page's newer word that a product is gone takes it off the slate."""
    catalogue = stocked(feed_item("42"), feed_item("a"))
    catalogue.observe(item("a", in_stock=False), at_s=NOW_S)

    assert proposed(visit(), catalogue) == ([], True)


@pytest.mark.parametrize(("stock", "best"), [("in_stock", "bag"), ("preorder", "a")])
def test_stock_told_by_the_feed(stock, best):
    """What goes with a product comes first; if it is gone, what replaces it."""
    shown = feed_item("42", stock=stock)
    catalogue = stocked(shown, feed_item("a"), feed_item("bag", category="bags"))
    learner = seen_together(("42", "bag"), ("42", "bag"), ("42", "a"))

    assert proposed(visit(), catalogue, learner, count=1) == ([best], False)


def test_nothing_known():
    """Without anything that fits nothing is proposed, and nothing is sold out."""
    assert proposed(visit(), stocked(feed_item("42"))) == ([], False)
    assert proposed(visit(page="home"), stocked(feed_item("42"))) == ([], False)


def test_never_what_is_known_already():
    """Neither the product itself nor those seen or in the cart are proposed."""
    catalogue = stocked(*(feed_item(name) for name in ("42", "7", "41", "a")))
    session = visit(
        Event(name="view_item", items=(item("41"),)),
        added("7"),
        Event(name="view_item", items=(item("42"),)),
    )
    learner = seen_together(("42", "7"), ("42", "41"), ("41", "42"), ("7", "a"))

    assert proposed(session, catalogue, learner)[0] == ["a"]


def test_never_what_was_just_bought():
    """What an order took out of the cart is not proposed after it."""
    catalogue = stocked(*(feed_item(name) for name in ("42", "7", "a")))
    session = visit(added("7"), Event(name="purchase", transaction_id="A-1"))

    assert proposed(session, catalogue)[0] == ["a"]


@pytest.mark.parametrize("learner", [CoView(), seen_together(("shirt-s", "shirt-l"))])
def test_a_size_is_no_alternative(learner):
    """Neither learned nor by price is another size of the same shirt proposed."""
    sizes = [feed_item(f"shirt-{n}", item_group="shirt") for n in "sml"]
    catalogue = stocked(*sizes, feed_item("a"))

    assert proposed(visit(shown=item("shirt-s")), catalogue, learner) == (["a"], False)


def test_page_that_names_the_group():
    """A page may tell the shirt where the feed tells its sizes."""
    sizes = [feed_item(f"shirt-{n}", item_group="shirt") for n in "sml"]
    catalogue = stocked(*sizes, feed_item("a"))
    shirt = visit(shown=item("shirt"))
    catalogue.observe(item("shirt"), at_s=NOW_S)

    assert proposed(shirt, catalogue)[0] == ["a"]


@pytest.mark.parametrize("learner", [CoView(), seen_together(("42", "m"), ("42", "l"))])
def test_one_of_its_sizes(learner):
    """Of a shirt one size is proposed, and the next place goes to something else."""
    sizes = [feed_item(name, item_group="shirt") for name in "lm"]
    catalogue = stocked(feed_item("42"), *sizes, feed_item("z"))

    assert proposed(visit(), catalogue, learner, count=2)[0] in (["l", "z"], ["m", "z"])


def test_sizes_of_what_is_shown_do_not_count():
    """Alternatives are found beyond more sizes than are looked at of other products."""
    sizes = [feed_item(f"s{n}", item_group="shirt") for n in range(MAX_LOOK + 1)]
    catalogue = stocked(*sizes, feed_item("a", price_cents=99_900))

    assert proposed(visit(shown=item("s0")), catalogue) == (["a"], False)


def test_sizes_are_not_sold_out_alternatives():
    """Sizes of the shirt on the page are nothing that would fit if it were there."""
    sizes = [feed_item(name, item_group="shirt") for name in ("42", "m")]

    assert proposed(visit(), stocked(*sizes)) == ([], False)


def test_replacement_for_what_is_sold_out():
    """For a product that is gone, its own category comes before what goes with it."""
    catalogue = stocked(
        feed_item("42", stock="out_of_stock"),
        feed_item("amp", category="amps"),
        feed_item("a"),
    )
    learner = seen_together(("42", "amp"), ("42", "amp"), ("42", "a"))
    there, gone = (visit(shown=item("42", in_stock=one)) for one in (True, False))

    assert proposed(gone, catalogue, learner, count=1)[0] == ["a"]
    assert proposed(there, catalogue, learner, count=1)[0] == ["amp"]


def test_replacement_by_the_words_of_the_feed():
    """Feeds and pages call categories by other names; the feed's are compared."""
    catalogue = stocked(
        feed_item("42", category="acoustic"),
        feed_item("amp", category="amps"),
        feed_item("a", category="acoustic"),
    )
    learner = seen_together(("42", "amp"), ("42", "amp"), ("42", "a"))
    gone = visit(shown=item("42", category="Music", in_stock=False))

    assert proposed(gone, catalogue, learner, count=1)[0] == ["a"]


def test_replacement_where_only_the_feed_says_that_it_is_gone():
    """A page need not say what the shop's server has said; if it does, it counts."""
    catalogue = stocked(
        feed_item("42", stock="out_of_stock"),
        feed_item("amp", category="amps"),
        feed_item("a"),
    )
    learner = seen_together(("42", "amp"), ("42", "amp"), ("42", "a"))
    silent, there = visit(), visit(shown=item("42", in_stock=True))

    assert proposed(silent, catalogue, learner, count=1)[0] == ["a"]
    assert proposed(there, catalogue, learner, count=1)[0] == ["amp"]


def test_replacement_before_what_goes_with_it():
    """Its own category comes first even where nobody has compared within it yet."""
    catalogue = stocked(
        feed_item("42", stock="out_of_stock"),
        *(feed_item(name, category="amps") for name in ("amp", "bass-amp")),
        feed_item("a"),
    )
    learner = seen_together(("42", "amp"), ("42", "bass-amp"))

    assert proposed(visit(), catalogue, learner, count=2)[0] == ["a", "amp"]


def test_more_replacements_than_wanted():
    """Of many of its category the best are proposed, and no more than wanted."""
    names = [f"i{number}" for number in range(6)]
    catalogue = stocked(*map(feed_item, ("42", *names)))
    gone = visit(shown=item("42", in_stock=False))
    learner = seen_together(*(("42", name) for name in names))

    assert len(proposed(gone, catalogue, learner, count=2)[0]) == 2


def test_from_the_cart():
    """On the cart page, what fits the cart is proposed."""
    catalogue = stocked(feed_item("7"), feed_item("a"))
    session = visit(added("7"), page="cart")

    assert proposed(session, catalogue)[0] == ["a"]


def test_count():
    """Never more than wanted are proposed, and none twice."""
    catalogue = stocked(*(feed_item(f"i{n}") for n in range(9)), feed_item("42"))
    learner = seen_together(("42", "i0"), ("42", "i1"))

    names, _ = proposed(visit(), catalogue, learner, count=4)

    assert len(names) == len(set(names)) == 4
