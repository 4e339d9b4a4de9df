import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.ope_open_bandit import by_loops, ours
from engage.errors import EvidenceRefused
from engage.evidence.offpolicy.estimators import (
    ESTIMATORS,
    Sample,
    clustered_se,
    estimate,
    least_error,
)


def sample(seed=1, n=2_000, k=6, *, rate=0.05):
    """Return a log with random distributions, rare outcomes and a poor model."""
    rng = np.random.default_rng(seed)
    logged = rng.dirichlet(np.ones(k), n) * 0.9 + 0.1 / k
    drawn = np.array([rng.choice(k, p=row) for row in logged])
    return Sample(
        logged=logged,
        target=rng.dirichlet(np.ones(k), n),
        drawn=drawn.astype(np.intp),
        outcome=(rng.random(n) < rate) * rng.lognormal(3.0, 1.0, n),
        expected=rng.normal(1.0, 0.5, (n, k)),
        visitors=np.repeat(np.arange(n // 2), 2),
    )


def test_formulas_of_the_papers():
    """Every estimator equals plain loops over the papers' formulas within 1e-10."""
    log = sample()

    loops, product = by_loops(log), ours(log)

    assert set(loops) == set(ESTIMATORS)
    for name, value in loops.items():
        assert product[name] == pytest.approx(value, abs=1e-10), name


def test_logging_policy_itself():
    """Where the target is the logging policy, nothing is gained, and that for sure."""
    log = sample()
    same = replace(log, target=log.logged)

    for name in ("IPS", "SNIPS"):
        found = estimate(same, name)
        assert abs(found.value - log.outcome.mean()) <= 1e-12
        assert max(map(abs, (found.gain, found.gain_low, found.gain_high))) <= 1e-12
        assert found.se == pytest.approx(clustered_se(log.outcome, log.visitors))


def test_perfect_model():
    """A model that knows each outcome leaves DR nothing to correct."""
    log = sample()
    knowing = replace(
        log, expected=np.repeat(log.outcome[:, None], log.target.shape[1], axis=1)
    )

    assert estimate(knowing, "DR").value == pytest.approx(log.outcome.mean())


def test_scale():
    """Values and intervals scale with the outcome; gains do, too."""
    log = sample()
    double = replace(log, outcome=2 * log.outcome, expected=2 * log.expected)

    for name in ESTIMATORS:
        once, twice = estimate(log, name), estimate(double, name)
        assert twice.value == pytest.approx(2 * once.value)
        assert twice.gain == pytest.approx(2 * once.gain)


def test_model_alone_has_no_interval():
    """DM's error is its model's, which no resampling of rows can show."""
    found = estimate(sample(), "DM")

    assert (found.se, found.low, found.gain_high) == (None, None, None)


def test_no_overlap():
    """SNIPS of a target that never draws what was drawn is refused."""
    log = sample()
    target = log.target.copy()
    target[np.arange(len(target)), log.drawn] = 0.0

    with pytest.raises(EvidenceRefused, match="no overlap"):
        estimate(replace(log, target=target), "SNIPS")


def test_clusters():
    """Two equal rows a visitor are worth one: the error is that of half the rows."""
    rng = np.random.default_rng(3)
    values = rng.normal(size=500)
    twice = np.repeat(values, 2)

    alone = clustered_se(values, np.arange(500))

    assert alone == pytest.approx(values.std(ddof=1) / math.sqrt(500))
    assert clustered_se(twice, np.repeat(np.arange(500), 2)) == pytest.approx(alone)
    assert clustered_se(twice, np.arange(1_000)) < 0.75 * alone


def test_one_visitor():
    """Nothing can be said about the spread of visitors from one of them."""
    assert clustered_se(np.array([1.0, 2.0]), np.array([0, 0])) == math.inf


def test_chosen_setting():
    """A candidate far off is not taken; a steady one that agrees is."""
    log = sample(n=400)
    rng = np.random.default_rng(5)
    noisy = rng.normal(1.0, 3.0, 400)
    off, steady = np.full(400, 9.0), 0.2 * (noisy - noisy.mean()) + noisy.mean()

    fit = least_error(log, [(3.0, noisy), (2.0, off), (1.0, steady)])

    assert fit.setting == 1.0
    assert fit.bias > 0.0


def test_settings_from_data():
    """Switch-DR and DRos say which setting they took; the others have none."""
    log = sample()

    found = {name: estimate(log, name).setting for name in ESTIMATORS}

    assert found["Switch-DR"] > 0.0
    assert found["DRos"] >= 1.0
    assert {found[name] for name in ("IPS", "SNIPS", "DM", "DR")} == {None}


def test_part():
    """A part is a sample of the chosen rows only."""
    log = sample()
    chosen = log.outcome > 0.0

    part = log.part(chosen)

    assert part.outcome.tolist() == log.outcome[chosen].tolist()
    assert part.weights.tolist() == log.weights[chosen].tolist()


@pytest.mark.parametrize("name", ["Switch-DR", "DRos"])
def test_a_models_own_error_is_not_hidden(name):
    """Trusting a model that learned from the same orders makes no interval narrower.

    The target is the logging policy and the model knows the mean only: whoever trusts
    it repeats the log's mean, which is as uncertain as it is. Taken as fixed, the model
    made intervals of .71 of that: they held the truth in 85 of 100 logs.
    """
    log = sample()
    mean = np.full_like(log.target, log.outcome.mean())
    same = replace(log, target=log.logged, expected=mean)

    least = clustered_se(log.outcome, log.visitors)
    assert estimate(same, name).se >= least * (1 - 1e-9)
