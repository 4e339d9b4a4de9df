import pytest

from engage.interventions.base import Suggestion
from engage.interventions.catalogue import Catalogue
from engage.wire.prices import Sale
from tests.unit.interventions.builders import feed_item, item

DAY_S = 86_400.0
ORIGIN = "https://shop.example"
PAGE = f"{ORIGIN}/p/42"


def catalogue(*items, at_s=0.0, **bounds):
    """Return a catalogue that was fed these products."""
    filled = Catalogue(origins=(ORIGIN,), **bounds)
    for each in items:
        filled.put(each, at_s=at_s)
    return filled


def near(filled, item_id, *, count=20, without=()):
    """Return the neighbours of a product."""
    return filled.neighbours(
        item_id, count=count, allowed=lambda other: other not in without
    )


def offered(filled, item_id="42", *, at_s=0.0):
    """Tell whether a product is offered."""
    return filled.is_offered(item_id, at_s=at_s)


def test_feed():
    """What the shop's server says is known, and offered while in stock."""
    filled = catalogue(feed_item("42", cost_cents=60_000))

    assert filled.get("42").cost_cents == 60_000
    assert offered(filled)


@pytest.mark.parametrize("stock", ["out_of_stock", "preorder", "backorder"])
def test_not_in_stock(stock):
    """What cannot be sent now is not offered."""
    assert not offered(catalogue(feed_item("42", stock=stock)))


@pytest.mark.parametrize(
    "lacking", [{"link": ""}, {"title": ""}, {"price_cents": 0}, {"currency": "USD"}]
)
def test_cannot_be_shown(lacking):
    """Without a page, a title or a price in the site's currency it is not offered."""
    assert not offered(catalogue(feed_item("42", **lacking)))


@pytest.mark.parametrize(("at_s", "cents"), [(9.9, 89_900), (10, 69_900), (20, 89_900)])
def test_price_of_a_sale(at_s, cents):
    """While a sale holds a card says its price, and not a moment longer."""
    sale = Sale(price_cents=69_900, from_s=10.0, until_s=20.0)
    filled = catalogue(feed_item("42", price_cents=89_900, sale=sale))

    assert filled.suggestion("42", at_s=at_s).price_cents == cents


def test_product_kept_from_another_currency():
    """What was sent while the site had another currency counts no more."""
    filled = catalogue(feed_item("42", currency="USD", cost_cents=1))
    assert filled.get("42") is None

    filled.observe(item("42", currency="EUR"), at_s=5.0)
    assert filled.get("42").price_cents > 0


def test_unknown_product():
    """A product nobody spoke of is not offered and has no neighbours."""
    empty = catalogue()

    assert not offered(empty)
    assert near(empty, "42") == ()
    with pytest.raises(KeyError, match="42"):
        empty.suggestion("42", at_s=0.0)


def test_stale_stock():
    """A word about stock is believed for 30 days."""
    filled = catalogue(feed_item("42"))

    assert offered(filled, at_s=30 * DAY_S)
    assert not offered(filled, at_s=30 * DAY_S + 1)


def test_newest_word_about_stock():
    """Stock is the newest word of anybody; an older one changes nothing."""
    filled = catalogue(feed_item("42"), at_s=100.0)

    filled.observe(item("42", in_stock=False), at_s=99.0)
    assert offered(filled, at_s=100.0)

    filled.observe(item("42", in_stock=False), at_s=101.0)
    assert not offered(filled, at_s=101.0)

    filled.put(feed_item("42"), at_s=102.0)
    assert offered(filled, at_s=102.0)


def test_page_that_does_not_say():
    """A page that says nothing about stock changes nothing about it."""
    filled = catalogue(feed_item("42"))
    filled.observe(item("42", in_stock=None), at_s=50 * DAY_S)

    assert filled.get("42").stock_at_s == 0.0


def test_page_cannot_overrule_the_feed():
    """Price, title and link of the shop's server stand against any browser's."""
    filled = catalogue(feed_item("42"))
    filled.observe(
        item("42", price=1.0, item_name="Free!", in_stock=True), at_s=1.0, link=PAGE
    )
    known = filled.get("42")

    assert (known.price_cents, known.title) == (89_900, "Product 42")


def test_learned_from_pages():
    """Without a feed, price, category, title and link come from the pages."""
    empty = catalogue()
    # JSON-LD is for machines, and still shop systems write it as they write pages.
    path = "Guitars &gt; Electric Guitars"
    seen = item("42", category=path, item_name="Rock &amp; Roll", in_stock=True)
    empty.observe(seen, at_s=5.0, link=PAGE)

    assert offered(empty, at_s=5.0)
    assert empty.get("42").category == "electric-guitars"
    assert empty.suggestion("42", at_s=0.0) == Suggestion(
        item_id="42", title="Rock & Roll", link=PAGE, image_link="", price_cents=89_900
    )


def test_pages_keep_what_others_said():
    """A page that leaves a field out does not wipe it."""
    empty = catalogue()
    empty.observe(item("42", item_name="M-32", in_stock=True), at_s=5.0, link=PAGE)
    empty.observe(item("42", price=None, category=None), at_s=6.0)

    assert (offered(empty, at_s=6.0), empty.get("42").category) == (True, "guitars")


def test_foreign_price_on_a_page():
    """A page's price in another currency is unknown."""
    empty = catalogue()
    empty.observe(item("42", currency="USD"), at_s=5.0)

    assert empty.get("42").price_cents == 0


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/p/42",
        "https://shop.example.evil.example/",
        "https://shop.example@evil.example/",
        "javascript:alert(1)",
        "",
    ],
)
def test_foreign_link(link):
    """A link that is not on one of the site's origins is not kept."""
    empty = catalogue()
    empty.observe(item("42", item_name="M-32", in_stock=True), at_s=5.0, link=link)

    assert empty.get("42").link == ""


def test_neighbours_by_price():
    """Neighbours are of the same category, the nearest price ratio first."""
    prices = {"a": 1_000, "b": 1_900, "c": 600, "d": 4_000, "e": 1_100}
    filled = catalogue(
        *(feed_item(name, price_cents=cents) for name, cents in prices.items()),
        feed_item("x", price_cents=1_000, category="shoes"),
    )

    assert near(filled, "a") == ("e", "c", "b", "d")
    assert near(filled, "a", count=1, without=("e",)) == ("c",)
    assert near(filled, "d") == ("b", "e", "a"), "the dearest has neighbours below"


def test_neighbours_are_comparable():
    """What costs more than four times as much, or less than a fourth, is none."""
    prices = {"42": 1_000, "a": 3_999, "b": 4_001, "c": 250, "d": 249}
    filled = catalogue(*(feed_item(n, price_cents=c) for n, c in prices.items()))

    assert near(filled, "42") == ("a", "c")


def test_neighbours_after_changes():
    """A product that moved or went is found where it is, and nowhere else."""
    filled = catalogue(feed_item("a"), feed_item("b"), feed_item("c"))
    filled.put(feed_item("b", category="shoes"), at_s=1.0)
    filled.remove("c")
    filled.remove("c")

    assert near(filled, "a") == ()
    assert len(filled) == 2


def test_category_emptied():
    """A category that lost its last product can fill again."""
    filled = catalogue(feed_item("a"))
    filled.remove("a")
    filled.put(feed_item("b"), at_s=1.0)
    filled.put(feed_item("c"), at_s=1.0)

    assert near(filled, "b") == ("c",)


def test_neighbours_without_a_price():
    """A product without a price has the cheapest of its category, and is no one's."""
    filled = catalogue(feed_item("a", price_cents=900), feed_item("b", price_cents=800))
    filled.observe(item("42", price=None), at_s=0.0)

    assert (near(filled, "42"), near(filled, "a")) == (("b", "a"), ("b",))


def test_bounded():
    """Over the bound the product longest unheard of goes."""
    filled = catalogue(max_items=3)
    for number in range(5):
        filled.observe(item(f"i{number}"), at_s=0.0)

    assert [name for name in ("i1", "i2", "i3", "i4") if filled.get(name)] == [
        "i2",
        "i3",
        "i4",
    ]
    assert near(filled, "i2") == ("i3", "i4")


def test_the_feed_does_not_push_itself_out():
    """A shop with more than fits keeps the same products, whatever it sends again."""
    names = [f"i{number}" for number in range(5)]
    filled = catalogue(*map(feed_item, names), *map(feed_item, names), max_items=3)

    assert filled.fed() == ("i0", "i1", "i2")
    assert filled.without_room(("i0", "i3"), at_s=0.0) == {"i3"}


def test_what_is_sold_no_more_makes_room():
    """What nobody spoke of for a month makes room for what is new, and only that."""
    filled = catalogue(feed_item("i0"), feed_item("i1"), max_items=2)
    filled.put(feed_item("i1"), at_s=DAY_S)

    filled.put(feed_item("new"), at_s=30 * DAY_S + 1)

    assert filled.fed() == ("i1", "new")
    assert filled.without_room(("other",), at_s=30 * DAY_S + 1) == {"other"}


@pytest.mark.parametrize(
    ("change", "at_s", "expected"),
    [
        ({}, 0.0, False),
        ({}, 7 * DAY_S - 1, False),
        ({}, 7 * DAY_S, True),
        ({}, -1.0, True),
        ({"price_cents": 1}, 1.0, True),
        ({"stock": "out_of_stock"}, 1.0, True),
        ({"link": ""}, 1.0, True),
        ({"sale": Sale(price_cents=1)}, 1.0, True),
    ],
)
def test_news(change, at_s, expected):
    """What a feed repeats is no news for a week, unless the clock was set back."""
    filled = catalogue(feed_item("42"))

    assert filled.is_news(feed_item("42", **change), at_s=at_s) is expected


def test_news_against_a_page():
    """Once a page said that it is gone, the feed's old word is news again."""
    filled = catalogue(feed_item("42"))
    filled.observe(item("42", in_stock=True), at_s=1.0)
    assert not filled.is_news(feed_item("42"), at_s=2.0)
    filled.observe(item("42", in_stock=False), at_s=3.0)

    assert filled.is_news(feed_item("42"), at_s=4.0)
    assert filled.is_news(feed_item("42", stock="out_of_stock"), at_s=4.0)


def test_pages_cannot_push_out_the_feed():
    """What browsers tell goes first, so that the shop's own products stay."""
    filled = catalogue(feed_item("a"), feed_item("b"), max_items=3)
    for number in range(50):
        filled.observe(item(f"made-up-{number}"), at_s=1.0)

    assert len(filled) == 3
    assert filled.get("a")
    assert filled.get("b")
