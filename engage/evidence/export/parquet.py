"""Exported rows as Parquet, and back; needs pyarrow, which is part of an extra.

pyarrow (Apache-2.0, the Arrow project's own, a release every few months) costs 170 MB
on disk; therefore only who exports Parquet installs it. NDJSON needs nothing.
"""

# Rules of this file: one record batch in memory. What is written can be read back to
# the same record; a type is two functions and one line in `_TYPES`.

from __future__ import annotations

import importlib
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import orjson

from engage.clock import epoch_s, rfc3339
from engage.errors import BadRequest
from engage.evidence.export.columns import (
    EXPORTED,
    FEATURE_FIELDS,
    OUTCOME_TEXTS,
    SCORE_FIELDS,
    Table,
)
from engage.evidence.export.rows import Row, unknown_in

# Rows of a row group: some 2 MB of decisions, so that memory stays small and a reader
# that wants three columns reads little.
_GROUP_ROWS: Final = 2_000
_OUTCOME_NUMBERS: Final = MappingProxyType({"value": "float64", "rating": "int64"})


def arrow(module: str = "pyarrow") -> Any:
    """Return a module of pyarrow.

    Raises:
        BadRequest: it is not installed; says the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        command = f"{shlex.quote(sys.executable)} -m pip install 'pyarrow>=20'"
        raise BadRequest(
            f"Parquet needs pyarrow, which is not installed ({error}). Install it with "
            f"`{command}` (it is part of the extra `science`), or take "
            "--format ndjson"
        ) from error


def write_parquet(path: Path, table: str, rows: Iterable[Row]) -> int:
    """Write rows to a file and return how many; one row group is in memory."""
    pa, parquet = arrow(), arrow("pyarrow.parquet")
    schema, packed, count = _schema(pa, EXPORTED[table]), map(_packer(table), rows), 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as file:
        while group := list(islice(packed, _GROUP_ROWS)):
            file.write_table(pa.Table.from_pylist(group, schema=schema))
            count += len(group)
    return count


def read_parquet(path: Path, table: str) -> Iterator[Row]:
    """Yield a file's rows as `write_parquet` was given them.

    Raises:
        BadRequest: pyarrow is not installed, or the file is no Parquet.
    """
    parquet, pa = arrow("pyarrow.parquet"), arrow()
    unpack = _unpacker(table)
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_GROUP_ROWS):
                yield from map(unpack, batch.to_pylist())
    except pa.ArrowInvalid as error:
        raise BadRequest(f"{path.name} must be Parquet: {error}") from error


def rows_in(path: Path) -> int:
    """Return how many rows a file says it has."""
    with arrow("pyarrow.parquet").ParquetFile(path) as file:
        return int(file.metadata.num_rows)


def _schema(pa: Any, table: Table) -> Any:
    return pa.schema(
        [
            pa.field(
                column.name,
                _TYPES[column.type](pa),
                metadata={"unit": column.unit, "meaning": column.meaning},
            )
            for column in table.columns
        ]
    )


def _packer(table: str) -> Callable[[Row], Row]:
    changed = [
        (column.name, _PACK[column.type])
        for column in EXPORTED[table].columns
        if column.type in _PACK
    ]
    has_more = any(column.name == "more" for column in EXPORTED[table].columns)

    def pack(row: Row) -> Row:
        packed = dict(row)
        if has_more:
            packed["more"] = unknown_in(row) or None
        for name, change in changed:
            if packed[name] is not None:
                packed[name] = change(packed[name])
        return packed

    return pack


def _unpacker(table: str) -> Callable[[Row], Row]:
    changed = [
        (column.name, _UNPACK[column.type])
        for column in EXPORTED[table].columns
        if column.type in _UNPACK
    ]

    def unpack(row: Row) -> Row:
        for name, change in changed:
            if row.get(name) is not None:
                row[name] = change(row[name])
        more = row.pop("more", None) or {}
        return {**row, **more}

    return unpack


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _draw_out(ghost: Mapping[str, Any]) -> Row:
    return {**ghost, "distribution": dict(ghost["distribution"])}


def _outcomes_in(outcomes: list[Row]) -> list[Row]:
    known = {*OUTCOME_TEXTS, *_OUTCOME_NUMBERS}
    return [
        {
            **{name: one.get(name) for name in known},
            "more": _json({k: v for k, v in one.items() if k not in known}),
        }
        for one in outcomes
    ]


def _outcomes_out(outcomes: list[Row]) -> list[Row]:
    return [
        {
            **{k: v for k, v in one.items() if v is not None and k != "more"},
            **orjson.loads(one["more"]),
        }
        for one in outcomes
    ]


def _doubles(names: Iterable[str]) -> Callable[[Any], Any]:
    return lambda pa: pa.struct([(name, pa.float64()) for name in names])


def _outcomes_type(pa: Any) -> Any:
    fields = [(name, pa.string()) for name in OUTCOME_TEXTS]
    fields += [(name, getattr(pa, kind)()) for name, kind in _OUTCOME_NUMBERS.items()]
    return pa.list_(pa.struct([*fields, ("more", pa.string())]))


def _draw_type(pa: Any) -> Any:
    return pa.struct(
        [
            ("distribution", pa.map_(pa.string(), pa.float64())),
            ("action", pa.string()),
            ("propensity", pa.float64()),
        ]
    )


_TYPES: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "text": lambda pa: pa.string(),
        # As readers type the partition of that name: else pandas cannot unite the two.
        "day": lambda pa: pa.dictionary(pa.int32(), pa.string()),
        "time": lambda pa: pa.timestamp("ms", tz="UTC"),
        "whole": lambda pa: pa.int64(),
        "number": lambda pa: pa.float64(),
        "flag": lambda pa: pa.bool_(),
        "texts": lambda pa: pa.list_(pa.string()),
        "numbers by name": lambda pa: pa.map_(pa.string(), pa.float64()),
        "texts by name": lambda pa: pa.map_(pa.string(), pa.string()),
        "scores": _doubles(SCORE_FIELDS),
        "features": _doubles(FEATURE_FIELDS),
        "draw": _draw_type,
        "outcomes": _outcomes_type,
        "items": lambda pa: pa.list_(
            pa.struct([("item_id", pa.string()), ("quantity", pa.float64())])
        ),
        "json": lambda pa: pa.string(),
    }
)
_PACK: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "time": lambda text: round(epoch_s(text) * 1_000),
        "numbers by name": lambda named: list(named.items()),
        "texts by name": lambda named: list(named.items()),
        "draw": lambda one: {
            **one,
            "distribution": list(one["distribution"].items()),
        },
        "outcomes": _outcomes_in,
        "json": _json,
    }
)
_UNPACK: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "time": lambda at: rfc3339(at.timestamp()),
        "numbers by name": dict,
        "texts by name": dict,
        "draw": _draw_out,
        "outcomes": _outcomes_out,
        "json": orjson.loads,
    }
)
