"""The serving side of a probability: one dot product over a fixed basis of terms.

The same arithmetic as river's scaler and logistic regression, which it was frozen from;
a test holds the two within 1e-9 on 10,000 vectors.
"""

# Rules of this file: immutable, numpy only. Serving never imports river.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engage.errors import SnapshotRejected
from engage.scoring.base import Plain, Vector, check_vector, sigmoid
from engage.scoring.basis import Basis
from engage.scoring.quality import CLAMP


def clamped(probability: float) -> float:
    """Return a probability kept in [1e-4, 1 - 1e-4].

    >>> clamped(1.0)
    0.9999
    """
    return min(max(probability, CLAMP), 1.0 - CLAMP)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrozenLogistic:
    """The serving side: immutable, about 10 microseconds a score.

    Attributes:
        basis: how inputs become terms.
        means: shape (n_inputs,), 0 for flags.
        inverse: shape (n_inputs,), 1 / standard deviation; 1 for flags, 0 if constant.
        weights: shape (n_terms,), logit per unit of the term.
    """

    basis: Basis
    means: Vector
    inverse: Vector
    weights: Vector

    def __post_init__(self) -> None:
        """Refuse arrays of the wrong length or with non-finite numbers; seal them.

        Raises:
            SnapshotRejected: with reason `schema` or `not_finite`.
        """
        inputs, terms = len(self.basis.names), len(self.basis.terms)
        for name, size in (("means", inputs), ("inverse", inputs), ("weights", terms)):
            array = getattr(self, name)
            if array.shape != (size,):
                raise SnapshotRejected(
                    "schema", f"{name} must have shape ({size},), got {array.shape}"
                )
            if not np.isfinite(array).all():
                raise SnapshotRejected("not_finite", f"{name} must be finite")
            array.setflags(write=False)

    def score(self, inputs: Vector) -> float:
        """Return the probability for transformed inputs, in [1e-4, 1 - 1e-4].

        Raises:
            FeatureError: wrong length or a number that is not finite.
        """
        return self.chance(check_vector(inputs, length=self.means.shape[0]))

    def chance(self, inputs: Vector) -> float:
        """Return `score` of inputs that are known to be sound: each beacon's way."""
        z = self.basis.standardise(inputs, means=self.means, inverse=self.inverse)
        terms = self.basis.expand(inputs, z=z)
        # Multiplied and added up in numpy's own order: the same on every processor,
        # as a product of BLAS is not.
        np.multiply(terms, self.weights, out=terms)
        return clamped(sigmoid(float(np.add.reduce(terms))))

    def plain(self) -> Plain:
        """Return the parameters as plain data; floats survive JSON exactly."""
        return {
            "basis": self.basis.plain(),
            "means": self.means.tolist(),
            "inverse": self.inverse.tolist(),
            "weights": self.weights.tolist(),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> FrozenLogistic:
        """Return what `plain` wrote.

        Raises:
            SnapshotRejected: lengths do not fit or a number is not finite.
        """
        return cls(
            basis=Basis.from_plain(plain["basis"]),
            means=np.array(plain["means"], dtype=np.float64),
            inverse=np.array(plain["inverse"], dtype=np.float64),
            weights=np.array(plain["weights"], dtype=np.float64),
        )
