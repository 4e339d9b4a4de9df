"""A worker with its Redis, without it, and after another worker's death."""

import asyncio
from contextlib import closing

import pytest
import redis

from engage.errors import StoreError
from engage.stores.journal.sqlite import SqliteJournal, read_journal
from engage.stores.memory.store import MemoryStore
from engage.stores.redis.shared import SharedStore
from engage.stores.redis.store import RedisStore
from tests.contracts.stores.builders import (
    SITE,
    T0,
    Visit,
    decision,
    options,
    outcome,
    record,
)
from tests.redis_server import redis_server, standing_still

HELD = {"decision": "d_1", "until_s": T0 + 60.0, "at_s": T0}


@pytest.fixture
def server(tmp_path):
    """A server of our own that can be made to stand still."""
    with redis_server(tmp_path, timeout_s=30.0) as running:
        yield running


@pytest.fixture
async def worker(server, tmp_path):
    """Opens workers of one service, each with a journal of its own."""
    opened = []

    async def nobody(_site, _visitor):
        return None

    def open_one(name, *, recollect=nobody):
        ours = options(url=server.url, is_shared=True, name=name)
        journal = SqliteJournal(tmp_path / f"{name}.sqlite")
        store = SharedStore(
            RedisStore(ours, now=lambda: now[0]),
            local=MemoryStore(ours),
            journal=journal,
            recollect=recollect,
        )
        opened.append((store, journal))
        return store

    now = [0.0]
    open_one.now = now
    yield open_one
    for store, journal in opened:
        await store.close()
        journal.close()


async def beacon(store, at_s, *, note="", records=()):
    """Do what a beacon does; return what was known before."""
    known = await store.load(SITE, "v_1", "s_1")
    held = Visit(at_s, note)
    assert await store.save(known, session=held, visitor={"n": 1}, records=records)
    return known.session


async def test_visits_go_on_without_redis(worker, server):
    """What a visit was, and becomes, is known while Redis stands still, and after."""
    store = worker("a")
    await beacon(store, T0, note="before")
    with standing_still(server, store._redis._link):
        seen = [await beacon(store, T0 + n, note=f"without {n}") for n in (1, 2, 3)]

        assert [one.note for one in seen] == ["before", "without 1", "without 2"]
        assert store.is_degraded

    went_on = []
    while store.is_degraded:
        # The first has it tried, and does not wait for that.
        worker.now[0] += 10.0
        went_on.append(await beacon(store, T0 + 4, note="after"))
        await asyncio.sleep(0)
    assert went_on[0].note == "without 3"
    assert (await worker("b").load(SITE, "v_1", "s_1")).session.note == "after"


async def test_back_in_a_night_without_visitors(worker, server):
    """That Redis answers again is noticed by who looks at agents and codes, too."""
    store = worker("a")
    for look in (store.chats.groups, store.codes.stock):
        with standing_still(server, store._redis._link):
            await look(SITE, at_s=T0)
            assert store.is_degraded
        while store.is_degraded:
            worker.now[0] += 10.0
            await look(SITE, at_s=T0)
            await asyncio.sleep(0)


async def test_full_redis(worker, server):
    """A Redis without room answers who looks, and is not back as long as it refuses."""
    store = worker("a")
    await beacon(store, T0)
    with redis.Redis.from_url(server.url) as keys:
        keys.config_set("maxmemory", 1)
        await beacon(store, T0 + 1)
        await store.chats.groups(SITE, at_s=T0)
        assert store.is_degraded
        keys.config_set("maxmemory", 0)

    while store.is_degraded:
        await store.chats.groups(SITE, at_s=T0)
    assert (await beacon(store, T0 + 2)).last_at_s == T0 + 1


async def test_visit_goes_on_while_others_wait(worker, server):
    """Whose beacon owes nothing waits a part of the time for its save, others all."""
    a = worker("a")
    await beacon(a, T0, note="before")
    other = await a.load(SITE, "v_2", "s_2")
    assert await a.save(other, session=Visit(T0), visitor=None)
    other = await a.load(SITE, "v_2", "s_2")
    later = {"session": Visit(T0 + 1), "visitor": None}
    with standing_still(server, a._redis._link, within_s=10.0):
        owing = asyncio.ensure_future(a.save(other, **later, records=[decision("d_1")]))
        await beacon(a, T0 + 1, note="without")
        assert a.is_degraded
        assert not owing.done()

    assert await owing
    assert (await beacon(a, T0 + 2, note="after")).note == "without"
    b = worker("b")
    assert (await b.load(SITE, "v_1", "s_1")).session.note == "after"
    (owed,) = (await b.load(SITE, "v_2", "s_2")).owed
    assert owed.key == "d_1"


async def test_who_never_comes_back(worker, server):
    """What went on without Redis is brought back to it, or nobody would end it."""
    store = worker("a")
    with standing_still(server, store._redis._link):
        await beacon(store, T0, note="alone")
        assert await store.hand_over(SITE, limit=10) == 0

    while await store._local.live_sessions():
        worker.now[0] += 10.0
        await store.hand_over(SITE, limit=10)
        await asyncio.sleep(0)

    (idle,) = await worker("b").idle(SITE, before_s=T0 + 1, limit=10)
    assert idle.session.note == "alone"


async def test_nothing_is_given_without_redis(worker, server):
    """No agent, no code, no budget; what the shop's server asks for is refused."""
    store = worker("a")
    await store.chats.announce(SITE, "guitars", online=2, free=2, ttl_s=60.0, at_s=T0)
    code = {"subject": "u_1", "amount_cents": 1}
    slot = {"share": 0.1, "overbooking": 0.05}
    with standing_still(server, store._redis._link):
        assert await store.chats.groups(SITE, at_s=T0) == {}
        assert await store.codes.stock(SITE, at_s=T0) == {}
        assert await store.codes.reserve(SITE, "autumn10", **code, **HELD) is None
        assert not await store.chats.reserve(SITE, "guitars", **slot, **HELD)
        assert not await store.chats.confirm(SITE, "d_1", at_s=T0)
        assert not await store.codes.give(SITE, "d_1", at_s=T0)
        with pytest.raises(StoreError, match="does not answer"):
            await store.codes.redeem(SITE, "C1", "A-1", spent_cents=None, at_s=T0)


async def test_owed_by_a_worker_that_died(worker, tmp_path):
    """What was saved and never journalled is journalled by who loads the visit next."""
    owed = [decision("d_1"), outcome("shown", at_s=T0), record("note", "n")]
    await beacon(worker("a"), T0, records=owed)

    await worker("b").load(SITE, "v_1", "s_1")

    assert worker_journal(tmp_path / "b.sqlite") == [
        ("decision", "d_1"),
        ("outcome", "d_1"),
    ]


async def test_made_good_once(worker, tmp_path):
    """Loading the visit again journals nothing again."""
    await beacon(worker("a"), T0, records=[record("purchase", transaction_id="A-1")])
    other = worker("b")
    for _ in range(3):
        await other.load(SITE, "v_1", "s_1")

    assert len(worker_journal(tmp_path / "b.sqlite")) == 1


def worker_journal(path):
    """Return kind and key of all that a journal holds, while it is open."""
    with closing(read_journal(path)) as journal:
        return [(e.record.kind, e.record.key) for e in journal.read(0, 100)]


async def test_own_steps_are_not_made_good(worker, tmp_path):
    """A worker that saved a step journals it by itself, once."""
    store = worker("a")
    await beacon(store, T0, records=[decision("d_1")])

    await beacon(store, T0 + 1, records=[outcome("shown")])

    assert worker_journal(tmp_path / "a.sqlite") == []


async def test_visitor_of_an_earlier_visit(worker):
    """Whom Redis does not know any more, the ledger is asked about."""

    async def ledger(site, visitor):
        return {"asked": [site, visitor]}

    store = worker("a", recollect=ledger)

    known = await store.load(SITE, "v_1", "s_1")

    assert known.visitor == {"asked": [SITE, "v_1"]}
    assert known.session is None


async def test_lost_stock_waits_for_all(worker, server):
    """After a loss codes are given only when every process has brought back its own."""
    a, b = worker("a"), worker("b")
    for store, name in ((a, "a"), (b, "b")):
        store._journal.append_now(record("codes", "p", codes=[f"C-{name}"]))
        await store.codes.set_budget(SITE, "p", 1_000)
    await a.restore(a._journal, SITE)
    keeper = RedisStore(options(url=server.url, is_shared=True, name="ledger"))

    assert not await keeper.begin_stock(SITE, names={"a", "b"})
    assert (await a.codes.stock(SITE, at_s=T0))["p"] == (0, 0)
    await b.restore(b._journal, SITE)
    assert await keeper.begin_stock(SITE, names={"a", "b"})
    assert (await a.codes.stock(SITE, at_s=T0))["p"] == (2, 1_000)
    await keeper.close()
