"""The prior of the intent scorer: who orders within a week, and what shows it."""

from __future__ import annotations

import numpy as np
from prior import probability_prior
from visits import Visits

from engage.scoring import intent
from engage.scoring.base import Vector

# Of the visits that reach the checkout, how many end with an order; of those with a
# cart and without an order, how many take everything out again.
ORDERED = 0.4
EMPTIED = 0.2
# An order that the browser told of reaches the shop's server, too, nearly always.
CONFIRMED = 0.98


def ended(visits: Visits, seed: int) -> Visits:
    """Return the visits as they end: some with an order, some with an empty cart.

    The scorer learns from visits that are over, and the last step of the funnel is an
    order: without any of them the prior would guess how sure that one is.
    """
    seen = dict(visits.seen)
    rng = np.random.default_rng(seed)
    dice = rng.random((2, len(visits.interest)))
    done = (seen["on_checkout"] > 0) & (dice[0] < ORDERED)
    emptied = (seen["funnel"] >= 2) & ~done & (dice[1] < EMPTIED)
    seen["funnel"] = np.where(done, 6.0, seen["funnel"])
    seen["removes"] = seen["removes"] + emptied
    seen["cart_eur"] = np.where(done | emptied, 0.0, seen["cart_eur"])
    for name in ("on_checkout", "checkout_backs"):
        seen[name] = np.where(done, 0.0, seen[name])
    return visits._replace(seen=seen)


def orders(visits: Visits) -> Vector:
    """Return the assumed P(order) of each visit, shape (n,)."""
    seen = visits.seen
    order = (
        -4.65
        + 0.5 * seen["funnel"]
        + 0.6 * visits.interest
        + 0.4 * np.log1p(seen["orders"])
        + 0.2 * np.log(seen["visit_index"])
        - 0.2 * seen["is_phone"]
        - 0.2 * visits.doubt
    )
    return np.where(seen["funnel"] == 6, CONFIRMED, 1 / (1 + np.exp(-order)))


def prior(visits: Visits, seed: int) -> dict[str, object]:
    """Return what the scorer believes after these visits."""
    seen = ended(visits, seed)
    return probability_prior(intent.new(), seen, chances=orders(seen), seed=seed)
