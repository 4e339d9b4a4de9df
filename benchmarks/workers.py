"""What do two workers do more than one, and what does Redis cost?

Four services under the same beacons: bare aiohttp (`base`), one embedded process, one
worker with Redis and learner, two workers with theirs. All share two cores with the
generator, so two workers cannot have a core each: requests a second say what this
machine does. Cool-downs are in seconds, so a service that answers fewer beacons a
second decides at more of them, and a decision costs as much as several beacons: look at
`decisions_per_beacon` beside each ratio. What a second worker would bring with a core
of its own is asked `at_one_rate`, which both can do: CPU a beacon of the same visits.

    python benchmarks/workers.py                   # some eight minutes, two quiet cores
    python benchmarks/workers.py --rounds 2 --seconds 2 --warm-up 5

A browser keeps its connection, and so does a session here. `hopping` is the worst case:
each beacon takes whichever connection is free, so half of them come to a worker that
does not know what the other has just saved.

Bars: two workers / one >= 1.6; one worker with Redis / base >= .5; p99 at half of what
each can do / the base's at half of its own, apart for answers that carry a card: these
wait for the disk.
"""

# Rules of this file: rounds are interleaved and ratios are taken inside a round. The
# services that are not asked idle meanwhile; what that costs is measured first, and
# told apart from what a beacon costs.

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import orjson
import psutil
from full_path import CONNECTIONS, Round, Server, counted, load
from open_load import Beacons, OpenLoad

sys.path.insert(0, str(Path(__file__).parents[1]))

from beacon_load import load_script

from tests.faults.fleet import Fleet, running
from tests.redis_server import redis_server, steady_port

KINDS = ("base", "embedded", "one", "two")
COOLDOWN_S = 20.0
# A visit sends a beacon each five seconds.
PACE_S = 5.0
IDLE_S = 10.0
# What a round leaves to learner and Redis is done a second later.
SETTLED_S = 1.0
# Of what one worker can do; rounds at one rate, and how long each takes.
CALM, CALM_ROUNDS, CALM_S = 0.4, 2, 25.0
RESULT = Path(__file__).parent / "results" / "workers.json"


@dataclass
class Service:
    """What is asked, and the processes that answer; a server of `full_path.load`.

    Attributes:
        told: where it tells what it has counted.
        spent_s: CPU seconds of those beside, while it was asked.
        asked_s: for how long that was.
    """

    url: str
    pids: list[int]
    beside: dict[str, int] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    spent_s: dict[str, float] = field(default_factory=dict)
    asked_s: float = 0.0

    def cpu_s(self) -> float:
        """Return the CPU seconds of those that answer."""
        return sum(_cpu_s(pid) for pid in self.pids)

    def beside_s(self) -> dict[str, float]:
        """Return the CPU seconds of those that work beside them."""
        return {name: _cpu_s(pid) for name, pid in self.beside.items()}

    async def counted(self) -> tuple[float, float]:
        """Return beacons and decisions so far."""
        found = [await counted(url) for url in self.told]
        return sum(one["beacons"] for one in found), sum(
            one["decisions"] for one in found
        )


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


async def several(
    stack: ExitStack, waiting: AsyncExitStack, *, workers: int
) -> Service:
    """Start a Redis, a learner and so many workers."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    redis = stack.enter_context(redis_server(folder, port=steady_port(8)))
    url = f"redis://127.0.0.1:{redis.port}/0"
    fleet = Fleet(folder, url, window_s=1_800.0, cooldown_s=COOLDOWN_S)
    await waiting.enter_async_context(running(fleet, workers=workers))
    assert fleet.learner is not None
    beside = {"learner": fleet.learner.pid, "redis": redis.process.pid}
    told = [f"http://127.0.0.1:{fleet.admin + index}" for index in range(workers)]
    return Service(fleet.url, fleet.worker_pids(), beside, told)


def alone(stack: ExitStack, kind: str) -> Service:
    """Start a service of one process, free to run on any core."""
    server = Server(kind)
    stack.callback(server.stop)
    server.handle.cpu_affinity(list(range(os.cpu_count() or 1)))
    told = [] if kind == "base" else [server.url]
    return Service(server.url, [server.process.pid], told=told)


async def ask(
    service: Service, script: Path, *, seconds: int, is_hopping: bool = False
) -> Round:
    """Load a service and note what that costs those beside it."""
    before_s, began_s = service.beside_s(), time.monotonic()
    threads = 1 if is_hopping else CONNECTIONS
    one = await asyncio.to_thread(
        load, service, script, seconds=seconds, threads=threads
    )
    if service.beside:
        await asyncio.sleep(SETTLED_S)
    service.asked_s += time.monotonic() - began_s
    for name, after_s in service.beside_s().items():
        spent_s = service.spent_s.get(name, 0.0) + after_s - before_s[name]
        service.spent_s[name] = spent_s
    return one


async def idle_ms(services: dict[str, Service]) -> dict[str, dict[str, float]]:
    """Return the CPU milliseconds a second of services that nobody asks."""
    before = {kind: (one.cpu_s(), one.beside_s()) for kind, one in services.items()}
    await asyncio.sleep(IDLE_S)
    table: dict[str, dict[str, float]] = {}
    for kind, (own_s, beside_s) in before.items():
        now = services[kind]
        rows = {name: s - beside_s[name] for name, s in now.beside_s().items()}
        rows["answering"] = now.cpu_s() - own_s
        table[kind] = {name: 1e3 * s / IDLE_S for name, s in rows.items()}
    return table


async def measure(
    *, rounds: int, seconds: int, warm_up: int, seed: int
) -> dict[str, Any]:
    """Run the rounds and return the table."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        async with AsyncExitStack() as waiting:
            services = {
                "base": alone(stack, "base"),
                "embedded": alone(stack, "engage"),
                "one": await several(stack, waiting, workers=1),
                "two": await several(stack, waiting, workers=2),
            }
            idle = await idle_ms(services)
            script, rng = Path(folder, "load.lua"), random.Random(seed)

            async def run(number: int, kinds: tuple[str, ...], **how: Any) -> Any:
                found = {}
                threads = 1 if how.get("is_hopping") else CONNECTIONS
                shape = {"first": 1_000 * number, "seed": seed, "threads": threads}
                load_script(script, measure=True, **shape)
                for kind in rng.sample(kinds, len(kinds)):
                    one = await ask(services[kind], script, **how)
                    found[kind] = one
                    print(f"  round {number} {kind}: {one}", flush=True)
                return found

            # Every session has had its first decisions before anything is counted.
            await run(0, KINDS[:1], seconds=seconds)
            await run(0, KINDS[1:], seconds=warm_up)
            before = {kind: await one.counted() for kind, one in services.items()}
            for one in services.values():
                one.spent_s, one.asked_s = {}, 0.0
            found = [await run(1 + n, KINDS, seconds=seconds) for n in range(rounds)]
            costs = {k: await _costs(services[k], before[k], idle[k]) for k in KINDS}
            hopping = [
                await run(100 + n, KINDS[2:], seconds=seconds, is_hopping=True)
                for n in range(rounds)
            ]
            delays = await _delays(services, found, first=200_000)
            rate = CALM * median(one["one"].rps for one in found)
            calm = await _at_one_rate(services, rate=rate)
    return {
        **_ratios(found),
        "hopping": _two_to_one(hopping),
        "idle_cpu_ms_per_s": idle,
        "steady": costs,
        "half_load": delays,
        "at_one_rate": calm,
    }


async def _costs(
    service: Service, before: tuple[float, float], idle: dict[str, float]
) -> dict[str, float]:
    """Return what was counted in the rounds, and what those beside cost a beacon.

    `_idle` is the part that they cost without any beacon, too.
    """
    if not service.told:
        return {}
    beacons, decisions = await service.counted()
    beacons -= before[0]
    table = {"decisions_per_beacon": (decisions - before[1]) / beacons}
    for name, spent_s in service.spent_s.items():
        table[f"{name}_cpu_us"] = 1e6 * spent_s / beacons
        table[f"{name}_cpu_us_idle"] = 1e3 * idle[name] * service.asked_s / beacons
    return table


async def _delays(
    services: dict[str, Service], found: list[dict[str, Round]], *, first: int
) -> dict[str, Any]:
    """Return the delays of each at half of what it can do."""
    table = {}
    for kind in KINDS:
        rate = median(one[kind].rps for one in found) / 2
        beacons = Beacons(first=first, sessions=round(PACE_S * rate))
        caller = OpenLoad(services[kind].url, beacons, connections=500)
        seen = await caller.run(rate=rate, seconds=2 * PACE_S)
        caller.close()
        table[kind] = {
            "rate": rate,
            "answers": dict(seen.statuses),
            "at_once_ms": seen.ms("204"),
            "with_card_ms": seen.ms("200"),
        }
    return table


async def _at_one_rate(services: dict[str, Service], *, rate: float) -> dict[str, Any]:
    """Return what a beacon costs one worker and two, in turns, at the same rate.

    Each round has visitors of its own, the same for both.
    """
    rows: dict[str, list[dict[str, float]]] = {"one": [], "two": []}
    for number in range(CALM_ROUNDS):
        for kind, found in rows.items():
            service, count = services[kind], round(PACE_S * rate)
            beacons = Beacons(first=0, sessions=count, known=100_000 * (1 + number))
            caller = OpenLoad(service.url, beacons, connections=500)
            # Visits are opened, and have had their first decisions.
            await caller.run(rate=rate, seconds=4 * PACE_S)
            before, spent_s = await service.counted(), service.cpu_s()
            beside_s = service.beside_s()
            await caller.run(rate=rate, seconds=CALM_S)
            await asyncio.sleep(SETTLED_S)
            cost_s = {
                name: s - beside_s[name] for name, s in service.beside_s().items()
            }
            cost_s["answering"] = service.cpu_s() - spent_s
            caller.close()
            taken, decided = await service.counted()
            taken, decided = taken - before[0], decided - before[1]
            row = {f"{name}_cpu_us": 1e6 * s / taken for name, s in cost_s.items()}
            found.append({**row, "decisions_per_beacon": decided / taken})
    pairs = zip(rows["one"], rows["two"], strict=True)
    ratios = [
        2 * one["answering_cpu_us"] / two["answering_cpu_us"] for one, two in pairs
    ]
    return {"rate": rate, **rows, "two_to_one_by_cpu": ratios}


def _ratio(found: list[dict[str, Round]], of: str, to: str) -> dict[str, float]:
    values = sorted(one[of].rps / one[to].rps for one in found)
    return {"median": median(values), "low": values[0], "high": values[-1]}


def _cpu_us(found: list[dict[str, Round]]) -> dict[str, float]:
    return {kind: median(one[kind].cpu_us for one in found) for kind in found[0]}


def _two_to_one(found: list[dict[str, Round]]) -> dict[str, Any]:
    cpu = _cpu_us(found)
    return {
        "two_to_one": _ratio(found, "two", "one"),
        # With a core for each worker and the generator elsewhere.
        "two_to_one_by_cpu": 2 * cpu["one"] / cpu["two"],
        "rps": {kind: median(one[kind].rps for one in found) for kind in cpu},
        "cpu_us": cpu,
        "errors": {kind: sum(one[kind].errors for one in found) for kind in cpu},
    }


def _ratios(found: list[dict[str, Round]]) -> dict[str, Any]:
    cpu = _cpu_us(found)
    return {
        **_two_to_one(found),
        "redis_to_base": _ratio(found, "one", "base"),
        "redis_to_base_by_cpu": cpu["base"] / cpu["one"],
        "redis_to_embedded": _ratio(found, "one", "embedded"),
        "redis_to_embedded_by_cpu": cpu["embedded"] / cpu["one"],
    }


def main() -> None:
    """Measure, print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=40, help="seconds a service")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", default=str(RESULT))
    args = parser.parse_args()
    shape = {"rounds": args.rounds, "seconds": args.seconds, "seed": args.seed}
    table = asyncio.run(measure(**shape, warm_up=args.warm_up))
    table["command"] = (
        f"python benchmarks/workers.py --rounds {args.rounds} "
        f"--seconds {args.seconds} --warm-up {args.warm_up}"
    )
    table["date"] = time.strftime("%Y-%m-%d")
    table["load_average"] = os.getloadavg()[0]
    Path(args.out).write_bytes(orjson.dumps(table, option=orjson.OPT_INDENT_2) + b"\n")
    print(orjson.dumps(table, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    main()
