"""Two arms compared by visitor: variances, covariates, bounds."""

import math

import numpy as np
import pytest

from engage.learning.trials.arms import MOST_VISITORS, Arm, compare, one_mean


def test_clustered():
    """Decisions of one visitor speak together: ten of each are no ten visitors."""
    luck, alone, repeated = np.random.default_rng(3), Arm(), Arm()
    for number, value in enumerate(luck.normal(0, 1, 400).tolist()):
        alone.add(f"v_{number}", value)
        for _ in range(10):
            repeated.add(f"v_{number}", value)

    assert repeated.units == 4_000
    assert one_mean(repeated).n == 400
    assert one_mean(repeated).sd == pytest.approx(one_mean(alone).sd)


def test_covariates():
    """What was known before the draw is taken out of both arms; the mean stays."""
    luck, plain, adjusted = np.random.default_rng(4), [Arm(), Arm()], [Arm(), Arm()]
    for number in range(4_000):
        known = float(luck.exponential(1.0))
        value = 3.0 * known + float(luck.normal()) + 0.2 * (number % 2)
        plain[number % 2].add(str(number), value)
        adjusted[number % 2].add(str(number), value, (known, 0.0))
    one, other = compare(plain[1], plain[0]), compare(adjusted[1], adjusted[0])

    assert other.sd < 0.4 * one.sd
    # Four standard errors of the adjusted difference.
    assert other.difference == pytest.approx(0.2, abs=4 * other.sd / math.sqrt(4_000))


def test_clustered_over_strata():
    """A visitor who comes again at the next share is no other visitor."""
    luck, once, twice = np.random.default_rng(6), (Arm(), Arm()), (Arm(), Arm())
    for number, value in enumerate(luck.normal(0, 1, 400).tolist()):
        once[number % 2].add(str(number), value)
        for stratum in (0, 1):
            twice[number % 2].add(str(number), value, stratum=stratum)

    # Taken for twice as many visitors its sd would be .7 times this.
    assert tuple(compare(*twice)) == pytest.approx(tuple(compare(*once)), rel=0.02)


def by_the_book(units):
    """Return (difference, its variance) of units, computed from one row each.

    Least squares on both covariates with a level for each arm and stratum, then the
    difference of levels in each stratum weighted by ab / (a + b), its variance summed
    by visitor; no arm varies less than both together.

    Args:
        units: of (arm, stratum, visitor, outcome, covariate, covariate).
    """
    arm, stratum, visitor = (np.array([one[i] for one in units]) for i in range(3))
    y = np.array([one[3] for one in units])
    known = np.array([one[4:] for one in units])
    cells = np.stack([(arm == a) & (stratum == s) for a in (0, 1) for s in (0, 1)])
    slopes = np.linalg.lstsq(np.hstack([known, cells.T]), y, rcond=None)[0][:2]
    left, n = y - known @ slopes, cells.sum(axis=1).reshape(2, 2)
    levels = np.array([left[cell].mean() for cell in cells]).reshape(2, 2)
    weights = n[0] * n[1] / n.sum(axis=0)
    weights = weights / weights.sum()
    mean = np.array([left[stratum == s].mean() for s in (0, 1)])
    pooled = ((left - mean[stratum]) ** 2).mean()
    variance = 0.0
    for a in (0, 1):
        scaled = (weights / n[a])[stratum] * (left - levels[a][stratum])
        sums = [scaled[(arm == a) & (visitor == v)].sum() for v in set(visitor)]
        variance += max(np.square(sums).sum(), pooled * (weights**2 / n[a]).sum())
    return float(weights @ (levels[1] - levels[0])), variance


def test_by_the_book():
    """Sums by visitor give what a regression on the rows themselves gives.

    Arms of 1 to 2 and of 3 to 2, levels far from 0; half the visitors come again.
    """
    luck, arms, units = np.random.default_rng(5), (Arm(), Arm()), []
    for number in range(300):
        arm = int(number % 3 == 0)
        patience = float(luck.normal())
        for stratum in range(1 + number % 2):
            known = tuple(luck.exponential(2.0, 2).tolist())
            outcome = 5.0 + 2.0 * known[0] - known[1] + stratum + 0.3 * arm + patience
            units.append((arm, stratum, number, outcome, *known))
            arms[arm].add(str(number), outcome, known, stratum=stratum)
    difference, variance = by_the_book(units)
    found = compare(arms[1], arms[0])

    assert found.n == 300
    assert found.difference == pytest.approx(difference, rel=1e-9)
    assert found.sd**2 / found.n == pytest.approx(variance, rel=1e-9)


def test_nobody_to_compare():
    """Without a stratum that both arms have met there is no difference, told or not."""
    found = compare(Arm(), Arm())
    assert tuple(found) == (0.0, 1.0, 0)
    assert tuple(one_mean(Arm())) == (0.0, 1.0, 0)


def test_bounded():
    """No more visitors are remembered one by one than the bound says."""
    found = Arm()
    for number in range(MOST_VISITORS + 10):
        found.add(str(number), 1.0)

    assert len(found.plain()["open"]) == MOST_VISITORS
    assert found.visitors == MOST_VISITORS + 10
