"""Callers that mean no good: gzip bombs, heads and bodies that trickle in."""

from __future__ import annotations

import asyncio
import gzip
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.faults.pausing import pause

# 16 kB that become 16 MB.
BOMB = gzip.compress(b'{"v":1,"events":[' + b" " * 16_000_000, mtime=0)
_POST = b"POST /v1/beacons HTTP/1.1\r\nHost: e\r\nContent-Type: application/json\r\n"
_BOMB = (
    _POST
    + b"Content-Encoding: gzip\r\nConnection: close\r\n"
    + b"Content-Length: %d\r\n\r\n" % len(BOMB)
    + BOMB
)
_BODY = _POST + b"Content-Length: 1000\r\n\r\n"
# Longer than the service waits for a head or an idle connection.
_MOST_S = 60.0


@dataclass
class Hostile:
    """So many of each kind every second or so, until it is over.

    Attributes:
        answers: what each kind was answered, by status; `closed` without one.
        longest_s: how long a connection of each kind was left open at most.
    """

    url: str
    bombs: int = 20
    slow: int = 10
    every_s: float = 1.0
    answers: dict = field(default_factory=dict)
    longest_s: dict = field(default_factory=dict)
    is_over: bool = False

    async def run(self) -> None:
        """Go on until it is over; return when every connection is closed."""
        async with asyncio.TaskGroup() as group:
            while not self.is_over:
                for _ in range(self.bombs):
                    group.create_task(self.call("bomb", _BOMB))
                for _ in range(self.slow):
                    group.create_task(self.call("slow head", _POST[:60], drip=b"X"))
                    group.create_task(self.call("slow body", _BODY, drip=b" "))
                await pause(self.every_s)

    async def call(self, kind: str, sent: bytes, *, drip: bytes = b"") -> None:
        """Send, then a byte a second until the service has enough; count its answer."""
        where, loop = urlsplit(self.url), asyncio.get_running_loop()
        before_s, answer = loop.time(), b""
        try:
            reader, writer = await asyncio.open_connection(where.hostname, where.port)
        except OSError:
            self._note(kind, "refused", 0.0)
            return
        try:
            writer.write(sent)
            answering = asyncio.ensure_future(reader.read(2_000))
            while not answering.done() and loop.time() < before_s + _MOST_S:
                await asyncio.wait([answering], timeout=1.0)
                if not answering.done() and not writer.is_closing():
                    writer.write(drip)
            answer = answering.result() if answering.done() else b"HTTP/1.1 open"
        except OSError:
            answer = b""
        finally:
            answering.cancel()
            writer.close()
        said = answer.split()[1].decode() if answer else "closed"
        self._note(kind, said, loop.time() - before_s)

    def _note(self, kind: str, said: str, seconds: float) -> None:
        self.answers.setdefault(kind, Counter())[said] += 1
        self.longest_s[kind] = max(seconds, self.longest_s.get(kind, 0.0))
