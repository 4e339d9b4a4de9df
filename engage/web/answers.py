"""Answers whose bytes are made once: what a busy route says most of the time.

A stock response builds, checks and joins its headers for every request, which costs as
much as deciding (benchmarks/full_path.py). Here the head is cached; only a connection's
fate and a body are added.
"""

# Rules of this file: nothing from a request gets into a head but an origin that was
# matched against the site's own.

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from typing import NamedTuple

from aiohttp import web

# As much unread output as a connection may hold before its reader is waited for.
WAIT_ABOVE = 64 * 1024
_REASONS = {200: b"OK", 204: b"No Content"}


class Ready(NamedTuple):
    """An answer without what its connection has to add.

    Attributes:
        head: status line and headers, without the blank line.
    """

    status: int
    head: bytes
    body: bytes


class Rendered(web.StreamResponse):
    """A complete answer: written in one piece, without a header table.

    Args:
        head: status line and headers, without the blank line.
        body: as announced in the head.
        status: the same as in the head, for who counts.
    """

    def __init__(self, head: bytes, body: bytes = b"", *, status: int) -> None:
        # The stock constructor makes the header table that this class does without.
        self._head, self._text, self._code = head, body, status
        self._stays = True

    @property
    def status(self) -> int:
        """The status in the head."""
        return self._code

    @property
    def keep_alive(self) -> bool:
        """Whether the connection goes on; known once the answer is written."""
        return self._stays

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write the answer.

        Raises:
            ConnectionResetError: nobody is there any more.
        """
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the connection is closed")
        self._stays = request.keep_alive
        transport.write(self._head + _fate(request) + b"\r\n" + self._text)
        if transport.get_write_buffer_size() > WAIT_ABOVE:
            await request.writer.drain()

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: everything was written at once."""


def _fate(request: web.BaseRequest) -> bytes:
    """Return what HTTP/1.0 and closing connections have to be told."""
    is_modern = request.version >= (1, 1)
    if request.keep_alive:
        return b"" if is_modern else b"Connection: keep-alive\r\n"
    return b"Connection: close\r\n" if is_modern else b""


def ended(ready: Ready) -> bytes:
    """Return a whole answer after which its connection ends."""
    return ready.head + b"Connection: close\r\n\r\n" + ready.body


@lru_cache(maxsize=256)
def empty_head(origin: str | None, second: int) -> bytes:
    """Return the head of a 204 for an origin that was let in.

    Args:
        origin: one of a site's own, or None.
        second: now, whole epoch seconds, for `Date`.
    """
    return _head(204, origin, second)


@lru_cache(maxsize=256)
def json_head(origin: str | None, second: int) -> bytes:
    """Return the head of a 200 with JSON, without its length."""
    return _head(200, origin, second) + b"Content-Type: application/json\r\n"


def with_length(head: bytes, body: bytes) -> bytes:
    """Return `head` with the length of `body`."""
    return head + b"Content-Length: %d\r\n" % len(body)


def _head(status: int, origin: str | None, second: int) -> bytes:
    allowed = f"Access-Control-Allow-Origin: {origin}\r\n" if origin else ""
    date = formatdate(second, usegmt=True)
    rest = f"Date: {date}\r\nVary: Origin\r\n{allowed}".encode("ascii")
    return b"HTTP/1.1 %d %s\r\n%s" % (status, _REASONS[status], rest)


def rendered(answer: web.Response, *, second: int) -> Ready:
    """Return an answer that was made for aiohttp as bytes, `Date` and length added.

    Args:
        answer: not sent yet, with its body in memory.
        second: now, whole epoch seconds.
    """
    body = answer.body if isinstance(answer.body, bytes) else b""
    fields = {
        "Date": formatdate(second, usegmt=True),
        **answer.headers,
        "Content-Length": str(len(body)),
    }
    # Our own words but for what `cors` has matched: no line break can be in them.
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    start = f"HTTP/1.1 {answer.status} {answer.reason}\r\n"
    return Ready(answer.status, (start + lines).encode("latin-1"), body)
