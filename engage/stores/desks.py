"""What the two desks of a store promise: chat slots and discount codes.

Both hold something back for a decision until a time, and let it go again; money and
agents are never promised twice. What lets go of both at once is `Store.release`.
"""

# Rules of this file: a promise and nothing else. The site comes first, by position.
# Every method that depends on the time is given `at_s`; an expiry holds from `until_s`
# on, exactly.

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from engage.stores.states import GroupState, PoolState, Redeemed


class Chats(Protocol):
    """The chat groups of all sites."""

    async def announce(
        self,
        site: str,
        /,
        group: str,
        *,
        online: int,
        free: int,
        ttl_s: float,
        at_s: float,
    ) -> None:
        """Note the shop's report of a chat group, good for `ttl_s` seconds."""
        ...

    async def groups(self, site: str, /, *, at_s: float) -> dict[str, GroupState]:
        """Return every group ever announced."""
        ...

    async def reserve(
        self,
        site: str,
        /,
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
        `claim` names the try, for `Store.take_back`.

        Returns:
            False without a fresh report of a free agent, or if the bound would be
            passed. True for a decision that holds a slot of the group already.
        """
        ...

    async def confirm(self, site: str, /, decision: str, *, at_s: float) -> bool:
        """Turn an open invite into a whole slot; True again for a confirmed one.

        Returns:
            False if the invite is unknown or expired, or if nobody is free any more;
            for a confirmed one if nobody is there at all.
        """
        ...


class Codes(Protocol):
    """The pools of all sites: their codes and their budgets."""

    async def add(
        self, site: str, /, pool: str, codes: Iterable[str]
    ) -> tuple[int, int]:
        """Add codes to a pool; return how many were new and how many were known."""
        ...

    async def set_budget(self, site: str, /, pool: str, cents: int) -> None:
        """Set a pool's whole budget; a pool without one gives nothing."""
        ...

    async def stock(self, site: str, /, *, at_s: float) -> dict[str, PoolState]:
        """Return what every pool can still give."""
        ...

    async def reserve(
        self,
        site: str,
        /,
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

        `claim` names the try, for `Store.take_back`.

        Returns:
            The code; None without a code or without budget. A decision that has a
            code gets the same one, with whatever is more by now of amount and time;
            None if it is of another pool.
        """
        ...

    async def give(
        self, site: str, /, decision: str, *, at_s: float, until_s: float | None = None
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
        /,
        text: str,
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

    async def owner(self, site: str, /, text: str) -> tuple[str, str] | None:
        """Return decision and subject a code was issued to, or None."""
        ...
