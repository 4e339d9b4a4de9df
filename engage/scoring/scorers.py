"""The learning side of all scorers of a site: what the learner owns."""

# Rules of this file: the table of names and the bundle made from it. A new scorer is
# one file, one line in the table, and a field of `FrozenScorers` and `Scores`.

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from engage.errors import FeatureError
from engage.scoring import hesitation, intent
from engage.scoring.base import Example, Plain, Scorer
from engage.scoring.dwell import DwellScorer
from engage.scoring.frozen import FrozenScorers, check_schema
from engage.visits.features import SCHEMA

SCORERS: Final[Mapping[str, Callable[[], Scorer]]] = {
    "hesitation": hesitation.new,
    "intent": intent.new,
    "dwell": DwellScorer,
}


class Scorers:
    """The learning side of all scorers. One owner; not safe to share."""

    def __init__(self) -> None:
        self.table: dict[str, Scorer] = {name: new() for name, new in SCORERS.items()}

    def learn(self, example: Example) -> None:
        """Let the scorer that the example names learn from it.

        Raises:
            FeatureError: no such scorer, or the example is out of bounds; then nothing
                has changed.
        """
        scorer = self.table.get(example.scorer)
        if scorer is None:
            raise FeatureError(
                f"scorer must be one of {list(self.table)}, got {example.scorer!r}"
            )
        scorer.learn(example)

    def freeze(self) -> FrozenScorers:
        """Return the serving side as of now; later learning does not change it."""
        frozen: dict[str, Any] = {n: s.freeze() for n, s in self.table.items()}
        return FrozenScorers(**frozen)

    def quality(self) -> dict[str, dict[str, float]]:
        """Return the prequential figures of every scorer, by its name."""
        return {name: scorer.quality() for name, scorer in self.table.items()}

    def state(self) -> Plain:
        """Return everything as plain data, so that `restore` continues bit for bit."""
        states = {name: scorer.state() for name, scorer in self.table.items()}
        return {"schema": SCHEMA} | states

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Replace everything by what `state` returned.

        Raises:
            SnapshotRejected: it was made for another feature table or basis.
        """
        check_schema(plain)
        for name, scorer in self.table.items():
            scorer.restore(plain[name])
