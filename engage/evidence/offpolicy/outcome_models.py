"""Models of the outcome for doubly robust estimates: what each action would earn.

Any model keeps a doubly robust estimate unbiased as long as it has not seen the outcome
it is subtracted from. Two ways to see to that: fit on other visitors (cross-fitting),
or use only what was known when the decision was made (forward evidence), which also
holds where later decisions were drawn because of earlier outcomes.
"""

# Rules of this file: arrays in, arrays out; ridge on sums, so that a fold is left out
# by subtraction. The penalty is chosen by generalised cross-validation on those sums.

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from engage.evidence.offpolicy.estimators import Array, Indices

FOLDS: Final = 5
# Forward evidence refits the baseline this often; each fit sees the past only.
BLOCKS: Final = 20
# Rows below which a fit would say less than nothing.
LEAST_ROWS: Final = 50
# Penalty as a multiple of the number of rows, on columns of variance 1.
_PENALTIES: Final = tuple(10.0**power for power in range(-5, 3))
# A column with less variance than this is a constant.
_LEAST_VARIANCE: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sums:
    """What ridge needs of n rows: counts, sums and products of columns and outcome.

    Attributes:
        n: rows.
        total: shape (d + 1,), sums; the outcome is last.
        gram: shape (d + 1, d + 1), sums of products.
    """

    n: int
    total: Array
    gram: Array

    @classmethod
    def of(cls, columns: Array, outcome: Array) -> Sums:
        """Return the sums of rows, shapes (n, d) and (n,)."""
        joined = np.column_stack((columns, outcome))
        return cls(n=outcome.size, total=joined.sum(axis=0), gram=joined.T @ joined)

    def __add__(self, other: Sums) -> Sums:
        """Return the sums of both sets of rows."""
        return Sums(
            n=self.n + other.n,
            total=self.total + other.total,
            gram=self.gram + other.gram,
        )

    def __sub__(self, other: Sums) -> Sums:
        """Return the sums without the other's rows."""
        return Sums(
            n=self.n - other.n,
            total=self.total - other.total,
            gram=self.gram - other.gram,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """A fitted line: `intercept + columns @ slopes`."""

    intercept: float
    slopes: Array

    def __call__(self, columns: Array) -> Array:
        """Return predictions, shape (n,)."""
        return self.intercept + columns @ self.slopes


def ridge(sums: Sums) -> Line:
    """Return the ridge regression whose penalty cross-validates best.

    Reference: Golub, Heath & Wahba, 1979 (generalised cross-validation).
    """
    means = sums.total / sums.n
    centred = sums.gram / sums.n - np.outer(means, means)
    variances = np.diag(centred)[:-1]
    is_alive = variances > _LEAST_VARIANCE
    inverse = np.where(is_alive, 1.0 / np.sqrt(np.maximum(variances, 1e-300)), 0.0)
    gram = centred[:-1, :-1] * np.outer(inverse, inverse)
    values, vectors = np.linalg.eigh(gram)
    values = np.maximum(values, 0.0)
    along = vectors.T @ (centred[:-1, -1] * inverse)
    best = min(
        _PENALTIES, key=lambda one: _gcv(one, values, along, centred[-1, -1], sums.n)
    )
    slopes = inverse * (vectors @ (along / (values + best)))
    return Line(intercept=float(means[-1] - means[:-1] @ slopes), slopes=slopes)


def _gcv(penalty: float, values: Array, along: Array, variance: float, n: int) -> float:
    shrunk = along / (values + penalty)
    left = variance - 2.0 * (along @ shrunk) + values @ shrunk**2
    freedom = 1.0 + float((values / (values + penalty)).sum())
    return float(left) / max(1.0 - freedom / n, 1e-9) ** 2


def cross_fitted(
    context: Array,
    interacting: Array,
    *,
    drawn: Indices,
    outcome: Array,
    actions: int,
    visitors: Indices,
    folds: int = FOLDS,
) -> Array:
    """Return the expected outcome of each action, fitted on other visitors only.

    A line in the context, a level for each action, and each action's own slopes on a
    few interacting columns.

    Args:
        context: shape (n, d).
        interacting: shape (n, e), columns that an action's effect may depend on.
        drawn: shape (n,), index of the action drawn.
        outcome: shape (n,).
        actions: K.
        visitors: shape (n,); all rows of one are in the same fold.
        folds: number of folds, >= 2.

    Returns:
        shape (n, K), float64.
    """
    columns = _columns(context, interacting, drawn, actions)
    fold = visitors % folds
    parts = [Sums.of(columns[fold == f], outcome[fold == f]) for f in range(folds)]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    expected = np.zeros((outcome.size, actions))
    for f, part in enumerate(parts):
        rows, rest = fold == f, whole - part
        if not rows.any() or rest.n < LEAST_ROWS:
            continue
        line = ridge(rest)
        for action in range(actions):
            always = np.full(int(rows.sum()), action)
            asked = _columns(context[rows], interacting[rows], always, actions)
            expected[rows, action] = line(asked)
    return expected


def _columns(context: Array, interacting: Array, drawn: Indices, actions: int) -> Array:
    is_drawn = drawn[:, None] == np.arange(actions)[None, :]
    own = is_drawn[:, :, None] * interacting[:, None, :]
    return np.column_stack(
        (context, is_drawn.astype(np.float64), own.reshape(drawn.size, -1))
    )


def forward(
    context: Array,
    predicted: Array,
    *,
    drawn: Indices,
    label: Array,
    at_s: Array,
    known_s: Array,
    blocks: int = BLOCKS,
) -> Array:
    """Return the expected outcome of each action from what was known at the decision.

    The logged predictions are uplifts over `none`, made before the draw. What is added
    is a baseline of the context, fitted in blocks of time on rows whose outcome was
    known when the block began. So nothing looks into the future, and an adaptive log
    stays a martingale.

    Args:
        context: shape (n, d).
        predicted: shape (n, K), uplifts as logged.
        drawn: shape (n,), index of the action drawn.
        label: shape (n,), what the baseline learns.
        at_s: shape (n,), when each decision was made, epoch seconds.
        known_s: shape (n,), when its label was known.
        blocks: how often the baseline is fitted.

    Returns:
        shape (n, K), float64.
    """
    n = drawn.size
    left = label - predicted[np.arange(n), drawn]
    order = np.argsort(at_s, kind="stable")
    by_known = np.argsort(known_s, kind="stable")
    known_sorted = known_s[by_known]
    baseline, seen, sums = np.zeros(n), 0, Sums.of(context[:0], left[:0])
    for block in np.array_split(order, min(blocks, n)):
        upto = int(np.searchsorted(known_sorted, at_s[block[0]], side="left"))
        new = by_known[seen:upto]
        sums, seen = sums + Sums.of(context[new], left[new]), upto
        if sums.n >= LEAST_ROWS:
            baseline[block] = ridge(sums)(context[block])
    return baseline[:, None] + predicted
