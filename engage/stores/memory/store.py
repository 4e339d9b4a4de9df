"""Fast state in the process's own memory: the store of the embedded mode.

Nothing suspends, so each call is atomic for everything on the same event loop.
"""

# Rules of this file: no I/O but in `restore`; all state is bounded (see the files
# `memory_*`); what must survive a crash is journalled by the engine beside.

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Generic, TypeVar

from engage.errors import StoreError
from engage.stores.journal.base import JournalReads
from engage.stores.memory.desks import MemoryChats, MemoryCodes
from engage.stores.memory.visits import Visits
from engage.stores.records import Kept, Record, VisitKey
from engage.stores.states import Known, Restored, StoreOptions, Visit

S = TypeVar("S", bound=Visit)
V = TypeVar("V")


class MemoryStore(Generic[S, V]):
    """A `Store` in memory; one for all sites of a process.

    Args:
        options: how sessions and visitors are read back, and the bounds.
    """

    def __init__(self, options: StoreOptions[S, V]) -> None:
        self._options = options
        self.is_degraded = False
        self._visits: Visits[S, V] = Visits(options.live_sessions)
        self.chats = MemoryChats(settling_s=options.settling_s)
        self.codes = MemoryCodes()

    async def load(self, site: str, visitor: str, session: str) -> Known[S, V]:
        """Return what is known; version 0 for an unknown visitor."""
        return self._visits.load(site, visitor, session)

    async def save(
        self,
        known: Known[S, V],
        *,
        session: S,
        visitor: V | None,
        records: Sequence[Record] = (),  # noqa: ARG002 - nobody else could make them good
    ) -> bool:
        """Store both if nobody saved this visitor since `known` was loaded."""
        return self._visits.save(known, session=session, visitor=visitor)

    async def idle(
        self, site: str, *, before_s: float, limit: int
    ) -> list[Known[S, V]]:
        """Return sessions silent since `before_s`, the longest silent first."""
        return self._visits.idle(site, before_s=before_s, limit=limit)

    async def drop(self, site: str, visitor: str, session: str) -> None:
        """Forget a session, and the visitor with the last one."""
        self._visits.drop((site, visitor, session))

    async def forget(self, site: str, visitor: str) -> None:
        """Forget a visitor with all sessions."""
        self._visits.forget(site, visitor)

    async def sessions(self, site: str, visitor: str) -> list[str]:
        """Return the ids of all sessions held of a visitor."""
        return self._visits.sessions(site, visitor)

    async def live_sessions(self) -> int:
        """Return how many sessions are held."""
        return len(self._visits)

    async def dirty(self) -> dict[VisitKey, S | None]:
        """Return the sessions changed since the last call; None for those gone."""
        return self._visits.dirty()

    async def release(self, site: str, decision: str) -> bool:
        """Give back an open invite's share and a held code."""
        slot = await self.chats.release(site, decision)
        return await self.codes.release(site, decision) or slot

    async def take_back(self, site: str, decision: str, *, claim: str) -> bool:
        """Undo what a try reserved."""
        slot = await self.chats.take_back(site, decision, claim)
        return await self.codes.take_back(site, decision, claim) or slot

    def open(self, site: str) -> None:
        """Make room for the visits of a site, before the garbage collector begins."""
        self._visits.open(site)

    async def restore(self, journal: JournalReads, site: str) -> Restored:
        """Rebuild codes, budgets' use and visits; blocks, so it is for the start."""
        self.open(site)
        codes = await self.codes.restore(site, journal.codes(site))
        kept = journal.kept_visits(site)
        found = Counter(self._restore_visit(journal, site, one) for one in kept)
        return Restored(found[True], found[False], codes)

    async def close(self) -> None:
        """Do nothing: there is no backend."""

    def _restore_visit(self, journal: JournalReads, site: str, kept: Kept) -> bool:
        found = journal.find_visitor(site, kept.visitor)
        ledger = None if found is None else found[1]
        try:
            session = self._options.read_session(kept.body)
            visitor = None if ledger is None else self._options.read_visitor(ledger)
        except (StoreError, ValueError):
            # Soft state of another release: the visit starts anew.
            return False
        known = self._visits.load(site, kept.visitor, kept.session)
        is_new = self._visits.save(known, session=session, visitor=visitor)
        # What was just read needs no flush.
        self._visits.dirty()
        return is_new
