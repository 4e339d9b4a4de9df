"""How a learner starts again: from its checkpoint, or from the journal."""

from contextlib import closing

import orjson
import pytest

from engage.learning.snapshots import Snapshot
from engage.learning.worker import BATCH
from engage.settings import LearnerSettings
from engage.stores.journal.files import JOURNAL_FILE
from engage.stores.journal.sqlite import read_journal
from tests.unit.learning.builders import distance, fresh, known, settings, traffic
from tests.unit.street.builders import (
    SHORT_S,
    SITE,
)


@pytest.mark.parametrize(
    "harm",
    [b"", b"garbage", b"[]", b'{"scorers": 1}', None],
)
async def test_bad_checkpoint(opened, harm):
    """A checkpoint that cannot be read is no disaster: the journal has everything."""
    shop = await opened(settings())
    await traffic(shop, 8, seed=1)
    shop.learn()
    if harm is None:
        state = shop.lineage.learner.state()
        harm = orjson.dumps({**state, "threshold": {"value": 7, "sessions": 1}})
    shop.journal.put_checkpoint(SITE, offset=10**6, body=harm)

    again = await shop.crash()
    again.learn()
    live, new = known(again.lineage.learner), known(fresh(again))
    again.close()

    assert distance(live, new) <= 1e-9


@pytest.mark.parametrize(("was", "is_now"), [(0.95, 0.99995), (0.99995, 0.95)])
async def test_other_discount(opened, was, is_now):
    """Who forgets at another pace learns anew: sums count by the pace they grew at."""
    shop = await opened(settings(learner=LearnerSettings(discount=was)))
    await traffic(shop, 40, seed=1)
    shop.learn()
    again = await shop.crash(learner=LearnerSettings(discount=is_now))
    again.learn()
    live, new = known(again.lineage.learner), known(fresh(again))
    again.close()

    assert distance(live, new) <= 1e-9


async def test_learning_again_leaves_the_deciding_snapshot(opened):
    """Until a learner that starts over knows as much, what has decided goes on."""
    shop = await opened(settings())
    await traffic(shop, 30, seed=1)
    await shop.wait(SHORT_S)
    shop.learn()
    # What came after the first batch, too: publications are spaced.
    shop.learn()
    before = shop.site.snapshot
    shop.journal.put_checkpoint(SITE, offset=0, body=b"another release's")

    again = await shop.crash()
    again.clock.move(60.0)
    read, at_first = again.learner.step(), again.site.snapshot
    again.learn()
    await traffic(again, 1, seed=2, first=30)
    again.learn()
    after = again.site.snapshot
    again.close()

    assert (read, before.uplift.learned > 0) == (BATCH, True)
    assert (at_first.number, at_first.offset) == (before.number, before.offset)
    assert after.offset > before.offset
    assert after.uplift.learned >= before.uplift.learned


def archived(shop, number):
    """Return a snapshot from the file of a shop that is closed."""
    with closing(read_journal(shop.path / JOURNAL_FILE)) as journal:
        return Snapshot.decode(journal.snapshot(SITE, number).body)


async def test_bad_snapshot_gives_way_to_the_last_good_one(opened):
    """A start passes over snapshots that cannot be read, and goes on counting."""
    shop = await opened(settings())
    for part in range(3):
        await traffic(shop, 4, seed=part, first=4 * part)
        await shop.wait(SHORT_S)
        shop.learn()
    last = shop.site.snapshot.number
    shop.journal._writer.run(
        "harm",
        lambda c: c.execute(
            "UPDATE snapshots SET body=? WHERE number=?", (b"torn", last)
        ),
    )

    again = await shop.crash()
    number, learned = again.site.snapshot.number, again.site.snapshot.uplift.learned
    again.close()

    assert number == last + 1
    assert learned == archived(again, last - 1).uplift.learned


async def test_no_good_snapshot_at_all(opened):
    """Where no snapshot can be read the learner's own knowledge decides."""
    shop = await opened(settings())
    await traffic(shop, 6, seed=1)
    await shop.wait(SHORT_S)
    shop.learn()
    shop.learner.checkpoint(SITE, shop.lineage)
    learned, last = shop.site.snapshot.uplift.learned, shop.site.snapshot.number
    shop.journal._writer.run(
        "harm", lambda c: c.execute("UPDATE snapshots SET body=?", (b"torn",))
    )

    again = await shop.crash()
    snapshot = again.site.snapshot
    again.close()

    assert (snapshot.number, snapshot.uplift.learned) == (last + 1, learned)
