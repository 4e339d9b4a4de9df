"""Is a scorer worse than no scorer? Said when it is, and hardly ever when not."""

import math
import random

import pytest

from engage.learning.bounds import log_evidence_of
from engage.learning.watch import ALPHA, LEAST, SPAN, TUNED_TO, LossWatch


def watched(n, *, seed, base=0.2, said=None):
    """Return a watch after `n` labels with base rate `base`; `said` predicts."""
    luck, watch = random.Random(seed), LossWatch()
    for _ in range(n):
        label = float(luck.random() < base)
        watch.see("intent", base if said is None else said(luck), label=label)
    return watch


def test_no_word_before_enough():
    """Nothing is said of fewer than 500 examples, or of a scorer never seen."""
    watch = watched(LEAST - 1, seed=1, said=lambda _: 0.99)

    assert watch.worse() == ()
    assert watch.evidence("dwell") == -math.inf
    watch.see("intent", 0.99, label=0.0)
    assert watch.worse() == ("intent",)


def test_bad_scorer_is_named():
    """A scorer that says .9 of every fifth is found within the first thousand."""
    assert watched(1_000, seed=2, said=lambda _: 0.9).worse() == ("intent",)


def off_by(logits):
    """Return a prediction this far above the base rate of a fifth."""
    return 1 / (1 + math.exp(-(math.log(0.25) + logits)))


def test_slightly_bad_scorer_takes_longer():
    """One that is off by .7 logits (.045 nats) is found in the end, not at once."""
    p = off_by(0.7)

    assert watched(600, seed=3, said=lambda _: p).worse() == ()
    assert watched(40_000, seed=3, said=lambda _: p).worse() == ("intent",)


def test_hardly_worse_is_no_reason():
    """One that is off by a fifth of a logit (.003 nats) is left to learn."""
    p = off_by(0.2)

    assert watched(40_000, seed=3, said=lambda _: p).worse() == ()


def test_perfect_mean():
    """Where no label is ever 1, who says so with .985 is left alone, with .95 is not.

    That is .015 and .05 nats worse than a running mean that knows it for certain.
    """
    close = watched(2_000, seed=0, base=0.0, said=lambda _: 0.015)
    far = watched(2_000, seed=0, base=0.0, said=lambda _: 0.05)

    assert (close.worse(), far.worse()) == ((), ("intent",))


def test_beyond_doubt():
    """A scorer is named when the evidence is ten thousand to one, not before."""
    luck, watch, before = random.Random(3), LossWatch(), 0.0
    while not watch.worse():
        before = watch.evidence("intent")
        watch.see("intent", off_by(0.7), label=float(luck.random() < 0.2))

    assert ALPHA == 0.0001
    assert before < math.log(10_000) <= watch.evidence("intent")


def test_mean_forgets():
    """After a drift a scorer is held against the mean of now, not of long ago.

    Labels rise from 5 % to a half. Who goes on saying .2 is nearer to the mean of
    29,000 than the half that a mean of the recent ones says.
    """
    watch, luck = watched(20_000, seed=7, base=0.05), random.Random(8)
    for _ in range(9_000):
        watch.see("intent", 0.2, label=float(luck.random() < 0.5))

    assert watch.worse() == ("intent",)


def test_mean_is_as_blind():
    """The mean, too, speaks before it knows the label: of the first one a half."""
    watch = LossWatch()
    watch.see("intent", 0.5, label=1.0)

    assert watch.scorers["intent"].losses.sums.total == 0.0


@pytest.mark.parametrize(("said", "label"), [(1.0, 0.0), (0.0, 1.0)])
def test_certain_and_wrong(said, label):
    """Who is certain and wrong loses as much as with .9999, and not everything."""
    watch = LossWatch()
    watch.see("intent", said, label=label)

    expected = math.log(10_000) - math.log(2)
    assert watch.scorers["intent"].losses.sums.total == pytest.approx(expected)


def test_false_alarms():
    """Of 200 sound scorers watched at every example, at most 6 look bad at alpha .01.

    Seeds 0 to 199, 1,500 examples each, without any tolerance. 2 are expected at most;
    more than 6 has probability .0045 (Poisson).
    """
    alarms = 0
    for seed in range(200):
        luck, watch, is_called = random.Random(seed), LossWatch(), False
        for _ in range(1_500):
            p = luck.uniform(0.05, 0.45)
            watch.see("intent", p, label=float(luck.random() < p))
            sums = watch.scorers["intent"].losses.sums
            if sums.n >= LEAST:
                found = log_evidence_of(sums, above=0.0, tuned_to=TUNED_TO)
                is_called = is_called or found >= math.log(100)
        alarms += is_called

    assert alarms <= 6


def test_thaw():
    """A scorer that was bad for long and has recovered is sound within two spans."""
    watch = watched(30_000, seed=4, said=lambda _: 0.9)
    assert watch.worse() == ("intent",)
    luck = random.Random(5)
    for _ in range(2 * SPAN):
        watch.see("intent", 0.2, label=float(luck.random() < 0.2))

    assert watch.worse() == ()


def test_restored():
    """A watch goes on bit for bit where its state was taken."""
    watch, other = watched(700, seed=6, said=lambda luck: luck.random()), LossWatch()
    other.restore(watch.state())

    assert other.evidence("intent") == watch.evidence("intent")
    watch.see("intent", 0.3, label=1.0)
    other.see("intent", 0.3, label=1.0)
    assert other == watch
