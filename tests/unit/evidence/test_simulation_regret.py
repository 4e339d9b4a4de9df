import pytest

from engage.evidence.simulation.regret import lived_of, regret_of
from engage.evidence.simulation.truth import Prices, earned
from tests.unit.simulation.builders import truth

TRUTHS = {"v_1": {"none": 10.0, "chat": 16.0, "discount": 8.0}}
KINDS = {"chat_guitars": "chat", "autumn10": "discount"}


def body(**changes):
    """Return a first decision between a chat, a discount and nothing."""
    return {
        "visitor": "v_1",
        "first_ever": True,
        "moment": "lingering",
        "eligible": ["none", "chat_guitars", "autumn10"],
        "distribution": {"none": 0.5, "chat_guitars": 0.25, "autumn10": 0.25},
        "predictions": {"none": 0.0, "chat_guitars": -1.0, "autumn10": 2.0},
        "proposed": "chat_guitars",
        "versions": {"kinds": KINDS},
        "ghost": None,
        **changes,
    }


def test_values_over_none():
    """Each policy is worth its distribution over what the cards are truly worth."""
    found = regret_of([body()], TRUTHS)

    assert (found.decisions, found.oracle, found.best_fixed) == (1, 6.0, "chat")
    assert found.values == pytest.approx(
        {
            "service": 0.25 * 6.0 - 0.25 * 2.0,
            "uniform": 4.0 / 3,
            "rules": 6.0,
            "epsilon-greedy": 0.9 * -2.0 + 0.1 * 4.0 / 3,
            "best fixed": 6.0,
        }
    )
    assert found.losses == pytest.approx((5.0,))


def test_what_the_cards_of_a_life_were_worth():
    """A persuadable's remedy is worth the chance it adds; luck is not in it."""
    shopper = truth(doubt="advice", luck=0.99)
    seen = {"shown": ("chat",), "accepted": ()}
    taken = {"shown": ("chat", "help"), "accepted": ("chat",)}

    assert earned(shopper, Prices(), **seen) == 0.0
    # 310 EUR of margin, .5 more likely, 4 EUR of an agent.
    assert earned(shopper, Prices(), **taken) == pytest.approx(310.0 * 0.5 - 4.0)
    assert lived_of([]) is None


def test_loss_is_told():
    """Plain data tells each policy's loss against the oracle."""
    assert regret_of([body()], TRUTHS).plain()["regret"]["rules"] == 0.0


def test_ghosts_are_judged_by_their_draw():
    """What a ghost was drawn from is the policy; what was carried out is not."""
    ghost = {"distribution": {"chat_guitars": 1.0}}
    held = body(distribution={"none": 1.0}, ghost=ghost)

    assert regret_of([held], TRUTHS).values["service"] == 6.0


def test_rules_are_the_shops_own():
    """What the shop's list proposed is what its rules are worth, exploring nothing."""
    assert regret_of([body(proposed="autumn10")], TRUTHS).values["rules"] == -2.0
    assert regret_of([body(proposed="none")], TRUTHS).values["rules"] == 0.0


@pytest.mark.parametrize(
    "changes",
    [{"first_ever": False}, {"eligible": ["none"]}, {"visitor": "v_2"}],
)
def test_what_is_not_judged(changes):
    """Later decisions, those without a choice and unknown visitors are passed over."""
    assert regret_of([body(**changes)], TRUTHS) is None
