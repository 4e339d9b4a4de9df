"""What every store of fast state promises: visits, chat slots, discount codes.

The journal's promise stands in `journal_base`, its values in `records`; both are named
here as well, so that other layers import from one place.
"""

# Rules of this file: a promise and nothing else. A store does no I/O of its own beyond
# its backend; what must survive is journalled by the engine beside it. Every method
# that depends on the time is given `at_s`; an expiry holds from `until_s` on, exactly.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from engage.stores.journal_base import Journal, JournalReads
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
    "CodeRow",
    "CodeState",
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
    "Window",
]


S = TypeVar("S", bound=Visit)
V = TypeVar("V")


class Store(Protocol[S, V]):
    """Fast state of all sites; shared by everything that runs on one event loop.

    Attributes:
        is_degraded: the backend did not answer; what is known is this process's own.
    """

    is_degraded: bool

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
        """Note the shop's report of a chat group, good for `ttl_s` seconds."""
        ...

    async def groups(self, site: str, *, at_s: float) -> dict[str, GroupState]:
        """Return every group ever announced."""
        ...

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
        """Hold the share of a slot that an invite will take, until `until_s`.

        `share` is the probability that the invite is accepted, in [0, 1];
        `overbooking` bounds P(more acceptances than free agents), in [0, 1);
        `claim` names the try, for `take_back`.

        Returns:
            False without a fresh report of a free agent, or if the bound would be
            passed. True for a decision that holds a slot of the group already.
        """
        ...

    async def confirm_slot(self, site: str, decision: str, *, at_s: float) -> bool:
        """Turn an open invite into a whole slot; True again for a confirmed one.

        Returns:
            False if the invite is unknown or expired, or if nobody is free any more.
        """
        ...

    async def add_codes(
        self, site: str, pool: str, codes: Iterable[str]
    ) -> tuple[int, int]:
        """Add codes to a pool; return how many were new and how many were known."""
        ...

    async def set_budget(self, site: str, pool: str, cents: int) -> None:
        """Set a pool's whole budget; a pool without one gives nothing."""
        ...

    async def stock(self, site: str, *, at_s: float) -> dict[str, PoolState]:
        """Return what every pool can still give."""
        ...

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
        """Hold a code and the most it can cost; it returns at `until_s` unless given.

        `claim` names the try, for `take_back`.

        Returns:
            The code; None without a code or without budget. A decision that has a
            code gets the same one, with whatever is more by now of amount and time;
            None if it is of another pool.
        """
        ...

    async def give_code(
        self, site: str, decision: str, *, at_s: float, until_s: float | None = None
    ) -> bool:
        """Mark a held code as delivered: it is never issued again.

        The shop takes it before `until_s` (None: for ever); if it was not redeemed by
        then, its money returns to the budget.

        Returns:
            False if the decision holds none any more.
        """
        ...

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
        """Redeem a code for an order; the same order again is a `repeat`.

        A code of a pool that no card carried is the shop's own to give: it is redeemed
        like any other, and no card will carry it. `spent_cents` is what it really
        cost; None books what was held until a repeat says more. Less than held returns
        the difference to the budget. With `is_paid` the order has been paid with
        it already: the money is gone, and booked even if the code has expired by now,
        and beyond the budget.

        Raises:
            NotFound: no pool has the code.
            Conflict: another order has it; unless it is paid, also if it cost more than
                the budget has left.
            Expired: it was delivered, not redeemed in time, and is not paid.
        """
        ...

    async def owner_of_code(self, site: str, code: str) -> tuple[str, str] | None:
        """Return decision and subject a code was issued to, or None."""
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
