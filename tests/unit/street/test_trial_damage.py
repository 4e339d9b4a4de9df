"""What is wrong with one shop's records holds up neither its heir nor another shop."""

from contextlib import suppress

import pytest

from engage.errors import DamagedRecord, StoreError
from engage.learning.worker import LearnerThread
from engage.stores.following import PROOFS
from engage.stores.records import Record
from engage.street.opening import open_site
from tests.unit.street.builders import SECRETS, SITE
from tests.unit.street.trials import candidate_of, chosen, hand, trading, win

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
