"""Stock and slots in Redis: many workers at once, and a Redis that forgot."""

import asyncio

import pytest
import redis

from engage.clock import ManualClock
from engage.errors import CallerError, StoreError
from engage.stores.base import PoolState
from engage.stores.journal.sqlite import SqliteJournal
from engage.stores.redis import scripts
from engage.stores.redis.link import Script
from engage.stores.redis.store import RedisStore
from tests.contracts.stores.builders import SITE, T0, code, options, record
from tests.redis_server import free_port, redis_server

POOL = "autumn10"


@pytest.fixture
async def workers(redis_url):
    """Four workers of one service, all with the same Redis."""
    four = [RedisStore(options(url=redis_url)) for _ in range(4)]
    yield four
    for one in four:
        await one.close()


async def hold(store, decision, cents=100, *, at_s=T0, **more):
    """Try to hold a code."""
    return await store.codes.reserve(
        SITE,
        POOL,
        decision=decision,
        subject="k_1",
        amount_cents=cents,
        until_s=at_s + 60.0,
        at_s=at_s,
        **more,
    )


async def redeem(store, text):
    """Try to redeem a code."""
    return await store.codes.redeem(SITE, text, "A-1", spent_cents=None, at_s=T0)


async def stock(store, at_s=T0):
    """Return what the pool has left."""
    return (await store.codes.stock(SITE, at_s=at_s)).get(POOL)


async def test_workers_share_the_last_cent(workers):
    """Of two hundred decisions at once, as many get a code as the budget allows."""
    await workers[0].codes.set_budget(SITE, POOL, 3_000)
    await workers[1].codes.add(SITE, POOL, [f"C{n}" for n in range(100)])

    given = await asyncio.gather(*(hold(workers[n % 4], f"d_{n}") for n in range(200)))

    issued = [text for text in given if text is not None]
    assert len(issued) == len(set(issued)) == 30
    assert await stock(workers[2]) == PoolState(70, 0)


async def test_workers_redeem_once(workers):
    """Of orders that redeem one code through all workers, one gets it."""
    await workers[0].codes.set_budget(SITE, POOL, 3_000)
    await workers[0].codes.add(SITE, POOL, ["C1"])
    await hold(workers[0], "d_1")

    async def redeem(number):
        order = f"A-{number}"
        return await workers[number % 4].codes.redeem(
            SITE, "C1", order, spent_cents=100, at_s=T0
        )

    results = await asyncio.gather(*map(redeem, range(40)), return_exceptions=True)

    assert results.count("redeemed") == 1
    assert sum(isinstance(one, CallerError) for one in results) == 39


async def test_workers_share_agents(workers):
    """Of invites accepted through all workers, as many become chats as agents are."""
    await workers[0].chats.announce(
        SITE, "guitars", online=3, free=3, ttl_s=60.0, at_s=T0
    )

    async def invite(number):
        return await workers[number % 4].chats.reserve(
            SITE,
            "guitars",
            decision=f"d_{number}",
            share=0.01,
            overbooking=0.05,
            until_s=T0 + 60.0,
            at_s=T0,
        )

    async def confirm(number):
        return await workers[number % 4].chats.confirm(SITE, f"d_{number}", at_s=T0)

    assert all(await asyncio.gather(*map(invite, range(40))))
    assert sum(await asyncio.gather(*map(confirm, range(40)))) == 3


@pytest.fixture
def journal(tmp_path):
    """A journal that knows of one code delivered, and of visits."""
    opened = SqliteJournal(tmp_path / "j.sqlite", clock=ManualClock(at_s=T0))
    opened.append_now(
        record("codes", POOL, codes=["C1", "C2", "C3"]),
        code("C1", "given", decision="d_1", subject="k_1", amount_cents=200),
    )
    yield opened
    opened.close()


async def test_redis_that_forgot_is_refilled(workers, journal, redis_keys):
    """After FLUSHALL the next look at the stock brings back what the journal knows."""
    store = workers[0]
    await store.codes.set_budget(SITE, POOL, 1_000)
    await journal.keep_visits({(SITE, "v_1", "s_1"): b'[5.0,"kept"]'}, at_s=T0)
    await store.restore(journal, SITE)
    redis_keys.flushall()

    assert await hold(store, "d_2") is None
    assert await stock(store) == PoolState(2, 800)
    assert await hold(store, "d_1") == "C1"
    assert (await store.load(SITE, "v_1", "s_1")).session.note == "kept"


async def test_every_worker_refills_once(workers, journal, redis_keys):
    """All workers notice, whoever was first; nothing is counted twice."""
    for one in workers:
        await one.codes.set_budget(SITE, POOL, 1_000)
        await one.restore(journal, SITE)
    redis_keys.flushall()

    seen = await asyncio.gather(*(stock(one) for one in workers * 3))

    assert set(seen) == {PoolState(2, 800)}


async def test_restore_leaves_what_others_changed(workers, journal):
    """A worker that starts later takes nothing back that happened since."""
    first, later, *_ = workers
    await first.codes.set_budget(SITE, POOL, 1_000)
    await first.restore(journal, SITE)
    assert await hold(first, "d_2") == "C2"
    await first.codes.give(SITE, "d_2", at_s=T0)
    await later.restore(journal, SITE)

    assert await hold(later, "d_3") == "C3"
    assert await stock(later) == PoolState(0, 600)


async def test_redis_that_lost_its_last_second(workers, journal):
    """A code that the journal knows as delivered is not issued again."""
    store = workers[0]
    await store.codes.set_budget(SITE, POOL, 1_000)
    await store.codes.add(SITE, POOL, ["C1", "C2"])
    await store.restore(journal, SITE)

    assert await stock(store) == PoolState(2, 800)
    assert [await hold(store, f"d_{n}") for n in (7, 8, 9)] == ["C2", "C3", None]


async def test_redis_that_starts_from_an_old_file(tmp_path, journal):
    """Nothing is given or redeemed on an older state before the journals were asked."""
    port = free_port()
    with redis_server(tmp_path, port=port) as running:
        store = RedisStore(options(url=running.url, is_shared=True, name="w"))
        with redis.Redis.from_url(running.url) as keys:
            await store.codes.set_budget(SITE, POOL, 1_000)
            await store.restore(journal, SITE)
            await store.begin_stock(SITE, names={"w"})
            keys.save()
        assert await hold(store, "d_2") == "C2"
        assert await store.codes.give(SITE, "d_2", at_s=T0)
        journal.append_now(
            code("C2", "given", decision="d_2", subject="k_2", amount_cents=100)
        )
    with redis_server(tmp_path, port=port):
        before = await hold(store, "d_3")
        with pytest.raises(StoreError, match="the journals were not asked yet"):
            await redeem(store, "C2")
        seen = await stock(store)
        is_whole = await store.begin_stock(SITE, names={"w"})
        after = await hold(store, "d_3")
        left = await stock(store)
        await store.close()

    assert (before, seen, is_whole) == (None, PoolState(0, 0), True)
    assert (after, left) == ("C3", PoolState(0, 600))


async def test_old_state_of_one_process(tmp_path, journal):
    """One process with a Redis of its own puts an old state right at its next look."""
    port = free_port()
    with redis_server(tmp_path, port=port) as running:
        store = RedisStore(options(url=running.url))
        with redis.Redis.from_url(running.url) as keys:
            await store.codes.set_budget(SITE, POOL, 1_000)
            await store.restore(journal, SITE)
            keys.save()
        assert await hold(store, "d_2") == "C2"
        journal.append_now(
            code("C2", "given", decision="d_2", subject="k_2", amount_cents=100)
        )
    with redis_server(tmp_path, port=port):
        before = await hold(store, "d_3")
        seen, after = await stock(store), await hold(store, "d_3")
        await store.close()

    assert (before, seen, after) == (None, PoolState(1, 700), "C3")


async def test_redis_that_forgets_twice(journal, redis_keys, redis_url):
    """Emptied again before it was filled it is filled again; no code is unknown."""
    store = RedisStore(options(url=redis_url, is_shared=True, name="w"))
    await store.restore(journal, SITE)
    redis_keys.flushall()
    await stock(store)
    redis_keys.flushall()
    with pytest.raises(StoreError, match="the journals were not asked yet"):
        await redeem(store, "C1")
    await stock(store)
    await store.begin_stock(SITE, names={"w"})
    told = await redeem(store, "C1")
    await store.close()

    assert told == "redeemed"


async def test_code_that_looks_free(tmp_path, journal, redis_url):
    """After a loss it is not used up before whoever may have given it has told.

    Else its money is booked by nobody, and given away a second time.
    """
    shared = {"url": redis_url, "is_shared": True}
    ledger = RedisStore(options(**shared, name="ledger"))
    worker = RedisStore(options(**shared, name="worker"))
    own = SqliteJournal(tmp_path / "own.sqlite")
    own.append_now(
        record("codes", POOL, codes=["C2"]),
        code("C2", "given", decision="d_2", subject="k_2", amount_cents=100),
    )
    await ledger.codes.set_budget(SITE, POOL, 1_000)
    await ledger.restore(journal, SITE)
    with pytest.raises(StoreError, match="the journals were not asked yet"):
        await redeem(ledger, "C2")
    await worker.restore(own, SITE)
    await ledger.begin_stock(SITE, names={"ledger", "worker"})
    told, left = await redeem(ledger, "C2"), await stock(ledger)
    await ledger.close()
    await worker.close()
    own.close()

    assert (told, left) == ("redeemed", PoolState(1, 700))


async def test_many_codes(workers):
    """More codes than fit into one call are added in order, and counted once."""
    codes = [f"C{n:05d}" for n in range(1_201)]

    assert await workers[0].codes.add(SITE, POOL, codes) == (1_201, 0)
    assert await workers[0].codes.add(SITE, POOL, [*codes, "X"]) == (1, 1_201)
    await workers[0].codes.set_budget(SITE, POOL, 1_000)
    assert [await hold(workers[0], f"d_{n}") for n in range(2)] == codes[:2]


async def test_code_held_without_a_claim(workers):
    """What a worker of an older build holds goes back by nobody else's claim."""
    older = Script.of(scripts.RESERVE.source.replace("code[CLAIMS] = {claim}", ""))
    await workers[0].codes.set_budget(SITE, POOL, 100)
    await workers[0].codes.add(SITE, POOL, ["C1"])
    await hold(workers[0], "d_1", claim="a")
    assert await workers[0].take_back(SITE, "d_1", claim="a")
    wanted = (POOL, "d_1", "k_1", 100, repr(T0 + 60.0), repr(T0), "")
    assert await workers[1].codes._run(SITE, older, *wanted) == b"C1"

    assert await hold(workers[0], "d_1", claim="b") == "C1"
    assert not await workers[0].take_back(SITE, "d_1", claim="b")
    assert await stock(workers[0]) == PoolState(0, 0)
