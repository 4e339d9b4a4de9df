"""Visits that end: labels, page views, and what intent learns from."""

import asyncio
import itertools

import numpy as np
import pytest

from engage.settings import HoldoutSettings, LearnerSettings
from engage.street.closings import tick
from engage.street.ending import abreast
from engage.street.notice import hesitation_example
from engage.visits.checkpoints import Resolved
from engage.visits.features import NAMES
from tests.unit.street.builders import (
    ASK,
    GUITAR,
    LONG_S,
    NOW_S,
    SITE,
    VIEW,
    event,
    settings,
)

STAY = event("ping", active_ms=5_000, visible_ms=5_000)
IDLE_S = 1_800.0


def examples(shop, scorer):
    """Return the examples of one scorer."""
    return [one for one in shop.kinds("example") if one["scorer"] == scorer]


async def visit(shop, *events, visitor="v_1", **more):
    """Look at the guitar for five seconds, then do `events`."""
    await shop.send(*VIEW, visitor=visitor, **more)
    shop.clock.move(5.0)
    await shop.send(STAY, *events, visitor=visitor, **more)


async def test_visit_ends_after_silence(shop):
    """A visit ends when it was silent for more than half an hour, once."""
    await visit(shop)
    await shop.wait(IDLE_S)
    assert shop.kinds("visit") == []
    await shop.wait(0.001)
    await shop.wait(60.0)

    (ended,) = shop.kinds("visit")
    assert (ended["started_at_s"], ended["ended_at_s"]) == (NOW_S, NOW_S + 5.0)
    assert (ended["funnel"], ended["decisions"], ended["asked"]) == (1, 0, False)
    assert (ended["is_example"], ended["weight"]) == (True, 1.0)
    assert "cart" not in ended
    assert [one["label"] for one in examples(shop, "hesitation")] == [1.0]
    assert [one["label"] for one in examples(shop, "dwell")] == [5.0]


async def test_who_is_back_in_time_goes_on(shop):
    """A beacon within half an hour keeps the visit going."""
    await visit(shop)
    shop.clock.move(IDLE_S - 1.0)
    await shop.send(STAY)
    await shop.wait(2.0)

    assert shop.kinds("visit") == []


async def test_back_while_others_are_ended(shop, monkeypatch):
    """Who comes back between the look and the end of it is not ended."""
    await visit(shop, visitor="v_1")
    await visit(shop, visitor="v_2")
    shop.clock.set(NOW_S + 4_000.0)
    idle = shop.store.idle

    async def idle_then_back(*args, **kwargs):
        found = await idle(*args, **kwargs)
        await shop.send(STAY, visitor="v_2")
        return found

    monkeypatch.setattr(shop.store, "idle", idle_then_back)
    await tick(shop.site)

    assert [one["session"] for one in shop.kinds("visit")] == ["s_v_1"]
    assert (await shop.store.load(SITE, "v_2", "s_v_2")).session is not None


async def test_one_a_turn():
    """What need not wait is done one a turn of the loop: others come between."""
    turn, done = itertools.count(), {}

    async def prepare(item):
        return next(turn) if item is None else item

    async def others():
        while len(done) < 5:
            next(turn)
            await asyncio.sleep(0)

    await asyncio.gather(
        others(), abreast([None] * 5, prepare, lambda _, at: done.setdefault(at, at))
    )

    assert all(later - at > 1 for at, later in itertools.pairwise(done))


@pytest.mark.parametrize(
    ("events", "label"),
    [((), 0.0), ((event("purchase", transaction_id="A-9"),), 1.0)],
)
async def test_intent_label(shop, events, label):
    """A week after a visit its order, or the browser's word of one, is the label."""
    await visit(shop, *events)
    await shop.wait(IDLE_S + 1)
    assert examples(shop, "intent") == []
    await shop.wait(LONG_S)

    (one,) = examples(shop, "intent")
    (ended,) = shop.kinds("visit")
    assert (one["label"], one["session"]) == (label, "s_v_1")
    assert one["features"] == ended["features"]
    assert one["weight"] == ended["weight"] >= 1.0


async def test_intent_label_by_the_shops_order(shop):
    """An order on the sixth day labels the visit."""
    await visit(shop)
    await shop.wait(6 * 86_400)
    await shop.order(visitor="v_1")
    await shop.wait(2 * 86_400)

    assert [one["label"] for one in examples(shop, "intent")] == [1.0]


async def test_only_who_was_left_alone_is_an_example(shop):
    """A visit with a card teaches intent nothing; one with `none` weighs 1 / p."""
    for action in ("size_guide", "none"):
        await shop.until(action)
    await shop.wait(IDLE_S + 1)
    by_session = {one["session"]: one for one in shop.kinds("visit")}
    for body in shop.rows():
        ended = by_session[body["session"]]
        is_alone = body["action"] == "none"

        assert ended["is_example"] is is_alone
        assert ended["weight"] == pytest.approx(is_alone / body["propensity"])
    await shop.wait(LONG_S)
    assert len(examples(shop, "intent")) == sum(
        body["action"] == "none" for body in shop.rows()
    )


async def test_weight_is_capped(opened):
    """No visit weighs more than the settings allow."""
    shop = await opened(settings(learner=LearnerSettings(label_weight_cap=2.0)))
    await shop.until("none")
    await shop.wait(IDLE_S + 1)

    assert max(one["weight"] for one in shop.kinds("visit")) == 2.0


async def test_hesitation_weighs_the_chance_of_nothing(shop):
    """Who was left alone by a draw stands for those whom it did not leave alone."""
    _, body = await shop.until("none")
    await shop.wait(IDLE_S + 1)

    (one,) = [
        e for e in examples(shop, "hesitation") if e["session"] == body["session"]
    ]
    assert one["weight"] == pytest.approx(1 / body["propensity"])
    assert one["weight"] > 1.0


@pytest.mark.parametrize("most", [20.0, 5.0])
async def test_hesitation_weight_is_capped(opened, most):
    """Two draws of `none` at a tenth weigh as much as is learned; 100 was written."""
    shop = await opened(settings(learner=LearnerSettings(label_weight_cap=most)))
    await visit(shop)
    label = Resolved(
        np.zeros(len(NAMES)), label=1.0, weight=100.0, score=0.5, opened_at_s=1, at_s=2
    )
    session = (await shop.store.load(SITE, "v_1", "s_v_1")).session

    _, body = hesitation_example(shop.site, label, session=session)
    assert body["weight"] == most


async def test_ghosts_weigh_one(opened):
    """In the holdout everybody is left alone for certain."""
    shop = await opened(settings(holdout=HoldoutSettings(share=1.0)))
    await shop.ask()
    await shop.wait(IDLE_S + 1)

    (ended,) = shop.kinds("visit")
    assert (ended["weight"], ended["is_example"], ended["decisions"]) == (1.0, True, 1)


async def test_bots_teach_nothing(shop):
    """A machine's visit is recorded, and is an example of nothing."""
    await visit(shop, automated=True)
    await shop.send(event("page_view"), automated=True)
    await shop.wait(IDLE_S + 1)
    await shop.wait(LONG_S)

    (ended,) = shop.kinds("visit")
    assert (ended["is_person"], ended["is_example"]) == (False, False)
    assert shop.kinds("example") == []


async def test_welcome_bots_are_people(opened):
    """Where automated browsers are welcome they teach like people."""
    shop = await opened(settings(welcome_automated=True))
    await visit(shop, automated=True)
    await shop.wait(IDLE_S + 1)

    assert shop.kinds("visit")[0]["is_person"] is True
    assert len(examples(shop, "dwell")) == 1


async def test_carts_are_no_purchase(shop):
    """A full cart is no order: intent's label stays 0."""
    await visit(shop, event("add_to_cart", item=GUITAR), ASK)
    await shop.wait(LONG_S + IDLE_S + 1)

    assert all(one["label"] == 0.0 for one in examples(shop, "intent"))


async def test_session_that_is_used_again(shop):
    """A session id that is used again after its end begins a new visit."""
    await visit(shop)
    await shop.wait(IDLE_S + 1)
    await visit(shop)
    await shop.wait(IDLE_S + 1)

    assert [one["session"] for one in shop.kinds("visit")] == ["s_v_1", "s_v_1"]
    assert len(examples(shop, "dwell")) == 2
    assert len(examples(shop, "hesitation")) == 2


async def test_asked_by_hesitation(shop):
    """A visit that was asked about hesitation says so, for the threshold's step."""
    for number in range(40):
        await shop.linger(f"v_{number}", seconds=9)
    await shop.wait(IDLE_S + 1)
    asked = {b["session"] for b in shop.rows() if b["moment"] == "hesitating"}

    assert {v["session"] for v in shop.kinds("visit") if v["asked"]} == asked
