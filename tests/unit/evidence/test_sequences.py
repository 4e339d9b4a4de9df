import math

import numpy as np
import pytest

from engage.evidence.sequences.means import arm_of, compare
from engage.evidence.sequences.radius import radius, units_needed
from engage.evidence.sequences.ratio import check_ratio


def arm(values, *, share):
    """Return the sums of a group that each visitor joins with probability `share`."""
    values = np.asarray(values, dtype=np.float64)
    return arm_of(
        values, weights=np.full(len(values), 1 / share), has_order=values != 0
    )


def test_variance_is_that_of_a_difference():
    """With a constant share the sd is that of two means, scaled to one visitor."""
    rng = np.random.default_rng(3)
    treated, held = rng.normal(5, 2, 800), rng.normal(5, 2, 200)
    both = np.concatenate([treated, held])

    gap = compare(arm(treated, share=0.8), arm(held, share=0.2), tuned_to=1_000)

    least = math.sqrt(1_000 * (treated.var() / 800 + held.var() / 200))
    most = math.sqrt(
        1_000 * max(treated.var(), held.var(), both.var()) * (1 / 800 + 1 / 200)
    )
    assert least - 1e-9 <= gap.sd <= most + 1e-9


def test_lucky_holdout_is_not_believed():
    """A holdout without a large order is given the pooled variance."""
    treated = np.tile([0.0, 0.0, 0.0, 60.0], 200)
    held = np.tile([0.0, 1.0], 100)

    gap = compare(arm(treated, share=0.8), arm(held, share=0.2), tuned_to=1_000)

    pooled = np.concatenate([treated, held]).var()
    assert gap.sd**2 / 1_000 >= pooled / 200


@pytest.mark.parametrize("is_treated", [True, False])
def test_one_group_without_visitors(is_treated):
    """While everybody is in one group there is a mean, and nothing to compare."""
    some, nobody = arm([0.0, 30.0], share=0.8), arm([], share=0.2)

    gap = compare(*((some, nobody) if is_treated else (nobody, some)), tuned_to=1_000)

    assert gap.difference == (15.0 if is_treated else -15.0)
    assert (gap.sd, gap.low, gap.is_found) == (0.0, None, False)


def test_interval_that_ends_at_nothing():
    """Where everybody earns the same nothing is found: 0 at an end is in."""
    same = arm([30.0] * 100, share=0.5)

    gap = compare(same, same, tuned_to=1_000)

    assert (gap.low, gap.high, gap.is_found) == (0.0, 0.0, False)


def test_radius_covers_more_than_a_fixed_test():
    """At its best the sequence is 1.5 to 1.7 times a fixed-n interval."""
    ratio = radius(5_000, 1.0, alpha=0.05, tuned_to=5_000) * math.sqrt(5_000) / 1.96

    assert 1.5 < ratio < 1.7


def test_radius_is_narrowest_where_tuned():
    """Relative to 1 / sqrt(n) the sequence is narrowest near its tuning."""
    widths = [
        radius(n, 1.0, alpha=0.05, tuned_to=5_000) * math.sqrt(n)
        for n in (500, 5_000, 50_000)
    ]

    assert widths[1] == min(widths)


def test_units_needed_are_enough():
    """At the stated number the interval and four fifths of the luck fit the effect."""
    n = units_needed(2.0, 0.1, tuned_to=5_000)

    reach = radius(n, 2.0, alpha=0.05, tuned_to=5_000)
    assert reach + 0.8416 * 2.0 / math.sqrt(n) == pytest.approx(0.1, rel=2e-3)


@pytest.mark.parametrize(("sd", "effect"), [(0.0, 0.1), (1.0, 0.0), (1.0, -1.0)])
def test_nothing_to_decide(sd, effect):
    """Without spread or without an effect no number of visitors decides."""
    assert units_needed(sd, effect, tuned_to=5_000) == math.inf


def test_no_visitors_no_alarm():
    """Nobody is no evidence against the assignment."""
    nobody = check_ratio(np.zeros(0, dtype=bool), np.zeros(0))

    assert (nobody.is_broken, nobody.evidence) == (False, 1.0)


def test_alarm_stays():
    """An imbalance that was beyond doubt once is not forgotten later."""
    broken = np.ones(400, dtype=bool)
    mended = np.arange(40_000) % 2 == 0

    check = check_ratio(np.concatenate([broken, mended]), np.full(40_400, 0.5))

    assert check.is_broken


def test_taper_is_no_imbalance():
    """Shares that change over time are judged each by its own."""
    share = np.where(np.arange(30_000) < 10_000, 0.2, 0.05)
    is_holdout = np.where(
        np.arange(30_000) < 10_000,
        np.arange(30_000) % 5 == 0,
        np.arange(30_000) % 20 == 0,
    )

    assert not check_ratio(is_holdout, share).is_broken
