"""What every store of fast state promises: visits, and the desks beside them.

The desks' promise stands in `desks`, the journal's in `journal/base`, its values in
`records`; all are named here as well, so that other layers import from one place.
"""

# Rules of this file: a promise and nothing else. A store does no I/O of its own beyond
# its backend; what must survive is journalled by the engine beside it. Every method
# that depends on the time is given `at_s`; an expiry holds from `until_s` on, exactly.

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from engage.stores.desks import Chats, Codes
from engage.stores.journal.base import Journal, JournalReads
from engage.stores.records import (
    Body,
    CodeRow,
    CodeState,
    DayRow,
    DecisionPage,
    Entry,
    Kept,
    OrderState,
    Purchase,
    Record,
    Stored,
    VisitKey,
    Window,
)
from engage.stores.states import (
    GroupState,
    Known,
    PoolState,
    Redeemed,
    Restored,
    StoreOptions,
    Visit,
)

__all__ = [
    "Body",
    "Chats",
    "CodeRow",
    "CodeState",
    "Codes",
    "DayRow",
    "DecisionPage",
    "Entry",
    "GroupState",
    "Journal",
    "JournalReads",
    "Kept",
    "Known",
    "OrderState",
    "PoolState",
    "Purchase",
    "Record",
    "Redeemed",
    "Restored",
    "Store",
    "StoreOptions",
    "Stored",
    "Visit",
    "VisitKey",
    "Visits",
    "Window",
]


S = TypeVar("S", bound=Visit)
V = TypeVar("V")


class Visits(Protocol[S, V]):
    """The visits of all sites: sessions, and the visitors whose they are."""

    async def load(self, site: str, visitor: str, session: str) -> Known[S, V]:
        """Return what is known; never fails for an unknown visitor."""
        ...

    async def save(
        self,
        known: Known[S, V],
        *,
        session: S,
        visitor: V | None,
        records: Sequence[Record] = (),
    ) -> bool:
        """Store both if nobody saved this visitor since `known` was loaded.

        `records` is what the caller journals next. A store that several processes
        share keeps with the visit what of it must last: who loads the visit after a
        crash in between can make it good (`Known.owed`).

        Returns:
            False if somebody did: load again and start over.
        """
        ...

    async def idle(
        self, site: str, *, before_s: float, limit: int
    ) -> list[Known[S, V]]:
        """Return sessions with no beacon since `before_s`, the longest silent first."""
        ...

    async def drop(self, site: str, visitor: str, session: str) -> None:
        """Forget a session, and the visitor with the last one."""
        ...

    async def forget(self, site: str, visitor: str) -> None:
        """Forget a visitor with all sessions: erasure."""
        ...

    async def sessions(self, site: str, visitor: str) -> list[str]:
        """Return the ids of all sessions held of a visitor."""
        ...

    async def live_sessions(self) -> int:
        """Return how many sessions are held."""
        ...

    async def dirty(self) -> dict[VisitKey, S | None]:
        """Return the sessions changed since the last call; None for those gone."""
        ...


class Store(Visits[S, V], Protocol[S, V]):
    """Fast state of all sites; shared by everything that runs on one event loop."""

    @property
    def is_degraded(self) -> bool:
        """Whether the backend did not answer: what is known is this process's own."""
        ...

    @property
    def chats(self) -> Chats:
        """The chat slots."""
        ...

    @property
    def codes(self) -> Codes:
        """The discount codes."""
        ...

    async def release(self, site: str, decision: str) -> bool:
        """Give back an open invite's share and a held code; True if there was one.

        Confirmed slots and delivered codes stay where they are.
        """
        ...

    async def take_back(self, site: str, decision: str, *, claim: str) -> bool:
        """Undo what a try reserved, given or not; nobody was told of it.

        What another try of the same decision has reserved as well stays: its answer
        may be on its way. So do chats that began and codes that were redeemed.

        Returns:
            True if a slot or a code is free again.
        """
        ...

    async def restore(self, journal: JournalReads, site: str) -> Restored:
        """Rebuild codes, budgets' use and visits of a site from the journal."""
        ...

    async def close(self) -> None:
        """Let go of the backend."""
        ...
