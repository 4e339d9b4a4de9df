"""What one closed decision says of another policy and its model, recomputed by hand."""

import numpy as np
import pytest

from engage.deciding.context import CONTEXT
from engage.deciding.policies.epsilon_greedy import EpsilonGreedy
from engage.deciding.policies.terms import Row
from engage.deciding.policies.uniform import Uniform
from engage.deciding.policies.weights import UpliftWeights
from engage.learning.trials.forward import Baseline, forward_of
from engage.settings import PolicySettings, SiteSettings

P = {"none": 0.5, "chat": 0.3, "deal": 0.2}
# What each action earns here, and what the model that decided believed, EUR.
EARNED = {"none": 1.0, "chat": 4.0, "deal": -3.0}
BELIEVED = {"none": 0.0, "chat": 2.0, "deal": -1.0}
KINDS = {"chat": "chat", "deal": "discount"}
SITE = SiteSettings(key="pk_x")
# The challenger believes that chats earn half an euro, and knows of nothing else.
WEIGHTS = UpliftWeights(
    terms={"kind:chat": 0.5},
    context=CONTEXT,
    interactions=(),
    offered={},
    counts={},
    sigma=2.0,
    n_eff=100.0,
)


def body(*, intent=0.0, stake=0.0, **inputs):
    """Return what is read of a decision record."""
    return {
        "category": "guitars",
        "features": {"price_eur": 899.0},
        "page": "product",
        "segment": "new",
        "scores": {"intent": intent},
        "stake": stake,
        "predictions": BELIEVED,
        "inputs": inputs,
    }


def said(action, *, policy=None, expected_eur=0.0, clip_eur=None, **inputs):
    """Return what the decision says in which an action was drawn and earned its own."""
    row = Row(
        decision="d_1",
        context=np.zeros(len(CONTEXT)),
        moment="ask",
        action=action,
        distribution=P,
        kinds=KINDS,
        versions={"chat": "1", "deal": "1"},
        target_eur=EARNED[action],
        clip_eur=clip_eur,
    )
    return forward_of(
        body(**inputs),
        row,
        weights=WEIGHTS,
        policy=policy or Uniform(SITE),
        launch_until_n=0,
        expected_eur=expected_eur,
    )


@pytest.mark.parametrize("expected_eur", [0.0, 7.0])
def test_gain_is_unbiased(expected_eur):
    """Over the draw it is what the policy earns more, whatever was believed before."""
    gain = sum(
        p * said(action, expected_eur=expected_eur).gain_eur for action, p in P.items()
    )

    assert gain == pytest.approx(sum((1 / 3 - p) * EARNED[a] for a, p in P.items()))


def test_a_policy_that_follows_predictions():
    """It is asked with the challenger's own predictions, less what a slot costs.

    The best action gets .8 and every other .1; half an euro for a chat is the best
    until a slot costs more, and then nothing and the discount share.
    """
    greedy = EpsilonGreedy(SiteSettings(key="pk_x", policy=PolicySettings(epsilon=0.3)))
    costly = {"prices": {"guitars": 10.0}, "takes": {"chat": {"guitars": 0.25}}}

    # Half of |.1 - .5| + |.8 - .3| + |.1 - .2|, and of |.45 - .5| and so on.
    assert said("chat", policy=greedy).change == pytest.approx(0.5)
    assert said("chat", policy=greedy, **costly).change == pytest.approx(0.25)


def test_loss_is_what_a_centred_prediction_leaves():
    """The mean of a prediction over the draw is the baseline's business, not its own.

    4 EUR were earned and 1 expected. The model that decided said 2 for a chat, and .4
    on average; the challenger .5, and .15 on average.
    """
    one = said("chat", expected_eur=1.0)

    assert one.logged_loss == pytest.approx((3.0 - (2.0 - 0.4)) ** 2)
    assert one.loss == pytest.approx((3.0 - (0.5 - 0.15)) ** 2)


def test_a_clipped_target():
    """Evidence of a model takes targets as models learn them: clipped."""
    assert said("chat", clip_eur=3.5).loss == pytest.approx((3.5 - 0.35) ** 2)


def test_baseline():
    """What a decision earns anyway: intent times stake, and the mean of the rest."""
    baseline = Baseline()
    assert baseline.expected(body(intent=0.2, stake=50.0)) == 10.0
    for target_eur, intent in ((8.0, 0.1), (12.0, 0.2)):
        baseline.learn(body(intent=intent, stake=50.0), target_eur)

    # 3 and 2 EUR more than 5 and 10.
    assert baseline.expected(body(intent=0.4, stake=50.0)) == pytest.approx(22.5)
    unsaid = body(intent=0.4)
    del unsaid["stake"]
    assert baseline.expected(unsaid) == pytest.approx(2.5)
