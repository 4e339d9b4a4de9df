"""The shop's word is as loud as its money is noisy; what is learned is not."""

import numpy as np
import pytest

from engage.deciding.draw import NONE
from engage.deciding.policies.base import Situation
from engage.deciding.policies.inverse_gap import InverseGap
from engage.deciding.policies.terms import Row, UpliftPriors, UpliftSettings
from engage.deciding.policies.uplift import UpliftModel
from engage.settings import SiteSettings

ACTIONS = (NONE, "chat", "deal")
KINDS = {"chat": "chat", "deal": "discount"}
VERSIONS = dict.fromkeys(KINDS, "1")
MEANS = {"kind:chat": -0.05, "kind:discount": -0.05, "rule": 0.2}


def taught(sd_eur, *, rows=300):
    """Return weights after decisions that do nothing, where money is so noisy."""
    believed = UpliftSettings(context=("price",), means=MEANS, prior_rows=10_000.0)
    model, rng = UpliftModel(believed), np.random.default_rng(5)
    for number in range(rows):
        model.learn(
            Row(
                decision=f"d_{number}",
                context=np.zeros(1),
                moment="lingering",
                action=ACTIONS[number % 3],
                distribution=dict.fromkeys(ACTIONS, 1 / 3),
                kinds=KINDS,
                versions=VERSIONS,
                target_eur=float(rng.normal(0.0, sd_eur)),
            )
        )
    return model.freeze().offering(KINDS, VERSIONS)


def drawn(weights):
    """Return the shipped policy's distribution where rules propose the chat."""
    predictions = weights.predict(np.zeros(1), "ask", ACTIONS, proposed="chat")
    situation = Situation(
        context=np.zeros(1),
        moment="ask",
        eligible=ACTIONS,
        predictions=predictions,
        sigma=weights.sigma,
        n_eff=weights.n_eff,
    )
    return InverseGap(SiteSettings(key="pk_pianos")).distribution(situation)


@pytest.mark.parametrize("times", [10, 100])
def test_the_shops_word_in_larger_money(times):
    """Where all money is ten times as much, the rules decide as much as before."""
    socks, pianos = taught(4.0), taught(4.0 * times)

    assert pianos.sigma / socks.sigma == pytest.approx(times, rel=0.05)
    odds, same = drawn(socks).distribution, drawn(pianos).distribution
    assert same["chat"] >= odds["chat"] - 0.02


@pytest.mark.parametrize("sd_eur", [4.0, 40.0, 400.0])
def test_noise_teaches_no_effects(sd_eur):
    """After 300 decisions that do nothing, no effect is further off than its prior sd.

    Sds that grew with the noise let it through: at 400 EUR a kind of card was believed
    to lose 8 EUR, and a simulated shop unlearned its own list in two weeks.
    """
    weights = taught(sd_eur)
    # What prior means were multiplied by; the rule's is not learned about here.
    unit = weights.terms["rule"] / MEANS["rule"]
    off = [weights.terms[name] - unit * MEANS[name] for name in list(MEANS)[:2]]

    assert max(map(abs, off)) < UpliftPriors().kind_sd_eur


def test_noise_does_not_make_the_policy_uniform():
    """A shop ten times as dear as its settings tell still starts at its rules."""
    assert drawn(taught(20.0, rows=30)).distribution["chat"] > 0.7


def test_quiet_money_does_not_narrow_beliefs():
    """Beliefs never shrink: little noise is a reason to believe the data."""
    assert taught(0.1).sigma < 1.0
    assert taught(0.1).terms["rule"] == pytest.approx(0.2)
