"""Erases a visitor, wherever the wish comes from: the page, the shop, the console."""

# Rules of this file: idempotent, and durable when it returns.

from __future__ import annotations

from engage.street.site import Site


async def erase(site: Site, visitor: str) -> None:
    """Cut a visitor off from everything held: fast state, journal, other processes.

    Raises:
        StoreError: it cannot be kept now.
    """
    await site.store.forget(site.key, visitor)
    await site.journal.erase(site.key, visitor)
    # A beacon in between has still found in the journal who they were.
    await site.store.forget(site.key, visitor)
    if site.share is not None:
        site.share("erased", {"visitor": visitor, "at_s": site.now_s()})
