"""How long is long: the percentile of a page view's dwell among comparable views.

Seven quantiles of log-dwell, each a river `LinearRegression` with quantile loss over
the terms of the view's cell. Regression on the logarithm is robust to the family of
the distribution (coverage .897 at .9 on Weibull data, where a log-normal fit had .938).

A view in which a card was shown is censored there: it says only "longer than that".
Its step is the expected pinball step given so much (Portnoy 2003), so that longer views
are neither lost nor cut short.

Reference: Koenker & Bassett 1978 (quantile regression).
"""

# Rules of this file: dwell is active seconds; every model sees log(1 + seconds). Only
# `learn` and `restore` change anything.

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from river import linear_model, optim

from engage.errors import FeatureError, SnapshotRejected
from engage.scoring.base import Example, Plain, check_weight
from engage.scoring.cells import TERMS, positions
from engage.scoring.frozen_dwell import (
    QUANTILES,
    FrozenDwell,
    log_dwell,
    monotone,
    percentile_of,
    read_table,
)
from engage.scoring.optimisers import FadingAdaGrad, set_weights
from engage.scoring.quality import QuantileQuality
from engage.visits.shapes import PageView

# Step of a term seen for the first time, in log-seconds: the least excess pinball loss
# of .05 to .5 on simulated cells (benchmarks/dwell.py).
STEP: Final = 0.05
# Before any data: a median of 20 s, 80 % between 5 and 85 s; what the design's sources
# and real click gaps (median 55 s with the tail cut at 30 min) leave open is learned.
START: Final = tuple(
    math.log1p(20.0) + 1.05 * z
    for z in (-1.2816, -0.6745, 0.0, 0.6745, 1.2816, 1.6449, 2.3263)
)


def example_of(view: PageView) -> Example:
    """Return what is learned from a page view that was left.

    A view in which a card was shown ends, for this purpose, at the card.
    """
    shown_at = view.censored_at_s
    return Example(
        scorer="dwell",
        label=view.active_s if shown_at is None else shown_at,
        view=view,
        censored=shown_at is not None,
    )


class DwellScorer:
    """The learning side: seven river models over one set of terms. Single owner.

    Args:
        step: see `STEP`.
        keep: how much of the past each term keeps, see `FadingAdaGrad`.

    >>> view = PageView("product", "guitars", 5, "phone", False, 30.0, 30.0, 1, "42")
    >>> scorer = DwellScorer()
    >>> before = scorer.percentile(view, 30.0)
    >>> scorer.learn(example_of(view))
    >>> scorer.percentile(view, 30.0) < before
    True
    """

    name = "dwell"

    def __init__(self, *, step: float = STEP, keep: float = 0.9998) -> None:
        # One view's expected squared slope stands for what is not known yet.
        self._optimisers = [
            FadingAdaGrad(step, keep=keep, start=q * (1 - q)) for q in QUANTILES
        ]
        self.heads: list[Any] = [
            linear_model.LinearRegression(
                optimizer=optimiser,
                loss=optim.losses.Quantile(quantile),
                intercept_lr=0.0,
            )
            for optimiser, quantile in zip(self._optimisers, QUANTILES, strict=True)
        ]
        for head, start in zip(self.heads, START, strict=True):
            set_weights(head, {"0": start})
        self._quality = QuantileQuality(QUANTILES)

    def knots(self, view: PageView) -> tuple[float, ...]:
        """Return the seven quantiles of log(1 + dwell); changes nothing."""
        return monotone(self._raw(_terms(view)))

    def percentile(self, view: PageView, active_s: float) -> float:
        """Return the share of comparable views with a shorter dwell, in (0, 1)."""
        return percentile_of(log_dwell(active_s), knots=self.knots(view))

    def learn(self, example: Example) -> None:
        """Count coverage and pinball loss, then take one step with every quantile.

        Raises:
            FeatureError: no view, a dwell below 0 or not finite, or a bad weight; then
                nothing has changed.
        """
        if example.view is None:
            raise FeatureError("view must be given to learn dwell, got None")
        observed, weight = log_dwell(example.label), check_weight(example.weight)
        terms = _terms(example.view)
        raw = self._raw(terms)
        knots = monotone(raw)
        self._quality.add(knots, observed, is_cut_short=example.censored)
        if example.censored:
            shares = _censored_shares(percentile_of(observed, knots=knots))
            for head, low, at, share in zip(
                self.heads, raw, knots, shares, strict=True
            ):
                # Below the censoring point it is certain that the view was longer.
                pull = 1.0 if at <= observed else share
                head.learn_one(terms, low + 1.0, w=weight * pull)
            return
        for head in self.heads:
            head.learn_one(terms, observed, w=weight)

    def _raw(self, terms: dict[str, float]) -> list[float]:
        return [float(head.predict_one(terms)) for head in self.heads]

    def freeze(self) -> FrozenDwell:
        """Return the serving side as of now; later learning does not change it."""
        table = np.zeros((TERMS, len(QUANTILES)))
        for column, head in enumerate(self.heads):
            for term, weight in head.weights.items():
                table[int(term), column] = weight
        return FrozenDwell(table=table)

    def quality(self) -> dict[str, float]:
        """Return count, `coverage_error_…` and `pinball_…` per quantile."""
        return self._quality.figures()

    def state(self) -> Plain:
        """Return everything as plain data, so that `restore` continues bit for bit."""
        return {
            "quantiles": list(QUANTILES),
            "heads": [
                {"weights": dict(head.weights), "optimiser": optimiser.state()}
                for head, optimiser in zip(self.heads, self._optimisers, strict=True)
            ],
            "quality": self._quality.state(),
        }

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Replace everything by what `state` returned.

        Raises:
            SnapshotRejected: it was made for other quantiles (`schema`).
        """
        if tuple(plain["quantiles"]) != QUANTILES:
            got = plain["quantiles"]
            raise SnapshotRejected(
                "schema", f"quantiles must be {QUANTILES}, got {got}"
            )
        for head, optimiser, kept in zip(
            self.heads, self._optimisers, plain["heads"], strict=True
        ):
            set_weights(head, kept["weights"])
            optimiser.restore(kept["optimiser"])
        self._quality.restore(plain["quality"])

    def begin(self, plain: Mapping[str, Any]) -> None:
        """Start from warm rows, each believed as much as `count` views of it.

        Unlike `restore` this is a prior: `plain` is what `FrozenDwell.plain` wrote and
        `count`.
        """
        rows = read_table(plain)
        used = np.flatnonzero(rows.any(axis=1)).tolist()
        for column, quantile in enumerate(QUANTILES):
            weights = {str(at): float(rows[at, column]) for at in used}
            set_weights(self.heads[column], weights)
            # One view's expected squared slope is q (1 - q).
            belief = float(plain["count"]) * quantile * (1 - quantile)
            self._optimisers[column].squares = dict.fromkeys(weights, belief)


def _terms(view: PageView) -> dict[str, float]:
    """Return the view's terms in the form river takes."""
    return {str(at): 1.0 for at in positions(view)}


def _censored_shares(reached: float) -> list[float]:
    """Return how much of a full upward step each quantile takes.

    A view cut off at its percentile `reached` lies below quantile q > reached with
    probability (q - reached) / (1 - reached). The expected slope, that minus q, is an
    upward step of this share; at q = reached it is 1, a certain "longer".
    """
    reached = min(reached, 1.0 - 1e-9)
    return [min(reached * (1 - q) / (q * (1 - reached)), 1.0) for q in QUANTILES]
