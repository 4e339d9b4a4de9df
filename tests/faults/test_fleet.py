"""Two workers and a learner are one service: what one of them was told, all know."""

import asyncio
from contextlib import ExitStack, closing

import aiohttp

from engage.stores.journal import read_journal
from tests.faults.chaos import Books, Chaos, Shoppers, balance, code_texts, settled
from tests.faults.fleet import SERVER_KEY, SITE, Fleet, running
from tests.redis_server import steady_port

KEY = {"Authorization": f"Bearer {SERVER_KEY}"}
SEED = 20_261_122
SHOPPERS = 6
# Each once here; `benchmarks/chaos.py` goes on for minutes.
STRIKES = ("worker", "learner", "redis", "worker")
# Waits are bounded by attempts; a busy machine needs many, an idle one a few.
PATIENCE = 600
PAUSE_S = 0.05


async def until(holds):
    """Return what `holds` returns as soon as that is true."""
    pause = asyncio.Event()
    for _ in range(PATIENCE):
        found = await holds()
        if found:
            return found
        try:
            async with asyncio.timeout(PAUSE_S):
                await pause.wait()
        except TimeoutError:
            continue
    raise AssertionError("it never came true")


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
        url = f"redis://127.0.0.1:{port}/0?socket_timeout=1"
        one = Fleet(tmp_path, url)
        chaos = Chaos(one, stack, seed=SEED)
        chaos.start_redis(port)
        async with running(one):
            codes = f"{one.url}/v1/discounts/codes"
            await answered(codes, "POST", json=code_texts(2_000))
            shoppers = Shoppers(one.url, books, seed=SEED, count=SHOPPERS)
            shopping = asyncio.create_task(shoppers.run())
            await until(lambda: has_answered(books, 150))
            await check_learned(one)
            await check_orders(one)
            for what in STRIKES:
                before = books.answered
                await chaos.strike(what, port=port)
                await until(lambda b=before: has_answered(books, b + 100))
            shoppers.is_over = True
            await shopping
            await settled(one)
            assert balance(one, books) == {}
            await check_closed(one)
            await check_erasure(one, books)
    assert len(books.cards) > 20
    assert len(one.journals()) == 2


async def has_answered(books, count):
    """Tell whether so many requests were answered."""
    return books.answered >= count


async def check_closed(one):
    """Every decision is closed once and learned; no window of the ledger stays open."""

    async def all_closed():
        with closing(read_journal(one.ledger)) as journal:
            return not journal.count_windows(SITE).get("short")

    await until(all_closed)


async def check_learned(one):
    """Windows close at the learner, and all workers swap to the new snapshot."""

    async def all_swapped():
        found = await snapshots(one)
        return len(set(found)) == 1 and b":0}" not in found[0] and found

    await until(all_swapped)


async def check_orders(one):
    """An order is settled once, whichever worker is told; the other knows."""
    order = {"order_id": "A-77", "value": 12.5, "currency": "EUR"}
    url = f"{one.url}/v1/orders"
    told = [await answered(url, "POST", json=order) for _ in range(6)]
    other = await answered(url, "POST", json={**order, "value": 13.0})

    assert [status for status, _ in told] == [202] + 5 * [200]
    assert other[0] == 409


async def check_erasure(one, books):
    """A visitor erased at one worker is known to none, nor to the ledger."""
    visitor = next(iter(books.orders)).removeprefix("A-")
    url = f"{one.url}/v1/visitors/{visitor}"
    assert (await answered(url))[0] == 200

    assert (await answered(url, "DELETE"))[0] == 204

    assert [(await answered(url))[0] for _ in range(4)] == 4 * [404]
