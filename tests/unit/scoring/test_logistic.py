import math
import pickle

import numpy as np
import orjson
import pytest

from engage.errors import FeatureError, SnapshotRejected
from engage.scoring.base import Example
from engage.scoring.basis import Basis
from engage.scoring.frozen_logistic import FrozenLogistic
from engage.scoring.logistic import Prior
from tests.unit.scoring.builders import BASIS, examples, rows, scorer


def trained(n=400, *, seed=1):
    """Return a scorer that has learned n seeded examples."""
    model = scorer()
    for example in examples(n, seed=seed):
        model.learn(example)
    return model


def test_serving_equals_learning():
    """On 10,000 vectors, some extreme, the numpy twin is within 1e-9 of river."""
    model = trained()
    frozen = model.freeze()
    table = (
        rows(10_000, seed=2)
        * np.random.default_rng(2).choice([1, 0, 1e6], 10_000)[:, None]
    )
    gaps = [abs(frozen.score(row) - model.predict(row)) for row in table]

    assert max(gaps) <= 1e-9


def test_restored_run_equals_uninterrupted():
    """Saved to JSON, loaded and continued equals uninterrupted, to the last bit."""
    stream = examples(400, seed=3)
    through, part, again = scorer(), scorer(), scorer()
    for example in stream:
        through.learn(example)
    for example in stream[:177]:
        part.learn(example)
    again.restore(orjson.loads(orjson.dumps(part.state())))
    for example in stream[177:]:
        again.learn(example)

    assert orjson.dumps(again.state()) == orjson.dumps(through.state())


def test_predict_changes_nothing():
    """Predicting, on known and on extreme vectors, leaves every byte of state alone."""
    model = trained()
    before = (pickle.dumps((model.model, model.scaler)), orjson.dumps(model.state()))
    for row in rows(50, seed=4):
        model.predict(row * 1e6)

    assert before == (
        pickle.dumps((model.model, model.scaler)),
        orjson.dumps(model.state()),
    )


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_non_finite_features_never_reach_the_model(bad):
    """A vector with a number that is not finite is refused and teaches nothing."""
    model = trained()
    before = orjson.dumps(model.state())
    row = np.array([1.0, bad, 1.0, 0.0])

    with pytest.raises(
        FeatureError,
        match=r"^features must be finite, within \+-1e9, got bad at \[1\]$",
    ):
        model.learn(Example(scorer="intent", label=1.0, features=row))
    assert orjson.dumps(model.state()) == before


def test_frozen_refuses_non_finite_features():
    """The serving side has the same door as the learning side."""
    with pytest.raises(FeatureError, match=r"^features must be finite"):
        trained().freeze().score(np.array([1.0, 1.0, math.nan, 0.0]))


def test_huge_features_are_refused():
    """Numbers whose square overflows are refused rather than learned."""
    with pytest.raises(FeatureError, match=r"^features must be finite"):
        scorer().predict(np.full(4, 1.7e308))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": 0.5}, r"^label must be 0 or 1, got 0.5$"),
        ({"weight": 0.0}, r"^weight must be finite and > 0, got 0.0$"),
        ({"weight": math.nan}, r"^weight must be finite and > 0, got nan$"),
        ({"features": np.ones(3)}, r"^features must have shape \(4,\), got \(3,\)$"),
        ({"features": None}, r"^features must be given to learn intent, got None$"),
    ],
)
def test_bad_examples(changes, message):
    """An example out of bounds is refused, and the state is as before."""
    model = scorer()
    before = orjson.dumps(model.state())
    given = {"scorer": "intent", "label": 1.0, "features": np.ones(4)} | changes

    with pytest.raises(FeatureError, match=message):
        model.learn(Example(**given))
    assert orjson.dumps(model.state()) == before


def test_weight_is_capped_at_twenty():
    """A weight of a million teaches exactly what a weight of twenty does."""
    states = []
    for weight in (20.0, 1e6):
        model = scorer()
        row = np.ones(4)
        model.learn(Example(scorer="intent", label=1.0, features=row, weight=weight))
        states.append(orjson.dumps(model.state()))

    assert states[0] == states[1]


def test_frozen_does_not_follow_learning():
    """What was frozen stays as it was while its scorer goes on learning."""
    model = trained()
    frozen = model.freeze()
    row = rows(1, seed=5)[0]
    before = frozen.score(row)
    for example in examples(50, seed=6):
        model.learn(example)

    assert frozen.score(row) == before
    assert model.predict(row) != before


def test_frozen_arrays_are_sealed():
    """Nobody can write into the serving side."""
    with pytest.raises(ValueError, match="read-only"):
        trained().freeze().weights[0] = 1.0


def test_frozen_survives_json():
    """Written and read back, the serving side scores the same to the last bit."""
    frozen = trained().freeze()
    again = FrozenLogistic.from_plain(orjson.loads(orjson.dumps(frozen.plain())))

    assert [again.score(r) for r in rows(20, seed=7)] == [
        frozen.score(r) for r in rows(20, seed=7)
    ]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [({"weights": [1.0]}, "schema"), ({"means": [math.nan] * 4}, "not_finite")],
)
def test_broken_parameters_are_refused(broken, reason):
    """Parameters of the wrong size or not finite never become a model."""
    with pytest.raises(SnapshotRejected) as no:
        FrozenLogistic.from_plain(trained().freeze().plain() | broken)

    assert no.value.reason == reason


def test_state_of_another_basis():
    """A state made for other terms is refused and changes nothing."""
    model = scorer(basis=Basis(names=("x",)))
    before = orjson.dumps(model.state())

    with pytest.raises(
        SnapshotRejected, match=r"^intent must be restored to the basis"
    ):
        model.restore(scorer().state())
    assert orjson.dumps(model.state()) == before


def test_quality_uses_the_logged_prediction():
    """Quality counts the prediction of the time, not what the model would say now."""
    model = scorer()
    row = np.ones(4)
    model.learn(Example(scorer="intent", label=1.0, features=row, predicted=0.25))

    assert model.quality()["log_loss"] == pytest.approx(-math.log(0.25))


def test_prior_logit_is_the_first_prediction():
    """Before any example the prediction is the prior's base rate."""
    first = scorer(prior=Prior(logit=-3.5)).predict(np.ones(4))

    assert first == pytest.approx(1 / (1 + math.exp(3.5)))


def test_warm_start_keeps_unknown_terms_out():
    """A warm start fills the terms it names and ignores terms that do not exist."""
    model = scorer()
    model.begin(
        {
            "weights": {"x": 0.5, "gone": 9.0},
            "variances": {"x": 0.01},
            "count": 500,
            "means": {"x": 2.0},
            "vars": {"x": 4.0},
        }
    )
    frozen = model.freeze()

    assert frozen.weights[BASIS.terms.index("x")] == 0.5
    assert (frozen.means[0], frozen.inverse[0]) == (2.0, 0.5)
    assert set(model.model.weights) == set(BASIS.terms)
