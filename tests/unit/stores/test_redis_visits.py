"""Visits in Redis: trips, several workers, answers that got lost."""

import pytest
import redis

from engage.errors import StoreError
from engage.settings import Settings, SiteSettings, WindowSettings
from engage.stores.redis.keys import visit_key
from engage.stores.redis.recall import SESSIONS
from engage.stores.redis.store import RedisStore
from engage.street.opening import store_options
from tests.contracts.stores.builders import SITE, T0, Visit, decision, options
from tests.redis_server import redis_server, standing_still


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


async def beacon(store, at_s=T0, *, visitor="v_1", session="s_1", note=""):
    """Do what a beacon does: load, and save on top of it."""
    known = await store.load(SITE, visitor, session)
    return await store.save(known, session=Visit(at_s, note), visitor={"at": at_s})


def commands(client):
    """Return how often each command was run, by name; scripts count what they run."""
    stats = client.info("commandstats")
    # What redis-py says of itself when it connects is counted from Redis 7.2 on.
    ours = ("info", "config|resetstat", "client|setinfo")
    return {
        n: row["calls"] for name, row in stats.items() if (n := name[8:]) not in ours
    }


async def trips(client, act):
    """Return which commands an act was."""
    client.config_resetstat()
    await act
    return commands(client)


async def test_beacon_of_a_known_visit_is_one_command(worker, redis_keys):
    """A worker that knows the version swaps, and asks nothing before or after."""
    store = worker()
    await beacon(store)

    ran = await trips(redis_keys, beacon(store, T0 + 1))

    # The last two run inside the script.
    assert ran == {"evalsha": 1, "hget": 1, "hset": 1}


async def test_beacon_of_a_visit_of_another_worker_is_two(worker, redis_keys):
    """A worker that does not know the version asks for it first."""
    await beacon(worker())

    ran = await trips(redis_keys, beacon(worker(), T0 + 1))

    assert ran == {"hmget": 1, "evalsha": 1, "hget": 1, "hset": 1}


async def test_two_workers_take_turns(worker, redis_keys):
    """What one worker remembers of the other's visitor loses once, then is right.

    What stands there comes with the refusal, so it is not asked for.
    """
    one, two = worker(), worker()
    await beacon(one, T0, note="one")
    await beacon(two, T0 + 1, note="two")

    assert not await beacon(one, T0 + 2, note="stale")
    assert await trips(redis_keys, one.load(SITE, "v_1", "s_1")) == {}
    assert (await one.load(SITE, "v_1", "s_1")).session == Visit(T0 + 1, "two")
    assert await beacon(one, T0 + 2, note="one again")


async def test_visitor_is_sent_when_it_changes(worker):
    """What stands in Redis is not sent again; what somebody else changed there is."""
    one, two = worker(), worker()

    async def step(store, at_s, visitor):
        known = await store.load(SITE, "v_1", "s_1")
        saved = await store.save(known, session=Visit(at_s), visitor=visitor)
        return known.visitor, saved

    assert await step(one, T0, {"n": 1}) == (None, True)
    assert await step(one, T0 + 1, {"n": 1}) == ({"n": 1}, True)
    assert await step(two, T0 + 2, {"n": 2}) == ({"n": 1}, True)
    assert await step(one, T0 + 3, {"n": 1}) == ({"n": 1}, False)
    assert await step(one, T0 + 3, {"n": 1}) == ({"n": 2}, True)
    assert (await worker().load(SITE, "v_1", "s_1")).visitor == {"n": 1}


async def test_other_session_is_not_remembered_across_a_foreign_save(worker):
    """A save after somebody else's does not vouch for what was remembered before."""
    one, two = worker(), worker()
    await beacon(one, session="s_1", note="old")
    await beacon(two, session="s_1", note="new")
    known = await one.load(SITE, "v_1", "s_2")
    assert await one.save(known, session=Visit(T0), visitor=None)

    assert (await one.load(SITE, "v_1", "s_1")).session.note == "new"


async def test_remembered_sessions_are_bounded(worker):
    """One visitor with very many sessions leaves no more than a few in memory."""
    store = worker()
    for number in range(SESSIONS + 3):
        await beacon(store, T0 + number, session=f"s_{number}")

    (seen,) = store._visits._recall._seen.values()

    assert len(seen.sessions) == SESSIONS


async def test_visit_ended_by_another_worker(worker):
    """A visit that another worker ended is not brought back by what was remembered."""
    one, two = worker(), worker()
    await beacon(one)
    await two.drop(SITE, "v_1", "s_1")

    assert not await beacon(one, T0 + 1)
    assert (await one.load(SITE, "v_1", "s_1")).session is None


async def test_last_visit_takes_the_visitor_with_it(worker, redis_keys):
    """Nobody stays in Redis for what their last visit still owed a journal."""
    one = worker(is_shared=True)
    known = await one.load(SITE, "v_1", "s_1")
    await one.save(known, session=Visit(T0), visitor={}, records=[decision()])
    assert redis_keys.hlen(visit_key(SITE, "v_1")) == 4, "what is owed is there, too"

    await one.drop(SITE, "v_1", "s_1")

    assert not redis_keys.exists(visit_key(SITE, "v_1"))


async def test_one_of_two_visits_ended_by_another_worker(worker):
    """Nor while another visit of the same visitor goes on."""
    one, two = worker(), worker()
    await beacon(one, session="s_2")
    await beacon(one)
    await two.drop(SITE, "v_1", "s_1")

    assert not await beacon(one, T0 + 1)
    assert (await one.load(SITE, "v_1", "s_1")).session is None
    assert (await one.load(SITE, "v_1", "s_2")).session == Visit(T0)


async def test_forgotten_by_another_worker_first(worker):
    """What a worker has not kept yet is not kept after the visitor was forgotten."""
    here, elsewhere = worker(), worker()
    await beacon(here)
    await beacon(here, visitor="v_2")
    await elsewhere.forget(SITE, "v_1")

    await here.forget(SITE, "v_1")

    changed = await here.dirty()
    assert changed[SITE, "v_1", "s_1"] is None
    assert changed[SITE, "v_2", "s_1"] == Visit(T0)


async def test_visits_are_swept_up(worker, redis_keys):
    """What no worker ends is gone from Redis after a day, index or not."""
    await beacon(worker())

    assert 86_000 < redis_keys.ttl(f"engage:visit:{{{SITE}:v_1}}") <= 86_400


async def test_visits_that_are_long_are_kept_longer(worker, redis_keys):
    """A visit that may be silent for days is not swept up before it ends."""
    windows = WindowSettings(short_close_s=60.0, session_idle_s=2 * 86_400.0)
    site = SiteSettings(key=SITE, windows=windows)
    swept_s = store_options(Settings(sites=(site,))).swept_s
    await beacon(worker(swept_s=swept_s))

    left_s = redis_keys.ttl(f"engage:visit:{{{SITE}:v_1}}")
    assert windows.session_idle_s + 3_600 < left_s <= 4 * 86_400


async def test_index_heals(worker, redis_keys):
    """A visit that Redis swept up leaves the index when somebody looks."""
    store = worker()
    await beacon(store)
    redis_keys.delete(f"engage:visit:{{{SITE}:v_1}}")

    assert await store.idle(SITE, before_s=T0 + 9, limit=9) == []
    assert await store.live_sessions() == 0


async def test_step_that_is_undone(worker):
    """A session put back to an earlier state is silent since then."""
    store = worker()
    await beacon(store, T0)
    await beacon(store, T0 + 10)
    # Looks at the index, and so puts it right.
    assert await store.idle(SITE, before_s=T0 + 5, limit=9) == []
    await beacon(store, T0)

    assert len(await store.idle(SITE, before_s=T0 + 5, limit=9)) == 1


async def test_bound_with_several_workers(worker):
    """Workers together hold as many sessions as each may alone."""
    both = [worker(live_sessions=20), worker(live_sessions=20)]
    for number in range(60):
        await beacon(both[number % 2], T0 + number, visitor=f"v_{number}")

    assert await both[0].live_sessions() == 20
    assert (await both[0].load(SITE, "v_39", "s_1")).session is None
    assert (await both[1].load(SITE, "v_40", "s_1")).session is not None


async def test_unreadable_visit_starts_anew(worker, redis_keys):
    """State that another release wrote counts as unknown and is written over."""
    store = worker()
    await beacon(store)
    redis_keys.hset(f"engage:visit:{{{SITE}:v_1}}", "s:s_1", b"\x00")
    redis_keys.hset(f"engage:visit:{{{SITE}:v_1}}", "p", b"\xc1")

    known = await worker().load(SITE, "v_1", "s_1")

    assert (known.session, known.visitor) == (None, None)
    assert await worker().save(known, session=Visit(T0), visitor=None)


async def test_save_whose_answer_was_lost(tmp_path):
    """A beacon whose save failed without an answer is not taken for a duplicate."""
    with redis_server(tmp_path) as running:
        store = RedisStore(options(url=running.url))
        await beacon(store, T0, note="first")
        with (
            standing_still(running, store._link),
            pytest.raises(StoreError, match="does not answer"),
        ):
            await beacon(store, T0 + 1, note="second")
        wait_until_saved(running.url, b"second")

        assert (await store.load(SITE, "v_1", "s_1")).session.note == "first"
        assert await beacon(store, T0 + 1, note="second again")
        assert (await store.load(SITE, "v_1", "s_1")).session.note == "second again"
        await store.close()


def wait_until_saved(url, text):
    """Ask a server that goes on again until it did what it was sent before."""
    with redis.Redis.from_url(url) as client:
        for _ in range(10_000):
            if text in client.hget(f"engage:visit:{{{SITE}:v_1}}", "s:s_1"):
                return
    raise AssertionError("the server never did what it was sent")
