"""The process: build the service, listen, drain, stop."""

# Rules of this file: start, serve, drain and stop are readable here in that order. The
# access log is off (it costs half the throughput); counters say the same.

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from engage.clock import Clock, SystemClock
from engage.errors import ConfigError
from engage.settings import Settings
from engage.stores.journal.sqlite import SqliteJournal
from engage.street.opening import journal_path, open_store
from engage.telemetry import Instruments, logger
from engage.web.assembling import Commits, assemble
from engage.web.beacons import ROUTE
from engage.web.ending import Ending
from engage.web.files import make_room
from engage.web.service import Service
from engage.web.sockets import CappedSite, http_logger

log = logger()
# Python lets a thread compute for 5 ms before another may: too long for a beacon that
# waits for the learner. Measured: benchmarks/stalls.py.
SWITCH_S: Final = 0.001
# Who has used up the time to end gets so much more, to be told.
_LAST_S: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """An application and where it listens; port 0 takes any free one.

    Attributes:
        is_shared: other workers listen on the same port.
    """

    app: web.Application
    host: str
    port: int
    is_shared: bool = False


async def build_service(settings: Settings, *, clock: Clock | None = None) -> Service:
    """Return the service, its state restored, nothing started.

    Raises:
        ConfigError: an intervention's options are wrong.
        StoreError: the journal is locked by another process, or newer than we are.
    """
    clock, metrics = clock or SystemClock(), Instruments()
    commits = Commits(metrics)
    journal = SqliteJournal(journal_path(settings), clock=clock, on_commit=commits)
    return await assemble(
        settings,
        journal=journal,
        store=open_store(settings),
        commits=commits,
        clock=clock,
        metrics=metrics,
    )


async def run(
    service: Service,
    listeners: Sequence[Listener],
    *,
    on_ready: Callable[[list[str]], Awaitable[None] | None] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`, then drain and stop.

    A second signal ends the draining at once; what is durable stays durable.

    Args:
        service: built, not started.
        listeners: where to listen.
        on_ready: called once with their URLs, when every listener accepts.
        stop: ends the service when it is set; signals set it, too.

    Raises:
        ConfigError: an address cannot be listened on.
    """
    sys.setswitchinterval(SWITCH_S)
    make_room(service.settings.server.max_connections)
    ending = Ending(stop or asyncio.Event())
    ending.heed_signals()
    await service.start()
    runners: list[web.AppRunner] = []
    try:
        for one in listeners:
            await _listen(service, one, into=runners)
        # What was made so far stays. A full collection would look through it each time
        # and stop everybody for some 75 ms; what comes from here on takes 4.
        gc.freeze()
        urls = [_url(runner) for runner in runners]
        log.info("service.started", urls=urls)
        if on_ready is not None:
            told = on_ready(urls)
            if told is not None:
                await told
        await ending.asked.wait()
        service.is_draining = True
        # Endpoint lists lag behind readiness: go on until everybody has heard.
        delay_s = service.settings.server.drain_delay_s
        log.info("service.draining", seconds=delay_s)
        await ending.wait(asyncio.sleep(delay_s))
    finally:
        gc.unfreeze()
        try:
            await ending.wait(_close(service, runners))
        finally:
            await service.stop()
            log.info("service.stopped")


async def _listen(
    service: Service, listener: Listener, *, into: list[web.AppRunner]
) -> None:
    server = service.settings.server
    runner = web.AppRunner(
        listener.app,
        access_log=None,
        auto_decompress=False,
        keepalive_timeout=server.keepalive_s,
        # What is left of a refused body is read and dropped for that long.
        lingering_time=server.body_deadline_s,
        handle_signals=False,
        logger=http_logger(),
    )
    await runner.setup()
    into.append(runner)
    site = CappedSite(
        runner,
        listener.host,
        listener.port,
        service=service,
        has_beacons=ROUTE in listener.app.router.named_resources(),
        is_shared=listener.is_shared,
    )
    try:
        await site.start()
    except OSError as error:
        where = f"{listener.host}:{listener.port}"
        # asyncio's own text names the address once more.
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else error.strerror
        mistake = f"{where}: cannot listen there: {reason}"
        raise ConfigError([mistake]) from error


async def _close(service: Service, runners: Sequence[web.AppRunner]) -> None:
    """Listen no more, let everybody finish, then close every connection.

    aiohttp drops what arrives once it shuts down: a request whose body is still on its
    way has to be waited for before that.
    """
    limit_s = service.settings.server.drain_limit_s
    begun_s = service.clock.monotonic_s()
    for runner in runners:
        for site in list(runner.sites):
            await site.stop()
        await runner.shutdown()
    await service.in_flight.end(limit_s=limit_s)
    # What is left is for answers still being sent; to aiohttp 0 s would be for ever.
    left_s = max(_LAST_S, limit_s - (service.clock.monotonic_s() - begun_s))
    servers = [one.server for one in runners if one.server is not None]
    for server in servers:
        server.pre_shutdown()
    await asyncio.gather(*(server.shutdown(left_s) for server in servers))
    await asyncio.gather(*(runner.cleanup() for runner in runners))


def _url(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"
