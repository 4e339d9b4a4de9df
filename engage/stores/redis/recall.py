"""What a worker remembers of visitors it has just seen, to spare Redis a question."""

# Rules of this file: a memory may be out of date, so nothing but a save with its
# version may rest on it. Bounded by MOST visitors of SESSIONS sessions each; it fades
# after FADES_S, which also bounds how old an answer to other questions can be.

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from engage.stores.states import Known, Owed, Visit

S = TypeVar("S", bound=Visit)
V = TypeVar("V")

MOST: Final = 20_000
SESSIONS: Final = 4
# Four beacons of a reader who scrolls now and then.
FADES_S: Final = 60.0


@dataclass(slots=True)
class _Seen(Generic[S, V]):
    version: int
    visitor: V | None
    sessions: dict[str, tuple[S, tuple[Owed, ...]]]
    until_s: float


class Recall(Generic[S, V]):
    """Visitors by site and id, the ones not seen for longest make room.

    Args:
        most: visitors remembered, >= 0; 0 remembers nobody.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._seen: OrderedDict[tuple[str, str], _Seen[S, V]] = OrderedDict()

    def find(
        self, site: str, visitor: str, session: str, *, at_s: float
    ) -> Known[S, V] | None:
        """Return what was last seen of a session, or None if that is too long ago."""
        seen = self._seen.get((site, visitor))
        if seen is None or at_s >= seen.until_s or session not in seen.sessions:
            return None
        held, owed = seen.sessions[session]
        return Known(site, visitor, session, held, seen.visitor, seen.version, owed)

    def holds(self, before: Known[S, V], *, visitor: V | None) -> bool:
        """Tell whether this visitor stands in Redis, at the version of `before`."""
        seen = self._seen.get((before.site, before.visitor_id))
        return (
            seen is not None
            and seen.version == before.version
            and seen.visitor == visitor
        )

    def note(
        self,
        before: Known[S, V],
        *,
        session: S,
        visitor: V | None,
        version: int,
        at_s: float,
    ) -> None:
        """Remember what was saved, as `version`, on top of `before`.

        Of `before`, the version and what is owed now are noted.
        """
        place = (before.site, before.visitor_id)
        seen = self._seen.pop(place, None)
        # Other sessions are known to be unchanged only if they were remembered from
        # the very state that this save was made on.
        is_next = seen is not None and seen.version == before.version
        sessions = seen.sessions if seen is not None and is_next else {}
        sessions.pop(before.session_id, None)
        while len(sessions) >= SESSIONS:
            del sessions[next(iter(sessions))]
        sessions[before.session_id] = session, before.owed
        self._keep(place, _Seen(version, visitor, sessions, at_s + FADES_S))

    def meet(self, known: Known[S, V], *, at_s: float) -> None:
        """Remember what somebody else has saved, and nothing older of that visitor."""
        place = (known.site, known.visitor_id)
        self.lose(*place)
        if known.session is not None:
            sessions = {known.session_id: (known.session, known.owed)}
            seen = _Seen(known.version, known.visitor, sessions, at_s + FADES_S)
            self._keep(place, seen)

    def lose(self, site: str, visitor: str) -> None:
        """Forget a visitor."""
        self._seen.pop((site, visitor), None)

    def _keep(self, place: tuple[str, str], seen: _Seen[S, V]) -> None:
        self._seen[place] = seen
        while len(self._seen) > self._most:
            self._seen.popitem(last=False)
