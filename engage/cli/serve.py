"""`engage serve`: the service for browsers, shops and operators."""

# Rules of this file: options override the configuration and nothing else.

from __future__ import annotations

import argparse
import dataclasses
import os
from pathlib import Path

import uvloop

from engage.cli.check import mistakes_of
from engage.cli.options import (
    Commands,
    address,
    config_option,
    host_and_port,
    port,
)
from engage.cli.words import say
from engage.config import admin_token, load
from engage.errors import ConfigError
from engage.settings import Settings
from engage.telemetry import configure_logging
from engage.web.app import admin_app, public_app
from engage.web.console import add_console
from engage.web.server import Listener, build_service
from engage.web.server import run as run_service


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "serve",
        help="run the service",
        description="Runs the service of one machine: it decides and learns in one "
        "process, and keeps everything in one SQLite file. SIGTERM drains.",
    )
    config_option(parser)
    parser.add_argument("--host", help="address to listen on (server.host)")
    parser.add_argument("--port", type=port, help="port to listen on (server.port)")
    parser.add_argument(
        "--admin",
        type=address,
        metavar="HOST:PORT",
        help="listener of metrics and console (default 127.0.0.1:9464); never public",
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="data directory")
    parser.add_argument(
        "--workers", type=int, default=1, help="more than 1 needs Redis (not yet built)"
    )
    parser.add_argument(
        "--log-level", default="info", choices=["debug", "info", "warning", "error"]
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    if chosen.workers != 1:
        raise ConfigError(
            [f"--workers: must be 1 without a Redis store, got {chosen.workers}"]
        )
    configure_logging(level=chosen.log_level)
    loaded = load(chosen.config, data=chosen.data, also=mistakes_of)
    settings = with_options(loaded, chosen)
    uvloop.run(_serve(settings))
    return 0


def with_options(settings: Settings, chosen: argparse.Namespace) -> Settings:
    """Return the settings with the command line's addresses."""
    given = {
        name: getattr(chosen, name)
        for name in ("host", "port", "admin")
        if getattr(chosen, name) is not None
    }
    server = dataclasses.replace(settings.server, **given)
    return dataclasses.replace(settings, server=server)


async def _serve(settings: Settings) -> None:
    host, port = host_and_port(settings.server.admin)
    service = await build_service(settings)
    operators = admin_app(service)
    token = admin_token(Path(settings.server.data))
    add_console(operators, token=token, is_demo=False)
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
        kept = Path(settings.server.data) / "admin.token"
        say(f"operators {urls[1]}/console/ (token in {kept})")
        say(f"pid {os.getpid()}")

    await run_service(service, listeners, on_ready=ready)
