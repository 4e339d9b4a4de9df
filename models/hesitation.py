"""The prior of the hesitation scorer: who does not get on, and what shows it."""

from __future__ import annotations

import numpy as np
from prior import probability_prior
from visits import Visits

from engage.scoring import hesitation
from engage.scoring.base import Vector


def no_progress(visits: Visits) -> Vector:
    """Return the assumed P(no progress) of each visit, shape (n,)."""
    seen = visits.seen
    stay = (
        2.1
        - 0.5 * visits.interest
        - 0.5 * np.log1p(seen["hover_cart_s"])
        - 0.25 * np.log1p(seen["product_views"])
        - 0.25 * seen["funnel"]
        + 0.3 * visits.doubt
        + 0.12 * np.log1p(seen["price_eur"])
        + 0.4 * np.maximum(np.log1p(seen["view_active_s"]) - np.log(60.0), 0)
        + 0.3 * np.log1p(seen["longest_idle_s"])
        + 1.5 * seen["is_out_of_stock"]
    )
    return np.asarray(1 / (1 + np.exp(-stay)))


def prior(visits: Visits, seed: int) -> dict[str, object]:
    """Return what the scorer believes after these visits."""
    chances = no_progress(visits)
    return probability_prior(hesitation.new(), visits, chances=chances, seed=seed)
