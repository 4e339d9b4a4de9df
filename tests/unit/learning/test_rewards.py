"""What a decision earned, as arithmetic."""

import pytest

from engage.learning.rewards import Effort, Prospect, Sale, long_value, short_reward
from engage.settings import MoneySettings

MONEY = MoneySettings()
CART = MoneySettings(outcome="cart", outcome_value_cents=150)
CLICK = MoneySettings(outcome="click", outcome_value_cents=150)


def prospect(**changes):
    """Return a visit that may buy with a margin of 100 EUR."""
    return Prospect(**{"intent": 0.2, "stake_eur": 100.0, "funnel": 1, **changes})


def sale(margin_cents=4_000, value_cents=10_000, refunded_cents=0):
    """Return an order of 100 EUR with a margin of 40."""
    return Sale(
        margin_cents=margin_cents,
        value_cents=value_cents,
        refunded_cents=refunded_cents,
    )


@pytest.mark.parametrize(
    ("discount_eur", "effort", "reward"),
    [
        (0.0, Effort(), 20.0),
        (0.0, Effort(chats=1), 16.0),
        (0.0, Effort(dismissals=2), 19.8),
        (10.0, Effort(), 18.0),
    ],
)
def test_surrogate(discount_eur, effort, reward):
    """Without an order: intent times what is at stake, less what was spent."""
    seen = prospect(discount_eur=discount_eur)
    got = short_reward(seen, sales=[], effort=effort, money=MONEY)

    assert got == pytest.approx(reward)


def test_order_replaces_the_surrogate():
    """What was ordered counts as it is, whatever the intent says."""
    got = short_reward(
        prospect(intent=0.99), sales=[sale(), sale(500)], effort=Effort(), money=MONEY
    )

    assert got == 45.0


@pytest.mark.parametrize(
    ("refunded", "margin"), [(0, 40.0), (2_500, 30.0), (10_000, 0.0)]
)
def test_refunds_take_their_share(refunded, margin):
    """A refund takes the margin away in proportion."""
    assert sale(refunded_cents=refunded).kept_margin_eur == margin


def test_free_order():
    """An order of nothing still has its margin, perhaps a negative one."""
    assert sale(-300, 0).kept_margin_eur == -3.0


@pytest.mark.parametrize(
    ("money", "changes", "value"),
    [
        (CART, {"funnel": 2}, 1.5),
        (CART, {"funnel": 1, "clicked": True}, 0.0),
        (CLICK, {"clicked": True}, 1.5),
        (CLICK, {"funnel": 6}, 0.0),
    ],
)
def test_other_outcomes(money, changes, value):
    """A site without orders earns its outcome's worth, at both closes alike."""
    effort = Effort(dismissals=1)
    first = short_reward(
        prospect(**changes), sales=[sale()], effort=effort, money=money
    )
    last = long_value(
        prospect=prospect(**changes), sales=[], effort=effort, money=money
    )

    assert first == last == value - 0.1


def test_value_is_never_clipped():
    """Value is money, however much, less what was spent."""
    got = long_value(
        sales=[sale(10**9, 10**10)],
        effort=Effort(chats=2),
        prospect=prospect(),
        money=MONEY,
    )

    assert got == 10**7 - 8.0
