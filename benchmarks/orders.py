"""How long an operator's order takes until every worker obeys.

Two workers and a learner under a steady load of visitors who ask. Pausing everything,
resuming, pinning a snapshot and letting it go, over and over; from the console's answer
to the last decision anywhere that was made as before, by the journals' own times. The
promise (issue 6): no new decision anywhere after one second.

    python benchmarks/orders.py [--rounds 20]
"""

# Rules of this file: the driver is the tests' own (`tests/faults`).

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))

from engage.clock import epoch_s
from tests.faults.console_operator import Askers, Operator, decided, operating
from tests.faults.fleet import Fleet, running
from tests.faults.pausing import pause, until
from tests.redis_server import redis_server, steady_port

# After an order; what was decided as before within it is counted.
WATCHED_S = 2.0


async def main(rounds: int) -> dict[str, Any]:
    """Return the delays of all orders, seconds, by kind."""
    with tempfile.TemporaryDirectory() as folder:
        port = steady_port(8)
        with redis_server(Path(folder), port=port):
            one = Fleet(Path(folder), f"redis://127.0.0.1:{port}/0?socket_timeout=1")
            async with running(one), operating(one) as operator:
                await operator.staff()
                async with Askers(one).asking():
                    return await measured(one, operator, rounds=rounds)


async def measured(one: Fleet, operator: Operator, *, rounds: int) -> dict[str, Any]:
    """Give the orders and look how long they take to hold."""

    async def has_learned() -> bool:
        return len((await operator.read())["lineage"]) > 2

    await until(has_learned, why="some snapshots were published")
    delays: dict[str, list[float]] = {"pause": [], "pin": []}
    for _ in range(rounds):
        number = (await operator.read())["lineage"][-1]["number"]
        delays["pin"].append(
            await delay(
                one,
                operator.order("pin", {"number": number, "why": "measured"}),
                was=lambda row, number=number: row["snapshot"] != number,
            )
        )
        await operator.order("pin", {"number": None, "why": "measured"})
        delays["pause"].append(
            await delay(
                one,
                operator.order("pause", {"all": True, "why": "measured"}),
                was=lambda row: row["eligible"] != ["none"],
            )
        )
        await operator.order("pause", {"all": False, "why": "measured"})
        await pause(0.5)
    made = sum(len(rows) for rows in decided(one.journals()))
    return {"decisions": made, **{name: summary(some) for name, some in delays.items()}}


async def delay(one: Fleet, order: Any, *, was: Any) -> float:
    """Return how long after an order's answer the last decision was made as before."""
    await order
    since_s = time.time()
    await pause(WATCHED_S)
    rows = decided(one.journals(), since_s=since_s)
    late = [epoch_s(row["at"]) - since_s for some in rows for row in some if was(row)]
    return max(late, default=0.0)


def summary(delays: list[float]) -> dict[str, float]:
    """Return median and worst of some delays, seconds."""
    return {
        "orders": len(delays),
        "median_s": round(statistics.median(delays), 3),
        "worst_s": round(max(delays), 3),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    chosen = parser.parse_args()
    found = asyncio.run(main(chosen.rounds))
    found["command"] = f"python benchmarks/orders.py --rounds {chosen.rounds}"
    found["at"] = time.strftime("%Y-%m-%d", time.gmtime())
    text = orjson.dumps(found, option=orjson.OPT_INDENT_2)
    (Path(__file__).parent / "results" / "orders.json").write_bytes(text + b"\n")
    print(text.decode())
