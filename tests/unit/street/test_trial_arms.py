"""What is evidence about a challenger in an open shop, and in which arm."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from engage.clock import epoch_s
from engage.learning.trials.arms import WIDTH
from engage.street.opening import version_of
from engage.street.site import Pin
from engage.street.trying import adopt
from tests.unit.learning.builders import traffic
from tests.unit.street.builders import LONG_S, SHORT_S
from tests.unit.street.trials import candidate_of, hand, trading


@pytest.fixture
async def shop(tmp_path):
    """Return a stocked shop with a little traffic behind it."""
    one = await trading(tmp_path)
    yield one
    one.close()


async def test_shadow_is_another_time(shop):
    """What was decided in the shadow is in neither arm, whenever it closes."""
    trial = hand(shop, candidate_of(shop))
    await traffic(shop, 5, seed=2, first=10)
    trial.force()
    shop.learn()
    assert trial.stage == "canary"
    await shop.wait(LONG_S)
    shop.learn()
    arms = trial.evidence.outcomes
    assert [one.units for one in (*arms["surrogate"], *arms["value"])] == [0] * 4

    await traffic(shop, 5, seed=3, first=20)
    await shop.wait(LONG_S)
    shop.learn()
    later = [row for row in shop.rows() if epoch_s(row["at"]) >= trial.dealt_at_s]
    counted = sum(len(row["eligible"]) > 1 for row in later)
    assert sum(one.units for one in arms["value"]) == counted > 0


async def test_one_visitor_is_one(shop):
    """Who asks three times is one visitor: what was decided speaks together."""
    trial = hand(shop, candidate_of(shop))
    for _ in range(3):
        await shop.ask("v_again")
        await shop.wait(2 * SHORT_S)
    shop.learn()

    for one in (trial.evidence.gain, trial.evidence.better):
        assert (one.units, one.visitors) == (3, 1)


async def test_the_champion_itself(shop):
    """A challenger that decides and predicts as the champion does is no better."""
    same = candidate_of(shop, policy=shop.chosen.policy)
    trial = hand(shop, replace(same, snapshot=shop.site.snapshot))
    await traffic(shop, 10, seed=2, first=10)
    await shop.wait(SHORT_S)
    shop.learn()
    gain, better = trial.evidence.gain, trial.evidence.better

    assert gain.units == better.units > 0
    # A sum over ten decisions of tens of EUR, and of their squares.
    assert gain.total[1] == pytest.approx(0.0, abs=1e-9)
    assert better.total[1] == pytest.approx(0.0, abs=1e-9)


async def test_guardrails_watch_what_happened(shop):
    """What visitors dismissed, ordered and were promised is counted as recorded."""
    trial = hand(shop, candidate_of(shop), is_forced=True, why="a test")
    for seed in (2, 3):
        await traffic(shop, 15, seed=seed, first=100 * seed)
    await shop.until("autumn10")
    await shop.wait(SHORT_S)
    shop.learn()

    dealt = [row for row in shop.rows() if epoch_s(row["at"]) >= trial.dealt_at_s]
    rows = [row for row in dealt if len(row["eligible"]) > 1]
    names = [one["name"] for row in rows for one in row["outcomes"]]
    ordered = {row["visitor"] for row in rows if shop.close_of("closed", row)["sales"]}
    found = {
        name: sum(one.total.reshape(-1, WIDTH)[:, 1].sum() for one in arms)
        for name, arms in trial.evidence.outcomes.items()
    }
    assert found["dismissals"] == names.count("dismissed") > 0
    assert found["orders"] == len(ordered) > 0
    promised = sum(row.get("promised", 0.0) for row in rows)
    assert found["discount"] == pytest.approx(promised)
    assert promised > 0
    assert found["errors"] == 0


async def test_arms_are_compared_at_one_share(shop):
    """Each record says what share was dealt; under a pin there is none, and no arm."""
    trial = hand(shop, candidate_of(shop), is_forced=True, why="a test")
    for seed, pin in ((2, None), (3, Pin(number=0, why="a test", at_s=0.0))):
        shop.site.pin = pin
        await traffic(shop, 5, seed=seed, first=10 * seed)
    shop.site.pin = None
    trial.move("ramp", at_s=shop.clock.now_s())
    adopt(shop.site, trial.challenge, version_of=version_of)
    await traffic(shop, 5, seed=4, first=40)
    await shop.wait(SHORT_S)
    shop.learn()

    rows = [row for row in shop.rows() if len(row["eligible"]) > 1]
    dealt = Counter(row.get("challenger_share") for row in rows[-15:])
    arms = trial.evidence.outcomes["surrogate"]
    assert set(dealt) == {None, *trial.evidence.shares} == {None, 0.5, 0.6}
    for n, share in enumerate(trial.evidence.shares):
        assert sum(one.units_in(n) for one in arms) == dealt[share]


async def test_one_model_adjusts_both_arms(shop):
    """What is taken out of both arms is said by one model, not by each arm's own.

    The challenger's intent is a half for everybody; that is no difference in outcome.
    """
    made = candidate_of(shop)
    scorers = made.snapshot.scorers
    vain = replace(scorers.intent, weights=np.zeros_like(scorers.intent.weights))
    snapshot = replace(made.snapshot, scorers=replace(scorers, intent=vain))
    trial = hand(shop, replace(made, snapshot=snapshot), is_forced=True, why="a test")
    await traffic(shop, 20, seed=2, first=10)
    await shop.wait(SHORT_S)
    shop.learn()
    said = {
        row["snapshot"] == trial.number: row["scores"]["intent"]
        for row in shop.rows()
        if row.get("challenger_share")
    }

    assert said[True] == 0.5 > 3 * said[False]
    for arm in trial.evidence.outcomes["surrogate"]:
        (_, _, prospect, stake_eur), *_ = arm.strata
        assert 0.0 < prospect == pytest.approx(0.5 * stake_eur)


@pytest.mark.parametrize("is_forced", [False, True])
async def test_champion_that_is_not_published(shop, is_forced):
    """While the champion stands still its decisions are evidence all the same.

    It knows less than the candidate then, for it was published before. Without its arm
    no guardrail could ever take the challenger back.
    """
    shop.lineage.published_s = math.inf
    await traffic(shop, 5, seed=2, first=10)
    await shop.wait(SHORT_S)
    shop.learn()
    trial = hand(shop, candidate_of(shop), is_forced=is_forced, why="a test")
    assert shop.site.snapshot.offset < trial.candidate.snapshot.offset
    await traffic(shop, 10, seed=3, first=20)
    await shop.wait(SHORT_S)
    shop.learn()

    arms = trial.evidence.outcomes["surrogate"]
    assert trial.evidence.gain.units > 0
    assert all((arm.units > 0) == is_forced for arm in arms)
