"""Reads decision records from a log: a data directory, an export, or NDJSON.

Evaluation and replay need the records themselves and, where the log is a data
directory, the snapshots that the records name.
"""

# Rules of this file: nothing is written, nothing is held but one page of records, a few
# snapshots and, of lines, the ids met. Records come oldest first within a site, as the
# service wrote them.

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol

import orjson

from engage.errors import BadRequest, NotFound
from engage.evidence.export.log import FilesLog, ParquetLog, as_record
from engage.learning.snapshots import Snapshot
from engage.stores.base import Entry
from engage.stores.journal.files import JOURNAL_FILE
from engage.stores.journal.sqlite import read_journal

Body = dict[str, Any]

_PAGE: Final = 500
# Decisions come in order, so the snapshots they name do, too.
_SNAPSHOTS_KEPT: Final = 16


class DecisionLog(Protocol):
    """Decision records of one or several sites."""

    @property
    def total(self) -> int:
        """How many records there are."""
        ...

    def sites(self) -> list[str]:
        """Return the sites that have decisions here."""
        ...

    def bodies(self) -> Iterator[Body]:
        """Yield every decision record, oldest first within a site."""
        ...

    def snapshot(self, site: str, number: int) -> Snapshot | None:
        """Return an archived snapshot, None if the log does not hold it.

        Raises:
            SnapshotRejected: what is archived cannot be read.
        """
        ...

    def trail(self, body: Body) -> list[Entry]:
        """Return the recorded beacons of a decision's session; none without a trail."""
        ...

    def close(self) -> None:
        """Close what was opened."""
        ...


class JournalLog:
    """The decisions of a data directory, with their outcomes and snapshots."""

    def __init__(self, path: Path) -> None:
        self._journal = read_journal(path)
        self._counts = self._journal.decision_counts()
        self._snapshots: dict[tuple[str, int], Snapshot | None] = {}

    @property
    def total(self) -> int:
        """How many records there are."""
        return sum(self._counts.values())

    def sites(self) -> list[str]:
        """Return the sites that have decisions here."""
        return list(self._counts)

    def bodies(self) -> Iterator[Body]:
        """Yield every decision record, site by site, oldest first."""
        for site in self._counts:
            cursor: str | None = None
            while True:
                page = self._journal.decisions(site, limit=_PAGE, cursor=cursor)
                yield from page.rows
                cursor = page.cursor
                if cursor is None:
                    break

    def snapshot(self, site: str, number: int) -> Snapshot | None:
        """Return an archived snapshot, None if the journal does not hold it."""
        name = (site, number)
        if name not in self._snapshots:
            if len(self._snapshots) >= _SNAPSHOTS_KEPT:
                self._snapshots.pop(next(iter(self._snapshots)))
            stored = self._journal.snapshot(site, number)
            self._snapshots[name] = stored and Snapshot.decode(stored.body)
        return self._snapshots[name]

    def trail(self, body: Body) -> list[Entry]:
        """Return the recorded beacons of a decision's session."""
        session = body["session"]
        return self._journal.trail(body["site"], body["decision"], session=session)

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()


class LineLog(FilesLog):
    """Decision records as lines."""

    @property
    def total(self) -> int:
        """How many lines there are."""
        return sum(_lines_in(path) for path in self._paths)

    def sites(self) -> list[str]:
        """Return the sites that have decisions here; reads every line."""
        return sorted({body["site"] for body in self.bodies()})

    def bodies(self) -> Iterator[Body]:
        """Yield every record in the order of its line.

        Raises:
            BadRequest: a line is no decision record, or one of a decision that was met
                before; says which. Pages put together that overlap would count what
                they share as twice the evidence.
        """
        met: set[str] = set()
        for path in self._paths:
            yield from _records_in(path, met=met)


def open_log(path: Path) -> DecisionLog:
    """Return the log at a path, to be closed by the caller.

    Args:
        path: a data directory, an export (a directory whose `decisions*` hold Parquet
            or NDJSON), or a file of decision records, one a line.

    Raises:
        NotFound: there is nothing of the kind.
        StoreError: the journal cannot be read.
    """
    if (path / JOURNAL_FILE).is_file():
        return JournalLog(path / JOURNAL_FILE)
    if path.is_file():
        return LineLog([path])
    for ending, log in (("parquet", ParquetLog), ("ndjson", LineLog)):
        if exported := _exported(path, ending):
            return log(exported, root=path)
    raise no_log(path)


def no_log(path: Path) -> NotFound:
    """Return the error for a path that is no log of any kind."""
    missing = "" if path.exists() else ", which does not exist"
    return NotFound(
        f"LOG must be a data directory, an export or NDJSON, got {path}{missing}"
    )


def _exported(path: Path, ending: str) -> list[Path]:
    """Return an export's files of decisions, the oldest day first."""
    return sorted(
        one
        for one in path.rglob(f"*.{ending}")
        if one.relative_to(path).parts[0].startswith("decisions")
    )


def _records_in(path: Path, *, met: set[str]) -> Iterator[Body]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            where = f"{path.name} line {number}"
            body = _record(line, where=where)
            name = body["decision"]
            if name in met:
                raise BadRequest(f"{where} must be of another decision, {name} is back")
            met.add(name)
            yield body


def _record(line: bytes, *, where: str) -> Body:
    try:
        body = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"{where} must be a decision record: {error}") from error
    if not isinstance(body, dict) or "decision" not in body or "site" not in body:
        raise BadRequest(f"{where} must be a decision record, it names no decision")
    return as_record(body)


def _lines_in(path: Path) -> int:
    with path.open("rb") as file:
        return sum(
            chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")
        )
