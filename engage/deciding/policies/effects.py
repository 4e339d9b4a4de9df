"""What an action's uplift may depend on, as numbers: read off the context, or derived.

An intervention that shifts everybody's log-odds of buying by as much moves the chance P
by `P (1 - P)` times it: nothing for who buys anyway, nothing for who never does. So an
uplift may also depend on `undecided = 4 P (1 - P)`, P being the intent score, and, as
`undecided*NAME`, on how far an entry of the context matters to who is undecided.
"""

# Rules of this file: pure arithmetic, the same to the last bit wherever it is done. The
# names are part of every snapshot; one without derived names reads as it always did.

from __future__ import annotations

from typing import Final

from engage.deciding.policies.base import Vector
from engage.errors import FeatureError

UNDECIDED: Final = "undecided"
"""How undecided a visitor is: 4 P (1 - P), from 0 (P is 0 or 1) to 1 (P is .5)."""

INTENT: Final = "intent"
"""The entry of the context that P is read from."""


def is_of_intent(name: str) -> bool:
    """Tell whether a value says how likely a visitor buys anyway, or is made of it.

    >>> is_of_intent("intent"), is_of_intent("undecided*price"), is_of_intent("price")
    (True, True, False)
    """
    return name.partition("*")[0] in {INTENT, UNDECIDED}


class Effects:
    """Reads what uplifts depend on off a context.

    Args:
        context: names of the context's entries, in order.
        interactions: entries of the context, `undecided`, or `undecided*` an entry.

    Raises:
        ValueError: a name is none of these, or P is needed and not in the context.

    >>> import numpy as np
    >>> read = Effects(("price", "intent"), ("price", "undecided", "undecided*price"))
    >>> read.of(np.array([3.0, 0.25]))
    [3.0, 0.75, 2.25]
    """

    __slots__ = ("_intent", "_length", "_pairs")

    def __init__(self, context: tuple[str, ...], interactions: tuple[str, ...]) -> None:
        self._length = len(context)
        self._pairs = tuple(_pair(name, context) for name in interactions)
        needs_intent = any(self._length + 1 in pair for pair in self._pairs)
        self._intent = context.index(INTENT) if needs_intent else None

    def of(self, context: Vector) -> list[float]:
        """Return the values, in the order of the interactions.

        Args:
            context: shape (n_context,), float64.

        Raises:
            FeatureError: it has another length.
        """
        if context.shape != (self._length,):
            raise FeatureError(
                f"context must have shape ({self._length},), got {context.shape}"
            )
        seen: list[float] = context.tolist()
        p = 0.0 if self._intent is None else seen[self._intent]
        seen += (1.0, 4.0 * p * (1.0 - p))
        return [seen[one] * seen[other] for one, other in self._pairs]


def _pair(name: str, context: tuple[str, ...]) -> tuple[int, int]:
    """Return the places of the two factors of a value.

    Behind the context's own entries stand 1 and how undecided the visitor is.
    """
    one = len(context)
    head, _, rest = name.partition("*")
    if head != UNDECIDED:
        return context.index(name), one
    return (context.index(rest) if rest else one), one + 1
