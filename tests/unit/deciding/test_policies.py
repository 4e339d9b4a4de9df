import math
from typing import get_args, get_type_hints

import numpy as np
import pytest

from engage.deciding.policies import POLICIES
from engage.deciding.policies.base import RuleFacts, Situation
from engage.deciding.policies.floors import with_floors
from engage.deciding.policies.inverse_gap import InverseGap, inverse_gap
from engage.deciding.policies.rules import Rules, fits, propose
from engage.errors import PolicyError
from engage.settings import PolicySettings, RuleSettings, SiteSettings

SITE = SiteSettings(key="pk")


def situation(predictions=None, **fields):
    """Build a situation with sensible facts; predictions name the eligible actions."""
    predictions = predictions or {"none": 0.0, "chat": 0.8, "autumn10": -0.7}
    base = {
        "context": np.zeros(1),
        "moment": "lingering",
        "eligible": tuple(predictions),
        "predictions": predictions,
        "sigma": 7.3,
        "n_eff": 412.0,
    }
    return Situation(**(base | fields))


def test_table_names_every_setting():
    """Every policy that the settings allow is in the table under its own name."""
    allowed = get_args(get_type_hints(PolicySettings)["policy"])

    assert set(POLICIES) == set(allowed)
    assert all(POLICIES[name](SITE).name == name for name in POLICIES)


@pytest.mark.parametrize("name", list(POLICIES))
def test_only_none_left(name):
    """With nothing but `none` eligible, `none` is certain."""
    choice = POLICIES[name](SITE).distribution(situation({"none": 0.0}))

    assert choice.distribution == {"none": 1.0}


@pytest.mark.parametrize("name", list(POLICIES))
@pytest.mark.parametrize("eligible", [(), ("chat",), ("none", "chat", "chat")])
def test_eligible_set_must_be_sound(name, eligible):
    """Without `none`, or with an action twice, there is no distribution."""
    broken = situation({"none": 0.0, "chat": 0.0}, eligible=eligible)

    with pytest.raises(PolicyError, match=r"^eligible must "):
        POLICIES[name](SITE).distribution(broken)


@pytest.mark.parametrize("name", ["inverse_gap", "epsilon_greedy"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_predictions_must_be_finite(name, value):
    """A prediction that is no number is an error, never a distribution."""
    broken = situation({"none": 0.0, "chat": value})

    with pytest.raises(PolicyError, match=r"^prediction of 'chat' must be finite"):
        POLICIES[name](SITE).distribution(broken)


@pytest.mark.parametrize(
    "fields",
    [{"sigma": 0.0}, {"sigma": math.nan}, {"n_eff": -1.0}, {"n_eff": math.inf}],
)
def test_gamma_must_be_finite(fields):
    """Gamma is only defined for a positive noise and a countable experience."""
    with pytest.raises(PolicyError, match=r"^(sigma|n_eff) must be finite"):
        InverseGap(SITE).distribution(situation(**fields))


def test_gamma_follows_learned_decisions():
    """Gamma is c sqrt(n_eff) / sigma and is logged with what made it."""
    exploration = InverseGap(SITE).distribution(situation()).exploration

    expected = SITE.policy.gamma_c * math.sqrt(412) / 7.3
    assert exploration["gamma"] == pytest.approx(expected, abs=1e-12)
    assert exploration["sigma"] == 7.3
    assert exploration["n_eff"] == 412.0


def test_inverse_gap_by_hand():
    """The walk-through of the design: none .12, chat .80, autumn10 .08."""
    none, chat, autumn = inverse_gap([0.0, 0.8, -0.7], gamma=6.33)

    assert none == pytest.approx(1 / (3 + 6.33 * 0.8), abs=1e-15)
    assert autumn == pytest.approx(1 / (3 + 6.33 * 1.5), abs=1e-15)
    assert chat == pytest.approx(1 - none - autumn, abs=1e-15)


def test_ties_share():
    """Equal predictions are equally likely, whoever stands first."""
    assert inverse_gap([0.0, 0.0, 0.0, 0.0], gamma=100.0) == [0.25] * 4
    first, second, third = inverse_gap([1.0, 1.0, 0.0], gamma=10.0)
    assert first == second == pytest.approx((1 - third) / 2, abs=1e-15)


def test_huge_gap_keeps_the_floor():
    """However bad the prediction, the floor keeps an action drawable."""
    choice = InverseGap(SITE).distribution(situation({"none": 0.0, "chat": -1e300}))

    assert choice.distribution["chat"] == pytest.approx(0.01, abs=1e-12)


def test_none_is_raised_from_what_lies_above_the_floors():
    """Raising `none` takes from the others only what they have above their floor."""
    mixed = with_floors({"none": 0.0, "a": 1.0, "b": 0.0}, floor=0.03, none_floor=0.1)

    assert mixed == {"none": 0.1, "a": 0.89, "b": 0.01}


def test_launch_quota_bounds_a_new_action():
    """A launching action gets at most its share; what is left goes to the others."""
    wish = {"none": 0.1, "a": 0.3, "new": 0.6}

    mixed = with_floors(wish, floor=0.0, launching=frozenset({"new"}), launch_share=0.1)

    assert mixed == {"none": 0.225, "a": 0.675, "new": 0.1}


def test_launch_quota_with_everything_new():
    """When all interventions are new, `none` gets what they may not."""
    wish = {"none": 0.0, "a": 0.5, "b": 0.5}

    mixed = with_floors(
        wish, floor=0.0, launching=frozenset({"a", "b"}), launch_share=0.1
    )

    assert mixed == {"none": 0.8, "a": 0.1, "b": 0.1}


@pytest.mark.parametrize("share", [0.05, 0.25])
@pytest.mark.parametrize("name", ["inverse_gap", "epsilon_greedy"])
def test_launch_share_of_the_shop(name, share):
    """The quota is the shop's own, however good a launching action is said to be."""
    site = SiteSettings(key="pk", policy=PolicySettings(launch_share=share))
    new = situation({"none": 0.0, "new": 1e6}, launching=frozenset({"new"}))

    assert POLICIES[name](site).distribution(new).distribution["new"] == share


def test_none_never_launches():
    """A caller that lists `none` as launching does not bound it."""
    wish = {"none": 0.9, "a": 0.1}

    assert (
        with_floors(wish, floor=0.0, launching=frozenset({"none"}), launch_share=0.1)
        == wish
    )


def test_floors_that_leave_nothing():
    """Floors that cannot hold together are refused."""
    with pytest.raises(
        PolicyError, match=r"^none_floor must leave 0\.25 to the others"
    ):
        with_floors({"none": 0.0, "a": 1.0}, floor=0.5, none_floor=0.9)


def test_epsilon_greedy_ties():
    """Two best actions share the greedy part."""
    choice = POLICIES["epsilon_greedy"](SITE).distribution(
        situation({"none": 0.0, "a": 1.0, "b": 1.0})
    )

    assert choice.distribution["a"] == choice.distribution["b"]


def test_rules_first_eligible_fit_wins():
    """A rule whose action was refused leaves the word to the next that fits."""
    rules = (
        RuleSettings(action="gone"),
        RuleSettings(action="late", moments=("leaving",)),
        RuleSettings(action="chat"),
        RuleSettings(action="autumn10"),
    )

    proposed = propose(
        rules,
        facts=RuleFacts(),
        moment="lingering",
        eligible=("none", "chat", "autumn10", "late"),
    )

    assert proposed == "chat"


@pytest.mark.parametrize(
    "rule",
    [
        {"moments": ("leaving",)},
        {"categories": ("shoes",)},
        {"pages": ("cart",)},
        {"segments": ("loyal",)},
        {"min_price_cents": 50_001},
        {"max_price_cents": 49_999},
    ],
)
def test_one_failing_condition_is_enough(rule):
    """A rule fits only where each of its conditions holds."""
    facts = RuleFacts(
        category="guitars", price_cents=50_000, page_kind="product", segment="new"
    )

    assert fits(RuleSettings(action="a"), facts=facts, moment="lingering")
    assert not fits(RuleSettings(action="a", **rule), facts=facts, moment="lingering")


@pytest.mark.parametrize("category", ["Running Shoes", "running-shoes"])
def test_rules_read_categories_as_targeting_does(category):
    """A rule's category fits however the page and the rule write it."""
    rule = RuleSettings(action="a", categories=(category,))
    facts = RuleFacts(category="apparel > running shoes")

    assert fits(rule, facts=facts, moment="ask")
    assert not fits(rule, facts=RuleFacts(category="shoes"), moment="ask")


def test_price_bounds_are_in():
    """A rule for one price holds at that price."""
    rule = RuleSettings(action="a", min_price_cents=500, max_price_cents=500)

    assert fits(rule, facts=RuleFacts(price_cents=500), moment="ask")


@pytest.mark.parametrize("price", [None, 0])
def test_price_bounds_need_a_price(price):
    """Without an item on the page no price bound holds, not even an upper one."""
    rule = RuleSettings(action="a", max_price_cents=10_000)

    assert not fits(rule, facts=RuleFacts(price_cents=price), moment="ask")


def test_rules_explore():
    """The shop's rules leave a fifth to exploration, over all that is eligible."""
    site = SiteSettings(key="pk", rules=(RuleSettings(action="chat"),))
    predictions = dict.fromkeys(("none", "chat", "a", "b"), 0.0)

    choice = Rules(site).distribution(situation(predictions))

    assert choice.distribution["a"] == choice.distribution["b"] == 0.05
    assert choice.distribution["none"] == 0.1


def test_rules_without_a_fit():
    """When no rule fits, `none` is the likeliest."""
    choice = Rules(SITE).distribution(situation())

    assert max(choice.distribution, key=choice.distribution.get) == "none"


def test_uniform():
    """Four eligible actions get a quarter each."""
    predictions = dict.fromkeys(("none", "chat", "a", "b"), 0.0)

    choice = POLICIES["uniform"](SITE).distribution(situation(predictions))

    assert choice.distribution == dict.fromkeys(predictions, 0.25)


def test_every_eligible_action_needs_a_prediction():
    """An eligible action that nobody predicted is an error of ours, not a zero."""
    broken = situation({"none": 0.0}, eligible=("none", "chat"))

    with pytest.raises(PolicyError, match=r"^prediction of 'chat' must be finite"):
        InverseGap(SITE).distribution(broken)
