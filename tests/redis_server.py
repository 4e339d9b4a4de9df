"""Starts real redis-servers for tests: a free loopback port, a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

READY = "Ready to accept connections"
# What is waited in vain for a server that stands still, seconds.
HANGING_S = 0.5


class Running(NamedTuple):
    """A server that accepts connections.

    Attributes:
        url: where; a test machine may be busy, so an answer has seconds to come.
        process: the server itself, to be stopped and continued by tests of failure.
    """

    url: str
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(urlsplit(self.url).port or 0)


def free_port() -> int:
    """Return a loopback port that is ours, low enough for a cluster's own."""
    for _ in range(100):
        port = _held(0)
        if port < 55_000:
            return port
    raise RuntimeError("no free loopback port below 55000 in 100 attempts")


def steady_port(count: int = 1) -> int:
    """Return the first of so many loopback ports in a row that are ours.

    Below the range from which the kernel gives ports to whoever calls out.
    """
    for port in range(20_000 + os.getpid() * 16 % 12_000, 32_700, 16):
        with suppress(OSError):
            for number in range(count):
                _held(port + number)
            return port
    raise RuntimeError("no steady loopback port is free")


# Until this process ends, also while a server that is killed is not back yet.
_HELD: list[socket.socket] = []


def _held(port: int) -> int:
    """Hold a port against all but servers that we start; any free one for 0.

    Raises:
        OSError: it is somebody's.
    """
    held = socket.socket()
    try:
        held.bind(("127.0.0.1", port))
    except OSError:
        held.close()
        raise
    # Who asks for the same may listen there: servers do, and nobody who only looks.
    for shared in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
        held.setsockopt(socket.SOL_SOCKET, shared, 1)
    _HELD.append(held)
    return int(held.getsockname()[1])


@contextmanager
def redis_server(
    folder: Path, *options: str, timeout_s: float = 10.0, port: int | None = None
) -> Iterator[Running]:
    """Run a redis-server that keeps nothing; stop it at the end."""
    program = shutil.which("redis-server")
    if program is None:
        raise RuntimeError("redis-server is missing: run scripts/system-packages")
    port = free_port() if port is None else port
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    command += ["--appendonly", "no", "--dir", str(folder), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = ""
            for line in process.stdout:
                said += line
                if READY in line:
                    break
            else:
                raise RuntimeError(f"redis-server ended: {said}")
            url = f"redis://127.0.0.1:{port}/0?socket_timeout={timeout_s:g}"
            yield Running(url, process)
        finally:
            process.kill()


@contextmanager
def standing_still(
    running: Running, *links: Any, within_s: float = HANGING_S
) -> Iterator[None]:
    """Let a server stand still; meanwhile an answer has less time, by these ways.

    At all other times it has seconds: a busy machine's Redis is no dead one.
    """
    patience = [link._within_s for link in links]
    running.process.send_signal(signal.SIGSTOP)
    try:
        _allow(links, [within_s] * len(links))
        yield
    finally:
        running.process.send_signal(signal.SIGCONT)
        _allow(links, patience)


def _allow(links: Sequence[Any], seconds: Sequence[float]) -> None:
    for link, within_s in zip(links, seconds, strict=True):
        link._within_s = within_s
        pool, names = link._pool, ("socket_timeout", "socket_connect_timeout")
        pool.connection_kwargs |= dict.fromkeys(names, within_s)
        for one in (*pool._available_connections, *pool._in_use_connections):
            for name in names:
                setattr(one, name, within_s)
