"""Shoppers, a shop's server, and strikes at the parts of the service they use.

Used by `test_fleet` for some strikes, and by `benchmarks/chaos.py` for minutes.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from engage.web.client import Client
from engage.wire.beacon import Event
from tests.faults.balancing import Books
from tests.faults.fleet import GROUP, POOL, SERVER_KEY, Fleet, kill
from tests.faults.pausing import PATIENCE, pause, until
from tests.faults.service_load import GUITAR, beacon, report
from tests.redis_cluster import Cluster, is_led_anew, is_whole, masters_of, restarted
from tests.redis_server import redis_server

# How long agents stay, and how often the shop says so.
STAY_S, SAY_EVERY_S = 4.0, 1.0
# Looks at a cluster that lost a master, until its replica leads.
SUCCESSION = 300


class Shoppers:
    """Visitors who do not give up, until they are told to go home.

    Args:
        pace_s: what a visitor waits between two requests: a steady load.
    """

    def __init__(
        self, url: str, books: Books, *, seed: int, count: int, pace_s: float = 0.0
    ) -> None:
        self.url, self.books, self.seed, self.count = url, books, seed, count
        self.pace_s, self.is_over = pace_s, False

    async def run(self) -> None:
        """Shop until it is over; what was begun is finished."""
        async with Client(
            self.url, server_key=SERVER_KEY, timeout_s=5.0, connections=self.count
        ) as door:
            await asyncio.gather(*(self._shop(door, n) for n in range(self.count)))

    async def _shop(self, door: Client, number: int) -> None:
        luck = random.Random(f"{self.seed}/{number}")
        count = 0
        while not self.is_over:
            await self._visit(door, f"v_{self.seed}_{number}_{count}", luck)
            count += 1

    async def _visit(self, door: Client, visitor: str, luck: random.Random) -> None:
        look, seen, code = (*_LOOK, _ASK), [], None
        for seq in range(3):
            card = await self._send(door, beacon(visitor, seq, *seen, *look))
            look, seen = (_ASK,), []
            if card is not None:
                seen, code = [report(card, "action_shown")], card.content.code
                if luck.random() < 0.5:
                    seen.append(report(card, "action_clicked"))
        await self._send(door, beacon(visitor, 3, *seen, _PING))
        if luck.random() < 0.5:
            order = {"order_id": f"A-{visitor}", "visitor": visitor}
            order |= {"value": luck.randrange(1, 9_000) / 100, "currency": "EUR"}
            order |= {"code": code} if code else {}
            await self._repeat(lambda: door.order(order))
            self.books.orders.add(order["order_id"])

    async def _send(self, door: Client, one):
        reply = await self._repeat(lambda: door.send(one))
        for event in one.events:
            if event.decision is not None:
                name = event.name.removeprefix("action_")
                self.books.outcomes.add((event.decision, name))
        if one.seq == 0:
            self.books.asked.add((one.session, one.tab, one.seq))
        card = reply.answer.decision
        if card is not None:
            self.books.cards[card.id] = card
            self.books.answered_s.setdefault(card.id, time.time())
        return card

    async def _repeat(self, send: Callable):
        for _ in range(PATIENCE):
            reply = await send()
            if reply.is_taken:
                self.books.answered += 1
                await pause(self.pace_s)
                return reply
            assert reply.is_worth_repeating, reply
            self.books.repeated += 1
            self.books.unable[reply.status] += 1
            await pause()
        raise AssertionError("nobody answers any more")


class Desk:
    """The shop's server: says every second who is there to chat; it varies."""

    def __init__(self, url: str, books: Books, *, seed: int) -> None:
        self.url, self.books = url, books
        self.luck, self.is_over = random.Random(f"{seed}/desk"), False

    async def run(self) -> None:
        """Announce until it is over; every other time nobody is there."""
        async with Client(self.url, server_key=SERVER_KEY, timeout_s=5.0) as shop:
            free = 0
            while not self.is_over:
                free = 0 if free else self.luck.randrange(1, 6)
                for _ in range(round(STAY_S / SAY_EVERY_S)):
                    await self._say(shop, free)
                    await pause(SAY_EVERY_S)

    async def _say(self, shop: Client, free: int) -> None:
        said = {"online": free, "free": free, "ttl_s": 2 * SAY_EVERY_S}
        begun_s = time.time()
        for _ in range(PATIENCE):
            reply = await shop.shop("PUT", f"/v1/chat/groups/{GROUP}", said)
            if reply.is_taken:
                break
            # Without an answer it may hold already.
            await pause()
        self.books.levels.append((begun_s, time.time(), free))


class LoneRedis:
    """A Redis that keeps nothing."""

    store = "redis"

    def __init__(self, folder: Path, stack: ExitStack, *, port: int) -> None:
        self.folder, self.stack, self.port = folder, stack, port
        self.url = f"redis://127.0.0.1:{port}/0?socket_timeout=1"
        self.start()

    def start(self) -> None:
        """Start it, empty."""
        held = redis_server(self.folder, port=self.port)
        self.process = self.stack.enter_context(held).process

    async def forget(self) -> None:
        """Kill it; it comes back empty."""
        kill(self.process.pid)
        self.process.wait()
        await pause(0.5)
        self.start()


class ManyRedis:
    """A cluster of three masters, each with a replica; none keeps anything."""

    store = "redis_cluster"

    def __init__(
        self, cluster: Cluster, folder: Path, stack: ExitStack, *, seed: int
    ) -> None:
        self.folder, self.stack = folder, stack
        self.nodes = {one.port: one for one in (*cluster.masters, *cluster.replicas)}
        self.luck = random.Random(f"{seed}/redis")
        seeds = ",".join(f"127.0.0.1:{port}" for port in self.nodes)
        self.url = f"redis://{seeds}/0?socket_timeout=1"

    async def fail_over(self) -> None:
        """Kill a master; return when its replica leads and the cluster is whole."""
        dead = self.luck.choice(sorted(masters_of(self.nodes)))
        self._kill(dead)
        rest = {port: one for port, one in self.nodes.items() if port != dead}
        for _ in range(SUCCESSION):
            if is_led_anew(rest, dead):
                break
            await pause()
        # Without a successor it comes back empty: a third of everything is forgotten.
        self._start(dead)
        await until(lambda: is_whole(self.nodes), why="the cluster is whole again")

    async def forget(self) -> None:
        """Kill every node; they come back empty."""
        for port in self.nodes:
            self._kill(port)
        for port in list(self.nodes):
            self._start(port)
        await until(lambda: is_whole(self.nodes), why="the cluster is whole again")

    def _kill(self, port: int) -> None:
        kill(self.nodes[port].process.pid)
        self.nodes[port].process.wait()

    def _start(self, port: int) -> None:
        self.nodes[port] = self.stack.enter_context(restarted(self.folder, port))


@dataclass
class Chaos:
    """Strikes at what runs; brings back what nobody else brings back.

    Attributes:
        disk: a file system of its own that holds the service's data, to be filled up.
    """

    one: Fleet
    redis: LoneRedis | ManyRedis
    luck: random.Random
    disk: Path | None = None

    async def strike(self, what: str) -> float:
        """Strike at a part at once; return the seconds until it works again."""
        before_s = time.monotonic()
        await getattr(self, f"_{what}")()
        return time.monotonic() - before_s

    async def _worker(self) -> None:
        before = set(self.one.worker_pids())
        dead = self.luck.choice(sorted(before))
        kill(dead)
        await until(lambda: dead not in self.one.worker_pids(), why="it is reaped")
        await until(self.one.is_ready, why="all workers are ready")

    async def _learner(self) -> None:
        kill(self.one.learner.pid)
        await self.one.learner.wait()
        await self.one.start_learner()

    async def _redis(self) -> None:
        await self.redis.forget()

    async def _failover(self) -> None:
        await self.redis.fail_over()

    async def _disk(self) -> None:
        assert self.disk is not None
        with _filled(self.disk):
            await until(self._is_refused, why="a full disk is noticed")
        await until(self.one.is_ready, why="room is noticed")

    async def _is_refused(self) -> bool:
        return not await self.one.is_ready()


@contextmanager
def _filled(disk: Path):
    """Leave no byte of a file system."""
    path, taken = disk / "filler", 0
    with path.open("wb") as file:
        for size in (2**26, 2**20, 2**12):
            # Others write meanwhile: whatever is left is taken in smaller pieces.
            with suppress(OSError):
                while True:
                    os.posix_fallocate(file.fileno(), taken, size)
                    taken += size
    try:
        yield
    finally:
        path.unlink()


def code_texts(start: int, count: int) -> dict[str, object]:
    """Return a message with so many codes."""
    numbers = range(start, start + count)
    return {"pool": POOL, "codes": [f"C{number}" for number in numbers]}


_LOOK = (Event(name="page_view"), Event(name="view_item", items=(GUITAR,)))
_ASK = Event(name="ask")
_PING = Event(name="ping", active_ms=1_000, visible_ms=1_000)
