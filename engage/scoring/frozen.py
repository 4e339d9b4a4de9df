"""The serving side of all scorers of a site: everyone reads, nobody changes."""

# Rules of this file: immutable, numpy only. Serving never imports river.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engage.errors import SnapshotRejected
from engage.scoring.base import Plain, Scores, Vector, check_vector
from engage.scoring.frozen_dwell import FrozenDwell
from engage.scoring.frozen_logistic import FrozenLogistic
from engage.visits.features import N_FEATURES, SCHEMA, transform
from engage.visits.shapes import PageView


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrozenScorers:
    """The serving side of all scorers; immutable, safe to read from anywhere."""

    hesitation: FrozenLogistic
    intent: FrozenLogistic
    dwell: FrozenDwell

    def __post_init__(self) -> None:
        """Refuse models of other inputs.

        Raises:
            SnapshotRejected: a model does not take the features there are (`schema`).
        """
        for name, model in (("hesitation", self.hesitation), ("intent", self.intent)):
            if (taken := len(model.basis.names)) != N_FEATURES:
                wrong = f"{name} must take {N_FEATURES} inputs, got {taken}"
                raise SnapshotRejected("schema", wrong)

    def score(self, features: Vector, *, view: PageView | None) -> Scores:
        """Return the scores of a session.

        Args:
            features: shape (n_features,), as `describe` returned them.
            view: the page view looked at now; None if there is none yet.

        Raises:
            FeatureError: wrong length or a number that is not finite.
        """
        inputs = transform(check_vector(features, length=N_FEATURES))
        return Scores(
            hesitation=self.hesitation.chance(inputs),
            intent=self.intent.chance(inputs),
            dwell=self.dwell.percentile(view, view.active_s) if view else None,
        )

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
