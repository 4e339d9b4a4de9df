"""What does a service of several processes lose when its parts are killed for minutes?

Two workers, a learner and Redis, shoppers who repeat what is not answered; every few
seconds a part is killed at random (SIGKILL; Redis keeps nothing and comes back empty).
In the end the books must balance: what was acknowledged, what the workers' journals
hold, and what the ledger holds.

    python benchmarks/chaos.py --minutes 10 [--seed N]
"""

# Rules of this file: the driver is the tests' own (`tests/faults/chaos.py`). Each
# recovery is timed from the strike to the next hundred answers.

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))

from engage.web.client import Client
from tests.faults.chaos import (
    Books,
    Chaos,
    Shoppers,
    balance,
    code_texts,
    pause,
    settled,
)
from tests.faults.fleet import SERVER_KEY, Fleet, running
from tests.redis_server import steady_port

STRIKES = ("worker", "worker", "worker", "learner", "redis")
RESULT = Path(__file__).parent / "results" / "chaos.json"


async def run(minutes: float, seed: int, folder: Path) -> dict[str, object]:
    """Load, kill and balance; return what was seen."""
    books, port, luck = Books(), steady_port(8), random.Random(seed)
    recovered: dict[str, list[float]] = {}
    with ExitStack() as stack:
        one = Fleet(folder, f"redis://127.0.0.1:{port}/0?socket_timeout=1")
        chaos = Chaos(one, stack, seed=seed)
        chaos.start_redis(port)
        async with running(one):
            async with Client(one.url, server_key=SERVER_KEY) as shop:
                await shop.shop("POST", "/v1/discounts/codes", code_texts(20_000))
            shoppers = Shoppers(one.url, books, seed=seed, count=8)
            shopping = asyncio.create_task(shoppers.run())
            end_s = time.monotonic() + 60.0 * minutes
            while time.monotonic() < end_s:
                what, before_s = luck.choice(STRIKES), time.monotonic()
                before = books.answered
                await chaos.strike(what, port=port)
                while books.answered < before + 100:
                    await pause()
                recovered.setdefault(what, []).append(time.monotonic() - before_s)
                await pause(luck.uniform(1.0, 5.0))
            shoppers.is_over = True
            await shopping
            await settled(one)
            wrong = balance(one, books)
    return {
        "minutes": minutes,
        "seed": seed,
        "strikes": dict(Counter(chaos.done)),
        "answered": books.answered,
        "cards": len(books.cards),
        "outcomes": len(books.outcomes),
        "orders": len(books.orders),
        "repeated": books.repeated,
        "worst_recovery_s": {k: round(max(v), 2) for k, v in recovered.items()},
        "wrong": wrong,
    }


def main() -> int:
    """Run, print, keep the result; 1 if the books do not balance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=20_261_122)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seen = asyncio.run(run(chosen.minutes, chosen.seed, Path(folder)))
    seen["command"] = f"python benchmarks/chaos.py --minutes {chosen.minutes:g}"
    seen["date"] = time.strftime("%Y-%m-%d")
    RESULT.write_bytes(orjson.dumps(seen, option=orjson.OPT_INDENT_2) + b"\n")
    for name, value in seen.items():
        print(f"{name}: {value}")
    return 1 if seen["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
