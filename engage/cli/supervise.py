"""Runs several workers of a service: started, watched, restarted, drained together."""

# Rules of this file: a worker is a process of its own, started by this very command
# with `--worker I`. Workers outlive nobody: when this process dies, the pipe that each
# of them holds ends, and they drain.

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from engage.cli.words import say
from engage.errors import ConfigError
from engage.telemetry import logger
from engage.web.ending import SIGNALS

log = logger()
_FIRST_S: Final = 0.25
_LONGEST_S: Final = 15.0
# Whoever ran for so long did not die of what it was started with.
_SETTLED_S: Final = 30.0
# Wrong use or configuration: starting again would not help.
_HOPELESS: Final = 2


@dataclass(slots=True, kw_only=True)
class Worker:
    """One worker's process, over all its lives.

    Attributes:
        command: starts it.
        ready: set once it has said so.
        code: with which it ended for good, or None.
    """

    index: int
    command: Sequence[str]
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    code: int | None = None
    lives: int = 0
    url: str = ""
    process: asyncio.subprocess.Process | None = None

    async def live(self, is_ending: Callable[[], bool]) -> None:
        """Start it, and again whenever it ends, until everything ends."""
        pause_s = _FIRST_S
        while not is_ending():
            loop = asyncio.get_running_loop()
            before_s = loop.time()
            code = await self._once()
            if is_ending() or (code == _HOPELESS and not self.ready.is_set()):
                self.code = code
                return
            lived_s = loop.time() - before_s
            pause_s = _FIRST_S if lived_s > _SETTLED_S else pause_s
            log.error("worker.died", worker=self.index, code=code, restart_in=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(_LONGEST_S, 2 * pause_s)

    def send(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self.process is not None and self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(number)

    async def _once(self) -> int:
        """Run it once; return its exit code."""
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Ctrl-C goes to the whole group; workers shall hear of it from here.
            start_new_session=True,
        )
        self.lives += 1
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            words = line.decode().split()
            if words[:1] == ["ready"]:
                self.url = words[1]
                self.ready.set()
                log.info("worker.ready", worker=self.index, pid=self.process.pid)
        return await self.process.wait()


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """All workers of this machine."""

    workers: Sequence[Worker]
    _asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> int:
        """Run them until SIGTERM or SIGINT; a second one hurries them.

        Returns:
            0, or the exit code of a worker that could not be started at all.
        """
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._end)
        lives = [
            asyncio.create_task(self._live(worker), name=f"worker {worker.index}")
            for worker in self.workers
        ]
        saying = asyncio.create_task(self._say_ready())
        await asyncio.gather(*lives)
        saying.cancel()
        with suppress(asyncio.CancelledError):
            await saying
        return max((worker.code or 0 for worker in self.workers), default=0)

    async def _live(self, worker: Worker) -> None:
        await worker.live(self._asked.is_set)
        if worker.code == _HOPELESS:
            # The others have the same configuration.
            self._end()

    def _end(self) -> None:
        self._asked.set()
        for worker in self.workers:
            worker.send(signal.SIGTERM)

    async def _say_ready(self) -> None:
        for worker in self.workers:
            await worker.ready.wait()
        say(f"ready {self.workers[0].url}")
        say(f"workers {len(self.workers)}, pid {os.getpid()}")


def reserve(host: str, port: int) -> tuple[socket.socket, int]:
    """Return a socket that keeps a port for workers to share, and the port.

    It never listens; so no connection is dealt out to it.

    Raises:
        ConfigError: the address is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    held = socket.socket(family, socket.SOCK_STREAM)
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind((host, port))
    except OSError as error:
        held.close()
        where = f"{host}:{port}"
        mistake = f"{where}: cannot listen there: {error.strerror}"
        raise ConfigError([mistake]) from error
    return held, int(held.getsockname()[1])


def command_of(arguments: Sequence[str]) -> list[str]:
    """Return the command that runs engage with these arguments, in this Python."""
    code = "import sys; from engage.cli import main; sys.exit(main())"
    return [sys.executable, "-c", code, *arguments]


async def end_of_input() -> None:
    """Return when the process that started this one is gone."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    await reader.read()
