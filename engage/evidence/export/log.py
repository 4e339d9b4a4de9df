"""Exported decisions read back as a log: `engage evaluate EXPORT` and the like."""

# Rules of this file: nothing is written. A decision read back is the record it was made
# of, but for the visitor: the subject stands there, which tells visitors apart as well.

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from engage.evidence.export.parquet import read_parquet, rows_in
from engage.evidence.export.snapshots import exported_snapshot
from engage.learning.snapshots import Snapshot
from engage.stores.base import Entry

Body = dict[str, Any]

# Only some records have them; a table has to say null in the others.
_OFTEN_ABSENT: Final = ("promised", "card")


class FilesLog:
    """Decision records in files, and the snapshots exported beside them.

    Args:
        paths: the files, oldest first.
        root: of the export; None: the files lie by themselves.
    """

    def __init__(self, paths: list[Path], *, root: Path | None = None) -> None:
        self._paths, self._root = paths, root

    def snapshot(self, site: str, number: int) -> Snapshot | None:
        """Return an exported snapshot, None if there is none."""
        if self._root is None:
            return None
        return exported_snapshot(self._root, site, number)

    def trail(self, body: Body) -> list[Entry]:  # noqa: ARG002 - the protocol's
        """Return nothing: beacons never leave the data directory."""
        return []

    def close(self) -> None:
        """Close nothing: files are open only while they are read."""


class ParquetLog(FilesLog):
    """Decision records in Parquet files."""

    @property
    def total(self) -> int:
        """How many records there are."""
        return sum(map(rows_in, self._paths))

    def sites(self) -> list[str]:
        """Return the sites that have decisions here; reads every record."""
        return sorted({body["site"] for body in self.bodies()})

    def bodies(self) -> Iterator[Body]:
        """Yield every record, day by day.

        Raises:
            BadRequest: pyarrow is not installed, or a file is no Parquet.
        """
        for path in self._paths:
            yield from map(as_record, read_parquet(path, "decisions"))


def as_record(row: Body) -> Body:
    """Return an exported decision as the record it was made of.

    >>> as_record({"visitor": None, "subject": "u_1", "card": None})
    {'visitor': 'u_1'}
    """
    subject = row.get("subject")
    kept = {
        name: value
        for name, value in row.items()
        if name != "subject" and not (value is None and name in _OFTEN_ABSENT)
    }
    if kept.get("visitor") is None:
        kept["visitor"] = subject
    return kept
