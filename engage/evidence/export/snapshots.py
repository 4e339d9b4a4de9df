"""Snapshots of an export: the models that its decisions were made with, as JSON."""

# Rules of this file: one file a snapshot under its number, which never changes; what is
# there already is not written again.

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Final

from engage.learning.snapshots import Snapshot
from engage.stores.journal.files import JOURNAL_FILE
from engage.stores.journal.sqlite import read_journal

FOLDER: Final = "snapshots"
"""Folder of an export, beside its tables."""


def export_snapshots(data: Path, out: Path, *, site: str | None = None) -> int:
    """Write every archived snapshot that is not there yet; return how many.

    Args:
        data: the data directory.
        out: the export.
        site: one site; None: all.

    Raises:
        StoreError: the journal cannot be read.
    """
    written = 0
    with closing(read_journal(data / JOURNAL_FILE)) as journal:
        for key, number in journal.snapshot_numbers():
            target = _file(out, key, number)
            if site not in {None, key} or target.exists():
                continue
            stored = journal.snapshot(key, number)
            if stored is not None:
                target.parent.mkdir(parents=True, exist_ok=True)
                partial = target.with_name(f".{target.name}.partial")
                partial.write_bytes(stored.body)
                os.replace(partial, target)  # noqa: PTH105 - one call, atomic
                written += 1
    return written


def exported_snapshot(out: Path, site: str, number: int) -> Snapshot | None:
    """Return a snapshot of an export, None if the export does not hold it.

    Raises:
        SnapshotRejected: the file cannot be read as one.
    """
    file = _file(out, site, number)
    return Snapshot.decode(file.read_bytes()) if file.is_file() else None


def _file(out: Path, site: str, number: int) -> Path:
    return out / FOLDER / site / f"{number}.json"
