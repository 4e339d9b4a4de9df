"""Visits in memory: the longest silent one makes room for a new one."""

# Rules of this file: every structure is bounded by the number of live sessions; a
# visitor is forgotten with the last session. Versions come from one counter that only
# grows, so that a state that was dropped and made anew is never taken for the old one.

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from engage.stores.records import VisitKey
from engage.stores.states import Known, Visit

S = TypeVar("S", bound=Visit)
V = TypeVar("V")


@dataclass(slots=True)
class _Person(Generic[S, V]):
    visitor: V | None = None
    version: int = 0
    sessions: dict[str, S] = field(default_factory=dict)


class Visits(Generic[S, V]):
    """Sessions by visitor, with compare-and-swap.

    Args:
        live_sessions: held at most, over all sites; >= 1.
    """

    def __init__(self, live_sessions: int) -> None:
        self._limit = live_sessions
        self._people: dict[tuple[str, str], _Person[S, V]] = {}
        # Longest silent first: a session moves to the end when it is heard again.
        self._order: OrderedDict[VisitKey, None] = OrderedDict()
        self._dirty: set[VisitKey] = set()
        self._version = 0

    def __len__(self) -> int:
        return len(self._order)

    def load(self, site: str, visitor: str, session: str) -> Known[S, V]:
        """Return what is known; version 0 for an unknown visitor."""
        person = self._people.get((site, visitor))
        if person is None:
            return Known(site, visitor, session, None, None, 0)
        return Known(
            site,
            visitor,
            session,
            person.sessions.get(session),
            person.visitor,
            person.version,
        )

    def save(self, known: Known[S, V], *, session: S, visitor: V | None) -> bool:
        """Store both if the visitor's version is still the one that was loaded."""
        place = (known.site, known.visitor_id)
        person = self._people.get(place)
        if (person.version if person is not None else 0) != known.version:
            return False
        if person is None:
            person = self._people[place] = _Person()
        self._version += 1
        person.version = self._version
        person.visitor = visitor
        self._put(person, (*place, known.session_id), session)
        return True

    def idle(self, site: str, *, before_s: float, limit: int) -> list[Known[S, V]]:
        """Return sessions silent since `before_s`, the longest silent first."""
        found: list[Known[S, V]] = []
        for key in self._order:
            session = self._people[key[:2]].sessions[key[2]]
            # In order of silence, so the first lively one ends the search.
            if session.last_at_s >= before_s or len(found) >= limit:
                break
            if key[0] == site:
                found.append(self.load(*key))
        return found

    def drop(self, key: VisitKey) -> None:
        """Forget a session, and its visitor with the last one."""
        person = self._people.get(key[:2])
        if person is None or person.sessions.pop(key[2], None) is None:
            return
        del self._order[key]
        self._dirty.add(key)
        # A save that is under way must not bring the session back.
        self._version += 1
        person.version = self._version
        if not person.sessions:
            del self._people[key[:2]]

    def forget(self, site: str, visitor: str) -> None:
        """Forget a visitor and all sessions."""
        person = self._people.get((site, visitor))
        for session in list(person.sessions) if person is not None else ():
            self.drop((site, visitor, session))

    def dirty(self) -> dict[VisitKey, S | None]:
        """Return what changed since the last call; None for sessions that are gone."""
        changed, self._dirty = self._dirty, set()
        return {key: self.load(*key).session for key in changed}

    def _put(self, person: _Person[S, V], key: VisitKey, session: S) -> None:
        before = person.sessions.get(key[2])
        person.sessions[key[2]] = session
        self._dirty.add(key)
        if before is None:
            self._order[key] = None
            while len(self._order) > self._limit:
                self.drop(next(iter(self._order)))
        elif before.last_at_s != session.last_at_s:
            self._order.move_to_end(key)
