"""Hesitation: how likely a visitor, left alone, makes no progress in the funnel.

Learned at checkpoints (the first beacon of each page view and each minute of activity)
of stretches that were left alone; the label is 1 when nothing was put into the cart, no
checkout step and no order followed within the horizon of 120 s of activity or the
session's end. Examples carry the weight of how unlikely it was to be left alone.
"""

# Rules of this file: one scorer, its prior and nothing else.

from __future__ import annotations

from typing import Final

from engage.scoring.logistic import LogisticScorer, Prior
from engage.scoring.terms import SESSION_BASIS
from engage.visits.features import transform

# Five checkpoints in six see no progress: 3 to 15 % of stretches do, over shops
# (15.7 and 2.8 % in two public streams of visits).
PRIOR: Final = Prior(logit=1.6)


def new() -> LogisticScorer:
    """Return a hesitation scorer that has learned nothing.

    >>> new().name
    'hesitation'
    """
    return LogisticScorer(
        "hesitation", basis=SESSION_BASIS, prior=PRIOR, transform=transform
    )
