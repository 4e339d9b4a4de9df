"""Intent: the probability of an order within seven days, given the session now.

Learned from every untreated visit. Not a trigger: it is the surrogate index by which a
decision is rewarded at its short close, days before its orders are known (Athey,
Chetty, Imbens & Kang 2019).
"""

# Rules of this file: one scorer, its prior and nothing else.

from __future__ import annotations

from typing import Final

from engage.scoring.logistic import LogisticScorer, Prior
from engage.scoring.terms import SESSION_BASIS
from engage.visits.features import transform

# An order in 3 % of visits, the usual rate of a shop; logit(.03).
PRIOR: Final = Prior(logit=-3.5)


def new() -> LogisticScorer:
    """Return an intent scorer that has learned nothing.

    >>> new().name
    'intent'
    """
    return LogisticScorer(
        "intent", basis=SESSION_BASIS, prior=PRIOR, transform=transform
    )
