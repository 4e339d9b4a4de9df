"""The serving side of all scorers of a site: everyone reads, nobody changes."""

# Rules of this file: immutable, numpy only. Serving never imports river.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engage.errors import SnapshotRejected
from engage.scoring.base import Plain, Scores, Vector, check_vector, sigmoid
from engage.scoring.frozen_dwell import FrozenDwell
from engage.scoring.frozen_logistic import FrozenLogistic, clamped
from engage.visits.features import N_FEATURES, SCHEMA, transform
from engage.visits.shapes import PageView


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrozenScorers:
    """The serving side of all scorers; immutable, safe to read from anywhere."""

    hesitation: FrozenLogistic
    intent: FrozenLogistic
    dwell: FrozenDwell
    _means: Vector = field(init=False, repr=False)
    _inverse: Vector = field(init=False, repr=False)
    _weights: Vector = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Stack both probabilities, so that one pass over the terms gives both.

        Raises:
            SnapshotRejected: they have different bases (`schema`).
        """
        models = (self.hesitation, self.intent)
        if models[0].basis != models[1].basis:
            raise SnapshotRejected(
                "schema", "hesitation and intent must share one basis, got two"
            )
        for name in ("means", "inverse", "weights"):
            stacked = np.stack([getattr(model, name) for model in models])
            object.__setattr__(self, f"_{name}", stacked)

    def score(self, features: Vector, *, view: PageView | None) -> Scores:
        """Return the scores of a session.

        Args:
            features: shape (n_features,), as `describe` returned them.
            view: the page view looked at now; None if there is none yet.

        Raises:
            FeatureError: wrong length or a number that is not finite.
        """
        hesitation, intent = self.chances(features)
        return Scores(
            hesitation=hesitation,
            intent=intent,
            dwell=self.dwell.percentile(view, view.active_s) if view else None,
        )

    def chances(self, features: Vector) -> tuple[float, float]:
        """Return hesitation and intent, which take features and no page view.

        Raises:
            FeatureError: wrong length or a number that is not finite.
        """
        inputs = transform(check_vector(features, length=N_FEATURES))
        basis = self.hesitation.basis
        z = basis.standardise(inputs, means=self._means, inverse=self._inverse)
        terms = basis.expand(inputs, z=z)
        hesitation_logit, intent_logit = (terms * self._weights).sum(axis=1).tolist()
        return clamped(sigmoid(hesitation_logit)), clamped(sigmoid(intent_logit))

    def plain(self) -> Plain:
        """Return all parameters and the feature table's schema as plain data."""
        return {
            "schema": SCHEMA,
            "hesitation": self.hesitation.plain(),
            "intent": self.intent.plain(),
            "dwell": self.dwell.plain(),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> FrozenScorers:
        """Return what `plain` wrote.

        Raises:
            SnapshotRejected: another feature table, wrong shapes, or not finite.
        """
        check_schema(plain)
        return cls(
            hesitation=FrozenLogistic.from_plain(plain["hesitation"]),
            intent=FrozenLogistic.from_plain(plain["intent"]),
            dwell=FrozenDwell.from_plain(plain["dwell"]),
        )


def check_schema(plain: Mapping[str, Any]) -> None:
    """Refuse parameters that were made for another feature table.

    Raises:
        SnapshotRejected: with reason `schema`.
    """
    if plain.get("schema") != SCHEMA:
        got = plain.get("schema")
        raise SnapshotRejected("schema", f"schema must be {SCHEMA}, got {got!r}")
