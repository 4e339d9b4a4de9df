"""Chats, codes and budgets of a worker whose Redis may be away: money fails closed.

What cannot be known without Redis is taken as nothing: no agent, no code, no budget.
What a shop's server asks for is refused then, and it asks again.
"""

# Rules of this file: nothing is ever promised that Redis has not granted.

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from engage.errors import StoreError
from engage.stores.redis.chat import RedisChats
from engage.stores.redis.codes import RedisCodes
from engage.telemetry import logger

log = logger()
STEADY_S: Final = 2.0
"""Seconds without a failure after which a Redis counts as back."""

P = ParamSpec("P")
T = TypeVar("T")


class Presence:
    """Whether Redis is there, as far as a worker can tell.

    Attributes:
        is_degraded: within the last STEADY_S Redis did not do what it was asked.
    """

    def __init__(self) -> None:
        self.is_degraded = False
        self._failed_s = 0.0

    def note_failed(self, error: StoreError) -> None:
        """Note that Redis did not do something."""
        self._failed_s = asyncio.get_running_loop().time()
        if not self.is_degraded:
            self.is_degraded = True
            log.warning("store.degraded", error=str(error))

    def note_answered(self) -> None:
        """Note that it did something."""
        # A Redis without room answers who reads, and refuses who writes.
        now_s = asyncio.get_running_loop().time()
        if self.is_degraded and now_s - self._failed_s > STEADY_S:
            self.is_degraded = False
            log.info("store.recovered")

    def granting(
        self, ask: Callable[P, Coroutine[Any, Any, T]], *, otherwise: T
    ) -> Callable[P, Coroutine[Any, Any, T]]:
        """Return `ask` so that it says `otherwise` without Redis."""

        @wraps(ask)
        async def granted(*args: P.args, **options: P.kwargs) -> T:
            try:
                return await ask(*args, **options)
            except StoreError as error:
                self.note_failed(error)
                return otherwise

        return granted

    def looking(
        self, ask: Callable[P, Coroutine[Any, Any, dict[str, T]]]
    ) -> Callable[P, Coroutine[Any, Any, dict[str, T]]]:
        """Return `ask` so that it finds nothing without Redis, and notes its return.

        At night nobody comes whose beacon would find out.
        """

        @wraps(ask)
        async def looked(*args: P.args, **options: P.kwargs) -> dict[str, T]:
            try:
                found = await ask(*args, **options)
            except StoreError as error:
                self.note_failed(error)
                return {}
            self.note_answered()
            return found

        return looked


class ClosedChats:
    """The chat groups of all sites; without Redis, nobody is there."""

    def __init__(self, chats: RedisChats, presence: Presence) -> None:
        # The shop's server hears of it, and reports again.
        self.announce = chats.announce
        self.groups = presence.looking(chats.groups)
        self.reserve = presence.granting(chats.reserve, otherwise=False)
        self.confirm = presence.granting(chats.confirm, otherwise=False)


class ClosedCodes:
    """The pools of all sites; without Redis, they are empty."""

    def __init__(self, codes: RedisCodes, presence: Presence) -> None:
        self._codes = codes
        # The shop's server is refused, and asks again.
        self.add, self.redeem, self.owner = codes.add, codes.redeem, codes.owner
        self.stock = presence.looking(codes.stock)
        self.reserve = presence.granting(codes.reserve, otherwise=None)
        # A code that is not noted as delivered is not sent.
        self.give = presence.granting(codes.give, otherwise=False)

    async def set_budget(self, site: str, pool: str, cents: int) -> None:
        """Set a pool's whole budget; without Redis, as soon as it is back."""
        try:
            await self._codes.set_budget(site, pool, cents)
        except StoreError as error:
            log.warning("budget.postponed", site=site, pool=pool, error=str(error))
