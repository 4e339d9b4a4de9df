"""The learner's thread: follows the journal, publishes, checkpoints itself."""

# Rules of this file: the only thread that touches a learner. A record that cannot be
# learned is set aside and counted, never retried for ever. Offset and models are one
# checkpoint, so a crash repeats nothing and skips nothing.

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import orjson

from engage.clock import Clock
from engage.deciding.policies.base import RuleFacts
from engage.errors import EngageError, SnapshotRejected, StoreError
from engage.learning.learner import Learner, row_of
from engage.learning.publication import Check, Publish, Remembered
from engage.learning.snapshots import Snapshot
from engage.stores.base import Entry, Journal, Stored
from engage.telemetry import Instruments, logger

log = logger()
# Entries learned before the thread looks up to publish: about 10 ms of work.
BATCH = 100
_URGENT = frozenset({"closed", "settled"})
# Snapshots tried at a start when the newest cannot be read.
_LOOKED_BACK = 50
KINDS = ("example", "closed", "settled", "visit")


@dataclass(slots=True, kw_only=True)
class Lineage:
    """One site's learner, what it published last, and what it must pass.

    Attributes:
        has_changed: any model has learned since the last publication.
        is_urgent: a decision was closed or settled: the policy itself has learned.
        kept_offset: of the last checkpoint; -1 before the first.
    """

    learner: Learner
    check: Check
    last: Snapshot
    has_changed: bool = False
    is_urgent: bool = False
    published_at_s: float = 0.0
    checkpoint_at_s: float = 0.0
    kept_offset: int = -1


@dataclass(slots=True, kw_only=True)
class LearnerThread:
    """Learns for all sites of a process.

    Attributes:
        publish: called on this thread with each snapshot that passed the check.
    """

    journal: Journal
    lineages: Mapping[str, Lineage]
    publish: Publish
    clock: Clock
    metrics: Instruments
    _wake: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _offset: int = 0

    def start(self) -> None:
        """Start following the journal from the oldest checkpoint."""
        offsets = [lineage.learner.offset for lineage in self.lineages.values()]
        self._offset = min(offsets, default=0)
        self._thread = threading.Thread(target=self._run, name="learner", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Say that the journal has grown; callable from any thread."""
        self._wake.set()

    def stop(self) -> None:
        """Learn no more, checkpoint, and wait for the thread's end."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def step(self) -> int:
        """Learn the next entries and publish what is due; return how many."""
        entries = self.journal.read(self._offset, BATCH, kinds=KINDS)
        for entry in entries:
            self._learn(entry)
        if entries:
            self._offset = entries[-1].offset
            age_s = self.clock.now_s() - entries[-1].record.at_s
            self.metrics.learner_lag.set(to=max(0.0, age_s))
        else:
            self.metrics.learner_lag.set(to=0.0)
        for site, lineage in self.lineages.items():
            self._publish_due(site, lineage)
        return len(entries)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                busy = self.step()
            except StoreError as error:
                log.warning("learner.paused", error=str(error))
                busy = 0
            if not busy:
                self._wake.wait(timeout=self._pause_s())
                self._wake.clear()
        for site, lineage in self.lineages.items():
            try:
                self.checkpoint(site, lineage)
            except StoreError as error:
                # The former one stays; the journal has all that came after it.
                log.warning("checkpoint.not_kept", site=site, error=str(error))

    def _pause_s(self) -> float:
        waits = [
            lineage.learner.settings.learner.publish_every_s
            for lineage in self.lineages.values()
        ]
        return min(waits, default=1.0)

    def _learn(self, entry: Entry) -> None:
        lineage = self.lineages.get(entry.record.site)
        if lineage is None or entry.offset <= lineage.learner.offset:
            return
        try:
            if lineage.learner.learn(entry):
                lineage.has_changed = True
                lineage.is_urgent |= entry.record.kind in _URGENT
            if entry.record.kind == "closed" and entry.record.body["learned"]:
                self._remember(lineage, entry)
        except (EngageError, KeyError, TypeError, ValueError) as error:
            self._quarantine(entry, error)
        except BaseException as error:  # river's Rust parts panic outside Exception
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            self._quarantine(entry, error)

    def _quarantine(self, entry: Entry, error: BaseException) -> None:
        self.metrics.quarantined.add()
        log.error(
            "record.quarantined",
            offset=entry.offset,
            kind=entry.record.kind,
            error=repr(error),
        )

    def _remember(self, lineage: Lineage, entry: Entry) -> None:
        """Keep the situation of a learned decision for the check on movement."""
        body = self.journal.decision(entry.record.site, entry.record.key)
        if body is None:
            return
        row = row_of(body, target_eur=0.0)
        facts = RuleFacts(
            category=body["category"] or None,
            price_cents=round(100 * body["features"]["price_eur"]) or None,
            page_kind=body["page"],
            segment=body["segment"],
        )
        lineage.check.recent.append(
            Remembered(
                context=np.asarray(row.context),
                moment=row.moment,
                eligible=tuple(body["eligible"]),
                proposed=row.proposed,
                facts=facts,
            )
        )

    def _publish_due(self, site: str, lineage: Lineage) -> None:
        at_s = self.clock.now_s()
        settings = lineage.learner.settings.learner
        urgent, plain = settings.publish_every_s, settings.refresh_every_s
        pause_s = urgent if lineage.is_urgent else max(urgent, plain)
        if lineage.has_changed and at_s - lineage.published_at_s >= pause_s:
            self._publish(site, lineage, at_s=at_s)
        if at_s - lineage.checkpoint_at_s >= settings.checkpoint_every_s:
            lineage.checkpoint_at_s = at_s
            self.checkpoint(site, lineage)

    def _publish(self, site: str, lineage: Lineage, *, at_s: float) -> None:
        lineage.published_at_s = at_s
        learner, last = lineage.learner, lineage.last
        try:
            candidate = learner.freeze(number=last.number + 1, at_s=at_s)
            lineage.check.judge(candidate, last, worse=learner.watch.worse())
        except SnapshotRejected as error:
            lineage.has_changed = lineage.is_urgent = False
            self.metrics.snapshot_rejected.add(error.reason)
            log.warning("snapshot.rejected", reason=error.reason, detail=str(error))
            return
        # Archived before anybody decides with it; a sick disk is tried again.
        self.journal.put_snapshot(
            site, candidate.number, offset=candidate.offset, body=candidate.encode()
        )
        lineage.has_changed = lineage.is_urgent = False
        lineage.last = candidate
        lineage.check.accept(candidate)
        self._tell_quality(learner)
        self.publish(site, candidate)

    def _tell_quality(self, learner: Learner) -> None:
        metrics = self.metrics
        levels = {
            "log_loss": metrics.log_loss,
            "auc": metrics.auc,
            "ece": metrics.ece,
        }
        for scorer, figures in learner.scorers.quality().items():
            for name, value in figures.items():
                if name in levels:
                    levels[name].set(scorer, to=value)
                elif name.startswith("coverage_error_"):
                    quantile = name.removeprefix("coverage_error_")
                    metrics.coverage_error.set(quantile, to=value)

    def checkpoint(self, site: str, lineage: Lineage) -> None:
        """Keep models and offset together, so that a restart continues from here."""
        learner = lineage.learner
        if learner.offset == lineage.kept_offset:
            return
        body = orjson.dumps(learner.state())
        self.journal.put_checkpoint(site, offset=learner.offset, body=body)
        lineage.kept_offset = learner.offset


def resume(learner: Learner, journal: Journal, *, site: str, at_s: float) -> Snapshot:
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
    last, number = _last_good(journal, site, newest), newest.number + 1
    if last is None:
        return _archived(journal, site, learner.freeze(number=number, at_s=at_s))
    uplift = learner.offering(last.uplift)
    if last.number == newest.number and uplift.offered == last.uplift.offered:
        return last
    again = replace(last, number=number, at_s=at_s, uplift=uplift)
    return _archived(journal, site, again)


def _last_good(journal: Journal, site: str, newest: Stored) -> Snapshot | None:
    stored: Stored | None = newest
    for number in range(newest.number - 1, newest.number - _LOOKED_BACK, -1):
        if stored is not None:
            try:
                return Snapshot.decode(stored.body)
            except SnapshotRejected as error:
                log.warning("snapshot.refused", number=stored.number, detail=str(error))
        stored = journal.snapshot(site, number)
    return None


def _archived(journal: Journal, site: str, snapshot: Snapshot) -> Snapshot:
    body = snapshot.encode()
    journal.put_snapshot(site, snapshot.number, offset=snapshot.offset, body=body)
    return snapshot
