"""What does a service of several processes lose when its parts are struck for minutes?

Two workers, a learner and a Redis Cluster of three masters with replicas; shoppers at a
steady pace who repeat what is not answered; a shop whose agents come and go; callers
with gzip bombs and with requests that trickle in. Every few seconds a strike: SIGKILL
of a worker, of the learner, of a master (its replica takes over), of all of Redis (it
keeps nothing), or a full disk. In the end the books must balance: what was answered,
what the workers' journals hold, and what the ledger holds.

    sudo python benchmarks/chaos.py --minutes 10 [--seed N]   # root: mounts a disk
"""

# Rules of this file: the driver is the tests' own (`tests/faults`). A strike is over
# when what was struck works again and a hundred requests were answered since.

from __future__ import annotations

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))

from engage.web.client import Client
from tests.faults.balancing import Books, balance, models_apart, settled
from tests.faults.chaos import Chaos, Desk, ManyRedis, Shoppers, code_texts
from tests.faults.fleet import SERVER_KEY, Fleet, running
from tests.faults.hostile import Hostile
from tests.faults.pausing import pause, until
from tests.redis_cluster import redis_cluster

STRIKES = ("worker", "worker", "worker", "learner", "failover", "redis", "disk")
SHOPPERS, PACE_S = 12, 0.1
CODES = 20_000
# Some two thousand vouchers: the budget binds before the end.
BUDGET_CENTS = 1_000_000
DISK_MB = 2_048
RESULT = Path(__file__).parent / "results" / "chaos.json"


async def run(minutes: float, seed: int, folder: Path) -> dict[str, Any]:
    """Load, strike and balance; return what was seen."""
    books, luck = Books(), random.Random(seed)
    with ExitStack() as stack:
        disk = stack.enter_context(_disk(folder / "data"))
        cluster = stack.enter_context(redis_cluster(folder, has_replicas=True))
        redis = ManyRedis(cluster, folder, stack, seed=seed)
        one = Fleet(folder, redis.url, store=redis.store, budget_cents=BUDGET_CENTS)
        chaos = Chaos(one, redis, luck, disk)
        async with running(one):
            await _fill(one)
            hostile = Hostile(one.url)
            pace: dict[str, Any] = {"seed": seed, "count": SHOPPERS, "pace_s": PACE_S}
            shop = (Shoppers(one.url, books, **pace), Desk(one.url, books, seed=seed))
            busy = asyncio.gather(*(part.run() for part in shop))
            stranger = asyncio.create_task(hostile.run())
            strikes = await _strike(chaos, books, busy, minutes=minutes)
            for part in (*shop, hostile):
                part.is_over = True
            await busy
            before_s = time.monotonic()
            await settled(one)
            settled_s = time.monotonic() - before_s
            await stranger
            wrong = balance(one, books)
        apart = await models_apart(one)
    return {
        "minutes": minutes,
        "seed": seed,
        "answered": books.answered,
        "answered_per_s": round(books.answered / (60 * minutes), 1),
        "cards": len(books.cards),
        "outcomes": len(books.outcomes),
        "orders": len(books.orders),
        "announcements": len(books.levels),
        "repeated": books.repeated,
        "unable": {str(status): n for status, n in books.unable.items()},
        "hostile": hostile.answers,
        "hostile_longest_s": hostile.longest_s,
        "recovery": _recovery(strikes),
        "settled_s": settled_s,
        "models_apart": apart,
        "wrong": wrong,
    }


async def _strike(
    chaos: Chaos, books: Books, busy: asyncio.Future[Any], *, minutes: float
) -> list[tuple[str, float, float]]:
    """Strike until time is up; return what, and when it worked and answered again."""
    found: list[tuple[str, float, float]] = []
    deck: list[str] = []
    end_s = time.monotonic() + 60.0 * minutes
    while time.monotonic() < end_s and not busy.done():
        if not deck:
            deck = chaos.luck.sample(STRIKES, len(STRIKES))
            deck = [what for what in deck if what != "disk" or chaos.disk is not None]
        what, before_s, before = deck.pop(), time.monotonic(), books.answered
        restarted_s = await chaos.strike(what)
        await until(lambda n=before: books.answered >= n + 100, why="it answers")
        found.append((what, restarted_s, time.monotonic() - before_s))
        print(f"  {what}: {restarted_s:.2f} s, {books.answered} answered", flush=True)
        await pause(chaos.luck.uniform(1.0, 5.0))
    return found


def _recovery(strikes: list[tuple[str, float, float]]) -> dict[str, Any]:
    """Return counts, medians and the worst, by what was struck."""
    found = {}
    for name in sorted(set(STRIKES)):
        back = [restarted_s for what, restarted_s, _ in strikes if what == name]
        calm = [answered_s for what, _, answered_s in strikes if what == name]
        if back:
            found[name] = {
                "strikes": len(back),
                "works_again_s": {"median": median(back), "worst": max(back)},
                "hundred_answers_s": {"median": median(calm), "worst": max(calm)},
            }
    return found


async def _fill(one: Fleet) -> None:
    """Give the shop its codes."""
    async with Client(one.url, server_key=SERVER_KEY) as shop:
        for start in range(0, CODES, 10_000):
            codes = code_texts(start, 10_000)
            reply = await shop.shop("POST", "/v1/discounts/codes", codes)
            if not reply.is_taken:
                raise RuntimeError(f"codes were refused: {reply}")


@contextmanager
def _disk(place: Path) -> Iterator[Path | None]:
    """Mount a file system of its own, small enough to be filled up; None if we may not.

    Without one nothing is struck at the disk, and the result says so: no such strikes.
    """
    place.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(place)]
    if subprocess.run(["mount", *options], check=False).returncode:  # noqa: S603, S607 - our own words
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S603, S607


def main() -> int:
    """Run, print, keep the result; 1 if the books do not balance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=20_261_122)
    parser.add_argument("--out", default=str(RESULT))
    parser.add_argument("--keep", help="a folder that stays, to be looked at")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(chosen.keep or folder)
        place.mkdir(exist_ok=True)
        seen = asyncio.run(run(chosen.minutes, chosen.seed, place))
    seen["command"] = f"python benchmarks/chaos.py --minutes {chosen.minutes:g}"
    seen["date"] = time.strftime("%Y-%m-%d")
    seen["load_average"] = os.getloadavg()[0]
    Path(chosen.out).write_bytes(orjson.dumps(seen, option=orjson.OPT_INDENT_2) + b"\n")
    for name, value in seen.items():
        print(f"{name}: {value}")
    return 1 if seen["wrong"] or seen["models_apart"] > 1e-9 else 0


if __name__ == "__main__":
    sys.exit(main())
