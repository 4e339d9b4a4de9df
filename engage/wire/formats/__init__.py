"""Adapters for foreign recordings: each yields beacons with the file's own time."""

# Rules of this file: a new format is one module and one line in this table.

from __future__ import annotations

from engage.wire.formats import ndjson, rees46, yoochoose
from engage.wire.formats.base import DEFAULT_SITE, Reader, Refused, TimedBeacon

__all__ = ["DEFAULT_SITE", "FORMATS", "Reader", "Refused", "TimedBeacon"]

# Name on the command line -> its reader.
FORMATS: dict[str, Reader] = {
    "ndjson": ndjson.read,
    "rees46": rees46.read,
    "yoochoose": yoochoose.read,
}
