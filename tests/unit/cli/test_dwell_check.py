import random

import pytest

from engage.cli.dwell_check import LEVELS, WINDOW, DwellCheck


def stream(n, *, shift=0.0, seed=5):
    """Return a check of `n` uniform views, predicted right but for a shift."""
    rng, check = random.Random(seed), DwellCheck()
    for _ in range(n):
        check.add({level: level + shift for level in LEVELS}, observed=rng.random())
    return check


def test_true_quantiles_cover():
    """True quantiles cover their level: 20,000 views, 4 standard errors (.014)."""
    coverage = stream(WINDOW + 20_000).coverage()

    for level in LEVELS:
        assert coverage[level] == pytest.approx(level, abs=0.015)


def test_true_quantiles_beat_a_rolling_one():
    """The truth loses less than an estimate from 1,000 views, and by little."""
    excess = stream(WINDOW + 20_000).excess()

    assert all(-0.02 < excess[level] < 0 for level in LEVELS)


def test_wrong_quantiles_lose():
    """Quantiles that are off by a tenth lose to the rolling ones at every level."""
    excess = stream(WINDOW + 5_000, shift=-0.1).excess()

    assert all(excess[level] > 0.02 for level in LEVELS)


def test_nothing_said_before_the_window_is_full():
    """Until 1,000 views were seen there are no figures."""
    check = stream(WINDOW)

    assert check.views == 0
    assert "no figures" in check.text()
