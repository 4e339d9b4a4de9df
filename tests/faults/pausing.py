"""Waits of tests that drive real processes: bounded by attempts, not by seconds."""

from __future__ import annotations

import asyncio

PAUSE_S = 0.1
# Attempts; a busy machine needs many, an idle one a few.
PATIENCE = 900


async def pause(seconds: float = PAUSE_S) -> None:
    """Wait a little."""
    loop = asyncio.get_running_loop()
    waited: asyncio.Future[None] = loop.create_future()
    loop.call_later(seconds, waited.set_result, None)
    await waited


async def until(holds, *, why: str) -> None:
    """Return as soon as `holds()` is true.

    Args:
        holds: asked again and again; plain or awaitable.
        why: says what did not come true, if it never does.
    """
    for _ in range(PATIENCE):
        found = holds()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        await pause()
    raise AssertionError(f"it never came true: {why}")
