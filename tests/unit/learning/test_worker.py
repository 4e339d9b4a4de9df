"""The learner's thread: follows the journal, publishes, and goes on whatever comes."""

import math
import threading

import numpy as np
import orjson
import pytest

from engage.clock import SystemClock
from engage.errors import StoreError
from engage.learning.snapshots import Snapshot
from engage.learning.telling import tell_quality
from engage.learning.worker import LearnerThread
from engage.scoring.base import Example
from engage.settings import LearnerSettings
from engage.stores.base import Record
from engage.street.closings import tick
from engage.visits.features import N_FEATURES
from tests.unit.learning.builders import settings, traffic
from tests.unit.street.builders import (
    NOW_S,
    SHORT_S,
    SITE,
    fill_disk,
    free_disk,
    open_shop,
)


async def test_short_close_is_published_at_once(opened):
    """One tick and one step lie between a short close and the next snapshot."""
    shop = await opened(settings())
    await shop.ask()
    while shop.learner.step():
        continue
    number = shop.site.snapshot.number
    shop.clock.move(SHORT_S)

    await tick(shop.site)
    shop.learner.step()

    assert shop.site.snapshot.number == number + 1
    assert shop.site.snapshot.uplift.learned == 1
    assert shop.site.snapshot.offset == shop.journal.last_offset()


async def test_publications_are_spaced(opened):
    """Two short closes within a third of a second are one publication, or two steps."""
    shop = await opened(settings())
    await shop.ask("v_1")
    shop.clock.move(0.1)
    await shop.ask("v_2")
    shop.clock.set(NOW_S + SHORT_S)
    await tick(shop.site)
    shop.learner.step()
    first = shop.site.snapshot
    shop.clock.move(0.1)
    await tick(shop.site)
    shop.learner.step()
    assert shop.site.snapshot is first

    shop.clock.move(0.25)
    shop.learner.step()
    assert shop.site.snapshot.number == first.number + 1
    assert shop.site.snapshot.uplift.learned == 2


async def test_scores_alone_may_wait(opened):
    """What only scorers have learned is published as often as the shop wants."""
    shop = await opened(settings(learner=LearnerSettings(refresh_every_s=40.0)))
    example = Record(
        kind="example",
        site=SITE,
        at_s=NOW_S,
        body={
            "scorer": "hesitation",
            "features": [0.0] * N_FEATURES,
            "label": 1.0,
            "weight": 1.0,
            "predicted": 0.5,
        },
    )
    shop.learner.step()
    shop.lineage.published_s = shop.clock.monotonic_s()
    shop.journal.append_now(example)
    for seconds in (1.0, 38.0):
        shop.clock.move(seconds)
        shop.learner.step()
        assert shop.site.snapshot.number == 0

    shop.clock.move(1.0)
    shop.learner.step()
    assert shop.site.snapshot.number == 1


async def test_nothing_new_is_not_published(opened):
    """Without anything learned no snapshot is made, however long."""
    shop = await opened(settings())
    shop.learn()
    shop.learn()

    assert shop.site.snapshot.number == 0


async def test_snapshots_are_archived(opened):
    """Every snapshot that decided can be read back from the journal."""
    shop = await opened(settings())
    seen = {shop.site.snapshot.number: shop.site.snapshot}
    for part in range(4):
        await traffic(shop, 5, seed=part, first=5 * part)
        await shop.wait(SHORT_S)
        shop.learn()
        seen[shop.site.snapshot.number] = shop.site.snapshot
    named = {body["snapshot"] for body in shop.rows()}

    assert len(seen) > 3
    assert named <= set(range(max(seen) + 1))
    for number in named | {max(seen)}:
        stored = shop.journal.snapshot(SITE, number)
        assert Snapshot.decode(stored.body).number == number
    assert shop.journal.snapshot(SITE).body == shop.site.snapshot.encode()


async def test_refused_candidate(opened):
    """A refused candidate leaves the last good one deciding and says why."""
    shop = await opened(settings())
    await shop.ask()
    await shop.wait(SHORT_S)
    last = shop.site.snapshot
    for _ in range(600):
        shop.lineage.learner.watch.see("intent", 0.99, label=0.0)
    shop.learn()

    assert shop.site.snapshot is last
    assert shop.site.metrics.snapshot_rejected.sums == {("loss",): 1.0}
    assert shop.lineage.learner.uplift.freeze().learned == 1


async def test_archive_on_a_full_disk(opened):
    """A snapshot that cannot be archived decides nothing, and is tried again."""
    shop = await opened(settings())
    await traffic(shop, 4, seed=1)
    await shop.wait(SHORT_S)
    fill_disk(shop)
    shop.clock.move(1.0)
    with pytest.raises(StoreError):
        shop.learner.step()
    assert shop.site.snapshot.number == 0
    free_disk(shop)

    shop.learn()

    assert shop.site.snapshot.uplift.learned > 0


async def test_other_sites_records(opened):
    """Records of a site that this learner does not own are passed over."""
    shop = await opened(settings())
    visit = {"is_person": True, "asked": True}
    shop.journal.append_now(
        Record(kind="visit", site="pk_other", at_s=NOW_S, key="s", body=visit)
    )
    before = shop.lineage.learner.threshold

    assert shop.learner.step() == 1
    assert shop.lineage.learner.threshold == before


async def test_checkpoint_only_when_something_came(opened):
    """A checkpoint without news is not written again."""
    shop = await opened(settings())
    await traffic(shop, 3, seed=1)
    shop.learn()
    shop.learner.checkpoint(SITE, shop.lineage)
    offset, body = shop.journal.checkpoint(SITE)
    shop.journal.put_checkpoint(SITE, offset=offset, body=b"mark")

    shop.learner.checkpoint(SITE, shop.lineage)

    assert shop.journal.checkpoint(SITE) == (offset, b"mark")
    assert orjson.loads(body)["offset"] == offset


async def test_as_a_thread(tmp_path):
    """Woken, it learns and publishes by itself; stopped, it keeps a checkpoint."""
    shop = await open_shop(tmp_path, settings())
    await shop.stock()
    await traffic(shop, 5, seed=1)
    await shop.wait(SHORT_S)
    published = threading.Event()
    thread = LearnerThread(
        journal=shop.journal,
        lineages={SITE: shop.lineage},
        publish=lambda _, snapshot: snapshot.uplift.learned and published.set(),
        clock=SystemClock(),
        metrics=shop.site.metrics,
    )
    thread.start()
    thread.wake()
    assert published.wait(timeout=60.0)
    thread.stop()
    thread.stop()

    offset, _ = shop.journal.checkpoint(SITE)
    assert offset == shop.lineage.learner.offset > 0
    shop.close()


async def test_thread_survives_what_nobody_foresaw(tmp_path):
    """A step that fails by our own fault is counted, and the next one is taken."""
    shop = await open_shop(tmp_path, settings())
    await shop.stock()
    await shop.ask()
    failed, published = threading.Event(), threading.Event()

    def publish(_site, _snapshot):
        if failed.is_set():
            published.set()
        failed.set()
        if not published.is_set():
            raise RuntimeError("nobody foresaw this")

    thread = LearnerThread(
        journal=shop.journal,
        lineages={SITE: shop.lineage},
        publish=publish,
        clock=SystemClock(),
        metrics=shop.site.metrics,
    )
    await shop.wait(SHORT_S)
    thread.start()
    assert failed.wait(timeout=60.0)
    await shop.ask("v_2")
    await shop.wait(SHORT_S)
    thread.wake()

    assert published.wait(timeout=60.0)
    thread.stop()
    assert shop.site.metrics.failures.sums == {("learner",): 1.0}
    shop.close()


async def test_thread_survives_a_closed_journal(tmp_path):
    """A journal that fails pauses the learner; its end is clean all the same."""
    shop = await open_shop(tmp_path, settings())
    await shop.stock()
    await shop.ask()
    shop.close()
    thread = shop.learner
    thread.start()
    thread.wake()

    thread.stop()

    assert thread._thread is None


async def test_quality_is_told(opened):
    """With each publication the scorers' own figures are told."""
    shop = await opened(settings())
    await traffic(shop, 30, seed=1)
    await shop.wait(7 * 86_400.0 + SHORT_S)
    shop.learn()
    metrics = shop.site.metrics

    assert ("hesitation",) in metrics.log_loss.of(SITE)
    assert metrics.coverage_error.of(SITE)
    assert metrics.learner_lag.values == {(): 0.0}


async def test_quality_that_says_something(opened):
    """Calibration error is told above its floor, the area once both answers came."""
    shop = await opened(settings())
    learner, metrics = shop.lineage.learner, shop.site.metrics
    scorer = learner.scorers.table["intent"]
    areas = []
    for label in (0.0, 1.0):
        for _ in range(20):
            row = np.zeros(N_FEATURES)
            scorer.learn(Example(scorer="intent", label=label, features=row))
        tell_quality(learner, metrics)
        areas.append(metrics.auc.of(SITE)[("intent",)])
    figures = scorer.quality()

    assert [math.isnan(area) for area in areas] == [True, False]
    assert metrics.labels.of(SITE)[("intent",)] == 40.0
    said = metrics.ece.of(SITE)[("intent",)]
    assert said == figures["ece"] - figures["ece_floor"] > 0.0
