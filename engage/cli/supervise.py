"""Runs several workers of a service: started, watched, restarted, drained together."""

# Rules of this file: a worker is a process of its own, started by this very command
# with `--worker`; it is told which one it is when it is needed. One more is started
# ahead and waits, so that a worker that dies is back before anybody has loaded Python.
# They outlive nobody: when this process dies, the pipe that each of them holds ends.

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
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
class Bench:
    """Where a process waits that has loaded everything and is nobody yet.

    Attributes:
        command: starts one.
    """

    command: Sequence[str]
    _waiting: Process | None = None
    _taken: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self) -> Process:
        """Return a process that waits to be told which worker it is."""
        process, self._waiting = self._waiting, None
        self._taken.set()
        if process is None or process.returncode is not None:
            process = await self._start()
        return process

    async def fill(self) -> None:
        """Let one wait; return once it is taken, or has died."""
        self._taken.clear()
        self._waiting = process = await self._start()
        ended = asyncio.create_task(process.wait())
        taken = asyncio.create_task(self._taken.wait())
        try:
            await asyncio.wait({ended, taken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            taken.cancel()

    async def clear(self) -> None:
        """End who waits; it holds nothing."""
        if self._waiting is not None:
            with suppress(ProcessLookupError):
                self._waiting.kill()
            await self._waiting.wait()

    async def _start(self) -> Process:
        return await asyncio.create_subprocess_exec(
            *self.command,
            stdin=PIPE,
            stdout=PIPE,
            # Ctrl-C goes to the whole group; workers shall hear of it from here.
            start_new_session=True,
        )


@dataclass(slots=True, kw_only=True)
class Worker:
    """One worker, over all its lives.

    Attributes:
        bench: where its processes come from.
        ready: set while it says that it is.
        code: with which it ended for good, or None.
    """

    index: int
    bench: Bench
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    code: int | None = None
    lives: int = 0
    url: str = ""
    process: Process | None = None

    async def live(self, is_ending: Callable[[], bool]) -> None:
        """Start it, and again whenever it ends, until everything ends."""
        pause_s = _FIRST_S
        while not is_ending():
            loop = asyncio.get_running_loop()
            before_s = loop.time()
            code = await self._once(is_ending)
            if is_ending() or (code == _HOPELESS and not self.url):
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

    async def _once(self, is_ending: Callable[[], bool]) -> int:
        """Run it once; return its exit code."""
        self.process = process = await self.bench.take()
        if is_ending():
            self.send(signal.SIGTERM)
        self.lives += 1
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{self.index}\n".encode())
        async for line in process.stdout:
            words = line.decode().split()
            if words[:1] == ["ready"]:
                self.url = words[1]
                self.ready.set()
                log.info("worker.ready", worker=self.index, pid=process.pid)
        self.ready.clear()
        return await process.wait()


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """All workers of this machine."""

    workers: Sequence[Worker]
    bench: Bench
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
        beside = asyncio.create_task(self._prepare())
        await asyncio.gather(*lives)
        beside.cancel()
        with suppress(asyncio.CancelledError):
            await beside
        await self.bench.clear()
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

    async def _prepare(self) -> None:
        """Say once that all are ready; whenever they are, let another one wait."""
        await self._all_ready()
        say(f"ready {self.workers[0].url}")
        say(f"workers {len(self.workers)}, pid {os.getpid()}")
        while True:
            await self.bench.fill()
            # Not while somebody starts, who needs the processor more; nor at once
            # where waiting itself is what kills.
            await asyncio.sleep(_FIRST_S)
            await self._all_ready()

    async def _all_ready(self) -> None:
        for worker in self.workers:
            await worker.ready.wait()


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
    # Safe path: whatever lies where the service is started is no module of ours.
    return [sys.executable, "-P", "-c", code, *arguments]


def told_index() -> int | None:
    """Return which worker this process is, once it is told; None: nobody needs it."""
    line = sys.stdin.readline()
    return int(line) if line else None


async def end_of_input() -> None:
    """Return when the process that started this one is gone."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    await reader.read()
