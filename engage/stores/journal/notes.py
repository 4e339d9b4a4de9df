"""What can wait a moment: plain behaviour, written some dozens of records at a time.

A record that nobody waits for costs the writer's thread a savepoint, a wake-up and
often a sync of its own: 0.4 ms, with its pages. Gathered for some tenths of a second,
or until something else is written, those costs are paid once for all of them.
"""

# Rules of this file: belongs to the event loop. What is noted before something else is
# queued stands before it in the journal; whoever queues calls `hand_over` first.

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable

from engage.errors import StoreError
from engage.stores.journal.append import Encoded
from engage.stores.journal.writer import Writer
from engage.telemetry import logger

log = logger()

# Shorter than anybody looks for an example, longer than from one decision of a busy
# shop to the next, whose commit takes the notes along.
GATHER_S = 0.25
# Groups written in one go: some five milliseconds, for which an append may wait.
MOST = 100
# Groups on their way to a disk that does not answer: some tens of megabytes. Nobody
# waits for a note, so nothing else bounds them; what comes on top is lost.
MOST_QUEUED = 20_000
_NAME = "note"

Group = list[Encoded]
Write = Callable[[sqlite3.Connection, Group], int]


class Notes:
    """Records on their way to the writer, in groups that are kept as a whole."""

    def __init__(self, writer: Writer, write: Write) -> None:
        self._writer, self._write = writer, write
        self._groups: list[Group] = []
        self._timer: asyncio.TimerHandle | None = None
        self._queued = self._lost = 0

    def add(self, group: Group) -> None:
        """Note a group; it is handed over with whatever else comes soon."""
        if self._queued >= MOST_QUEUED:
            self._lost += 1
            return
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(GATHER_S, self.hand_over)
        self._groups.append(group)
        if len(self._groups) >= MOST:
            self.hand_over()

    def hand_over(self) -> None:
        """Queue what is noted, in order, before whatever is queued next."""
        if self._timer is not None:
            # Or it would part what is noted next from its company.
            self._timer.cancel()
            self._timer = None
        groups, self._groups = self._groups, []
        if groups:
            self._submit(groups)

    def finish(self) -> None:
        """Write what is noted and wait for it; for the end, loop or no loop."""
        groups, self._groups = self._groups, []
        if not groups:
            return
        try:
            self._writer.run(_NAME, lambda c: self._write_all(c, groups))
        except StoreError as error:
            log.warning("notes.lost", groups=len(groups), error=str(error))

    def _submit(self, groups: list[Group]) -> None:
        records = sum(map(len, groups))
        self._queued += len(groups)
        kept = self._writer.submit(
            _NAME, lambda c: self._write_all(c, groups), records=records
        )
        kept.add_done_callback(lambda future: self._told(future, groups))

    def _write_all(self, connection: sqlite3.Connection, groups: list[Group]) -> int:
        return [self._write(connection, group) for group in groups][-1]

    def _told(self, kept: asyncio.Future[int], groups: list[Group]) -> None:
        """Try the groups one by one if together they failed: one may be poisoned."""
        self._queued -= len(groups)
        if self._lost:
            log.warning("notes.lost", groups=self._lost, error="the disk is too slow")
            self._lost = 0
        if kept.cancelled() or kept.exception() is None:
            return
        if len(groups) == 1:
            log.warning("notes.lost", groups=1, error=str(kept.exception()))
            return
        for group in groups:
            self._submit([group])
