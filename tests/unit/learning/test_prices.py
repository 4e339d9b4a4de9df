"""What an agent's slot costs: the rule, its learning, and where it has its effect."""

import random
from dataclasses import replace
from functools import reduce
from heapq import heappop, heappush
from itertools import pairwise

import numpy as np
import orjson
import pytest

from engage.deciding.charges import charges_in
from engage.errors import EngageError, SnapshotRejected
from engage.evidence.offpolicy.policies import snapshot_target
from engage.evidence.replay.verify import Replay
from engage.learning.learner import Learner
from engage.learning.prices import PRIOR_MOMENTS, Demand, ShadowPrices, Sight, sights_in
from engage.learning.publication import check_form
from engage.learning.snapshots import Snapshot
from engage.settings import HoldoutSettings, MoneySettings, PolicySettings
from engage.street.opening import version_of
from tests.unit.learning.builders import distance, fresh, known, settings
from tests.unit.street.builders import NOW_S, SECRETS, SITE

FOUND = Sight(is_missed=False, idle=1.0, taken=0.1, worth_eur=0.5)
MISSED = Sight(is_missed=True, idle=0.0)


def price_after(sights, *, most=1e6):
    """Return the price after these moments."""
    return reduce(Demand.after, sights, Demand()).price_eur(most=most)


def erlang(load, agents):
    """Return the share of callers that find all agents busy."""
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def moments_of(*, agents, load, n, seed):
    """Yield what callers see of agents who are busy for exponential times."""
    luck, now_s, busy = random.Random(seed), 0.0, []
    for _ in range(n):
        now_s += luck.expovariate(load)
        while busy and busy[0] <= now_s:
            heappop(busy)
        idle = agents - len(busy)
        if not idle:
            yield Sight(is_missed=True, idle=0.0)
            continue
        heappush(busy, now_s + luck.expovariate(1.0))
        yield Sight(is_missed=False, idle=idle, taken=1.0, worth_eur=8.0)


@pytest.mark.parametrize(("agents", "load"), [(1, 0.4), (1, 4.0), (3, 3.0), (10, 12.0)])
def test_kelly(agents, load):
    """The price is Kelly's implied cost, whatever the number of agents and callers.

    Chats worth 8 EUR, 20,000 moments, seed 5; the mean of what is told on the way. A
    price forgets half within 200 moments, so each is noisy; 20,000 average to 10 %.
    """
    demand, told = Demand(), []
    for sight in moments_of(agents=agents, load=load, n=20_000, seed=5):
        demand = demand.after(sight)
        told.append(demand.price_eur(most=1e6))
    displaced = load * (erlang(load, agents - 1) - erlang(load, agents))

    assert np.mean(told[2_000:]) == pytest.approx(8.0 * displaced, rel=0.1)


def test_direction():
    """Each miss raises the price, each find lowers it, and none is ever below 0."""
    up = [price_after([FOUND] * 200 + [MISSED] * n) for n in range(60)]
    down = [price_after([FOUND, MISSED] * 50 + [FOUND] * n) for n in range(60)]

    assert up[0] == 0.0
    assert all(a < b for a, b in pairwise(up))
    assert all(a > b > 0.0 for a, b in pairwise(down))


def test_bounds():
    """A slot costs at most what the mean one brings, never less than 0, or the cap."""
    crowd = [replace(FOUND, idle=9.0), *[replace(MISSED, idle=9.0)] * 500]
    harmful = [replace(FOUND, worth_eur=-0.5), MISSED] * 50

    assert price_after(crowd) == pytest.approx(0.5 / 0.1)
    assert price_after(crowd, most=2.0) == 2.0
    assert price_after(harmful) == 0.0
    assert price_after([MISSED] * 50) == 0.0


def test_first_miss():
    """One refusal at the very beginning is no shortage yet."""
    assert price_after([FOUND, MISSED]) < 0.05 * 0.5 / 0.1


def test_torn_state():
    """A state that is not finite is refused, and nothing is taken over."""
    prices = ShadowPrices(MoneySettings())
    with pytest.raises(EngageError, match="demand must be finite"):
        prices.restore({"guitars": [1.0, float("nan"), 0.0, 0.0, 0.0]})
    assert prices.state() == {}


def record(**changes):
    """Return as much of a decision record as tells of agents."""
    ordinary = {
        "served": True,
        "ghost": None,
        "action": "none",
        "distribution": {"none": 0.4, "chat": 0.6},
        "predictions": {"none": 0.0, "chat": 2.0},
        "inputs": {
            "takes": {"chat": {"guitars": 0.1}},
            "idle_agents": {"guitars": 3},
        },
    }
    return {**ordinary, **changes}


def test_sight():
    """A moment counts with the chance of its invites, not with what was drawn."""
    (sight,) = sights_in(record()).values()

    assert (sight.is_missed, sight.idle) == (False, 3.0)
    assert (sight.taken, sight.worth_eur) == (pytest.approx(0.06), 1.2)


@pytest.mark.parametrize(
    "changes",
    [
        {"distribution": {"none": 1.0}, "predictions": {"none": 0.0}},
        {"action": "chat"},
    ],
)
def test_missed(changes):
    """Who was refused, and who drew an invite that could not be reserved, missed."""
    assert sights_in(record(**changes)) == {"guitars": replace(MISSED, idle=3.0)}
    assert not sights_in(record(action="chat", card={}))["guitars"].is_missed


@pytest.mark.parametrize(
    "changes",
    [{"served": False}, {"ghost": {}}, {"degraded": True}, {"inputs": {"prices": {}}}],
)
def test_says_nothing(changes):
    """Ghosts, the unserved, the degraded and older records say nothing of agents."""
    assert sights_in(record(**changes)) == {}


async def rush(shop, *, visitors, first=0):
    """Let more visitors ask within a minute than one agent can be asked to talk to."""
    for number in range(first, first + visitors):
        if number % 10 == 0:
            shop.clock.move(61.0)
            await shop.stock(codes=0, free=1)
        await shop.ask(f"v_{number}")
    shop.learn()


@pytest.fixture
async def short(opened):
    """Return a shop whose one agent is much in demand, a fifth of visitors held out."""
    shop = await opened(settings(holdout=HoldoutSettings(share=0.2)))
    await rush(shop, visitors=40)
    await rush(shop, visitors=20, first=40)
    return shop


def copy_of(body):
    """Return a copy of a record that may be changed."""
    return orjson.loads(orjson.dumps(body))


async def test_shop(short):
    """Agents who are short get a price, which is told, logged, charged and replayed."""
    bodies = short.rows()
    body = next(b for b in reversed(bodies) if "chat_guitars" in b["eligible"])
    price = body["inputs"]["prices"]["guitars"]
    share = body["inputs"]["takes"]["chat_guitars"]["guitars"]
    assert 0.0 < price < 300.0
    assert body["inputs"]["idle_agents"] == {"guitars": 1.0}
    assert charges_in(body) == {"chat_guitars": price * share}
    told = short.site.metrics.shadow_price.of(SITE)
    assert told == {("guitars",): short.site.snapshot.prices["guitars"]}

    replay = Replay(
        lambda site, number: Snapshot.decode(short.journal.snapshot(site, number).body),
        salts={SITE: SECRETS.salt},
        settings={version_of(short.chosen): short.chosen},
    )
    for one in bodies:
        replay.check(one)
    assert (replay.report.decisions, replay.report.different) == (len(bodies), 0)
    assert replay.report.parts["distribution"].identical == len(bodies)
    wrong = copy_of(body)
    wrong["inputs"]["prices"]["guitars"] += 1.0
    assert {one.part for one in replay.check(wrong)} == {"distribution"}
    # Records of before there were prices are those of a price of 0.
    older = copy_of(next(b for b in bodies if "chat_guitars" in b["eligible"]))
    del older["inputs"]["takes"], older["inputs"]["idle_agents"]
    older["inputs"]["prices"] = {}
    assert replay.check(older) == []


async def test_evaluation(short):
    """A snapshot that is evaluated pays the logged prices, whatever it knows itself."""
    body = next(b for b in reversed(short.rows()) if "chat_guitars" in b["eligible"])
    body = copy_of(body if body["ghost"] is None else {**body, **body["ghost"]})
    own = Snapshot.decode(short.journal.snapshot(SITE, body["snapshot"]).body)
    assert snapshot_target(replace(own, prices={})).ask(body) == body["distribution"]

    body["inputs"]["prices"] = {}
    free = snapshot_target(own).ask(body)
    assert free["chat_guitars"] > body["distribution"]["chat_guitars"]


async def test_live_is_fresh(short):
    """Prices learned live, restarted or read from the journal anew are the same."""
    live = short.lineage.learner
    state, told = live.state(), known(live)
    again, restored = fresh(short), live.like(short.chosen)
    restored.restore(orjson.loads(orjson.dumps(state)))
    short.learner.checkpoint(SITE, short.lineage)
    reopened = await short.crash()
    reopened.close()

    assert told["prices"]["guitars"] > 0.0
    assert distance(told, known(again)) <= 1e-9
    assert restored.state() == again.state() == state
    assert reopened.site.snapshot.prices == short.site.snapshot.prices


async def test_switched_off(opened):
    """Where agents have no price nothing is logged, learned or charged."""
    policy = PolicySettings(price_agents=False)
    shop = await opened(settings(policy=policy))
    await rush(shop, visitors=20)

    assert {"no_agent"} <= {r for b in shop.rows() for r in b["refused"].values()}
    assert all(b["inputs"]["prices"] == {} == charges_in(b) for b in shop.rows())
    assert shop.site.snapshot.prices == {}


async def test_nobody_online(opened):
    """A group without anybody signed in has no price, and its refusals set none."""
    shop = await opened(settings(), stocked=False)
    await shop.stock(free=0)
    for number in range(5):
        await shop.ask(f"v_{number}")

    assert shop.last()["refused"]["chat_guitars"] == "no_agent"
    assert shop.last()["inputs"]["prices"] == {}
    assert fresh(shop).prices.state() == {}


async def test_one_session(opened):
    """One busy session teaches its first decisions only."""
    shop = await opened(settings(holdout=HoldoutSettings(share=0.0, taper_share=0.0)))
    for _ in range(12):
        await shop.ask("v_1")
    found, missed, *_ = fresh(shop).prices.state()["guitars"]

    assert found + missed > PRIOR_MOMENTS
    assert found + missed <= PRIOR_MOMENTS + shop.chosen.learner.session_decisions


def novice():
    """Return a learner that has learned nothing."""
    return Learner(settings(), offered={}, find=lambda _: None)


def test_older():
    """A snapshot of before there were prices loads and charges nothing."""
    learner = novice()
    learner.prices.learn({"guitars": FOUND})
    learner.prices.learn({"guitars": MISSED})
    plain = learner.freeze(number=1, at_s=NOW_S).plain()
    assert plain.pop("prices").keys() == {"guitars"}

    assert Snapshot.from_plain(plain).prices == {}


@pytest.mark.parametrize(
    ("price", "why"),
    [(float("inf"), "not_finite"), (-0.1, "unbounded"), (1e6, "unbounded")],
)
def test_check(price, why):
    """A snapshot with a price that cannot be is not published."""
    sound = novice().freeze(number=1, at_s=NOW_S)
    check_form(sound)

    with pytest.raises(SnapshotRejected) as refused:
        check_form(replace(sound, prices={"guitars": price}))
    assert refused.value.reason == why
