"""Saves that were not answered: they may have happened all the same.

Their callers had to believe them lost, and the browser will send that beacon again;
taken for a duplicate, what it led to would never be journalled.
"""

# Rules of this file: pure. Bounded: UNSURE visitors, the oldest doubt makes room.

from __future__ import annotations

from collections import OrderedDict
from typing import Final, Generic, TypeVar

from engage.stores.states import Known, Visit

S = TypeVar("S", bound=Visit)
V = TypeVar("V")

# Saves whose fate is unknown; each lasts until the browser's next attempt.
UNSURE: Final = 10_000


class Doubts(Generic[S, V]):
    """By visitor: what was known before a save, and the version it would have made."""

    def __init__(self) -> None:
        self._saves: OrderedDict[tuple[str, str], tuple[Known[S, V], int]]
        self._saves = OrderedDict()

    def note(self, before: Known[S, V], *, version: int) -> None:
        """Note a save that was not answered."""
        self._saves[before.site, before.visitor_id] = before, version
        while len(self._saves) > UNSURE:
            self._saves.popitem(last=False)

    def clear(self, site: str, visitor: str) -> None:
        """Forget a visitor's doubt: a later save was answered, or nobody is left."""
        self._saves.pop((site, visitor), None)

    def as_told(self, known: Known[S, V]) -> Known[S, V]:
        """Return what is known less a save that its caller had to believe lost."""
        doubt = self._saves.get((known.site, known.visitor_id))
        if doubt is None or doubt[1] != known.version:
            return known
        before = doubt[0]
        is_same = before.session_id == known.session_id
        return known._replace(
            session=before.session if is_same else known.session,
            visitor=before.visitor,
        )
