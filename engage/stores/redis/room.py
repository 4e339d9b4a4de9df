"""Room for new visits in Redis: over the bound the longest silent ones go."""

# Rules of this file: who needs room makes some for those who follow, too, because to
# find the longest silent costs the same for one as for many. One at a time in a worker.

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

# Sessions that go in one go, some milliseconds of the loop; what is over the bound by
# more, because the bound was lowered, goes with the next new ones.
AT_ONCE: Final = 100
# What of the bound may be free after that: its last hundredth and a half.
_SPARED: Final = 64


class Room:
    """Keeps the number of sessions within its bound.

    Args:
        most: sessions held at most by all workers together, >= 1.
        count: tells how many are held.
        let_go: forgets up to so many of the longest silent ones.
    """

    def __init__(
        self,
        most: int,
        *,
        count: Callable[[], Awaitable[int]],
        let_go: Callable[[int], Awaitable[None]],
    ) -> None:
        self._most, self._count, self._let_go = most, count, let_go
        # New sessions that may come before somebody has to count.
        self._left = 0
        self._is_making = False

    def recount(self) -> None:
        """Count with the next new session: many have come unseen."""
        self._left = 0

    async def take(self) -> None:
        """Note a new session; let others go when there are too many.

        Counted again after a sixteenth of the room that was left, so that as many
        workers together keep the bound.

        Raises:
            StoreError: Redis does not answer.
        """
        self._left -= 1
        if self._left > 0 or self._is_making:
            return
        self._is_making = True
        try:
            over = await self._count() - self._most
            if over > 0:
                spare = min(self._most // _SPARED, AT_ONCE)
                await self._let_go(min(over + spare, AT_ONCE))
            self._left = max(0, -over) // 16
        finally:
            self._is_making = False
