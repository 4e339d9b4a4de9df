"""Each of a shop's own limits moves the verdict of a trial."""

from dataclasses import replace

import pytest

from engage.learning.trials.promotion import FOLLOWING, Rules, judge
from tests.unit.learning.promotion_builders import QUICK, RULES, arms, shadow


def rules(**changes):
    """Return the rules of a shop with these limits of its own."""
    return Rules(settings=replace(QUICK, **changes))


@pytest.mark.parametrize(
    ("stage", "evidence"), [("shadow", shadow(0.1, 0.2)), ("half", arms())]
)
@pytest.mark.parametrize("is_takeover", [False, True])
def test_a_stricter_shop(stage, evidence, is_takeover):
    """Who would promote a worse one less often asks for more evidence."""
    usual = replace(RULES, is_takeover=is_takeover)
    strict = replace(rules(alpha=1e-30), is_takeover=is_takeover)

    assert judge(stage, evidence, usual).to == FOLLOWING[stage]
    assert judge(stage, evidence, strict) == (None, "undecided")


@pytest.mark.parametrize("stage", ["canary", "ramp", "half"])
def test_shares(stage):
    """Each stage is judged at the share that the shop wants it to have."""
    evidence = arms(stage=stage)
    evidence.shares = [0.4]

    assert judge(stage, evidence, RULES) == (None, "collecting")
    assert judge(stage, evidence, rules(**{f"{stage}_share": 0.4})).to is not None


def test_patience_between_the_arms():
    """With half of the visitors a trial ends without a verdict when patience does."""
    evidence = arms(n=200, surrogate=0.95)

    assert judge("half", evidence, RULES) == (None, "undecided")
    assert judge("half", evidence, rules(patience_decisions=200)) == (
        "rolled_back",
        "no verdict between the arms",
    )


@pytest.mark.parametrize(
    ("name", "mean", "margin"),
    [
        ("dismissals", 0.2, "more_dismissals"),
        ("errors", 0.2, "more_errors"),
        ("orders", -0.2, "fewer_orders"),
        ("discount", 0.4, "more_discount_eur"),
    ],
)
def test_margins(name, mean, margin):
    """What a shop tolerates does not roll a challenger back."""
    evidence = arms(**{name: mean})

    assert judge("canary", evidence, RULES) == ("rolled_back", f"guardrail: {name}")
    assert judge("half", evidence, rules(**{margin: 1.0})).to == "promoted"


@pytest.mark.parametrize("name", ["surrogate", "value", "dismissals"])
def test_rarer_roll_backs(name):
    """Who would roll an equal one back less often asks for more evidence."""
    evidence = arms(**{name: 0.2 if name == "dismissals" else 0.7})

    assert judge("half", evidence, RULES).to == "rolled_back"
    assert judge("half", evidence, rules(rollback_alpha=1e-200)).to != "rolled_back"
