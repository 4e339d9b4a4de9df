import random

import pytest

from engage.errors import FeatureError
from engage.scoring.threshold import LIMIT, Threshold


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3])
def test_share_of_sessions(share):
    """The threshold settles where the wanted share of sessions is asked.

    Seed 11; 30,000 sessions whose highest hesitation is the best of 1 to 8
    checkpoints; the last 20,000 count. Tolerance 4 standard errors of a share of
    20,000: .0130 at most.
    """
    dice = random.Random(11)
    threshold, asked = Threshold(), []
    for _ in range(30_000):
        peak = max(dice.betavariate(9, 1) for _ in range(dice.randint(1, 8)))
        asked.append(peak >= threshold.value)
        threshold = threshold.step(asked=asked[-1], share=share)

    assert sum(asked[10_000:]) / 20_000 == pytest.approx(share, abs=0.013)


def test_direction():
    """An asked session raises the threshold, another lowers it a little."""
    start = Threshold(0.8, 1_000)

    assert start.step(asked=True, share=0.1).value > 0.8
    assert start.step(asked=False, share=0.1).value < 0.8


@pytest.mark.parametrize("asked", [True, False])
def test_ends(asked):
    """However one-sided the sessions, the threshold stays inside (0, 1)."""
    threshold = Threshold()
    for _ in range(5_000):
        threshold = threshold.step(asked=asked, share=0.5)

    assert 0 < threshold.value < 1
    assert threshold.step(asked=asked, share=0.5).value == threshold.value
    assert LIMIT < 10


def test_round_trip():
    """The threshold comes back exactly."""
    threshold = Threshold(0.1 + 0.2, 7)

    assert Threshold.from_plain(threshold.plain()) == threshold


@pytest.mark.parametrize("value", [0.0, 1.0, float("nan")])
def test_impossible_value(value):
    """A threshold outside (0, 1) is refused."""
    with pytest.raises(FeatureError, match=r"^threshold must be in \(0, 1\), got"):
        Threshold.from_plain({"value": value, "sessions": 0})
