"""What do two workers do more than one, and what does Redis cost?

Four services under the same beacons: bare aiohttp (`base`), one embedded process, one
worker with Redis and learner, two workers with theirs. All share two cores with the
generator, so two workers cannot have a core each: requests a second say what this
machine does. Cool-downs are in seconds, so a service that answers fewer beacons a
second decides at more of them, and a decision costs as much as several beacons: look at
`decisions_per_beacon` beside each ratio. What a second worker would bring with a core
of its own is asked `at_one_rate`, which both can do: CPU a beacon of the same visits,
hopping from one connection to another.

    python benchmarks/workers.py                   # some eight minutes, two quiet cores
    python benchmarks/workers.py --rounds 2 --seconds 2 --warm-up 5

Between two rounds of a service most cool-downs end: a round begins with a wave of
decisions, with cards, codes and agents, and rounds differ by how much of it they meet.

A browser keeps its connection, and so does a session here. `hopping` is the worst case:
each beacon takes whichever connection is free, so half of them come to a worker that
does not know what the other has just saved.

Bars: two workers / one >= 1.6; one worker with Redis / base >= .5; p99 at half of what
each can do / the base's at half of its own (or at what the generator sends on time, if
that is less), apart for answers that carry a card: these wait for the disk.
"""

# Rules of this file: rounds are interleaved and ratios are taken inside a round. The
# services that are not asked idle meanwhile; what that costs is measured first, and
# told apart from what a beacon costs.

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from beacon_load import BEACONS_A_VIEW, SESSIONS, load_script
from full_path import CONNECTIONS, Round, load
from open_load import Beacons, OpenLoad, quantiles_ms
from workers_asked import CALM, SETTLED_S, Service, alone, at_one_rate, several

KINDS = ("base", "embedded", "one", "two")
IDLE_S = 10.0
# At half load: page views of a visit, and for how long delays are noted.
VIEWS, SEEN_S = 4, 20.0
# What the generator of `_delays` sends on time, beacons a second: the base could do
# far more, and would be told the generator's own delays.
MOST_SENT = 4_000.0
RESULT = Path(__file__).parent / "results" / "workers.json"


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
            calm = await at_one_rate(services, rate=rate)
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
    """Return the delays of each at half of what it can do.

    Half the load is half the visits at the pace that they had: the same visits at half
    the pace decide twice as often a beacon, for cool-downs are in seconds. Visits end
    and others begin, each at its own time: visits that all begin at once decide in a
    wave that no shop has. Delays are noted once such a wave is over.
    """
    table = {}
    for kind in KINDS:
        service = services[kind]
        whole = median(one[kind].rps for one in found)
        rate = min(whole / 2, MOST_SENT)
        sessions = round(SESSIONS * rate / whole)
        # Far from the visits of other parts, which begin anew.
        beacons = Beacons(first=first, sessions=sessions, known=5 * first, views=VIEWS)
        caller = OpenLoad(service.url, beacons, connections=500)
        a_life_s = VIEWS * BEACONS_A_VIEW * sessions / rate
        await caller.run(rate=rate, seconds=max(a_life_s, SEEN_S))
        before = await service.counted()
        seen = await caller.run(rate=rate, seconds=SEEN_S)
        caller.close()
        taken, decisions = await service.counted()
        decisions -= before[1]
        table[kind] = {
            "rate": rate,
            "decisions_per_beacon": decisions / max(1.0, taken - before[0]),
            "answers": dict(seen.statuses),
            "at_once_ms": seen.ms("204"),
            "with_card_ms": seen.ms("200"),
            "generator_late_ms": quantiles_ms(seen.late_s),
        }
    return table


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
