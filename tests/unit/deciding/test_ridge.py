"""Sums of a ridge regression as a checkpoint keeps them."""

import numpy as np
import pytest

from engage.deciding.policies.ridge import RidgeStatistics, pack
from engage.errors import SnapshotRejected

WIDTH = 150


def lived():
    """Return sums that had rows, grew, were scaled and lost columns; seeded."""
    sums, rng = RidgeStatistics(), np.random.default_rng(7)
    sums.widen(WIDTH)
    for number in range(500):
        columns = rng.choice(WIDTH, size=12, replace=False)
        values = rng.normal(0.0, 1.0, 12)
        sums.add(columns, values, y=float(rng.normal()), weight=1.01**number)
        if number == 300:
            sums.scale(0.1)
        if number == 400:
            gone = np.array([3, 77, 149])
            sums.integrate_out(gone, means=np.full(3, 0.1), ridge=np.full(3, 2.0))
    return sums


def totals(sums):
    """Return the matrix that a regression is solved with."""
    return sums.totals(WIDTH, growth=1.0).a


def test_a_checkpoint_keeps_one_triangle():
    """Of a symmetric matrix half is kept, and comes back bit for bit."""
    sums, again = lived(), RidgeStatistics()
    kept = sums.state()
    again.restore(kept)
    width = kept["width"]

    assert len(kept["a"]) == len(pack(np.zeros(width * (width + 1) // 2)))
    assert np.array_equal(totals(again), totals(sums))
    assert again.state() == kept


def test_a_checkpoint_of_an_earlier_release():
    """A matrix that was kept whole is read."""
    sums, again = lived(), RidgeStatistics()
    again.restore({**sums.state(), "a": pack(sums._a)})

    assert np.array_equal(totals(again), totals(sums))


def test_a_checkpoint_of_neither_form():
    """Entries that fill no triangle and no square are refused."""
    kept = lived().state()

    with pytest.raises(SnapshotRejected, match=r"^array must have shape "):
        RidgeStatistics().restore({**kept, "a": pack(np.zeros(5))})
