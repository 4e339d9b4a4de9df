"""Builders for the scoring tests: they hide what a test is not about."""

import numpy as np

from engage.scoring.base import Example
from engage.scoring.basis import Basis
from engage.scoring.logistic import LogisticScorer, Prior
from engage.visits.shapes import PageView

NAMES = ("x", "y", "z", "f")
BASIS = Basis(
    names=NAMES,
    flags=frozenset({"f"}),
    knots=(0.0,),
    pairs=(("x", "y"), ("f", "z")),
)


def scorer(**changes):
    """Return a small logistic scorer."""
    return LogisticScorer("intent", **({"basis": BASIS, "prior": Prior()} | changes))


def rows(n, *, seed):
    """Return n seeded feature vectors, shape (n, 4)."""
    rng = np.random.default_rng(seed)
    table = rng.lognormal(0.0, 1.0, (n, 4))
    table[:, 3] = rng.random(n) < 0.4
    return table


def examples(n, *, seed):
    """Return n seeded examples whose label depends on the features."""
    rng = np.random.default_rng(seed + 1)
    table = rows(n, seed=seed)
    chance = 1 / (1 + np.exp(1.0 - np.log(table[:, 0]) - table[:, 3]))
    labels = (rng.random(n) < chance).astype(float)
    weights = rng.choice([1.0, 1.0, 3.0, 20.0], n)
    return [
        Example(scorer="intent", label=label, features=row, weight=weight)
        for row, label, weight in zip(table, labels, weights, strict=True)
    ]


def view(**changes):
    """Return a page view of a guitar on a phone."""
    given = {
        "page_kind": "product",
        "category": "guitars",
        "price_band": 5,
        "device": "phone",
        "is_returning": False,
        "active_s": 20.0,
        "visible_s": 25.0,
        "view_index": 1,
        "item_id": "42",
    }
    return PageView(**(given | changes))


def dwells(n, *, seed):
    """Return n seeded dwell examples over a few cells, some of them censored."""
    rng = np.random.default_rng(seed)
    return [
        Example(
            scorer="dwell",
            label=float(rng.lognormal(3.0, 1.0)),
            view=view(
                category=f"c{rng.integers(4)}", price_band=int(rng.integers(1, 5))
            ),
            censored=bool(rng.random() < 0.1),
        )
        for _ in range(n)
    ]
