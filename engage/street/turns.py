"""Work in slices: whatever else waits for the event loop has its turn in between."""

# Rules of this file: nothing is known of the work. After each slice the world may have
# changed: a slice looks at it anew, or carries only values that cannot have.

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


async def by_turns(items: Iterable[T], *, most: int) -> AsyncIterator[list[T]]:
    """Yield all items in their order, up to `most` at a time.

    >>> async def slices():
    ...     return [some async for some in by_turns("abcde", most=2)]
    >>> asyncio.run(slices())
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    waiting = iter(items)
    while some := list(islice(waiting, most)):
        yield some
        await asyncio.sleep(0)
