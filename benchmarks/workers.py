"""What do two workers do more than one, and what does Redis cost?

Four services under the same beacons: bare aiohttp (`base`), one embedded process, one
worker with Redis and learner, two workers with theirs. All share two cores with the
generator, so two workers cannot have a core each: requests a second say what this
machine does, CPU a request says what more cores would.

    python benchmarks/workers.py                   # some six minutes, two quiet cores
    python benchmarks/workers.py --rounds 2 --seconds 2

Bars: two workers / one >= 1.6; one worker with Redis / base >= .5; p99 at half of what
each can do / the base's at half of its own, apart for answers that carry a card: these
wait for the disk.
"""

# Rules of this file: rounds are interleaved and ratios are taken inside a round. The
# services that are not asked idle meanwhile, at one to two per cent of a core.

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import orjson
import psutil
from full_path import Round, Server, load
from open_load import Beacons, OpenLoad

sys.path.insert(0, str(Path(__file__).parents[1]))

from beacon_load import load_script

from tests.faults.fleet import Fleet, running
from tests.redis_server import redis_server, steady_port

KINDS = ("base", "embedded", "one", "two")
COOLDOWN_S = 20.0
RESULT = Path(__file__).parent / "results" / "workers.json"


@dataclass
class Service:
    """What is asked, and the processes that answer; a server of `full_path.load`."""

    url: str
    pids: list[int]
    beside: dict[str, int]

    def cpu_s(self) -> float:
        """Return the CPU seconds of those that answer."""
        return sum(_cpu_s(pid) for pid in self.pids)

    def beside_s(self) -> dict[str, float]:
        """Return the CPU seconds of those that work beside them."""
        return {name: _cpu_s(pid) for name, pid in self.beside.items()}


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


async def several(
    stack: ExitStack, waiting: AsyncExitStack, folder: Path, *, workers: int
) -> Service:
    """Start a Redis, a learner and so many workers."""
    redis = stack.enter_context(redis_server(folder, port=steady_port(8)))
    url = f"redis://127.0.0.1:{redis.port}/0"
    fleet = Fleet(folder, url, window_s=1_800.0, cooldown_s=COOLDOWN_S)
    await waiting.enter_async_context(running(fleet, workers=workers))
    assert fleet.learner is not None
    beside = {"learner": fleet.learner.pid, "redis": redis.process.pid}
    return Service(fleet.url, fleet.worker_pids(), beside)


def alone(stack: ExitStack, kind: str) -> Service:
    """Start a service of one process, free to run on any core."""
    server = Server(kind)
    stack.callback(server.stop)
    server.handle.cpu_affinity(list(range(os.cpu_count() or 1)))
    return Service(server.url, [server.process.pid], {})


async def measure(*, rounds: int, seconds: int, seed: int) -> dict[str, Any]:
    """Run the rounds and return the table."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        async with AsyncExitStack() as waiting:
            where = Path(folder)
            for name in ("one", "two"):
                (where / name).mkdir()
            services = {
                "base": alone(stack, "base"),
                "embedded": alone(stack, "engage"),
                "one": await several(stack, waiting, where / "one", workers=1),
                "two": await several(stack, waiting, where / "two", workers=2),
            }
            script = where / "load.lua"
            found: dict[str, list[Round]] = {kind: [] for kind in KINDS}
            rng = random.Random(seed)
            for number in range(rounds + 1):
                for kind in rng.sample(KINDS, len(KINDS)):
                    first = 1_000 * number
                    load_script(script, first=first, seed=seed + number, measure=True)
                    one = await asyncio.to_thread(
                        load, services[kind], script, seconds=seconds
                    )
                    # The first round opens every session and is not counted.
                    found[kind] += [one] if number else []
                    print(f"  round {number} {kind}: {one}", flush=True)
            before = {kind: one.beside_s() for kind, one in services.items()}
            delays = await _delays(services, found, first=1_000 * (rounds + 1))
            spent = _spent(services, before, delays)
    return {**_ratios(found), "half_load": delays, "beside_cpu_us": spent}


async def _delays(
    services: dict[str, Service], found: dict[str, list[Round]], *, first: int
) -> dict[str, Any]:
    """Return the delays of each at half of what it can do."""
    table = {}
    for kind in KINDS:
        rate = median(one.rps for one in found[kind]) / 2
        caller = OpenLoad(services[kind].url, Beacons(first=first), connections=500)
        seen = await caller.run(rate=rate, seconds=10.0)
        caller.close()
        table[kind] = {
            "rate": rate,
            "answers": dict(seen.statuses),
            "at_once_ms": seen.ms("204"),
            "with_card_ms": seen.ms("200"),
        }
    return table


def _spent(
    services: dict[str, Service],
    before: dict[str, dict[str, float]],
    delays: dict[str, Any],
) -> dict[str, dict[str, float]]:
    """Return the CPU microseconds a beacon of learner and Redis, at half load."""
    return {
        kind: {
            name: 1e6
            * (after_s - before[kind][name])
            / sum(delays[kind]["answers"].values())
            for name, after_s in services[kind].beside_s().items()
        }
        for kind in ("one", "two")
    }


def _ratios(found: dict[str, list[Round]]) -> dict[str, Any]:
    def ratio(of: str, to: str) -> dict[str, float]:
        pairs = zip(found[of], found[to], strict=True)
        values = sorted(ours.rps / theirs.rps for ours, theirs in pairs)
        return {"median": median(values), "low": values[0], "high": values[-1]}

    cpu = {kind: median(one.cpu_us for one in found[kind]) for kind in KINDS}
    return {
        "two_to_one": ratio("two", "one"),
        # With a core for each worker and the generator elsewhere.
        "two_to_one_by_cpu": 2 * cpu["one"] / cpu["two"],
        "redis_to_base": ratio("one", "base"),
        "redis_to_base_by_cpu": cpu["base"] / cpu["one"],
        "redis_to_embedded": ratio("one", "embedded"),
        "rps": {kind: median(one.rps for one in found[kind]) for kind in KINDS},
        "cpu_us": cpu,
        "errors": {kind: sum(one.errors for one in found[kind]) for kind in KINDS},
    }


def main() -> None:
    """Measure, print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", default=str(RESULT))
    args = parser.parse_args()
    shape = {"rounds": args.rounds, "seconds": args.seconds, "seed": args.seed}
    table = asyncio.run(measure(**shape))
    table["command"] = (
        f"python benchmarks/workers.py --rounds {args.rounds} --seconds {args.seconds}"
    )
    table["date"] = time.strftime("%Y-%m-%d")
    table["load_average"] = os.getloadavg()[0]
    Path(args.out).write_bytes(orjson.dumps(table, option=orjson.OPT_INDENT_2) + b"\n")
    print(orjson.dumps(table, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    main()
