"""What every journal promises; `tests/contracts/stores` holds them to it."""

# Rules of this file: a promise and nothing else.

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from engage.settings import RetentionSettings
from engage.stores.records import (
    Body,
    CodeRow,
    CodeState,
    DayRow,
    DecisionPage,
    Entry,
    Kept,
    OrderState,
    Purchase,
    Record,
    Stored,
    VisitKey,
    Window,
)


class JournalReads(Protocol):
    """Questions to a journal; from any thread, after any durable append."""

    def last_offset(self) -> int:
        """Return the newest record's offset, 0 for none."""
        ...

    def read(
        self, after: int, limit: int, *, kinds: Collection[str] | None = None
    ) -> list[Entry]:
        """Return up to `limit` entries above the offset `after`, in order."""
        ...

    def decisions(
        self,
        site: str,
        *,
        since_s: float | None = None,
        until_s: float | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> DecisionPage:
        """Return decision records of `[since_s, until_s)`, oldest first."""
        ...

    def decision(self, site: str, decision: str) -> Body | None:
        """Return one decision record, or None."""
        ...

    def decisions_of(
        self, site: str, subject: str, *, since_s: float, until_s: float
    ) -> list[str]:
        """Return ids of a subject's decisions in `[since_s, until_s]`, oldest first."""
        ...

    def outcomes_of(
        self, site: str, subject: str, *, since_s: float, until_s: float
    ) -> list[Body]:
        """Return what became of a subject's decisions made in `[since_s, until_s]`."""
        ...

    def closing(self, site: str, decision: str) -> Body | None:
        """Return what a decision's short close recorded, or None."""
        ...

    def first_decision_at_s(self, site: str) -> float | None:
        """Return when a site first decided, also if only sums are left; or None."""
        ...

    def visitor(
        self, site: str, visitor: str, *, sessions: Collection[str] = ()
    ) -> Body | None:
        """Return everything held about a visitor, or None.

        `sessions` are visits that go on, which a store has and no journal yet.
        """
        ...

    def find_visitor(self, site: str, visitor: str) -> tuple[str, Body | None] | None:
        """Return a visitor's subject and ledger row, or None."""
        ...

    def visitor_of(self, site: str, subject: str) -> str | None:
        """Return the visitor's own id of a subject, or None once erased."""
        ...

    def order_state(self, site: str, order_id: str) -> OrderState | None:
        """Return an order with its refunds, or None."""
        ...

    def open_orders(
        self, site: str, *, placed_by_s: float = math.inf, limit: int = -1
    ) -> list[Entry]:
        """Return orders whose visitor is still looked for, oldest first.

        Args:
            site: key of the shop.
            placed_by_s: latest time at which they were placed, epoch seconds.
            limit: at most so many; -1 for all.
        """
        ...

    def orders_of(
        self, site: str, subject: str, *, since_s: float, until_s: float
    ) -> list[OrderState]:
        """Return a subject's orders placed in `[since_s, until_s]`, oldest first."""
        ...

    def purchase(self, site: str, transaction_id: str) -> Purchase | None:
        """Return what the browser said about a transaction, or None."""
        ...

    def count_windows(self, site: str) -> dict[str, int]:
        """Return how many windows are running, by kind."""
        ...

    def count_codes(
        self, site: str, *, at_s: float
    ) -> dict[tuple[str, CodeState], int]:
        """Return how many codes are in each state at a time, by pool and state."""
        ...

    def due_windows(self, site: str, *, at_s: float, limit: int) -> list[Window]:
        """Return windows due by `at_s`, the longest overdue first."""
        ...

    def codes(self, site: str) -> list[CodeRow]:
        """Return every code ever added."""
        ...

    def items(self, site: str) -> Iterator[tuple[str, Body]]:
        """Return the catalogue: item id and body."""
        ...

    def days(self, site: str, *, since_day: str = "") -> list[DayRow]:
        """Return the sums per visitor and day, oldest first."""
        ...

    def kept_visits(self, site: str) -> Iterator[Kept]:
        """Yield the kept visits, by the names of visitor and session."""
        ...

    def snapshot(self, site: str, number: int | None = None) -> Stored | None:
        """Return a snapshot, the latest without a number, or None."""
        ...

    def checkpoint(self, site: str) -> tuple[int, bytes] | None:
        """Return the learner's checkpoint as offset and bytes, or None."""
        ...


class Journal(JournalReads, Protocol):
    """The record of what may not be lost."""

    def append(self, *records: Record) -> asyncio.Future[int]:
        """Queue records, all or none; the future tells the last one's offset.

        Without records it is a barrier: done when all before it is.
        """
        ...

    def note(self, *records: Record) -> None:
        """Queue records that may be lost with the process, before any later append."""
        ...

    def append_now(self, *records: Record) -> int:
        """Keep records, all or none, and wait until they are durable."""
        ...

    def is_writable(self) -> bool:
        """Return whether the last write succeeded, and none hangs."""
        ...

    def stalled_s(self) -> float:
        """Return for how long a write has been under way, seconds; 0: none is.

        After some seconds the journal counts as not writable.
        """
        ...

    def ailment(self) -> str:
        """Return why it is not writable, in words; empty while it is."""
        ...

    def ignored(self) -> dict[str, int]:
        """Return how many repeats of each kind were ignored since the start."""
        ...

    def erase(self, site: str, visitor: str) -> asyncio.Future[bool]:
        """Erase a visitor; the future says whether there was one."""
        ...

    def erase_now(self, site: str, visitor: str) -> bool:
        """Erase a visitor and wait for it."""
        ...

    def keep_visits(
        self, rows: Mapping[VisitKey, bytes], *, at_s: float
    ) -> asyncio.Future[int]:
        """Keep the state of visits for a restart."""
        ...

    def drop_visits(self, keys: Iterable[VisitKey]) -> asyncio.Future[int]:
        """Forget kept visits."""
        ...

    def put_snapshot(self, site: str, number: int, *, offset: int, body: bytes) -> None:
        """Archive an immutable snapshot."""
        ...

    def put_checkpoint(self, site: str, *, offset: int, body: bytes) -> None:
        """Replace the learner's checkpoint."""
        ...

    def prune(self, retention: RetentionSettings, *, at_s: float) -> int:
        """Remove what was kept long enough; return the number of rows."""
        ...

    def sweep_visits(self, *, before_s: float) -> int:
        """Forget visits last kept before then; return how many."""
        ...

    def backup(self, target: Path) -> None:
        """Copy the journal to one checked file."""
        ...

    def close(self) -> None:
        """Finish what is queued and close."""
        ...
