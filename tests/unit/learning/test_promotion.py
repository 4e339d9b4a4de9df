"""The promotion test: stage and evidence in, transition out."""

import math

import numpy as np
import pytest

from engage.learning.arms import MOST_VISITORS, Arm, compare, one_mean
from engage.learning.promotion import (
    FOLLOWING,
    GUARDRAILS,
    Arms,
    Evidence,
    Rules,
    judge,
    told,
)
from engage.settings import PromotionSettings

QUICK = PromotionSettings(least_decisions=200, stage_decisions=50, settled_decisions=50)
RULES = Rules(settings=QUICK)


def arm(luck, mean, *, n=2_000, sd=1.0, name="v"):
    """Return an arm of n visitors with one decision each."""
    found = Arm()
    for number, value in enumerate(luck.normal(mean, sd, n).tolist()):
        found.add(f"{name}_{number}", value)
    return found


def shadow(gain, better, *, n=2_000):
    """Return what a trial in the shadow has seen."""
    luck = np.random.default_rng(1)
    return Evidence(gain=arm(luck, gain, n=n), better=arm(luck, better, n=n))


def arms(n=1_000, **means):
    """Return evidence of two arms; both have mean 1 but for those named."""
    luck, found = np.random.default_rng(2), Evidence()
    for name in found.outcomes:
        base = 0.0 if name in GUARDRAILS else 1.0
        one = arm(luck, means.get(name, base), n=n, sd=0.3)
        found.outcomes[name] = Arms(one, arm(luck, base, n=n, sd=0.3))
    return found


def test_nothing_yet():
    """Without evidence nothing moves."""
    assert judge("shadow", Evidence(), RULES) == (None, "collecting")
    assert judge("canary", Evidence(), RULES) == (None, "collecting")


def test_shadow_passes():
    """Not inferior and better predictions lead to the canary."""
    assert judge("shadow", shadow(0.1, 0.2), RULES).to == "canary"


def test_shadow_needs_better_predictions():
    """A gain alone is not enough: the uplifts must predict better."""
    assert judge("shadow", shadow(0.5, 0.0), RULES) == (None, "undecided")


def test_shadow_rejects():
    """A surrogate that is lower beyond the tolerance ends the trial."""
    verdict = judge("shadow", shadow(-0.4, 0.2), RULES)

    assert verdict == ("rolled_back", "surrogate is inferior")


def test_patience():
    """A candidate that never shows an improvement is let go."""
    rules = Rules(settings=PromotionSettings(patience_decisions=2_000))

    assert judge("shadow", shadow(0.0, 0.0), rules).why == "no improvement found"


@pytest.mark.parametrize("stage", ["canary", "ramp"])
def test_stages(stage):
    """With guardrails that hold each stage leads to the next."""
    assert judge(stage, arms(), RULES).to == FOLLOWING[stage]


def test_each_stage_counts_anew():
    """Decisions of former stages do not count for the next one."""
    evidence = arms()
    evidence.stage_from = 990

    assert judge("ramp", evidence, RULES) == (None, "collecting")


def test_promoted():
    """At half the visitors, not inferior and with settled money, it takes over."""
    assert judge("half", arms(), RULES).to == "promoted"


def test_waiting_for_money():
    """Before money is settled nothing is promoted."""
    evidence = arms()
    evidence.outcomes["value"] = Arms(Arm(), Arm())

    assert judge("half", evidence, RULES) == (None, "waiting for money")


WORSE = {
    "surrogate": 0.7,
    "value": 0.7,
    "dismissals": 0.2,
    "errors": 0.2,
    "orders": -0.2,
    "discount": 0.4,
}


@pytest.mark.parametrize("stage", ["canary", "ramp", "half"])
@pytest.mark.parametrize("name", WORSE)
def test_roll_back(stage, name):
    """Whatever gets worse rolls it back at every stage, and is named."""
    verdict = judge(stage, arms(**{name: WORSE[name]}), RULES)

    assert verdict.to == "rolled_back"
    assert name in verdict.why


@pytest.mark.parametrize("name", WORSE)
def test_forced_open(name):
    """With the promotion test forced open the guardrails still roll back."""
    rules = Rules(settings=QUICK, is_forced=True)
    assert judge("shadow", Evidence(), rules) == ("canary", "forced")

    assert judge("canary", arms(**{name: WORSE[name]}), rules).to == "rolled_back"


def test_over_is_over():
    """An ended trial has no verdict."""
    for stage in ("promoted", "rolled_back"):
        assert judge(stage, arms(surrogate=0.0), RULES).to is None


def test_alpha_is_spent():
    """All candidates a site will ever try spend no more than its alpha."""
    spent = [Rules(candidates=k).alpha for k in range(10_000)]

    assert spent[0] == pytest.approx(0.05 * 6 / math.pi**2)
    assert sum(spent) < 0.05


def test_clustered():
    """Decisions of one visitor speak together: ten of each are no ten visitors."""
    luck, alone, repeated = np.random.default_rng(3), Arm(), Arm()
    for number, value in enumerate(luck.normal(0, 1, 400).tolist()):
        alone.add(f"v_{number}", value)
        for _ in range(10):
            repeated.add(f"v_{number}", value)

    assert repeated.decisions == 4_000
    assert one_mean(repeated).n == 400
    assert one_mean(repeated).sd == pytest.approx(one_mean(alone).sd)


def test_covariates():
    """What was known before the draw is taken out of both arms; the mean stays."""
    luck, plain, adjusted = np.random.default_rng(4), [Arm(), Arm()], [Arm(), Arm()]
    for number in range(4_000):
        known = float(luck.exponential(1.0))
        value = 3.0 * known + float(luck.normal()) + 0.2 * (number % 2)
        plain[number % 2].add(str(number), value)
        adjusted[number % 2].add(str(number), value, (known, 0.0))
    one, other = compare(plain[1], plain[0]), compare(adjusted[1], adjusted[0])

    assert other.sd < 0.4 * one.sd
    # Four standard errors of the adjusted difference.
    assert other.difference == pytest.approx(0.2, abs=4 * other.sd / math.sqrt(4_000))


def test_bounded():
    """No more visitors are remembered one by one than the bound says."""
    found = Arm()
    for number in range(MOST_VISITORS + 10):
        found.add(str(number), 1.0)

    assert len(found.plain()["open"]) == MOST_VISITORS
    assert found.visitors == MOST_VISITORS + 10


def test_kept():
    """Evidence read back is the same, and goes on the same."""
    evidence = arms(n=100, surrogate=0.9)
    again = Evidence.from_plain(evidence.plain())
    for one in (evidence, again):
        one.outcomes["surrogate"].challenger.add("v_1", 2.0)

    assert again.plain() == evidence.plain()
    assert told(again) == told(evidence)
    assert told(again)["arms"]["surrogate"]["decisions"] == [101, 100]
