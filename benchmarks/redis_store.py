"""What does Redis cost a beacon? Load and save: memory, our store, a plain GET and SET.

    python benchmarks/redis_store.py [--beacons 3000] [--rounds 5] [--json results/FILE]

Needs redis-server on the PATH: it starts one of its own, on a Unix socket, that keeps
nothing. A round takes every row after the other, so that all share the machine's mood.
A row is so many tasks, each of which lets its visitors send one beacon after the other:
load, change, save. `known`: the worker remembers the visit, one trip. `unknown`: it
does not, two trips. `naive` is redis-py as most would use it: GET, SET with EX, no
compare-and-swap, no visitor, no index of silence, so it loses updates and never finds a
silent visit. Trips are what the server counts from outside its scripts.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from redis.asyncio import Redis

from engage.clock import SystemClock
from engage.stores.base import StoreOptions
from engage.stores.memory.store import MemoryStore
from engage.stores.redis.recall import MOST
from engage.stores.redis.store import RedisStore
from engage.visits.session import (
    Session,
    advance,
    begin,
    from_bytes,
    to_bytes,
    with_draw,
)
from engage.visits.visitor import Visitor
from engage.wire.beacon import Beacon, Consent, Event, Item, Page

RESULT = Path(__file__).parent / "results/redis_store.json"
CLOCK = SystemClock()
SITE = "pk_demo"
VISITORS = 64
TASKS = (1, 32)
VISITOR = Visitor(
    subject="u_0123456789abcdef", group="treatment", holdout_share=0.2, first_at_s=1.0
)
# One beacon of a visitor: number of the visitor, and of the beacon.
Step = Callable[[int, int], Awaitable[None]]


def visit() -> Session:
    """Return the session of a visit of five product pages."""
    at_s, session = 1_763_720_000.0, None
    for index in range(5):
        item = Item(item_id=f"i_{index}", price=99.0, currency="EUR")
        events = (Event(name="page_view"), Event(name="view_item", items=(item,)))
        for seq in range(3):
            at_s += 5.0
            ping = (Event(name="ping", active_ms=4_000, visible_ms=5_000, scroll=0.4),)
            beacon = Beacon(
                v=1,
                site=SITE,
                visitor="v_0",
                session="s_1",
                tab=f"t_{index}",
                seq=seq,
                consent=Consent(measure=True, personalise=True),
                page=Page(kind="product", locale="de"),
                events=events if seq == 0 else ping,
            )
            session = session or begin(beacon, visit_index=1, orders=0, at_s=at_s)
            session = advance(session, beacon, at_s=at_s).session
    assert session is not None
    return session


def through(store: Any, site: str) -> Step:
    """Return the beacon that goes through one of our stores."""
    first = visit()

    async def step(visitor: int, beacon: int) -> None:
        known = await store.load(site, f"v_{visitor}", "s_1")
        held = known.session or first
        session = with_draw(held, at_s=held.last_at_s + beacon)
        if not await store.save(known, session=session, visitor=VISITOR):
            raise RuntimeError("nobody else saves here, so no save may lose")

    return step


def naive(client: Redis) -> Step:
    """Return the beacon as most would write it."""
    first = visit()

    async def step(visitor: int, beacon: int) -> None:
        key = f"naive:{visitor}"
        packed: Any = await client.get(key)
        held = first if packed is None else from_bytes(packed)
        session = with_draw(held, at_s=held.last_at_s + beacon)
        await client.set(key, to_bytes(session), ex=86_400)

    return step


async def one_round(step: Step, *, tasks: int, beacons: int) -> tuple[float, float]:
    """Return wall and own CPU microseconds a beacon."""
    each, per_task = VISITORS // tasks, beacons // tasks

    async def send(task: int) -> None:
        for number in range(per_task):
            await step(task * each + number % each, number)

    wall_s, cpu_s = CLOCK.monotonic_s(), own_cpu_s()
    await asyncio.gather(*(send(task) for task in range(tasks)))
    count = per_task * tasks
    wall_us = (CLOCK.monotonic_s() - wall_s) / count * 1e6
    return wall_us, (own_cpu_s() - cpu_s) / count * 1e6


def own_cpu_s() -> float:
    """Return the CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def trips(client: Redis, step: Step, *, beacons: int) -> float:
    """Return the trips a beacon takes, when one follows the other."""
    await client.config_resetstat()
    for number in range(beacons):
        await step(number % VISITORS, number)
    stats = await client.info("commandstats")
    inner = ("hget", "hset", "expire", "info", "config|resetstat")
    calls = {name[8:]: row["calls"] for name, row in stats.items()}
    outer = sum(int(n) for name, n in calls.items() if name not in inner)
    return outer / beacons


@contextmanager
def server() -> Iterator[str]:
    """Run a redis-server of our own; its URL."""
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "redis.sock"
        command = ["redis-server", "--port", "0", "--unixsocket", str(socket)]
        command += ["--save", "", "--appendonly", "no", "--dir", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - a fixed command
            assert process.stdout is not None
            for line in process.stdout:
                if "ready to accept" in line.lower():
                    break
            try:
                # Other work on the machine must not look like a dead server.
                yield f"unix://{socket}?socket_timeout=5"
            finally:
                process.kill()


async def measure(url: str, *, beacons: int, rounds: int) -> list[dict[str, Any]]:
    """Return one row for each way and number of tasks."""
    options: StoreOptions[Session, Visitor] = StoreOptions(
        read_session=from_bytes,
        write_session=to_bytes,
        read_visitor=Visitor.from_plain,
        write_visitor=Visitor.to_plain,
        url=url,
    )
    known, unknown = (RedisStore(options, recalled=n) for n in (MOST, 0))
    client = Redis.from_url(url)
    # A site each, or the workers would outdo each other.
    ways = {
        "memory": through(MemoryStore(options), SITE),
        "redis, known": through(known, "pk_known"),
        "naive GET/SET": naive(client),
        "redis, unknown": through(unknown, "pk_unknown"),
    }
    counted = {}
    for name, step in ways.items():
        for visitor in range(VISITORS):
            await step(visitor, 0)
        counted[name] = await trips(client, step, beacons=VISITORS)
    found: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for _ in range(rounds):
        for name, step in ways.items():
            for tasks in TASKS:
                some = await one_round(step, tasks=tasks, beacons=beacons)
                found.setdefault((name, tasks), []).append(some)
    rows: list[dict[str, Any]] = []
    for (name, tasks), measured in found.items():
        walls, cpus = zip(*measured, strict=True)
        rows.append(
            {
                "way": name,
                "tasks": tasks,
                "trips": counted[name],
                "wall_us": round(statistics.median(walls), 1),
                "wall_us_least": round(min(walls), 1),
                "wall_us_most": round(max(walls), 1),
                "cpu_us": round(statistics.median(cpus), 1),
            }
        )
    await known.close()
    await unknown.close()
    await client.aclose()
    return rows


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beacons", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, default=RESULT)
    options = parser.parse_args()
    with server() as url:
        rows = asyncio.run(measure(url, beacons=options.beacons, rounds=options.rounds))
    print(
        f"{'way':16} {'tasks':>5} {'trips':>6} {'wall us (spread)':>26} {'cpu us':>8}"
    )
    for row in rows:
        spread = f"({row['wall_us_least']:,.0f} to {row['wall_us_most']:,.0f})"
        print(
            f"{row['way']:16} {row['tasks']:5} {row['trips']:6.2f} "
            f"{row['wall_us']:10,.1f} {spread:>15} {row['cpu_us']:8,.1f}"
        )
    size = {"beacons": options.beacons, "rounds": options.rounds}
    asked = "".join(f" --{name} {value}" for name, value in size.items())
    told = {"command": f"python benchmarks/redis_store.py{asked}", **size, "rows": rows}
    options.json.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
