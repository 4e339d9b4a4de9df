"""Two optimisers in river's own form, for models that must learn at a shop's rates.

`Laplace` is for log-loss: a few thousand labels a day and a hundred terms leave a
first-order method half-trained for weeks. `FadingAdaGrad` is for quantiles, whose loss
has no curvature to use: AdaGrad's steps by the scale of each feature, but with a floor
below which they do not shrink, so that a changed shop is followed.
"""

# Rules of this file: river's Optimizer protocol, no knowledge of scores. Every number
# an optimiser remembers is in `state`, so that a saved run continues bit for bit.

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from river import optim, utils

from engage.errors import SnapshotRejected
from engage.scoring.base import Plain, Vector, sigmoid

# A label predicted this well teaches nothing that survives rounding.
LEAST_ERROR = 1e-12
# Logits are kept where the sigmoid and its slope are still exact.
LOGIT_LIMIT = 30.0
# Forgetting is applied in blocks: the same on average, a thirty-second of the cost.
FORGET_EVERY = 32


def settled_logit(logit: float, *, spread: float, weight: float, label: bool) -> float:
    """Return the logit after one example, the mode of its Gaussian belief.

    Solves `a = logit + spread * weight * (label - sigmoid(a))` for a. The right side
    falls in a, so the answer is unique, lies between the logit and the label's side,
    and cannot overshoot however large weight and spread are; a plain Newton step can.

    Args:
        logit: the prediction, before the example.
        spread: variance of that prediction, >= 0.
        weight: importance of the example, > 0.
        label: what happened.

    Reference: implicit updates, Kulis & Bartlett 2010.

    >>> round(settled_logit(0.0, spread=1.0, weight=1.0, label=True), 4)
    0.4011
    """
    pull = spread * weight
    low, high = (logit, logit + pull) if label else (logit - pull, logit)
    a = logit
    for _ in range(60):
        p = sigmoid(a)
        excess = a - logit - pull * (label - p)
        if excess > 0:
            high = a
        else:
            low = a
        step = a - excess / (1.0 + pull * p * (1.0 - p))
        following = step if low < step < high else (low + high) / 2
        if abs(following - a) < 1e-12:
            return following
        a = following
    return a


def set_weights(model: Any, weights: Mapping[str, float]) -> None:
    """Make `weights` the weights of a river linear model; copied."""
    given: Any = utils.VectorDict(dict(weights))
    model._weights = given  # noqa: SLF001 - `weights` has no setter in river 0.26


class Laplace(optim.base.Optimizer):
    """Online Bayesian logistic regression as a river optimiser.

    Keeps a Gaussian belief over the weights. After each example the mean is the exact
    mode along the one direction the example speaks about, and the covariance loses
    what was learned there. Dividing the covariance by slightly less than 1 forgets; no
    variance grows back beyond its prior, so forgetting cannot blow up.

    The model must have the constant term `bias` (its gradient is the error, from which
    weight and label are read back), no intercept of its own, log-loss and no penalty.
    Cost: O(n_terms^2) a step, about 30 microseconds at 120 terms.

    Args:
        terms: every term the model will ever see, in a fixed order.
        variances: prior variance of each weight, shape (n_terms,), > 0.
        forget: kept share of certainty per example, in (0.9, 1]. .9998 halves the
            weight of what was seen 3,500 examples ago.

    Reference: Spiegelhalter & Lauritzen 1990 (sequential Laplace approximation);
    Chapelle & Li 2011 use its diagonal; West & Harrison 1997 for discounting.
    """

    def __init__(
        self, terms: Sequence[str], *, variances: Vector, forget: float = 0.9998
    ) -> None:
        super().__init__(1.0)
        self.terms = tuple(terms)
        self.prior = np.array(variances, dtype=np.float64)
        self.covariance = np.diag(self.prior)
        self.forget = forget
        self._bias_at = self.terms.index("bias")

    def _step_with_dict(self, w: Any, g: Any) -> Any:
        gradient = np.array([g[term] for term in self.terms])
        error = float(gradient[self._bias_at])
        if abs(error) < LEAST_ERROR:
            return w
        mean = np.array([w[term] for term in self.terms])
        moved = self._moved(mean, gradient / error, error)
        for term, value in zip(self.terms, moved.tolist(), strict=True):
            w[term] = value
        if (self.n_iterations + 1) % FORGET_EVERY == 0:
            self._forget()
        return w

    def _moved(self, mean: Vector, x: Vector, error: float) -> Vector:
        """Return the new mean after an example with terms `x`; learn its covariance."""
        label = error < 0
        exact = float(mean @ x)
        logit = min(max(exact, -LOGIT_LIMIT), LOGIT_LIMIT)
        weight = abs(error) / max(sigmoid(-logit if label else logit), LEAST_ERROR)
        reach = self.covariance @ x
        spread = float(x @ reach)
        settled = settled_logit(logit, spread=spread, weight=weight, label=label)
        p = sigmoid(settled)
        curvature = weight * p * (1.0 - p)
        # The outer product of one vector is symmetric to the last bit, which `state`
        # relies on when it keeps one triangle only.
        learned = curvature / (1.0 + curvature * spread)
        self.covariance -= np.outer(reach, reach) * learned
        return mean + reach * (weight * (label - p))

    def _forget(self) -> None:
        """Widen the belief by a block of examples, at most back to the prior."""
        if self.forget == 1.0:
            return
        self.covariance /= self.forget**FORGET_EVERY
        over = np.maximum(np.diag(self.covariance) / self.prior, 1.0)
        shrink = 1.0 / np.sqrt(over)
        self.covariance *= np.outer(shrink, shrink)

    def state(self) -> Plain:
        """Return the belief's covariance (lower triangle, row by row) and counters."""
        rows, columns = np.tril_indices(len(self.terms))
        return {
            "steps": self.n_iterations,
            "forget": self.forget,
            "prior": self.prior.tolist(),
            "covariance": self.covariance[rows, columns].tolist(),
        }

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Replace the belief by what `state` returned.

        Raises:
            SnapshotRejected: the sizes do not fit the terms (`schema`).
        """
        size = len(self.terms)
        prior = np.array(plain["prior"], dtype=np.float64)
        lower = np.array(plain["covariance"], dtype=np.float64)
        if prior.shape != (size,) or lower.shape != (size * (size + 1) // 2,):
            raise SnapshotRejected(
                "schema", f"covariance must fit {size} terms, got {lower.shape}"
            )
        self.n_iterations = int(plain["steps"])
        self.forget = float(plain["forget"])
        self.prior = prior
        self.covariance = np.zeros((size, size))
        rows, columns = np.tril_indices(size)
        self.covariance[rows, columns] = lower
        self.covariance[columns, rows] = lower


class FadingAdaGrad(optim.base.Optimizer):
    """AdaGrad whose sums of squares fade, so that steps stop shrinking.

    Args:
        lr: scale of a step, in the unit of the target.
        keep: share of a feature's sum of squares kept at each of its examples, in
            (0, 1]; 1 is AdaGrad. .9998 keeps about 5,000 examples per feature.
        start: sum of squares of a feature never seen, >= 0. Above 0 a small slope
            makes a small first step, where plain AdaGrad makes a full one.

    Reference: Duchi, Hazan & Singer 2011.
    """

    def __init__(self, lr: float, *, keep: float = 0.9998, start: float = 0.0) -> None:
        super().__init__(lr)
        self.keep = keep
        self.start = start
        self.squares: dict[str, float] = {}

    def _step_with_dict(self, w: Any, g: Any) -> Any:
        lr = self.learning_rate
        squares, start = self.squares, self.start
        for name, slope in g.items():
            total = self.keep * squares.get(name, start) + slope * slope
            squares[name] = total
            if total > 0:
                w[name] -= lr * slope / math.sqrt(total)
        return w

    def state(self) -> Plain:
        """Return the sums of squares by feature and the step count."""
        return {"steps": self.n_iterations, "squares": dict(self.squares)}

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Replace the sums by what `state` returned."""
        self.n_iterations = int(plain["steps"])
        self.squares = {name: float(s) for name, s in plain["squares"].items()}
