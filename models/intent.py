"""The prior of the intent scorer: who orders within a week, and what shows it."""

from __future__ import annotations

import numpy as np
from prior import probability_prior
from visits import Visits

from engage.scoring import intent
from engage.scoring.base import Vector


def orders(visits: Visits) -> Vector:
    """Return the assumed P(order) of each visit, shape (n,)."""
    seen = visits.seen
    order = (
        -4.9
        + 0.75 * seen["funnel"]
        + 0.6 * visits.interest
        + 0.4 * np.log1p(seen["orders"])
        + 0.2 * np.log(seen["visit_index"])
        - 0.2 * seen["is_phone"]
        - 0.2 * visits.doubt
    )
    return np.asarray(1 / (1 + np.exp(-order)))


def prior(visits: Visits, seed: int) -> dict[str, object]:
    """Return what the scorer believes after these visits."""
    return probability_prior(intent.new(), visits, chances=orders(visits), seed=seed)
