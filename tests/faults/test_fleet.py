"""Two workers and a learner are one service: what one of them was told, all know.

`ENGAGE_LEARNER_KILLS=20` in the environment kills the learner twenty times, not once.
"""

import asyncio
import os
import random
from contextlib import ExitStack

import aiohttp

from engage.learning.worker import GATHER_S
from engage.web import redis_learner
from engage.web.redis_learner import MERGE_S
from engage.web.redis_worker import LISTEN_S
from engage.web.upkeep import TICK_S
from tests.faults.balancing import Books, balance, models_apart, settled
from tests.faults.chaos import Chaos, Desk, LoneRedis, Shoppers, code_texts
from tests.faults.fleet import SERVER_KEY, Fleet, running
from tests.faults.pausing import until
from tests.redis_server import steady_port

KEY = {"Authorization": f"Bearer {SERVER_KEY}"}
SEED = 20_261_122
SHOPPERS = 6
LEARNER_KILLS = int(os.environ.get("ENGAGE_LEARNER_KILLS", "1"))
# `benchmarks/chaos.py` goes on for minutes.
STRIKES = ("worker", *["learner"] * LEARNER_KILLS, "redis", "worker")


async def answered(url, method="GET", **options):
    """Ask over a connection of its own: the kernel chooses the worker."""
    async with (
        aiohttp.ClientSession(headers=KEY) as session,
        session.request(method, url, **options) as reply,
    ):
        return reply.status, await reply.read()


async def snapshots(one):
    """Return the number of the snapshot that each worker decides with."""
    ports = (one.admin, one.admin + 1)
    told = [await answered(f"http://127.0.0.1:{port}/readyz") for port in ports]
    return [body.split(b"snapshots", 1)[1] for _, body in told]


async def test_one_service(tmp_path):
    """Loaded, asked, told to forget, and killed at random: one service, one truth."""
    books, port = Books(), steady_port(8)
    with ExitStack() as stack:
        redis = LoneRedis(tmp_path, stack, port=port)
        one = Fleet(tmp_path, redis.url)
        chaos = Chaos(one, redis, random.Random(SEED))
        async with running(one):
            codes = f"{one.url}/v1/discounts/codes"
            await answered(codes, "POST", json=code_texts(0, 2_000))
            shoppers = Shoppers(one.url, books, seed=SEED, count=SHOPPERS)
            desk = Desk(one.url, books, seed=SEED)
            busy = asyncio.gather(shoppers.run(), desk.run())
            await until(lambda: books.answered >= 150, why="visitors are answered")
            await check_learned(one)
            await check_orders(one)
            for what in STRIKES:
                before = books.answered
                await chaos.strike(what)
                await until(
                    lambda least=before + 100: books.answered >= least,
                    why=f"visitors are answered after a strike at the {what}",
                )
            shoppers.is_over = desk.is_over = True
            await busy
            await settled(one)
            assert balance(one, books) == {}
            await check_erasure(one, books)
        assert await models_apart(one) <= 1e-9
    assert len(books.cards) > 20
    assert len(one.journals()) == 2


def test_pauses_on_the_way():
    """From a close to every worker: the pauses alone are half of what is promised."""
    on_the_way = (TICK_S, MERGE_S, GATHER_S, redis_learner._PUBLISH_S, LISTEN_S)

    assert sum(on_the_way) < 1.0


async def check_learned(one):
    """Windows close at the learner, and all workers swap to the new snapshot."""

    async def all_swapped():
        found = await snapshots(one)
        return len(set(found)) == 1 and b":0}" not in found[0] and found

    await until(all_swapped, why="both workers have the same snapshot")


async def check_orders(one):
    """An order is settled once, whichever worker is told; the other knows."""

    async def told(value):
        order = {"order_id": "A-77", "value": value, "currency": "EUR"}
        return (await answered(f"{one.url}/v1/orders", "POST", json=order))[0]

    async def is_known():
        return await told(12.5) == 200

    async def is_another():
        return await told(13.0) == 409

    assert await told(12.5) == 202
    # A ledger that is slow to answer leaves an order with the worker for a while: 202.
    for _ in range(3):
        await until(is_known, why="an order that was settled is known")
        await until(is_another, why="the same name for another order is refused")


async def check_erasure(one, books):
    """A visitor erased at one worker is known to none, nor to the ledger."""
    visitor = next(iter(books.orders)).removeprefix("A-")
    url = f"{one.url}/v1/visitors/{visitor}"
    assert (await answered(url))[0] == 200

    assert (await answered(url, "DELETE"))[0] == 204

    assert [(await answered(url))[0] for _ in range(4)] == 4 * [404]
