"""Reads plain tables into frozen dataclasses, and says everything that is wrong.

Bounds stand in the annotations (`msgspec.Meta`); each field is checked by itself, so
that all mistakes of a file are found in one go.
"""

# Rules of this file: no I/O. It knows shapes, never what a setting means. A message is
# `source: key: limit, got value`.

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from engage.errors import ConfigError

T = TypeVar("T")

_WORDS = {
    "float": "a number",
    "int": "a whole number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
}
_BOUND = re.compile(r"Expected `\w+` (<=|>=|<|>) (\S+)")
_LENGTH = re.compile(r"Expected `\w+` of length (<=|>=|==) (\d+)")
_PATTERN = re.compile(r"Expected `str` matching regex '(.*)'")
_TYPE = re.compile(r"Expected `([\w |]+)`, got `\w+`")


@dataclasses.dataclass(slots=True)
class Mistakes:
    """Collects what is wrong, so that all of it is said at once."""

    source: str
    found: list[str] = dataclasses.field(default_factory=list)

    def add(self, key: str, problem: str) -> None:
        """Note one problem with the value at `key`."""
        self.found.append(f"{self.source}: {key}: {problem}")

    def raise_any(self) -> None:
        """Raise `ConfigError` when anything was noted."""
        if self.found:
            raise ConfigError(self.found)


def read(cls: type[T], table: object, *, key: str, mistakes: Mistakes) -> T | None:
    """Return `cls` built from `table`, or None when a required field is unusable.

    A field that is wrong is noted and keeps its default, or as a required text what was
    given, so that what depends on the others can still be checked; the caller must look
    at `mistakes` before it uses anything.

    Args:
        cls: a dataclass; its field `secrets`, if it has one, is not read.
        table: what the file holds at `key`.
        key: path inside the file, for messages; empty at the top.
        mistakes: takes what is wrong.

    >>> @dataclasses.dataclass(frozen=True)
    ... class Door:
    ...     width_cm: int = 80
    >>> mistakes = Mistakes("house.toml")
    >>> read(Door, {"width_cm": "wide", "widht_cm": 7}, key="door", mistakes=mistakes)
    Door(width_cm=80)
    >>> print("; ".join(mistakes.found))
    house.toml: door.widht_cm: is no setting; did you mean 'width_cm'?; \
house.toml: door.width_cm: must be a whole number, got 'wide'
    """
    if not isinstance(table, dict):
        mistakes.add(key or "file", f"must be a table, got {table!r}")
        return None
    hints = {
        name: hint
        for name, hint in get_type_hints(cls, include_extras=True).items()
        if name != "secrets"
    }
    for name in sorted(table.keys() - hints.keys()):
        near = difflib.get_close_matches(name, hints, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        mistakes.add(f"{key}.{name}".lstrip("."), f"is no setting{hint}")
    values: dict[str, Any] = {}
    is_whole = True
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]  # - cls is a dataclass
        if field.name not in hints:
            continue
        path = f"{key}.{field.name}".lstrip(".")
        before = len(mistakes.found)
        if field.name in table:
            given, hint = table[field.name], hints[field.name]
            value = _value(hint, given, key=path, mistakes=mistakes)
            if len(mistakes.found) == before or value is not None:
                values[field.name] = value
            elif _is_required(field) and isinstance(given, str) and _is_text(hint):
                values[field.name] = given
        elif _is_required(field):
            mistakes.add(path, "is required")
        is_whole &= field.name in values or not _is_required(field)
    return cls(**values) if is_whole else None


def _value(hint: Any, value: object, *, key: str, mistakes: Mistakes) -> object:
    """Return `value` as `hint` wants it; notes a mistake and returns None otherwise."""
    origin, args = get_origin(hint), get_args(hint)
    if dataclasses.is_dataclass(hint):
        return read(hint, value, key=key, mistakes=mistakes)  # type: ignore[arg-type]  # - a class
    if origin is tuple and dataclasses.is_dataclass(args[0]):
        if not isinstance(value, list):
            mistakes.add(key, f"must be a list of tables, got {value!r}")
            return None
        read_all = [
            read(args[0], one, key=f"{key}[{index}]", mistakes=mistakes)  # type: ignore[arg-type]  # - a class
            for index, one in enumerate(value)
        ]
        return tuple(one for one in read_all if one is not None)
    if origin is Mapping and dataclasses.is_dataclass(args[1]):
        if not isinstance(value, dict):
            mistakes.add(key, f"must be a table, got {value!r}")
            return None
        return {
            name: found
            for name, one in value.items()
            if (found := read(args[1], one, key=f"{key}.{name}", mistakes=mistakes))  # type: ignore[arg-type]  # - a class
            is not None
        }
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        mistakes.add(key, f"{limit_of(str(error), hint)}, got {value!r}")
        return None


def limit_of(message: str, hint: Any) -> str:
    """Return msgspec's complaint as a limit, in the words that people use.

    >>> limit_of("Expected `float` <= 1.0 - at `$[2]`", float)
    '[2] must be <= 1'
    >>> limit_of("Invalid enum value 'x'", Literal["shadow", "rules"])
    "must be 'shadow' or 'rules'"
    """
    text, _, place = message.partition(" - at `$")
    inside = f"{place.rstrip('`')} " if place else ""
    if bound := _BOUND.match(text):
        return f"{inside}must be {bound[1]} {float(bound[2]):g}"
    if length := _LENGTH.match(text):
        return f"{inside}must have a length {length[1]} {length[2]}"
    if pattern := _PATTERN.match(text):
        # msgspec writes the pattern as Python would: with every backslash doubled.
        return f"{inside}must match " + pattern[1].replace("\\\\", "\\")
    if wanted := _TYPE.match(text):
        names = [_WORDS.get(one, one) for one in wanted[1].split(" | ")]
        return f"{inside}must be {' or '.join(names)}"
    if text.startswith("Invalid enum value"):
        choices = " or ".join(repr(one) for one in _choices(hint))
        return f"{inside}must be {choices}"
    return inside + text[:1].lower() + text[1:]


def _choices(hint: Any) -> list[Any]:
    """Return the values of every `Literal` in an annotation."""
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    return [one for part in get_args(hint) for one in _choices(part)]


def _is_text(hint: Any) -> bool:
    return hint is str or str in get_args(hint)[:1]


def _is_required(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing
