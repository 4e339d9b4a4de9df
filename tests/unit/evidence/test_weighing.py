from dataclasses import replace

import numpy as np
import pytest

from benchmarks.ope_synthetic_logs import ACTIONS, BUGS, independent
from engage.evidence.offpolicy.weighing import kish, objections, weigh


@pytest.fixture(scope="module")
def log():
    """Return a sound synthetic log of 10,000 decisions, seed 4."""
    return independent(np.random.default_rng(4)).sample


def test_sound_log(log):
    """A sound log is not objected to; its weights average to 1 within 3 errors."""
    found = weigh(log, ACTIONS)

    assert objections(found) == []
    assert abs(found.balance.z) <= 3.0
    assert [one.name for one in found.actions] == list(ACTIONS)
    assert sum(one.drawn for one in found.actions) == found.rows


def test_target_is_logging(log):
    """Against itself a log has weights of 1 and no spread, and that is no alarm."""
    found = weigh(replace(log, target=log.logged), ACTIONS)

    assert (found.balance.z, found.size, found.balance.mean) == (
        0.0,
        float(found.rows),
        1.0,
    )
    assert objections(found) == []


def test_null_variance(log):
    """The error of the mean weight comes from the whole logged distribution."""
    ratio = log.target / log.logged
    variance = ((log.target * ratio).sum(axis=1) - 1.0).sum()
    gap = log.weights.mean() - 1.0

    found = weigh(log, ACTIONS).balance

    assert found.z == pytest.approx(gap * log.drawn.size / np.sqrt(variance))


def test_actions_share_the_level(log):
    """Each of five actions may stray as far as chance does once in 5 x 370 logs."""
    p = log.logged[:, 2]
    n, log_term = p.size, np.log(2.0 * 5 / 0.0027)
    se = np.sqrt((1.0 / p - 1.0).sum()) / n

    found = weigh(log, ACTIONS).actions[2]

    assert len(ACTIONS) == 5
    assert found.z == pytest.approx((found.mean - 1.0) / se)
    assert found.allowed == pytest.approx(
        se * np.sqrt(2.0 * log_term) + 2.0 / p.min() * log_term / (3.0 * n)
    )


def test_too_small_is_off_like_too_large(log):
    """Weights that come to too little are as wrong as those that come to too much."""
    found = weigh(log, ACTIONS).balance
    off = 1.01 * found.allowed

    assert [replace(found, mean=1.0 + by).is_off for by in (-off, 0.0, off)] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("bug", list(BUGS))
def test_wrong_propensities(log, bug):
    """A log whose propensities are wrong is objected to before any outcome is read."""
    blind = replace(BUGS[bug](log), outcome=np.ones(log.outcome.size))

    assert objections(weigh(blind, ACTIONS)) != []


def test_swapped_actions(log):
    """Draws that follow another action's probability fail the calibration."""
    swapped = replace(log, logged=log.logged[:, ::-1].copy())

    found = weigh(swapped, ACTIONS)

    assert found.calibration > 10.0


def test_broken_distribution(log):
    """A logged distribution that does not sum to 1 is named."""
    logged = log.logged.copy()
    logged[0, 0] += 0.5

    text = objections(weigh(replace(log, logged=logged), ACTIONS))[0]

    assert text == "logged distributions must sum to 1, 1 of 10000 do not"


def test_no_support(log):
    """A target that draws what the log never draws has no value there."""
    logged, drawn = log.logged.copy(), log.drawn.copy()
    gone = drawn != 1
    logged[:, 1] = 0.0
    logged /= logged.sum(axis=1, keepdims=True)
    without = replace(log, logged=logged).part(gone)

    assert "never drawn in the log" in objections(weigh(without, ACTIONS))[0]


def test_too_small(log):
    """Below 1,000 effective decisions or 100 effective outcomes there is no number."""
    some = np.arange(log.drawn.size) < 900

    found = objections(weigh(log.part(some), ACTIONS))

    assert [text.split(" must")[0] for text in found] == [
        "effective sample size",
        "effective decisions with an outcome above 0",
    ]


def test_a_handful_of_visitors(log):
    """Ten thousand decisions of a few people say how those few differ, no more."""
    few = np.arange(log.drawn.size) % 12
    one = np.where(np.arange(log.drawn.size) % 10, 0, np.arange(log.drawn.size))

    assert objections(weigh(replace(log, visitors=few), ACTIONS)) == [
        "effective visitors must be >= 100, got 12 of 12"
    ]
    assert objections(weigh(replace(log, visitors=one), ACTIONS)) == [
        "effective visitors must be >= 100, got 1 of 1000"
    ]


def test_effective_size():
    """One weight as large as all others together halves the size at most."""
    assert kish(np.ones(100)) == 100.0
    assert kish(np.array([100.0, *np.ones(100)])) == pytest.approx(200**2 / 10_100)
