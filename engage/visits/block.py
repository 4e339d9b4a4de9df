"""How a session's numbers and times lie in one block of bytes.

One immutable value of about 300 bytes instead of ninety objects: shared between copies,
compared at once, and small (benchmarks/session_bytes.py).

    4 times | wide, narrow numbers of the session | 1 time | wide, narrow of the view

The second half, from the view's own start on, is all a parked page keeps.
"""

# Rules of this file: layout only; what the numbers mean stands in `counters`. A number
# above its top is stored as its top.

from __future__ import annotations

import math
import struct
from typing import Final

import msgspec

from engage.visits.counters import COUNTERS, HERE, HERE_WIDE, SESSION_WIDE, TOPS


class Times(msgspec.Struct, frozen=True, gc=False):
    """The times of a session, epoch seconds; `draw_s` is NaN before the first draw."""

    started_s: float
    last_s: float
    event_s: float
    draw_s: float
    view_s: float


NEVER: Final = math.nan

_SESSION_NARROW: Final = HERE - SESSION_WIDE
_HERE_NARROW: Final = COUNTERS - HERE - HERE_WIDE
_SESSION = struct.Struct(f"<4d{SESSION_WIDE}I{_SESSION_NARROW}H")
_VIEW = struct.Struct(f"<d{HERE_WIDE}I{_HERE_NARROW}H")
_BLOCK = struct.Struct(f"{_SESSION.format}{_VIEW.format[1:]}")
_TIME = struct.Struct("<d")
_WIDE = struct.Struct("<I")
_NARROW = struct.Struct("<H")

VIEW_AT: Final = _SESSION.size
SIZE: Final = _BLOCK.size

STARTED_AT: Final = 0
LAST_AT: Final = 8
EVENT_AT: Final = 16
DRAW_AT: Final = 24


def _places() -> tuple[tuple[struct.Struct, int], ...]:
    """Return the struct and the offset of each number."""
    places, at = [], 4 * _TIME.size
    for index in range(COUNTERS):
        if index == HERE:
            at += _TIME.size
        is_wide = index < SESSION_WIDE or HERE <= index < HERE + HERE_WIDE
        one = _WIDE if is_wide else _NARROW
        places.append((one, at))
        at += one.size
    return tuple(places)


_PLACES: Final = _places()


def packed(numbers: list[int], times: Times) -> bytes:
    """Return the block of `COUNTERS` numbers, each within its top, and the times."""
    return _BLOCK.pack(
        times.started_s,
        times.last_s,
        times.event_s,
        times.draw_s,
        *numbers[:HERE],
        times.view_s,
        *numbers[HERE:],
    )


def packed_view(numbers: list[int], view_s: float) -> bytes:
    """Return the second half of a block: the numbers from HERE on and their start."""
    return _VIEW.pack(view_s, *numbers[HERE:])


def unpacked(block: bytes) -> tuple[list[int], Times]:
    """Return the numbers and the times of a block.

    >>> block = packed([7] * COUNTERS, Times(1.0, 2.0, 3.0, 4.0, 5.0))
    >>> unpacked(block)[0] == [7] * COUNTERS, unpacked(block)[1].view_s
    (True, 5.0)
    """
    started_s, last_s, event_s, draw_s, *numbers = _BLOCK.unpack(block)
    view_s = numbers.pop(HERE)
    return numbers, Times(started_s, last_s, event_s, draw_s, view_s)


def unpacked_view(half: bytes) -> tuple[list[int], float]:
    """Return the numbers of a page view, the first being HERE, and its start."""
    view_s, *here = _VIEW.unpack(half)
    return here, view_s


def read(block: bytes, index: int) -> int:
    """Return one number of a block."""
    one, at = _PLACES[index]
    number: int = one.unpack_from(block, at)[0]
    return number


def read_time(block: bytes, at: int) -> float:
    """Return one time of a block: `STARTED_AT` ... `DRAW_AT`, or `VIEW_AT`."""
    time_s: float = _TIME.unpack_from(block, at)[0]
    return time_s


def replaced(block: bytes, index: int, number: int) -> bytes:
    """Return a block in which one number is another."""
    one, at = _PLACES[index]
    new = one.pack(min(number, TOPS[index]))
    return block[:at] + new + block[at + one.size :]


def replaced_time(block: bytes, at: int, time_s: float) -> bytes:
    """Return a block in which one time is another."""
    return block[:at] + _TIME.pack(time_s) + block[at + _TIME.size :]
