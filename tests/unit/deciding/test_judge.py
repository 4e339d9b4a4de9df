"""From a moment to a drawn action, in one pure step."""

import numpy as np
import pytest

from engage.deciding.context import CONTEXT, context_of
from engage.deciding.judge import Occasion, facts_of, judge
from engage.deciding.policies.base import Choice
from engage.deciding.policies.uniform import Uniform
from engage.errors import PolicyError
from engage.interventions.base import Inputs
from engage.scoring.base import Scores
from engage.settings import RuleSettings
from engage.visits.features import N_FEATURES
from tests.unit.interventions.builders import (
    NOW_S,
    PLENTY,
    intervention,
    site,
    visit,
    visitor,
)

HELP = {"one": intervention("help")}


class Knowing:
    """An uplift model that knows one number."""

    n_eff = 100.0

    def sigma_at(self, stake_eur):
        """Return a tenth of what is at stake."""
        return stake_eur / 10.0

    def predict(self, _context, _moment, actions, *, proposed="none", stake_eur=None):
        """Return .5 EUR for whatever the rules propose, else 0."""
        assert stake_eur is not None
        return {action: 0.5 * (action == proposed != "none") for action in actions}

    def launching(self, actions, until_n):
        """Return nothing: everything is known."""
        del actions, until_n
        return frozenset()


class Broken:
    """A policy that never has an answer."""

    name = "broken"

    def __init__(self, answer=None):
        self.answer = answer

    def distribution(self, _):
        """Return what it was given, or raise."""
        if self.answer is None:
            raise PolicyError("no answer")
        return Choice(distribution=self.answer, exploration={})


def judged(*, shop=None, policy=None, interventions=HELP, session=None, **changes):
    """Return the judgement of an ordinary occasion."""
    shop = shop or site()
    occasion = {
        "decision": "d_1",
        "moment": "lingering",
        "at_s": NOW_S,
        "session": session or visit(),
        "visitor": visitor(),
        "context": np.zeros(len(CONTEXT)),
        "stake_eur": 20.0,
        "inputs": PLENTY,
    }
    return judge(
        Occasion(**{**occasion, **changes}),
        interventions=interventions,
        settings=shop,
        policy=policy or Uniform(shop),
        uplift=Knowing(),
    )


def test_the_same_occasion_is_judged_alike():
    """The same occasion gives the same judgement; another id other dice."""
    assert judged() == judged()
    assert judged(decision="d_2").draw != judged().draw


def test_a_judgement_is_whole():
    """Eligible actions, `none` first, each with prediction and probability."""
    verdict = judged()

    assert verdict.eligible == ("none", "one")
    assert verdict.distribution == {"none": 0.5, "one": 0.5}
    assert verdict.propensity == verdict.distribution[verdict.action]
    assert verdict.predictions == {"none": 0.0, "one": 0.0}
    assert (verdict.policy, verdict.refused) == ("uniform", {})


def test_gates_speak_before_the_draw():
    """What a gate refuses is not in the distribution; the reason is kept."""
    verdict = judged(session=visit(consent=(True, False)))

    assert verdict.eligible == ("none",)
    assert verdict.refused == {"one": "no_consent"}
    assert verdict.distribution == {"none": 1.0}
    assert (verdict.action, verdict.propensity) == ("none", 1.0)


def test_rules_propose():
    """What the shop's rules propose is known to the model and to the record."""
    shop = site(rules=(RuleSettings(action="one"),))

    verdict = judged(shop=shop)

    assert verdict.proposed == "one"
    assert verdict.predictions["one"] == 0.5


@pytest.mark.parametrize(
    "answer", [None, {"none": 0.2, "one": 0.2}, {"none": float("nan"), "one": 1.0}]
)
def test_a_policy_without_an_answer(answer):
    """A policy that fails decides `none` for certain, and the record says so."""
    verdict = judged(policy=Broken(answer))

    assert verdict.distribution == {"none": 1.0, "one": 0.0}
    assert (verdict.action, verdict.propensity) == ("none", 1.0)
    assert "failed" in verdict.exploration


def test_facts():
    """Rules see the product of the page, and nothing where there is none."""
    here = facts_of(visit(), Inputs(item_category="sale"))
    elsewhere = facts_of(visit(page="list"), Inputs())

    assert (here.category, here.price_cents, here.page_kind) == (
        "guitars",
        89_900,
        "product",
    )
    assert (elsewhere.category, elsewhere.price_cents) == (None, None)
    assert here.segment == "new"


def test_context():
    """The context is the scaled features, then the scores; no dwell is the middle."""
    vector = np.ones(N_FEATURES)
    plain = context_of(vector, Scores(hesitation=0.7, dwell=None, intent=0.1))
    known = context_of(vector, Scores(hesitation=0.7, dwell=0.9, intent=0.1))

    assert plain.shape == (len(CONTEXT),)
    assert plain[-3:].tolist() == [0.7, 0.5, 0.1]
    assert known[-2] == 0.9
    assert np.isfinite(plain).all()
