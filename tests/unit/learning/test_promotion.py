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


def arms(n=1_000, stage="half", **means):
    """Return a stage's evidence of two arms; both have mean 1 but for those named."""
    luck, found = np.random.default_rng(2), Evidence(shares=[RULES.share(stage)])
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
    assert judge(stage, arms(stage=stage), RULES).to == FOLLOWING[stage]


def test_each_stage_counts_anew():
    """Decisions of former stages do not count for the next one."""
    evidence = arms(stage="canary")

    assert judge("canary", evidence, RULES).to == "ramp"
    assert judge("ramp", evidence, RULES) == (None, "collecting")


def test_promoted():
    """At half the visitors, not inferior and with settled money, it takes over."""
    assert judge("half", arms(), RULES).to == "promoted"


def test_promoted_by_force():
    """What was let through untested is not said to have passed: it was forced."""
    rules = Rules(settings=QUICK, is_forced=True)

    assert judge("half", arms(n=60, surrogate=0.95), rules) == ("promoted", "forced")
    assert judge("half", arms(n=60, surrogate=0.95), RULES).to is None
    assert "not inferior" in judge("half", arms(), rules).why


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


# Share of the challenger, and what any decision earns then, in a season that ends.
SEASON = ((0.05, 1.4), (0.25, 1.0), (0.5, 0.6))


@pytest.mark.parametrize(
    ("lift", "season", "said"),
    [
        (0.0, SEASON, ("promoted", "surrogate not inferior, money does not object")),
        (-0.3, SEASON[::-1], ("rolled_back", "surrogate is lower")),
    ],
)
def test_season(lift, season, said):
    """A season that moves while the share grows speaks for neither arm.

    Seed 5, 4,000 decisions at each share. Added up over the shares an equal challenger
    looks .2 worse and one that is .3 worse looks equal or better; four standard errors
    of the difference are .09.
    """
    luck, apart, mixed = np.random.default_rng(5), arms(), (Arm(), Arm())
    outcome = apart.outcomes["surrogate"] = Arms(Arm(), Arm())
    apart.shares.clear()
    for (share, _), (_, level) in zip(SEASON, season, strict=True):
        for number in range(4_000):
            is_own = luck.random() < share
            value = level + lift * is_own + luck.normal(0.0, 0.5)
            stratum, who = apart.stratum(share), f"{share}_{number}"
            outcome[not is_own].add(who, value, stratum=stratum)
            mixed[not is_own].add(who, value)

    assert abs(compare(*mixed).difference - lift) > 0.15
    assert compare(*outcome).difference == pytest.approx(lift, abs=0.09)
    assert judge("half", apart, RULES) == said


def test_clustered_over_strata():
    """A visitor who comes again at the next share is no other visitor."""
    luck, once, twice = np.random.default_rng(6), (Arm(), Arm()), (Arm(), Arm())
    for number, value in enumerate(luck.normal(0, 1, 400).tolist()):
        once[number % 2].add(str(number), value)
        for stratum in (0, 1):
            twice[number % 2].add(str(number), value, stratum=stratum)

    # Taken for twice as many visitors its sd would be .7 times this.
    assert tuple(compare(*twice)) == pytest.approx(tuple(compare(*once)), rel=0.02)


def test_stratum_of_one_arm():
    """While one arm has no decision at a share, those of the other say nothing."""
    luck, found = np.random.default_rng(7), arms()
    before = compare(*found.outcomes["surrogate"]).difference
    champion = found.outcomes["surrogate"].champion
    for number, value in enumerate(luck.normal(9, 1, 400).tolist()):
        champion.add(f"late_{number}", value, stratum=found.stratum(0.9))

    assert compare(*found.outcomes["surrogate"]).difference == before


def test_former_release():
    """Of what a former release added up over all shares only the shadow's is read."""
    kept = Evidence(shadow(0.1, 0.2).gain, outcomes=arms(n=100).outcomes).plain()
    del kept["shares"]
    again = Evidence.from_plain({**kept, "stage_from": 90})

    assert (again.gain.decisions, again.shares) == (2_000, [])
    assert told(again)["arms"]["surrogate"]["decisions"] == [0, 0]


def test_covariate_of_the_first_decision():
    """What an arm itself brought about before a later decision is not taken out of it.

    400 visitors with two decisions each. The challenger's first one raises what is
    known at the second, and what that earns, by one.
    """
    luck, pair = np.random.default_rng(8), (Arm(), Arm())
    for number, known in enumerate(luck.exponential(1.0, 400).tolist()):
        gain = float(number % 2)
        arm = pair[number % 2]
        arm.add(str(number), known, (known, 0.0))
        arm.add(str(number), known + gain, (known + gain, 0.0))

    assert compare(pair[1], pair[0]).difference == pytest.approx(0.5)


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
