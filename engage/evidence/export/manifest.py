"""The manifest of an export: which days are there, whole, and what they were made of.

One line a finished file, appended after the file has its name; a later line about the
same file wins. A crash leaves at most a line without an end, which is passed over: its
day is then written again, in place.
"""

# Rules of this file: a line says only what is already durable.

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import orjson

from engage.errors import Conflict

MANIFEST: Final = "manifest.ndjson"
_FORM: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One finished file.

    Attributes:
        file: its place in the export.
        mark: what the day was like when the file was made; see `Day`.
        columns: fingerprint of the table's columns.
    """

    table: str
    site: str
    day: str
    file: str
    rows: int
    bytes: int
    sha256: str
    mark: str
    columns: str


def file_of(table: str, *, site: str, day: str, ending: str) -> str:
    """Return where a part lies: a directory a day, as DuckDB and pandas expect it.

    >>> file_of("orders", site="pk_demo", day="2026-11-21", ending="parquet")
    'orders/day=2026-11-21/pk_demo.parquet'
    """
    return f"{table}/day={day}/{quote(site, safe='')}.{ending}"


class Manifest:
    """The finished parts of an export directory, by file.

    Args:
        directory: of the export; made if it does not exist.
        ending: `parquet` or `ndjson`.
        simulated: whether the data are a simulation's; every report says so then.

    Raises:
        Conflict: the directory holds an export of another form.
    """

    def __init__(
        self, directory: Path, *, ending: str, simulated: bool = False
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._path = directory / MANIFEST
        self.parts: dict[str, Part] = {}
        lines = _lines(self._path)
        head = {"export": _FORM, "format": ending, "simulation": simulated}
        if lines and lines[0] != head:
            raise Conflict(
                f"{directory} must hold an export of {head}, it holds {lines[0]}; "
                "take another directory"
            )
        for line in lines[1:]:
            part = Part(**line)
            self.parts[part.file] = part
        self._rewrite(head)

    def add(self, part: Part) -> None:
        """Note a finished part, durably."""
        self.parts[part.file] = part
        with self._path.open("ab") as file:
            file.write(_line(asdict(part)))
            file.flush()
            os.fsync(file.fileno())

    def _rewrite(self, head: Mapping[str, Any]) -> None:
        """Write every part once, whole or not at all."""
        partial = self._path.with_name(MANIFEST + ".partial")
        with partial.open("wb") as file:
            file.write(_line(head))
            file.writelines(_line(asdict(part)) for part in self.parts.values())
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._path)


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    # What follows the last line's end was cut off by a crash.
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    return [orjson.loads(line) for line in whole.splitlines()]


def _line(plain: Mapping[str, Any]) -> bytes:
    return orjson.dumps(plain, option=orjson.OPT_APPEND_NEWLINE)
