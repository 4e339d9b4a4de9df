"""The features of a session: computed, checked, and made fit for models.

The vector a decision was made on is logged with it, so training and serving cannot
differ.
"""

# Rules of this file: a vector is finite and within its bounds whatever was sent, or no
# vector at all. What the numbers mean stands in `feature_rows`.

from __future__ import annotations

import math
from array import array
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engage.errors import FeatureError
from engage.visits.computing import Feature, Seen, see
from engage.visits.feature_rows import ROWS
from engage.visits.value import Session

__all__ = [
    "FEATURES",
    "NAMES",
    "N_FEATURES",
    "SCHEMA",
    "Feature",
    "describe",
    "describe_seen",
    "transform",
]

Vector = NDArray[np.float64]

FEATURES: Final[tuple[Feature, ...]] = ROWS
N_FEATURES: Final = len(FEATURES)
NAMES: Final = tuple(feature.name for feature in FEATURES)


def _schema() -> str:
    """Hash what a model depends on: names, units, bounds and scales, in order."""
    rows = "\n".join(
        f"{f.name} {f.unit} {float(f.low)!r} {float(f.high)!r} {f.scale}"
        for f in FEATURES
    )
    return sha256(rows.encode()).hexdigest()[:16]


# Snapshots carry it; one of another schema is refused.
SCHEMA: Final = _schema()

# Linear models like inputs of a few units: every scaled feature ends within this.
REACH: Final = 5.0

_LOW: Final = np.array([f.low for f in FEATURES], dtype=np.float64)
_HIGH: Final = np.array([f.high for f in FEATURES], dtype=np.float64)
_COMPUTE: Final = tuple(f.compute for f in FEATURES)
_IS_LOG: Final = np.array([f.scale == "log" for f in FEATURES])
# Logarithms are of what is not negative; everything else may be anything.
_LEAST: Final = np.where(_IS_LOG, 0.0, -math.inf)


def _factor(feature: Feature) -> float:
    if feature.scale == "log":
        return REACH / math.log1p(feature.high)
    if feature.scale == "flag":
        return 1.0
    return REACH / max(abs(feature.low), abs(feature.high))


_FACTOR: Final = np.array([_factor(f) for f in FEATURES], dtype=np.float64)


def describe(session: Session, *, at_s: float) -> Vector:
    """Return the features of a session at a time.

    Args:
        session: after the beacon.
        at_s: epoch seconds, not before the beacon's arrival.

    Returns:
        shape (N_FEATURES,), float64, finite, within `[low, high]` of each row.

    Raises:
        FeatureError: `at_s` is not finite; sessions themselves hold whole numbers only.
    """
    return describe_seen(see(session, at_s=at_s))


def describe_seen(seen: Seen) -> Vector:
    """Return what `describe` returns of a session that was looked at already."""
    values = [compute(seen) for compute in _COMPUTE]
    # One sum tells: any NaN or infinity survives it, and it costs less than an array.
    if not math.isfinite(sum(values)):
        bad = [n for n, x in zip(NAMES, values, strict=True) if not math.isfinite(x)]
        raise FeatureError(f"features must be finite at {seen.at_s!r}, got bad {bad}")
    # Thrice as fast as numpy, which would look at each value's type first.
    vector = np.frombuffer(array("d", values))
    np.maximum(vector, _LOW, out=vector)
    np.minimum(vector, _HIGH, out=vector)
    return vector


def transform(vector: Vector) -> Vector:
    """Return features on the scale of models: logs taken, about -5 to 5.

    Zero stays zero, so that a model's weights on rare signals stay at rest until one
    comes.

    Args:
        vector: shape (N_FEATURES,) or (n, N_FEATURES), float64, as `describe` gave it.

    Returns:
        the same shape, float64.

    >>> float(transform(_HIGH).max())
    5.0
    """
    scaled: Vector = np.maximum(vector, _LEAST)
    np.log1p(scaled, out=scaled, where=_IS_LOG)
    return np.multiply(scaled, _FACTOR, out=scaled)
