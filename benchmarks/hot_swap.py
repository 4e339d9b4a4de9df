"""How long after a decision is closed do all workers decide with what was learned?

Two workers, a learner and Redis under some load. The archive says which snapshot was
the first to hold a close; the workers' own `/readyz`, asked fifty times a second, when
the last of them had it.

    python benchmarks/hot_swap.py                  # a minute

Bar: below 2 s.
"""

# Rules of this file: times are those of the records and of one machine's clock; nothing
# is estimated. A snapshot that was passed over counts with the next one.

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from bisect import bisect_left
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))

from engage.stores.journal.recent import RecentReads
from engage.stores.journal.sqlite import read_journal
from engage.web.client import Client
from tests.faults.balancing import Books
from tests.faults.chaos import LoneRedis, Shoppers, code_texts
from tests.faults.fleet import SERVER_KEY, SITE, Fleet, running
from tests.redis_server import steady_port

SHOPPERS, PACE_S = 8, 0.2
LOOK_EVERY_S = 0.02
RESULT = Path(__file__).parent / "results" / "hot_swap.json"


async def watch(one: Fleet, *, workers: int, seen: list[tuple[float, int]]) -> None:
    """Note when every worker has at least a snapshot, until cancelled."""
    urls = [f"http://127.0.0.1:{one.admin + n}/readyz" for n in range(workers)]
    async with aiohttp.ClientSession() as session:
        while True:
            numbers = []
            for url in urls:
                async with session.get(url) as reply:
                    body = orjson.loads(await reply.read())
                    numbers.append(body["snapshots"][SITE])
            if not seen or min(numbers) > seen[-1][1]:
                seen.append((time.time(), min(numbers)))
            await asyncio.sleep(LOOK_EVERY_S)


def delays(one: Fleet, seen: list[tuple[float, int]]) -> list[float]:
    """Return the seconds from each close to the moment when all workers had it."""
    with closing(RecentReads(one.ledger)) as recent:
        archive = sorted(recent.lineage(SITE, limit=10**6))
    with closing(read_journal(one.ledger)) as journal:
        closes = journal.read(0, 10**9, kinds=("closed",))
    offsets = [published.offset for published in archive]
    numbers = [number for _, number in seen]
    found = []
    for close in closes:
        place = bisect_left(offsets, close.offset)
        if place == len(archive):
            continue
        had = bisect_left(numbers, archive[place].number)
        if had < len(seen):
            found.append(seen[had][0] - close.record.at_s)
    return found


async def measure(seconds: float) -> dict[str, Any]:
    """Run it and return the table."""
    books, seen = Books(), list[tuple[float, int]]()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        redis = LoneRedis(folder, stack, port=steady_port(8))
        one = Fleet(folder, redis.url)
        async with running(one):
            async with Client(one.url, server_key=SERVER_KEY) as shop:
                await shop.shop("POST", "/v1/discounts/codes", code_texts(0, 10_000))
            shoppers = Shoppers(one.url, books, seed=1, count=SHOPPERS, pace_s=PACE_S)
            watching = asyncio.create_task(watch(one, workers=2, seen=seen))
            shopping = asyncio.create_task(shoppers.run())
            await asyncio.sleep(seconds)
            shoppers.is_over = True
            await shopping
            await asyncio.sleep(3.0)
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
        found = delays(one, seen)
    p50, p99, most = np.quantile(found, (0.5, 0.99, 1.0))
    return {
        "closes": len(found),
        "snapshots": len(seen),
        "answered_per_s": books.answered / seconds,
        "seconds": {"p50": float(p50), "p99": float(p99), "max": float(most)},
    }


def main() -> None:
    """Measure, print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--out", default=str(RESULT))
    args = parser.parse_args()
    table = asyncio.run(measure(args.seconds))
    table["command"] = f"python benchmarks/hot_swap.py --seconds {args.seconds:g}"
    table["date"] = time.strftime("%Y-%m-%d")
    table["load_average"] = os.getloadavg()[0]
    Path(args.out).write_bytes(orjson.dumps(table, option=orjson.OPT_INDENT_2) + b"\n")
    print(orjson.dumps(table, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    main()
