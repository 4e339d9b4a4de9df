"""Fast state in the process's own memory: the store of the embedded mode.

Nothing suspends, so each call is atomic for everything on the same event loop.
"""

# Rules of this file: no I/O but in `restore`; all state is bounded (see the files
# `memory_*`); what must survive a crash is journalled by the engine beside.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from engage.errors import StoreError
from engage.stores.journal_base import JournalReads
from engage.stores.memory_chat import ChatDesk
from engage.stores.memory_codes import CodeDesk
from engage.stores.memory_visits import Visits
from engage.stores.records import Kept, Record, VisitKey
from engage.stores.states import (
    GroupState,
    Known,
    PoolState,
    Redeemed,
    Restored,
    StoreOptions,
    Visit,
)

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
        # One desk a site; bounded by the sites of the configuration.
        self._chats: dict[str, ChatDesk] = {}
        self._codes: dict[str, CodeDesk] = {}

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

    async def announce(
        self,
        site: str,
        group: str,
        *,
        online: int,
        free: int,
        ttl_s: float,
        at_s: float,
    ) -> None:
        """Note the shop's report of a chat group."""
        self._chat(site).announce(
            group, online=online, free=free, ttl_s=ttl_s, at_s=at_s
        )

    async def groups(self, site: str, *, at_s: float) -> dict[str, GroupState]:
        """Return every group ever announced."""
        return self._chat(site).groups(at_s=at_s)

    async def reserve_slot(
        self,
        site: str,
        group: str,
        *,
        decision: str,
        share: float,
        overbooking: float,
        until_s: float,
        at_s: float,
        claim: str = "",
    ) -> bool:
        """Hold a share of a slot; the overflow bound stands in `overflow`."""
        return self._chat(site).reserve(
            group,
            decision=decision,
            share=share,
            overbooking=overbooking,
            until_s=until_s,
            at_s=at_s,
            claim=claim,
        )

    async def confirm_slot(self, site: str, decision: str, *, at_s: float) -> bool:
        """Turn an open invite into a whole slot."""
        return self._chat(site).confirm(decision, at_s=at_s)

    async def add_codes(
        self, site: str, pool: str, codes: Iterable[str]
    ) -> tuple[int, int]:
        """Add codes; return how many were new and how many were known."""
        return self._desk(site).add(pool, codes)

    async def set_budget(self, site: str, pool: str, cents: int) -> None:
        """Set a pool's whole budget."""
        self._desk(site).set_budget(pool, cents)

    async def stock(self, site: str, *, at_s: float) -> dict[str, PoolState]:
        """Return what every pool can still give."""
        return self._desk(site).stock(at_s=at_s)

    async def reserve_code(
        self,
        site: str,
        pool: str,
        *,
        decision: str,
        subject: str,
        amount_cents: int,
        until_s: float,
        at_s: float,
        claim: str = "",
    ) -> str | None:
        """Hold a code and the most it can cost, or return None."""
        return self._desk(site).reserve(
            pool,
            decision=decision,
            subject=subject,
            amount_cents=amount_cents,
            until_s=until_s,
            at_s=at_s,
            claim=claim,
        )

    async def give_code(
        self, site: str, decision: str, *, at_s: float, until_s: float | None = None
    ) -> bool:
        """Mark a held code as delivered."""
        return self._desk(site).give(decision, at_s=at_s, until_s=until_s)

    async def redeem(
        self,
        site: str,
        code: str,
        order_id: str,
        *,
        spent_cents: int | None,
        at_s: float,
        is_paid: bool = False,
    ) -> Redeemed:
        """Redeem a code for one order."""
        return self._desk(site).redeem(
            code, order_id, spent_cents=spent_cents, at_s=at_s, is_paid=is_paid
        )

    async def owner_of_code(self, site: str, code: str) -> tuple[str, str] | None:
        """Return decision and subject a code was issued to, or None."""
        return self._desk(site).owner(code)

    async def release(self, site: str, decision: str) -> bool:
        """Give back an open invite's share and a held code."""
        slot = self._chat(site).release(decision)
        return self._desk(site).release(decision) or slot

    async def take_back(self, site: str, decision: str, *, claim: str) -> bool:
        """Undo what a try reserved."""
        slot = self._chat(site).take_back(decision, claim)
        return self._desk(site).take_back(decision, claim) or slot

    async def restore(self, journal: JournalReads, site: str) -> Restored:
        """Rebuild codes, budgets' use and visits; blocks, so it is for the start."""
        codes = self._desk(site).restore(journal.codes(site))
        kept = list(journal.kept_visits(site))
        read = sum(self._restore_visit(journal, site, one) for one in kept)
        return Restored(read, len(kept) - read, codes)

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

    def _chat(self, site: str) -> ChatDesk:
        if site not in self._chats:
            self._chats[site] = ChatDesk(settling_s=self._options.settling_s)
        return self._chats[site]

    def _desk(self, site: str) -> CodeDesk:
        return self._codes.setdefault(site, CodeDesk())
