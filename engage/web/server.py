"""The process: build the service, listen, drain, stop."""

# Rules of this file: start, serve, drain and stop are readable here in that order. The
# access log is off (it costs half the throughput); counters say the same.

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from engage.clock import Clock, SystemClock
from engage.engine import Engine
from engage.learning.snapshots import Snapshot
from engage.learning.worker import LearnerThread, Lineage
from engage.settings import Settings
from engage.stores.journal import SqliteJournal
from engage.street.opening import journal_path, memory_store, open_site
from engage.telemetry import Instruments, logger
from engage.web.service import Service

log = logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """An application and where it listens; port 0 takes any free one."""

    app: web.Application
    host: str
    port: int


async def build_service(settings: Settings, *, clock: Clock | None = None) -> Service:
    """Return the service, its state restored, nothing started.

    Raises:
        ConfigError: an intervention's options are wrong.
        StoreError: the journal is locked by another process, or newer than we are.
    """
    clock = clock or SystemClock()
    metrics = Instruments()
    loop = asyncio.get_running_loop()
    held: list[Service] = []
    journal = SqliteJournal(
        journal_path(settings),
        clock=clock,
        on_commit=partial(_committed, metrics, held),
    )
    store = memory_store(settings)
    engines: dict[str, Engine] = {}
    lineages: dict[str, Lineage] = {}
    for one in settings.sites:
        site, lineages[one.key] = await open_site(
            one,
            settings.secrets[one.key],
            journal=journal,
            store=store,
            clock=clock,
            metrics=metrics,
        )
        engines[one.key] = Engine(site)

    def publish(site: str, snapshot: Snapshot) -> None:
        loop.call_soon_threadsafe(held[0].adopt, site, snapshot)

    service = Service(
        settings=settings,
        clock=clock,
        journal=journal,
        store=store,
        metrics=metrics,
        engines=engines,
        learner=LearnerThread(
            journal=journal,
            lineages=lineages,
            publish=publish,
            clock=clock,
            metrics=metrics,
        ),
    )
    held.append(service)
    return service


def _committed(
    metrics: Instruments, held: list[Service], _records: int, seconds: float
) -> None:
    """Note a commit, on the writer's thread, and wake the learner."""
    metrics.fsync.observe(of=seconds)
    if held:
        held[0].learner.wake()


async def run(
    service: Service,
    listeners: Sequence[Listener],
    *,
    on_ready: Callable[[list[str]], Awaitable[None] | None] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`, then drain and stop.

    Args:
        service: built, not started.
        listeners: where to listen.
        on_ready: called once with their URLs, when every listener accepts.
        stop: ends the service when it is set; signals set it, too.
    """
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await service.start()
    runners = [await _listen(service, one) for one in listeners]
    try:
        urls = [_url(runner) for runner in runners]
        log.info("service.started", urls=urls)
        if on_ready is not None:
            told = on_ready(urls)
            if told is not None:
                await told
        await stop.wait()
        await _drain(service)
    finally:
        for runner in runners:
            await runner.cleanup()
        await service.stop()
        log.info("service.stopped")


async def _listen(service: Service, listener: Listener) -> web.AppRunner:
    server = service.settings.server
    runner = web.AppRunner(
        listener.app,
        access_log=None,
        auto_decompress=False,
        keepalive_timeout=server.keepalive_s,
        shutdown_timeout=server.drain_limit_s,
        handle_signals=False,
    )
    await runner.setup()
    site = web.TCPSite(runner, listener.host, listener.port, backlog=1024)
    await site.start()
    return runner


def _url(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"


async def _drain(service: Service) -> None:
    """Say "not ready", go on accepting until everybody has heard, then stop."""
    service.is_draining = True
    log.info("service.draining", seconds=service.settings.server.drain_delay_s)
    await asyncio.sleep(service.settings.server.drain_delay_s)
