"""An export: the journal's facts as files for analysts, a directory a table and day.

A stopped export goes on where it stopped and doubles nothing: a day is written beside
its place and gets its name when it is whole. A second export into the same directory
writes only the days that have changed since.
"""

# Rules of this file: one page of rows in memory. A day that the journal has begun to
# forget (retention) is never replaced by what is left of it.

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

import orjson

from engage.errors import Conflict, StoreError
from engage.evidence.export.columns import EXPORTED
from engage.evidence.export.manifest import MANIFEST, Manifest, Part, file_of
from engage.evidence.export.parquet import arrow, write_parquet
from engage.evidence.export.rows import Row, row_of
from engage.evidence.simulated import is_simulated
from engage.stores.journal.days import Day, DayReads
from engage.stores.journal.files import JOURNAL_FILE, lock

Format = Literal["parquet", "ndjson"]
# Told rows done and rows to do, the rows of unchanged days included in both.
Progress = Callable[[int, int], None]
_TOLD_EVERY: Final = 500
# In each export: whose it is while one is being written.
_LOCK: Final = ".export.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which part of a journal is exported.

    Attributes:
        tables: names of `EXPORTED`.
        since_day, until_day: UTC days, `2026-11-21`, both included; empty: no bound.
        site: one shop's key; None: all.
    """

    tables: tuple[str, ...] = tuple(EXPORTED)
    since_day: str = ""
    until_day: str = ""
    site: str | None = None

    def has(self, day: Day) -> bool:
        """Tell whether a day is asked for."""
        is_late_enough = day.day >= self.since_day
        is_early_enough = not self.until_day or day.day <= self.until_day
        return is_late_enough and is_early_enough and self.site in {None, day.site}


@dataclass(slots=True, kw_only=True)
class Done:
    """What an export did.

    Attributes:
        rows: rows in the export now, by table, as far as this run looked.
        written: files written in this run.
        unchanged: files that were there and still are what the journal holds.
        kept: files of days that the journal has begun to forget.
    """

    rows: Counter[str] = field(default_factory=Counter)
    written: int = 0
    unchanged: int = 0
    kept: int = 0

    def plain(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "rows": dict(self.rows),
            "written": self.written,
            "unchanged": self.unchanged,
            "kept": self.kept,
        }


def export(
    data: Path,
    out: Path,
    *,
    form: Format = "parquet",
    wanted: Wanted | None = None,
    progress: Progress | None = None,
) -> Done:
    """Bring an export up to date with a data directory; a service may be writing it.

    Args:
        data: the data directory.
        out: the export; made if it does not exist.
        form: of the files.
        wanted: which part; everything by default.
        progress: told about every five hundred rows.

    Raises:
        BadRequest: Parquet without pyarrow.
        Conflict: `out` holds an export of another form, or other files, or another
            export writes it.
        StoreError: the journal cannot be read.
    """
    if form == "parquet":
        arrow()
    wanted = wanted or Wanted()
    with closing(DayReads(data / JOURNAL_FILE)) as journal:
        days = [
            (table, day)
            for table in wanted.tables
            for day in journal.days(table)
            if wanted.has(day)
        ]
        with closing(_lock(out)):
            manifest = Manifest(out, ending=form, simulated=is_simulated(data))
            run = _Run(journal, out, form=form, manifest=manifest)
            run.tell = _teller(progress, sum(day.rows for _, day in days))
            for table, day in days:
                run.bring(table, day)
    return run.done


def _lock(out: Path) -> Any:
    """Return what keeps other exports out of a directory until it is closed."""
    out.mkdir(parents=True, exist_ok=True)
    found = {one.name for one in out.iterdir()}
    if found and not found & {_LOCK, MANIFEST}:
        raise Conflict(
            f"--out must be a new directory or one that an export began, got {out}"
        )
    try:
        return lock(out / _LOCK.removesuffix(".lock"))
    except StoreError as error:
        raise Conflict(f"{out} is being written by another export") from error


class _Run:
    """One run over the days of a journal."""

    def __init__(
        self, journal: DayReads, out: Path, *, form: Format, manifest: Manifest
    ) -> None:
        self.done = Done()
        self.tell: Callable[[int], None] = lambda _rows: None
        self._journal, self._out = journal, out
        self._form, self._manifest = form, manifest

    def bring(self, table: str, day: Day) -> None:
        """Write a day unless the export has it as it is, or knows more of it."""
        file = file_of(table, site=day.site, day=day.day, ending=self._form)
        columns = _fingerprint(table)
        old = self._manifest.parts.get(file)
        if old is not None and not (self._out / file).is_file():
            old = None
        if old and day.rows < old.rows:
            self.done.kept += 1
        elif old and (old.mark, old.columns) == (day.mark, columns):
            self.done.unchanged += 1
        else:
            self._write(table, day, file=file, columns=columns)
            return
        self.done.rows[table] += old.rows
        self.tell(day.rows)

    def _write(self, table: str, day: Day, *, file: str, columns: str) -> None:
        target = self._out / file
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        shaped = (row_of(table, body) for body in self._journal.rows_of(table, day))
        rows = WRITERS[self._form](partial, table, self._counted(shaped))
        digest = _sync(partial)
        partial.replace(target)
        _sync_directory(target.parent)
        self._manifest.add(
            Part(
                table=table,
                site=day.site,
                day=day.day,
                file=file,
                rows=rows,
                bytes=target.stat().st_size,
                sha256=digest,
                mark=day.mark,
                columns=columns,
            )
        )
        self.done.written += 1
        self.done.rows[table] += rows

    def _counted(self, rows: Iterable[Row]) -> Iterator[Row]:
        untold = 0
        for row in rows:
            yield row
            untold += 1
            if untold == _TOLD_EVERY:
                self.tell(untold)
                untold = 0
        self.tell(untold)


def _write_lines(path: Path, _table: str, rows: Iterable[Row]) -> int:
    count = 0
    with path.open("wb") as file:
        for row in rows:
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            count += 1
    return count


Write = Callable[[Path, str, Iterable[Row]], int]
WRITERS: Final[Mapping[str, Write]] = MappingProxyType(
    {"parquet": write_parquet, "ndjson": _write_lines}
)
"""Every format by its name, which is also its files' ending."""


def _fingerprint(table: str) -> str:
    columns = [(one.name, one.type) for one in EXPORTED[table].columns]
    return hashlib.sha256(orjson.dumps(columns)).hexdigest()[:16]


def _teller(progress: Progress | None, total: int) -> Callable[[int], None]:
    done = 0

    def tell(rows: int) -> None:
        nonlocal done
        done += rows
        if progress is not None:
            progress(done, total)

    return tell


def _sync(path: Path) -> str:
    """Make a file durable and return its checksum."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return digest


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
