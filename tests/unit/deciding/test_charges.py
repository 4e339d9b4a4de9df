"""What agents cost is taken off predictions before the draw, and off nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from engage.deciding.policies import POLICIES
from engage.deciding.policies.base import Situation
from engage.interventions.base import Inputs
from engage.settings import PolicySettings, RuleSettings, SiteSettings
from tests.unit.deciding.test_judge import Knowing, judged
from tests.unit.interventions.builders import PLENTY, intervention, site

SEED = 17
BOTH = {"one": intervention("chat"), "two": intervention("help")}
PRICED = replace(PLENTY, prices={"guitars": 5.0}, acceptance={"one": 0.2})


def situations(n):
    """Yield situations of any kind."""
    rng = np.random.default_rng(SEED)
    for _ in range(n):
        actions = ("none", *(f"a{i}" for i in range(rng.integers(1, 5))))
        values = [0.0, *rng.normal(0, 2, len(actions) - 1).tolist()]
        yield Situation(
            context=np.zeros(0),
            moment="ask",
            eligible=actions,
            predictions=dict(zip(actions, values, strict=True)),
            sigma=float(rng.uniform(0.1, 9)),
            n_eff=float(rng.integers(0, 5_000)),
            launching=frozenset(actions[1 : 1 + rng.integers(0, 2)]),
        )


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_nothing_charged(name):
    """A charge of 0 leaves every policy's distribution as it is, bit for bit."""
    policy = POLICIES[name](SiteSettings(key="pk"))
    for one in situations(200):
        free = dict.fromkeys(one.eligible[1:], 0.0)
        assert policy.distribution(replace(one, charges=free)) == policy.distribution(
            one
        )


@pytest.mark.parametrize("name", ["inverse_gap", "epsilon_greedy"])
def test_charged(name):
    """A charge is the same as a prediction that is lower by as much."""
    policy = POLICIES[name](SiteSettings(key="pk"))
    for one in situations(100):
        charges = dict.fromkeys(one.eligible[1:2], 0.7)
        net = {a: v - charges.get(a, 0.0) for a, v in one.predictions.items()}

        charged = policy.distribution(replace(one, charges=charges)).distribution
        assert (
            charged == policy.distribution(replace(one, predictions=net)).distribution
        )


@pytest.mark.parametrize("name", ["rules", "uniform"])
def test_who_predicts_nothing_pays_nothing(name):
    """Policies that do not look at predictions are not charged."""
    chosen = SiteSettings(key="pk", rules=(RuleSettings(action="a0"),))
    policy = POLICIES[name](chosen)
    for one in situations(20):
        dear = replace(one, charges=dict.fromkeys(one.eligible[1:], 99.0))
        assert policy.distribution(dear) == policy.distribution(one)


def test_judgement():
    """A judgement charges an invite its share of a slot, and predicts as before."""
    shop = site(rules=(RuleSettings(action="one"),), policy=PolicySettings(gamma_c=3.0))
    policy = POLICIES["inverse_gap"](shop)

    def verdict(inputs):
        return judged(shop=shop, policy=policy, interventions=BOTH, inputs=inputs)

    free, dear = verdict(PLENTY), verdict(PRICED)

    assert (free.takes, dear.takes) == ({}, {"one": {"guitars": 0.2}})
    assert free.predictions == dear.predictions == {"none": 0.0, "one": 0.5, "two": 0.0}
    assert dear.distribution["one"] < free.distribution["one"]
    situation = Situation(
        context=np.zeros(0),
        moment="lingering",
        eligible=dear.eligible,
        predictions={"none": 0.0, "one": 0.5 - 0.2 * 5.0, "two": 0.0},
        sigma=Knowing().sigma_at(20.0),
        n_eff=Knowing.n_eff,
    )
    assert dear.distribution == policy.distribution(situation).distribution


def test_pool_that_is_named_like_a_group():
    """A code takes nobody's time, whatever its pool is called."""
    chat = intervention("chat", id="chat")
    code = intervention("discount", id="code", options={"pool": "guitars"})
    stocked = replace(
        PRICED, budget_left={"guitars": 100_000}, codes_left={"guitars": 10}
    )

    found = judged(interventions={"chat": chat, "code": code}, inputs=stocked)
    assert "code" in found.eligible
    assert set(found.takes) == {"chat"}


@pytest.mark.parametrize(
    ("inputs", "takes"),
    [
        (replace(PRICED, free_agents={}), {"one": {"guitars": 0.2}}),
        (replace(PRICED, stale_groups=frozenset({"guitars"})), {}),
        (replace(PRICED, paused=frozenset({"one"})), {}),
        (replace(PRICED, prices={"cameras": 5.0}), {}),
        (Inputs(), {}),
    ],
)
def test_takes(inputs, takes):
    """What only a lack of agents forbids was wanted; what else is refused was not."""
    assert judged(interventions=BOTH, inputs=inputs).takes == takes
