"""What one caller asks of Redis, and how long that caller waits for the answer."""

# Rules of this file: nothing is sent here. A process that is late itself must not take
# Redis for late.

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engage.errors import StoreError
from engage.stores.redis.words import Command

# Turns of the loop in which what has arrived gets to whoever waits for it.
_TURNS: Final = 3


@dataclass(slots=True)
class Asked:
    """Commands of one caller; they travel together and in order."""

    commands: Sequence[Command]
    answer: asyncio.Future[list[Any]]

    def tell(self, replies: list[Any]) -> None:
        """Answer, unless nobody waits any more."""
        if not self.answer.done():
            self.answer.set_result(replies)

    def fail(self, why: str) -> None:
        """Say that there is no answer, unless nobody waits any more."""
        if not self.answer.done():
            self.answer.set_exception(StoreError(why))

    async def within(
        self, seconds: float, *, give_up: Callable[[Asked], None]
    ) -> list[Any]:
        """Return the answer; if it takes longer than that, `give_up` is to fail this.

        Raises:
            StoreError: there is none.
        """
        loop = asyncio.get_running_loop()
        timer = loop.call_later(seconds, self._look, _TURNS, give_up)
        try:
            return await self.answer
        finally:
            timer.cancel()

    def _look(self, turns: int, give_up: Callable[[Asked], None]) -> None:
        """Let what has arrived meanwhile be read first: timers come before it."""
        if self.answer.done():
            return
        if turns:
            asyncio.get_running_loop().call_soon(self._look, turns - 1, give_up)
        else:
            give_up(self)
