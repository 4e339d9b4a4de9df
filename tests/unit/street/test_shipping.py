"""Journals on their way to the ledger: cut off, sent twice, lost by Redis, resumed."""

from contextlib import closing

import pytest
from structlog.testing import capture_logs

from engage.errors import StoreError
from engage.stores.journal.ledger import LedgerJournal
from engage.stores.journal.worker import WorkerJournal
from engage.stores.records import Record
from engage.stores.redis.board import Board
from engage.stores.redis.link import Link
from engage.stores.redis.streams import Inlet, Outlet, stream_key
from engage.street.merging import Merger
from engage.street.shared_metrics import SharedInstruments
from engage.street.shipping import Shipper
from tests.contracts.stores.builders import SITE, decision


@pytest.fixture
async def link(redis_url):
    """A way to an empty Redis."""
    one = Link(redis_url)
    yield one
    await one.close()


@pytest.fixture
def worker(tmp_path):
    """A worker's journal."""
    with closing(WorkerJournal(tmp_path / "worker.sqlite")) as one:
        yield one


@pytest.fixture
def ledger(tmp_path):
    """The ledger."""
    with closing(LedgerJournal(tmp_path / "ledger.sqlite")) as one:
        yield one


def shipper(worker, link):
    """Return a shipper as a worker's start makes it."""
    metrics = SharedInstruments()
    return Shipper(journal=worker, outlet=Outlet(link, "a"), metrics=metrics)


async def merger(ledger, link):
    """Return a merger as the learner's start makes it."""
    one = Merger(
        journal=ledger,
        inlet=Inlet(link),
        board=Board(link),
        sites={},
        metrics=SharedInstruments(),
        wake=lambda: None,
    )
    await one.start()
    return one


async def flow(shipping, merging, steps=4):
    """Let both take some steps."""
    for _ in range(steps):
        await shipping.step()
        await merging.step()


def keep(worker, start, end):
    """Record some decisions."""
    worker.append_now(*(decision(f"d_{n}") for n in range(start, end)))


def merged(ledger):
    """Return how many decisions the ledger has, and how many records."""
    count = ledger.decision_counts().get(SITE, 0)
    return count, len(ledger.read(0, 10_000))


async def test_everything_arrives(worker, ledger, link):
    """What is recorded is merged, in order, and leaves the stream."""
    keep(worker, 0, 450)

    await flow(shipper(worker, link), await merger(ledger, link))

    assert [e.record.key for e in ledger.read(0, 450)] == [f"d_{n}" for n in range(450)]
    assert await link.ask(("XLEN", stream_key("a"))) == [0]


async def test_either_side_starts_again(worker, ledger, link):
    """A new life of worker or learner goes on where the last one was cut off."""
    keep(worker, 0, 10)
    await shipper(worker, link).step()
    keep(worker, 10, 20)
    await flow(shipper(worker, link), await merger(ledger, link))
    keep(worker, 20, 30)

    await flow(shipper(worker, link), await merger(ledger, link))

    assert merged(ledger) == (30, 30)


async def test_redis_lost_everything(worker, ledger, link, redis_keys):
    """After a loss what was not merged is shipped again, what was merged is not."""
    merging, shipping = await merger(ledger, link), shipper(worker, link)
    keep(worker, 0, 10)
    await flow(shipping, merging)
    keep(worker, 10, 20)
    await shipping.step()
    redis_keys.flushall()

    await flow(shipping, merging, steps=30)

    assert merged(ledger) == (20, 20)


async def test_redis_lost_the_end(worker, ledger, link, redis_keys):
    """A gap is noticed, and the worker goes back for what is missing."""
    merging, shipping = await merger(ledger, link), shipper(worker, link)
    keep(worker, 0, 10)
    await shipping.step()
    # As after a restart from an older file: this batch is gone, the next one comes.
    redis_keys.xtrim(stream_key("a"), maxlen=0, approximate=False)
    redis_keys.hset("engage:merged", "a", 10)
    keep(worker, 10, 20)

    await flow(shipping, merging, steps=30)

    assert merged(ledger) == (20, 20)
    assert merging.metrics.merged.sums[("gap",)] >= 1


async def test_batch_that_cannot_be_read(worker, ledger, link, redis_keys):
    """What Redis has damaged is told of, and shipped again."""
    merging, shipping = await merger(ledger, link), shipper(worker, link)
    keep(worker, 0, 10)
    await shipping.step()
    ((name, fields),) = redis_keys.xrange(stream_key("a"))
    redis_keys.delete(stream_key("a"))
    redis_keys.xadd(stream_key("a"), dict.fromkeys(fields, b"no batch"), id=name)

    with capture_logs() as lines:
        await flow(shipping, merging, steps=30)

    assert [one["worker"] for one in lines if one["event"] == "batch.unreadable"]
    assert merged(ledger) == (10, 10)


async def test_older_file(tmp_path, ledger, link):
    """A worker whose journal was put back loses nothing of what it records then."""
    put_back = tmp_path / "backup.sqlite"
    with closing(WorkerJournal(tmp_path / "first.sqlite")) as first:
        keep(first, 0, 10)
        first.backup(put_back)
        keep(first, 10, 30)
        await flow(shipper(first, link), await merger(ledger, link))
    with closing(WorkerJournal(put_back)) as second:
        shipping = shipper(second, link)
        # Twice, as where Redis answers at a worker's start.
        with capture_logs() as logs:
            await shipping.begin()
            await shipping.begin()
        keep(second, 30, 40)
        await flow(shipping, await merger(ledger, link))

    assert merged(ledger) == (40, 40)
    assert [(one["missing_after"], one["until"]) for one in logs] == [(10, 30)]


async def test_nothing_is_left_of_a_sound_file(worker, ledger, link):
    """Records that retention has removed do not make a journal an older one."""
    keep(worker, 0, 10)
    await flow(shipper(worker, link), await merger(ledger, link))
    worker._writer.run("empty", lambda c: c.execute("DELETE FROM journal").rowcount)
    with capture_logs() as logs:
        await shipper(worker, link).begin()

    assert logs == []


async def test_nobody_merges(worker, link, monkeypatch):
    """Without a learner the stream stops growing; the rest waits in the journal."""
    monkeypatch.setattr("engage.street.shipping.MOST", 2)
    shipping = shipper(worker, link)
    for start in range(0, 50, 10):
        keep(worker, start, start + 10)
        await shipping.step()

    assert await link.ask(("XLEN", stream_key("a"))) == [2]
    assert shipping.position == 20


async def test_what_waits_is_told_while_redis_is_away(worker, ledger, link):
    """The figure that an alert stands on grows with what cannot be shipped."""
    keep(worker, 0, 7)
    shipping = shipper(worker, link)
    await flow(shipping, await merger(ledger, link))
    told, nobody = [shipping.metrics.unshipped.values[()]], Link("redis://127.0.0.1:1")
    shipping.outlet = Outlet(nobody, "a")
    for count in (10, 12):
        keep(worker, count - 3, count)
        with pytest.raises(StoreError):
            await shipping.step()
        told.append(shipping.metrics.unshipped.values[()])
    await nobody.close()

    assert told == [0, 3, 5]


async def test_erased_by_a_worker_leaves_no_trace(worker, ledger, link, tmp_path):
    """Who asked to be forgotten while no ledger was there is in none of its files."""
    merging, shipping = await merger(ledger, link), shipper(worker, link)
    known = decision("d_1", subject="u_1", visitor="v_forgotten")
    worker.append_now(known)
    await flow(shipping, merging)
    await worker.erase(SITE, known.visitor)

    await flow(shipping, merging)

    files = sorted(tmp_path.glob("ledger.sqlite*"))
    assert len(files) > 1
    assert not [one.name for one in files if b"v_forgotten" in one.read_bytes()]


async def test_forgotten_at_a_shop_that_is_new(worker, ledger, link):
    """All workers hear of who is to be forgotten, also where the learner is older."""
    known = decision("d_1", subject="u_1", visitor="v_forgotten")
    worker.append_now(known)
    await worker.erase(SITE, known.visitor)

    await flow(shipper(worker, link), await merger(ledger, link))

    assert list(await Board(link).erasures(SITE)) == [known.visitor]


async def test_products_of_a_feed(worker, ledger, link, shop, redis_keys):
    """Where workers find them they are put some hundred at a time, not one by one."""
    merging = await merger(ledger, link)
    merging.sites = {SITE: shop.site}
    fields = {"title": "A", "price_cents": 1, "currency": "EUR", "at_s": 1.0}
    body = {**fields, "availability": "in_stock"}
    worker.append_now(
        *(
            Record(
                kind="item",
                site=SITE,
                key=f"i{n}",
                at_s=1.0,
                body={**body, "item_id": f"i{n}"},
            )
            for n in range(300)
        )
    )
    redis_keys.config_resetstat()

    await flow(shipper(worker, link), merging)

    calls = redis_keys.info("commandstats")["cmdstat_hset"]["calls"]
    assert redis_keys.hlen(f"engage:items:{{{SITE}}}") == 300
    assert len(shop.site.catalogue.fed()) == 300
    assert calls < 30
