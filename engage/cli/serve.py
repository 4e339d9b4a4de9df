"""`engage serve`: the service for browsers, shops and operators."""

# Rules of this file: options override the configuration and nothing else.

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import os
from pathlib import Path
from typing import Final, Protocol

import uvloop

from engage.cli.check import mistakes_of
from engage.cli.options import (
    Commands,
    address,
    config_option,
    host_and_port,
    log_option,
    port,
)
from engage.cli.supervise import (
    Bench,
    Supervisor,
    Worker,
    command_of,
    end_of_input,
    reserve,
    told_index,
)
from engage.cli.words import say
from engage.config import admin_token, admin_token_place, load, reader_token, trace_wish
from engage.errors import ConfigError
from engage.settings import Settings
from engage.telemetry import configure_logging, log_as
from engage.web.app import admin_app, public_app
from engage.web.console.routes import add_console
from engage.web.server import Listener, build_service
from engage.web.server import run as run_service
from engage.web.service import Service
from engage.web.tracing import trace, tracer_of

# Each has a journal of its own and a port for its metrics.
MOST_WORKERS: Final = 64


class BuildWorker(Protocol):
    """Builds a worker's service; found only where Redis' client is installed."""

    async def __call__(self, settings: Settings, *, index: int) -> Service:
        """Return worker `index`, its state restored, nothing started."""
        ...


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "serve",
        help="run the service",
        description="Runs the service of one machine: it decides and learns in one "
        "process, and keeps everything in one SQLite file. With several workers it "
        "serves only, and `engage learn` learns. SIGTERM drains.",
    )
    config_option(parser)
    parser.add_argument("--host", help="address to listen on (default: server.host)")
    parser.add_argument(
        "--port", type=port, help="port to listen on (default: server.port)"
    )
    parser.add_argument(
        "--admin",
        type=address,
        metavar="HOST:PORT",
        help="listener of metrics and console (default: server.admin, 127.0.0.1:9464; "
        "of worker I the port is I higher); never public",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="data directory (default: server.data)"
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=1,
        metavar="N",
        help="processes that serve (default: 1); more need Redis, and `engage learn` "
        "beside",
    )
    parser.add_argument(
        "--no-learner",
        action="store_true",
        help="serve only, also with one worker: `engage learn` runs elsewhere",
    )
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    log_option(parser, default="info")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    if not 1 <= chosen.workers <= MOST_WORKERS:
        raise ConfigError(
            [f"--workers: must be 1 to {MOST_WORKERS}, got {chosen.workers}"]
        )
    configure_logging(level=chosen.log_level)
    if chosen.worker:
        return _wait_and_work(chosen)
    settings = _settings(chosen)
    is_shared = chosen.workers > 1 or chosen.no_learner
    if is_shared and settings.server.store == "memory":
        raise ConfigError(
            [
                f"--workers: must be 1 without a Redis store, got {chosen.workers}"
                if chosen.workers > 1
                else "--no-learner: needs a Redis store"
            ]
        )
    if is_shared:
        return uvloop.run(_supervise(settings, chosen))
    uvloop.run(_serve(settings))
    return 0


def _settings(chosen: argparse.Namespace) -> Settings:
    return with_options(load(chosen.config, data=chosen.data, also=mistakes_of), chosen)


def with_options(settings: Settings, chosen: argparse.Namespace) -> Settings:
    """Return the settings with the command line's addresses."""
    given = {
        name: getattr(chosen, name)
        for name in ("host", "port", "admin")
        if getattr(chosen, name) is not None
    }
    server = dataclasses.replace(settings.server, **given)
    return dataclasses.replace(settings, server=server)


async def _supervise(settings: Settings, chosen: argparse.Namespace) -> int:
    """Run the workers as processes of their own."""
    server = settings.server
    held, port = reserve(server.host, server.port)
    same = ["serve", "--config", str(chosen.config), "--log-level", chosen.log_level]
    same += ["--host", server.host, "--port", str(port), "--admin", server.admin]
    same += ["--data", server.data, "--no-learner"]
    bench = Bench(command=command_of([*same, "--worker"]))
    workers = [Worker(index=n, bench=bench) for n in range(chosen.workers)]
    with held:
        return await Supervisor(workers=workers, bench=bench).run()


def _wait_and_work(chosen: argparse.Namespace) -> int:
    """Load everything, wait to be told which worker to be, and be it."""
    from engage.web.redis_worker import build_worker  # noqa: PLC0415 - optional

    index = told_index()
    if index is not None:
        log_as(worker=index)
        # Read only now: whoever waited for days begins with today's configuration.
        uvloop.run(_work(_settings(chosen), index, build_worker))
    return 0


async def _work(settings: Settings, index: int, build: BuildWorker) -> None:
    """Be one of several workers."""
    host, port = host_and_port(settings.server.admin)
    service = await build(settings, index=index)
    if (wish := trace_wish()) is not None:
        trace(service, tracer_of(wish))
    listeners = [
        Listener(
            app=public_app(service),
            host=settings.server.host,
            port=settings.server.port,
            is_shared=True,
        ),
        Listener(app=admin_app(service), host=host, port=port + index if port else 0),
    ]
    stop = asyncio.Event()
    watch = asyncio.create_task(end_of_input(), name="lifeline")
    watch.add_done_callback(lambda _: stop.set())

    def ready(urls: list[str]) -> None:
        say(f"ready {urls[0]}")

    try:
        await run_service(service, listeners, on_ready=ready, stop=stop)
    finally:
        watch.cancel()


async def _serve(settings: Settings) -> None:
    host, port = host_and_port(settings.server.admin)
    service = await build_service(settings)
    if (wish := trace_wish()) is not None:
        trace(service, tracer_of(wish))
    operators = admin_app(service)
    token = admin_token(Path(settings.server.data))
    add_console(operators, token=token, reader=reader_token(), is_demo=False)
    listeners = [
        Listener(
            app=public_app(service),
            host=settings.server.host,
            port=settings.server.port,
        ),
        Listener(app=operators, host=host, port=port),
    ]

    def ready(urls: list[str]) -> None:
        say(f"ready {urls[0]}")
        place = admin_token_place(Path(settings.server.data))
        say(f"operators {urls[1]}/console/ (token in {place})")
        say(f"pid {os.getpid()}")

    await run_service(service, listeners, on_ready=ready)
