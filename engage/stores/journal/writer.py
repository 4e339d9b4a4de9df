"""The one thread that writes the journal, committing whatever is queued at once.

One `fsync` then pays for everybody who waited: under load a batch grows to what came
in during the last commit, and without load a lone record still commits at once.
"""

# Rules of this file: the loop never waits for the disk. A batch is one transaction and
# each job in it one savepoint: a poisoned job fails alone, a sick disk fails them all,
# and neither leaves anything half done. Jobs run in the order they were queued.

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future as ThreadFuture
from typing import Any, TypeVar

from engage.clock import Clock
from engage.errors import StoreError
from engage.stores.journal.health import Health
from engage.stores.journal.jobs import Job, tell

T = TypeVar("T")
OnCommit = Callable[[int, float], None]

# A batch ends here even if more is queued: it bounds memory and the wait of the first.
_BATCH = 2_000
# How often a full disk is tried again while nobody writes, seconds.
_PROBE_S = 1.0
# Room for a usual batch: a disk that takes this is worth calling writable.
_PROBE_BYTES = 65_536
# What a job's own content can provoke; anything else is the disk's or the file's.
_POISON = (
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    StoreError,
    TypeError,
    ValueError,
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)


class Writer:
    """Owns the writing connection and its thread; `close` ends both.

    Args:
        connection: opened with `check_same_thread=False` and `isolation_level=None`.
        clock: measures the seconds a commit takes.
        on_commit: told the records and seconds of each commit, on the writer's thread;
            must not raise.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        clock: Clock,
        on_commit: OnCommit | None = None,
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._on_commit = on_commit
        # Unbounded by itself: every caller waits for its own job, so that the server's
        # limits on open requests bound it.
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._is_closed = False
        self.health = Health()
        self._scrub_due = False
        self._thread = threading.Thread(
            target=self._run, name="journal-writer", daemon=True
        )
        self._thread.start()

    def is_writable(self) -> bool:
        """Return whether the disk takes what is written, and nobody closed it."""
        return not self._is_closed and self.health.is_good()

    def ailment(self) -> str:
        """Return why it is not writable; empty while it is."""
        return "it is closed" if self._is_closed else self.health.ailment()

    def submit(
        self, name: str, work: Callable[[sqlite3.Connection], T], **options: Any
    ) -> asyncio.Future[T]:
        """Queue work from the running event loop; never blocks."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        job = Job(name=name, work=work, future=future, loop=loop, **options)
        if not self._put(job):
            future.set_exception(StoreError(f"{name}: the journal is closed"))
        return future

    def run(
        self, name: str, work: Callable[[sqlite3.Connection], T], **options: Any
    ) -> T:
        """Queue work from a thread of its own and wait until it is durable.

        Raises:
            StoreError: the journal is closed or its disk does not take the work.
        """
        future: ThreadFuture[T] = ThreadFuture()
        if not self._put(Job(name=name, work=work, future=future, **options)):
            raise StoreError(f"{name}: the journal is closed")
        return future.result()

    def close(self) -> None:
        """Finish what is queued, stop the thread, close the connection."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._jobs.put(None)
        self._thread.join()
        self._connection.close()

    def _put(self, job: Job) -> bool:
        # Under the lock, so that nothing can follow the None that ends the thread.
        with self._lock:
            if not self._is_closed:
                self._jobs.put(job)
            return not self._is_closed

    def _run(self) -> None:
        is_open = True
        try:
            while is_open:
                jobs, is_open = self._gather()
                with self.health.writing():
                    self._write(jobs)
        finally:
            self._refuse_rest()

    def _write(self, jobs: list[Job]) -> None:
        if jobs:
            self._commit(jobs)
        elif not self.health.is_well:
            self._probe()

    def _refuse_rest(self) -> None:
        """Whatever ended the thread: nobody may wait for it for ever."""
        with self._lock:
            self._is_closed = True
        rest: list[Job] = []
        while not self._jobs.empty():
            job = self._jobs.get_nowait()
            if job is not None:
                job.error = StoreError(f"{job.name}: the journal is closed")
                rest.append(job)
        tell(rest)

    def _gather(self) -> tuple[list[Job], bool]:
        """Return the next batch, and False with the last one."""
        jobs: list[Job] = []
        try:
            job = self._jobs.get(timeout=None if self.health.is_well else _PROBE_S)
            while job is not None:
                jobs.append(job)
                if len(jobs) >= _BATCH:
                    return jobs, True
                job = self._jobs.get_nowait()
        except queue.Empty:
            return jobs, True
        return jobs, False

    def _commit(self, jobs: list[Job]) -> None:
        seconds: float | None = None
        before = self._connection.total_changes
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for job in jobs:
                self._attempt(job)
            seconds = self._finish(before)
        except Exception as error:  # noqa: BLE001 - the thread's boundary: jobs learn it
            self._fail(jobs, error)
        is_asked = any(job.scrub for job in jobs)
        self._scrub_due = self._scrub_due or is_asked
        if self._scrub_due and self.health.is_well:
            self._scrub(is_again=not is_asked)
        records = sum(job.records for job in jobs if job.error is None)
        try:
            if self._on_commit is not None and seconds is not None:
                # First: who is told of a commit may ask for its figures.
                self._on_commit(records, seconds)
        finally:
            tell(jobs)

    def _attempt(self, job: Job) -> None:
        self._connection.execute("SAVEPOINT job")
        try:
            job.result = job.work(self._connection)
        except _POISON as error:
            self._connection.execute("ROLLBACK TO job")
            job.error = (
                error
                if isinstance(error, StoreError)
                else StoreError(f"{job.name} refused: {error!r}")
            )
        self._connection.execute("RELEASE job")

    def _finish(self, changes_before: int) -> float | None:
        """Commit and return the seconds of the sync; None if there was none to make.

        A commit that wrote nothing says nothing about the disk.
        """
        has_written = self._connection.total_changes != changes_before
        started_s = self._clock.monotonic_s()
        self._connection.execute("COMMIT")
        if not has_written:
            return None
        self.health.recover()
        return self._clock.monotonic_s() - started_s

    def _fail(self, jobs: list[Job], error: Exception) -> None:
        self.health.fall_ill(error)
        for job in jobs:
            job.error = StoreError(f"{job.name} not kept: {error}")
        self._roll_back()

    def _roll_back(self) -> None:
        try:
            # A full disk may have rolled back by itself already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            # Nothing was committed all the same; the next BEGIN says what is wrong.
            self.health.fall_ill(error)

    def _probe(self) -> None:
        """Try a write of a batch's size; what it leaves is overwritten next time."""
        before = self._connection.total_changes
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(
                "INSERT OR REPLACE INTO probe VALUES(1, zeroblob(?))", (_PROBE_BYTES,)
            )
            seconds = self._finish(before)
        except sqlite3.Error:
            # Still sick; the next probe is due in `_PROBE_S`.
            self._roll_back()
            return
        if self._on_commit is not None and seconds is not None:
            self._on_commit(0, seconds)

    def _scrub(self, *, is_again: bool) -> None:
        """Empty the write-ahead log, so that erased rows are in no file any more.

        Whoever reads is waited for only the first time: a backup takes minutes, and
        with each commit everybody who is to be answered would wait again.
        """
        (patience_ms,) = self._connection.execute("PRAGMA busy_timeout").fetchone()
        try:
            if is_again:
                self._connection.execute("PRAGMA busy_timeout=0")
            row = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._scrub_due = bool(row[0])
        except sqlite3.Error:
            # A reader was in the way or the disk is full: again after the next batch.
            self._scrub_due = True
        finally:
            self._connection.execute(f"PRAGMA busy_timeout={patience_ms}")
