"""Hesitation labels that wait, packed into a few bytes of their session.

Most features of most visits are zero, so only the others are kept, as float32: a
feature needs no more than its seven digits, and the learner reads the same bytes.
"""

# Rules of this file: layout only; when a label opens, weighs and resolves is decided in
# `checkpoints`. At most 64 features, because one bit each says which are kept.

from __future__ import annotations

import struct
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engage.errors import FeatureError

# Active seconds at opening, weight, score, time; progress; length, bits of the
# non-zero ones.
_HEAD = struct.Struct("<4d?BQ")
_ACTIVE = struct.Struct("<d")
_DTYPE: Final = np.dtype("<f4")
MAX_FEATURES: Final = 64


class Checkpoint(NamedTuple):
    """A hesitation label that waits for its horizon.

    Attributes:
        opened_active_s: the session's active time when it was opened.
        weight: product of 1 / p(none) over the decisions since, >= 1.
        score: the hesitation predicted then, in [0, 1].
        at_s: when it was opened, epoch seconds.
        has_progressed: its label is known to be 0, and waits for its horizon.
        length: number of features.
        bits: one for each feature that is not zero.
        values: those features, float32, packed.
    """

    opened_active_s: float
    weight: float
    score: float
    at_s: float
    has_progressed: bool
    length: int
    bits: int
    values: bytes

    @property
    def features(self) -> NDArray[np.float64]:
        """The features when it was opened: shape (length,), float64."""
        dense = np.zeros(self.length)
        where = [i for i in range(self.length) if self.bits >> i & 1]
        dense[where] = np.frombuffer(self.values, dtype=_DTYPE)
        return dense


def checkpoint(
    vector: NDArray[np.float64], *, active_s: float, score: float, at_s: float
) -> Checkpoint:
    """Return a label of weight 1 for the features of now.

    Raises:
        FeatureError: there are more than 64 features.
    """
    if len(vector) > MAX_FEATURES:
        raise FeatureError(f"features must be <= {MAX_FEATURES}, got {len(vector)}")
    where = vector != 0
    bits = int.from_bytes(np.packbits(where, bitorder="little").tobytes(), "little")
    values = vector[where].astype(_DTYPE).tobytes()
    return Checkpoint(active_s, 1.0, score, at_s, False, len(vector), bits, values)


def packed(checkpoints: tuple[Checkpoint, ...]) -> bytes:
    """Return waiting labels as bytes."""
    return b"".join(_HEAD.pack(*one[:-1]) + one.values for one in checkpoints)


def opened_active_s(waiting: bytes) -> float:
    """Return the active time at which the oldest of packed labels was opened."""
    active_s: float = _ACTIVE.unpack_from(waiting)[0]
    return active_s


def unpacked(waiting: bytes) -> tuple[Checkpoint, ...]:
    """Return the labels that `packed` packed.

    >>> label = checkpoint(np.array([0.0, 2.5]), active_s=1.0, score=0.7, at_s=9.0)
    >>> unpacked(packed((label, label))) == (label, label)
    True
    """
    found, at = [], 0
    while at < len(waiting):
        head = _HEAD.unpack_from(waiting, at)
        start = at + _HEAD.size
        at = start + _DTYPE.itemsize * head[-1].bit_count()
        found.append(Checkpoint._make((*head, waiting[start:at])))
    return tuple(found)
