"""The journal in one SQLite file: what may not be lost, durable before it is answered.

WAL with `synchronous=FULL`: a commit is one sync of the log, and one commit carries
everything that was queued meanwhile (group commit).
"""

# Rules of this file: only names and threads; how rows are written stands in the files
# `journal_*`. `append` and its like belong to the event loop, `*_now` and everything
# that returns a plain value to threads and tools.

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

from engage.clock import Clock, SystemClock
from engage.errors import StoreError
from engage.settings import RetentionSettings
from engage.stores.journal import files, keep
from engage.stores.journal.append import Encoded, encode, write
from engage.stores.journal.fold import refold
from engage.stores.journal.notes import Notes
from engage.stores.journal.packing import packed
from engage.stores.journal.prune import REMOVED_AT_ONCE, Rule, rules, sweeping
from engage.stores.journal.reads import Reads
from engage.stores.journal.schema import migrate
from engage.stores.journal.writer import OnCommit, Writer
from engage.stores.records import Record, VisitKey


class SqliteJournal(Reads):
    """A journal that this process alone writes; others may read its file.

    Args:
        path: the file; it and its directory are made if they do not exist. Beside it
            lie SQLite's `-wal` and `-shm` and a `.lock`.
        clock: stamps erasures and measures commits.
        on_commit: told `(records, seconds)` of each commit, on the writer's thread;
            must not raise. One call is one sync of the log; without records it kept
            soft state.

    Raises:
        StoreError: another process writes it, a newer release wrote it, or the disk
            does not let us.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock | None = None,
        on_commit: OnCommit | None = None,
    ) -> None:
        super().__init__(path)
        self._clock = clock if clock is not None else SystemClock()
        # What will be in it is personal: nobody else may look.
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file_lock = files.lock(path)
        try:
            connection = files.connect_writer(path)
            _upgrade(connection)
        except StoreError:
            self._file_lock.close()
            raise
        # Written on the writer's thread only.
        self._ignored: Counter[str] = Counter()
        self._writer = Writer(connection, clock=self._clock, on_commit=on_commit)
        self._notes = Notes(self._writer, self._write)

    def append(self, *records: Record) -> asyncio.Future[int]:
        """Queue records to be kept, all or none, in this order; never blocks.

        Without records it is a barrier: done when all that was queued before is.

        Returns:
            A future of the running loop: the offset of the last record once all are
            durable (of a repeat: that of the record that stands), or `StoreError`.
            The order of calls is the order in the journal.
        """
        try:
            encoded = [encode(record) for record in records]
        except StoreError as error:
            refused: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            refused.set_exception(error)
            return refused
        self._notes.hand_over()
        return self._writer.submit(
            "append", lambda c: self._write(c, encoded), records=len(encoded)
        )

    def note(self, *records: Record) -> None:
        """Queue records, all or none, that may be lost with the process; never blocks.

        They are kept some tenths of a second later, or with the next `append`,
        before it.

        Raises:
            StoreError: a body holds something JSON has no form for.
        """
        self._notes.add([encode(record) for record in records])

    def append_now(self, *records: Record) -> int:
        """Keep records, all or none, and return the last one's offset; blocks.

        Raises:
            StoreError: they are not kept.
        """
        encoded = [encode(record) for record in records]
        return self._writer.run(
            "append", lambda c: self._write(c, encoded), records=len(encoded)
        )

    def is_writable(self) -> bool:
        """Return whether the disk takes writes; a full one is tried each second."""
        return self._writer.is_writable()

    def stalled_s(self) -> float:
        """Return for how long a write has been under way, seconds; 0: none is."""
        return self._writer.health.stalled_s()

    def ailment(self) -> str:
        """Return why it is not writable; empty while it is."""
        return self._writer.ailment()

    def ignored(self) -> dict[str, int]:
        """Return how many repeats of each kind were ignored since the start."""
        return dict(self._ignored)

    def erase(self, site: str, visitor: str) -> asyncio.Future[bool]:
        """Erase a visitor; the future says whether there was one. Never blocks.

        Gone are the mapping, the ledger row and the kept visits, from the log as well;
        what was recorded stays under a subject that leads to nobody.
        """
        at_s = self._clock.now_s()
        self._notes.hand_over()
        return self._writer.submit(
            "erase",
            lambda c: keep.erase(c, site, visitor, at_s=at_s),
            records=1,
            scrub=True,
        )

    def erase_now(self, site: str, visitor: str) -> bool:
        """Erase a visitor as `erase` does, and wait for it."""
        at_s = self._clock.now_s()
        return self._writer.run(
            "erase",
            lambda c: keep.erase(c, site, visitor, at_s=at_s),
            records=1,
            scrub=True,
        )

    def keep_visits(
        self, rows: Mapping[VisitKey, bytes], *, at_s: float
    ) -> asyncio.Future[int]:
        """Keep the state of visits for a restart; the future says how many."""
        kept = dict(rows)
        self._notes.hand_over()
        return self._writer.submit(
            "keep_visits", lambda c: keep.keep_visits(c, kept, at_s=at_s)
        )

    def drop_visits(self, keys: Iterable[VisitKey]) -> asyncio.Future[int]:
        """Forget kept visits; the future says how many there were."""
        gone = list(keys)
        return self._writer.submit("drop_visits", lambda c: keep.drop_visits(c, gone))

    def put_snapshot(self, site: str, number: int, *, offset: int, body: bytes) -> None:
        """Archive a snapshot; blocks, so it is for the learner's thread.

        Raises:
            StoreError: the number holds another snapshot, or it is not kept.
        """
        kept = packed(body)
        self._writer.run(
            "put_snapshot",
            lambda c: keep.put_snapshot(c, site, number, offset=offset, body=kept),
        )

    def put_checkpoint(self, site: str, *, offset: int, body: bytes) -> None:
        """Replace the learner's checkpoint; blocks, so it is for the learner's thread.

        Raises:
            StoreError: it is not kept; the former one stays.
        """
        kept = packed(body)
        self._writer.run(
            "put_checkpoint",
            lambda c: keep.put_checkpoint(c, site, offset=offset, body=kept),
        )

    def prune(self, retention: RetentionSettings, *, at_s: float) -> int:
        """Remove what was kept long enough and return the number of rows; blocks.

        Appends go on in between; call it from a thread of its own.
        """
        due = rules(retention, at_s=at_s, needed_after=self._needed_after())
        return self._remove(due)

    def sweep_visits(self, *, before_s: float) -> int:
        """Forget visits last kept before then, return how many; blocks as `prune`."""
        return self._remove([sweeping(before_s)])

    def _remove(self, due: Iterable[Rule]) -> int:
        total = sum(self._remove_all(rule) for rule in due)
        if total:
            # Once for all of it: to empty the log costs more than to write it.
            self._writer.run("scrub", lambda _: None, scrub=True)
        return total

    def _remove_all(self, rule: Rule) -> int:
        """Remove what a rule finds, some rows at a time; return how many it were."""
        total = 0
        while True:
            # Looked for on this thread's own connection: that may take seconds.
            with self._view() as connection:
                found = rule.find(connection)
            removed = 0
            for start in range(0, len(found), REMOVED_AT_ONCE):
                keys = found[start : start + REMOVED_AT_ONCE]
                removed += self._writer.run("prune", partial(rule.remove, keys=keys))
            if not removed:
                return total
            total += removed

    def _needed_after(self) -> int | None:
        """Return the offset after which somebody still waits for records, if any."""
        return None

    def backup(self, target: Path) -> None:
        """Copy the journal to one file while it is in use, and check the copy; blocks.

        Raises:
            StoreError: the target exists, or the copy is not sound.
        """
        files.backup(self._path, target)

    def refold(self) -> None:
        """Rebuild the projections from the records, for repair; blocks."""
        self._writer.run("refold", refold)

    def close(self) -> None:
        """Finish what is queued and close all files; later calls raise StoreError."""
        self._notes.finish()
        self._writer.close()
        super().close()
        self._file_lock.close()

    def _write(self, connection: sqlite3.Connection, encoded: list[Encoded]) -> int:
        offset = 0
        for one in encoded:
            offset, is_new = write(connection, one)
            if not is_new:
                self._ignored[one.record.kind] += 1
        return offset


def read_journal(path: Path) -> Reads:
    """Open a journal for reading only, for tools beside a running service.

    Raises:
        StoreError: there is none, or its schema is not the current one.
    """
    with closing(files.connect_reader(path)) as connection:
        files.check_version(connection, path)
    return Reads(path)


def _upgrade(connection: sqlite3.Connection) -> None:
    try:
        migrate(connection)
    except sqlite3.Error as error:
        connection.close()
        raise StoreError(f"journal cannot be brought up to date: {error}") from error
    except StoreError:
        connection.close()
        raise
