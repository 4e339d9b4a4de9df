"""Files of the journal: opened, locked, backed up and restored."""

# Rules of this file: a file appears under its final name only when it is whole; nothing
# that exists is overwritten unless the caller says so.

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from engage.errors import InUse, StoreError
from engage.stores.journal.schema import MIGRATIONS, READABLE, version_of

JOURNAL_FILE = "journal.sqlite"
"""Name of the journal inside a data directory."""

# The log is cut back to this size after a checkpoint; between two it may grow further.
_WAL_BYTES = 64 * 1024 * 1024
# Of SQLite's machine, between two looks at how far a backup is: some milliseconds.
_STEPS = 100_000


def connect_writer(path: Path) -> sqlite3.Connection:
    """Open a journal for its writer: durable commits, deleted rows zeroed.

    Raises:
        StoreError: the file cannot be opened or is no journal.
    """
    try:
        # SQLite gives the files beside it the same mode.
        _make_private(path)
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"journal {path} cannot be opened: {error}") from error
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        # FULL: the log is synced at every commit; NORMAL would lose the last ones.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        # Each job is a savepoint, for which SQLite puts former pages aside: in memory,
        # not in a temporary file that is made, written and removed with every commit.
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("PRAGMA busy_timeout=250")
        connection.execute(f"PRAGMA journal_size_limit={_WAL_BYTES}")
    except sqlite3.Error as error:
        connection.close()
        raise StoreError(
            f"journal {path} cannot be opened: {error}{_remedy(path)}"
        ) from error
    return connection


def _make_private(path: Path) -> None:
    """Make an empty file for its owner alone, unless there is one already.

    What will be in it is personal, and others may look into the directory: one that
    somebody else made may let them.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open an existing journal for reading; it may be closed from another thread.

    Raises:
        StoreError: there is no such file or it cannot be opened.
    """
    if not path.is_file():
        raise StoreError(f"journal {path} does not exist")
    try:
        connection = sqlite3.connect(
            _address(path), uri=True, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA busy_timeout=2000")
    except sqlite3.Error as error:
        raise StoreError(f"journal {path} cannot be opened: {error}") from error
    return connection


def _address(path: Path) -> str:
    """Return the URI of a file that is to be read.

    SQLite keeps an index of the log beside it. Where nobody may write, and a clean end
    has left no log, there is none to keep, nor anybody who would change the file.
    """
    log = path.with_name(path.name + "-wal")
    is_still = not os.access(path.parent, os.W_OK) and not log.exists()
    return path.resolve().as_uri() + ("?immutable=1" if is_still else "")


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Return if a file that may not be upgraded can be read as it is.

    That of an earlier release can: a service would upgrade it, and first remove what is
    past its retention, which of an old log is all.

    Raises:
        StoreError: its schema has other tables, or may have.
    """
    try:
        found = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        raise StoreError(f"journal {path} cannot be read: {error}") from error
    if not READABLE <= found <= len(MIGRATIONS):
        remedy = (
            "read it with the newer release that wrote it"
            if found > len(MIGRATIONS)
            else "let this release's service start on a copy of it, which upgrades it"
        )
        raise StoreError(
            f"journal schema of {path} must be {READABLE} to {len(MIGRATIONS)}, "
            f"got {found}: {remedy}"
        )


def lock(path: Path) -> sqlite3.Connection:
    """Return a connection that keeps every other process from writing this journal.

    The lock goes with the connection, or with the process: a crash leaves none behind.

    Raises:
        InUse: another process holds it.
        StoreError: the directory lets nobody write.
    """
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(
            path.with_name(path.name + ".lock"),
            isolation_level=None,
            timeout=0,
            check_same_thread=False,
        )
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if connection is not None:
            connection.close()
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise InUse(f"journal {path} is in use by another process") from error
        raise StoreError(
            f"journal {path} cannot be locked: {error}{_remedy(path)}"
        ) from error
    return connection


def _remedy(path: Path) -> str:
    """Return what to do where this user may not write; empty if it may."""
    for one in (path.parent, path):
        if one.exists() and not os.access(one, os.W_OK):
            return f"; user {os.geteuid()} must be able to write to {one}"
    return ""


def backup(
    source: Path, target: Path, *, told: Callable[[int, int], None] = lambda *_: None
) -> None:
    """Copy a journal that may be in use to one file, and check the copy.

    It is as large as what it holds: of a file that retention has thinned out, smaller.

    Args:
        source: the journal.
        target: the file that is made; whole, or not at all.
        told: called now and then with bytes copied so far and bytes in all.

    Raises:
        StoreError: the target exists, or the copy is not sound.
    """
    if target.exists():
        raise StoreError(f"backup {target} exists already")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        with closing(connect_reader(source)) as reader:
            _make_private(partial)
            # Not page by page: what retention has emptied stays behind. One file
            # without companions, which can be moved anywhere.
            reader.execute("PRAGMA query_only=OFF")
            whole = _bytes_held(reader)
            reader.set_progress_handler(
                lambda: told(min(partial.stat().st_size, whole), whole), _STEPS
            )
            reader.execute("VACUUM INTO ?", (str(partial),))
        check(partial)
        _sync(partial)
        partial.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"backup {target} failed: {error}") from error
    finally:
        # Half a copy is no use, and may be what fills the disk.
        partial.unlink(missing_ok=True)


def _bytes_held(connection: sqlite3.Connection) -> int:
    pages, unused, size = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - unused) * size


def restore(source: Path, directory: Path, *, force: bool = False) -> Path:
    """Put a backup into a data directory and return the journal's path.

    Args:
        source: a file that `backup` wrote.
        directory: the data directory; made if it does not exist.
        force: replace what the directory holds; otherwise it must be empty.

    Raises:
        StoreError: the backup is not sound, or the directory is not empty.
    """
    if not source.is_file():
        raise StoreError(f"backup {source} does not exist")
    check(source)
    if directory.exists() and any(directory.iterdir()) and not force:
        raise StoreError(f"data directory {directory} must be empty, it is not")
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = directory / JOURNAL_FILE
    with closing(lock(target)):
        partial = target.with_name(target.name + ".partial")
        partial.unlink(missing_ok=True)
        _make_private(partial)
        shutil.copyfile(source, partial)
        _sync(partial)
        # A log of the former journal would be replayed over the restored one.
        for suffix in ("-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        partial.replace(target)
    return target


def check(path: Path) -> None:
    """Read a whole journal file and return if it is sound.

    Raises:
        StoreError: SQLite found damage, it is no journal, or one of a newer release.
    """
    with closing(sqlite3.connect(path)) as connection:
        try:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            connection.execute("SELECT max(pos) FROM journal").fetchone()
            version_of(connection)
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{path} is no sound journal: {error}") from error
    if found != "ok":
        raise StoreError(f"{path} is no sound journal: {found}")


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
