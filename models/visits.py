"""What the priors assume of visits: how often a session holds which sign.

Invented, and stated here once; nothing was measured in a shop.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engage.scoring.base import Vector
from engage.visits.features import FEATURES, NAMES

SESSIONS = 5_000
# Assumed mean count in a session, before the visitor's interest shifts it.
RATES = {
    "category_run": 1.0,
    "list_views": 1.0,
    "searches": 0.4,
    "zero_results": 0.05,
    "scroll_turns": 3.0,
    "hover_entries": 0.8,
    "reversals": 1.0,
    "rage_clicks": 0.03,
    "dead_clicks": 0.1,
    "error_clicks": 0.03,
    "toggles": 0.4,
    "toggle_backs": 0.1,
    "alternations": 0.2,
    "tab_hides": 0.6,
    "copies": 0.04,
    "coupon_touches": 0.04,
    "refocuses": 0.1,
    "field_errors": 0.05,
    "quick_backs": 0.2,
    "exits": 0.3,
    "removes": 0.05,
    "wishes": 0.08,
}


class Visits(NamedTuple):
    """Simulated sessions.

    Attributes:
        interest: what nobody sees, standard normal, shape (n,).
        seen: features by name, each shape (n,).
        doubt: what reversals, rage clicks and field errors say together, shape (n,).
    """

    interest: Vector
    seen: dict[str, Any]
    doubt: Vector

    @property
    def table(self) -> Vector:
        """The features as the service has them: shape (n, n_features), clipped."""
        low, high = (
            np.array([getattr(f, end) for f in FEATURES]) for end in ("low", "high")
        )
        columns = np.column_stack([self.seen[name] for name in NAMES])
        return np.asarray(np.clip(columns, low, high), dtype=np.float64)


def visits(seed: int) -> Visits:
    """Return simulated sessions; the same seed, the same ones."""
    rng = np.random.default_rng(seed)
    interest = rng.normal(size=SESSIONS)
    seen = behaviour(rng, interest)
    doubt = np.log1p(seen["reversals"]) + seen["rage_clicks"] + seen["field_errors"]
    return Visits(interest, seen, doubt)


def behaviour(rng: np.random.Generator, interest: Vector) -> dict[str, Any]:
    """Return the simulated features by name, each shape (n,)."""
    n = len(interest)
    seen: dict[str, Any] = {name: np.zeros(n) for name in NAMES}
    for name, rate in RATES.items():
        seen[name] = rng.poisson(rate * np.exp(0.3 * interest - 0.045)).astype(float)
    views = 1.0 + rng.poisson(np.exp(0.9 + 0.5 * interest))
    products = rng.binomial(views.astype(int), 0.5).astype(float)
    active = rng.lognormal(2.5 + 0.35 * np.log(views) + 0.3 * interest, 0.8)
    page = rng.choice(4, n, p=[0.5, 0.35, 0.1, 0.05])
    funnel = np.where(products > 0, 1.0, 0.0)
    carted = rng.random(n) < 1 / (1 + np.exp(2.4 - 0.8 * interest))
    funnel = np.where(carted | (page >= 2), 2.0, funnel)
    funnel = np.where(page == 3, rng.integers(3, 6, n).astype(float), funnel)
    here = active * rng.beta(2.0, views)
    seen |= {
        "active_s": active,
        "elapsed_s": active * (1 + rng.lognormal(-0.5, 1.0, n)),
        "page_views": views,
        "product_views": products,
        "distinct_products": np.ceil(0.8 * products),
        "scroll_deepest": rng.beta(2.0, 1.5, n),
        "view_scroll": rng.beta(1.5, 2.0, n),
        "adds": (funnel >= 2).astype(float),
        "cart_eur": np.where(funnel >= 2, rng.lognormal(4.3, 1.0, n), 0.0),
        "checkout_backs": np.where(page == 3, rng.poisson(0.2, n), 0.0),
        "funnel": funnel,
        "view_active_s": here,
        "previous_view_s": np.where(views > 1, rng.lognormal(2.3, 1.0, n), 0.0),
        "price_eur": np.where(page == 1, rng.lognormal(4.0, 1.1, n), 0.0),
        "on_product": (page == 1).astype(float),
        "on_cart": (page == 2).astype(float),
        "on_checkout": (page == 3).astype(float),
    }
    return seen | circumstances(rng, page)


def circumstances(rng: np.random.Generator, page: NDArray[np.int64]) -> dict[str, Any]:
    """Return what does not depend on interest: hovers, pauses, who and with what."""
    n = len(page)
    hovers = rng.random((3, n)) < np.array([[0.25], [0.15], [0.1]])
    pauses = rng.choice([0.0, 10.0, 30.0, 60.0], n, p=[0.6, 0.2, 0.1, 0.1])
    return {
        "hover_cart_s": hovers[0] * rng.exponential(2.0, n),
        "hover_price_s": hovers[1] * rng.exponential(1.5, n),
        "hover_size_s": hovers[2] * rng.exponential(1.5, n),
        "longest_idle_s": pauses,
        "is_out_of_stock": ((page == 1) & (rng.random(n) < 0.05)).astype(float),
        "rhythm_z": np.clip(rng.normal(size=n), -5, 5),
        "visit_index": rng.geometric(0.6, n).astype(float),
        "orders": rng.poisson(0.25, n).astype(float),
        "is_business": (rng.random(n) < 0.05).astype(float),
        "is_phone": (rng.random(n) < 0.5).astype(float),
    }
