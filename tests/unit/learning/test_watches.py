"""Drift and poison: alarms when there is something, silence when there is not."""

import random

import numpy as np
import pytest

from engage.deciding.policies.terms import Row, UpliftSettings
from engage.errors import FeatureError
from engage.learning.drift import DriftWatch, PageHinkley
from engage.learning.influence import MOST_SESSIONS, Influence
from engage.learning.telling import compare_verified, tell_watches
from engage.learning.verified import LEAST, Verified
from engage.settings import LearnerSettings
from tests.unit.learning.builders import fresh, settings, traffic
from tests.unit.street.builders import LONG_S, SHORT_S, SITE

SHARES = {"none": 0.5, "chat": 0.25, "help": 0.25}


def first_alarm(rate, *, seed, n=20_000):
    """Return after how many examples a change from 3 % to `rate` is found."""
    luck, detector = random.Random(seed), PageHinkley()
    for _ in range(5_000):
        assert not detector.see(float(luck.random() < 0.03))
    for number in range(n):
        if detector.see(float(luck.random() < rate)):
            return number
    return None


def test_drift_is_found():
    """A doubled rate is found within 3,000 examples, a halved one within 10,000."""
    assert all(first_alarm(0.06, seed=seed) < 3_000 for seed in range(5))
    assert all(first_alarm(0.015, seed=seed) < 10_000 for seed in range(5))


def test_no_false_alarms():
    """A rate that stays is left in peace: 10 runs of 25,000 examples, no alarm."""
    assert [first_alarm(0.03, seed=seed) for seed in range(10, 20)] == [None] * 10


def test_number_that_is_none():
    """A NaN is refused and does not silence the detector."""
    watch = DriftWatch()
    with pytest.raises(
        FeatureError, match=r"^a watched number must be finite, got nan"
    ):
        watch.see("intent.rate", float("nan"))
    for x in (*([0.0, 1.0] * 1_000), *([1.0] * 400)):
        watch.see("intent.rate", x)

    assert watch.take_found() == ["intent.rate"]
    assert watch.take_found() == []


def test_drift_restored():
    """A watch goes on bit for bit where its state was taken."""
    luck, watch, other = random.Random(1), DriftWatch(), DriftWatch()
    for _ in range(500):
        watch.see("help.reward", luck.gauss(0, 1))
    other.restore(watch.state())
    for one in (watch, other):
        one.see("help.reward", 1.5)

    assert other == watch


def poisoned(n, *, forged, seed=1):
    """Return what the shadow knows of n decisions whose chats are clicked by bots."""
    luck = np.random.default_rng(seed)
    shadow = Verified(UpliftSettings(context=("price",)), tolerance_eur=0.1)
    for number in range(n):
        action = ("none", "chat", "help")[int(luck.choice(3, p=list(SHARES.values())))]
        value = float(luck.exponential(2.0))
        row = Row(
            decision=f"d_{number}",
            context=luck.normal(size=1),
            moment="ask",
            action=action,
            distribution=SHARES,
            kinds={"chat": "chat", "help": "help"},
            versions={"chat": "1", "help": "1"},
            target_eur=value,
        )
        extra = forged if action == "chat" else 0.0
        shadow.learn(row, reward_eur=value + float(luck.normal()) + extra)
    return shadow


def test_forged_clicks():
    """An action whose surrogate runs 2 EUR ahead of its orders is named, no other."""
    shadow = poisoned(1_500, forged=2.0)

    assert shadow.suspicious() == ("chat",)
    assert shadow.ahead_eur()["chat"] == pytest.approx(2.0, abs=0.5)
    uplift = shadow.model.freeze().predict(np.zeros(1), "ask", ("none", "chat"))
    assert abs(uplift["chat"]) < 0.5


def test_honest_surrogate():
    """A surrogate that is right on average is not suspected, at 3,000 looks."""
    shadow = poisoned(3_000, forged=0.0)

    assert shadow.suspicious() == ()
    assert poisoned(LEAST - 1, forged=50.0).suspicious() == ()


def test_verified_restored():
    """The shadow goes on where its state was taken."""
    shadow = poisoned(700, forged=1.0)
    other = Verified(UpliftSettings(context=("price",)), tolerance_eur=0.1)
    other.restore(shadow.state())

    assert other.state() == shadow.state()
    assert other.suspicious() == shadow.suspicious()


def test_influence_is_bounded():
    """No more sessions are remembered than the bound says; the oldest goes."""
    caps = Influence()
    for number in range(MOST_SESSIONS + 1):
        caps.admits(f"s_{number}", "decision", most=1)

    assert len(caps.counts) == MOST_SESSIONS
    assert caps.admits("s_0", "decision", most=1)
    assert not caps.admits(f"s_{MOST_SESSIONS}", "decision", most=1)


async def test_busy_session(opened):
    """A session teaches the policy its first decisions only, and labels up to a cap."""
    chosen = settings(learner=LearnerSettings(session_decisions=2, session_labels=3))
    shop = await opened(chosen)
    for _ in range(6):
        await shop.ask("v_bot")
        shop.clock.move(120.0)
    await shop.wait(SHORT_S)
    shop.learn()
    asked = [row for row in shop.rows() if len(row["eligible"]) > 1]

    assert len(asked) > 2
    assert shop.lineage.learner.uplift.learned == 2
    assert max(shop.lineage.learner._influence.counts["s_v_bot"].values()) > 3


async def test_told(opened):
    """Drift, residuals and the shadow's distance become metrics; a restart agrees."""
    shop = await opened(settings())
    await traffic(shop, 15, seed=1)
    await shop.wait(LONG_S)
    shop.learn()
    learner, metrics = shop.lineage.learner, shop.site.metrics
    learner.watches.drift.found.append("intent.rate")
    tell_watches(learner, metrics)

    assert metrics.drifts.sums["intent.rate",] == 1.0
    assert learner.watches.verified.model.learned > 0
    rows = compare_verified(learner, shop.lineage.check, metrics, since_rows=-200)
    assert rows == learner.watches.verified.model.learned
    assert 0.0 <= metrics.divergence.of(SITE)[()] <= 1.0
    assert fresh(shop).watches.state() == learner.watches.state()
