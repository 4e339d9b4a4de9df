"""The learner knows what the journal says, however it came to read it."""

import random
from dataclasses import replace

import pytest

from engage.errors import EngageError
from engage.learning.learner import row_of
from engage.learning.worker import KINDS
from tests.unit.learning.builders import distance, fresh, known, settings, traffic
from tests.unit.street.builders import LONG_S, SHORT_S, SITE, report


async def test_live_learner_is_a_fresh_one(opened):
    """What was learned live is what a fresh learner makes of the whole journal."""
    shop = await opened(settings())
    for part in range(6):
        await traffic(shop, 10, seed=part, first=10 * part)
        shop.learn()
    await shop.wait(LONG_S)
    shop.learn()

    live, again = known(shop.lineage.learner), known(fresh(shop))
    assert distance(live, again) <= 1e-9
    assert live["offset"] == again["offset"]
    assert live["uplift"]["learned"] > 20


@pytest.mark.parametrize("seed", [1, 2])
async def test_restarts_change_nothing(opened, seed):
    """Crashes at random points, before and after checkpoints, leave the same models."""
    luck = random.Random(seed)
    shop = await opened(settings())
    for part in range(8):
        await traffic(shop, 6, seed=100 * seed + part, first=6 * part)
        for _ in range(luck.randrange(4)):
            shop.learner.step()
        if luck.random() < 0.5:
            shop.learner.checkpoint(SITE, shop.lineage)
        if luck.random() < 0.5:
            shop.learner.step()
        shop = await shop.crash()
        await shop.stock()
    shop.learn()
    live, again = known(shop.lineage.learner), known(fresh(shop))
    state = shop.lineage.learner.state() == fresh(shop).state()
    shop.close()

    assert distance(live, again) <= 1e-9
    assert state


async def test_corrected_late_is_known_at_once(opened):
    """A correction a week late leaves the model where an early one would have."""
    shop = await opened(settings())
    await traffic(shop, 40, seed=3)
    await shop.wait(LONG_S + SHORT_S)
    entries = shop.journal.read(0, 10**9, kinds=KINDS)
    corrections = {
        entry.record.key: entry for entry in entries if entry.record.kind == "settled"
    }
    at_once = []
    for entry in entries:
        if entry.record.kind != "settled":
            at_once.append(entry)
        if entry.record.kind == "closed":
            at_once.append(corrections[entry.record.key])

    late, early = fresh(shop, entries=entries), fresh(shop, entries=at_once)

    early.offset = late.offset
    assert [e.record.kind for e in at_once] != [e.record.kind for e in entries]
    assert distance(known(late), known(early)) <= 1e-9


async def test_a_decision_enters_once_and_is_corrected_once(opened):
    """Every learned decision is closed and settled by one record each."""
    shop = await opened(settings())
    await traffic(shop, 30, seed=4)
    await shop.wait(LONG_S + SHORT_S)
    shop.learn()
    learned = sum(body["learned"] for body in shop.kinds("closed"))

    assert shop.lineage.learner.uplift.freeze().learned == learned
    assert shop.lineage.learner.uplift.open_rows == 0
    assert sum(body["learned"] for body in shop.kinds("settled")) == learned


async def test_ghosts_and_unserved_are_never_learned(opened, tmp_path):
    """Holdout, shadow and backfill teach the policy nothing."""
    held = await opened(settings(mode="shadow"))
    filled = await opened(settings(), path=tmp_path / "filled", is_served=False)
    for shop in (held, filled):
        await traffic(shop, 8, seed=5)
        await shop.wait(LONG_S)
        shop.learn()

        assert shop.lineage.learner.uplift.freeze().learned == 0
        assert shop.lineage.learner.freeze(number=1, at_s=0.0).accepted == {}
    mixed = await opened(settings(), path=tmp_path / "mixed")
    await traffic(mixed, 20, seed=6)
    await mixed.wait(SHORT_S)
    mixed.learn()
    groups = {b["decision"]: b["ghost"] is None for b in mixed.rows()}
    sent = [n for n, is_sent in groups.items() if is_sent]
    chosen = [n for n in sent if len(mixed.row(n)["eligible"]) > 1]
    assert len(chosen) < len(groups)
    assert mixed.lineage.learner.uplift.freeze().learned == len(chosen)


async def test_acceptance_is_as_the_close_saw_it(opened):
    """A chat that starts after the close is not found by whoever learns later."""
    shop = await opened(settings())
    answer, body = await shop.until("chat_guitars")
    await shop.wait(SHORT_S)
    shop.learn()
    live = known(shop.lineage.learner)
    visitor = body["session"].removeprefix("s_")
    await shop.send(report(answer.decision, "chat_started"), visitor=visitor)

    again = known(fresh(shop))
    assert live["accepted"] == again["accepted"]
    assert list(live["accepted"]["chat_guitars"]) == [1, 0]


async def test_row_of_a_record(opened):
    """A record is learned as it was logged: situation, draw, stake and threshold."""
    shop = await opened(settings())
    _, body = await shop.ask()
    row = row_of({**body, "clip": 300.0}, target_eur=7.0)

    assert (row.decision, row.moment) == (body["decision"], body["moment"])
    assert (row.action, row.distribution) == (body["action"], body["distribution"])
    assert (row.stake_eur, row.proposed) == (body["stake"], body["proposed"])
    assert row.stake_eur > 0.0
    assert (row.target_eur, row.clip_eur, row.delta_eur) == (7.0, 300.0, None)
    assert {"none", *row.kinds} == {"none", *row.versions} == set(body["eligible"])


async def test_refused_state_changes_nothing(opened):
    """A state that cannot be restored leaves the learner as it was."""
    shop = await opened(settings())
    await traffic(shop, 10, seed=7)
    shop.learn()
    learner = shop.lineage.learner
    before, state = learner.state(), learner.state()
    for broken in (
        {**state, "threshold": {"value": 2.0, "sessions": 1}},
        {**state, "accepted": {"chat": [1]}},
        {**state, "scorers": {**state["scorers"], "schema": "other"}},
        {**state, "uplift": {**state["uplift"], "context": ["x"]}},
        {name: part for name, part in state.items() if name != "watch"},
    ):
        with pytest.raises((EngageError, KeyError, TypeError, ValueError)):
            learner.restore(broken)
        assert learner.state() == before


async def test_record_without_a_feature(opened):
    """A decision whose record lacks a feature is refused by name."""
    shop = await opened(settings())
    _, body = await shop.ask()
    short = {**body, "features": {"active_s": 1.0}}

    with pytest.raises(EngageError, match=r"^features must hold '\w+'$"):
        row_of(short, target_eur=1.0)


async def test_pruned_decision_teaches_nothing(opened):
    """A close whose decision is gone changes nothing and is no error."""
    shop = await opened(settings())
    await shop.ask()
    await shop.wait(SHORT_S)
    (entry,) = shop.journal.read(0, 10**6, kinds=["closed"])
    gone = entry._replace(record=replace(entry.record, key="d_gone"))

    assert fresh(shop, entries=[gone]).uplift.freeze().learned == 0
    assert fresh(shop, entries=[entry]).uplift.freeze().learned == 1
