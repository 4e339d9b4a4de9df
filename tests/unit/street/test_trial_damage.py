"""What is wrong with one shop's records or winner holds up nobody else."""

from contextlib import suppress
from dataclasses import replace

import orjson
import pytest

from engage.errors import DamagedRecord, StoreError
from engage.learning.trials.orders import FOLDER, Order, hand_over
from engage.learning.worker import LearnerThread
from engage.scoring.threshold import Threshold
from engage.stores.following import PROOFS
from engage.stores.records import Record
from engage.street.opening import open_site
from tests.unit.learning.builders import fresh, traffic
from tests.unit.street.builders import LONG_S, SECRETS, SHORT_S, SITE
from tests.unit.street.trials import (
    candidate_of,
    chosen,
    hand,
    moves,
    opened,
    trading,
    win,
)

OTHER = "pk_other"
DAMAGE = "UPDATE journal SET body=CAST('{' AS BLOB) WHERE site=?"


@pytest.fixture
async def shop(tmp_path):
    """Return a stocked shop with a little traffic behind it."""
    one = await trading(tmp_path)
    yield one
    one.close()


async def test_damaged_record_before_the_heir(shop):
    """A winner takes over past a damaged record, here another shop's."""
    trial = hand(shop, candidate_of(shop), is_forced=True, why="a test")
    at_s = shop.clock.now_s()
    shop.journal.append_now(
        Record(kind="example", site=OTHER, key="", at_s=at_s, body={})
    )
    shop.journal._writer.run("damage", lambda c: c.execute(DAMAGE, (OTHER,)).rowcount)
    for _ in range(PROOFS):
        with suppress(DamagedRecord):
            shop.learn()

    await win(shop, trial)

    assert trial.is_crowned


async def test_panic_before_the_heir(shop, monkeypatch):
    """What ended no learner when it was new ends none when the winner reads it."""

    class Panic(BaseException):
        """Like pyo3's PanicException."""

    def panic(*_, **_said):
        raise Panic

    trial = hand(shop, candidate_of(shop), is_forced=True, why="a test")
    await win(shop, trial, until={"half"})
    monkeypatch.setattr(Threshold, "step", panic)
    await win(shop, trial, first=400)

    assert trial.is_crowned


async def test_state_that_fits_no_more(shop):
    """A winner that cannot learn on is rolled back; what decided before learns on."""
    candidate = candidate_of(shop)
    state = {**candidate.state, "uplift": {**candidate.state["uplift"], "context": []}}
    trial = hand(shop, replace(candidate, state=state), is_forced=True, why="a test")
    await win(shop, trial)

    assert moves(shop)[-2:] == [("half", "promoted"), ("promoted", "rolled_back")]
    assert "its state fits no more" in shop.kinds("promoted")[-1]["why"]
    assert shop.site.settings.policy == shop.chosen.policy
    await traffic(shop, 5, seed=99, first=900)
    await shop.wait(SHORT_S)
    shop.learn()
    assert shop.site.snapshot.uplift.learned == fresh(shop).uplift.learned


async def test_rewards_that_change_amid_a_trial(shop, tmp_path):
    """A shop that counts carts from now on tries nobody who learned from orders."""
    hand(shop, candidate_of(shop), is_forced=True, why="a test")
    shop.journal.close()
    carts = replace(shop.chosen, money=replace(shop.chosen.money, outcome="cart"))
    again = await opened(tmp_path, of=carts, clock=shop.clock)
    assert again.lineage.trials.trial.stage == "canary"
    again.learn()

    assert again.lineage.trials.trial.stage == "rolled_back"
    why = again.kinds("promoted")[-1]["why"]
    assert why.startswith("candidate learned other rewards: recipe's outcome must be ")
    again.close()


async def test_heir_is_kept_at_once(shop):
    """A winner's models outlive a crash, though no record came since the last check."""
    candidate = candidate_of(shop, forget=0.99)
    trial = hand(shop, candidate, is_forced=True, why="a test")
    await win(shop, trial, until={"half"})
    # As if it had come this far by itself: nothing but an order moves it on now.
    trial.rules = replace(trial.rules, is_forced=False)
    await traffic(shop, 20, seed=99, first=900)
    await shop.wait(LONG_S)
    shop.learn()
    shop.learner.checkpoint(SITE, shop.lineage)
    hand_over(shop.path / FOLDER, Order(what="force", site=SITE, why="a test"))
    shop.learn()

    assert trial.is_crowned
    heir = shop.lineage.learner
    offset, kept = shop.journal.checkpoint(SITE)
    assert offset == heir.offset
    assert orjson.loads(kept) == orjson.loads(orjson.dumps(heir.state()))


async def test_each_shop_has_its_turn(shop):
    """A shop whose models cannot be archived keeps no other from its own."""
    _, other = await open_site(
        chosen(key=OTHER),
        SECRETS,
        journal=shop.journal,
        store=shop.store,
        clock=shop.clock,
        metrics=shop.site.metrics,
    )
    shop.journal.put_snapshot(OTHER, other.newest + 1, offset=0, body=b"another")
    published = []
    learner = LearnerThread(
        journal=shop.journal,
        lineages={OTHER: other, SITE: shop.lineage},
        publish=lambda site, _: published.append(site),
        clock=shop.clock,
        metrics=shop.site.metrics,
    )
    shop.clock.move(3_600.0)
    other.has_changed = shop.lineage.has_changed = True

    with pytest.raises(StoreError, match="must be new"):
        learner.step()

    assert published == [SITE]
