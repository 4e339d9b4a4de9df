"""Decodes a beacon: strictly and fast when it is clean, exactly when it is not.

The fast path is one typed decoding in C. Whatever it does not like goes through
`lenient`, which ignores what is unknown and says precisely what is wrong.
"""

# Rules of this file: bytes in, a `Beacon` or `BadBeacon` out, never another exception.
# Both paths accept the same messages with the same result; only the time differs.

from __future__ import annotations

import re

import msgspec

from engage.errors import BadBeacon
from engage.wire.envelope import (
    DEFAULT_TAB,
    Beacon,
    Consent,
    Customer,
    Ignored,
    Page,
)
from engage.wire.events import (
    EVENT_NAMES,
    NEEDS,
    REPORTS,
    Event,
    Item,
    settle,
)
from engage.wire.lenient import read_leniently
from engage.wire.limits import EVENTS_PER_BEACON, INFLATED_BYTES

__all__ = [
    "DEFAULT_TAB",
    "EVENT_NAMES",
    "REPORTS",
    "Beacon",
    "Consent",
    "Customer",
    "Event",
    "Ignored",
    "Item",
    "Page",
    "decode_beacon",
    "encode_beacon",
]

_decode = msgspec.json.Decoder(Beacon).decode
_encode = msgspec.json.Encoder().encode
_are_ids = re.compile(r"[A-Za-z0-9_.:-]*").fullmatch
_NOTHING = Ignored()


def decode_beacon(body: bytes) -> tuple[Beacon, Ignored]:
    """Return the beacon in `body` and how much of it was unknown.

    Raises:
        BadBeacon: with the field, the limit and the value. Nothing may be applied.

    >>> beacon, ignored = decode_beacon(
    ...     b'{"v": 1, "site": "pk_demo", "visitor": "v_1", "session": "s_1",'
    ...     b' "seq": 0, "consent": {"measure": true}, "page": {"kind": "product"},'
    ...     b' "events": [{"name": "view_item", "item": {"item_id": "42"}}]}'
    ... )
    >>> beacon.tab, beacon.events[0].items[0].item_id, ignored
    ('0', '42', Ignored(fields=0, events=0))
    """
    if len(body) > INFLATED_BYTES:
        raise BadBeacon(
            f"body must be <= {INFLATED_BYTES} bytes, got {len(body)}", field="body"
        )
    beacon = _read_strictly(body)
    if beacon is None:
        return read_leniently(body)
    for index, event in enumerate(beacon.events):
        # Most events need nothing more; a call for each would cost a microsecond.
        if event.item is not None or event.items or event.name in NEEDS:
            settle(event, f"events[{index}]")
    return beacon, _NOTHING


def encode_beacon(beacon: Beacon) -> bytes:
    """Return `beacon` as JSON; decoding it gives an equal beacon."""
    return _encode(beacon)


def _read_strictly(body: bytes) -> Beacon | None:
    """Return the beacon if all of `body` is known and clean, else None.

    A decoder keeps the last of two equal keys and says nothing. Encoding what it kept
    shows it: defaults are made so that a clean message encodes to as many keys as it
    had, so an equal number of colons means that no key came twice. What is encoded in
    any case (`tab`, every event's `age_ms`) must have been said, or its absence would
    make up for a key too many. Escapes could hide a colon, so a message with a
    backslash is not read here.
    """
    try:
        beacon = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None  # `lenient` finds out what is wrong, if anything
    is_clean = (
        b"\\" not in body
        and body.count(b":") == _encode(beacon).count(b":")
        and b'"tab":' in body
        and body.count(b'"age_ms":') == len(beacon.events) <= EVENTS_PER_BEACON
        and _are_ids(f"{beacon.site}{beacon.visitor}{beacon.session}{beacon.tab}")
    )
    return beacon if is_clean else None
