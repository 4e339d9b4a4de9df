"""Drift and poison: alarms when there is something, silence when there is not."""

import random

import numpy as np
import orjson
import pytest

from engage.deciding.policies.magnitudes import clip
from engage.deciding.policies.terms import Row, UpliftSettings
from engage.errors import FeatureError
from engage.learning.drift import DriftWatch, PageHinkley
from engage.learning.residuals import Look
from engage.learning.telling import compare_verified, tell_watches
from engage.learning.verified import LEAST, Verified
from engage.learning.watches import Watches
from engage.settings import LearnerSettings
from engage.street.closings import is_learned
from tests.unit.learning.builders import fresh, settings, traffic
from tests.unit.street.builders import ASK, LONG_S, SHORT_S, SITE, VIEW, beacon

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


UPLIFT = UpliftSettings(context=("price",))


def clicked(n, *, forged, seed=1):
    """Yield n decisions and their rewards, of chats that are clicked by bots."""
    luck = np.random.default_rng(seed)
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
        yield row, value + float(luck.normal()) + extra


def poisoned(n, *, forged):
    """Return what the shadow knows of n decisions whose chats are clicked by bots."""
    shadow = Verified(UPLIFT, tolerance_eur=0.1)
    for row, reward_eur in clicked(n, forged=forged):
        shadow.learn(row, reward_eur=reward_eur)
    return shadow


def test_forged_clicks():
    """An action whose surrogate runs 2 EUR ahead of its orders is named, no other."""
    shadow = poisoned(1_500, forged=2.0)

    assert shadow.suspicious() == ("chat",)
    assert shadow.ahead_eur()["chat"] == pytest.approx(2.0, abs=0.5)
    uplift = shadow.model.freeze().predict(np.zeros(1), "ask", ("none", "chat"))
    assert abs(uplift["chat"]) < 0.5


def test_what_is_watched():
    """Labels, rewards and what predictions leave of both are watched by name."""
    watches, expected = Watches(UPLIFT, tolerance_eur=0.1), DriftWatch()
    ((row, _),) = clicked(1, forged=0.0)
    watches.label("intent", 0.2, label=1.0)
    watches.close(Look(row, left_eur=0.25))
    expected.see("intent.rate", 1.0)
    expected.see("intent.residual", 0.8)
    expected.see(f"{row.action}.reward", row.target_eur)
    expected.see(f"{row.action}.residual", 0.25)

    assert watches.drift == expected


def test_tolerance_of_the_shop():
    """How far a surrogate may run ahead is told to the watches."""
    strict, lax = (Watches(UPLIFT, tolerance_eur=eur) for eur in (0.5, 3.0))
    for row, reward_eur in clicked(1_500, forged=2.0):
        for one in (strict, lax):
            one.settle(row, reward_eur=reward_eur)

    assert strict.verified.suspicious() == ("chat",)
    assert lax.verified.suspicious() == ()


def test_watches_restored():
    """Drift and the shadow go on where their state was taken."""
    watches, other = (Watches(UPLIFT, tolerance_eur=0.1) for _ in range(2))
    watches.label("intent", 0.2, label=1.0)
    for row, reward_eur in clicked(3, forged=0.0):
        watches.settle(row, reward_eur=reward_eur)
    other.restore(orjson.loads(orjson.dumps(watches.state())))

    assert other.state() == watches.state()
    assert (other.verified.model.learned, len(other.drift.detectors)) == (3, 2)


def test_honest_surrogate():
    """A surrogate that is right on average is not suspected, at 3,000 looks."""
    shadow = poisoned(3_000, forged=0.0)

    assert shadow.suspicious() == ()
    assert poisoned(LEAST - 1, forged=50.0).suspicious() == ()


async def test_surrogate_is_set_against_its_money(opened):
    """What a reward ran ahead of its value counts for the action, by its propensity."""
    shop = await opened(settings())
    await traffic(shop, 20, seed=8)
    await shop.wait(LONG_S + SHORT_S)
    shop.learn()
    ahead = {"none": 0.0, "size_guide": 0.0}
    for row in shop.rows():
        p = row["distribution"]
        if not is_learned(row) or row["action"] not in ahead or "size_guide" not in p:
            continue
        reward, value = (
            clip(shop.close_of(kind, row)[name], row["clip"])
            for kind, name in (("closed", "reward"), ("settled", "value"))
        )
        other = "none" if row["action"] == "size_guide" else "size_guide"
        ahead[row["action"]] += p[other] * (reward - value)
    gaps = shop.lineage.learner.watches.verified.state()["gaps"]

    # Of the sums kept: how many, their total, their squares.
    told = gaps["size_guide"][0][0][1]
    assert told == pytest.approx(ahead["size_guide"] - ahead["none"])
    assert told != 0.0


def test_verified_restored():
    """The shadow goes on where its state was taken."""
    shadow = poisoned(700, forged=1.0)
    other = Verified(UPLIFT, tolerance_eur=0.1)
    other.restore(shadow.state())

    assert other.state() == shadow.state()
    assert other.suspicious() == shadow.suspicious()


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
    assert max(shop.lineage.learner.influence.sessions["s_v_bot"].values()) > 3


async def test_busy_network(opened):
    """Of many visits from one network a few teach; others' teach as ever."""
    shop = await opened(settings(learner=LearnerSettings(network_share=0.004)))
    for number in range(16):
        one = beacon(*VIEW, ASK, seq=0, visitor=f"v_{number}", session=f"s_{number}")
        await shop.engine.take(one, network="9.9.9.0/24" if number % 2 else "")
    learned = [row for row in shop.rows() if is_learned(row)]
    crowd = [row for row in learned if row["network"]]
    await shop.wait(SHORT_S)
    shop.learn()
    learner = shop.lineage.learner

    assert len(crowd) > 2
    assert len({row["network"] for row in crowd}) == 1
    assert learner.uplift.learned == len(learned) - len(crowd) + 2
    assert shop.site.metrics.learned.sums["network",] >= len(crowd) - 2
    assert fresh(shop).influence.state() == learner.influence.state()


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
