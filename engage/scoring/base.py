"""What every scorer is: it learns from examples, predicts, and can be frozen.

The learning side is mutable and has one owner (the learner); the serving side is a
frozen value that any number of tasks may read. River's linear models tear when they
are read while they learn, so the two never share an array.
"""

# Rules of this file: types only. A score is predicted from what was known before its
# label, and quality is counted from that prediction: no scorer grades its own homework.

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engage.errors import FeatureError
from engage.visits.shapes import PageView

Vector = NDArray[np.float64]
Plain = dict[str, Any]

# A weight is a product of 1 / p(none); beyond 20 one example would outshout a day.
WEIGHT_CAP = 20.0
# Far above any feature's bound; what is beyond never went through `describe`.
FEATURE_LIMIT = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The scores of a session at one moment, each in [0, 1].

    Attributes:
        hesitation: probability of no funnel progress if left alone.
        dwell: percentile of the page view's active dwell; None before any dwell.
        intent: probability of an order within seven days.
    """

    hesitation: float
    dwell: float | None
    intent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One labelled thing a scorer learns from, exactly as the journal keeps it.

    Attributes:
        scorer: name in the table of scorers.
        label: 0 or 1; for `dwell` the active seconds.
        features: shape (n_features,) float64, untransformed; None for `dwell`.
        weight: importance in (0, 20]; larger ones are capped by the scorer.
        predicted: the score given when the example was made; None if none was.
        view: the page view a dwell belongs to.
        censored: the dwell was cut off by the first card shown in the view.
    """

    scorer: str
    label: float
    features: Vector | None = None
    weight: float = 1.0
    predicted: float | None = None
    view: PageView | None = None
    censored: bool = False


class Frozen(Protocol):
    """Immutable parameters of one scorer; safe to read from anywhere."""

    def plain(self) -> Plain:
        """Return the parameters as plain data; floats survive JSON exactly."""
        ...


class Scorer(Protocol):
    """The learning side of one scorer; single owner, never shared."""

    name: str

    def learn(self, example: Example) -> None:
        """Count the quality of the example's prediction, then learn from it."""
        ...

    def freeze(self) -> Frozen:
        """Return the serving side as of now; later learning does not change it."""
        ...

    def quality(self) -> dict[str, float]:
        """Return the prequential figures of the recent past; metrics show them."""
        ...

    def state(self) -> Plain:
        """Return everything as plain data, so that `restore` continues bit for bit."""
        ...

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Replace everything by what `state` returned."""
        ...


def sigmoid(logit: float) -> float:
    """Return 1 / (1 + exp(-logit)) without overflow.

    >>> sigmoid(0.0), sigmoid(-800.0)
    (0.5, 0.0)
    """
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    grown = math.exp(max(logit, -745.0))
    return grown / (1.0 + grown) if logit > -745.0 else 0.0


def check_vector(values: Vector, *, length: int) -> Vector:
    """Return `values` as float64, or refuse them.

    One non-finite number destroys a linear model for good (every weight becomes NaN
    and no exception is raised), so nothing passes this door unchecked.

    Raises:
        FeatureError: the shape is not `(length,)`, or a number is not finite or
            beyond +-1e9.

    >>> check_vector(np.array([1.0, 2.0]), length=2)
    array([1., 2.])
    """
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (length,):
        raise FeatureError(f"features must have shape ({length},), got {array.shape}")
    # NaN compares false, so one comparison refuses NaN, infinities and numbers whose
    # square would overflow the scaler.
    within = np.abs(array) <= FEATURE_LIMIT
    if not within.all():
        bad = [int(i) for i in np.flatnonzero(~within)]
        raise FeatureError(f"features must be finite, within +-1e9, got bad at {bad}")
    return array


def check_weight(weight: float) -> float:
    """Return an importance weight, capped at 20.

    Raises:
        FeatureError: the weight is not a finite number above 0.

    >>> check_weight(1e6)
    20.0
    """
    if not (math.isfinite(weight) and weight > 0):
        raise FeatureError(f"weight must be finite and > 0, got {weight!r}")
    return min(float(weight), WEIGHT_CAP)


def check_label(label: float) -> bool:
    """Return a binary label as a truth value.

    Raises:
        FeatureError: the label is neither 0 nor 1.

    >>> check_label(1.0)
    True
    """
    if label not in (0, 1):
        raise FeatureError(f"label must be 0 or 1, got {label!r}")
    return bool(label)
