"""Sends beacons at a steady rate, whether or not they are answered.

A generator that waits for answers before it sends more hides what a slow service does
to people: here a beacon is due at its own time, and its delay counts from there, also
while it waits for a connection.
"""

# Rules of this file: what is sent and how it is timed; nothing of what is asked of it.

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from beacon_load import BEACONS_A_VIEW, SESSIONS, head_of, tail_of

HEAD = (
    b"POST /v1/beacons HTTP/1.1\r\nHost: localhost:3000\r\n"
    b"Origin: http://localhost:3000\r\nContent-Type: application/json\r\n"
    b"Content-Length: "
)
# How fine the steady rate is.
STEP_S = 0.002
# A beacon that got no connection for so long is given up.
PATIENCE_S = 5.0


class Beacons:
    """The beacons of a busy shop, one after the other; no two are the same.

    Args:
        first: the lowest `seq`; every run against one service has its own.
        sessions: that take turns.
        known: how many others there were before these, so that they are new.
        views: after so many page views a visit ends and another begins, each at its
            own time, as in a shop; 0: the same visits go on for ever.
    """

    def __init__(
        self, *, first: int, sessions: int = SESSIONS, known: int = 0, views: int = 0
    ) -> None:
        self._heads = [head_of(known + index).encode() for index in range(sessions)]
        self._opens = [tail_of(item).encode() for item in range(1, 31)]
        self._goes_on = tail_of(None).encode()
        self._first, self._count = first, 0
        self._known, self._life = known, views * BEACONS_A_VIEW

    def next(self) -> bytes:
        """Return the next request."""
        sessions = len(self._heads)
        round_, index = divmod(self._count, sessions)
        seq = self._first + round_
        self._count += 1
        is_opening = (seq + index) % BEACONS_A_VIEW == 0
        if round_ and self._life and (seq + index) % self._life == 0:
            lives = (seq + index) // self._life - (self._first + index) // self._life
            visit = self._known + index + lives * sessions
            self._heads[index] = head_of(visit).encode()
        tail = self._opens[index % 30] if is_opening else self._goes_on
        body = self._heads[index] + b"%d" % seq + tail
        return HEAD + b"%d\r\n\r\n" % len(body) + body


@dataclass
class Seen:
    """What came back.

    Attributes:
        statuses: answers by status; `unsent` got no connection, `lost` no answer.
        delays_s: by status, from when a beacon was due.
        late_s: of each beacon, how late it was sent: what the sender adds by itself.
        mute: refusals without `Retry-After`.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    delays_s: dict[str, list[float]] = field(default_factory=dict)
    late_s: list[float] = field(default_factory=list)
    mute: int = 0

    def note(self, head: bytes, delay_s: float) -> None:
        """Count an answer."""
        status = head[9:12].decode()
        self.statuses[status] += 1
        self.delays_s.setdefault(status, []).append(delay_s)
        if not status.startswith("2"):
            self.mute += b"\r\nRetry-After: " not in head

    @property
    def taken(self) -> int:
        """How many were taken."""
        return sum(n for status, n in self.statuses.items() if status[0] == "2")

    def ms(self, status: str) -> dict[str, float]:
        """Return quantiles of the delays of answers whose status begins like this."""
        return quantiles_ms(
            [
                delay_s
                for name, delays_s in self.delays_s.items()
                if name.startswith(status)
                for delay_s in delays_s
            ]
        )


def quantiles_ms(seconds: list[float]) -> dict[str, float]:
    """Return median, p99 and p99.9 in milliseconds; nothing of nothing."""
    if not seconds:
        return {}
    p50, p99, p999 = np.quantile(seconds, (0.5, 0.99, 0.999)) * 1_000
    return {"p50": float(p50), "p99": float(p99), "p999": float(p999)}


class _Caller(asyncio.Protocol):
    """One connection; has one request on its way at a time."""

    def __init__(self, load: OpenLoad) -> None:
        self._load, self._got, self._due_s = load, b"", -1.0
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._load.is_free(self)

    def send(self, request: bytes, due_s: float) -> None:
        self._due_s = due_s
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not end:
            return
        _, named, rest = head.partition(b"\r\nContent-Length: ")
        if named and len(body) < int(rest.partition(b"\r\n")[0]):
            return
        self._got = b""
        self._load.answered(self, head, self._due_s)
        self._due_s = -1.0

    def connection_lost(self, _exc: Exception | None) -> None:
        self._load.is_gone(self, was_busy=self._due_s >= 0.0)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class OpenLoad:
    """A steady rate of beacons over a bounded number of connections.

    Args:
        url: of the service.
        beacons: what is sent.
        connections: most at a time, opened as they are needed.
    """

    def __init__(self, url: str, beacons: Beacons, *, connections: int) -> None:
        self._where, self._beacons = urlsplit(url), beacons
        self._most, self._open = connections, 0
        self._free: list[_Caller] = []
        self._all: set[_Caller] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._due: deque[float] = deque()
        self._loop = asyncio.get_running_loop()
        self.seen, self._is_flood = Seen(), False

    async def run(self, *, rate: float, seconds: float, is_flood: bool = False) -> Seen:
        """Send so many a second for so long; return what came back.

        Args:
            rate: beacons a second.
            seconds: for how long.
            is_flood: more than anybody could send: delays count from when a beacon
                had a connection, because before that it waits for its own generator.
        """
        self.seen, self._is_flood = Seen(), is_flood
        start_s, count = self._loop.time(), 0
        while (passed_s := self._loop.time() - start_s) < seconds:
            while count < passed_s * rate:
                self._due.append(start_s + count / rate)
                count += 1
            self._send()
            await asyncio.sleep(STEP_S)
        await self._finish()
        return self.seen

    async def flood(self, *, connections: int, seconds: float) -> Seen:
        """Keep so many connections busy for so long: what the service can do."""
        self.seen = Seen()
        end_s = self._loop.time() + seconds
        most, self._most = self._most, connections
        while (now_s := self._loop.time()) < end_s:
            busy = len(self._all) - len(self._free)
            self._due.extend([now_s] * (connections - busy - len(self._due)))
            self._send()
            await asyncio.sleep(0)
        self._most = most
        await self._finish()
        return self.seen

    def close(self) -> None:
        """Close every connection."""
        for one in list(self._all):
            one.close()

    def is_free(self, caller: _Caller) -> None:
        """Note a connection that can be used."""
        self._all.add(caller)
        self._free.append(caller)

    def answered(self, caller: _Caller, head: bytes, due_s: float) -> None:
        """Note an answer, and use the connection for what waits."""
        self.seen.note(head, self._loop.time() - due_s)
        # Who is told that the connection ends asks nothing more on it.
        if b"\r\nConnection: close" not in head:
            self._free.append(caller)

    def is_gone(self, caller: _Caller, *, was_busy: bool) -> None:
        """Note a connection that the service has closed."""
        self._open -= 1
        self._all.discard(caller)
        if was_busy:
            self.seen.statuses["lost"] += 1
        elif caller in self._free:
            self._free.remove(caller)

    def _send(self) -> None:
        late_s = self._loop.time() - PATIENCE_S
        while self._due and self._due[0] < late_s:
            self._due.popleft()
            self.seen.statuses["unsent"] += 1
        while self._due and self._free:
            due_s, now_s = self._due.popleft(), self._loop.time()
            self.seen.late_s.append(now_s - due_s)
            caller = self._free.pop()
            caller.send(self._beacons.next(), now_s if self._is_flood else due_s)
        wanted = min(len(self._due), self._most - self._open, 64)
        for _ in range(wanted):
            self._open += 1
            task = asyncio.create_task(self._connect())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _connect(self) -> None:
        host, port = self._where.hostname or "", self._where.port or 80
        try:
            await self._loop.create_connection(lambda: _Caller(self), host, port)
        except OSError:
            self._open -= 1

    async def _finish(self) -> None:
        """Wait for what is on its way; what has not been sent is not."""
        self.seen.statuses["unsent"] += len(self._due)
        self._due.clear()
        for _ in range(round(PATIENCE_S / STEP_S)):
            if len(self._free) == len(self._all):
                return
            await asyncio.sleep(STEP_S)
