"""Starts real redis-servers for tests: a free loopback port, a folder of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

READY = "Ready to accept connections"


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
    """Return a loopback port nobody listens on, low enough for a cluster's own."""
    for _ in range(100):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port < 55_000:
            return port
    raise RuntimeError("no free loopback port below 55000 in 100 attempts")


def steady_port(count: int = 1) -> int:
    """Return the first of free loopback ports in a row that no connection will take.

    Below the range from which the kernel gives ports to whoever calls out: so a server
    that is killed finds its port again.
    """
    for port in range(20_000 + os.getpid() * 16 % 12_000, 32_700, 16):
        with ExitStack() as stack:
            try:
                for number in range(count):
                    probe = stack.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", port + number))
            except OSError:
                continue
            return port
    raise RuntimeError("no steady loopback port is free")


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
