"""A trial on a disk that refuses: what is recorded holds, and nothing is done twice."""

import itertools
import os

import pytest

from engage.errors import StoreError
from engage.learning.trials.kept import present, standing, trial_name
from engage.learning.trials.orders import FOLDER, Order, hand_over
from tests.unit.learning.builders import traffic
from tests.unit.street.builders import LONG_S, SHORT_S, SITE, fill_disk, free_disk
from tests.unit.street.trials import candidate_of, hand, moves, trading

REFUSED = """CREATE TRIGGER full BEFORE INSERT ON checkpoints
 BEGIN SELECT RAISE(ABORT, 'no room'); END"""


@pytest.fixture
async def shop(tmp_path):
    """Return a stocked shop with a little traffic behind it."""
    one = await trading(tmp_path)
    yield one
    one.close()


async def test_disk_full_as_it_begins(shop):
    """An order that cannot be carried out yet leaves nothing behind but itself."""
    await shop.journal.append()
    fill_disk(shop)
    with pytest.raises(StoreError):
        hand(shop, candidate_of(shop), is_forced=True, why="a test")
    assert shop.lineage.trials.trial is None
    free_disk(shop)
    shop.learn()

    trial = shop.lineage.trials.trial
    assert (trial.stage, trial.rules.candidates) == ("canary", 0)
    assert moves(shop) == [("shadow", "shadow"), ("shadow", "canary")]
    assert [one["what"] for one in shop.kinds("override")] == ["try"]


async def test_stage_that_cannot_be_kept_yet(shop):
    """A stage that is recorded holds at once, and is kept when there is room again."""
    hand(shop, candidate_of(shop), is_forced=True, why="a test")
    at_s = shop.clock.now_s()
    shop.journal._writer.run("full", lambda c: c.execute(REFUSED))
    hand_over(shop.path / FOLDER, Order(what="withdraw", site=SITE, why="enough"))
    for _ in range(2):
        with pytest.raises(StoreError):
            shop.lineage.trials.step(at_s=at_s)
    assert shop.site.challenger is None
    shop.journal._writer.run("room", lambda c: c.execute("DROP TRIGGER full"))
    shop.lineage.trials.step(at_s=at_s)

    assert moves(shop)[-2:] == [("shadow", "canary"), ("canary", "rolled_back")]
    assert standing(shop.journal, shop.chosen).stage == "rolled_back"
    assert not list((shop.path / FOLDER).glob("*.json"))


async def test_journal_that_fails_for_a_moment(shop):
    """Evidence whose decision cannot be looked up now is taken in a step later."""
    trial, trials = hand(shop, candidate_of(shop)), shop.lineage.trials
    find, looks = trials.find, itertools.count()

    def failing(decision):
        if next(looks) % 2 == 0:
            raise StoreError("the disk does not answer")
        return find(decision)

    trials.find = failing
    await traffic(shop, 12, seed=9, first=900)
    failures, has_more = 0, True
    while has_more:
        try:
            has_more = shop.learner.step() > 0
        except StoreError:
            failures += 1

    assert failures > 5
    assert trial.evidence.gain.units > 5
    read_anew = present(shop.journal, shop.chosen)
    assert trial.evidence.plain() == read_anew.evidence.plain()


async def test_order_that_cannot_be_put_away(shop, monkeypatch):
    """An order that would stay where it is is not obeyed: it would be for ever."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert hand(shop, candidate_of(shop)) is None
    assert [one.name for one in (shop.path / FOLDER).iterdir()] == [f"{SITE}.try.json"]

    monkeypatch.undo()
    shop.learn()
    assert shop.lineage.trials.trial.stage == "shadow"


async def grown(shop):
    """Return a large trial that was kept and has read more since, and when that was.

    By the shop's clock that is yet to come: the next time is not due for long.
    """
    trials, trial = shop.lineage.trials, hand(shop, candidate_of(shop))
    for number in range(4_000):
        trial.evidence.gain.add(f"u_{number:032x}", 1.0)
    at_s = shop.clock.now_s() + LONG_S
    trials.keep(at_s=at_s)
    await traffic(shop, 5, seed=2, first=10)
    await shop.wait(SHORT_S)
    for entry in shop.journal.read(trial.offset, 10**6):
        trials.take(entry)
    return trial, at_s


async def test_large_trial_is_kept_now_and_then(shop):
    """The more there is to keep, the rarer; what came since is read again."""
    trial, at_s = await grown(shop)
    trials, told = shop.lineage.trials, trial.evidence.plain()
    trials.keep_now_and_then(at_s=at_s + 10.0)
    kept = standing(shop.journal, shop.chosen)
    assert kept.offset < trial.offset
    for entry in shop.journal.read(kept.offset, 10**6):
        kept.take(entry, lambda name: shop.journal.decision(SITE, name))

    assert kept.evidence.plain() == told
    trials.keep_now_and_then(at_s=at_s + 600.0)
    assert standing(shop.journal, shop.chosen).offset == trial.offset


async def test_trial_that_is_over_is_kept_no_more(shop):
    """What has ended reads nothing more, costs the disk nothing, holds up no start."""
    trial, at_s = await grown(shop)
    trials = shop.lineage.trials
    trials.end("enough", at_s=at_s)
    kept, told = shop.journal.checkpoint(trial_name(SITE)), trial.evidence.plain()
    await traffic(shop, 5, seed=3, first=20)
    await shop.wait(SHORT_S)
    shop.learn()
    trials.keep_now_and_then(at_s=at_s + 3_600.0)

    assert trial.evidence.plain() == told
    assert shop.journal.checkpoint(trial_name(SITE)) == kept
    assert shop.lineage.offset == shop.lineage.learner.offset > trial.offset


async def test_trial_is_kept_at_the_end(shop):
    """A learner that is told to stop leaves nothing to be read again."""
    trial, _ = await grown(shop)
    assert standing(shop.journal, shop.chosen).offset < trial.offset
    shop.learner.start()
    shop.learner.stop()

    assert standing(shop.journal, shop.chosen).offset == trial.offset
