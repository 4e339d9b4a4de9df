"""Drift and poison: alarms when there is something, silence when there is not."""

import random

import numpy as np
import orjson
import pytest

from engage.deciding.networks import BUCKETS, SPAN, bucket_of
from engage.deciding.policies.magnitudes import clip
from engage.deciding.policies.terms import Row, UpliftSettings
from engage.errors import FeatureError
from engage.learning.drift import DriftWatch, PageHinkley
from engage.learning.influence import MOST_SESSIONS, Influence
from engage.learning.telling import compare_verified, tell_watches
from engage.learning.verified import LEAST, Verified
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
    other = Verified(UpliftSettings(context=("price",)), tolerance_eur=0.1)
    other.restore(shadow.state())

    assert other.state() == shadow.state()
    assert other.suspicious() == shadow.suspicious()


def test_influence_is_bounded():
    """No more sessions are remembered than the bound says; the oldest goes."""
    caps = Influence(LearnerSettings(session_decisions=1))
    for number in range(MOST_SESSIONS + 1):
        caps.admits({"session": f"s_{number}"}, "decision")

    assert len(caps.sessions) == MOST_SESSIONS
    assert caps.admits({"session": "s_0"}, "decision")
    assert not caps.admits({"session": f"s_{MOST_SESSIONS}"}, "decision")


def test_network_has_its_share():
    """Whatever one network sends, at most its share of any batch comes from it."""
    luck, caps = random.Random(5), Influence(LearnerSettings(network_share=0.01))
    learned = []
    for number in range(6 * SPAN):
        bucket = 7 if luck.random() < 0.5 else luck.randrange(100, BUCKETS)
        if caps.admits({"session": f"s_{number}", "network": bucket}, "decision"):
            learned.append(bucket)
    batches = [learned[at : at + SPAN] for at in range(len(learned) - SPAN)]

    assert max(batch.count(7) for batch in batches) == 5
    assert caps.heard["network"] > 2 * SPAN
    assert len(caps.lately["decision"].plain()) == SPAN


def test_nobodys_network_is_no_network():
    """What comes from our own machines, or from a log, is never too much."""
    caps = Influence(LearnerSettings(network_share=0.002))

    assert all(caps.admits({"network": 0}, "dwell") for _ in range(3 * SPAN))
    assert all(caps.admits({}, "intent") for _ in range(3 * SPAN))


def test_influence_restored():
    """The caps go on where their state was taken."""
    caps = Influence(LearnerSettings())
    for number in range(2 * SPAN):
        caps.admits({"session": f"s_{number}", "network": number % 9}, "decision")
    other = Influence(LearnerSettings())
    other.restore(orjson.loads(orjson.dumps(caps.state())))
    more = [{"session": f"t_{n}", "network": n % 9} for n in range(SPAN)]

    assert [caps.admits(one, "decision") for one in more] == [
        other.admits(one, "decision") for one in more
    ]


def test_bucket_of_a_day():
    """A network keeps its bucket for a day, and has another one the day after."""
    names = [f"9.9.{n}.0/24" for n in range(200)]
    today, later, tomorrow, other = (
        [bucket_of(salt, name, at_s=at_s) for name in names]
        for salt, at_s in ((b"a", 0.0), (b"a", 86_399.0), (b"a", 86_400.0), (b"b", 0.0))
    )

    assert today == later
    assert len(set(today)) > 195
    assert {0 < one <= BUCKETS for one in today} == {True}
    assert sum(a == b for a, b in zip(today, tomorrow, strict=True)) <= 2
    assert sum(a == b for a, b in zip(today, other, strict=True)) <= 2


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
