"""The context: what the policy sees at a moment, as one vector."""

# Rules of this file: the order of names is part of every snapshot; append only.

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engage.deciding.policies.effects import INTENT, UNDECIDED
from engage.scoring.base import Scores
from engage.visits.features import NAMES, transform

SCORE_NAMES: Final = ("hesitation", "dwell", "intent")
CONTEXT: Final[tuple[str, ...]] = (*NAMES, *SCORE_NAMES)
# What an action's own effect may depend on: few, or a shop's traffic cannot tell them.
INTERACTIONS: Final[tuple[str, ...]] = ("price_eur", "cart_eur", *SCORE_NAMES)
# What an action's effect is made of: those, and those of who is undecided.
EFFECTS: Final[tuple[str, ...]] = (
    *INTERACTIONS,
    UNDECIDED,
    *(f"{UNDECIDED}*{name}" for name in INTERACTIONS if name != INTENT),
)
# A page that has no dwell yet is as long as the middle one.
_NO_DWELL: Final = 0.5


def context_of(vector: NDArray[np.float64], scores: Scores) -> NDArray[np.float64]:
    """Return the context of a session's features and scores.

    Args:
        vector: shape (n_features,), float64, as `describe` gave it.
        scores: each in [0, 1].

    Returns:
        shape (n_features + 3,), float64; features scaled for models, then scores.
    """
    dwell = _NO_DWELL if scores.dwell is None else scores.dwell
    return np.concatenate(
        (transform(vector), (scores.hesitation, dwell, scores.intent))
    )
