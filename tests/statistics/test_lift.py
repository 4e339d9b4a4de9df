import numpy as np
import pytest

from engage.evidence.sequences import Arm, check_ratio, compare

LOOK_EVERY = 100
RUNS = 200
VISITORS = 12_000
# A shop's rates: 3 % order at a first moment, margin 30 EUR with a variation of 1.
ORDER_RATE = 0.03


def shoppers(seed, *, share, effect=0.0):
    """Return (margins, who is held out) of one run."""
    rng = np.random.default_rng(seed)
    margins = np.where(
        rng.random(VISITORS) < ORDER_RATE,
        30.0 * rng.lognormal(-0.3466, 0.8326, VISITORS),
        0.0,
    )
    is_holdout = rng.random(VISITORS) < share
    return margins + effect * ~is_holdout * (margins > 0), is_holdout


def looks(margins, is_holdout, *, share):
    """Yield both groups' sums at every look."""
    ends = np.arange(LOOK_EVERY - 1, VISITORS, LOOK_EVERY)
    sides = []
    for group, weight in ((~is_holdout, 1 / (1 - share)), (is_holdout, 1 / share)):
        own = np.where(group, margins, 0.0)
        sums = [
            np.cumsum(column)[ends].tolist()
            for column in (group, group & (margins > 0), own, own * own)
        ]
        sides.append(
            [
                Arm(
                    n=int(n),
                    orders=int(orders),
                    total=total,
                    squares=squares,
                    w=n * weight,
                    wy=total * weight,
                    ww=n * weight**2,
                    wwy=total * weight**2,
                    wwyy=squares * weight**2,
                )
                for n, orders, total, squares in zip(*sums, strict=True)
            ]
        )
    return zip(*sides, strict=True)


def is_fooled(treated, held):
    """Tell whether a test that is made for one look alone would cry out."""
    if min(treated.orders, held.orders) < 2:
        return False
    error = sum(
        (arm.squares / arm.n - (arm.total / arm.n) ** 2) / arm.n
        for arm in (treated, held)
    )
    return abs(treated.mean - held.mean) > 1.96 * error**0.5


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_nothing_is_found_where_nothing_is(share):
    """With a look every 100 visitors, A/A runs raise false alarms in under 5 %.

    200 runs, seeds 0 to 199. At a true rate of 5 % more than 18 alarms (4 standard
    errors of 3.08 above 10 would be 22) are a 1-in-100 event; 0 to 4 were measured.
    The peeking z-test in the same harness proves that there was something to be fooled
    by.
    """
    alarms = fooled = 0
    for seed in range(RUNS):
        margins, is_holdout = shoppers(seed, share=share)
        found = cried = False
        for treated, held in looks(margins, is_holdout, share=share):
            gap = compare(treated, held, tuned_to=VISITORS)
            found |= gap.low is not None and (gap.low > 0 or gap.high < 0)
            cried |= is_fooled(treated, held)
        alarms += found
        fooled += cried

    assert alarms <= 0.05 * RUNS
    assert fooled >= 0.2 * RUNS


def test_true_effect_is_covered():
    """The interval holds a true effect at every look in at least 95 % of runs.

    The effect is 10 EUR on each order, .3 EUR a visitor; 200 runs, seeds 0 to 199.
    Coverage is at least 95 % by construction, so no tolerance is taken.
    """
    misses = 0
    for seed in range(RUNS):
        margins, is_holdout = shoppers(seed, share=0.2, effect=10.0)
        pairs = looks(margins, is_holdout, share=0.2)
        gaps = [compare(*pair, tuned_to=VISITORS) for pair in pairs]
        misses += any(
            gap.low is not None and not gap.low <= 10.0 * ORDER_RATE <= gap.high
            for gap in gaps
        )

    assert misses <= 0.05 * RUNS


def test_sound_assignment_raises_no_alarm():
    """The ratio check cries out in at most 1 % of sound assignments, ever.

    400 runs of 10,000 visitors, seed 1. At a true rate of 1 % more than 12 alarms are
    a 4-standard-error event (4 + 4 x 2).
    """
    rng = np.random.default_rng(1)
    share = np.full(10_000, 0.2)

    alarms = sum(
        check_ratio(rng.random(10_000) < 0.2, share).is_broken for _ in range(400)
    )

    assert alarms <= 12


def test_slow_leak_is_found():
    """A split of 51 instead of 50 % raises the alarm within 60,000 visitors.

    The likelihood ratio grows by 12 nats on average with a standard deviation of 4.9;
    7.2 are needed: 84 % at the last look alone. 40 runs, seed 2, at least 60 %
    (4 standard errors below).
    """
    rng = np.random.default_rng(2)
    share = np.full(60_000, 0.5)

    found = sum(
        check_ratio(rng.random(60_000) < 0.51, share).is_broken for _ in range(40)
    )

    assert found >= 24
