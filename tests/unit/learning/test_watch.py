"""Is a scorer worse than no scorer? Said when it is, and hardly ever when not."""

import math
import random

from engage.learning.watch import ALPHA, LEAST, LossWatch


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
    assert watch.bound("dwell") == -math.inf


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


def test_false_alarms():
    """Of 200 sound scorers watched at every example, at most 2 are ever called bad.

    Seeds 0 to 199, 1,500 examples each. At ALPHA = .001 a life, .2 are expected; more
    than 2 has probability .0011 (Poisson).
    """
    alarms = 0
    for seed in range(200):
        luck, watch, is_called = random.Random(seed), LossWatch(), False
        for _ in range(1_500):
            p = luck.uniform(0.05, 0.45)
            watch.see("intent", p, label=float(luck.random() < p))
            is_called = is_called or watch.bound("intent") > 0
        alarms += is_called

    assert ALPHA == 0.001
    assert alarms <= 2


def test_thaw():
    """A scorer that has recovered is called sound again."""
    watch = watched(600, seed=4, said=lambda _: 0.9)
    assert watch.worse() == ("intent",)
    luck = random.Random(5)
    for _ in range(60_000):
        label = float(luck.random() < 0.2)
        watch.see("intent", 0.9 if label else 0.1, label=label)

    assert watch.worse() == ()


def test_restored():
    """A watch goes on bit for bit where its state was taken."""
    watch, other = watched(700, seed=6, said=lambda luck: luck.random()), LossWatch()
    other.restore(watch.state())

    assert other.bound("intent") == watch.bound("intent")
    watch.see("intent", 0.3, label=1.0)
    other.see("intent", 0.3, label=1.0)
    assert other == watch
