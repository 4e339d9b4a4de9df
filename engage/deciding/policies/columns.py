"""Which term of the uplift model lies in which column, and its prior."""

# Rules of this file: a column's number never changes while it is in use, because rows
# that wait for their correction refer to it; a freed number is used again.

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engage.deciding.policies.base import Vector
from engage.deciding.policies.ridge import Columns
from engage.deciding.policies.terms import UpliftSettings

# The groups of the baseline: their priors say only "finite" and are never scaled.
_BASELINE = frozenset({"intercept", "moment", "feature"})


class ColumnTable:
    """Columns by term, with prior mean, prior sd and group.

    >>> table = ColumnTable(UpliftSettings(context=()))
    >>> table.columns([("1", "intercept"), ("rule", "rule")]).tolist()
    [0, 1]
    >>> table.columns([("rule", "rule")]).tolist(), table.width
    ([1], 2)
    """

    def __init__(self, settings: UpliftSettings) -> None:
        self._settings = settings
        self._groups: dict[str, str] = {}
        self._of: dict[str, int] = {}
        self._free: list[int] = []
        self.width = 0

    def columns(self, terms: Iterable[tuple[str, str]]) -> Columns:
        """Return the column of each (term, group), new terms getting a new one."""
        return np.array([self._column(*term) for term in terms], dtype=np.intp)

    def _column(self, term: str, group: str) -> int:
        column = self._of.get(term)
        if column is None:
            column = self._free.pop() if self._free else self.width
            self.width = max(self.width, column + 1)
            self._of[term] = column
            self._groups[term] = group
        return column

    def columns_of(self, head: str) -> Columns:
        """Return the columns of the terms that are `head` or begin with `head|`."""
        return np.array([self._of[t] for t in self._under(head)], dtype=np.intp)

    def release(self, head: str) -> None:
        """Forget those terms; their columns may be given to others."""
        for term in self._under(head):
            self._free.append(self._of.pop(term))
            del self._groups[term]

    def _under(self, head: str) -> list[str]:
        return [t for t in self._of if t == head or t.startswith(f"{head}|")]

    def named(self, theta: Vector) -> dict[str, float]:
        """Return the coefficient of every known term."""
        values = theta.tolist()
        return {term: values[column] for term, column in self._of.items()}

    def means(self) -> Vector:
        """Return the prior means, shape (width,), EUR; 0 for unused columns."""
        out = np.zeros(self.width)
        for term, column in self._of.items():
            out[column] = self._settings.means.get(term, 0.0)
        return out

    def sds(self) -> Vector:
        """Return the prior sds, shape (width,), EUR; 0 for unused columns."""
        out = np.zeros(self.width)
        for term, column in self._of.items():
            sd: float = getattr(self._settings.priors, f"{self._groups[term]}_sd_eur")
            out[column] = sd
        return out

    def uplift(self) -> NDArray[np.bool_]:
        """Return which columns belong to the uplift, shape (width,)."""
        out = np.zeros(self.width, dtype=np.bool_)
        for term, column in self._of.items():
            out[column] = self._groups[term] not in _BASELINE
        return out

    def state(self) -> dict[str, Any]:
        """Return the table as plain data."""
        return {
            "terms": [[t, self._groups[t], c] for t, c in self._of.items()],
            "free": list(self._free),
            "width": self.width,
        }

    def restore(self, plain: dict[str, Any]) -> None:
        """Become what `state` returned."""
        self._of = {term: int(column) for term, _, column in plain["terms"]}
        self._groups = {term: group for term, group, _ in plain["terms"]}
        self._free = [int(column) for column in plain["free"]]
        self.width = int(plain["width"])
