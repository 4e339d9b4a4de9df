"""What stands between the kernel's sockets and the routes: a cap and a quiet log."""

# Rules of this file: with `express` the only one that knows aiohttp's insides; a test
# holds each of its assumptions for the pinned version.

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from engage.telemetry import logger
from engage.web.express import ExpressHandler, Outbox
from engage.web.service import Service

log = logger()
# Of connections that wait to be accepted: as many as Linux allows by default. Beyond it
# the kernel drops a caller's first packet, who tries again after 1, 3, 7, 15 s.
_BACKLOG = 4_096


class Refused(asyncio.Protocol):
    """A connection over the cap: closed before a byte of it is read."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close it."""
        transport.close()


class CappedSite(web.TCPSite):
    """Listens as its parent does, for a bounded number of connections.

    Args:
        most: connections at a time; what comes on top is closed at once, so that
            slow clients cannot use up the process's files.
        is_shared: other processes listen there, too; the kernel deals connections out.
        beacons_for: opens the express lane for this service's beacons.
    """

    def __init__(
        self,
        runner: web.AppRunner,
        host: str,
        port: int,
        *,
        most: int,
        is_shared: bool = False,
        beacons_for: Service | None = None,
    ) -> None:
        super().__init__(runner, host, port, backlog=_BACKLOG)
        self._most = most
        self._is_shared = is_shared
        self._service = beacons_for

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address is taken or is not ours.
        """
        # Not the parent's own `start`, which would listen without a cap.
        await web.BaseSite.start(self)
        server = self._runner.server
        assert server is not None

        connect = self._connect(server)

        def protocol() -> asyncio.Protocol:
            if len(server.connections) >= self._most:
                return Refused()
            return connect()

        self._server = await asyncio.get_running_loop().create_server(
            protocol,
            self._host,
            self._port,
            backlog=self._backlog,
            reuse_port=self._is_shared or None,
        )

    def _connect(self, server: web.Server) -> Callable[[], asyncio.Protocol]:
        """Return what makes a connection, with the express lane if it is open."""
        if self._service is None:
            return server
        options = {**server._kwargs, "loop": asyncio.get_running_loop()}  # noqa: SLF001 - what the server itself passes on
        return partial(
            ExpressHandler,
            server,
            service=self._service,
            outbox=Outbox(),
            **options,
        )


class _Discreet(logging.Handler):
    """Says that a message was no HTTP, never by whom it was sent."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one line without the address that aiohttp puts into its own."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            # Port scanners send these by the thousand: a line each would be a flood.
            log.debug("request.malformed", error=type(error).__name__)
        elif record.levelno >= logging.WARNING:
            log.error("connection.failed", error=repr(error), what=str(record.msg))


def http_logger() -> logging.Logger:
    """Return the logger that aiohttp's server gets."""
    found: Any = logging.getLogger("engage.http")
    if not found.handlers:
        found.addHandler(_Discreet())
        found.propagate = False
    return logging.getLogger("engage.http")
