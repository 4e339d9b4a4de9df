"""Which beacons are new, repeated or too late.

Networks repeat and reorder. Each tab counts its beacons; the session remembers, for
its latest tabs, the highest number and which of the 64 numbers up to it have arrived.
"""

# Rules of this file: no state but the two values passed in. A number seen is never
# applied again. A missing number may still come for REORDER_S after it was skipped;
# after that it is late, because what came later has been judged without it.

from __future__ import annotations

import struct
from typing import Final, Literal, NamedTuple
from zlib import crc32

import msgspec

Result = Literal["applied", "duplicate", "late"]

# The promise of the design: reordering within 64 numbers and 10 s is made good.
WINDOW: Final = 64
REORDER_S: Final = 10.0
# A page load is a tab; bfcache, parallel tabs and beacons that are sent again bring the
# last few of them back. One costs 16 bytes.
MAX_TABS: Final = 8
# Jumps over missing numbers remembered at once; beyond it the oldest two are merged.
MAX_SKIPS: Final = 8

_MASK: Final = 2**WINDOW - 1
# Tab (as a 32-bit checksum, to be small), highest number, bits of the 64 up to it.
_ENTRY = struct.Struct("<IIQ")


class Skip(NamedTuple):
    """A jump over missing numbers: those between `low` and `high`, at `at_s`."""

    tab: int
    low: int
    high: int
    at_s: float


class Placement(msgspec.Struct, frozen=True, gc=False):
    """What a beacon's number means, and what to remember of it.

    Attributes:
        result: `applied`, `duplicate` or `late`.
        tab: its key.
        is_newest: the number is higher than any seen of this tab.
        tabs: packed windows, the latest tab last.
        skips: jumps over numbers that may still come.
    """

    result: Result
    tab: int
    is_newest: bool
    tabs: bytes
    skips: tuple[Skip, ...]


def tab_key(tab: str) -> int:
    """Return the 32-bit key under which a tab is remembered.

    >>> tab_key("t_91ab") == tab_key("t_91ab")
    True
    """
    return crc32(tab.encode())


def place(
    tabs: bytes, skips: tuple[Skip, ...], *, tab: str, seq: int, at_s: float
) -> Placement:
    """Tell whether number `seq` of `tab`, arriving at `at_s`, is new.

    Args:
        tabs: packed windows of at most `MAX_TABS` tabs.
        skips: recent jumps over missing numbers.
        tab: the tab's id.
        seq: the beacon's number, 0 to 1e9.
        at_s: its arrival, epoch seconds; never before an earlier one.

    >>> first = place(b"", (), tab="t", seq=0, at_s=0.0)
    >>> place(first.tabs, first.skips, tab="t", seq=0, at_s=1.0).result
    'duplicate'
    """
    key = tab_key(tab)
    start, top, mask = _find(tabs, key)
    if seq > top:
        ahead = seq - top
        mask = (mask << ahead | 1) & _MASK if ahead < WINDOW else 1
        stored = _stored(tabs, start, key=key, top=seq, mask=mask)
        if skips or ahead > 1:
            skips = _skipped(skips, Skip(key, top, seq, at_s))
        return Placement("applied", key, is_newest=True, tabs=stored, skips=skips)
    back = top - seq
    if back >= WINDOW:
        return Placement("late", key, is_newest=False, tabs=tabs, skips=skips)
    if mask >> back & 1:
        return Placement("duplicate", key, is_newest=False, tabs=tabs, skips=skips)
    is_awaited = any(
        skip.tab == key and skip.low < seq < skip.high and at_s - skip.at_s <= REORDER_S
        for skip in skips
    )
    # A late number is marked, too: its repeat is a duplicate, not late twice.
    marked = _stored(tabs, start, key=key, top=top, mask=mask | 1 << back)
    result: Result = "applied" if is_awaited else "late"
    return Placement(result, key, is_newest=False, tabs=marked, skips=skips)


def _find(tabs: bytes, key: int) -> tuple[int, int, int]:
    """Return where a tab's window starts (-1: nowhere), its top and its bits."""
    for start in range(len(tabs) - _ENTRY.size, -1, -_ENTRY.size):
        found, top, mask = _ENTRY.unpack_from(tabs, start)
        if found == key:
            return start, top, mask
    return -1, -1, 0


def _skipped(skips: tuple[Skip, ...], latest: Skip) -> tuple[Skip, ...]:
    """Return the jumps that may still be made good, the latest one if it is any."""
    fresh = tuple(skip for skip in skips if latest.at_s - skip.at_s <= REORDER_S)
    is_jump = latest.high - latest.low > 1
    return _bounded((*fresh, latest)) if is_jump else fresh


def _stored(tabs: bytes, start: int, *, key: int, top: int, mask: int) -> bytes:
    """Return the windows with this tab's last; the longest unused one makes room."""
    rest = tabs if start < 0 else tabs[:start] + tabs[start + _ENTRY.size :]
    return rest[-(MAX_TABS - 1) * _ENTRY.size :] + _ENTRY.pack(key, top, mask)


def _bounded(skips: tuple[Skip, ...]) -> tuple[Skip, ...]:
    """Merge the two oldest jumps of one tab when there are too many."""
    if len(skips) <= MAX_SKIPS:
        return skips
    first = skips[0]
    for index, other in enumerate(skips[1:], start=1):
        if other.tab == first.tab:
            # Keeping the later time is lenient: nothing in time is ever called late.
            merged = Skip(first.tab, first.low, other.high, other.at_s)
            return (*skips[1:index], merged, *skips[index + 1 :])
    return skips[1:]
