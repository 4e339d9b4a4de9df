"""The serving side of dwell: seven quantiles of a cell, and percentiles between.

Between the quantiles the percentile is interpolated on the logit scale, beyond them
extended with the slope of the last segment; so it rises with every second.
"""

# Rules of this file: immutable, numpy only. Serving never imports river. Dwell is
# active seconds; every model sees log(1 + seconds).

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from engage.errors import FeatureError, SnapshotRejected
from engage.scoring.base import Plain, Vector, sigmoid
from engage.scoring.cells import TERMS, positions
from engage.visits.shapes import PageView

QUANTILES: Final = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
# Quantiles closer than this (1 % of a second's ratio) are pushed apart.
LEAST_GAP: Final = 0.01
# The longest dwell a beacon can report, an hour, over a whole view: a day.
LONGEST_S: Final = 86_400.0
# Browsers name categories: some 400 bytes each, and no more than a megabyte.
_MOST_CELLS: Final = 2_048
Cell = tuple[str, str, int, str, bool]
_LOGITS: Final = tuple(math.log(q / (1 - q)) for q in QUANTILES)


def log_dwell(active_s: float) -> float:
    """Return log(1 + seconds) of a dwell, clipped to a day.

    Raises:
        FeatureError: the dwell is negative or not finite.

    >>> log_dwell(0.0)
    0.0
    """
    if not (math.isfinite(active_s) and active_s >= 0):
        raise FeatureError(f"active_s must be finite and >= 0, got {active_s!r}")
    return math.log1p(min(active_s, LONGEST_S))


def monotone(raw: Sequence[float]) -> tuple[float, ...]:
    """Return quantiles that rise by at least .01 log-seconds from one to the next.

    Each head learns alone, so neighbours may cross where data are few.

    >>> monotone((1.0, 0.5, 2.0))
    (1.0, 1.01, 2.0)
    """
    risen = [raw[0]]
    for value in raw[1:]:
        risen.append(max(value, risen[-1] + LEAST_GAP))
    return tuple(risen)


def percentile_of(log_s: float, *, knots: Sequence[float]) -> float:
    """Return the share of comparable views that are shorter, in (0, 1).

    >>> knots = tuple(float(k) for k in range(7))
    >>> round(percentile_of(2.0, knots=knots), 6)
    0.5
    """
    last = len(knots) - 1
    at = 1
    while at < last and log_s > knots[at]:
        at += 1
    left, right = knots[at - 1], knots[at]
    slope = (_LOGITS[at] - _LOGITS[at - 1]) / (right - left)
    return sigmoid(_LOGITS[at - 1] + slope * (log_s - left))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrozenDwell:
    """The serving side: one immutable table, a few microseconds a percentile.

    Attributes:
        table: shape (n_terms, n_quantiles), log-seconds.
    """

    table: Vector
    _rows: list[list[float]] = field(init=False, repr=False)
    # Of the cells that were asked for: a shop has a few dozen that matter.
    _known: dict[Cell, tuple[float, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a table of the wrong shape or with non-finite numbers; seal it.

        Raises:
            SnapshotRejected: with reason `schema` or `not_finite`.
        """
        if self.table.shape != (TERMS, len(QUANTILES)):
            wanted = (TERMS, len(QUANTILES))
            raise SnapshotRejected(
                "schema", f"table must have shape {wanted}, got {self.table.shape}"
            )
        if not np.isfinite(self.table).all():
            raise SnapshotRejected("not_finite", "table must be finite")
        self.table.setflags(write=False)
        object.__setattr__(self, "_rows", self.table.tolist())
        object.__setattr__(self, "_known", {})

    def knots(self, view: PageView) -> tuple[float, ...]:
        """Return the seven quantiles of log(1 + dwell) among comparable views."""
        cell = view.page_kind, view.category, view.price_band, view.device
        found = self._known.get((*cell, view.is_returning))
        if found is None:
            if len(self._known) >= _MOST_CELLS:
                self._known.clear()
            # Ten short rows: plain sums cost half of numpy's.
            rows = [self._rows[at] for at in positions(view)]
            found = monotone([sum(column) for column in zip(*rows, strict=True)])
            self._known[(*cell, view.is_returning)] = found
        return found

    def percentile(self, view: PageView, active_s: float) -> float:
        """Return the share of comparable views with a shorter dwell, in (0, 1).

        Raises:
            FeatureError: the dwell is negative or not finite.
        """
        return percentile_of(log_dwell(active_s), knots=self.knots(view))

    def seconds(self, view: PageView) -> dict[float, float]:
        """Return the dwell in seconds at each quantile; for people and the console."""
        pairs = zip(QUANTILES, self.knots(view), strict=True)
        return {quantile: math.expm1(knot) for quantile, knot in pairs}

    def plain(self) -> Plain:
        """Return the non-zero rows of the table as plain data, exact."""
        used = np.flatnonzero(self.table.any(axis=1))
        return {
            "quantiles": list(QUANTILES),
            "rows": {str(int(at)): self.table[at].tolist() for at in used},
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> FrozenDwell:
        """Return what `plain` wrote.

        Raises:
            SnapshotRejected: other quantiles, a row outside the table, or not finite.
        """
        return cls(table=read_table(plain))


def read_table(plain: Mapping[str, Any]) -> Vector:
    """Return the dense table, shape (n_terms, n_quantiles), of sparse rows.

    Raises:
        SnapshotRejected: other quantiles, or a row outside the table (`schema`).
    """
    if tuple(plain["quantiles"]) != QUANTILES:
        got = plain["quantiles"]
        raise SnapshotRejected("schema", f"quantiles must be {QUANTILES}, got {got}")
    table = np.zeros((TERMS, len(QUANTILES)))
    for at, row in plain["rows"].items():
        if not 0 <= int(at) < TERMS or len(row) != len(QUANTILES):
            raise SnapshotRejected(
                "schema", f"rows must be in [0, {TERMS}) with 7 columns, got {at}"
            )
        table[int(at)] = row
    return table
