"""When a shop began: what the holdout's taper counts from."""

# Rules of this file: one fact, noted once for good, beside the records that say it.

from __future__ import annotations

import math
from contextlib import suppress

import orjson

from engage.errors import StoreError
from engage.stores.base import Journal


def begun_at_s(journal: Journal, site: str) -> float | None:
    """Return when a site first decided, epoch seconds, None if it never did; note it.

    Decisions go in time, and their sums: by them alone the holdout would be whole again
    after a restart.
    """
    # No site key holds a bar, so it meets no other checkpoint.
    name, found_s = f"{site}|began", journal.first_decision_at_s(site)
    kept = journal.checkpoint(name)
    if kept is not None:
        return min(float(orjson.loads(kept[1])), found_s or math.inf)
    if found_s is not None:
        # Noted another time, where the disk is full.
        with suppress(StoreError):
            journal.put_checkpoint(name, offset=0, body=orjson.dumps(found_s))
    return found_s
