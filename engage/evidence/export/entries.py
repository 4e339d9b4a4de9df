"""An export read back as what a journal would have said: what lift is folded from."""

# Rules of this file: nothing is written. Decisions come first, so that every order
# finds its visitor; the order of everything else follows its files.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import orjson

from engage.clock import epoch_s
from engage.evidence.export.parquet import read_parquet
from engage.stores.base import Entry, Record

Row = dict[str, Any]

# Kind of record: where its rows are, and which column is its key.
_KINDS: Final = MappingProxyType(
    {
        "decision": ("decisions", "decision"),
        "outcome": ("outcomes", "decision"),
        "order": ("orders", "order_id"),
        "refund": ("refunds", "order_id"),
    }
)


# Outcomes that lift takes from a table of their own: kind of record there.
_TAKEN: Final = MappingProxyType(
    {
        "order": "order",
        "refund": "refund",
        "chat_started": "outcome",
        "dismissed": "outcome",
    }
)


class Told:
    """Ticks off what decisions tell of as it is found in the other tables.

    Of an export made with `--until` or `--tables`, or copied in part, something is
    left: its visitors would seem to have bought less than they did.
    """

    def __init__(self) -> None:
        self.missing: set[tuple[str, str, str]] = set()

    def see(self, entry: Entry) -> None:
        """Note what a decision tells of, or that it is there; decisions come first."""
        record, body = entry.record, entry.record.body
        if record.kind != "decision":
            name = body.get("name") or record.kind
            self.missing.discard((record.kind, record.key, name))
            return
        for one in body["outcomes"] or ():
            kind = _TAKEN.get(one["name"])
            key = record.key if kind == "outcome" else one.get("order")
            if kind and key:
                self.missing.add((kind, key, one["name"]))


def rows_in_export(path: Path, table: str) -> Iterator[Row]:
    """Yield an exported table's rows, the oldest day first.

    Args:
        path: of the export.
        table: a name of `EXPORTED`; one without files has no rows.

    Raises:
        BadRequest: Parquet without pyarrow.
    """
    for file in sorted((path / table).rglob("*.parquet")):
        yield from read_parquet(file, table)
    for file in sorted((path / table).rglob("*.ndjson")):
        with file.open("rb") as lines:
            yield from map(orjson.loads, lines)


def entries_in_export(path: Path) -> Iterator[Entry]:
    """Yield decisions, outcomes, orders and refunds as the journal's entries."""
    offset = 0
    for kind, (table, key) in _KINDS.items():
        for row in rows_in_export(path, table):
            offset += 1
            yield Entry(offset, _record(kind, row, key=key))


def _record(kind: str, row: Mapping[str, Any], *, key: str) -> Record:
    return Record(
        kind=kind,
        site=row["site"],
        key=row[key],
        at_s=epoch_s(row["at"]),
        body=row,
        subject=row["subject"],
    )
