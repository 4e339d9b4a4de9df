"""Reads JSON into plain values, or says in a sentence why it cannot be read.

Stricter than JSON itself: UTF-8 without byte order mark, finite numbers, no lone
surrogates, no key twice in an object.
"""

# Rules of this file: the slow, exact reading. It is used for what is rare (messages of
# a shop's server) or already suspicious (a beacon that failed the typed decoding).

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import accumulate, islice
from typing import Any

import msgspec

from engage.errors import CallerError
from engage.wire.limits import is_id

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
# A key with its colon or a string that is none, a number, or a mark of structure.
_TOKEN = re.compile(
    rb'(?P<string>"[^"\\]*(?:\\.[^"\\]*)*")(?P<colon>\s*:)?'
    rb"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|[{}\[\],]"
)
# Finding the place of a mistake may take a few milliseconds, not more; a hundred events
# of ten fields have fewer tokens than this.
_MOST_TOKENS = 3_000
_LONGEST_PATH = 120
_FAR = "?" * (_LONGEST_PATH + 1)
_BOM = b"\xef\xbb\xbf"
# Levels of lists and objects. Ours have six; how many Python could read differs from
# one version to the next.
_DEEPEST = 512
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {code: 1 if code in b"[{" else -1 for code in b"[]{}"}


def read_object(body: bytes, *, bad: type[CallerError]) -> dict[str, Any]:
    """Return the JSON object in `body` as plain values.

    Args:
        body: the whole message.
        bad: the error to raise when it is none.

    Raises:
        CallerError: `bad`, with what is wrong and where.

    >>> from engage.errors import BadBeacon
    >>> read_object(b'{"seq": 7}', bad=BadBeacon)
    {'seq': 7}
    """
    plain = read_json(body, bad=bad)
    if not isinstance(plain, dict):
        raise bad(f"body must be an object, got {shown(plain)}", field="body")
    _refuse_repeats(body, plain, bad=bad)
    return plain


def read_json(body: bytes, *, bad: type[CallerError]) -> object:
    """Return the JSON value in `body`; a repeated key is not noticed here.

    Raises:
        CallerError: `bad`, with what is wrong and where.
    """
    if not body.strip():
        raise bad("body must be a JSON object, got nothing", field="body")
    if body.startswith(_BOM):
        raise bad("body must not begin with a byte order mark", field="body")
    if _is_too_deep(body):
        raise bad("body is nested too deeply", field="body")
    try:
        return msgspec.json.decode(body)
    except msgspec.ValidationError as error:
        # The untyped decoding knows one kind of invalid value: numbers like 1e999.
        field, number = _first_infinite(body)
        raise bad(
            f"{field} must be a number of double precision, got {number}", field=field
        ) from error
    except msgspec.DecodeError as error:
        reason = str(error).removeprefix("JSON is malformed: ").lower()
        raise bad(f"body must be JSON: {reason}", field="body") from error
    except UnicodeDecodeError as error:
        wrong = error.object[error.start]
        raise bad(
            f"body must be UTF-8, got byte 0x{wrong:02x}", field="body"
        ) from error


def _is_too_deep(body: bytes) -> bool:
    """Tell whether lists and objects are nested deeper than anybody means it.

    >>> _is_too_deep(b"[" * 512 + b"]" * 512), _is_too_deep(b"[" * 513)
    (False, True)
    >>> _is_too_deep(b'["' + b"[" * 600 + b'"]'), _is_too_deep(b"[[],[]," * 300)
    (False, False)
    """
    if body.count(b"[") + body.count(b"{") <= _DEEPEST:
        return False
    brackets = _STRING.sub(b"", body).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > _DEEPEST


def check_id(text: str, *, field: str, bad: type[CallerError]) -> str:
    """Return `text` when it is an id.

    Raises:
        CallerError: `bad`, when it is none.

    >>> check_id("v_8JxK2m", field="visitor", bad=CallerError)
    'v_8JxK2m'
    """
    if not is_id(text):
        raise bad(
            f"{field} must match [A-Za-z0-9_.:-]{{1,64}}, got {shown(text)}",
            field=field,
        )
    return text


def shown(value: object) -> str:
    """Return `value` as the caller wrote it, short enough for a message.

    >>> shown(-5), shown("a" * 99), shown(None), shown([1]), shown(True)
    ('-5', '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa..."', 'null', 'a list', 'true')
    """
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and not isinstance(value, bool):
        text = repr(value)  # may be wider than any integer type of an encoder
    else:
        text = msgspec.json.encode(value).decode()
    if len(text) <= 40:
        return text
    return f'{text[:37]}..."' if isinstance(value, str) else f"{text[:37]}..."


def _refuse_repeats(body: bytes, plain: object, *, bad: type[CallerError]) -> None:
    """Raise when an object in `body` has a key twice.

    Parsers differ in which of the two wins; whoever sends both wants something. What
    was read, written again, has a colon less for each key that was lost.
    """
    if _count_keys(body) != _count_keys(msgspec.json.encode(plain)):
        field = _first_repeat(body)
        if field == "body":
            raise bad("body must hold each key once, got one twice", field=field)
        raise bad(f"{field} must stand once, got it twice", field=field)


def _count_keys(text: bytes) -> int:
    return _STRING.sub(b"", text).count(b":")


def _first_repeat(body: bytes) -> str:
    """Return the path of the first key that its object already had."""
    seen: set[tuple[int, str]] = set()
    for frame, path, token in _walk(body):
        if token["colon"]:
            if (frame, path) in seen:
                return _told(path)
            seen.add((frame, path))
    return "body"


def _first_infinite(body: bytes) -> tuple[str, str]:
    """Return the path and the digits of the first number beyond double precision."""
    for _, path, token in _walk(body):
        digits = (token["number"] or b"0").decode()
        if math.isinf(float(digits)):
            return _told(path), digits if len(digits) <= 40 else f"{digits[:37]}..."
    return "body", "a larger one"


def _told(path: str) -> str:
    """Return a path that is worth telling, else `body`."""
    return path if 0 < len(path) <= _LONGEST_PATH else "body"


def _walk(body: bytes) -> Iterator[tuple[int, str, re.Match[bytes]]]:
    """Yield keys and values of JSON, each with its object's number and path.

    Stops where the text is no JSON any more, which is for the decoder to say, and
    after so many tokens that only an attack has more.
    """
    bases: list[tuple[int, str]] = []
    labels: list[str | int] = []
    frames = 0
    for token in islice(_TOKEN.finditer(body), _MOST_TOKENS):
        mark = token.group()
        if not bases and (mark in b"}]," or token["colon"]):
            return
        if mark in b"}]":
            bases.pop()
            labels.pop()
            continue
        if mark == b"," and isinstance(labels[-1], int):
            labels[-1] += 1
        elif token["colon"]:
            labels[-1] = msgspec.json.decode(token["string"], type=str)
        path = _path(bases, labels)
        if mark in b"{[":
            frames += 1
            # What is too long to be told would be repeated in every path below it.
            bases.append((frames, path if len(path) <= _LONGEST_PATH else _FAR))
            labels.append("" if mark == b"{" else 0)
        elif mark != b",":
            yield bases[-1][0] if bases else 0, path, token


def _path(bases: list[tuple[int, str]], labels: list[str | int]) -> str:
    if not bases:
        return ""
    label = labels[-1]
    step = f"[{label}]" if isinstance(label, int) else f".{label}"
    return f"{bases[-1][1]}{step}".lstrip(".")
