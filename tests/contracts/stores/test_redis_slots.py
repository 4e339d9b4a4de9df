"""A Redis Cluster takes every command and script: none touches keys of two slots."""

import re
import threading

import pytest
import redis

from engage.stores.names import STORES
from engage.stores.redis import chat, scripts, streams, visits
from engage.stores.redis.keys import (
    SHARDS,
    chat_key,
    silence_key,
    stock_keys,
    visit_key,
)
from engage.stores.redis.link import Script
from tests.contracts.stores.builders import SITE, T0, Visit, code, options, record
from tests.redis_server import redis_server

POOL = "autumn10"
# A server that leads a cluster waits two seconds before it takes writes.
PATIENCE = 1_200


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A cluster of one node; it checks slots as any other does."""
    folder = tmp_path_factory.mktemp("cluster")
    with (
        redis_server(folder, "--cluster-enabled", "yes") as running,
        redis.Redis.from_url(running.url) as client,
    ):
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16_383)
        pause = threading.Event()
        for _ in range(PATIENCE):
            if b"cluster_state:ok" in client.execute_command("CLUSTER", "INFO"):
                break
            pause.wait(0.05)
        else:
            raise AssertionError("the cluster did not come up")
        yield client, running.url


@pytest.fixture
async def store(cluster):
    """An empty store in that cluster."""
    client, url = cluster
    client.flushall()
    one = STORES["redis"](options(url=url, live_sessions=8))
    yield one
    await one.close()


def test_cluster_minds(cluster):
    """The cluster refuses keys of two slots, in a command and handed to a script."""
    for command in (("MSET", "one", "1", "two", "2"), ("EVAL", "", 2, "one", "two")):
        with pytest.raises(redis.ResponseError, match="same slot"):
            cluster[0].execute_command(*command)


def test_scripts_use_what_they_are_handed():
    """No script makes up the name of a key: the cluster knows all it touches."""
    handed = {"KEYS[1]", "POOLS", "CODES", "ISSUED", "DUE", "FREE", "BIRTH", "REFILLED"}
    found = [
        one
        for module in (chat, scripts, streams, visits)
        for one in vars(module).values()
        if isinstance(one, Script)
    ]

    source = "".join(script.source for script in found)
    named = re.findall(r"redis\.call\('\w+', ([\w\[\]]+)", source)

    assert len(named) == source.count("redis.call(")
    # `read` and `write` are handed the key by their callers.
    assert set(named) == handed | {"key"}
    assert set(re.findall(r"(?:read|write)\((\w+)", source)) == {
        "key",
        "POOLS",
        "CODES",
    }


async def test_visits(store):
    """All that is done with visits, with more visitors than there is room for."""
    for number in range(12):
        known = await store.load(SITE, f"v_{number}", "s_1")
        assert await store.save(known, session=Visit(T0 + number), visitor={"n": 1})
    later = await store.load(SITE, "v_9", "s_2")
    assert await store.save(later, session=Visit(T0 + 20), visitor={"n": 2})
    earlier = await store.load(SITE, "v_9", "s_2")
    assert await store.save(earlier, session=Visit(T0 + 15), visitor={"n": 2})
    await store.drop(SITE, "v_11", "s_1")
    await store.forget(SITE, "v_9")

    silent = await store.idle(SITE, before_s=T0 + 99, limit=9)

    assert [known.visitor_id for known in silent] == [
        "v_5",
        "v_6",
        "v_7",
        "v_8",
        "v_10",
    ]
    assert await store.live_sessions() == 5


async def test_stock(store):
    """All that is done with codes and budgets."""
    await store.codes.add(SITE, POOL, ["C1", "C2", "C3"])
    await store.codes.set_budget(SITE, POOL, 1_000)
    held = {"subject": "k_1", "amount_cents": 100, "until_s": T0 + 9.0, "at_s": T0}
    for number in (1, 2, 3):
        assert await store.codes.reserve(SITE, POOL, decision=f"d_{number}", **held)
    assert await store.codes.give(SITE, "d_1", at_s=T0, until_s=T0 + 5.0)
    assert await store.release(SITE, "d_2")
    paid = {"spent_cents": 50, "at_s": T0}
    assert await store.codes.redeem(SITE, "C3", "A-1", **paid) == "redeemed"
    assert await store.codes.owner(SITE, "C3") == ("d_3", "k_1")

    assert (await store.codes.stock(SITE, at_s=T0 + 9.0))[POOL] == (1, 950)


async def test_chats(store):
    """All that is done with chat slots."""
    await store.chats.announce(SITE, "guitars", online=1, free=1, ttl_s=60.0, at_s=T0)
    invite = {"share": 0.1, "overbooking": 0.05, "until_s": T0 + 9.0, "at_s": T0}
    for number in (1, 2):
        await store.chats.reserve(SITE, "guitars", decision=f"d_{number}", **invite)
    assert await store.chats.confirm(SITE, "d_1", at_s=T0)
    assert await store.release(SITE, "d_2")

    assert (await store.chats.groups(SITE, at_s=T0))["guitars"].free == 0


async def test_restore(store, journal, cluster):
    """Bringing back what the journal knows, asked for and noticed."""
    journal.append_now(
        record("codes", POOL, codes=["C1", "C2"]),
        code("C1", "given", decision="d_1", subject="k_1", amount_cents=200),
    )
    await journal.keep_visits({(SITE, "v_1", "s_1"): b'[5.0,"kept"]'}, at_s=T0)
    await store.codes.set_budget(SITE, POOL, 1_000)
    await store.restore(journal, SITE)
    cluster[0].flushall()

    assert (await store.codes.stock(SITE, at_s=T0))[POOL] == (1, 800)
    assert (await store.load(SITE, "v_1", "s_1")).session == Visit(5.0, "kept")


def test_what_lives_together(cluster):
    """A shop's stock and chats share a slot; visitors and silence spread."""

    def slot(key):
        return cluster[0].execute_command("CLUSTER", "KEYSLOT", key)

    assert len({slot(key) for key in (*stock_keys(SITE), chat_key(SITE))}) == 1
    assert len({slot(visit_key(SITE, f"v_{n}")) for n in range(50)}) > 40
    assert len({slot(silence_key(SITE, n)) for n in range(SHARDS)}) == SHARDS
