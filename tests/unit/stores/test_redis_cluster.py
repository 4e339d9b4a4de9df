"""A cluster that changes under us: slots that move, masters that die."""

import asyncio

import pytest

from engage.errors import StoreError
from engage.stores.names import STORES
from engage.stores.redis.board import Board
from engage.stores.redis.cluster import ClusterLink, _slot_of
from engage.stores.redis.keys import chat_key
from tests.contracts.stores.builders import SITE, T0, Visit, options
from tests.redis_cluster import redis_cluster

# A replica waits for its master's timeout, a second here, before it asks for votes.
PATIENCE = 1_200


@pytest.fixture
async def link(cluster_url):
    """A way to an empty cluster."""
    one = ClusterLink(cluster_url)
    yield one
    await one.close()


async def test_each_key_at_its_master(link, cluster_running):
    """Commands go to the masters of their keys; answers come back in order."""
    names = [f"k{n}" for n in range(60)]
    await link.ask(*(("SET", name, name) for name in names))

    assert await link.ask(*(("GET", name) for name in names)) == [
        name.encode() for name in names
    ]
    sizes = [cluster_running.command(n, "DBSIZE") for n in range(3)]
    assert sum(sizes) == 60
    assert min(sizes) > 5


async def test_slot_that_moves(link, cluster_running):
    """A slot on its way, and one that has moved, are followed without an error."""
    key = "{moving}"
    slot = _slot_of(("GET", key))
    await link.ask(("SET", key, "before"))
    start = slot * 3 // 16_384
    end = (start + 1) % 3
    ids = [cluster_running.command(n, "CLUSTER", "MYID").decode() for n in range(3)]
    cluster_running.command(end, "CLUSTER", "SETSLOT", slot, "IMPORTING", ids[start])
    cluster_running.command(start, "CLUSTER", "SETSLOT", slot, "MIGRATING", ids[end])

    # Not there yet: the old master sends us on for this one question (ASK).
    assert await link.ask(("SET", "{moving}/new", "1")) == [True]
    assert await link.ask(("GET", key)) == [b"before"]

    port = cluster_running.masters[end].url.split(":")[2].split("/")[0]
    move = ("MIGRATE", "127.0.0.1", port, key, 0, 1_000, "REPLACE")
    cluster_running.command(start, *move)
    for number in range(3):
        words = ("CLUSTER", "SETSLOT", slot, "NODE", ids[end])
        cluster_running.command((end + number) % 3, *words)

    # The map is out of date now (MOVED).
    assert await link.ask(("GET", key), ("GET", "{moving}/new")) == [b"before", b"1"]
    for number in range(3):
        cluster_running.command(number, "FLUSHALL")
        words = ("CLUSTER", "SETSLOT", slot, "NODE", ids[start])
        cluster_running.command(number, *words)


@pytest.mark.parametrize("master", range(3))
async def test_one_master_that_evicts(link, cluster_running, master):
    """Each master is asked whether it would throw keys away, for they differ."""
    board = Board(link)
    said = [await board.eviction()]
    try:
        for name, value in (("maxmemory", "1gb"), ("maxmemory-policy", "allkeys-lru")):
            cluster_running.command(master, "CONFIG", "SET", name, value)
        said.append(await board.eviction())
    finally:
        cluster_running.command(master, "CONFIG", "SET", "maxmemory", 0)
        cluster_running.command(
            master, "CONFIG", "SET", "maxmemory-policy", "noeviction"
        )

    assert said == ["", "allkeys-lru"]


async def test_master_that_dies(tmp_path):
    """Its slots fail at once, the others go on, and its replica takes over."""
    with redis_cluster(tmp_path, has_replicas=True) as cluster:
        store = STORES["redis_cluster"](options(url=cluster.url))
        known = await store.load(SITE, "v_1", "s_1")
        assert await store.save(known, session=Visit(T0), visitor={"n": 1})
        await store.chats.announce(
            SITE, "guitars", online=1, free=1, ttl_s=60.0, at_s=T0
        )
        dead = _slot_of(("GET", chat_key(SITE))) * 3 // 16_384
        cluster.settle()
        cluster.masters[dead].process.kill()

        with pytest.raises(StoreError, match="does not answer"):
            await store.chats.groups(SITE, at_s=T0)
        found = await groups_again(store)

        assert found["guitars"].free == 1
        assert (await store.load(SITE, "v_1", "s_1")).session == Visit(T0)
        await store.close()


async def groups_again(store):
    """Ask until somebody answers again."""
    loop = asyncio.get_running_loop()
    for _ in range(PATIENCE):
        try:
            return await store.chats.groups(SITE, at_s=T0)
        except StoreError:
            waited = loop.create_future()
            loop.call_later(0.05, waited.set_result, None)
            await waited
    raise AssertionError("no replica took over")


async def test_no_node_answers():
    """A cluster that is not there is an error of the store, said in a sentence."""
    link = ClusterLink("redis://127.0.0.1:1/0")

    with pytest.raises(StoreError, match="no node of the redis cluster answers"):
        await link.ask(("GET", "k"))
    await link.close()
