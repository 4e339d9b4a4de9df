from dataclasses import replace

import pytest

from engage.errors import ConfigError
from engage.interventions.base import PREVIEWED, Reservation, Reserved
from engage.settings import TextSettings
from engage.wire.beacon import Event
from tests.unit.interventions.builders import PLENTY, added, intervention, item, visit

# The product on the page costs 899 EUR; margin rate .3, so 269.70 EUR of margin.
AMOUNT = {"percent": None, "amount_cents": 2_000}


def discount(**options):
    """Return a discount of 10 % unless the options say otherwise."""
    given = {key: value for key, value in options.items() if value is not None}
    if "amount_cents" in given:
        return fixed(**given)
    return intervention("discount", options=given)


def fixed(**options):
    """Return a discount of a fixed amount."""
    ordinary = {"pool": "autumn10", "budget_cents": 100_000, **options}
    kind = intervention("discount")
    settings = replace(kind.settings, options=ordinary)
    return type(kind).read(settings, kind.site)


def with_budget(cents):
    """Return plenty of everything but budget."""
    return replace(PLENTY, budget_left={"autumn10": cents})


def test_percentage_of_the_product():
    """Without a cart it applies to the product on the page, rounded half up."""
    assert discount(percent=12.5).amount_cents(visit()) == 11_238


def test_percentage_of_the_cart():
    """With a cart it applies to what is in it."""
    session = visit(added(price=100.0, quantity=2), added("8", price=50.0))

    assert discount().amount_cents(session) == 2_500


def test_smallest_basket():
    """On less than the smallest basket it cannot be redeemed, so it counts as that."""
    session = visit(shown=item(price=20.0))

    assert discount(min_basket_cents=5_000).amount_cents(session) == 500


def test_cap():
    """A capped percentage never takes off more, and holds the cap from the start."""
    capped = discount(max_amount_cents=5_000)
    small = visit(shown=item(price=20.0))

    assert capped.amount_cents(visit()) == 5_000
    assert capped.amount_cents(small) == 200
    assert capped.held_cents(small) == 5_000


def test_percentage_of_nothing():
    """Without cart and product a percentage is unknown: it is not offered."""
    session = visit(page="home")

    assert discount().refusal(session, PLENTY) == "not_targeted"


@pytest.mark.parametrize(
    "told",
    [
        Event(name="begin_checkout", coupon="SUMMER"),
        Event(name="view_cart", items=(item(coupon="SUMMER"),)),
        Event(name="view_cart", items=(item(), item("43", coupon="SUMMER"))),
    ],
)
def test_cart_with_a_coupon(told):
    """Whose cart has a coupon already is offered no other one."""
    assert discount().refusal(visit(added(), told), PLENTY) == "not_targeted"
    assert fixed(**AMOUNT).refusal(visit(added(), told), PLENTY) == "not_targeted"
    without = Event(name=told.name, items=(item(),))
    assert discount().refusal(visit(added(), without), PLENTY) is None


def test_budget_to_the_cent():
    """It needs all it may cost in the budget, to the cent."""
    assert discount().refusal(visit(), with_budget(8_990)) is None
    assert discount().refusal(visit(), with_budget(8_989)) == "no_budget"
    assert discount().refusal(visit(), replace(PLENTY, budget_left={})) == "no_budget"


def test_no_code():
    """The last code is given; without one left there is nothing to give."""
    last, gone = (replace(PLENTY, codes_left={"autumn10": left}) for left in (1, 0))

    assert discount().refusal(visit(), last) is None
    assert discount().refusal(visit(), gone) == "no_code"
    assert discount().refusal(visit(), replace(PLENTY, codes_left={})) == "no_code"


def test_collector():
    """Whose network has had enough codes gets none, whatever is left."""
    assert discount().refusal(visit(), replace(PLENTY, network_had=True)) == "capped"


def test_margin_by_rate():
    """It is not offered when it takes more than the shop's margin."""
    assert discount(percent=30.0).refusal(visit(), PLENTY) is None
    assert discount(percent=30.1).refusal(visit(), PLENTY) == "thin_margin"


def test_margin_by_cost():
    """The cost of goods counts, where the catalogue knows it."""
    dear = replace(PLENTY, costs={"42": 85_000})

    assert discount(percent=5.0).refusal(visit(), dear) is None
    assert discount(percent=6.0).refusal(visit(), dear) == "thin_margin"


def test_margin_of_the_cart():
    """In a cart the lines' margins add up, known costs and guessed ones."""
    session = visit(added("7", price=100.0, quantity=2), added("8", price=50.0))
    inputs = replace(PLENTY, costs={"7": 9_500})

    assert discount().margin_cents(session, inputs) == pytest.approx(2 * 500 + 1_500)


def test_margin_of_the_smallest_basket():
    """What is missing to it brings a margin, too, once it is bought."""
    session = visit(shown=item(price=20.0))

    margin_cents = discount(min_basket_cents=10_000).margin_cents(session, PLENTY)
    assert margin_cents == pytest.approx(600 + 2_400)


def test_margin_to_be_left():
    """What must be left of the margin is left."""
    assert discount(min_margin_cents=17_980).refusal(visit(), PLENTY) is None
    assert discount(min_margin_cents=17_981).refusal(visit(), PLENTY) == "thin_margin"


def test_fixed_amount():
    """A fixed amount is what it says, whatever the basket."""
    assert fixed(amount_cents=2_000).amount_cents(visit()) == 2_000


def test_fixed_amount_over_a_small_basket():
    """A fixed amount is not offered on goods whose margin it eats up."""
    session = visit(shown=item(price=20.0))

    assert fixed(amount_cents=2_000).refusal(session, PLENTY) == "thin_margin"


def test_reservation():
    """It holds a code and the money for as long as the code is valid."""
    held = discount(valid_s=7_200.0).reservation(visit(), PLENTY, p_accept=0.1)

    assert held == Reservation(
        kind="code",
        stock="autumn10",
        amount_cents=8_990,
        today_cents=8_990,
        valid_s=7_200.0,
    )


@pytest.mark.parametrize(("expires_ms", "open_s"), [(60_000, 60.0), (900_000, 300.0)])
def test_card_is_not_open_longer_than_its_code(expires_ms, open_s):
    """Nobody accepts a code that has expired under the open card."""
    kind = discount(valid_s=300.0)
    settings = replace(kind.settings, expires_ms=expires_ms)

    assert type(kind).read(settings, kind.site).open_s == open_s


def test_content():
    """The card shows code, percentage, terms and disclosure."""
    content = discount().content(visit(), PLENTY, "de", Reserved(code="X-1"))

    assert content.code == "X-1"
    assert content.title == "Ihr Gutschein: 10 %"
    assert content.text == "Mit dem Code X-1 an der Kasse."
    assert content.terms == "Einmal einlösbar. 24 Stunden gültig."
    assert "automatisch" in content.disclosure


def test_terms_say_what_is_enforced():
    """Terms name validity, smallest basket and cap, in the language of the card."""
    kind = discount(
        valid_s=3 * 86_400.0, min_basket_cents=5_000, max_amount_cents=2_000
    )

    content = kind.content(visit(), PLENTY, "en-GB", PREVIEWED)

    assert content.terms == (
        "Can be used once. Valid for 3 days. For baskets from €50.00. €20.00 at most."
    )


def test_terms_beside_words_in_another_language():
    """Where a shop speaks a language that we do not, its card still has terms."""
    texts = {"nl": TextSettings(title="Uw bon: {percent}")}

    content = intervention("discount", texts=texts).content(
        visit(), PLENTY, "nl-BE", PREVIEWED
    )

    assert content.title == "Uw bon: 10 %"
    assert content.terms == "Can be used once. Valid for 24 hours."


@pytest.mark.parametrize(
    ("valid_s", "said"),
    [
        (120, "2 minutes"),
        (5_400, "90 minutes"),
        (7_200, "2 hours"),
        (172_800, "2 days"),
    ],
)
def test_validity_in_words(valid_s, said):
    """How long a code is valid is told in a unit of which there are some."""
    assert discount(valid_s=float(valid_s)).conditions("en") == f"Valid for {said}."


def test_fixed_amount_in_words():
    """A fixed amount is written as money."""
    content = fixed(amount_cents=2_050).content(visit(), PLENTY, "de", PREVIEWED)

    assert content.title == "Ihr Gutschein: 20,50 €"


def test_preview():
    """A preview shows the card with a code that is none."""
    assert discount().content(visit(), PLENTY, "de", PREVIEWED).code == "PREVIEW"


@pytest.mark.parametrize("locale", ["de", "en", "es", "fr", "it"])
def test_no_former_price(locale):
    """The price of the product is nowhere on the card, former or new."""
    content = discount().content(visit(), PLENTY, locale, PREVIEWED)
    shown = f"{content.title} {content.text} {content.terms} {content.cta}"

    assert "899" not in shown
    assert "809" not in shown


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "percent: exactly one of percent and amount_cents must be given, "),
        ({"percent": 5.0, "amount_cents": 5}, "percent: exactly one of percent and "),
        ({"percent": 0.0}, "percent: must be > 0, got 0.0"),
        ({"percent": 101.0}, "percent: must be <= 100, got 101.0"),
        ({"amount_cents": 200_000}, "budget_cents: must be >= 200000, "),
        ({"percent": 5.0, "max_amount_cents": 200_000}, "budget_cents: must be >= 200"),
        ({"amount_cents": 5, "max_amount_cents": 5}, "max_amount_cents: must go with"),
        ({"percent": 5.0, "pool": "a b"}, "pool: must match "),
    ],
)
def test_mistakes(options, expected):
    """A wrong option is named with its limit."""
    with pytest.raises(ConfigError) as caught:
        fixed(**options)

    assert len(caught.value.mistakes) == 1
    assert caught.value.mistakes[0].startswith(f"interventions.one.options.{expected}")


def test_budget_of_one_code():
    """A budget that pays for a single code is a budget."""
    assert fixed(amount_cents=100_000).options.budget_cents == 100_000


def test_version_and_budget():
    """More budget is no other discount; another percentage is."""
    assert discount().version == discount(budget_cents=200_000).version
    assert discount().version != discount(percent=11.0).version
