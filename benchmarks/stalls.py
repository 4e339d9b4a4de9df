"""How long does the event loop stand still while something else is going on?

A heartbeat asks for the loop as often as it can; the longest gap while a duty runs is
what a beacon could have waited. Also what a beacon costs in the loop's own CPU time.

    python benchmarks/stalls.py

Bar: no gap over 5 ms from scrape, snapshot or learning; goal 1 ms.
"""

# Rules of this file: every duty runs several times; the median of the longest gaps
# stands for it, next to the same figure while nothing runs, which is the machine's own.

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import orjson
import uvloop
from beacon_load import head_of, tail_of
from prometheus_client.exposition import generate_latest
from threadpoolctl import threadpool_limits

from engage.demo.settings import DemoOptions, demo_settings
from engage.telemetry import configure_logging
from engage.web.app import add_operations, public_app
from engage.web.operations import REGISTRY
from engage.web.server import SWITCH_S, build_service
from engage.web.service import Service
from engage.wire.beacon import decode_beacon

SITE = "pk_demo"
# So short that every tick has hundreds of closes to make, and models learn from them.
WINDOW_S = 0.2
Duty = Callable[[], Awaitable[object]]


class Gaps(NamedTuple):
    """The longest of each while a duty ran, milliseconds.

    Attributes:
        wall: in which the loop ran nothing else.
        own: of the loop's thread's own CPU: what it computed in one go. Other threads
            and other processes are not in it, so it holds on a busy machine, too.
    """

    wall: float
    own: float


async def longest_gaps(duty: Duty) -> Gaps:
    """Run a duty and return for how long the loop stood still at most."""
    longest_s = longest_own_s = 0.0
    running = asyncio.create_task(_run(duty))
    before_s, own_s = time.perf_counter(), time.thread_time()
    while not running.done():
        await asyncio.sleep(0)
        # Nothing is kept of each turn: the collector would have to look at it.
        now_s, own_now_s = time.perf_counter(), time.thread_time()
        longest_s = max(longest_s, now_s - before_s)
        longest_own_s = max(longest_own_s, own_now_s - own_s)
        before_s, own_s = now_s, own_now_s
    await running
    return Gaps(wall=1_000 * longest_s, own=1_000 * longest_own_s)


async def _run(duty: Duty) -> None:
    await duty()


async def visit(service: Service, *, sessions: int, seqs: range) -> list[float]:
    """Send beacons through the engine; return the CPU microseconds of each."""
    engine, costs = service.engine(SITE), []
    for seq in seqs:
        for index in range(sessions):
            item = index % 30 + 1 if (seq + index) % 6 == 0 else None
            body = f"{head_of(index)}{seq}{tail_of(item)}".encode()
            before = time.thread_time_ns()
            beacon, _ = decode_beacon(body)
            taken = await engine.take(beacon)
            taken.answer.is_empty or orjson.dumps(taken.result)
            costs.append((time.thread_time_ns() - before) / 1_000)
    return costs


def duties(service: Service) -> dict[str, Duty]:
    """Return what may stall the loop."""
    app = public_app(service)
    add_operations(app)
    site = service.engine(SITE).site
    lineage = service.learner.lineages[SITE]

    async def scrape() -> None:
        await asyncio.to_thread(generate_latest, app[REGISTRY])

    async def publish() -> None:
        frozen = await asyncio.to_thread(
            lineage.learner.freeze, number=site.snapshot.number + 1, at_s=0.0
        )
        service.adopt(SITE, frozen)

    async def learn() -> None:
        while await asyncio.to_thread(service.learner.step):
            pass

    async def levels() -> None:
        told = service.upkeep.levels
        told._open_s = told._codes_s = float("-inf")  # noqa: SLF001 - all of it, each time
        await told.fill()

    async def nothing() -> None:
        await asyncio.sleep(0.2)

    return {
        "nothing": nothing,
        "scrape": scrape,
        "publish": publish,
        "learn": learn,
        "keep 2,000 visits": service.upkeep.keep,
        "keep co-views": service.upkeep.keep_coviews,
        "tick": lambda: service.upkeep.tick(site),
        "levels": levels,
    }


@asynccontextmanager
async def opened(options: DemoOptions) -> AsyncIterator[Service]:
    """Open the demo on an empty folder; what is there at the start is no garbage."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = replace(options, data=folder)
        service = await build_service(demo_settings(chosen))
        gc.freeze()
        yield service
        await service.stop()


async def measure(*, repeats: int) -> dict[str, Any]:
    """Return gaps by duty and the cost of a beacon."""
    async with opened(DemoOptions()) as service:
        await visit(service, sessions=2_000, seqs=range(3))
        costs = await visit(service, sessions=500, seqs=range(3, 9))
    gaps: dict[str, list[Gaps]] = {}
    async with opened(DemoOptions(window_s=WINDOW_S, cooldown_s=0.0)) as service:
        await visit(service, sessions=2_000, seqs=range(3))
        for turn in range(repeats):
            for name, duty in duties(service).items():
                seqs = range(20 + turn, 21 + turn)
                await visit(service, sessions=2_000, seqs=seqs)
                await asyncio.sleep(WINDOW_S)
                gaps.setdefault(name, []).append(await longest_gaps(duty))
    return {
        "longest_gap_ms": {
            name: {
                "median": median(one.wall for one in found),
                "worst": max(one.wall for one in found),
                "own_median": median(one.own for one in found),
                "own_worst": max(one.own for one in found),
            }
            for name, found in gaps.items()
        },
        "beacon_cpu_us": {
            f"p{q}": float(np.percentile(costs, q)) for q in (50, 90, 99)
        },
    }


def main() -> None:
    """Measure, print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", default="benchmarks/results/stalls.json")
    args = parser.parse_args()
    configure_logging(level="error")
    # As the command line and the server do.
    threadpool_limits(limits=1, user_api="blas")
    sys.setswitchinterval(SWITCH_S)
    table = uvloop.run(measure(repeats=args.repeats))
    table["command"] = f"python benchmarks/stalls.py --repeats {args.repeats}"
    table["load_average"] = os.getloadavg()[0]
    Path(args.out).write_bytes(orjson.dumps(table, option=orjson.OPT_INDENT_2))
    print(orjson.dumps(table, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    main()
