"""Scorers against simulated truth: calibrated, close to what can be known, unbiased."""

import math

import numpy as np
import pytest

from engage.scoring.base import Example
from engage.scoring.basis import Basis
from engage.scoring.dwell import DwellScorer
from engage.scoring.frozen_dwell import QUANTILES
from engage.scoring.logistic import LogisticScorer, Prior
from engage.scoring.quality import calibration, log_loss, pinball
from engage.visits.shapes import PageView

N = 6_000
BASIS = Basis(
    names=("a", "b", "c", "f"),
    flags=frozenset({"f"}),
    knots=(-1.0, 0.0, 1.0),
    pairs=(("a", "b"), ("f", "a")),
)


def shoppers(seed):
    """Return inputs, the true probability, and labels of N simulated checkpoints."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(N, 4))
    x[:, 3] = rng.random(N) < 0.4
    logit = 1.2 - 0.8 * np.maximum(x[:, 0], 0) * (1 + x[:, 3]) + 0.5 * x[:, 1]
    logit -= 0.4 * x[:, 0] * x[:, 1] + 0.3 * x[:, 2]
    truth = 1 / (1 + np.exp(-logit))
    return x, truth, (rng.random(N) < truth).astype(float)


def prequential(x, labels, weights):
    """Return predictions, each made before its label; weight 0 is not learned."""
    scorer = LogisticScorer("hesitation", basis=BASIS, prior=Prior())
    found = np.empty(len(x))
    for at, (row, label, weight) in enumerate(zip(x, labels, weights, strict=True)):
        found[at] = scorer.predict(row)
        if weight:
            scorer.learn(
                Example(
                    scorer="hesitation",
                    label=label,
                    features=row,
                    weight=weight,
                    predicted=found[at],
                )
            )
    return found


def skill_share(predicted, truth, labels):
    """Return the log-loss saved over the base rate as a share of what truth saves."""
    ones = np.ones_like(labels)
    guess = log_loss(np.full_like(labels, labels.mean()), labels, weights=ones)
    best = log_loss(truth, labels, weights=ones)
    return (guess - log_loss(predicted, labels, weights=ones)) / (guess - best)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_hesitation_is_calibrated_and_skilled(seed):
    """Seeds 1 to 3, n = 6,000, first 1,000 skipped: the bars of the project.

    ECE at most .01 above its floor, log-loss skill at least .8 of the truth's. The
    floor's own standard deviation here is .003, so .01 is three of them.
    """
    x, truth, labels = shoppers(seed)
    predicted = prequential(x, labels, np.ones(N))
    late = slice(1_000, None)
    error, floor = calibration(predicted[late], labels[late], weights=np.ones(N - 1000))

    assert error - floor <= 0.01
    assert skill_share(predicted[late], truth[late], labels[late]) >= 0.8


def test_weights_undo_selection():
    """Learning only what was left alone, weighted by 1 / p(none), stays unbiased.

    Seed 4. Hesitating visitors are left alone in 20 to 90 % of cases, by a score that
    is no input of the model; without weights the mean prediction is off by .05, with
    them within 4 standard errors of the truth's mean (.006 each at n = 5,000).
    """
    x, truth, labels = shoppers(4)
    p_none = np.clip(1.1 - truth, 0.2, 0.9)
    hidden = np.where(labels > 0, p_none, 0.9)
    left = np.random.default_rng(5).random(N) < hidden
    weighted = prequential(x, labels, np.where(left, 1 / hidden, 0.0))[1_000:]
    plain = prequential(x, labels, left.astype(float))[1_000:]

    assert abs(weighted.mean() - truth[1_000:].mean()) < 4 * 0.006
    assert abs(plain.mean() - truth[1_000:].mean()) > 0.05


def test_a_changed_base_rate_is_followed():
    """Seed 6: after the odds fall by e^1.5 the mean prediction follows in 2,000."""
    x, truth, _ = shoppers(6)
    truth = truth / (truth + (1 - truth) * np.where(np.arange(N) < 3_000, 1, 4.48))
    labels = (np.random.default_rng(7).random(N) < truth).astype(float)
    predicted = prequential(x, labels, np.ones(N))

    assert abs(predicted[5_000:].mean() - truth[5_000:].mean()) < 0.05


def dwell_run(seed, *, cards):
    """Return predicted quantiles, log-dwells and true quantiles of N views."""
    rng = np.random.default_rng(seed)
    category = rng.integers(0, 4, N)
    level, spread = 2.5 + 0.4 * category, 0.7 + 0.1 * category
    dwell = level + spread * rng.normal(size=N)
    # Standard normal quantiles of QUANTILES.
    steps = np.array([-1.2816, -0.6745, 0.0, 0.6745, 1.2816, 1.6449, 2.3263])
    truth = np.log1p(np.exp(level[:, None] + spread[:, None] * steps))
    at_card = np.exp(level + spread * rng.uniform(0.2, 1.7, N))
    shown = cards & (rng.random(N) < 0.5)
    scorer, found = DwellScorer(), np.empty((N, len(QUANTILES)))
    for at in range(N):
        view = PageView("product", f"c{category[at]}", 2, "phone", False, 0, 0, 1, None)
        found[at] = scorer.knots(view)
        full, cut = math.exp(dwell[at]), at_card[at] if shown[at] else math.inf
        scorer.learn(
            Example(
                scorer="dwell", label=min(full, cut), view=view, censored=cut < full
            )
        )
    return found, np.log1p(np.exp(dwell)), truth


@pytest.mark.parametrize("cards", [False, True])
def test_dwell_covers(cards):
    """Seed 8, n = 6,000, first 1,000 skipped: the bars, with and without cards.

    Coverage within .02 of the level (a perfect one has a standard error of .007 at
    .5), excess pinball at most 3 % above the truth's, for .5, .75, .9 and .95.
    """
    found, y, truth = dwell_run(8, cards=cards)
    for level in (0.5, 0.75, 0.9, 0.95):
        column = QUANTILES.index(level)
        p, q = found[1_000:, column], truth[1_000:, column]
        best = pinball(q, y[1_000:], quantile=level)

        assert abs((y[1_000:] <= p).mean() - level) <= 0.02
        assert pinball(p, y[1_000:], quantile=level) <= 1.03 * best


def test_ignoring_cards_would_bias():
    """Seed 9: taken as whole, views cut off by cards make the .9 quantile too low.

    This is what the censored step is for: its error stays within .02 in the test above.
    """
    rng = np.random.default_rng(9)
    scorer, short = DwellScorer(), 0
    view = PageView("product", "c", 2, "phone", False, 0, 0, 1, None)
    for at in range(N):
        full = float(np.exp(3 + rng.normal()))
        if at >= 1_000:
            short += math.log1p(full) <= scorer.knots(view)[QUANTILES.index(0.9)]
        card = float(np.exp(3 + rng.uniform(0.2, 1.7))) if rng.random() < 0.5 else full
        scorer.learn(Example(scorer="dwell", label=min(full, card), view=view))

    assert short / (N - 1_000) < 0.88
