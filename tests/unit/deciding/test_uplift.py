import math
from dataclasses import replace

import numpy as np
import pytest

from engage.deciding.policies.terms import RULE_TERM
from engage.deciding.policies.uplift import (
    Row,
    UpliftModel,
    UpliftSettings,
)

SETTINGS = UpliftSettings(context=("price", "dwell"), interactions=("price",))
P = {"none": 0.4, "chat_a": 0.3, "deal": 0.3}
KINDS = {"chat_a": "chat", "deal": "discount"}
VERSIONS = {"chat_a": "1", "deal": "1"}


def row(number, **fields):
    """Build one decision's row; what does not matter has a default."""
    base = {
        "decision": f"d_{number}",
        "context": np.array([0.5, -1.0]),
        "moment": "lingering",
        "action": "none",
        "distribution": P,
        "kinds": KINDS,
        "versions": VERSIONS,
        "target_eur": 1.0,
    }
    return Row(**(base | fields))


def shop_rows(n, *, seed, effect=None, **fields):
    """Build `n` rows of a shop in which an action earns its effect over `none`."""
    rng = np.random.default_rng(seed)
    effect = effect or {"none": 0.0, "chat_a": 0.4, "deal": -0.3}
    for i in range(n):
        context = rng.normal(0, 1, 2)
        action = rng.choice(list(P), p=list(P.values()))
        noise = rng.normal(0, 1)
        yield row(
            i,
            context=context,
            moment=("lingering", "leaving")[i % 2],
            action=str(action),
            target_eur=3.0 * context[0] + effect[str(action)] + noise,
            **fields,
        )


def learned(rows, settings=SETTINGS):
    """Return a model that has learned the rows."""
    model = UpliftModel(settings)
    for one in rows:
        model.learn(one)
    return model


def predicted(model, moment="lingering", **fields):
    """Return the predictions of the frozen model at an average context."""
    return model.freeze().predict(np.zeros(2), moment, tuple(P), **fields)


def test_recovers_effects():
    """With 4,000 rows of noise 1 each uplift is found within .15 (3 errors)."""
    found = predicted(learned(shop_rows(4_000, seed=1)))

    assert found["none"] == 0.0
    assert found["chat_a"] == pytest.approx(0.4, abs=0.15)
    assert found["deal"] == pytest.approx(-0.3, abs=0.15)


def test_a_wrong_baseline_does_no_harm():
    """Shifting and bending the baseline leaves the uplifts where they are."""
    plain = learned(shop_rows(4_000, seed=1))
    bent = UpliftModel(SETTINGS)
    for one in shop_rows(4_000, seed=1):
        strange = 2.0 + math.sin(5.0 * one.context[1])
        fields = {f: getattr(one, f) for f in one.__slots__}
        bent.learn(Row(**(fields | {"target_eur": one.target_eur + strange})))

    for action, value in predicted(plain).items():
        assert predicted(bent)[action] == pytest.approx(value, abs=0.1)


def test_price_matters_where_it_does():
    """An effect that grows with a feature is found as such."""
    rng = np.random.default_rng(3)
    model = UpliftModel(SETTINGS)
    for i in range(6_000):
        context = rng.normal(0, 1, 2)
        action = ("none", "chat_a")[i % 2]
        gain = 0.4 * context[0] * (action == "chat_a")
        model.learn(
            row(
                i,
                context=context,
                action=action,
                distribution={"none": 0.5, "chat_a": 0.5},
                target_eur=gain + rng.normal(0, 1),
            )
        )
    weights = model.freeze()

    dear = weights.predict(np.array([2.0, 0.0]), "lingering", ("chat_a",))["chat_a"]
    cheap = weights.predict(np.array([-2.0, 0.0]), "lingering", ("chat_a",))["chat_a"]
    assert dear - cheap == pytest.approx(1.6, abs=0.4)


def test_explanation_sums_to_the_prediction():
    """The parts of a prediction are all there is to it."""
    weights = learned(shop_rows(500, seed=2, proposed="chat_a")).freeze()
    context = np.array([1.3, -0.2])

    parts = weights.explain(context, "leaving", "chat_a", proposed="chat_a")

    value = weights.predict(context, "leaving", ("chat_a",), proposed="chat_a")
    assert math.fsum(v for _, v in parts) == pytest.approx(value["chat_a"], abs=1e-12)
    assert RULE_TERM in dict(parts)
    assert parts == sorted(parts, key=lambda part: -abs(part[1]))


def test_untrained_model_predicts_its_priors():
    """Before the first row, predictions are the prior means and `none` is 0."""
    means = {"kind:chat": 0.2, RULE_TERM: 0.1}
    weights = UpliftModel(UpliftSettings(context=("x",), means=means)).freeze()
    weights = weights.offering(KINDS, VERSIONS)

    found = weights.predict(np.zeros(1), "ask", tuple(P), proposed="deal")

    assert found == {"none": 0.0, "chat_a": 0.2, "deal": 0.1}


def test_rules_are_a_prior_that_yields():
    """A rule's action leads at first, and is given up when it does harm."""
    settings = UpliftSettings(context=("price", "dwell"), means={RULE_TERM: 0.2})
    harm = {"none": 0.0, "chat_a": -0.6, "deal": 0.0}
    rows = shop_rows(3_000, seed=5, effect=harm, proposed="chat_a")

    model = learned(rows, settings)

    assert predicted(UpliftModel(settings), proposed="chat_a")["none"] == 0.0
    assert predicted(model, proposed="chat_a")["chat_a"] < -0.3


def test_edited_intervention_starts_at_its_kind():
    """A new version predicts what its kind is known to do, not what the old one did."""
    weights = learned(shop_rows(3_000, seed=1)).freeze()
    edited = weights.offering(KINDS, {"chat_a": "2", "deal": "1"})

    old = weights.predict(np.zeros(2), "lingering", ("chat_a",))["chat_a"]
    new = edited.predict(np.zeros(2), "lingering", ("chat_a",))["chat_a"]

    assert 0.0 < new < old


def test_new_version_launches_and_the_old_does_not():
    """Only what is new to a site that has learned without it is under the quota."""
    weights = learned(shop_rows(1_200, seed=1)).freeze()
    edited = weights.offering(KINDS, {"chat_a": "2", "deal": "1"})

    assert weights.launching(tuple(P), 1_000) == frozenset()
    assert edited.launching(tuple(P), 1_000) == {"chat_a"}


def test_nothing_launches_on_a_new_site():
    """Where everything is equally new there is nothing a quota could protect."""
    weights = learned(shop_rows(50, seed=1)).freeze()

    assert weights.launching(tuple(P), 1_000) == frozenset()


def test_unknown_action_predicts_nothing():
    """An action that no one described has no terms, and no uplift."""
    weights = learned(shop_rows(50, seed=1)).freeze()

    found = weights.predict(np.zeros(2), "lingering", ("none", "stranger"))

    assert found == {"none": 0.0, "stranger": 0.0}
    assert weights.explain(np.zeros(2), "lingering", "stranger") == []


def test_clipping_follows_the_logged_threshold():
    """A target enters at the threshold its own snapshot published."""
    wild = learned([row(1, action="deal", target_eur=900.0, clip_eur=50.0)])
    tame = learned([row(1, action="deal", target_eur=50.0)])

    assert predicted(wild) == predicted(tame)
    assert wild.clipped_share() == {"deal": 1.0}
    assert tame.clipped_share() == {"deal": 0.0}


def test_threshold_is_published_once_it_means_something():
    """The quantile appears when there are rows enough to know it."""
    settings = UpliftSettings(context=("price", "dwell"), winsor_quantile=0.99)

    assert learned(shop_rows(90, seed=1), settings).freeze().clip_eur is None
    clip_eur = learned(shop_rows(2_000, seed=1), settings).freeze().clip_eur
    sizes = sorted(abs(r.target_eur) for r in shop_rows(2_000, seed=1))
    assert sizes[1_979] <= clip_eur <= sizes[1_979] * 1.1


def test_no_clip_beyond_the_last_bin():
    """Where money is in large numbers no threshold of ours cuts off what all earn."""
    settings = UpliftSettings(context=("price", "dwell"), winsor_quantile=0.99)
    rows = [replace(one, target_eur=300_000.0) for one in shop_rows(500, seed=1)]
    won = learned(rows, settings)

    assert won.freeze().clip_eur is None


def test_where_nearly_all_earn_nothing_nothing_is_clipped():
    """A quantile of nothing would cut off the few orders that there are to learn from.

    One decision in 200 earns 30 EUR, the quantile is the 99th of a hundred.
    """
    settings = UpliftSettings(context=("price", "dwell"), winsor_quantile=0.99)
    rows = [
        replace(one, target_eur=0.0 if n % 200 else 30.0)
        for n, one in enumerate(shop_rows(1_000, seed=1))
    ]

    assert learned(rows, settings).freeze().clip_eur is None


def test_corrections_are_counted_after_clipping():
    """What is told of corrections and clips is what the model has learned of them.

    At 50 EUR: 30 became 130, which counts as 20 more; 80 became 20, which was 50; and
    10 became 5.
    """
    model = learned(
        row(number, action="deal", target_eur=eur, clip_eur=50.0)
        for number, eur in enumerate((30.0, 80.0, 10.0))
    )
    assert model.clipped_share() == {"deal": pytest.approx(1 / 3)}
    model.correct("d_0", 100.0)
    assert model.clipped_share() == {"deal": pytest.approx(2 / 3)}
    model.correct("d_1", -60.0)
    assert model.clipped_share() == {"deal": pytest.approx(1 / 3)}

    model.correct("d_2", -5.0)
    # The mean of 20, -30 and -5, and its standard error.
    assert model.mean_corrections() == {
        "deal": pytest.approx((-5.0, (1_250.0 / 2 / 3) ** 0.5))
    }


def test_corrections_move_predictions_and_are_published():
    """Where money contradicts the surrogate, predictions follow the money."""
    model = UpliftModel(SETTINGS)
    rng = np.random.default_rng(4)
    for one in shop_rows(6_000, seed=1, effect=dict.fromkeys(P, 0.0)):
        model.learn(one)
        late = 0.6 * (one.action == "deal") + rng.normal(0, 1)
        model.correct(one.decision, late)

    mean, error = model.mean_corrections()["deal"]
    assert mean == pytest.approx(0.6, abs=4 * error)
    assert predicted(model)["deal"] == pytest.approx(0.6, abs=0.2)
    assert predicted(model)["chat_a"] == pytest.approx(0.0, abs=0.2)


def test_noise_of_money_stays_out():
    """Corrections that are only noise hardly move what the surrogate taught."""
    model = learned(shop_rows(1_000, seed=1))
    before = predicted(model)
    rng = np.random.default_rng(6)
    for i in range(1_000):
        model.correct(f"d_{i}", rng.normal(0, 8))

    after = predicted(model)
    assert all(abs(after[a] - before[a]) <= 0.15 for a in P)


def test_sigma_is_the_residual():
    """Sigma is what neither baseline nor actions explain, here 1 (within .1)."""
    assert learned(shop_rows(3_000, seed=1)).freeze().sigma == pytest.approx(1, abs=0.1)
