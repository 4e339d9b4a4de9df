"""Room for new visits in Redis: what it costs does not grow with what there is."""

import asyncio

import pytest

from engage.errors import StoreError
from engage.stores.redis.room import AT_ONCE, Room
from engage.stores.redis.store import RedisStore
from tests.contracts.stores.builders import SITE, T0, Visit, options


@pytest.fixture
async def worker(redis_url):
    """Opens workers of one service, all with the same Redis."""
    opened = []

    def open_one(**changes):
        opened.append(RedisStore(options(url=redis_url, **changes)))
        return opened[-1]

    yield open_one
    for one in opened:
        await one.close()


async def begin(store, numbers):
    """Begin a visit of each visitor, one after the other."""
    for number in numbers:
        known = await store.load(SITE, f"v_{number}", "s_1")
        await store.save(known, session=Visit(T0 + number), visitor=None)


async def looks(client, act):
    """Return at how many sessions an act has looked."""
    client.config_resetstat()
    await act
    return client.info("commandstats")["cmdstat_hmget"]["calls"]


async def test_a_new_visit_over_the_bound_looks_at_few(worker, redis_keys):
    """At the bound a new visit costs a look or two more than below, not hundreds."""
    store = worker(live_sessions=128)

    below = await looks(redis_keys, begin(store, range(128)))
    above = await looks(redis_keys, begin(store, range(128, 256)))

    assert below == 128
    assert above <= 3 * below
    assert 128 - 128 // 64 <= await store.live_sessions() <= 128
    assert (await store.load(SITE, "v_127", "s_1")).session is None
    assert (await store.load(SITE, "v_131", "s_1")).session == Visit(T0 + 131)


async def test_a_lowered_bound_is_reached_by_and_by(worker, redis_keys):
    """One new visit never clears away all that is over the bound."""
    await begin(worker(), range(3 * AT_ONCE))
    store = worker(live_sessions=100)

    looked = await looks(redis_keys, begin(store, [900]))
    await begin(store, range(901, 904))

    assert looked <= 1 + AT_ONCE
    assert await store.live_sessions() <= 100


async def test_silent_visits_are_looked_at_once(worker, redis_keys):
    """Of many silent visits only those are looked at that are asked for."""
    store = worker()
    await begin(store, range(60))

    assert await looks(redis_keys, store.idle(SITE, before_s=T0 + 99, limit=5)) == 5


async def test_room_is_made_once_at_a_time():
    """Who comes while room is made goes on, and makes none beside."""
    asked, gate = [], asyncio.Event()

    async def count():
        await gate.wait()
        return 101

    async def let_go(many):
        asked.append(many)

    room = Room(100, count=count, let_go=let_go)
    first = asyncio.create_task(room.take())
    await asyncio.sleep(0)
    await room.take()
    gate.set()
    await first

    assert asked == [2]


async def test_room_is_made_after_a_failure():
    """A Redis that did not answer is asked again by the next new session."""
    answers, asked = [StoreError("away"), 105], []

    async def count():
        answer = answers.pop(0)
        if isinstance(answer, StoreError):
            raise answer
        return answer

    async def let_go(many):
        asked.append(many)

    room = Room(100, count=count, let_go=let_go)
    with pytest.raises(StoreError, match="away"):
        await room.take()
    await room.take()

    assert asked == [6]
