"""Where a learner goes on after a restart, and which snapshot decides then."""

# Rules of this file: what cannot be read gives way to the last good one before it, and
# the log says so. Whatever decides is in the archive.

from __future__ import annotations

from dataclasses import replace

import orjson

from engage.errors import EngageError, SnapshotRejected
from engage.learning.learner import Learner
from engage.learning.snapshots import Snapshot
from engage.stores.base import Journal, Stored
from engage.telemetry import logger

log = logger()
# Snapshots tried at a start when the newest cannot be read.
_LOOKED_BACK = 50


def resume(
    learner: Learner,
    journal: Journal,
    *,
    site: str,
    at_s: float,
    without: int | None = None,
) -> Snapshot:
    """Bring a learner back to its checkpoint and return the snapshot that decides.

    A checkpoint that cannot be read is no disaster: the journal has everything, and
    the learner starts over from its first record. A snapshot that cannot be read gives
    way to the last good one before it. Whatever decides is in the archive, under the
    highest number there: also when interventions were edited since it was published.

    Args:
        learner: new.
        journal: blocks; so this is for the start.
        site: key of the shop.
        at_s: now, epoch seconds.
        without: number of a challenger's snapshot: archived, but not the champion's.
    """
    kept = journal.checkpoint(site)
    if kept is not None:
        try:
            learner.restore(orjson.loads(kept[1]))
        except (AttributeError, EngageError, KeyError, TypeError, ValueError) as error:
            log.warning("checkpoint.refused", site=site, error=repr(error))
    newest = journal.snapshot(site)
    if newest is None:
        return _archived(journal, site, learner.freeze(number=0, at_s=at_s))
    last, number = _last_good(journal, site, newest, without=without), newest.number + 1
    if last is None:
        return _archived(journal, site, learner.freeze(number=number, at_s=at_s))
    uplift = learner.offering(last.uplift)
    if last.number == newest.number and uplift.offered == last.uplift.offered:
        return last
    again = replace(last, number=number, at_s=at_s, uplift=uplift)
    return _archived(journal, site, again)


def _last_good(
    journal: Journal, site: str, newest: Stored, *, without: int | None
) -> Snapshot | None:
    stored: Stored | None = newest
    for number in range(newest.number - 1, newest.number - _LOOKED_BACK, -1):
        if stored is not None and stored.number != without:
            try:
                return Snapshot.decode(stored.body)
            except SnapshotRejected as error:
                named = {"site": site, "number": stored.number}
                log.warning("snapshot.refused", **named, detail=str(error))
        stored = journal.snapshot(site, number)
    return None


def _archived(journal: Journal, site: str, snapshot: Snapshot) -> Snapshot:
    body = snapshot.encode()
    journal.put_snapshot(site, snapshot.number, offset=snapshot.offset, body=body)
    return snapshot
