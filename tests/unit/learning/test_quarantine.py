"""A record that cannot be learned is set aside; learning goes on."""

import itertools
import zlib

import orjson
import pytest

from engage.errors import StoreError
from engage.stores.base import Record
from engage.street.closings import tick
from tests.unit.learning.builders import distance, fresh, known, settings, traffic
from tests.unit.street.builders import (
    LONG_S,
    NOW_S,
    SHORT_S,
    SITE,
)

POISON = [
    ("example", {"scorer": "intent", "features": None, "label": 1.0}),
    ("example", {"scorer": "intent", "features": [], "label": 1.0, "predicted": 0.5}),
    ("example", {"scorer": "nobody", "label": 1.0, "predicted": 0.5}),
    ("example", {"scorer": "dwell", "label": None, "predicted": 0.5}),
    ("example", {"scorer": "dwell", "label": -1.0, "predicted": 0.5, "view": {}}),
    ("example", {}),
    ("settled", {"learned": True, "correction": "much"}),
    ("visit", {"is_person": True}),
    ("closed", {}),
]


@pytest.mark.parametrize(("kind", "body"), POISON)
async def test_poisoned_record(opened, kind, body):
    """A record that cannot be learned changes nothing, is counted, and is passed."""
    shop = await opened(settings())
    await traffic(shop, 6, seed=1)
    await shop.wait(SHORT_S)
    shop.learn()
    before = known(shop.lineage.learner)
    key = shop.rows()[0]["decision"] if kind == "settled" else "d_poison"
    shop.journal.append_now(
        Record(kind=kind, site=SITE, at_s=NOW_S, body=body, key=key)
    )
    if kind == "closed":
        # A close of a real decision, without what it should say.
        shop.journal._writer.run(
            "key",
            lambda c: c.execute(
                "UPDATE journal SET key=? WHERE key='d_poison'",
                (shop.rows()[0]["decision"],),
            ),
        )
    shop.learn()
    after = known(shop.lineage.learner)

    assert shop.site.metrics.quarantined.total() == 1
    assert after["offset"] > before["offset"]
    assert distance({**after, "offset": 0}, {**before, "offset": 0}) == 0.0
    await traffic(shop, 4, seed=2, first=6)
    await shop.wait(SHORT_S)
    shop.learn()
    assert shop.lineage.learner.uplift.freeze().learned > before["uplift"]["learned"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", None])
async def test_poisoned_features(opened, number):
    """Numbers that are none are refused for every scorer and for the policy."""
    shop = await opened(settings())
    await shop.ask()
    _, body = await shop.ask("v_2")
    shop.journal._writer.run("harm", lambda c: _harm(c, body["decision"], number))
    shop.clock.move(SHORT_S)
    await tick(shop.site)
    shop.learn()

    assert shop.site.metrics.quarantined.total() == 1
    assert shop.lineage.learner.uplift.freeze().learned == 1


async def test_panic_below_exception(opened, monkeypatch):
    """What is raised outside of Exception, as by river's Rust parts, ends nothing."""

    class Panic(BaseException):
        """Like pyo3's PanicException."""

    def panic(_):
        raise Panic

    shop = await opened(settings())
    monkeypatch.setitem(shop.lineage.learner._verbs, "visit", panic)
    await shop.ask()
    await shop.wait(SHORT_S + 1)
    shop.learn()

    assert shop.site.metrics.quarantined.total() == 1
    assert shop.site.snapshot.uplift.learned == 1
    monkeypatch.setitem(shop.lineage.learner._verbs, "visit", _interrupt)
    await shop.ask("v_2")
    await shop.wait(2 * SHORT_S)
    with pytest.raises(KeyboardInterrupt):
        shop.learn()


async def test_journal_that_fails_for_a_moment(opened):
    """A sound record whose decision cannot be looked up now is learned a step later.

    Every second look-up fails, so that every record is met by one: in the end the
    models are those of a learner that never saw a failure, and nothing is set aside.
    """
    shop = await opened(settings())
    learner, looks = shop.lineage.learner, itertools.count()
    find = learner._find

    def failing(decision):
        if next(looks) % 2 == 0:
            raise StoreError("the disk does not answer")
        return find(decision)

    learner._find = failing
    await traffic(shop, 12, seed=3)
    await shop.wait(LONG_S)
    failures, has_more = 0, True
    while has_more:
        try:
            has_more = shop.learner.step() > 0
        except StoreError:
            failures += 1

    assert failures > 10
    assert shop.site.metrics.quarantined.total() == 0
    assert known(learner)["uplift"]["learned"] > 5
    apart = {"offset": 0}
    assert distance({**known(learner), **apart}, {**known(fresh(shop)), **apart}) == 0.0


def _harm(connection, decision, number):
    """Keep a decision's record anew with another feature, checksum and all."""
    body = orjson.loads(
        connection.execute(
            "SELECT body FROM journal WHERE key=? AND kind='decision'", (decision,)
        ).fetchone()[0]
    )
    body["features"]["active_s"] = number
    raw = orjson.dumps(body)
    connection.execute(
        "UPDATE journal SET body=?, crc=? WHERE key=? AND kind='decision'",
        (raw, zlib.crc32(raw), decision),
    )


def _interrupt(_):
    raise KeyboardInterrupt
