"""The overflow bound against the exact distribution."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from engage.stores.overflow import may_overflow, poisson_tail

shares = st.lists(st.floats(0.0, 1.0), max_size=30)


def exact_overflow(probabilities, free):
    """Return P(more than `free` acceptances), by convolution."""
    table = [1.0]
    for p in probabilities:
        longer = [0.0, *table]
        table = [
            kept * (1 - p) + moved * p
            for kept, moved in zip([*table, 0.0], longer, strict=True)
        ]
    return math.fsum(table[free + 1 :])


@settings(max_examples=500, deadline=None, derandomize=True)
@given(probabilities=shares, free=st.integers(1, 12), bound=st.floats(0.001, 0.5))
def test_never_more_overflow_than_allowed(probabilities, free, bound):
    """Whatever is let in overflows with no more than the probability allowed."""
    if not may_overflow(probabilities, free=free, overbooking=bound):
        assert exact_overflow(probabilities, free) <= bound + 1e-12


@settings(max_examples=300, deadline=None, derandomize=True)
@given(mean=st.floats(1e-9, 60.0), above=st.integers(0, 60))
def test_poisson_tail(mean, above):
    """The tail equals one minus the sum of the terms up to the threshold."""
    threshold = math.ceil(mean) + above
    terms = (
        math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))
        if mean
        else float(k == 0)
        for k in range(threshold + 1)
    )

    assert math.isclose(
        poisson_tail(mean, threshold), 1 - math.fsum(terms), abs_tol=1e-12
    )


def test_tail_of_a_large_mean():
    """A call centre of thousands neither overflows a float nor takes for ever."""
    # Half of the mass and half of the largest term lie above the mean.
    assert math.isclose(poisson_tail(5_000.0, 5_000), 0.4962, abs_tol=1e-3)
    assert poisson_tail(5_000.0, 6_000) < 1e-40


def test_bound_is_close_for_small_shares():
    """With shares of 8 %, the bound allows at least 80 % of what the exact one does."""
    most = {
        name: max(n for n in range(1, 100) if fits(n))
        for name, fits in {
            "bound": lambda n: not may_overflow([0.08] * n, free=5, overbooking=0.05),
            "exact": lambda n: exact_overflow([0.08] * n, 5) <= 0.05,
        }.items()
    }

    assert most["bound"] >= 0.8 * most["exact"]
