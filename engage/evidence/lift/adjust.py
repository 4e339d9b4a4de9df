"""Takes out of a value what was known about its visitor before the first moment.

Much of the spread of margins is who came and what lay in the cart, not what was shown.
Subtracting what the past says of such a visitor leaves the difference of the groups
unbiased, whatever it says, and makes its interval narrower.
"""

# Rules of this file: pure functions of columns. What is subtracted was fitted on
# earlier visitors of both groups and never changes afterwards, so that every look stays
# valid.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from engage.evidence.offpolicy.outcome_models import Sums, ridge
from engage.evidence.sequences.means import Floats

COVARIATES: Final = (
    "intent",
    "hesitation",
    "stake",
    "intent_stake",
    "cart",
    "funnel",
    "visits",
    "orders",
)
"""What is known of a visitor at the first moment, in the order of the columns."""

# Fewer say nothing yet; every fit then serves until there are twice as many.
_FIRST_FIT: Final = 500
# With fewer visitors of any value a fit would add more noise than it takes away.
_LEAST_ORDERS: Final = 50


def covariates_of(body: Mapping[str, Any]) -> tuple[float, ...]:
    """Return what a first decision's record tells about its visitor, 0 where nothing.

    Money is taken as log(1 + EUR) but for the expected margin, intent times stake.

    >>> covariates_of({"scores": {"intent": 0.5, "hesitation": 0.2}, "stake": 100.0,
    ...                "features": {"visit_index": 1.0}})[3]
    50.0
    """
    scores, features = body.get("scores") or {}, body.get("features") or {}
    stake = float(body.get("stake") or 0.0)
    intent = float(scores.get("intent") or 0.0)

    def logged(name: str) -> float:
        return float(np.log1p(max(features.get(name) or 0.0, 0.0)))

    return (
        intent,
        float(scores.get("hesitation") or 0.0),
        float(np.log1p(max(stake, 0.0))),
        intent * stake,
        logged("cart_eur"),
        float(features.get("funnel") or 0.0),
        logged("visit_index"),
        logged("orders"),
    )


def expected(covariates: Floats, values: Floats, *, with_level: bool = False) -> Floats:
    """Return what earlier visitors let expect of each, shape (n,).

    Refitted after 500 visitors and whenever their number has doubled; before 50 of
    them had a value nothing is expected.

    Args:
        covariates: shape (n, d), known at the first moment, in order of arrival.
        values: shape (n,).
        with_level: add the mean of the past; else only what the covariates change.

    Reference: Deng et al. 2013 (CUPED); Lin 2013 (regression adjustment).
    """
    found = np.zeros(len(values))
    start, seen, sums = _FIRST_FIT, 0, Sums.of(covariates[:0], values[:0])
    while start < len(values):
        sums = sums + Sums.of(covariates[seen:start], values[seen:start])
        seen, start = start, 2 * start
        if np.count_nonzero(values[:seen]) < _LEAST_ORDERS:
            continue
        line = ridge(sums)
        level = 0.0 if with_level else line(sums.total[None, :-1] / sums.n)[0]
        found[seen:start] = line(covariates[seen:start]) - level
    return found
