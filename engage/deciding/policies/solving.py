"""From sums over rows to coefficients: the posterior of targets plus corrections."""

# Rules of this file: a function of the sums alone, so it does not matter when it is
# asked. Nothing is kept.

from __future__ import annotations

import math
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from engage.deciding.policies.base import Vector
from engage.deciding.policies.columns import ColumnTable
from engage.deciding.policies.ridge import Totals, posterior, residual_variance
from engage.deciding.policies.terms import UpliftSettings

# Prior sds are multiplied by these and averaged by evidence. Corrections are expected
# to be small (a surrogate that is right needs none), but may turn out as large.
_TARGET_SCALES: Final = (0.5, 1.0, 2.0)
_CORRECTION_SCALES: Final = (0.1, 0.3, 1.0)


class Solved(NamedTuple):
    """What is known of a shop.

    Attributes:
        theta: shape (n_columns,), EUR.
        sigma: residual sd of the target, EUR.
        unit: what prior means were multiplied by, >= 1; see `unit_of`.
    """

    theta: Vector
    sigma: float
    unit: float


def solved(
    targets: Totals,
    corrections: Totals,
    *,
    table: ColumnTable,
    settings: UpliftSettings,
) -> Solved:
    """Return the sum of both posteriors.

    Raises:
        SnapshotRejected: the sums are not finite.
    """
    means, sds, scalable = table.means(), table.sds(), table.uplift()
    unit = unit_of(targets, table=table, settings=settings)
    solve = partial(
        posterior,
        # What a card can change is a share of a margin, however orders vary: only the
        # baseline, which must not be believed, is given more room.
        sds=np.where(scalable, sds, unit * sds),
        scalable=scalable,
        sigma=unit * settings.sigma_eur,
        sigma_rows=settings.sigma_rows,
    )
    target = solve(targets, means=unit * means, scales=_TARGET_SCALES)
    none = np.zeros_like(means)
    correction = solve(corrections, means=none, scales=_CORRECTION_SCALES)
    return Solved(target.theta + correction.theta, target.sigma, unit)


def unit_of(targets: Totals, *, table: ColumnTable, settings: UpliftSettings) -> float:
    """Return by how much noisier money is here than the settings expect, >= 1.

    The shop's own word is worth as much beside any noise. Where orders earn ten times
    what the settings tell, a policy that divides by the noise would be uniform; so the
    prior means grow with it. Their sds do not: the noisier the money, the more
    decisions it takes to overrule them.

    Raises:
        SnapshotRejected: the sums are not finite.
    """
    variance = residual_variance(
        targets,
        means=table.means(),
        sds=table.sds(),
        sigma=settings.sigma_eur,
        sigma_rows=settings.sigma_rows,
    )
    return max(1.0, math.sqrt(variance) / settings.sigma_eur)
