"""What share of a bare aiohttp server's speed does the whole path keep?

Beacon in, answer out, with every duty on: decode, consent, origin, limits, session,
features, scores, moments, gates, draw, journal, metrics, learning. The base is a bare
`web.Application` on uvloop that reads the body and answers a constant, in the same run.

    python benchmarks/full_path.py                  # needs wrk, two cores
    python benchmarks/full_path.py --rounds 8 --seconds 5

Bar: .45 of the base's requests a second at first, then .75; goal 1.2.
"""

# Rules of this file: rounds are interleaved and ratios are taken inside a round, for
# machines are shared. CPU counts every thread of the server: journal and learner, too.

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import orjson
import psutil
import uvloop
from aiohttp import ClientSession, web
from beacon_load import head_of, load_script, tail_of
from threadpoolctl import threadpool_limits

from engage.demo.settings import DemoOptions, demo_settings
from engage.settings import GateSettings, MomentSettings, ServerSettings, Settings
from engage.telemetry import configure_logging
from engage.web.app import add_operations, public_app
from engage.web.server import Listener, build_service
from engage.web.server import run as run_service

CONNECTIONS = 48
# A session sends a beacon each five seconds; here they come some five times as fast, so
# the usual 90 s are shortened to what lets as many beacons pass in between.
COOLDOWN_S = 20.0
# Every session has had its first decisions before anything is counted.
WARM_UP = 10
# `door` gets beacons without consent: everything but the street behind the door.
SERVERS = ("base", "door", "engage")


class Round(NamedTuple):
    """One server in one round."""

    rps: float
    cpu_us: float
    errors: int


async def serve(kind: str) -> None:
    """Serve until SIGTERM; says on standard output where."""
    if kind == "base":
        await _serve_base()
        return
    configure_logging(level="error")
    # As the command line does.
    threadpool_limits(limits=1, user_api="blas")
    with tempfile.TemporaryDirectory() as folder:
        demo = demo_settings(DemoOptions(data=folder, window_s=1_800, cooldown_s=90))
        # The demo's interventions, but moments as in a shop: ten seconds are no pause.
        site = replace(
            demo.sites[0],
            moments=MomentSettings(),
            gates=GateSettings(cooldown_s=COOLDOWN_S),
        )
        server = ServerSettings(
            data=folder,
            # One address sends everything here; the limit is checked all the same.
            network_beacons_per_s=1e6,
            network_burst=1e6,
            session_beacons_per_s=1e3,
            session_burst=1e3,
            drain_delay_s=0.0,
        )
        settings = Settings(server=server, sites=(site,), secrets=demo.secrets)
        service = await build_service(settings)
        app = public_app(service)
        add_operations(app)
        listener = Listener(app=app, host="127.0.0.1", port=0)
        await run_service(service, [listener], on_ready=lambda urls: _tell(urls[0]))


async def _serve_base() -> None:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/v1/beacons", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    _tell(f"http://127.0.0.1:{runner.addresses[0][1]}")
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await runner.cleanup()


def _tell(url: str) -> None:
    print(f"ready {url}", flush=True)


class Server:
    """A server in a process of its own, on the first core."""

    def __init__(self, kind: str) -> None:
        """Start it and wait until it listens."""
        command = [sys.executable, __file__, "--serve", kind]
        self.process = subprocess.Popen(  # noqa: S603 - our own file, our own arguments
            command, stdout=subprocess.PIPE, text=True
        )
        self.handle = psutil.Process(self.process.pid)
        self.handle.cpu_affinity([0])
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[1]

    def cpu_s(self) -> float:
        """Return the CPU seconds used so far, by all threads."""
        times = self.handle.cpu_times()
        return times.user + times.system

    def stop(self) -> None:
        """End it and wait."""
        self.process.terminate()
        self.process.wait(timeout=30)


def load(server: Server, script: Path, *, seconds: int, threads: int = 1) -> Round:
    """Run wrk on the second core against a server."""
    before_s = server.cpu_s()
    shape = [f"-t{threads}", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    command = ["wrk", *shape, "-s", str(script)]
    ran = subprocess.run(  # noqa: S603 - wrk with our own arguments
        [*_pinned(), *command, server.url],
        capture_output=True,
        text=True,
        check=True,
    )
    used_s = server.cpu_s() - before_s
    found = re.search(r"(\d+) requests in", ran.stdout)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", ran.stdout)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", ran.stdout)
    if found is None or rate is None:
        raise RuntimeError(f"wrk answered {ran.stdout!r}")
    requests = int(found[1])
    return Round(
        rps=float(rate[1]),
        cpu_us=1e6 * used_s / max(1, requests),
        errors=int(wrong[1]) if wrong else 0,
    )


def _pinned() -> list[str]:
    return ["taskset", "-c", "1"] if (os.cpu_count() or 1) > 1 else []


class Interleaved(NamedTuple):
    """Rounds of several servers in turns, and what engage counted in them."""

    found: dict[str, list[Round]]
    beacons: float
    decisions: float
    not_applied: float


def interleaved(
    servers: Mapping[str, Server], *, rounds: int, seconds: int, seed: int
) -> Interleaved:
    """Run the rounds and stop the servers; one of them is `engage`."""
    rng, kinds = random.Random(seed), list(servers)
    found: dict[str, list[Round]] = {kind: [] for kind in kinds}
    try:
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder, "load.lua")
            began = {}
            for number in range(rounds + 1):
                if number == 1:
                    began = asyncio.run(counted(servers["engage"].url))
                for kind in rng.sample(kinds, len(kinds)):
                    load_script(
                        script,
                        first=number * 1_000,
                        seed=seed + number,
                        measure=kind != "door",
                    )
                    # The first round opens every session and is not counted.
                    longer = 1 if number or kind != "engage" else WARM_UP
                    one = load(servers[kind], script, seconds=longer * seconds)
                    found[kind] += [one] if number else []
                    print(f"  round {number} {kind}: {one}", flush=True)
            ended = asyncio.run(counted(servers["engage"].url))
    finally:
        for server in servers.values():
            server.stop()
    return Interleaved(
        found,
        beacons=ended["beacons"] - began["beacons"],
        decisions=ended["decisions"] - began["decisions"],
        not_applied=ended["not_applied"],
    )


def measure(*, rounds: int, seconds: int, seed: int) -> dict[str, Any]:
    """Run the rounds and return the table."""
    servers = {kind: Server(kind) for kind in SERVERS}
    ran = interleaved(servers, rounds=rounds, seconds=seconds, seed=seed)
    shares = {kind: ratios(ran.found, kind) for kind in ("door", "engage")}
    return {
        **shares,
        "beacons": ran.beacons,
        "decisions_per_beacon": ran.decisions / ran.beacons,
        "not_applied": ran.not_applied,
        "bytes_per_beacon": len(head_of(7)) + 1 + len(tail_of(None)),
    }


def ratios(found: dict[str, list[Round]], kind: str) -> dict[str, Any]:
    """Return what share of the base's speed a server kept, round by round."""
    pairs = list(zip(found[kind], found["base"], strict=True))
    rps = sorted(ours.rps / base.rps for ours, base in pairs)
    cpu = sorted(base.cpu_us / ours.cpu_us for ours, base in pairs)
    return {
        "rps_ratio": {"median": median(rps), "low": rps[0], "high": rps[-1]},
        "cpu_ratio": {"median": median(cpu), "low": cpu[0], "high": cpu[-1]},
        "base_cpu_us": median(one.cpu_us for one in found["base"]),
        "cpu_us": median(one.cpu_us for one in found[kind]),
        "base_rps": median(one.rps for one in found["base"]),
        "rps": median(one.rps for one in found[kind]),
        "errors": sum(one.errors for one in found[kind]),
    }


async def counted(url: str) -> dict[str, float]:
    """Return what the service itself counted: nothing may be a repeat or refused."""
    async with ClientSession() as session, session.get(url + "/metrics") as answer:
        text = await answer.text()
    found = re.findall(r'engage_beacons_total\{result="(\w+)"\} (\S+)', text)
    beacons = {name: float(number) for name, number in found}
    made = re.findall(r"engage_decisions_total\{[^}]*\} (\S+)", text)
    applied = beacons.pop("applied", 0.0)
    return {
        "beacons": applied,
        "not_applied": sum(beacons.values()),
        "decisions": sum(map(float, made)),
    }


def main() -> None:
    """Measure, print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--serve", choices=SERVERS, help=argparse.SUPPRESS)
    parser.add_argument("--out", default="benchmarks/results/full_path.json")
    args = parser.parse_args()
    if args.serve:
        uvloop.run(serve(args.serve))
        return
    table = measure(rounds=args.rounds, seconds=args.seconds, seed=args.seed)
    table["command"] = (
        f"python benchmarks/full_path.py --rounds {args.rounds} "
        f"--seconds {args.seconds}"
    )
    table["load_average"] = os.getloadavg()[0]
    Path(args.out).write_bytes(orjson.dumps(table, option=orjson.OPT_INDENT_2))
    print(orjson.dumps(table, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    main()
