"""What the processes of a service tell each other through Redis."""

from collections import ChainMap

import pytest

from engage.stores.redis.board import (
    ERASED,
    ERASED_KEPT_S,
    FIRST,
    LEASE,
    Board,
    Facts,
)
from engage.stores.redis.link import Link

SITE = "pk_demo"
URL = "http://127.0.0.1:9463"


@pytest.fixture
async def board(redis_url):
    """A board on an empty Redis."""
    link = Link(redis_url)
    yield Board(link)
    await link.close()


async def test_one_learner(board, redis_keys):
    """A second learner gets the lease when the first lets go, or lets it lapse."""
    assert await board.hold("a", url=URL, ttl_s=60.0)
    assert not await board.hold("b", url="", ttl_s=60.0)
    assert await board.hold("a", url=URL, ttl_s=60.0)
    assert await board.learner() == URL

    await board.let_go("b")
    assert not await board.hold("b", url="", ttl_s=60.0)
    await board.let_go("a")
    assert await board.hold("b", url="", ttl_s=60.0)

    redis_keys.delete(LEASE)
    assert await board.hold("a", url="", ttl_s=60.0)


async def test_one_ledger(board):
    """A Redis belongs to the ledger that came first."""
    assert await board.claim_ledger("one") == "one"
    assert await board.claim_ledger("two") == "one"


async def test_standing_facts(board):
    """Snapshot, switches and beginning are there for whoever looks."""
    nothing = Facts(number=-1, switches=None, started_at_s=None)
    assert (await board.facts(SITE)) == nothing
    await board.publish(SITE, 7, b"snapshot")
    await board.put_switches(SITE, {"all_paused": True, "paused": ["help"]})
    await board.put_started(SITE, 12.5)
    await board.put_started(SITE, 99.0)
    await board.put_trial(SITE, "mark", b"challenge")
    await board.put_alive(SITE, 13.25)

    switches = {"all_paused": True, "paused": ["help"]}
    assert (await board.facts(SITE)) == (7, switches, 12.5, "mark", 13.25)
    assert await board.trial(SITE) == b"challenge"
    assert await board.snapshot(SITE) == b"snapshot"


async def test_news(board):
    """Messages come in order, after the place one has read to."""
    await board.post(SITE, "seen", {"n": 1})
    place = await board.latest(SITE)
    await board.post(SITE, "seen", {"n": 2})

    everything = await board.news(SITE, after=FIRST)
    assert [one.body["n"] for one in everything] == [1, 2]
    (new,) = await board.news(SITE, after=place)
    assert (new.kind, new.body) == ("seen", {"n": 2})


async def test_erasures_are_not_kept_for_ever(board, redis_keys):
    """Who was erased stands there for a month, in the list and in the news."""
    news = f"engage:news:{{{SITE}}}"
    redis_keys.xadd(news, {"kind": "erased", "body": '{"visitor":"v_old"}'}, id="1-0")
    for visitor, at_s in (("v_1", 1_000.0), ("v_2", 1_001.0)):
        await board.post(SITE, ERASED, {"visitor": visitor, "at_s": at_s})
    assert await board.erasures(SITE) == {"v_1": 1_000.0, "v_2": 1_001.0}

    await board.forget_erasures(SITE, at_s=1_000.5 + ERASED_KEPT_S)

    assert await board.erasures(SITE) == {"v_2": 1_001.0}
    named = [one.body["visitor"] for one in await board.news(SITE, after=FIRST)]
    assert named == ["v_1", "v_2"]


async def test_erasures_of_a_shop_that_is_gone(board, redis_keys):
    """Where no learner sweeps any more Redis itself forgets who was erased."""
    await board.post(SITE, ERASED, {"visitor": "v_1", "at_s": 1.0})

    naming = [key for key in redis_keys.scan_iter() if SITE.encode() in key]
    assert len(naming) == 2
    assert all(0 < redis_keys.ttl(key) <= ERASED_KEPT_S for key in naming)


async def test_news_of_a_shop_that_goes_on(board, redis_keys):
    """What is told keeps the news, however long ago somebody was last erased."""
    await board.post(SITE, ERASED, {"visitor": "v_1", "at_s": 1.0})
    (news,) = redis_keys.scan_iter("engage:news:*")
    redis_keys.expire(news, 60)
    await board.post(SITE, "items", {"items": []})

    assert redis_keys.ttl(news) > 60


async def test_erasures_are_bounded(board):
    """Of more wishes than anybody means the latest stand on the list."""
    for number in range(5):
        erased = {"visitor": f"v_{number}", "at_s": 1_000.0 + number}
        await board.post(SITE, ERASED, erased)

    await board.forget_erasures(SITE, at_s=1_005.0, most=2)

    assert list(await board.erasures(SITE)) == ["v_3", "v_4"]


async def test_many_products(board):
    """A worker that starts finds all products, however many."""
    items = {f"item-{n}": {"price": n} for n in range(1_200)}
    await board.put_items(SITE, items)
    found = [page async for page in board.items(SITE)]

    assert dict(ChainMap(*found)) == items
    assert max(len(page) for page in found) < 1_000


async def test_reports(board):
    """The last word of each worker stands until it is struck off."""
    assert await board.reports() == {}
    for name, n in (("a", 1), ("b", 2), ("a", 3)):
        await board.report(name, {"n": n})
    assert await board.reports() == {"a": {"n": 3}, "b": {"n": 2}}
    await board.strike_off(["a"])

    assert await board.reports() == {"b": {"n": 2}}


async def test_eviction(board, redis_keys):
    """A Redis with a limit says by which policy it would throw keys away."""
    said = []
    try:
        for limit, policy in (("0", "allkeys-lru"), ("1gb", "allkeys-lru")):
            redis_keys.config_set("maxmemory", limit)
            redis_keys.config_set("maxmemory-policy", policy)
            said.append(await board.eviction())
        redis_keys.config_set("maxmemory-policy", "noeviction")
        said.append(await board.eviction())
    finally:
        redis_keys.config_set("maxmemory", 0)

    assert said == ["", "allkeys-lru", ""]
