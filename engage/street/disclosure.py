"""Tells everything held about a visitor, to the shop that has to answer for it."""

# Rules of this file: nothing is changed. What the journal keeps is told as it is kept;
# a running visit is told in the words of the feature table.

from __future__ import annotations

import asyncio

from msgspec.structs import asdict

from engage.clock import rfc3339
from engage.stores.base import Body
from engage.street.site import Site
from engage.visits.features import NAMES, describe
from engage.visits.session import Session


async def held_about(site: Site, visitor: str) -> Body | None:
    """Return everything held about a visitor, None if nothing is.

    Raises:
        StoreError: it cannot be read now.
    """
    live = await site.store.sessions(site.key, visitor)
    found = await asyncio.to_thread(
        site.journal.visitor, site.key, visitor, sessions=live
    )
    for row in found["sessions"] if found else ():
        known = await site.store.load(site.key, visitor, row["session"])
        if known.session is not None:
            row.update(_visit(known.session, at_s=site.now_s()))
    return found


def _visit(session: Session, *, at_s: float) -> Body:
    vector = describe(session, at_s=at_s)
    return {
        "at": rfc3339(session.last_at_s),
        "page": session.page_kind,
        "locale": session.locale,
        "item": session.item_id,
        "recent_items": list(session.recent_items),
        "cart": [asdict(line) for line in session.cart],
        "bought": list(session.bought),
        "features": dict(zip(NAMES, vector.tolist(), strict=True)),
    }
