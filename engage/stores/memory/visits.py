"""Visits in memory: the longest silent one makes room for a new one.

The visitors heard latest are live values; all others rest as bytes (`memory/cold`),
so that a typical live visit takes less than a kilobyte (benchmarks/session_bytes.py).
"""

# Rules of this file: every structure is bounded by the number of live sessions; a
# visitor is forgotten with the last session. Versions come from one counter that only
# grows, so that a state that was dropped and made anew is never taken for the old one.
# Whether a visitor rests shows nowhere outside.

from __future__ import annotations

import itertools
import math
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from engage.stores.memory.cold import Cold, filed_of, refiled
from engage.stores.memory.silence import Silence
from engage.stores.records import VisitKey
from engage.stores.states import Known, Visit

S = TypeVar("S", bound=Visit)
V = TypeVar("V")

# Those heard within a ping interval (5 s) at 800 beacons a second; about eight
# megabytes. Who was silent for longer is thawed, which costs some microseconds.
AWAKE: Final = 4_096
# A visitor with more sessions at once, a rarity, never rests: waking it would cost a
# step for each of them with every beacon.
_MAX_RESTED: Final = 4


@dataclass(slots=True, eq=False)
class _Person(Generic[S, V]):
    """A visitor that is awake.

    Attributes:
        filed: the second under which `Silence` has it.
        silent_s: since when the longest silent session is, epoch seconds.
        sessions: the longest silent first; several are an `OrderedDict`.
    """

    site: str
    name: str
    filed: int = 0
    silent_s: float = math.inf
    version: int = 0
    visitor: V | None = None
    sessions: dict[str, S] = field(default_factory=dict)

    def put(self, name: str, session: S) -> None:
        """Hold a session."""
        sessions = self.sessions
        before = sessions.get(name)
        if before is None and len(sessions) == 1:
            sessions = self.sessions = OrderedDict(sessions)
        sessions[name] = session
        if isinstance(sessions, OrderedDict):
            is_heard = before is None or before.last_at_s != session.last_at_s
            self._mend(sessions, name if is_heard else None)
        else:
            self.silent_s = session.last_at_s

    def take(self, name: str) -> bool:
        """Let go of a session; tell whether there was one."""
        if self.sessions.pop(name, None) is None:
            return False
        if self.sessions:
            self.silent_s = next(iter(self.sessions.values())).last_at_s
        return True

    def _mend(self, sessions: OrderedDict[str, S], heard: str | None) -> None:
        """Put the sessions in order after one was heard."""
        if heard is not None:
            sessions.move_to_end(heard)
            latest, *before = itertools.islice(reversed(sessions.values()), 2)
            if before and before[0].last_at_s > latest.last_at_s:
                # A clock was set back, or a journal read in another order.
                rows = sorted(sessions.items(), key=lambda row: row[1].last_at_s)
                sessions = self.sessions = OrderedDict(rows)
        self.silent_s = next(iter(sessions.values())).last_at_s

    def known(self, session_id: str) -> Known[S, V]:
        """Return what is known in one session."""
        session = self.sessions.get(session_id)
        return Known(
            self.site, self.name, session_id, session, self.visitor, self.version
        )

    def silent_before(self, before_s: float) -> Iterator[tuple[float, Known[S, V]]]:
        """Yield the sessions silent since then, the longest silent first."""
        for session_id, session in self.sessions.items():
            if session.last_at_s >= before_s:
                return
            yield session.last_at_s, self.known(session_id)


class _People(dict[str, _Person[S, V] | bytes]):
    """Visitors by name: made before the service serves, it is no garbage.

    The collector knows an object of a class of its own from the first moment, a plain
    dict only once it holds what may be garbage. So `gc.freeze` takes this one along
    while it is empty, and no collection ever looks through all visitors.
    """

    __slots__ = ()


class _Shelf(Generic[S, V]):
    """The visitors of one site, awake or as bytes."""

    def __init__(self) -> None:
        self.people: _People[S, V] = _People()
        self.silence = Silence(self._silent_of, self._refile)

    def _silent_of(self, name: str) -> float:
        held = self.people[name]
        return filed_of(held)[1] if isinstance(held, bytes) else held.silent_s

    def _refile(self, name: str, filed: int) -> None:
        held = self.people[name]
        if isinstance(held, bytes):
            self.people[name] = refiled(held, filed)
        else:
            held.filed = filed


class Visits(Generic[S, V]):
    """Sessions by visitor, with compare-and-swap.

    Args:
        live_sessions: held at most, over all sites; >= 1.
        awake: visitors kept as live values; the others rest as bytes; >= 0.
    """

    def __init__(self, live_sessions: int, *, awake: int = AWAKE) -> None:
        self._limit = live_sessions
        self._awake_limit = awake
        self._count = 0
        self._cold: Cold[S, V] = Cold()
        # One a site; bounded by the sites of the configuration.
        self._shelves: dict[str, _Shelf[S, V]] = {}
        # The longest unused first.
        self._awake: OrderedDict[_Person[S, V], None] = OrderedDict()
        self._dirty: dict[VisitKey, S | None] = {}
        self._version = 0

    def __len__(self) -> int:
        return self._count

    def open(self, site: str) -> None:
        """Make room for the visitors of a site; see `_People`."""
        if site not in self._shelves:
            self._shelves[site] = _Shelf()

    def load(self, site: str, visitor: str, session: str) -> Known[S, V]:
        """Return what is known; version 0 for an unknown visitor."""
        person = self._find(site, visitor)
        if person is None:
            return Known(site, visitor, session, None, None, 0)
        if person not in self._awake:
            # A save follows, as a rule.
            self._wake(person)
        return person.known(session)

    def save(self, known: Known[S, V], *, session: S, visitor: V | None) -> bool:
        """Store both if the visitor's version is still the one that was loaded."""
        person = self._find(known.site, known.visitor_id)
        if person is None:
            if known.version != 0:
                return False
            person = _Person(known.site, known.visitor_id)
        elif person.version != known.version:
            return False
        self._version += 1
        person.version = self._version
        person.visitor = visitor
        self._put(person, known.session_id, session)
        return True

    def idle(self, site: str, *, before_s: float, limit: int) -> list[Known[S, V]]:
        """Return sessions silent since `before_s`, the longest silent first."""
        shelf = self._shelves.get(site)
        found: list[tuple[float, Known[S, V]]] = []
        if shelf is None or limit < 1:
            return []
        # The first sessions of all are among those of the first visitors.
        for _, name in shelf.silence.longest(limit, before_s=before_s):
            person = self._find(site, name)
            if person is not None:
                found += person.silent_before(before_s)
        found.sort(key=lambda row: row[0])
        return [known for _, known in found[:limit]]

    def drop(self, key: VisitKey) -> None:
        """Forget a session, and its visitor with the last one."""
        site, name, session = key
        person = self._find(site, name)
        if person is None or not person.take(session):
            return
        self._count -= 1
        self._dirty[key] = None
        # A save that is under way must not bring the session back.
        self._version += 1
        person.version = self._version
        if person.sessions:
            self._wake(person)
            return
        shelf = self._shelves[site]
        shelf.silence.leave(name, person.filed)
        del shelf.people[name]
        self._awake.pop(person, None)

    def forget(self, site: str, visitor: str) -> None:
        """Forget a visitor and all sessions."""
        for session in self.sessions(site, visitor):
            self.drop((site, visitor, session))

    def sessions(self, site: str, visitor: str) -> list[str]:
        """Return the ids of a visitor's sessions, the longest silent first."""
        return list(self._sessions(site, visitor))

    def dirty(self) -> dict[VisitKey, S | None]:
        """Return what changed since the last call; None for sessions that are gone."""
        changed, self._dirty = self._dirty, {}
        return changed

    def _put(self, person: _Person[S, V], session_id: str, session: S) -> None:
        before, silent_s = len(person.sessions), person.silent_s
        person.put(session_id, session)
        self._dirty[person.site, person.name, session_id] = session
        if before == 0:
            self._enter(person)
        elif person.silent_s < silent_s:
            silence = self._shelves[person.site].silence
            person.filed = silence.lower(
                person.name, person.filed, silent_s=person.silent_s
            )
        self._wake(person)
        if len(person.sessions) > before:
            self._count += 1
            while self._count > self._limit:
                self.drop(self._longest_silent())

    def _enter(self, person: _Person[S, V]) -> None:
        self.open(person.site)
        shelf = self._shelves[person.site]
        shelf.people[person.name] = person
        person.filed = shelf.silence.enter(person.name, person.silent_s)

    def _longest_silent(self) -> VisitKey:
        """Return the session that is silent longest, over all sites."""
        _, site, name = min(
            (since_s, site, name)
            for site, shelf in self._shelves.items()
            for since_s, name in shelf.silence.longest(1)
        )
        return site, name, next(iter(self._sessions(site, name)))

    def _sessions(self, site: str, visitor: str) -> dict[str, S]:
        person = self._find(site, visitor)
        return {} if person is None else person.sessions

    def _find(self, site: str, name: str) -> _Person[S, V] | None:
        """Return a visitor; one that rests is thawed, and rests on."""
        shelf = self._shelves.get(site)
        held = None if shelf is None else shelf.people.get(name)
        if not isinstance(held, bytes):
            return held
        filed, silent_s = filed_of(held)
        version, visitor, sessions = self._cold.thawed(held)
        return _Person(site, name, filed, silent_s, version, visitor, sessions)

    def _wake(self, person: _Person[S, V]) -> None:
        """Keep a visitor as a live value; the longest unused ones go to rest."""
        awake = self._awake
        if person in awake:
            awake.move_to_end(person)
            return
        self._shelves[person.site].people[person.name] = person
        awake[person] = None
        if len(awake) > self._awake_limit:
            self._rest(awake.popitem(last=False)[0])

    def _rest(self, person: _Person[S, V]) -> None:
        if len(person.sessions) > _MAX_RESTED:
            return
        frozen = self._cold.frozen(
            (person.version, person.visitor, person.sessions),
            filed=person.filed,
            silent_s=person.silent_s,
        )
        if frozen is not None:
            self._shelves[person.site].people[person.name] = frozen
