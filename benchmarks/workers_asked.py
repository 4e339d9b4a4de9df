"""The services that `workers` asks, and what a beacon costs each at one rate."""

# Rules of this file: who is asked and what is counted there; nothing of the table.

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from full_path import Server, counted
from open_load import Beacons, OpenLoad

sys.path.insert(0, str(Path(__file__).parents[1]))

from engage.web.client import Client
from tests.faults.chaos import code_texts
from tests.faults.fleet import GROUP, SERVER_KEY, Fleet, running
from tests.redis_server import redis_server, steady_port

COOLDOWN_S = 20.0
# A visit sends a beacon each five seconds.
PACE_S = 5.0
# What a round leaves to learner and Redis is done a second later.
SETTLED_S = 1.0
# Of what one worker can do; rounds at one rate, and how long each takes.
CALM, CALM_ROUNDS, CALM_S = 0.4, 2, 25.0
# Agents are announced for longer than it all takes.
AGENTS_S = 3_600.0


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
    await _stock(fleet)
    beside = {"learner": fleet.learner.pid, "redis": redis.process.pid}
    told = [f"http://127.0.0.1:{fleet.admin + index}" for index in range(workers)]
    return Service(fleet.url, fleet.worker_pids(), beside, told)


async def _stock(fleet: Fleet) -> None:
    """Give the shop its codes and agents: without them hardly a cool-down begins."""
    async with Client(fleet.url, server_key=SERVER_KEY) as shop:
        status = {"online": 9_000, "free": 9_000, "ttl_s": AGENTS_S}
        replies = [
            await shop.shop("PUT", f"/v1/chat/groups/{GROUP}", status),
            await shop.shop("POST", "/v1/discounts/codes", code_texts(0, 10_000)),
        ]
    refused = [reply for reply in replies if not reply.is_taken]
    if refused:
        raise RuntimeError(f"codes or agents were refused: {refused}")


def alone(stack: ExitStack, kind: str) -> Service:
    """Start a service of one process, free to run on any core."""
    server = Server(kind)
    stack.callback(server.stop)
    server.handle.cpu_affinity(list(range(os.cpu_count() or 1)))
    told = [] if kind == "base" else [server.url]
    return Service(server.url, [server.process.pid], told=told)


async def at_one_rate(services: dict[str, Service], *, rate: float) -> dict[str, Any]:
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
