import numpy as np
import pytest

from benchmarks.lift_shoppers import (
    EFFECT_EUR,
    SHARES,
    alarms,
    leaks,
    looks,
    shoppers,
)
from engage.evidence.lift.measure import measure
from engage.evidence.lift.report import Plan
from engage.evidence.sequences.means import compare
from engage.evidence.sequences.ratio import check_ratio

RUNS = 25


@pytest.mark.parametrize("share", SHARES)
def test_nothing_is_found_where_nothing_is(share):
    """With a look every 100 visitors, A/A runs rarely raise a false alarm.

    A fortieth of `benchmarks/lift_aa.py`: 25 runs, seeds 0 to 24. At a true rate of 5 %
    more than 5 alarms are a 4-standard-error event (1.25 + 4 x 1.1). The peeking z-test
    in the same harness proves that there was something to be fooled by: 20 % of 25
    would be 5.
    """
    found = [alarms(seed, share=share) for seed in range(RUNS)]

    counts = {name: sum(one[name] for one in found) for name in found[0]}
    assert counts.pop("z-test") > 5
    assert max(counts.values()) <= 5


@pytest.mark.parametrize("share", SHARES)
def test_true_effect_is_covered(share):
    """The interval holds a true effect at every look, adjusted or not.

    The effect is 10 EUR on each order, .3 EUR a visitor; 25 runs, seeds 0 to 24. At a
    true rate of 5 % more than 5 misses are a 4-standard-error event.
    """
    found = [alarms(seed, share=share, effect=EFFECT_EUR) for seed in range(RUNS)]

    assert sum(one["plain"] for one in found) <= 5
    assert sum(one["adjusted"] for one in found) <= 5


def test_harness_looks_as_the_report_does():
    """What the harness cumulates is what the report says of the same visitors.

    Seed 3, looks after 20,000 and 40,000 visitors.
    """
    it = shoppers(3, share=0.1)
    seen = list(looks(it.margin, it.orders > 0, it))
    for end in (20_000, 40_000):
        some = it.where(np.arange(len(it)) < end)
        margin = measure(some, plan=Plan(tuned_to=4e4), at_s=1e9).metrics["margin"]
        gap = compare(*seen[end // 100 - 1], tuned_to=4e4)

        assert margin.unadjusted == pytest.approx(gap.difference, rel=1e-9)
        assert margin.sd <= gap.sd


def test_covariates_narrow_the_interval():
    """What is known at the first moment takes variance away, and no bias comes in.

    Seed 3: intent explains about 4 % of the variance of conversion by construction;
    the adjusted difference stays within a standard error of the plain one.
    """
    it = shoppers(3, share=0.1)
    found = measure(it, plan=Plan(), at_s=1e9).metrics["conversion"]

    assert 0.01 < found.explained < 0.2
    assert abs(found.difference - found.unadjusted) < found.sd / len(it) ** 0.5


def test_sound_assignment_raises_no_alarm():
    """The ratio check cries out in at most 1 % of sound assignments, ever.

    400 runs of 10,000 visitors, seed 1. At a true rate of 1 % more than 12 alarms are
    a 4-standard-error event (4 + 4 x 2).
    """
    rng = np.random.default_rng(1)
    share = np.full(10_000, 0.2)

    found = sum(
        check_ratio(rng.random(10_000) < 0.2, share).is_broken for _ in range(400)
    )

    assert found <= 12


def test_slow_leak_is_found():
    """A split of 51 instead of 50 % raises the alarm within 60,000 visitors.

    The likelihood ratio grows by 12 nats on average with a standard deviation of 4.9;
    6.2 are needed: 93 % with all looks. 40 runs, seeds 0 to 39, at least 30 of them
    (4 standard errors of 1.6 below 37).
    """
    found = [leaks(seed, share=0.51) for seed in range(40)]

    assert sum(one is not None for one in found) >= 30
