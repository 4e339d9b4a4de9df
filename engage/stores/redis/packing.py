"""Sessions and visitors as bytes for Redis, and back."""

# Rules of this file: plain data; floats come back exactly. What cannot be read is
# soft state of another release: it counts as unknown, and the visit starts anew.

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, TypeVar

import msgspec

from engage.errors import StoreError
from engage.stores.journal.base import JournalReads
from engage.stores.records import Kept, VisitKey
from engage.stores.states import StoreOptions, Visit

S = TypeVar("S", bound=Visit)
V = TypeVar("V")

# Kept visits in memory at once: about a megabyte.
_AT_ONCE: Final = 500


def pack_visitor(visitor: V | None, options: StoreOptions[Any, V]) -> bytes:
    """Return a visitor as bytes; none for nobody."""
    if visitor is None:
        return b""
    return msgspec.msgpack.encode(options.write_visitor(visitor))


def visitor_of(packed: bytes | None, options: StoreOptions[Any, V]) -> V | None:
    """Return the visitor of these bytes; None for nobody and for unreadable ones."""
    if not packed:
        return None
    try:
        return options.read_visitor(msgspec.msgpack.decode(packed))
    except (StoreError, ValueError):
        # The journal still has the ledger row.
        return None


def session_of(packed: bytes | None, options: StoreOptions[S, Any]) -> S | None:
    """Return the session of these bytes; None for unreadable ones."""
    if packed is None:
        return None
    try:
        return options.read_session(packed)
    except (StoreError, ValueError):
        return None


def read_kept(
    kept: Iterator[Kept],
    *,
    journal: JournalReads,
    site: str,
    options: StoreOptions[S, V],
) -> tuple[list[tuple[VisitKey, S, V | None]], int]:
    """Return the next kept visits, and how many more cannot be read; blocks.

    Some at a time: all of a busy evening need more memory than a worker has else. Of
    several processes only the ledger knows by now who they are: then they come without
    their visitors.
    """
    found: list[tuple[VisitKey, S, V | None]] = []
    unreadable = 0
    for one in islice(kept, _AT_ONCE):
        row = None if options.is_shared else journal.find_visitor(site, one.visitor)
        ledger = None if row is None else row[1]
        try:
            session = options.read_session(one.body)
            person = None if ledger is None else options.read_visitor(ledger)
        except (StoreError, ValueError):
            # Soft state of another release: the visit starts anew.
            unreadable += 1
            continue
        found.append(((site, one.visitor, one.session), session, person))
    return found, unreadable
