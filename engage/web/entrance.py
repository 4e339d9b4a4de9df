"""Lets connections in; in a rush, sends beacons on new ones away before that.

libuv takes one new connection a turn of the event loop, and turns of a rush are long:
callers would wait in the kernel until it is over. Here all are taken out at once. While
those who are in bring more than can be answered, nobody else is let in with a beacon:
that costs 30 microseconds, a connection of the HTTP server several times that.
"""

# Rules of this file: HTTP is understood elsewhere. What begins like a beacon may be
# refused unread, for the connection ends with it; all else is let in.

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from engage.telemetry import logger
from engage.web.beacons import turned_away
from engage.web.service import Service

log = logger()
# What a turn of the loop may spend here: a fifth of what it may spend on beacons.
_SPENT_S: Final = 0.01
# So many are let in a turn: if they are too many, not the whole queue was.
_LET_IN: Final = 32
# While others are answered late, for every second here six are theirs.
_THEIRS: Final = 6
_BEACON: Final = b"POST /v1/beacons "
# A small body and its head are one or two packets.
_AS_MUCH: Final = 65_536
# Without a free file none can be taken: asked at once, the kernel says the same.
_REST_S: Final = 1.0


class Entrance:
    """Where new connections of one listening socket come in.

    Args:
        listening: bound, listening and non-blocking; closed with this.
        service: what the connections are for; its crowd says whether it is behind.
        connect: makes the protocol of a connection.
        count: connections that are in now.
        most: connections at a time. What comes on top is closed at once, so that slow
            clients cannot use up the process's files.
    """

    def __init__(
        self,
        listening: socket.socket,
        *,
        service: Service,
        connect: Callable[[], asyncio.Protocol],
        count: Callable[[], int],
        most: int,
    ) -> None:
        self._listening, self._service = listening, service
        self._connect, self._count, self._most = connect, count, most
        self._now = service.clock.monotonic_s
        self._loop = asyncio.get_running_loop()
        # Whoever waits has waited behind callers that were turned away.
        self._is_late = False
        # Let in, but not there yet.
        self._coming: set[asyncio.Task[object]] = set()

    def open(self) -> None:
        """Let connections in from now on."""
        if self._listening.fileno() >= 0:
            self._loop.add_reader(self._listening, self._take)

    def close(self) -> None:
        """Let nobody in any more; who is in stays."""
        if self._listening.fileno() >= 0:
            self._loop.remove_reader(self._listening)
            self._listening.close()

    def _take(self) -> None:
        """Take what waits, but not for long: others wait, too."""
        before_s, before = self._now(), len(self._coming)
        self._is_late |= self._service.crowd.is_behind(before_s)
        while len(self._coming) < before + _LET_IN:
            try:
                caller, _ = self._listening.accept()
            except BlockingIOError:
                self._is_late = False
                break
            except ConnectionAbortedError:
                # Gone before its turn came.
                continue
            except OSError as error:
                log.warning("connections.postponed", error=str(error), seconds=_REST_S)
                self._rest(_REST_S)
                return
            self._receive(caller)
            if self._now() > before_s + _SPENT_S:
                break
        now_s = self._now()
        if self._service.crowd.is_behind(now_s):
            self._rest(_THEIRS * (now_s - before_s))

    def _receive(self, caller: socket.socket) -> None:
        is_full = self._count() + len(self._coming) >= self._most
        if not is_full and not self._is_late:
            self._let_in(caller)
        elif _begins(caller).startswith(_BEACON):
            _answer(caller, turned_away(self._service))
        elif is_full:
            caller.close()
        else:
            self._let_in(caller)

    def _let_in(self, caller: socket.socket) -> None:
        caller.setblocking(False)
        coming: asyncio.Task[object] = self._loop.create_task(
            self._loop.connect_accepted_socket(self._connect, caller)
        )
        self._coming.add(coming)
        coming.add_done_callback(self._came)

    def _came(self, coming: asyncio.Task[object]) -> None:
        self._coming.discard(coming)
        if not coming.cancelled() and coming.exception() is not None:
            log.debug("connection.lost", error=repr(coming.exception()))

    def _rest(self, seconds: float) -> None:
        """Look again a little later."""
        self._loop.remove_reader(self._listening)
        self._loop.call_later(seconds, self.open)


def _begins(caller: socket.socket) -> bytes:
    """Return how what a caller has sent begins; nothing if there is nothing yet."""
    with suppress(OSError):
        return caller.recv(len(_BEACON), socket.MSG_PEEK | socket.MSG_DONTWAIT)
    return b""


def _answer(caller: socket.socket, answer: bytes) -> None:
    """Answer and close; unread, the request would make the kernel reset it."""
    with suppress(OSError):
        caller.recv(_AS_MUCH, socket.MSG_DONTWAIT)
        caller.send(answer, socket.MSG_DONTWAIT)
    caller.close()
