"""Chats, codes and budgets of a worker whose Redis may be away: money fails closed.

What cannot be known without Redis is taken as nothing: no agent, no code, no budget.
What a shop's server asks for is refused then, and it asks again.
"""

# Rules of this file: nothing is ever promised that Redis has not granted.

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, Generic, TypeVar

from engage.errors import StoreError
from engage.stores.redis_store import RedisStore
from engage.stores.states import GroupState, PoolState, Redeemed, Visit
from engage.telemetry import logger

log = logger()
STEADY_S: Final = 2.0
"""Seconds without a failure after which a Redis counts as back."""

S = TypeVar("S", bound=Visit)
V = TypeVar("V")


class FailClosed(Generic[S, V]):
    """The part of a store that gives away agents and money.

    Attributes:
        is_degraded: within the last STEADY_S Redis did not do what it was asked.
    """

    def __init__(self, redis: RedisStore[S, V]) -> None:
        self._redis = redis
        self.is_degraded = False
        self._failed_s = 0.0

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
        await self._redis.announce(
            site, group, online=online, free=free, ttl_s=ttl_s, at_s=at_s
        )

    async def groups(self, site: str, *, at_s: float) -> dict[str, GroupState]:
        """Return every group ever announced; without Redis, nobody is there."""
        try:
            found = await self._redis.groups(site, at_s=at_s)
        except StoreError as error:
            self._note_failed(error)
            return {}
        # At night nobody comes whose beacon would find out.
        self._note_answered()
        return found

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
        """Hold a share of a slot; False without Redis."""
        try:
            return await self._redis.reserve_slot(
                site,
                group,
                decision=decision,
                share=share,
                overbooking=overbooking,
                until_s=until_s,
                at_s=at_s,
                claim=claim,
            )
        except StoreError as error:
            self._note_failed(error)
            return False

    async def confirm_slot(self, site: str, decision: str, *, at_s: float) -> bool:
        """Turn an open invite into a whole slot; False without Redis."""
        try:
            return await self._redis.confirm_slot(site, decision, at_s=at_s)
        except StoreError as error:
            self._note_failed(error)
            return False

    async def add_codes(
        self, site: str, pool: str, codes: Iterable[str]
    ) -> tuple[int, int]:
        """Add codes; return how many were new and how many were known."""
        return await self._redis.add_codes(site, pool, codes)

    async def set_budget(self, site: str, pool: str, cents: int) -> None:
        """Set a pool's whole budget; without Redis, as soon as it is back."""
        try:
            await self._redis.set_budget(site, pool, cents)
        except StoreError as error:
            log.warning("budget.postponed", site=site, pool=pool, error=str(error))

    async def stock(self, site: str, *, at_s: float) -> dict[str, PoolState]:
        """Return what every pool can still give; without Redis, nothing."""
        try:
            found = await self._redis.stock(site, at_s=at_s)
        except StoreError as error:
            self._note_failed(error)
            return {}
        self._note_answered()
        return found

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
        """Hold a code and the most it can cost; None without Redis."""
        try:
            return await self._redis.reserve_code(
                site,
                pool,
                decision=decision,
                subject=subject,
                amount_cents=amount_cents,
                until_s=until_s,
                at_s=at_s,
                claim=claim,
            )
        except StoreError as error:
            self._note_failed(error)
            return None

    async def give_code(
        self, site: str, decision: str, *, at_s: float, until_s: float | None = None
    ) -> bool:
        """Mark a held code as delivered; False without Redis, and it is not sent."""
        try:
            return await self._redis.give_code(
                site, decision, at_s=at_s, until_s=until_s
            )
        except StoreError as error:
            self._note_failed(error)
            return False

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
        """Redeem a code for one order; refused without Redis."""
        return await self._redis.redeem(
            site, code, order_id, spent_cents=spent_cents, at_s=at_s, is_paid=is_paid
        )

    async def owner_of_code(self, site: str, code: str) -> tuple[str, str] | None:
        """Return decision and subject a code was issued to, or None."""
        return await self._redis.owner_of_code(site, code)

    async def release(self, site: str, decision: str) -> bool:
        """Give back an open invite's share and a held code; both lapse anyway."""
        with suppress(StoreError):
            return await self._redis.release(site, decision)
        return False

    async def take_back(self, site: str, decision: str, *, claim: str) -> bool:
        """Undo what a try reserved; without Redis it lapses by its own end."""
        with suppress(StoreError):
            return await self._redis.take_back(site, decision, claim=claim)
        return False

    def _note_failed(self, error: StoreError) -> None:
        self._failed_s = asyncio.get_running_loop().time()
        if not self.is_degraded:
            self.is_degraded = True
            log.warning("store.degraded", error=str(error))

    def _note_answered(self) -> None:
        # A Redis without room answers who reads, and refuses who writes.
        now_s = asyncio.get_running_loop().time()
        if self.is_degraded and now_s - self._failed_s > STEADY_S:
            self.is_degraded = False
            log.info("store.recovered")
