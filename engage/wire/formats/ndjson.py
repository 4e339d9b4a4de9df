"""Reads recorded beacons: one a line, as the browser sent them, plus `at`."""

# Rules of this file: it streams; a file may be larger than memory. Each file is in
# order of time, as a log is; a line that is not keeps its place and its own time.

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from engage.errors import BadBeacon
from engage.wire.beacon import decode_beacon
from engage.wire.formats.base import DEFAULT_SITE, Refused, TimedBeacon, lines_of
from engage.wire.messages import epoch_of

# A heap entry: time to merge by, and what to yield.
_Keyed = tuple[float, TimedBeacon | Refused]


class _Stamp(msgspec.Struct):
    at: str


_read_stamp = msgspec.json.Decoder(_Stamp).decode


def read(
    paths: Sequence[Path], *, site: str = DEFAULT_SITE
) -> Iterator[TimedBeacon | Refused]:
    """Yield the beacons of all files merged by time, refused lines in between.

    Each beacon carries its own site, so `site` is not used.
    """
    del site
    streams = [_lines(path) for path in paths]
    for _, found in heapq.merge(*streams, key=lambda keyed: keyed[0]):
        yield found


def _lines(path: Path) -> Iterator[_Keyed]:
    # A refused line has no time of its own: it comes right after the one before it.
    last_s = 0.0
    for number, line in enumerate(lines_of(path), start=1):
        if not line.strip():
            continue
        try:
            timed = _timed(line)
        except BadBeacon as error:
            yield last_s, Refused(str(path), number, str(error))
        else:
            last_s = timed.at_s
            yield last_s, timed


def _timed(line: bytes) -> TimedBeacon:
    # First the beacon: it knows best what is wrong with a line. `at` is unknown to it
    # and therefore ignored there.
    beacon, _ = decode_beacon(line)
    try:
        stamp = _read_stamp(line)
    except msgspec.ValidationError as error:
        raise BadBeacon("at is required, an RFC 3339 time", field="at") from error
    return TimedBeacon(epoch_of(stamp.at, field="at", bad=BadBeacon), beacon)
