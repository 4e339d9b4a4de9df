"""The population that lift is measured on: visitors with a first moment, as columns."""

# Rules of this file: values only, one entry a visitor, in the order of first moments.
# Money is in units of the site's currency and is never clipped.

from __future__ import annotations

from array import array
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engage.evidence.sequences.means import Flags, Floats

DIMENSIONS: Final = ("action", "moment", "segment")
"""What lift can be broken down by; all of it is known before anything is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitors:
    """Visitors with a first moment; arrays have shape (n_visitors,) unless said.

    Attributes:
        at_s: when the first moment came, epoch seconds, ascending.
        is_holdout: who never sees an intervention.
        share: probability of that, as logged, in [0, 1].
        orders: orders from the first moment to the horizon.
        revenue: what they paid for, net of refunds.
        margin: what they left, net of refunds and of what interventions cost.
        is_over: the horizon has passed; only then a visitor counts.
        is_shown: the first action was really shown.
        action: the first action drawn, carried out or not.
        moment, segment: of the first moment.
        none_p: probability of `none` in that first draw, carried out or not, (0, 1].
        covariates: shape (n_visitors, d), see `lift/adjust.COVARIATES`.
        margin_alone, ordered_alone: margin, and whether there was an order, until the
            next decision or the horizon, whichever came first.
        left_out: later visitors that no longer fitted in.
    """

    at_s: Floats
    is_holdout: Flags
    share: Floats
    orders: Floats
    revenue: Floats
    margin: Floats
    is_over: Flags
    is_shown: Flags
    action: NDArray[np.str_]
    moment: NDArray[np.str_]
    segment: NDArray[np.str_]
    none_p: Floats
    covariates: Floats
    margin_alone: Floats
    ordered_alone: Flags
    left_out: int = 0

    def __len__(self) -> int:
        """Return how many visitors there are."""
        return len(self.at_s)

    def where(self, chosen: Flags) -> Visitors:
        """Return the chosen visitors; `chosen` has shape (n_visitors,)."""
        # By number: a mask over names would hold up every other thread meanwhile.
        rows = np.flatnonzero(chosen)
        columns = {
            field.name: getattr(self, field.name).take(rows, axis=0)
            for field in fields(self)
            if field.name != "left_out"
        }
        return replace(self, **columns)


class Words:
    """Names as small numbers, and back."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        """Return the number of a name; a new name gets the next one."""
        known = self._numbers.setdefault(name, len(self.names))
        if known == len(self.names):
            self.names.append(name)
        return known

    def column(self, numbers: array[int]) -> Any:
        """Return the names behind numbers, shape (n,)."""
        names = np.array(self.names or [""])
        return names[np.array(numbers, dtype=np.intp)]
