"""A challenger in an open shop: arms by visitor, split stock, restart, promotion."""

import os
from dataclasses import replace

import numpy as np
import pytest

from engage.deciding.arms import arm_place
from engage.learning.snapshots import Snapshot
from engage.learning.trials.orders import FOLDER, Order, hand_over
from engage.street.inputs import inputs_of
from engage.visits.features import NAMES
from tests.unit.learning.builders import fresh, traffic
from tests.unit.street.builders import SHORT_S, SITE, VIEW
from tests.unit.street.trials import (
    EAGER,
    QUICK,
    candidate_of,
    chosen,
    hand,
    moves,
    opened,
    trading,
    win,
)


@pytest.fixture
async def shop(tmp_path):
    """Return a stocked shop with a little traffic behind it."""
    one = await trading(tmp_path)
    yield one
    one.close()


async def test_shadow_changes_nothing(shop):
    """In the shadow nobody is decided for by the challenger; the record says so."""
    trial = hand(shop, candidate_of(shop))
    await traffic(shop, 5, seed=2, first=10)

    assert trial.stage == "shadow"
    assert shop.site.challenger is None
    assert moves(shop) == [("shadow", "shadow")]
    assert trial.number not in {row["snapshot"] for row in shop.rows()}
    assert not list((shop.path / FOLDER).glob("*.json"))


async def test_arms_by_visitor(shop):
    """Forced to the canary, the arm of the hash decides, and every record says who."""
    trial = hand(shop, candidate_of(shop), is_forced=True, why="a test")
    assert trial.stage == "canary"
    before = len(shop.rows())
    await traffic(shop, 30, seed=2, first=100)
    rows = shop.rows()[before:]
    own = [row for row in rows if row["snapshot"] == trial.number]

    assert 5 < len(own) < len(rows)
    for row in rows:
        subject = shop.journal.find_visitor(SITE, row["visitor"])[0]
        place = arm_place(b"sixteen bytes of", subject, candidate=trial.candidate.id)
        assert (place < 0.5) == (row["snapshot"] == trial.number)
        assert row["propensity"] == row["distribution"][row["action"]] > 0
        gamma_c = row["exploration"]["gamma_c"]
        assert gamma_c == (3.0 if row in own else 10.0)


async def test_scores_are_the_snapshots_own(shop):
    """What the record's snapshot scores on the record's features is what it says."""
    trial = hand(shop, candidate_of(shop), is_forced=True, why="a test")
    await traffic(shop, 10, seed=2, first=100)
    own = [row for row in shop.rows() if row["snapshot"] == trial.number]
    archived = Snapshot.decode(shop.journal.snapshot(SITE, trial.number).body)

    assert own
    for row in own:
        vector = np.array([row["features"][name] for name in NAMES])
        found = archived.scorers.score(vector, view=None)
        assert found.intent == row["scores"]["intent"]


async def test_what_it_was_trained_on_is_no_evidence(shop):
    """What was decided before its training ended says nothing of a challenger."""
    await shop.ask("v_900")
    trial = hand(shop, candidate_of(shop))
    shop.clock.move(1.0)
    await shop.wait(SHORT_S)
    shop.learn()
    assert trial.evidence.gain.units == 0

    await shop.ask("v_901")
    await shop.wait(SHORT_S)
    shop.learn()
    assert trial.evidence.gain.units == 1


async def test_override_is_recorded(shop):
    """Forcing is an operator's order: it is kept with its reason."""
    trial = hand(shop, candidate_of(shop), is_forced=True, why="the boss wants it")
    (order,) = shop.kinds("override")

    assert order["why"] == "the boss wants it"
    assert order["candidate"] == trial.candidate.id
    assert [to for _, to in moves(shop)] == ["shadow", "canary"]
    assert shop.kinds("promoted")[-1]["why"] == "forced"


async def test_withdrawn(shop):
    """A withdrawn challenger decides for nobody any more; the reason is kept."""
    trial = hand(shop, candidate_of(shop), is_forced=True, why="a test")
    hand_over(shop.path / FOLDER, Order(what="withdraw", site=SITE, why="enough"))
    shop.learn()

    assert trial.stage == "rolled_back"
    assert shop.site.challenger is None
    assert shop.kinds("promoted")[-1]["why"] == "withdrawn: enough"
    assert [one["what"] for one in shop.kinds("override")] == ["try", "withdraw"]


async def test_forced_on_the_way(shop):
    """A trial that was begun in the shadow goes on when its test is held open."""
    trial = hand(shop, candidate_of(shop))
    hand_over(shop.path / FOLDER, Order(what="force", site=SITE, why="fair on Monday"))
    shop.learn()
    (order,) = shop.kinds("override")

    assert (trial.stage, trial.rules.is_forced) == ("canary", True)
    assert (order["what"], order["is_forced"]) == ("force", True)
    assert order["why"] == "fair on Monday"


async def test_orders_are_obeyed_in_turn(shop):
    """Of two that wait, the first one is obeyed first, whatever their files' names."""
    former = hand(shop, candidate_of(shop), is_forced=True, why="a test")
    later = replace(candidate_of(shop), card={"seed": 1})
    orders = (
        Order(what="withdraw", site=SITE, why="enough"),
        Order(what="try", site=SITE, candidate=later.encode().decode()),
    )
    for at_s, order in enumerate(orders):
        os.utime(hand_over(shop.path / FOLDER, order), (at_s, at_s))
    shop.learn()
    trial = shop.lineage.trials.trial

    assert former.stage == "rolled_back"
    assert (trial.candidate.id, trial.stage) == (later.id, "shadow")


async def test_orders_are_looked_for_now_and_then(shop):
    """An order waits half a second at most, and no clock that is set back hides it."""
    trial = hand(shop, candidate_of(shop), is_forced=True, why="a test")
    trials, at_s = shop.lineage.trials, shop.clock.now_s()
    hand_over(shop.path / FOLDER, Order(what="withdraw", site=SITE, why="enough"))
    trials.step(at_s=at_s + 0.49)
    assert trial.stage == "canary"
    trials.step(at_s=at_s + 0.5)
    assert trial.stage == "rolled_back"

    again = hand(shop, replace(candidate_of(shop), card={"seed": 1}))
    hand_over(shop.path / FOLDER, Order(what="withdraw", site=SITE, why="enough"))
    trials.step(at_s=at_s - 3_600.0)
    assert again.stage == "rolled_back"


async def test_judged_after_twenty_closes(tmp_path):
    """A verdict comes with every twentieth close; here nobody has patience left."""
    hasty = replace(QUICK, patience_decisions=5)
    shop = await trading(tmp_path, of=chosen(promotion=hasty))
    trial = hand(shop, candidate_of(shop, policy=shop.chosen.policy))
    for number in range(20):
        await shop.ask(f"v_{number}_later")
    await shop.wait(SHORT_S)
    trials, at_s = shop.lineage.trials, shop.clock.now_s()
    closes = shop.journal.read(trial.offset, 10**6, kinds=["closed"])
    for entry in closes[:19]:
        trials.take(entry)
    trials.step(at_s=at_s)
    assert (trial.stage, len(closes)) == ("shadow", 20)
    trials.take(closes[19])
    trials.step(at_s=at_s)

    assert trial.stage == "rolled_back"
    assert shop.kinds("promoted")[-1]["why"] == "no improvement found"
    shop.close()


async def test_split_stock(shop):
    """Each arm has its share of budgets and agents, less what it has promised."""
    hand(shop, candidate_of(shop), is_forced=True, why="a test")
    one = shop.site.challenger
    await shop.send(*VIEW, visitor="v_x")
    session = (await shop.store.load(SITE, "v_x", "s_v_x")).session
    await shop.stock(codes=0)
    whole = await inputs_of(shop.site, session, at_s=shop.clock.now_s())
    own, other = (one.part_of(whole, is_own=is_own) for is_own in (True, False))
    total = whole.budget_left["autumn10"]

    assert own.budget_left["autumn10"] == int(0.5 * total)
    assert other.budget_left["autumn10"] == int(0.5 * total)
    assert own.free_agents["guitars"] == 0.5 * whole.free_agents["guitars"]
    assert own.idle_agents["guitars"] == 0.5 * whole.idle_agents["guitars"]
    assert own.prices == whole.prices
    assert whole.idle_agents["guitars"] > 0 <= whole.prices["guitars"]
    one.note_spent("autumn10", 10**9, is_own=True)
    assert one.part_of(whole, is_own=True).budget_left["autumn10"] == 0
    assert one.part_of(whole, is_own=False) == other


async def test_restart(shop, tmp_path):
    """A trial survives a crash: stage, evidence, and who is the champion."""
    trial = hand(shop, candidate_of(shop), is_forced=True, why="a test")
    await traffic(shop, 12, seed=3, first=100)
    await shop.wait(SHORT_S)
    shop.learn()
    shop.learner.checkpoint(SITE, shop.lineage)
    shop.lineage.trials.keep(at_s=shop.clock.now_s())
    told, stage = trial.evidence.plain(), trial.stage
    shop.journal.close()

    again = await opened(tmp_path, clock=shop.clock)
    kept = again.lineage.trials.trial
    assert kept.stage == stage
    assert kept.evidence.plain() == told
    assert again.site.challenger.snapshot.number == trial.number
    assert again.site.snapshot.number != trial.number
    again.close()


async def test_all_the_way(shop, tmp_path):
    """With guardrails that hold it is promoted, and its own learner goes on."""
    candidate = candidate_of(shop)
    trial = hand(shop, candidate, is_forced=True, why="a test")
    await win(shop, trial)
    stages = [to for _, to in moves(shop)]

    assert stages == ["shadow", "canary", "ramp", "half", "promoted"]
    assert trial.is_crowned
    assert shop.site.challenger is None
    assert shop.site.settings.policy == EAGER
    assert shop.lineage.learner.settings.policy == EAGER
    assert shop.site.snapshot.uplift.learned == fresh(shop).uplift.learned
    await shop.ask("v_after")
    assert shop.last()["exploration"]["gamma_c"] == 3.0
    shop.journal.close()
    again = await opened(tmp_path, clock=shop.clock)
    assert again.site.settings.policy == EAGER
    again.close()


async def test_refused(shop):
    """A file that is no candidate is refused, counted and put away."""
    folder = shop.path / FOLDER
    hand_over(folder, Order(what="try", site=SITE, candidate="{}"))
    (folder / "noise.json").write_text("noise")
    (folder / "torn.json").write_bytes(b'{"what":"\xff"}')
    shop.learn()

    assert shop.lineage.trials.trial is None
    assert shop.site.metrics.promotions.sums["refused",] == 3.0
    assert not list(folder.glob("*.json"))


async def test_foreign_candidate(shop):
    """A candidate of another shop, or of a later journal, is refused."""
    candidate = candidate_of(shop)
    later = replace(candidate.snapshot, offset=10**9)
    for wrong in (replace(candidate, site="pk_x"), replace(candidate, snapshot=later)):
        assert hand(shop, wrong) is None

    assert shop.site.metrics.promotions.sums["refused",] == 2.0
