import math

import numpy as np
import orjson
import pytest
from river import linear_model

from engage.errors import SnapshotRejected
from engage.scoring.base import sigmoid
from engage.scoring.optimisers import (
    FadingAdaGrad,
    Laplace,
    set_weights,
    settled_logit,
)


def logistic(optimiser):
    """Return river's logistic regression under an optimiser, weights at 0."""
    model = linear_model.LogisticRegression(optimizer=optimiser, intercept_lr=0.0)
    set_weights(model, {"bias": 0.0, "x": 0.0})
    return model


def laplace(**changes):
    """Return a two-term optimiser that forgets nothing."""
    given = {"variances": np.array([4.0, 1.0]), "forget": 1.0}
    return Laplace(("bias", "x"), **(given | changes))


@pytest.mark.parametrize("spread", [0.0, 0.1, 50.0, 1e4])
@pytest.mark.parametrize("label", [True, False])
def test_settled_logit_solves_its_equation(spread, label):
    """The settled logit is where pull and belief balance, however large the pull."""
    a = settled_logit(-3.0, spread=spread, weight=20.0, label=label)

    assert a == pytest.approx(-3.0 + spread * 20.0 * (label - sigmoid(a)), abs=1e-6)


def test_a_weight_is_a_repeat_in_the_limit():
    """Weight 2 moves more than one example and less than two unrelated ones."""
    once = settled_logit(0.0, spread=1.0, weight=1.0, label=True)
    twice = settled_logit(0.0, spread=1.0, weight=2.0, label=True)

    assert once < twice < 2 * once


def test_first_step_is_the_posterior_mode():
    """After one example the weights are the mode of prior times likelihood."""
    model = logistic(laplace())
    model.learn_one({"bias": 1.0, "x": 2.0}, True, w=3.0)
    weights = np.array([model.weights["bias"], model.weights["x"]])
    x = np.array([1.0, 2.0])
    slope = 3.0 * (1 - sigmoid(float(weights @ x))) * x - weights / np.array([4.0, 1.0])

    assert np.abs(slope).max() < 1e-9


def test_posterior_agrees_with_batch():
    """One pass over 3,000 examples lands within a tenth of the batch solution.

    Seed 4; the batch solution is 50 Newton steps on the same penalised likelihood.
    """
    rng = np.random.default_rng(4)
    x = np.column_stack([np.ones(3_000), rng.normal(size=3_000)])
    y = (rng.random(3_000) < 1 / (1 + np.exp(1.0 - 0.7 * x[:, 1]))).astype(float)
    model = logistic(laplace())
    for row, label in zip(x.tolist(), y, strict=True):
        model.learn_one({"bias": row[0], "x": row[1]}, bool(label))
    w = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ w))
        slope = x.T @ (y - p) - w / np.array([4.0, 1.0])
        bend = (x.T * (p * (1 - p))) @ x + np.diag([0.25, 1.0])
        w += np.linalg.solve(bend, slope)

    assert [model.weights["bias"], model.weights["x"]] == pytest.approx(w, abs=0.1)


def test_covariance_stays_symmetric_and_bounded():
    """Forgetting never grows a variance beyond its prior, nor breaks symmetry."""
    rng = np.random.default_rng(9)
    optimiser = laplace(forget=0.95)
    model = logistic(optimiser)
    for value in rng.normal(size=2_000):
        model.learn_one({"bias": 1.0, "x": float(value)}, bool(value > 0))
    kept = optimiser.covariance

    assert (kept == kept.T).all()
    assert (np.diag(kept) <= optimiser.prior * (1 + 1e-12)).all()
    assert np.linalg.eigvalsh(kept).min() > 0


def test_extreme_surprise_stays_finite():
    """A sure prediction that fails with the greatest weight moves, and stays finite."""
    model = logistic(laplace())
    set_weights(model, {"bias": 60.0, "x": 60.0})
    model.learn_one({"bias": 1.0, "x": 5.0}, False, w=20.0)

    assert all(math.isfinite(w) for w in model.weights.values())
    assert model.weights["x"] < 60.0


def test_laplace_continues_bit_for_bit():
    """Saved, loaded and continued equals uninterrupted, to the last bit."""
    rng = np.random.default_rng(11)
    stream = [(float(v), bool(v > rng.normal())) for v in rng.normal(size=400)]
    through, first = logistic(laplace(forget=0.99)), laplace(forget=0.99)
    part = logistic(first)
    for value, label in stream:
        through.learn_one({"bias": 1.0, "x": value}, label)
    for value, label in stream[:201]:
        part.learn_one({"bias": 1.0, "x": value}, label)
    second = laplace()
    second.restore(orjson.loads(orjson.dumps(first.state())))
    again = logistic(second)
    set_weights(again, orjson.loads(orjson.dumps(part.weights)))
    for value, label in stream[201:]:
        again.learn_one({"bias": 1.0, "x": value}, label)

    assert again.weights == through.weights


def test_restore_of_another_size():
    """A covariance of another number of terms is refused."""
    plain = laplace().state() | {"covariance": [1.0]}

    with pytest.raises(SnapshotRejected, match=r"^covariance must fit 2 terms") as no:
        laplace().restore(plain)
    assert no.value.reason == "schema"


def test_fading_steps_do_not_vanish():
    """After 20,000 equal slopes the step is the floor, not 1 / sqrt(20,000)."""
    optimiser = FadingAdaGrad(0.1, keep=0.99)
    optimiser.squares["x"] = 1e9
    for _ in range(20_000):
        optimiser.step({"x": 0.0}, {"x": 1.0})
    before = {"x": 0.0}
    optimiser.step(before, {"x": 1.0})

    assert before["x"] == pytest.approx(-0.1 * math.sqrt(0.01), rel=0.01)
