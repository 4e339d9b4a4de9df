"""What stands between the kernel's sockets and the routes: a way in and a quiet log."""

# Rules of this file: with `express` and `handling` the only one that knows aiohttp's
# insides; a test holds each of its assumptions for the pinned version.

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from engage.telemetry import logger
from engage.web.entrance import Entrance
from engage.web.express import ExpressHandler
from engage.web.handling import ProblemHandler
from engage.web.outbox import Outbox
from engage.web.service import Service

log = logger()
# Of connections that wait to be accepted: as many as Linux allows by default. Beyond it
# the kernel drops a caller's first packet, who tries again after 1, 3, 7, 15 s.
_BACKLOG = 4_096


class CappedSite(web.TCPSite):
    """Listens as its parent does; who gets in, an `Entrance` says.

    Args:
        service: what connections are for; it bounds their number.
        has_beacons: opens the express lane for the service's beacons.
        is_shared: other processes listen there, too; the kernel deals connections out.
    """

    def __init__(
        self,
        runner: web.AppRunner,
        host: str,
        port: int,
        *,
        service: Service,
        has_beacons: bool = False,
        is_shared: bool = False,
    ) -> None:
        super().__init__(runner, host, port, backlog=_BACKLOG)
        self._service = service
        self._has_beacons = has_beacons
        self._is_shared = is_shared
        self._entrances: list[Entrance] = []

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address is taken or is not ours.
        """
        # Not the parent's own `start`, which would let in everybody by itself.
        await web.BaseSite.start(self)
        server = self._runner.server
        assert server is not None
        connect = self._connect(server)
        # Finds the addresses and binds them, and would listen only when it is told to.
        bound = await asyncio.get_running_loop().create_server(
            connect,
            self._host,
            self._port,
            reuse_port=self._is_shared or None,
            start_serving=False,
        )
        self._server = bound
        for one in bound.sockets:
            entrance = Entrance(
                _listening(one.fileno()),
                service=self._service,
                connect=connect,
                count=partial(len, server._connections),  # noqa: SLF001 - it hands out copies
                most=self._service.settings.server.max_connections,
            )
            self._entrances.append(entrance)
            entrance.open()

    async def stop(self) -> None:
        """Let nobody in any more."""
        for entrance in self._entrances:
            entrance.close()
        await super().stop()

    def _connect(self, server: web.Server) -> Callable[[], asyncio.Protocol]:
        """Return what makes a connection, with the express lane if it is open."""
        options = {**server._kwargs, "loop": asyncio.get_running_loop()}  # noqa: SLF001 - what the server itself passes on
        if not self._has_beacons:
            return partial(ProblemHandler, server, **options)
        return partial(
            ExpressHandler,
            server,
            service=self._service,
            outbox=Outbox(),
            **options,
        )


def _listening(bound: int) -> socket.socket:
    """Return another handle of a bound socket, which listens.

    Raises:
        OSError: the address was taken meanwhile.
    """
    one = socket.socket(fileno=os.dup(bound))
    one.setblocking(False)
    if hasattr(socket, "TCP_DEFER_ACCEPT"):
        # The kernel keeps who says nothing to itself, for a second.
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 1)
    one.listen(_BACKLOG)
    return one


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
