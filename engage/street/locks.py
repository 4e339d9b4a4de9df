"""Locks by name: who works on the same thing waits, everybody else goes on."""

# Rules of this file: a name that nobody holds or waits for takes no memory.

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary


class Locks:
    """One lock for each name, made when it is first asked for.

    >>> locks = Locks()
    >>> held = locks.of("A-1")
    >>> locks.of("A-1") is held, locks.of("A-2") is held, len(locks)
    (True, False, 1)
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def __len__(self) -> int:
        """Return how many names are in use."""
        return len(self._locks)

    def of(self, name: str) -> asyncio.Lock:
        """Return the lock of a name; it lasts as long as anybody has it."""
        return self._locks.setdefault(name, asyncio.Lock())
