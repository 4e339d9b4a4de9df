"""The promotion test: stage and evidence in, transition out."""

import math

import numpy as np
import pytest

from engage.learning.trials.arms import Arm, compare
from engage.learning.trials.evidence import Arms, Evidence, told
from engage.learning.trials.promotion import FOLLOWING, Rules, judge
from engage.learning.trials.trial import rules_of
from engage.settings import MoneySettings, PromotionSettings, SiteSettings
from tests.unit.learning.promotion_builders import QUICK, RULES, arm, arms, shadow


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


@pytest.mark.parametrize("earns", [1.0, -1.0])
def test_champion_that_earns_nothing(earns):
    """A challenger that earns more is not called worse where the champion loses."""
    luck, found = np.random.default_rng(3), arms()
    for name in ("surrogate", "value"):
        champion = arm(luck, -1.0, n=1_000, sd=0.3)
        found.outcomes[name] = Arms(arm(luck, earns, n=1_000, sd=0.3), champion)

    assert judge("half", found, RULES).to != "rolled_back"


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


def test_limits_in_the_shops_own_money():
    """What may be lost is meant for orders that earn 30 EUR, and grows with them."""
    money = MoneySettings(order_margin_cents=30_000)
    own = PromotionSettings(tolerance_eur=0.07)
    dear = SiteSettings(key="pk_x", money=money, promotion=own)
    rules = rules_of(dear, candidates=2, is_forced=False)

    assert rules.tolerance_eur == pytest.approx(0.7)
    assert (rules.candidates, rules.is_takeover) == (2, False)


def test_told_errors():
    """A standard error is that of the mean, by visitor; 0 where there is nobody."""
    luck = np.random.default_rng(3)
    evidence = Evidence(gain=arm(luck, 0.4, n=400))
    values = np.random.default_rng(3).normal(0.4, 1.0, 400)
    record = told(evidence)

    assert record["gain"]["difference"] == pytest.approx(values.mean())
    assert record["gain"]["se"] == pytest.approx(values.std() / 20.0)
    assert (record["gain"]["n"], record["better"]["se"]) == (400, 0.0)


def test_alpha_is_spent():
    """All candidates a site will ever try spend no more than its alpha."""
    spent = [Rules(candidates=k).alpha for k in range(10_000)]

    assert spent[0] == pytest.approx(0.05 * 6 / math.pi**2)
    assert sum(spent) < 0.05


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


def test_stratum_of_one_arm():
    """While one arm has no decision at a share, those of the other say nothing."""
    luck, found = np.random.default_rng(7), arms()
    before = compare(*found.outcomes["surrogate"]).difference
    champion = found.outcomes["surrogate"].champion
    for number, value in enumerate(luck.normal(9, 1, 400).tolist()):
        champion.add(f"late_{number}", value, stratum=found.stratum(0.9))

    assert compare(*found.outcomes["surrogate"]).difference == before


def test_former_release():
    """Of what a former release added up by decision only the shadow's is read."""
    kept = Evidence(shadow(0.1, 0.2).gain, outcomes=arms(n=100).outcomes).plain()
    del kept["unit"]
    again = Evidence.from_plain(kept)

    assert (again.gain.units, again.shares) == (2_000, [])
    assert told(again)["arms"]["surrogate"]["visitors"] == [0, 0]


def test_counts_once():
    """A visitor counts once at a share: money with the first decision, the rest all."""
    found = Evidence()
    for share, earned in ((0.05, 8.0), (0.05, 8.0), (0.05, 0.0), (0.25, 3.0)):
        for name in found.outcomes:
            found.add(name, "v", earned, (2.0, 1.0), share=share, is_own=True)

    for name, (own, champion) in found.outcomes.items():
        first = 16.0 if name in {"dismissals", "errors", "discount"} else 8.0
        assert own.strata.tolist() == [[1.0, first, 2.0, 1.0], [1.0, 3.0, 2.0, 1.0]]
        assert (own.visitors, champion.visitors) == (1, 0)
    assert [found.own_visitors(share) for share in (0.05, 0.25, 0.5)] == [1, 1, 0]


def test_fewer_cards():
    """Who shows fewer cards decides more often for those who stay: no better for it.

    Seed 8, 4,000 visitors who earn the same whoever decides: .6, and 2 with each of
    further moments, of which there are most in long visits. The champion shows a card
    at the first one, after which there is nothing to be decided; the challenger none.
    Counted by decision it looks .7 better; four standard errors by visitor are .26.
    """
    luck, found, mixed = np.random.default_rng(8), Evidence(), (Arm(), Arm())
    for number, moments in enumerate(luck.poisson(0.8, 4_000).tolist()):
        is_own, earned = number % 2 == 1, 0.6 + 2.0 * moments + float(luck.normal())
        for _ in range(1 + is_own * moments):
            who = str(number)
            found.add("surrogate", who, earned, share=0.5, is_own=is_own)
            mixed[not is_own].add(who, earned)

    assert compare(*mixed).difference > 0.6
    assert abs(compare(*found.outcomes["surrogate"]).difference) < 0.26


def test_kept():
    """Evidence read back is the same, and goes on the same."""
    evidence = arms(n=100, surrogate=0.9)
    again = Evidence.from_plain(evidence.plain())
    for one in (evidence, again):
        one.outcomes["surrogate"].challenger.add("v_1", 2.0)

    assert again.plain() == evidence.plain()
    assert told(again) == told(evidence)
    assert told(again)["arms"]["surrogate"]["visitors"] == [101, 100]
