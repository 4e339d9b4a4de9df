"""Chat slots in Redis: the desk of `memory/chat`, shared by compare-and-swap.

How likely an overflow is takes logarithms and an exact sum, so the same Python decides
it for every store; Redis swaps the desk if nobody else did so in between. A change is
two trips, and a slot is never given twice.
"""

# Rules of this file: no rule about chats stands here. Tasks of one worker take turns;
# only workers compete, and of those who do one always gets on.

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from engage.stores.memory.chat import ChatDesk
from engage.stores.memory.desks import ChatDesks
from engage.stores.redis.keys import chat_key
from engage.stores.redis.link import Link, Script
from engage.stores.states import GroupState

T = TypeVar("T")

_SWAP: Final = Script.of("""
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
""")

_NOBODY: Final = ChatDesk(settling_s=0.0).packed()


class RedisChats(ChatDesks):
    """The chat groups of all sites, in Redis.

    Args:
        link: the way to Redis.
        settling_s: see `StoreOptions`.
    """

    def __init__(self, link: Link, *, settling_s: float) -> None:
        self._link = link
        self._settling_s = settling_s
        # One a site; bounded by the sites of the configuration.
        self._turns: dict[str, asyncio.Lock] = {}

    async def groups(self, site: str, /, *, at_s: float) -> dict[str, GroupState]:
        """Return every group as it is at `at_s`."""
        return await self._try(site, lambda desk: desk.groups(at_s=at_s))

    async def change(self, site: str, act: Callable[[ChatDesk], T]) -> T:
        """Do something with a shop's desk, as if nobody else were there."""
        async with self._turns.setdefault(site, asyncio.Lock()):
            return await self._try(site, act)

    async def _try(self, site: str, act: Callable[[ChatDesk], T]) -> T:
        while True:
            (kept,) = await self._link.ask(("GET", chat_key(site)))
            before: bytes = kept or _NOBODY
            desk = ChatDesk.unpacked(before, settling_s=self._settling_s)
            result = act(desk)
            after = desk.packed()
            if after == before:
                return result
            if await self._link.run(_SWAP, [chat_key(site)], kept or b"", after):
                return result
