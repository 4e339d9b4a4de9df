"""Which snapshot decides, by hand: pin one of the archive, or go on with the newest.

Learning goes on behind a pin: snapshots are made, checked and archived, and none of
them decides until the pin is lifted.
"""

# Rules of this file: a pin is durable before it holds, and its record says why. What
# cannot decide now (gone, unreadable, of other interventions) is refused.

from __future__ import annotations

import asyncio
from typing import Annotated

import orjson
from msgspec import Meta, Struct

from engage.errors import Conflict, NotFound, SnapshotRejected
from engage.learning.snapshots import Snapshot
from engage.stores.base import Record
from engage.street.site import Pin, Site
from engage.telemetry import logger

log = logger()


class PinWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The snapshot to decide with, or None for the newest; and the reason."""

    number: Annotated[int, Meta(ge=0, le=2**53)] | None
    why: Annotated[str, Meta(min_length=1, max_length=200)]


async def pin(site: Site, wish: PinWish) -> Pin | None:
    """Let a snapshot decide from the next beacon on, durably.

    Raises:
        NotFound: it is not in the archive.
        Conflict: it cannot be read, or interventions have changed since.
        StoreError: it cannot be kept; nothing has changed then.
    """
    snapshot = await asyncio.to_thread(_stored, site, wish.number)
    at_s = site.now_s()
    pinned = (
        None
        if wish.number is None
        else Pin(number=wish.number, why=wish.why, at_s=at_s)
    )
    former = site.snapshot.number
    body = {"number": wish.number, "why": wish.why, "at_s": at_s, "former": former}
    offset = await site.journal.append(
        Record(kind="override", site=site.key, key="pin", at_s=at_s, body=body)
    )
    await asyncio.to_thread(
        site.journal.put_checkpoint,
        _name(site.key),
        offset=offset,
        body=orjson.dumps(body),
    )
    site.pin, site.snapshot = pinned, snapshot
    log.info("snapshot.pinned", site=site.key, number=wish.number, former=former)
    site.tell("pin", **plain(pinned))
    return pinned


def restore_pin(site: Site) -> None:
    """Let the pinned snapshot decide again after a restart, if it still can."""
    kept = site.journal.checkpoint(_name(site.key))
    body = None if kept is None else orjson.loads(kept[1])
    if body is None or body["number"] is None:
        return
    try:
        snapshot = _stored(site, body["number"])
    except (Conflict, NotFound) as error:
        named = {"site": site.key, "number": body["number"]}
        log.warning("snapshot.unpinned", **named, detail=str(error))
        return
    site.snapshot = snapshot
    site.pin = Pin(number=body["number"], why=body["why"], at_s=body["at_s"])


def plain(pinned: Pin | None) -> dict[str, object]:
    """Return a pin as the console's page gets it; `number` is None without one."""
    if pinned is None:
        return {"number": None, "why": "", "at_s": None}
    return {"number": pinned.number, "why": pinned.why, "at_s": pinned.at_s}


def _stored(site: Site, number: int | None) -> Snapshot:
    stored = site.journal.snapshot(site.key, number)
    if stored is None:
        raise NotFound(f"there is no snapshot {number}", field="number")
    try:
        snapshot = Snapshot.decode(stored.body)
    except SnapshotRejected as error:
        raise Conflict(
            f"snapshot {stored.number} cannot decide: {error}", field="number"
        ) from error
    offered = {
        name: (one.kind, one.version) for name, one in site.interventions.items()
    }
    if dict(snapshot.uplift.offered) != offered:
        raise Conflict(
            f"snapshot {stored.number} was made for other interventions than now",
            field="number",
        )
    return snapshot


def _name(site: str) -> str:
    # No site key holds a bar, so it meets no other checkpoint.
    return f"{site}|pin"
