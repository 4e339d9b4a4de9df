"""Work that waits for the journal's writer, and how its callers are told."""

# Rules of this file: values and how they are handed back; nothing is done here.

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future as ThreadFuture
from dataclasses import dataclass
from typing import Any

from engage.errors import StoreError

Work = Callable[[sqlite3.Connection], Any]


@dataclass(slots=True)
class Job:
    """Something to be done inside the next transaction.

    Attributes:
        name: what it is, for error messages; never a visitor's id.
        work: does it on the writer's connection and returns the result.
        records: how many journal records it appends at most.
        scrub: what it deletes must also leave the write-ahead log.
        future: told the result; `loop` is the event loop it belongs to, if any.
    """

    name: str
    work: Work
    future: asyncio.Future[Any] | ThreadFuture[Any]
    loop: asyncio.AbstractEventLoop | None = None
    records: int = 0
    scrub: bool = False
    result: Any = None
    error: StoreError | None = None


def tell(jobs: list[Job]) -> None:
    """Resolve all futures, with one call into each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        if job.loop is None:
            _resolve([job])
        else:
            by_loop.setdefault(job.loop, []).append(job)
    for loop, waiting in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, waiting)
        except RuntimeError:
            # The loop was closed: nobody is left to be told, and the work is done.
            continue


def _resolve(jobs: list[Job]) -> None:
    for job in jobs:
        if job.future.done():
            # Its caller was cancelled while waiting.
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)
