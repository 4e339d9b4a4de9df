"""What do visitors notice while Redis is away?

Two workers and a learner at a steady load, open loop; each beacon's delay counts from
when it was due. Redis answers, then hangs (stopped, its connections open), answers
again, and is killed, each for as long; it comes back empty. What was recorded meanwhile
must all be in the ledger at the end.

    python benchmarks/redis_away.py                # two minutes

Bars: nothing but 2xx; p99 at most 20 ms above the one with Redis; merged within 60 s.
"""

# Rules of this file: the same load in every part; delays of a part are its own.

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
from open_load import Beacons, OpenLoad

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.faults.balancing import missing_of
from tests.faults.chaos import LoneRedis
from tests.faults.fleet import Fleet, running
from tests.faults.pausing import pause
from tests.redis_server import steady_port

KINDS = {"order", "short"}
RESULT = Path(__file__).parent / "results" / "redis_away.json"


async def part(load: OpenLoad, *, rate: float, seconds: float) -> dict[str, Any]:
    """Send the load; return statuses and delays."""
    seen = await load.run(rate=rate, seconds=seconds)
    return {"answers": dict(sorted(seen.statuses.items())), "taken_ms": seen.ms("2")}


async def drained_s(one: Fleet) -> float:
    """Return the seconds until the ledger has all that workers have recorded."""
    before_s = time.monotonic()
    # Windows that are due have names of kinds there; workers have names of their own.
    while any(missing_of(one)[name] for name in missing_of(one).keys() - KINDS):
        await pause()
    return time.monotonic() - before_s


async def measure(*, rate: float, seconds: float) -> dict[str, Any]:
    """Run the parts and return the table."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        redis = LoneRedis(folder, stack, port=steady_port(8))
        # As it ships: a tenth of a second to answer.
        url = redis.url.partition("?")[0]
        one = Fleet(folder, url, window_s=1_800.0, cooldown_s=20.0)
        async with running(one):
            load = OpenLoad(one.url, Beacons(first=0), connections=500)
            how = {"rate": rate, "seconds": seconds}
            await part(load, rate=rate, seconds=10.0)
            found["with"] = await part(load, **how)
            redis.process.send_signal(signal.SIGSTOP)
            found["hanging"] = await part(load, **how)
            redis.process.send_signal(signal.SIGCONT)
            found["hanging"]["drained_s"] = await drained_s(one)
            found["between"] = await part(load, **how)
            dead = asyncio.create_task(part(load, **how))
            redis.process.kill()
            redis.process.wait()
            found["dead"] = await dead
            redis.start()
            found["dead"]["drained_s"] = await drained_s(one)
            found["after"] = await part(load, **how)
            load.close()
    base_ms = found["with"]["taken_ms"]["p99"]
    for name in ("hanging", "dead"):
        found[name]["added_p99_ms"] = found[name]["taken_ms"]["p99"] - base_ms
    return found


def main() -> None:
    """Measure, print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--out", default=str(RESULT))
    args = parser.parse_args()
    table = asyncio.run(measure(rate=args.rate, seconds=args.seconds))
    table["command"] = (
        f"python benchmarks/redis_away.py --rate {args.rate:g} --seconds "
        f"{args.seconds:g}"
    )
    table["date"] = time.strftime("%Y-%m-%d")
    table["load_average"] = os.getloadavg()[0]
    text = orjson.dumps(table, option=orjson.OPT_INDENT_2)
    Path(args.out).write_bytes(text + b"\n")
    print(text.decode())


if __name__ == "__main__":
    main()
