"""What all messages of a shop's server have in common when they are read."""

# Rules of this file: `BadRequest` and nothing else. Null means "absent", decimals may
# come as strings (shops keep money as decimals), unknown fields are ignored.

from __future__ import annotations

import re
from typing import Any, TypeVar

from engage.clock import epoch_s, rfc3339
from engage.errors import BadRequest, CallerError
from engage.wire.lenient import as_number, convert
from engage.wire.plain import check_id, read_object, shown

T = TypeVar("T")
Plain = dict[str, Any]

_MONEY = frozenset({"value", "margin", "discount", "refund"})
# RFC 3339, no more: `fromisoformat` would also read week dates and times without zone.
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def read_message(body: bytes, cls: type[T]) -> T:
    """Return the message in `body` as `cls`.

    Raises:
        BadRequest: with the field, the limit and the value.
    """
    given = read_object(body, bad=BadRequest)
    return convert(prepared(given), cls, given=given, bad=BadRequest)


def prepared(given: Plain) -> Plain:
    """Return a message without nulls and with decimals in strings as numbers.

    Raises:
        BadRequest: an amount is no number.

    >>> prepared({"value": "129.90", "code": None})
    {'value': 129.9}
    """
    plain = {name: value for name, value in given.items() if value is not None}
    for name in _MONEY & plain.keys():
        if isinstance(plain[name], str):
            plain[name] = as_number(plain[name], field=name, bad=BadRequest)
    return plain


def read_id(text: str, *, field: str) -> str:
    """Return `text`, a part of a path, when it is an id.

    Raises:
        BadRequest: it is none.
    """
    return check_id(text, field=field, bad=BadRequest)


def epoch_of(text: str, *, field: str, bad: type[CallerError] = BadRequest) -> float:
    """Return epoch seconds of an RFC 3339 time.

    Raises:
        CallerError: `bad`, when it is none.

    >>> epoch_of("2026-11-21T10:15:00.5Z", field="at")
    1795256100.5
    """
    if _TIME.fullmatch(text):
        try:
            at_s = epoch_s(text.upper())
            # Told in UTC, the last hours of the year 9999 may be in no calendar.
            rfc3339(at_s)
        except ValueError:
            pass  # a 13th month, a 25th hour: the sentence below says it
        else:
            return at_s
    raise bad(
        f"{field} must be an RFC 3339 time with offset, got {shown(text)}", field=field
    )
