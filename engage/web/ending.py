"""How the process is asked to end: once politely, twice at once."""

# Rules of this file: signals only set events. What ends, and in which order, stands in
# `server.run`.

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class InFlight:
    """Counts requests that are being answered; a context manager for each.

    >>> requests = InFlight()
    >>> with requests:
    ...     requests.count
    1
    >>> requests.count
    0
    """

    __slots__ = ("_none", "count")

    def __init__(self) -> None:
        """Start with none."""
        self.count = 0
        self._none = asyncio.Event()
        self._none.set()

    def __enter__(self) -> None:
        """Count one more."""
        self.count += 1
        if self.count == 1:
            self._none.clear()

    def __exit__(self, *_error: object) -> None:
        """Count one less."""
        self.count -= 1
        if not self.count:
            self._none.set()

    async def end(self, *, limit_s: float) -> None:
        """Return when there is none, or after `limit_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._none.wait()


@dataclass(slots=True)
class Ending:
    """What was asked for so far.

    Attributes:
        asked: the service shall drain and stop.
        hurried: it was asked again and shall not wait any more.
    """

    asked: asyncio.Event
    hurried: asyncio.Event = field(default_factory=asyncio.Event)

    def heed_signals(self) -> None:
        """Let SIGTERM and SIGINT ask."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self.ask)

    def ask(self) -> None:
        """Ask; the second time means at once."""
        if self.asked.is_set():
            self.hurried.set()
        self.asked.set()

    async def wait(self, work: Awaitable[Any]) -> None:
        """Wait for `work`, but no longer once it was hurried; then it is cancelled."""
        task = asyncio.ensure_future(work)
        hurry = asyncio.ensure_future(self.hurried.wait())
        try:
            await asyncio.wait({task, hurry}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hurry.cancel()
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task
