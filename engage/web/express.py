"""The express lane: a beacon that came whole is answered where it was read.

Most beacons are one small POST in one packet. aiohttp makes a task, a request and a
response for each, which costs more than deciding (benchmarks/full_path.py). Here the
parser's own result is looked at first: a plain beacon is walked down the street at
once, and becomes a task only where it has to wait, for the disk or for Redis. All else
goes on to aiohttp as if nothing had happened: HTTP is understood in one place only.
"""

# Rules of this file: beside `sockets` and `handling` the only one that knows aiohttp's
# insides; tests hold each of its assumptions for the pinned version. What is no plain
# beacon is passed on untouched. One request of a connection at a time, in order.

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any, Final, TypeVar

from aiohttp import web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader

from engage.errors import CallerError
from engage.web.answers import WAIT_ABOVE, Ready, rendered
from engage.web.beacons import (
    ROUTE,
    answer_with,
    apply_beacon,
    crowded_out,
    envelope_of,
    note_refusal,
    readable_by,
)
from engage.web.body import MEDIA
from engage.web.errors import problem_of
from engage.web.handling import ProblemHandler
from engage.web.outbox import Outbox
from engage.web.service import Service
from engage.wire.limits import INFLATED_BYTES, WIRE_BYTES

T = TypeVar("T")
_PATH: Final = "/v1/beacons"
_MODERN: Final = (1, 1)
# A body that came whole cannot be larger than both limits allow.
_MOST: Final = min(WIRE_BYTES, INFLATED_BYTES)
# Headers that ask for more than a plain answer.
_SPECIAL: Final = ("Content-Encoding", "Expect", "Upgrade")


class ExpressHandler(ProblemHandler):
    """A connection of aiohttp's server that answers plain beacons by itself.

    Args:
        server: aiohttp's, which owns the connection.
        service: what the beacons are for.
        outbox: shared by all connections of a loop.
        options: as aiohttp passes them on to its own handler.
    """

    # aiohttp's class has slots; a property of its own name would collide with one.
    __slots__ = (
        "_awaited",
        "_beacon_task",
        "_behind",
        "_finished",
        "_outbox",
        "_peer",
        "_service",
    )

    def __init__(
        self, server: web.Server, *, service: Service, outbox: Outbox, **options: Any
    ) -> None:
        super().__init__(server, **options)
        self._service = service
        self._outbox = outbox
        self._peer: str | None = None
        # Requests of this connection that were answered, by whichever door.
        self._finished = 0
        # Requests that came while a beacon waits.
        self._behind: list[Any] = []
        # aiohttp's future for the next request, put aside while one is answered here.
        self._awaited: asyncio.Future[None] | None = None
        self._beacon_task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note who is there."""
        super().connection_made(transport)
        name = transport.get_extra_info("peername")
        self._peer = name[0] if isinstance(name, tuple) else None

    async def start(self) -> None:
        """Serve the connection, if it is not gone before its first turn of the loop."""
        # Before Python 3.12 a task starts a turn later, and aiohttp's own would fail.
        if self._manager is not None:
            await super().start()

    def data_received(self, data: bytes) -> None:
        """Answer a plain beacon at once; leave everything else to aiohttp."""
        is_idle = self._finished == self._request_count
        if is_idle or self._beacon_task is not None:
            self._put_aside()
        super().data_received(data)
        if is_idle and len(self._messages) == 1:
            self._take(*self._messages[0])
        if self._beacon_task is None:
            self._give_back()
        else:
            # Behind a beacon that waits, where aiohttp's own task does not look.
            self._behind += self._messages
            self._messages.clear()

    def _put_aside(self) -> None:
        """Hide what aiohttp waits with: it would wake for what is parsed next."""
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            self._waiter, self._awaited = None, waiter

    async def _handle_request(self, *given: Any) -> Any:
        """Let aiohttp answer, and count it: after that the next may be answered."""
        try:
            return await super()._handle_request(*given)
        finally:
            self._finished += 1

    def connection_lost(self, exc: BaseException | None) -> None:
        """Let aiohttp tidy up; a beacon that is on its way is applied all the same."""
        self._force_close = True
        self._give_back()
        super().connection_lost(exc)

    def _give_back(self) -> None:
        """Let aiohttp wait for the next request again, or have it if it is there."""
        self._messages += self._behind
        self._behind.clear()
        waiter, self._awaited = self._awaited or self._waiter, None
        if waiter is None or waiter.done():
            return
        self._waiter = waiter
        if self._close or self._force_close:
            waiter.cancel()
        elif self._messages:
            waiter.set_result(None)

    def _take(self, message: Any, payload: StreamReader) -> None:
        """Answer a beacon if it plainly is one."""
        transport, parser, manager = self.transport, self._parser, self._manager
        if transport is None or parser is None or manager is None:
            return
        if transport.get_write_buffer_size() > WAIT_ABOVE:
            # Nobody reads our answers: aiohttp waits for that before it goes on.
            return
        if not _is_plain(message) or not _is_whole(payload):
            return
        media = message.headers.get("Content-Type", "").partition(";")[0].strip()
        if media.lower() not in MEDIA:
            return
        self._messages.clear()
        parser.message_consumed()
        manager.requests_count += 1
        body = payload.read_nowait()
        self._request_in_progress = True
        begun = begin(self._answer(message, body))
        if begun is not None:
            self._beacon_task = asyncio.create_task(begun)
            self._beacon_task.add_done_callback(self._ended)
        else:
            self._rest()

    async def _answer(self, message: RawRequestMessage, body: bytes) -> None:
        service = self._service
        before_s = service.clock.monotonic_s()
        if service.crowd.is_too_much(before_s):
            ready = crowded_out(service, message.headers.get("Origin"))
        else:
            with service.in_flight:
                ready = await answer(service, message, body=body, peer=self._peer)
        transport = self.transport
        if transport is not None:
            self._outbox.put(transport, ready.head + b"\r\n" + ready.body)
        seconds = service.clock.monotonic_s() - before_s
        service.answered.note(ROUTE, "POST", status=ready.status, seconds=seconds)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._beacon_task = None
        self._rest()
        self._give_back()
        if not task.cancelled() and task.exception() is not None:
            # `answer` turns every error into an answer: this one is aiohttp's or ours.
            self.log_exception("Unhandled exception", exc_info=task.exception())
            self.force_close()

    def _rest(self) -> None:
        """Do what aiohttp does after each request: the shutdown and keep-alive wait."""
        self._finished += 1
        self._request_in_progress = False
        if self._handler_waiter is not None and not self._handler_waiter.done():
            self._handler_waiter.set_result(None)
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout


async def answer(
    service: Service, message: RawRequestMessage, *, body: bytes, peer: str | None
) -> Ready:
    """Return the answer to a beacon, whatever becomes of it; never raises."""
    envelope = envelope_of(message.headers)
    try:
        network = service.limit_network(peer, message.headers)
        taken = await apply_beacon(service, body, envelope, network=network)
        return answer_with(service, taken, envelope)
    except CallerError as error:
        note_refusal(service, error)
        told = problem_of(error, route=ROUTE, service=service)
        told.headers.update(readable_by(service, envelope.origin))
    except Exception as error:  # noqa: BLE001 - the task boundary of a request
        told = problem_of(error, route=ROUTE, service=service)
    return rendered(told, second=int(service.clock.now_s()))


def begin(coroutine: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T] | None:
    """Run a coroutine until it has to wait; return what is left of it, if anything."""
    try:
        awaited = coroutine.send(None)
    except StopIteration:
        return None
    return _rest_of(coroutine, awaited)


async def _rest_of(coroutine: Coroutine[Any, Any, T], awaited: Any) -> T:
    rest: T = await _Resumed(coroutine, awaited)
    return rest


class _Resumed:
    """Awaits the rest of a coroutine, whose first wait is known already."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], awaited: Any) -> None:
        self._coroutine = coroutine
        self._awaited = awaited

    def __await__(self) -> Generator[Any, Any, Any]:
        """Pass on what the coroutine waits for, and back what it is told."""
        awaited = self._awaited
        while True:
            step: Callable[[], Any]
            try:
                step = partial(self._coroutine.send, (yield awaited))
            except BaseException as error:  # noqa: BLE001 - the coroutine's to handle
                step = partial(self._coroutine.throw, error)
            try:
                awaited = step()
            except StopIteration as done:
                return done.value


def _is_plain(message: Any) -> bool:
    """Tell whether a head is that of a usual beacon on a connection that stays."""
    return (
        isinstance(message, RawRequestMessage)
        and message.method == "POST"
        and message.path == _PATH
        and message.version == _MODERN
        and not message.should_close
        and not message.chunked
        and not any(name in message.headers for name in _SPECIAL)
    )


def _is_whole(payload: StreamReader) -> bool:
    """Tell whether all of a body is there, and small."""
    return (
        payload.is_eof()
        and payload.exception() is None
        and getattr(payload, "total_bytes", 0) <= _MOST
    )
