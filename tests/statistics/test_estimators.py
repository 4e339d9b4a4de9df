from dataclasses import replace

import numpy as np
import pytest

from benchmarks.ope_synthetic_logs import (
    BUGS,
    KINDS,
    VALUE,
    D,
    rates,
    refused,
    run,
    target_of,
)
from engage.evidence.offpolicy.estimators import estimate


@pytest.mark.parametrize("kind", list(KINDS))
def test_known_truth(kind):
    """DR finds the known value, and its intervals hold it.

    200 logs of 10,000 decisions, seed 0. Bias: 2 % and 3 standard errors of the mean
    over the logs. Coverage: .95 within 3.2 standard errors of a share of 200, .015.
    """
    found = run(kind, repetitions=200, names=("DR",))["DR"]

    assert abs(found["relative_bias"]) <= 0.02 + 3 * found["relative_bias_se"]
    assert 0.90 <= found["coverage"] <= 0.998


def test_logging_policy_itself():
    """With the logging policy as target, IPS, SNIPS and the mean agree to 1e-12.

    One log of each kind, seed 2.
    """
    for make in KINDS.values():
        log = make(np.random.default_rng(2)).sample
        same = replace(log, target=log.logged)
        assert abs(estimate(same, "IPS").value - log.outcome.mean()) <= 1e-12
        assert abs(estimate(same, "SNIPS").value - log.outcome.mean()) <= 1e-12


@pytest.mark.parametrize("bug", list(BUGS))
def test_wrong_propensities_are_refused(bug):
    """All 200 logs with this seeded bug are refused (seed 1)."""
    assert refused(bug, logs=200) == 200


def test_sound_logs_are_not_refused():
    """None of 200 sound logs is refused (seed 1)."""
    assert refused(None, logs=200) == 0


def test_truth_is_no_estimate():
    """The truth of the benchmark is reproduced by other contexts.

    Seed 8, 200,000 contexts; 4 standard errors.
    """
    x = np.random.default_rng(8).normal(size=(200_000, D))
    worth = (target_of(x) * rates(x)).sum(axis=1)

    assert abs(worth.mean() - VALUE) <= 4 * worth.std() * np.sqrt(1 / 2e5 + 1 / 4e5)
