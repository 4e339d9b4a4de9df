"""The exact reading of a beacon that the fast path did not take.

Unknown fields and unknown events are counted and left out, GA4's numbers are taken
from strings, and everything else is either right or refused with a precise sentence.
"""

# Rules of this file: it works on plain values, one level at a time, and never changes
# what it was given: messages show what the caller sent.

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from engage.errors import BadBeacon, CallerError
from engage.wire.envelope import Beacon, Consent, Customer, Ignored, Page
from engage.wire.events import (
    EVENT_NAMES,
    EVENT_NUMBERS,
    ITEM_NUMBERS,
    SHOP_FIELDS,
    Event,
    Item,
    settle,
)
from engage.wire.explain import explain
from engage.wire.limits import EVENTS_PER_BEACON
from engage.wire.plain import check_id, read_object, shown

T = TypeVar("T")
Plain = dict[str, Any]

# Digits with an optional fraction and exponent; no "NaN", no "1,299.00", no blanks.
_NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,20})?([eE][-+]?\d{1,3})?", re.ASCII)
_FIELDS: dict[type[msgspec.Struct], frozenset[str]] = {
    cls: frozenset(cls.__struct_fields__)
    for cls in (Beacon, Consent, Page, Customer, Event, Item)
}


@dataclass(slots=True)
class _Tally:
    fields: int = 0
    events: int = 0


def read_leniently(body: bytes) -> tuple[Beacon, Ignored]:
    """Return the beacon in `body` and how much of it was unknown.

    Raises:
        BadBeacon: with the field, the limit and the value.
    """
    plain = read_object(body, bad=BadBeacon)
    tally = _Tally()
    top = _known(plain, Beacon, tally)
    for name, cls in (("consent", Consent), ("page", Page), ("customer", Customer)):
        if isinstance(top.get(name), dict):
            top[name] = _known(top[name], cls, tally)
    if isinstance(top.get("consent"), dict):
        _refuse_nulls(top["consent"], "consent")
    if isinstance(top.get("customer"), dict):
        # Shops hand over null for a visitor who is not logged in.
        top["customer"] = _without_nulls(top["customer"])
    rows = top.get("events")
    if isinstance(rows, list):
        top["events"] = []
    for name in ("site", "visitor", "session", "tab"):
        if isinstance(top.get(name), str):
            check_id(top[name], field=name, bad=BadBeacon)
    beacon = convert(top, Beacon, given=plain, bad=BadBeacon)
    events = _read_events(rows, tally)
    return replace(beacon, events=events), Ignored(tally.fields, tally.events)


def convert(
    plain: object,
    cls: type[T],
    *,
    given: object,
    bad: type[CallerError],
    path: str = "",
) -> T:
    """Return `plain` as `cls`, or raise a sentence about what was `given`.

    Raises:
        CallerError: `bad`, with the path of the field that does not fit.
    """
    try:
        return msgspec.convert(plain, cls)
    except msgspec.ValidationError as error:
        mistake = explain(error, cls, plain=given, path=path)
        raise bad(mistake.sentence, field=mistake.field) from error


def clean_item(row: object, *, path: str, bad: type[CallerError]) -> object:
    """Return an item without nulls and with its numbers as numbers.

    Raises:
        CallerError: `bad`, when a number is none.
    """
    if not isinstance(row, dict):
        return row
    names = _FIELDS[Item]
    known = {name: value for name, value in row.items() if name in names}
    if isinstance(known.get("item_id"), str):
        check_id(known["item_id"], field=f"{path}.item_id", bad=bad)
    return _numbers(_without_nulls(known), ITEM_NUMBERS, path=path, bad=bad)


def _read_events(rows: object, tally: _Tally) -> tuple[Event, ...]:
    assert isinstance(rows, list)  # or the conversion would have refused it
    if len(rows) > EVENTS_PER_BEACON:
        raise BadBeacon(
            f"events must hold at most {EVENTS_PER_BEACON} entries, got {len(rows)}",
            field="events",
        )
    events = []
    for index, row in enumerate(rows):
        event = _read_event(row, f"events[{index}]", tally)
        if event is not None:
            events.append(event)
    return tuple(events)


def _read_event(row: object, path: str, tally: _Tally) -> Event | None:
    """Return one event, or None when its name is unknown."""
    if not isinstance(row, dict):
        raise BadBeacon(f"{path} must be an object, got {shown(row)}", field=path)
    name = row.get("name")
    if isinstance(name, str) and name not in EVENT_NAMES:
        tally.events += 1
        return None
    fields = _known(row, Event, tally)
    for key in SHOP_FIELDS:
        if key in fields and fields[key] is None:
            del fields[key]
    _refuse_nulls(fields, path)
    fields = _numbers(fields, EVENT_NUMBERS, path=path, bad=BadBeacon)
    if "item" in fields:
        fields["item"] = _read_item(fields["item"], f"{path}.item", tally)
    if isinstance(fields.get("items"), list):
        fields["items"] = [
            _read_item(one, f"{path}.items[{index}]", tally)
            for index, one in enumerate(fields["items"])
        ]
    event = convert(fields, Event, given=row, bad=BadBeacon, path=path)
    settle(event, path)
    return event


def _read_item(row: object, path: str, tally: _Tally) -> object:
    if isinstance(row, dict):
        row = _known(row, Item, tally)
    return clean_item(row, path=path, bad=BadBeacon)


def _known(plain: Plain, cls: type[msgspec.Struct], tally: _Tally) -> Plain:
    """Return what `cls` knows of `plain`; counts the rest."""
    names = _FIELDS[cls]
    known = {name: value for name, value in plain.items() if name in names}
    tally.fields += len(plain) - len(known)
    return known


def _without_nulls(plain: Plain) -> Plain:
    return {name: value for name, value in plain.items() if value is not None}


def _refuse_nulls(fields: Plain, path: str) -> None:
    """Raise for a null; beside GA4's fields, "nothing" is said by leaving it out."""
    for name, value in fields.items():
        if value is None and name != "name":
            raise BadBeacon(
                f"{path}.{name} must not be null; leave it out", field=f"{path}.{name}"
            )


def _numbers(
    plain: Plain, names: Collection[str], *, path: str, bad: type[CallerError]
) -> Plain:
    """Return `plain` with the numbers that came as strings under `names`."""
    numbers = dict(plain)
    for name in names:
        if isinstance(plain.get(name), str):
            numbers[name] = as_number(plain[name], field=f"{path}.{name}", bad=bad)
    return numbers


def as_number(text: str, *, field: str, bad: type[CallerError]) -> float:
    """Return the number that `text` spells, perhaps infinite.

    Raises:
        CallerError: `bad`, when it spells none.

    >>> as_number("899.00", field="price", bad=BadBeacon)
    899.0
    """
    if not _NUMBER.fullmatch(text):
        raise bad(f"{field} must be a number, got {shown(text)}", field=field)
    return float(text)
