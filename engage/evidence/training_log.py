"""A log as a learner reads it: records in order, and the decisions they speak of.

A data directory holds everything models learn from. An export or a file of decision
records holds the decisions alone: from those the uplift model learns, and the scorers
stay at their warm start.
"""

# Rules of this file: nothing is written. Records come in the order in which the service
# learned them.

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from engage.clock import epoch_s
from engage.errors import BadRequest, NotFound
from engage.evidence.decision_log import Body, open_log
from engage.learning.learner import KINDS, Offered
from engage.learning.training import offered_in
from engage.stores.base import Entry, Record
from engage.stores.following import sound
from engage.stores.journal.files import JOURNAL_FILE
from engage.stores.journal.sqlite import read_journal
from engage.street.closings import is_learned

_BATCH: Final = 500
# A decision is asked for at its close and once more by each further recipe.
_REMEMBERED: Final = 4_096


class TrainingLog(Protocol):
    """Records of one site to learn from.

    Attributes:
        is_journal: its offsets are the shop's journal's.
    """

    site: str
    offered: dict[str, Offered]
    is_journal: bool

    @property
    def damaged(self) -> int:
        """How many records were passed over because they cannot be read any more."""
        ...

    @property
    def last_offset(self) -> int:
        """Offset of the last record."""
        ...

    def entries(self) -> Iterator[Entry]:
        """Yield what is learned from, in order."""
        ...

    def find(self, decision: str) -> Body | None:
        """Return a decision record, None if the log does not hold it."""
        ...

    def close(self) -> None:
        """Close what was opened."""
        ...


def open_training_log(path: Path, *, site: str = "") -> TrainingLog:
    """Return the log at a path, to be closed by the caller.

    Raises:
        BadRequest: it holds several sites and none was named, or not the named one.
        NotFound: there is nothing of the kind.
        StoreError: the journal cannot be read.
    """
    if (path / JOURNAL_FILE).is_file():
        return _JournalLog(path / JOURNAL_FILE, site)
    return _DecisionsLog(path, site)


class _JournalLog:
    """The journal of a data directory."""

    is_journal = True

    def __init__(self, path: Path, site: str) -> None:
        self._journal = read_journal(path)
        self._damaged: set[int] = set()
        self.site = _chosen(list(self._journal.decision_counts()), site)
        self.offered = offered_in(self._last_decisions())
        self.last_offset = self._journal.last_offset()
        journal, key = self._journal, self.site
        self.find = lru_cache(_REMEMBERED)(lambda name: journal.decision(key, name))

    def _last_decisions(self) -> Iterator[Body]:
        for entry in self._read(("decision",)):
            yield dict(entry.record.body)

    def entries(self) -> Iterator[Entry]:
        """Yield what is learned from, in the journal's order."""
        return self._read(KINDS)

    @property
    def damaged(self) -> int:
        """How many records could not be read so far."""
        return len(self._damaged)

    def _read(self, kinds: tuple[str, ...]) -> Iterator[Entry]:
        entries = sound(
            self._journal, kinds=kinds, batch=_BATCH, on_damaged=self._damaged.add
        )
        return (one for one in entries if one.record.site == self.site)

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()


class _DecisionsLog:
    """Decision records with their closes; no labels of scorers."""

    damaged = 0
    is_journal = False

    def __init__(self, path: Path, site: str) -> None:
        log = open_log(path)
        try:
            self.site = _chosen(log.sites(), site)
            bodies = [body for body in log.bodies() if body["site"] == self.site]
        finally:
            log.close()
        bodies.sort(key=lambda body: epoch_s(body["at"]))
        self._bodies = {body["decision"]: body for body in bodies}
        self.offered = offered_in(bodies)
        self._records = sorted(_closes(bodies), key=lambda one: one.at_s)
        self.last_offset = len(self._records)

    def entries(self) -> Iterator[Entry]:
        """Yield the closes in the order of time."""
        return (Entry(n, record) for n, record in enumerate(self._records, 1))

    def find(self, decision: str) -> Body | None:
        """Return a decision record, or None."""
        return self._bodies.get(decision)

    def close(self) -> None:
        """Close nothing: everything was read at once."""


def _closes(bodies: list[Body]) -> Iterator[Record]:
    for body in bodies:
        reward, value, learned = body.get("reward"), body.get("value"), is_learned(body)
        if reward is None or not body.get("closed_at"):
            continue
        names = [one["name"] for one in body.get("outcomes", ())]
        chats = names.count("chat_started")
        closed = {"reward": reward, "learned": learned, "chats": chats}
        yield _record("closed", body, body["closed_at"], closed)
        if value is not None and body.get("settled_at"):
            settled = {
                "value": value,
                "correction": value - reward,
                "learned": learned,
            }
            yield _record("settled", body, body["settled_at"], settled)


def _record(kind: str, body: Body, at: str, fields: Body) -> Record:
    return Record(
        kind=kind,
        site=body["site"],
        key=body["decision"],
        at_s=epoch_s(at),
        body=fields,
        # An export has the subject there; either tells visitors apart.
        subject=body.get("visitor"),
    )


def _chosen(sites: list[str], wanted: str) -> str:
    if wanted and wanted not in sites:
        raise BadRequest(f"site must be of {', '.join(sites)}, got {wanted!r}")
    if not sites:
        raise NotFound("the log must hold decisions, it holds none")
    if len(sites) > 1 and not wanted:
        raise BadRequest(f"the log holds {', '.join(sites)}: name one with site = ...")
    return wanted or sites[0]
