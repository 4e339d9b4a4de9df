"""Models as the journal keeps them: packed, for they are large and written often.

A learner's checkpoint of six interventions is 12 MB, every ten seconds; packed it is a
ninth. A snapshot is 47 kB, and is kept for as long as a decision names it; packed it is
two fifths.
"""

# Rules of this file: what was kept plainly, by an earlier release or because it is
# small, is read as it is.

from __future__ import annotations

import zlib
from typing import Final

# No JSON begins with it.
_MARK: Final = b"\x00z"
# The fastest: others gain little more and take several times as long.
_LEVEL: Final = 1
_LEAST_BYTES: Final = 1_024


def packed(body: bytes) -> bytes:
    """Return the bytes to keep; other threads go on meanwhile.

    >>> body = b"0" * 2_000
    >>> len(packed(body)) < 100, unpacked(packed(body)) == body, packed(b"{}")
    (True, True, b'{}')
    """
    if len(body) < _LEAST_BYTES:
        return body
    return _MARK + zlib.compress(body, _LEVEL)


def unpacked(kept: bytes) -> bytes:
    """Return what was packed; what cannot be unpacked, as it is.

    Whoever reads it refuses that, as any other damage.

    >>> unpacked(b"[1]"), unpacked(_MARK + b"torn") == _MARK + b"torn"
    (b'[1]', True)
    """
    if not kept.startswith(_MARK):
        return kept
    try:
        return zlib.decompress(kept[len(_MARK) :])
    except zlib.error:
        return kept
