"""`engage learn`: the learner of a service with several workers."""

# Rules of this file: nothing is touched before the lease is held, and everything stops
# when it is lost. A second learner waits.

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import uvloop

from engage.cli.check import mistakes_of
from engage.cli.options import (
    Commands,
    address,
    config_option,
    host_and_port,
    log_option,
)
from engage.cli.words import say
from engage.config import admin_token, admin_token_place, load, reader_token, trace_wish
from engage.errors import ConfigError, InUse, StoreError
from engage.settings import Settings
from engage.telemetry import configure_logging, logger
from engage.web.app import ledger_app
from engage.web.beside import Beside
from engage.web.console.routes import add_console
from engage.web.server import Listener
from engage.web.server import run as run_service
from engage.web.service import Service
from engage.web.tracing import trace, tracer_of

log = logger()
_TTL_S: Final = 5.0
_RENEW_S: Final = 1.0


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "learn",
        help="run the learner of a service with several workers",
        description="Merges the workers' journals into the ledger, closes windows, "
        "learns, publishes snapshots, and serves the console. A second one waits until "
        "the first is gone. SIGTERM drains.",
    )
    config_option(parser)
    parser.add_argument(
        "--admin",
        type=address,
        metavar="HOST:PORT",
        help="listener of metrics, console and workers' questions (default: the port "
        "below server.admin, 127.0.0.1:9463); never public",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="the ledger's place (default: server.data)",
    )
    log_option(parser, default="info")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Learn until SIGTERM or SIGINT; 1 if the lease was lost."""
    configure_logging(level=chosen.log_level)
    settings = load(chosen.config, data=chosen.data, also=mistakes_of)
    if settings.server.store == "memory":
        raise ConfigError(
            ['engage learn needs server.store = "redis"; one process learns by itself']
        )
    admin = chosen.admin or _below(settings.server.admin)
    server = dataclasses.replace(settings.server, admin=admin)
    return uvloop.run(_learn(dataclasses.replace(settings, server=server)))


def _below(admin: str) -> str:
    """Return the address of the learner's listener: one port below the workers'.

    >>> _below("127.0.0.1:9464")
    '127.0.0.1:9463'
    """
    host, port = host_and_port(admin)
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{max(0, port - 1)}"


@dataclass(slots=True, kw_only=True)
class _Lease:
    """The lease of this process.

    Attributes:
        stop: set when somebody else has it.
        url: where the ledger answers, once it does.
        is_lost: somebody else has it.
    """

    board: Any
    stop: asyncio.Event
    me: str
    url: str = ""
    is_lost: bool = False
    _was_answered: bool = False
    _renewing: Beside = field(init=False)

    def __post_init__(self) -> None:
        """Have a way to renew it."""
        self._renewing = Beside(name="lease", step=self.step, pause_s=_RENEW_S)

    async def take(self) -> None:
        """Return when it is ours, and is renewed from now on.

        Raises:
            StoreError: Redis does not answer, and has not since we started.
        """
        is_told = False
        while not await self._try():
            if not is_told:
                say("waiting for the learner at work to go")
                is_told = True
            await asyncio.sleep(_RENEW_S)
        self._renewing.start()

    async def announce(self, url: str) -> None:
        """Tell workers where the ledger answers, now or with the next renewal."""
        self.url = url
        # A Redis that is late once must not end a learner that has loaded everything.
        with suppress(StoreError):
            await self.step()

    async def step(self) -> bool:
        """Renew it.

        Raises:
            StoreError: Redis does not answer; whoever comes first has it then.
        """
        if not self.is_lost and not await self._hold():
            log.error("lease.lost")
            self.is_lost = True
            self.stop.set()
        return False

    async def let_go(self) -> None:
        """Renew it no more, and let others have it."""
        await self._renewing.stop()
        try:
            await self.board.let_go(self.me)
        except StoreError as error:
            # It lapses by itself.
            log.warning("lease.not_let_go", error=str(error))

    async def _try(self) -> bool:
        try:
            return await self._hold()
        except StoreError:
            if not self._was_answered:
                raise
            # Whoever waits outlives a Redis that is away, or nobody is left to wait.
            return False

    async def _hold(self) -> bool:
        held: bool = await self.board.hold(self.me, url=self.url, ttl_s=_TTL_S)
        self._was_answered = True
        return held


async def _learn(settings: Settings) -> int:
    from engage.stores.redis.board import Board  # noqa: PLC0415 - optional
    from engage.street.redis_opening import (  # noqa: PLC0415 - needs redis
        patient_link,
    )

    link = patient_link(settings)
    lease = _Lease(board=Board(link), stop=asyncio.Event(), me=secrets.token_hex(8))
    try:
        service = await _opened(settings, lease, link)
        if (wish := trace_wish()) is not None:
            trace(service, tracer_of(wish))
        app = ledger_app(service)
        token = admin_token(Path(settings.server.data))
        add_console(app, token=token, reader=reader_token(), is_demo=False)
        host, port = host_and_port(settings.server.admin)

        async def ready(urls: list[str]) -> None:
            await lease.announce(urls[0])
            say(f"ready {urls[0]}")
            place = admin_token_place(Path(settings.server.data))
            say(f"operators {urls[0]}/console/ (token in {place})")
            say(f"pid {os.getpid()}")

        listeners = [Listener(app=app, host=host, port=port)]
        await run_service(service, listeners, on_ready=ready, stop=lease.stop)
    finally:
        await lease.let_go()
        await link.close()
    return int(lease.is_lost)


async def _opened(settings: Settings, lease: _Lease, link: Any) -> Service:
    """Return the learner's service once lease and ledger are ours; wait until then."""
    from engage.web.redis_learner import build_learner  # noqa: PLC0415 - optional

    is_told = False
    while True:
        await lease.take()
        try:
            return await build_learner(settings, link=link)
        except InUse as error:
            # A Redis that forgot the lease gives it to whoever asks first, and who has
            # lost it is still at its last steps. The ledger's lock tells who it is.
            await lease.let_go()
            if not is_told:
                say(f"waiting: {error}")
                is_told = True
            await asyncio.sleep(_RENEW_S)
