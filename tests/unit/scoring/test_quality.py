import math

import numpy as np
import pytest

from engage.scoring.quality import (
    ProbabilityQuality,
    QuantileQuality,
    calibration,
    log_loss,
    pinball,
    roc_auc,
)


def test_auc_is_the_share_of_ordered_pairs():
    """The AUC equals the weighted share of pairs in order, ties counting half."""
    rng = np.random.default_rng(3)
    p, y = rng.integers(0, 6, 60) / 6, rng.integers(0, 2, 60).astype(float)
    w = rng.uniform(0.5, 3.0, 60)
    ups, downs = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    pairs = [(w[i] * w[j], p[i], p[j]) for i in ups for j in downs]
    won = sum(m * ((a > b) + 0.5 * (a == b)) for m, a, b in pairs)

    assert roc_auc(p, y, weights=w) == pytest.approx(won / sum(m for m, _, _ in pairs))


def test_auc_of_one_class():
    """Without both classes there is nothing to rank, and the AUC is not a number."""
    assert math.isnan(roc_auc(np.ones(3), np.ones(3), weights=np.ones(3)))


def test_log_loss_is_clamped():
    """A certain mistake costs -log(1e-4), not infinity."""
    loss = log_loss(np.array([0.0]), np.array([1.0]), weights=np.ones(1))

    assert loss == pytest.approx(-math.log(1e-4))


def test_noise_floor_of_a_perfect_model():
    """A model that states the truth shows its floor: 200 runs of 2,000, seed 5.

    Tolerance: 4 standard errors of the mean over the runs.
    """
    rng = np.random.default_rng(5)
    gaps = []
    for _ in range(200):
        p = rng.uniform(0.05, 0.6, 2_000)
        y = (rng.random(2_000) < p).astype(float)
        error, floor = calibration(p, y, weights=np.ones(2_000))
        gaps.append(error - floor)

    assert abs(np.mean(gaps)) < 4 * np.std(gaps) / math.sqrt(200)


def test_miscalibration_shows():
    """Doubling every probability shows as an error far above the floor."""
    rng = np.random.default_rng(6)
    p = rng.uniform(0.1, 0.4, 4_000)
    y = (rng.random(4_000) < p).astype(float)
    error, floor = calibration(2 * p, y, weights=np.ones(4_000))

    assert error > 10 * floor


def test_weights_count_as_repeats():
    """An example of weight 3 counts in the loss like three examples."""
    p, y = np.array([0.2, 0.7]), np.array([0.0, 1.0])
    repeated = log_loss(np.repeat(p, [3, 1]), np.repeat(y, [3, 1]), weights=np.ones(4))

    assert log_loss(p, y, weights=np.array([3.0, 1.0])) == pytest.approx(repeated)


def test_pinball_is_least_at_the_quantile():
    """No other constant has a lower pinball loss than the empirical quantile."""
    y = np.random.default_rng(8).lognormal(size=501)
    best = np.quantile(y, 0.9)
    losses = [pinball(np.full(501, best * k), y, quantile=0.9) for k in (0.9, 1, 1.1)]

    assert min(losses) == losses[1]


def test_window_forgets():
    """Figures are over the last examples only; the count is over all."""
    recent = ProbabilityQuality(window=2)
    for label in (True, False, True):
        recent.add(0.5, label, weight=1.0)

    assert (recent.figures()["base_rate"], recent.figures()["count"]) == (0.5, 3.0)


def test_no_examples_no_figures():
    """A scorer that has seen nothing claims nothing."""
    quantiles = QuantileQuality((0.5,))

    assert (ProbabilityQuality().figures(), quantiles.figures()) == (
        {"count": 0.0},
        {"count": 0.0},
    )


def test_coverage_error_is_signed():
    """Quantiles that are too low show a negative coverage error."""
    quality = QuantileQuality((0.5,))
    for observed in (1.0, 2.0, 3.0, 4.0):
        quality.add((1.5,), observed)

    assert quality.figures()["coverage_error_0.5"] == -0.25


def test_coverage_with_observations_cut_short():
    """Cut short at random, quantiles that are true still show no coverage error."""
    luck, levels = np.random.default_rng(7), (0.1, 0.25, 0.5, 0.75, 0.9)
    knots = -np.log1p(-np.array(levels))
    quality = QuantileQuality(levels, window=20_000)
    for observed, end in luck.exponential(size=(20_000, 2)) * (1.0, 1.5):
        quality.add(knots, min(observed, end), is_cut_short=end < observed)
    found = quality.figures()
    errors = [found[f"coverage_error_{level}"] for level in levels]

    # A fifth and more of the long ones are cut; 4 standard errors are .02 at .9.
    assert max(map(abs, errors)) < 0.02


def test_window_of_an_earlier_release():
    """Rows that were kept without a word about cuts are of whole observations."""
    quality, again = QuantileQuality((0.5,)), QuantileQuality((0.5,))
    quality.add((1.0,), 2.0)
    again.restore({"seen": 1, "rows": [[2.0, 1.0]]})

    assert again.state() == quality.state()


def test_windows_survive_plain_data():
    """A restored window shows the same figures."""
    quality, again = ProbabilityQuality(), ProbabilityQuality()
    for at in range(50):
        quality.add(at / 50, at % 3 == 0, weight=1.0 + at)
    again.restore(quality.state())

    assert again.figures() == quality.figures()
