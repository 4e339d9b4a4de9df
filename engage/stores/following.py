"""Follows a journal, batch after batch, past records that cannot be read any more."""

# Rules of this file: nothing is passed over in silence, and nothing on first sight: a
# record counts as unreadable once every one of several reads said so. One thread.

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from engage.errors import DamagedRecord
from engage.stores.journal.base import JournalReads
from engage.stores.records import Entry

PROOFS: Final = 3
"""Failed reads, some time apart, that prove a record unreadable."""


@dataclass(slots=True, kw_only=True)
class Following:
    """Where a reader of a journal stands.

    Attributes:
        journal: read in order.
        kinds: of record that are wanted.
        batch: entries read in one go, >= 1.
        on_damaged: told the offset of each record that is passed over for good.
        offset: up to which everything was read; may be set before the first call.
    """

    journal: JournalReads
    kinds: Collection[str]
    batch: int
    on_damaged: Callable[[int], object]
    offset: int = 0
    _suspect: int = field(default=-1, repr=False)
    _failures: int = field(default=0, repr=False)

    def next(self) -> list[Entry]:
        """Return the next entries and move past them; none at the journal's end.

        Raises:
            DamagedRecord: the next record is damaged, and that is not proven yet:
                call again a little later.
            StoreError: the journal cannot be read now.
        """
        while True:
            end = self.journal.last_offset()
            try:
                entries = self.journal.read(self.offset, self.batch, kinds=self.kinds)
            except DamagedRecord as error:
                if not self._is_proven(error.offset):
                    raise
                self.offset = error.offset
                self.on_damaged(error.offset)
                continue
            # Nothing of these kinds up to the end: it is not looked through again.
            self.offset = entries[-1].offset if entries else max(self.offset, end)
            return entries

    def _is_proven(self, offset: int) -> bool:
        if offset != self._suspect:
            self._suspect, self._failures = offset, 0
        self._failures += 1
        return self._failures >= PROOFS


def sound(
    journal: JournalReads,
    *,
    kinds: Collection[str],
    batch: int,
    on_damaged: Callable[[int], object],
    after: int = 0,
) -> Iterator[Entry]:
    """Yield every entry of these kinds that can be read, in order, to the end.

    For tools that read once: a record is passed over when several reads in a row, each
    past the page cache, say that it is damaged.

    Args:
        journal: read in order.
        kinds: of record that are wanted.
        batch: entries read in one go, >= 1.
        on_damaged: told the offset of each record that is passed over.
        after: the offset to begin above.

    Raises:
        StoreError: the journal cannot be read.
    """
    following = Following(
        journal=journal, kinds=kinds, batch=batch, on_damaged=on_damaged, offset=after
    )
    while True:
        try:
            entries = following.next()
        except DamagedRecord:
            continue
        if not entries:
            return
        yield from entries
