"""Reading connections of the journal: one a thread, closed together."""

# Rules of this file: a connection never writes, and is used by its own thread only but
# for being closed. None is closed while it reads: SQLite would crash the process.

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from engage.errors import StoreError
from engage.stores.journal.files import connect_reader


class Reader:
    """A journal file opened for reading; safe to share between threads.

    Every thread that reads keeps one connection open until `close`, so their number
    is bounded by the number of threads.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._reads = threading.Condition()
        self._under_way = 0
        self._open: list[sqlite3.Connection] = []
        self._is_closed = False

    def close(self) -> None:
        """Refuse further reads, wait for those under way, close every connection."""
        with self._reads:
            self._is_closed = True
            self._reads.wait_for(lambda: self._under_way == 0)
            for connection in self._open:
                with suppress(sqlite3.ProgrammingError):
                    connection.close()
            self._open.clear()

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = connect_reader(self._path)
            self._local.connection = found
            with self._reads:
                self._open.append(found)
        return found

    @contextmanager
    def _under_reading(self) -> Iterator[None]:
        """Keep the connections open; refused once they are closed."""
        with self._reads:
            if self._is_closed:
                raise StoreError(f"journal {self._path} is closed")
            self._under_way += 1
        try:
            yield
        finally:
            with self._reads:
                self._under_way -= 1
                self._reads.notify_all()

    @contextmanager
    def _view(self) -> Iterator[sqlite3.Connection]:
        """Let several statements see one and the same state of the journal."""
        with self._under_reading():
            connection = self._connection()
            try:
                connection.execute("BEGIN")
                try:
                    yield connection
                finally:
                    connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise StoreError(
                    f"journal {self._path} cannot be read: {error}"
                ) from error

    def _rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._view() as connection:
            return connection.execute(sql, values).fetchall()

    def _fresh_rows(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Read with a connection of its own: past every page held in memory."""
        with self._under_reading():
            try:
                with closing(connect_reader(self._path)) as connection:
                    return connection.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise StoreError(
                    f"journal {self._path} cannot be read: {error}"
                ) from error
