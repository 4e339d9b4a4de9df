import math

import numpy as np
import pytest

from benchmarks.propensity_bugs import ALPHA, BUGS, p_value, simulate


def test_draws_follow_the_log():
    """200,000 draws agree with their logged distributions at alpha 1e-3 (seed 1)."""
    assert p_value(simulate(200_000, seed=1)) >= ALPHA


def test_distributions_are_distributions():
    """In 200,000 decisions all sum to 1 within 1e-9 and every floor holds (seed 1)."""
    logged = simulate(200_000, seed=1).logged
    eligible = logged > 0.0
    least = 0.02 / eligible.sum(axis=1, keepdims=True)

    assert np.abs(logged.sum(axis=1) - 1.0).max() <= 1e-9
    assert logged[:, 0].min() >= 0.1 - 1e-12
    assert (logged >= np.where(eligible, least - 1e-12, 0.0)).all()


def test_weights_average_to_one():
    """Over the log, 1/p of what was drawn averages to one per action that could be.

    Seed 2, 100,000 decisions; 4 standard errors of each mean.
    """
    log = simulate(100_000, seed=2)
    for a in range(log.logged.shape[1]):
        present = log.logged[:, a] > 0.0
        p = log.logged[present, a]
        weight = (log.drawn[present] == a) / p
        error = weight.std() / math.sqrt(weight.size)
        assert abs(weight.mean() - 1.0) <= 4 * error


def test_audit_is_calibrated():
    """A healthy engine's p-values are uniform: of 30, the median is near a half.

    Seeds 100 to 129, 5,000 decisions each; the median of 30 uniform values lies in
    [.2, .8] with a chance of .9998.
    """
    found = [p_value(simulate(5_000, seed=100 + i)) for i in range(30)]

    assert 0.2 <= float(np.median(found)) <= 0.8


@pytest.mark.parametrize("bug", list(BUGS))
def test_seeded_bug_is_caught(bug):
    """Each seeded bug is noticed, in both of two runs (20 of 20 in benchmarks/)."""
    found = [p_value(simulate(80_000, seed=s, bug=bug)) < ALPHA for s in (3, 4)]

    assert found == [True, True]
