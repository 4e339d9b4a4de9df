"""What does a service do at a steady load, far beyond its capacity, and when it stops?

One process, everything on. **steady**: 300 beacons a second for five minutes, open
loop; then the same beside 1,000 gzip bombs a second, and beside 2,000 heads at a time
that trickle in and as many bodies as are not cut off yet. **overload**: five times what
it can do, then the steady load again. **exit**: SIGTERM under load, until it has ended.

    python benchmarks/load.py                      # some 12 minutes, two quiet cores
    python benchmarks/load.py --seconds 20         # a look

Bars: p99 <= 50 ms, 5xx < .01 %, memory flat; goodput >= .8 of the peak, the rest is
refused with `Retry-After`, p99 of what is taken <= 250 ms; exit <= 20 s.
"""

# Rules of this file: the service runs on the first core, the callers on the second.
# Delays count from when a beacon was due; in the flood, more than one core can send,
# from when it was sent.

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import orjson
import psutil
import uvloop
from full_path import Server, counted
from open_load import Beacons, OpenLoad, Seen, quantiles_ms

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.faults.hostile import Hostile

RATE = 300.0
CONNECTIONS = 4_000
TOO_MUCH = 5.0
# Page views of a visit: some end and others begin all the time.
VIEWS = 4
# Longer than a cool-down.
SETTLES_S = 30.0
BOMBS_A_S = 1_000
# A head may trickle for 15 s: 2,000 of them at a time.
TRICKLES_A_S = 133
NOBODY = {"bombs": 0, "slow": 0, "every_s": 0.1}
HOSTILE_NICE = 5
SECOND_CORE = [1] if (os.cpu_count() or 1) > 1 else [0]
PARTS = ("steady", "bombs", "slow", "overload", "exit")
RESULT = Path(__file__).parent / "results" / "load.json"


def told(seen: Seen, *, seconds: float) -> dict[str, Any]:
    """Return a run's figures."""
    return {
        "answers": dict(sorted(seen.statuses.items())),
        "taken_per_s": seen.taken / seconds,
        "taken_ms": seen.ms("2"),
        "sent_late_ms": quantiles_ms(seen.late_s),
        "refused_ms": seen.ms("503"),
        "refused_without_retry_after": seen.mute,
    }


class Memory:
    """Resident memory of a process, minute by minute."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.mb: list[float] = []

    async def watch(self, *, every_s: float) -> None:
        """Note it until cancelled."""
        while True:
            self.mb.append(self._process.memory_info().rss / 1e6)
            await asyncio.sleep(every_s)


async def steady(load: OpenLoad, pid: int, *, seconds: float) -> dict[str, Any]:
    """Send the steady load; return delays, statuses and memory."""
    memory = Memory(pid)
    watching = asyncio.create_task(memory.watch(every_s=seconds / 10))
    found = told(await load.run(rate=RATE, seconds=seconds), seconds=seconds)
    watching.cancel()
    return {**found, "memory_mb": memory.mb}


def misbehave(url: str, counts: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Be callers that mean no good, in a process of their own; return their account.

    In one with the steady load they would hold that up, not only the service. What
    they are is woken after it, too.
    """
    os.nice(HOSTILE_NICE)
    psutil.Process().cpu_affinity(SECOND_CORE)

    async def all_the_time() -> Hostile:
        hostile = Hostile(url, **counts)
        running = asyncio.create_task(hostile.run())
        await asyncio.sleep(seconds)
        hostile.is_over = True
        await running
        return hostile

    hostile = uvloop.run(all_the_time())
    answers = {kind: dict(one) for kind, one in hostile.answers.items()}
    return {"hostile": answers, "hostile_longest_s": hostile.longest_s}


async def beside(
    load: OpenLoad, server: Server, *, seconds: float, **counts: Any
) -> dict[str, Any]:
    """Send the steady load beside callers that mean no good."""
    loop, spawn = asyncio.get_running_loop(), get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as others:
        # Gone through once: a process that starts would be in the way, too.
        await loop.run_in_executor(others, misbehave, server.url, NOBODY, 0.0)
        account = loop.run_in_executor(others, misbehave, server.url, counts, seconds)
        found = await steady(load, server.process.pid, seconds=seconds)
        return {**found, **await account}


async def overload(load: OpenLoad, server: Server, *, seconds: float) -> dict[str, Any]:
    """Find the peak, send five times of it, then the steady load again.

    What a beacon costs hangs on how many lead to a decision: both are told.
    """
    # Whoever was asked slowly until now decides first.
    await load.flood(connections=48, seconds=SETTLES_S)
    cpu_s, counts = [server.cpu_s()], [await counted(server.url)]
    peak = await load.flood(connections=48, seconds=seconds)
    cpu_s.append(server.cpu_s())
    counts.append(await counted(server.url))
    rate, per_cpu_s = peak.taken / seconds, peak.taken / (cpu_s[1] - cpu_s[0])
    seen = await load.run(rate=TOO_MUCH * rate, seconds=seconds, is_flood=True)
    cpu_s.append(server.cpu_s())
    counts.append(await counted(server.url))
    after = await load.run(rate=RATE, seconds=10.0)
    decided = [
        (two["decisions"] - one["decisions"])
        / max(1.0, two["beacons"] - one["beacons"])
        for one, two in pairwise(counts)
    ]
    return {
        "peak_per_s": rate,
        "offered_per_s": TOO_MUCH * rate,
        # Shares of the core: below one, somebody else had it.
        "peak_cores": (cpu_s[1] - cpu_s[0]) / seconds,
        "overload_cores": (cpu_s[2] - cpu_s[1]) / seconds,
        "peak_decisions_per_beacon": decided[0],
        "overload_decisions_per_beacon": decided[1],
        "overload": told(seen, seconds=seconds),
        "goodput": seen.taken / max(1, peak.taken),
        # The same a second of CPU: what others on the machine took is left out.
        "goodput_by_cpu": seen.taken / (cpu_s[2] - cpu_s[1]) / per_cpu_s,
        "first_ten_seconds_after": told(after, seconds=10.0),
    }


async def leaving(load: OpenLoad, server: Server) -> dict[str, Any]:
    """Tell it to stop under load; return how long that takes and what it answers."""
    running = asyncio.create_task(load.run(rate=RATE, seconds=6.0))
    await asyncio.sleep(1.0)
    before_s = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(server.process.wait)
    exit_s = time.monotonic() - before_s
    seen = await running
    return {"exit_s": exit_s, "answers": dict(seen.statuses)}


async def measure(
    server: Server, parts: tuple[str, ...], *, seconds: float
) -> dict[str, Any]:
    """Return a table for each part."""
    pid, found = server.process.pid, dict[str, Any]()
    load = OpenLoad(server.url, Beacons(first=0, views=VIEWS), connections=CONNECTIONS)
    short_s = max(10.0, seconds / 5)
    bombs = {"bombs": BOMBS_A_S // 100, "slow": 0, "every_s": 0.01}
    trickles = {"bombs": 0, "slow": TRICKLES_A_S // 10, "every_s": 0.1}
    runs = {
        "steady": lambda: steady(load, pid, seconds=seconds),
        "bombs": lambda: beside(load, server, seconds=short_s, **bombs),
        "slow": lambda: beside(load, server, seconds=short_s, **trickles),
        "overload": lambda: overload(load, server, seconds=short_s),
        "exit": lambda: leaving(load, server),
    }
    # Sessions are opened first; it is the steady state that is asked about.
    await load.run(rate=RATE, seconds=15.0)
    for name in parts:
        found[name] = await runs[name]()
        print(name, orjson.dumps(found[name]).decode(), flush=True)
    load.close()
    return found


def main() -> None:
    """Measure, print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--out", default=str(RESULT))
    args = parser.parse_args()
    server = Server("engage")
    psutil.Process().cpu_affinity(SECOND_CORE)
    try:
        table = uvloop.run(measure(server, tuple(args.parts), seconds=args.seconds))
    finally:
        server.stop()
    table["command"] = f"python benchmarks/load.py --seconds {args.seconds:g}"
    table["date"] = time.strftime("%Y-%m-%d")
    table["load_average"] = os.getloadavg()[0]
    Path(args.out).write_bytes(orjson.dumps(table, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
