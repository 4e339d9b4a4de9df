"""Two arms compared by visitor: variances, covariates, bounds."""

import math

import numpy as np
import pytest

from engage.learning.arms import MOST_VISITORS, Arm, compare, one_mean


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


def test_bounded():
    """No more visitors are remembered one by one than the bound says."""
    found = Arm()
    for number in range(MOST_VISITORS + 10):
        found.add(str(number), 1.0)

    assert len(found.plain()["open"]) == MOST_VISITORS
    assert found.visitors == MOST_VISITORS + 10
