"""How a scorer's run over simulated visits becomes a prior that gives way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from visits import Visits

from engage.scoring.base import Example, Vector
from engage.scoring.logistic import LogisticScorer
from engage.visits.features import SCHEMA

KIND = "prior from simulation"
# A prior must give way: it counts as a tenth of the examples it was made from.
DILUTION = 10
# Pseudo-counts of the scaler.
SCALER_COUNT = 500


def rounded(values: Iterator[tuple[str, float]]) -> dict[str, float]:
    """Return named values rounded to four digits."""
    return {name: round(float(value), 4) for name, value in values}


def probability_prior(
    scorer: LogisticScorer, visits: Visits, *, chances: Vector, seed: int
) -> dict[str, object]:
    """Return the prior that a scorer's run over simulated visits leaves.

    Args:
        scorer: new.
        visits: what it sees.
        chances: of a label of 1, shape (n,).
        seed: of the visits, for the file.
    """
    for row, chance in zip(visits.table, chances.tolist(), strict=True):
        # Both answers with the weight of their chance: the prior holds what was
        # assumed, and no dice.
        for label, weight in ((1.0, chance), (0.0, 1.0 - chance)):
            scorer.learn(
                Example(scorer=scorer.name, label=label, features=row, weight=weight)
            )
    state = scorer.state()
    terms, numeric = scorer.basis.terms, scorer.basis.numeric
    belief = state["optimiser"]
    ends = np.cumsum(np.arange(1, len(terms) + 1)) - 1
    learned = np.array(belief["covariance"])[ends] * DILUTION
    variances = np.minimum(learned, belief["prior"])
    return {
        "kind": KIND,
        "schema": SCHEMA,
        "seed": seed,
        "examples": len(chances),
        "weights": rounded(zip(terms, state["weights"], strict=True)),
        "variances": rounded(zip(terms, variances, strict=True)),
        "count": SCALER_COUNT,
        "means": rounded(zip(numeric, state["means"], strict=True)),
        "vars": rounded(zip(numeric, state["vars"], strict=True)),
    }
