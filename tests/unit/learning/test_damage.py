"""A record whose bytes were damaged on the disk is passed over, loudly, and once."""

import threading
from contextlib import closing

import pytest

from engage.clock import SystemClock
from engage.errors import DamagedRecord, StoreError
from engage.learning.worker import LearnerThread
from engage.stores.following import PROOFS
from engage.stores.journal.files import JOURNAL_FILE
from engage.stores.journal.sqlite import SqliteJournal
from engage.street.closings import tick
from tests.unit.learning.builders import settings, traffic
from tests.unit.street.builders import SHORT_S, SITE, open_shop


def damage(path, found):
    """Change one byte of a closed journal's file, inside what was kept."""
    raw = bytearray(path.read_bytes())
    at = raw.index(found)
    raw[at + len(found) // 2] ^= 0x01
    path.write_bytes(raw)


async def closed_shop(path, *, kind):
    """Return the bytes of the second record of a kind; the shop is closed."""
    shop = await open_shop(path, settings())
    await shop.stock()
    await traffic(shop, 5, seed=1)
    await shop.wait(SHORT_S)
    body = shop.journal._rows(
        "SELECT body FROM journal WHERE kind=? ORDER BY pos LIMIT 1 OFFSET 1", (kind,)
    )[0][0]
    clock = shop.clock
    shop.close()
    return body, clock


async def test_learner_goes_on(tmp_path):
    """The learner pauses until a record is proven unreadable, then learns the rest."""
    body, clock = await closed_shop(tmp_path, kind="closed")
    damage(tmp_path / JOURNAL_FILE, body)
    shop = await open_shop(tmp_path, settings(), clock=clock)
    whole = len(shop.journal._rows("SELECT 1 FROM journal WHERE kind='closed'"))
    paused = 0
    while True:
        try:
            if not shop.learner.step():
                break
        except StoreError:
            paused += 1
    shop.learn()

    assert paused == PROOFS - 1
    assert shop.site.metrics.quarantined.total() == 1
    assert shop.lineage.learner.uplift.freeze().learned < whole
    assert shop.lineage.learner.offset > 0
    await traffic(shop, 4, seed=2, first=5)
    await shop.wait(SHORT_S)
    before = shop.site.snapshot.number
    shop.learn()
    assert shop.site.snapshot.number > before
    assert shop.site.metrics.quarantined.total() == 1
    shop.close()


async def test_as_a_thread(tmp_path):
    """The learner's own thread gets past it by itself and keeps a later checkpoint."""
    body, clock = await closed_shop(tmp_path, kind="example")
    damage(tmp_path / JOURNAL_FILE, body)
    shop = await open_shop(tmp_path, settings(), clock=clock)
    last = shop.journal._rows(
        "SELECT max(pos) FROM journal WHERE kind IN ('example','closed','visit')"
    )[0][0]
    published = threading.Event()

    def publish(_, snapshot):
        if snapshot.offset >= last:
            published.set()

    thread = LearnerThread(
        journal=shop.journal,
        lineages={SITE: shop.lineage},
        publish=publish,
        clock=SystemClock(),
        metrics=shop.site.metrics,
    )
    thread.start()
    assert published.wait(timeout=60.0)
    thread.stop()

    assert shop.site.metrics.quarantined.total() == 1
    assert shop.journal.checkpoint(SITE)[0] >= last
    shop.close()


async def test_closings_go_on(tmp_path):
    """A decision whose record is damaged is set aside; the others are closed."""
    shop = await open_shop(tmp_path, settings())
    await shop.stock()
    for name in ("v_1", "v_2", "v_3"):
        await shop.ask(name)
    body = shop.journal._rows(
        "SELECT body FROM journal WHERE kind='decision' ORDER BY pos LIMIT 1 OFFSET 1"
    )[0][0]
    clock = shop.clock
    shop.close()
    damage(tmp_path / JOURNAL_FILE, body)
    shop = await open_shop(tmp_path, settings(), clock=clock)
    clock.move(SHORT_S)
    await tick(shop.site)

    closes = shop.kinds("closed")
    assert [("set_aside" in one) for one in closes] == [False, True, False]
    assert shop.site.metrics.rewards.sums["set_aside",] == 1.0
    assert "short" not in shop.journal.count_windows(SITE)
    shop.close()


async def test_sound_records_before_it(tmp_path):
    """A read ends before the damaged record; only the next one says what is wrong."""
    body, _ = await closed_shop(tmp_path, kind="visit")
    path = tmp_path / JOURNAL_FILE
    damage(path, body)
    with closing(SqliteJournal(path)) as journal:
        sound = journal.read(0, 10_000)
        bad = sound[-1].offset + 1

        with pytest.raises(DamagedRecord, match=rf"^record at offset {bad} is damaged"):
            journal.read(sound[-1].offset, 10_000)
        assert journal.read(bad, 10_000)[0].offset == bad + 1
