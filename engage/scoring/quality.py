"""Prequential quality of the scorers: predicted first, then compared with the label.

Every figure is over a window of the most recent examples and exact within it. (River's
ROCAUC uses ten thresholds and read .75 where the truth was .875.)
"""

# Rules of this file: pure functions of arrays, and two windows that only `add` changes.
# Each window is bounded. An expected calibration error is never shown without the value
# that a perfectly calibrated model would get from the same bins.

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engage.scoring.base import Vector

# Enough for a log-loss within .01 at any base rate, small enough to keep in a snapshot.
WINDOW = 2_000
BINS = 15
# Predictions are compared after this clamp, the same that serving applies.
CLAMP = 1e-4


def log_loss(predicted: Vector, labels: Vector, *, weights: Vector) -> float:
    """Return the weighted mean of -log(probability given to what happened), in nats.

    >>> half = np.array([0.5, 0.5])
    >>> round(log_loss(half, np.array([0.0, 1.0]), weights=np.ones(2)), 4)
    0.6931
    """
    p = np.clip(predicted, CLAMP, 1 - CLAMP)
    losses = -np.where(labels > 0.5, np.log(p), np.log1p(-p))
    return float(np.average(losses, weights=weights))


def roc_auc(predicted: Vector, labels: Vector, *, weights: Vector) -> float:
    """Return the area under the ROC curve, exact, ties counting half; NaN if one class.

    It is the weighted probability that a positive example is ranked above a negative.
    Reference: Hanley & McNeil, 1982.

    >>> p, y = np.array([0.1, 0.4, 0.4, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])
    >>> roc_auc(p, y, weights=np.ones(4))
    0.875
    """
    _, rank = np.unique(predicted, return_inverse=True)
    positive = np.bincount(rank, weights=weights * (labels > 0.5))
    negative = np.bincount(rank, weights=weights * (labels <= 0.5))
    pairs = positive.sum() * negative.sum()
    if pairs == 0:
        return float("nan")
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / pairs)


def calibration(
    predicted: Vector, labels: Vector, *, weights: Vector
) -> tuple[float, float]:
    """Return the expected calibration error over 15 equal-mass bins, and its floor.

    The floor is the error a perfectly calibrated model would be expected to show: in
    each bin the mean of |normal| with the variance of a weighted sum of Bernoullis.
    Only the difference says something about the model.

    Reference: Naeini, Cooper & Hauskrecht, 2015 (ECE); the floor is the half-normal
    mean, sqrt(2 / pi) standard deviations.

    >>> p = np.full(400, 0.25)
    >>> y = np.tile([0.0, 0.0, 0.0, 1.0], 100)
    >>> error, floor = calibration(p, y, weights=np.ones(400))
    >>> error < 0.02 < floor
    True
    """
    order = np.argsort(predicted, kind="stable")
    p, y, w = predicted[order], labels[order], weights[order]
    starts = np.unique(np.linspace(0, len(p), BINS + 1)[:-1].astype(int))
    mass = np.add.reduceat(w, starts)
    gap = np.abs(np.add.reduceat(w * (y - p), starts)) / mass
    spread = np.sqrt(np.add.reduceat(w * w * p * (1 - p), starts)) / mass
    share = mass / mass.sum()
    floor = float((share * spread).sum() * np.sqrt(2 / np.pi))
    return float((share * gap).sum()), floor


def pinball(predicted: Vector, observed: Vector, *, quantile: float) -> float:
    """Return the mean pinball loss of a predicted quantile, in the unit of `observed`.

    Reference: Koenker & Bassett, 1978.

    >>> pinball(np.array([1.0, 1.0]), np.array([2.0, 0.0]), quantile=0.9)
    0.5
    """
    gap = observed - predicted
    return float(np.maximum(quantile * gap, (quantile - 1) * gap).mean())


def share_below(
    reached: Vector, levels: Sequence[float], *, is_cut_short: Vector
) -> list[float]:
    """Return the share of observations at or below each level, in [0, 1].

    An observation that was cut short is longer than it seems, by an unknown amount. To
    leave it out would count the short ones too often; its place is taken by those
    that went on from where it ended.

    Args:
        reached: shape (n,), what each reached; n >= 1.
        levels: on the same scale.
        is_cut_short: shape (n,), above 0 where that is all that is known of it.

    Reference: Kaplan & Meier, 1958; without cuts it is the plain share.

    >>> reached, is_cut = np.array([0.2, 0.4, 0.9]), np.array([0.0, 1.0, 0.0])
    >>> shares = share_below(reached, [0.1, 0.5, 0.9], is_cut_short=is_cut)
    >>> [round(share, 3) for share in shares]
    [0.0, 0.333, 1.0]
    """
    is_cut = is_cut_short > 0
    if not is_cut.any():
        return [float((reached <= level).mean()) for level in levels]
    # Where both end at one place the cut one went on.
    order = np.lexsort((is_cut, reached))
    left = np.arange(len(reached), 0, -1)
    lasting = np.cumprod(np.where(is_cut[order], 1.0, 1.0 - 1.0 / left))
    places = np.searchsorted(reached[order], levels, side="right")
    return [1.0 - float(lasting[place - 1]) if place else 0.0 for place in places]


class ProbabilityQuality:
    """Prequential quality of a probability over its last `window` examples.

    Args:
        window: number of examples kept, >= 1.

    >>> recent = ProbabilityQuality()
    >>> for label in (True, False):
    ...     recent.add(0.8 if label else 0.2, label, weight=1.0)
    >>> recent.figures()["auc"]
    1.0
    """

    def __init__(self, window: int = WINDOW) -> None:
        self.rows: deque[tuple[float, float, float]] = deque(maxlen=window)
        self.seen = 0

    def add(self, predicted: float, label: bool, *, weight: float) -> None:
        """Append one prediction, made before its label was known."""
        self.rows.append((float(predicted), float(label), float(weight)))
        self.seen += 1

    def figures(self) -> dict[str, float]:
        """Return log_loss, auc, ece, ece_floor, base_rate, skill and count.

        `skill` is the share of the log-loss of the window's own base rate that the
        predictions save; NaN where there is nothing to compare.
        """
        if not self.rows:
            return {"count": 0.0}
        p, y, w = (np.array(column) for column in zip(*self.rows, strict=True))
        loss = log_loss(p, y, weights=w)
        base = float(np.average(y, weights=w))
        guess = log_loss(np.full_like(p, base), y, weights=w)
        error, floor = calibration(p, y, weights=w)
        return {
            "count": float(self.seen),
            "log_loss": loss,
            "auc": roc_auc(p, y, weights=w),
            "ece": error,
            "ece_floor": floor,
            "base_rate": base,
            "skill": 1 - loss / guess if 0 < base < 1 else float("nan"),
        }

    def state(self) -> dict[str, Any]:
        """Return the window as plain data."""
        return {"seen": self.seen, "rows": [list(row) for row in self.rows]}

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Replace the window by what `state` returned."""
        self.seen = int(plain["seen"])
        self.rows.clear()
        self.rows.extend((p, y, w) for p, y, w in plain["rows"])


class QuantileQuality:
    """Prequential coverage and pinball loss of several quantiles over a window.

    Args:
        quantiles: levels in (0, 1), ascending.
        window: number of examples kept, >= 1.
    """

    def __init__(self, quantiles: Sequence[float], *, window: int = WINDOW) -> None:
        self.quantiles = tuple(quantiles)
        self.rows: deque[tuple[float, ...]] = deque(maxlen=window)
        self.seen = 0

    def add(
        self,
        predicted: Sequence[float],
        observed: float,
        *,
        is_cut_short: bool = False,
    ) -> None:
        """Append the predicted quantiles of one observation, made before it.

        One that was cut short says that it would have been longer.
        """
        self.rows.append((float(observed), *predicted, float(is_cut_short)))
        self.seen += 1

    def figures(self) -> dict[str, float]:
        """Return count, and per quantile `coverage_error_…` and `pinball_…`.

        A coverage error is the share of observations at or below the predicted
        quantile minus the quantile, in [-1, 1]; see `share_below`. Pinball is in
        log-seconds, of whole observations only.
        """
        found: dict[str, float] = {"count": float(self.seen)}
        if not self.rows:
            return found
        table = np.array(self.rows)
        observed, knots, is_cut = table[:, 0], table[:, 1:-1], table[:, -1]
        whole = table[is_cut == 0]
        if not len(whole):
            return found
        reached = _reached(observed, knots, self.quantiles)
        shares = share_below(reached, self.quantiles, is_cut_short=is_cut)
        for column, level in enumerate(self.quantiles, start=1):
            found[f"coverage_error_{level}"] = shares[column - 1] - level
            loss = pinball(whole[:, column], whole[:, 0], quantile=level)
            found[f"pinball_{level}"] = loss
        return found

    def state(self) -> dict[str, Any]:
        """Return the window as plain data."""
        return {"seen": self.seen, "rows": [list(row) for row in self.rows]}

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Replace the window by what `state` returned."""
        self.seen = int(plain["seen"])
        self.rows.clear()
        whole = len(self.quantiles) + 1
        # Rows of an earlier release are all of whole observations.
        rows = (row if len(row) > whole else [*row, 0.0] for row in plain["rows"])
        self.rows.extend(map(tuple, rows))


def _reached(observed: Vector, knots: Vector, levels: Sequence[float]) -> Vector:
    """Return the level that each observation reached among its own quantiles.

    Between two quantiles it is on the straight line; outside of them only its order
    matters. At a quantile it is that quantile's level, exactly.
    """
    scale = np.array(levels)
    found = np.where(observed > knots[:, -1], 1.0, scale[-1])
    for at in range(len(scale) - 1, 0, -1):
        low, high = knots[:, at - 1], knots[:, at]
        part = np.clip((high - observed) / np.maximum(high - low, 1e-12), 0.0, 1.0)
        inside = scale[at] - part * (scale[at] - scale[at - 1])
        found = np.where(observed <= high, inside, found)
    outside = scale[0] / (1.0 + np.maximum(knots[:, 0] - observed, 0.0))
    return np.asarray(np.where(observed <= knots[:, 0], outside, found))
