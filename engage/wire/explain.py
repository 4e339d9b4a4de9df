"""Turns a decoder's complaint into a sentence with the field, the limit and the value.

msgspec says "Expected `float` >= 0.0 - at `$.item.price`"; a caller reads
"events[2].item.price must be >= 0, got -5".
"""

# Rules of this file: wording only; it decides nothing. A complaint that no rule knows
# is passed on as it is, so that a new msgspec makes messages plainer, never wrong.

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from engage.wire.plain import shown

# More alternatives than this make a message nobody reads.
_MOST_LISTED = 24
_TYPES = {
    "int": "an integer",
    "float": "a number",
    "str": "a string",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|(\[\.\.\.\])")
_AT = re.compile(r" - at (?:`key` in )?`\$(?P<path>.*)`$")
_MISSING = re.compile(r"Object missing required field `(?P<name>.+?)`")
_LENGTH = re.compile(
    r"Expected `(?P<type>\w+)` of length (?P<sign><=|>=) (?P<limit>\d+)"
)
_PATTERN = re.compile(r"Expected `str` matching regex (?P<pattern>.+)")
_BOUND = re.compile(r"Expected `.+?` (?P<sign><=|>=|<|>) (?P<limit>[-+.\de]+)")
_TYPE = re.compile(r"Expected `(?P<type>.+?)`, got `.+?`")
_ABSENT = object()


class Mistake(NamedTuple):
    """What is wrong: the path of the field and the whole sentence about it."""

    field: str
    sentence: str


def explain(
    error: msgspec.ValidationError, cls: type, *, plain: object, path: str = ""
) -> Mistake:
    """Return the sentence for `error`, raised while reading `plain` as `cls`.

    Args:
        error: what msgspec raised.
        cls: the struct that was wanted; knows the allowed values of a closed choice.
        plain: what was given, to show the value.
        path: where `plain` stands in the whole message, for example `events[2]`.
    """
    text = str(error)
    at = _AT.search(text)
    inner = at.group("path") if at else ""
    problem = text[: at.start()] if at else text
    missing = _MISSING.match(problem)
    if missing:
        field = f"{path}{inner}.{missing.group('name')}".lstrip(".")
        return Mistake(field, f"{field} is required")
    steps = [one.group(1) or one.group(2) or "" for one in _STEP.finditer(inner)]
    value = _value_at(plain, steps)
    field = f"{path}{inner}".lstrip(".") or "body"
    sentence = f"{field} {_rule(problem, cls, steps)}"
    if value is _ABSENT:
        return Mistake(field, sentence)
    return Mistake(field, f"{sentence}, got {_measured(problem, value)}")


def _rule(problem: str, cls: type, steps: list[str]) -> str:
    """Return what the field must be, as the rest of a sentence."""
    if match := _LENGTH.match(problem):
        unit = "characters" if match.group("type") == "str" else "entries"
        most = "at most" if match.group("sign") == "<=" else "at least"
        return f"must hold {most} {match.group('limit')} {unit}"
    if match := _PATTERN.match(problem):
        pattern = match.group("pattern").strip("'\"").replace("\\\\", "\\")
        return f"must match {pattern.removeprefix('^').removesuffix(chr(92) + 'Z')}"
    if match := _BOUND.match(problem):
        limit = float(match.group("limit"))
        whole = int(limit) if limit.is_integer() else limit
        return f"must be {match.group('sign')} {whole}"
    if match := _TYPE.match(problem):
        return f"must be {_type_words(match.group('type'))}"
    if problem.startswith("Invalid enum value"):
        return f"must be {_choices(cls, steps)}"
    if "out of range" in problem:
        return "must be a number of double precision"
    return f"is not accepted: {problem}"


def _measured(problem: str, value: object) -> str:
    """Return the value, or its length where the length is what is wrong."""
    if _LENGTH.match(problem) and isinstance(value, str | list | tuple) and value:
        return str(len(value))
    return shown(value)


def _type_words(types: str) -> str:
    names = [name for name in types.split(" | ") if name != "null"]
    if "int" in names and "float" in names:
        names.remove("int")
    return " or ".join(_TYPES.get(name, name) for name in names)


def _value_at(plain: object, steps: list[str]) -> object:
    value: Any = plain
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list | tuple) and step.isdecimal():
            value = value[int(step)]
        else:
            return _ABSENT
    return value


def _choices(cls: type, steps: list[str]) -> str:
    """Return the allowed values of the field at `steps` of `cls`."""
    names = (step for step in steps if step and not step.isdecimal())
    allowed = _allowed(cls, tuple(names))
    if isinstance(allowed, str):
        return allowed
    if len(allowed) == 1:
        return shown(allowed[0])
    return f"one of {', '.join(str(one) for one in allowed)}"


@cache
def _allowed(cls: type, names: tuple[str, ...]) -> tuple[Any, ...] | str:
    """Return the values of a closed choice, or what they are called together."""
    node: inspect.Type = inspect.type_info(cls)
    described = ""
    for name in names:
        for one in _members(node):
            if isinstance(one, inspect.StructType):
                node = next(f.type for f in one.fields if f.encode_name == name)
                break
    values: tuple[Any, ...] = ()
    for one in _members(node):
        if isinstance(one, inspect.Metadata):
            described = str((one.extra_json_schema or {}).get("description", ""))
        if isinstance(one, inspect.LiteralType):
            values += tuple(one.values)
    return values if values and len(values) <= _MOST_LISTED else described


def _members(node: inspect.Type) -> list[inspect.Type]:
    """Return `node` and everything an alternative, a list or a note of it wraps."""
    found: list[inspect.Type] = [node]
    for one in found:
        if isinstance(one, inspect.UnionType):
            found.extend(one.types)
        elif isinstance(one, inspect.Metadata):
            found.append(one.type)
        elif isinstance(one, inspect.VarTupleType | inspect.ListType):
            found.append(one.item_type)
        elif isinstance(one, inspect.DictType):
            found.append(one.value_type)
    return found
