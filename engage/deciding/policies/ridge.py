"""Discounted sufficient statistics of a ridge regression, and their posterior.

The statistics are sums over rows, so the order in which facts about a row arrive does
not matter: a late fact adds exactly what an early one would have added.
"""

# Rules of this file: no row is ever revisited and no step size chosen. Weights grow
# instead of old sums shrinking (`weight = discount ** -index`): a row costs nothing
# when it ages, and the sums are scaled back long before they overflow.

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engage.deciding.policies.base import Vector
from engage.errors import SnapshotRejected

Columns = NDArray[np.intp]

# Rows wait here and enter A by one matrix product: four times cheaper than one by one.
BATCH = 64
_FIRST_WIDTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The statistics as they are now, discounted to the latest row.

    Attributes:
        a: shape (n, n), sum of weight * z z'.
        b: shape (n,), sum of weight * z * y.
        yy: sum of weight * y * y.
        rows: sum of weights: the effective number of rows.
    """

    a: NDArray[np.float64]
    b: Vector
    yy: float
    rows: float


class RidgeStatistics:
    """Sums over weighted rows (z, y); rows are sparse, columns may be added.

    >>> sums = RidgeStatistics()
    >>> sums.add(np.array([0, 2]), np.array([1.0, 2.0]), y=3.0, weight=1.0)
    >>> sums.totals(3, growth=1.0).b.tolist()
    [3.0, 0.0, 6.0]
    """

    def __init__(self) -> None:
        self._a = np.zeros((_FIRST_WIDTH, _FIRST_WIDTH))
        self._b = np.zeros(_FIRST_WIDTH)
        self._pending = np.zeros((BATCH, _FIRST_WIDTH))
        self._waiting = 0
        self._yy = 0.0
        self._rows = 0.0

    def widen(self, width: int) -> None:
        """Make room for at least `width` columns."""
        have = self._b.size
        if width <= have:
            return
        more = max(width, 2 * have) - have
        self._a = np.pad(self._a, ((0, more), (0, more)))
        self._b = np.pad(self._b, (0, more))
        self._pending = np.pad(self._pending, ((0, 0), (0, more)))

    def add(self, columns: Columns, values: Vector, *, y: float, weight: float) -> None:
        """Add one row: its non-zero columns, their values, its target and weight."""
        self._pending[self._waiting, columns] = values * weight**0.5
        self._waiting += 1
        self._b[columns] += values * (weight * y)
        self._yy += weight * y * y
        self._rows += weight
        # A function of the row count alone: neither reading nor saving the statistics
        # changes the order of additions, so a restart continues bit for bit.
        if self._waiting == BATCH:
            self._flush()

    def scale(self, factor: float) -> None:
        """Multiply every sum by `factor`."""
        self._flush()
        self._a *= factor
        self._b *= factor
        self._yy *= factor
        self._rows *= factor

    def totals(self, width: int, *, growth: float) -> Totals:
        """Return the sums of the first `width` columns, divided by `growth`."""
        waiting = self._pending[: self._waiting, :width]
        return Totals(
            a=(self._a[:width, :width] + waiting.T @ waiting) / growth,
            b=self._b[:width] / growth,
            yy=self._yy / growth,
            rows=self._rows / growth,
        )

    def integrate_out(self, columns: Columns, *, means: Vector, ridge: Vector) -> None:
        """Remove columns, keeping what they taught about the others.

        The removed coefficients are integrated out under their prior, N(mean, 1/ridge)
        in units of the noise; dropping the columns instead would push their effect
        onto whatever correlates with them. Removed columns are zero afterwards.

        Args:
            columns: shape (k,), the columns to remove.
            means: shape (k,), their prior means.
            ridge: shape (k,), their prior precision times the noise variance, in
                the same (grown) units as the sums.

        Reference: Schur complement; Lindley & Smith, 1972, section 2.
        """
        self._flush()
        cross = self._a[:, columns].copy()
        own = self._a[np.ix_(columns, columns)]
        self._yy += float(means @ own @ means - 2.0 * means @ self._b[columns])
        self._b -= cross @ means
        solved = np.linalg.solve(own + np.diag(ridge), cross.T)
        self._yy -= float(
            self._b[columns] @ np.linalg.solve(own + np.diag(ridge), self._b[columns])
        )
        self._b -= solved.T @ self._b[columns]
        self._a -= cross @ solved
        # Exactly symmetric again: a checkpoint keeps one triangle.
        self._a = (self._a + self._a.T) / 2.0
        self._a[columns, :] = 0.0
        self._a[:, columns] = 0.0
        self._b[columns] = 0.0

    def _flush(self) -> None:
        waiting = self._pending[: self._waiting]
        self._a += waiting.T @ waiting
        self._pending[:] = 0.0
        self._waiting = 0

    def state(self) -> dict[str, Any]:
        """Return everything as plain data with exact floats."""
        return {
            "width": self._b.size,
            "a": pack(self._a[np.tri(self._b.size, dtype=bool)]),
            "b": pack(self._b),
            "pending": pack(self._pending[: self._waiting]),
            "yy": self._yy,
            "rows": self._rows,
        }

    def restore(self, plain: dict[str, Any]) -> None:
        """Become what `state` returned, bit for bit.

        Raises:
            SnapshotRejected: the arrays do not fit the width.
        """
        width = int(plain["width"])
        self._a = _symmetric(plain["a"], width)
        self._b = unpack(plain["b"], (width,))
        waiting = unpack(plain["pending"], (-1, width))
        self._pending = np.zeros((BATCH, width))
        self._waiting = len(waiting)
        self._pending[: self._waiting] = waiting
        self._yy = float(plain["yy"])
        self._rows = float(plain["rows"])


def _symmetric(text: str, width: int) -> NDArray[np.float64]:
    """Return the matrix of a packed lower triangle; earlier releases kept it whole.

    Raises:
        SnapshotRejected: the entries fill neither.
    """
    flat = unpack(text, (-1,))
    if flat.size != width * (width + 1) // 2:
        return unpack(text, (width, width))
    lower = np.zeros((width, width))
    lower[np.tri(width, dtype=bool)] = flat
    return lower + np.tril(lower, -1).T


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """What the statistics say about the coefficients.

    Attributes:
        theta: shape (n,), posterior mean.
        sigma: residual standard deviation, in units of y.
    """

    theta: Vector
    sigma: float


def posterior(
    totals: Totals,
    *,
    means: Vector,
    sds: Vector,
    scalable: NDArray[np.bool_],
    scales: Sequence[float],
    sigma: float,
    sigma_rows: float,
) -> Posterior:
    """Return the posterior mean, averaged over how wide the prior may be.

    Nobody knows a shop's typical effect size beforehand. So the prior sds of the
    scalable columns are multiplied by each of `scales`, and the answers averaged with
    the marginal likelihood of each: a smooth choice, made by the data.

    The residual variance starts at `sigma ** 2`, worth `sigma_rows` rows. It is a
    function of the statistics alone, so it does not depend on when they arrived.

    Args:
        totals: the sums.
        means: shape (n,), prior means.
        sds: shape (n,), prior sds; a column with sd 0 stays at its mean.
        scalable: shape (n,), columns whose prior sd is multiplied.
        scales: multipliers > 0, at least one.
        sigma: residual sd expected beforehand, > 0.
        sigma_rows: rows that expectation is worth, > 0.

    Raises:
        SnapshotRejected: the statistics are not finite.

    Reference: Bishop, 2006, sections 3.3 and 3.5.1 (evidence of a linear model).
    """
    b = totals.b - totals.a @ means
    variance = residual_variance(
        totals, means=means, sds=sds, sigma=sigma, sigma_rows=sigma_rows
    )
    answers = [
        _solve(totals.a, b, sds=np.where(scalable, sds * s, sds), variance=variance)
        for s in scales
    ]
    evidence = np.array([e for _, e in answers])
    share = np.exp(evidence - evidence.max())
    share /= share.sum()
    theta = means + share @ np.array([d for d, _ in answers])
    return Posterior(theta=theta, sigma=float(variance**0.5))


def residual_variance(
    totals: Totals, *, means: Vector, sds: Vector, sigma: float, sigma_rows: float
) -> float:
    """Return the variance of what the columns leave of y; arguments as `posterior`.

    Raises:
        SnapshotRejected: the statistics are not finite.
    """
    if not (np.isfinite(totals.a).all() and np.isfinite(totals.b).all()):
        raise SnapshotRejected("not_finite", "statistics must be finite")
    b = totals.b - totals.a @ means
    spread = totals.yy - float(means @ (totals.b + b))
    variance = _blend(spread, totals.rows, sigma=sigma, sigma_rows=sigma_rows)
    delta, _ = _solve(totals.a, b, sds=sds, variance=variance)
    rest = spread - float(delta @ (2.0 * b - totals.a @ delta))
    return _blend(rest, totals.rows, sigma=sigma, sigma_rows=sigma_rows)


def _blend(spread: float, rows: float, *, sigma: float, sigma_rows: float) -> float:
    return (sigma_rows * sigma**2 + max(spread, 0.0)) / (sigma_rows + rows)


def _solve(
    a: NDArray[np.float64], b: Vector, *, sds: Vector, variance: float
) -> tuple[Vector, float]:
    """Return (posterior mean minus prior mean, log evidence up to a constant)."""
    # In units of the prior sds the matrix is the identity plus something positive:
    # always well conditioned, and a column without prior freedom drops out.
    scaled = sds[:, None] * a * sds / variance + np.eye(sds.size)
    right = sds * b / variance
    log_det = 2.0 * float(np.log(np.diag(np.linalg.cholesky(scaled))).sum())
    inner = np.linalg.solve(scaled, right)
    return sds * inner, 0.5 * (float(right @ inner) - log_det)


def pack(array: NDArray[Any]) -> str:
    """Return the float64 entries of an array as base64, little endian, exact.

    >>> unpack(pack(np.array([0.1, 1e-300])), (2,)).tolist()
    [0.1, 1e-300]
    """
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f8").tobytes()).decode()


def unpack(text: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the array that `pack` wrote.

    Raises:
        SnapshotRejected: the entries do not fill the shape.
    """
    flat = np.frombuffer(base64.b64decode(text), dtype="<f8").astype(np.float64)
    try:
        return flat.reshape(shape).copy()
    except ValueError as error:
        raise SnapshotRejected("torn", f"array must have shape {shape}") from error
