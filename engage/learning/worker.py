"""The learner's thread: follows the journal, publishes, checkpoints itself."""

# Rules of this file: the only thread that touches a learner. A record that cannot be
# learned is set aside and counted, never retried for ever. Offset and models are one
# checkpoint, so a crash repeats nothing and skips nothing.

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import orjson

from engage.clock import Clock
from engage.deciding.charges import charges_in
from engage.errors import SnapshotRejected, StoreError
from engage.learning.learner import KINDS, row_of
from engage.learning.lineage import Lineage
from engage.learning.publication import Check, Publish, Remembered
from engage.learning.telling import compare_verified, tell
from engage.learning.trials.forward import facts_of
from engage.learning.trials.succession import heir_of
from engage.stores.base import Entry, Journal
from engage.stores.following import Following
from engage.telemetry import Instruments, logger

log = logger()
# Entries learned before the thread looks up to publish: about 10 ms of work.
BATCH = 100
# How long the learner lets records gather once it was woken, seconds: each look costs
# more than what it finds, and a snapshot a second after a close is still one in time.
GATHER_S = 0.05
_URGENT = frozenset({"closed", "settled"})
__all__ = ["KINDS", "LearnerThread"]


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
    _following: Following = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make what reads the journal."""
        self._following = Following(
            journal=self.journal, kinds=KINDS, batch=BATCH, on_damaged=self._pass_over
        )

    def start(self) -> None:
        """Start following the journal from the oldest checkpoint."""
        offsets = [lineage.offset for lineage in self.lineages.values()]
        self._following.offset = min(offsets, default=0)
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
        entries = self._following.next()
        for entry in entries:
            try:
                self._learn(entry)
            except StoreError:
                # It waits, and all that came after it: nothing is wrong with it.
                self._following.offset = entry.offset - 1
                raise
        age_s = self.clock.now_s() - entries[-1].record.at_s if entries else 0.0
        self.metrics.learner_lag.set(to=max(0.0, age_s))
        failed: list[Exception] = []
        for site, lineage in self.lineages.items():
            try:
                self._try(site, lineage)
                self._publish_due(site, lineage)
            except Exception as error:  # noqa: BLE001 - raised once every site had its turn
                failed.append(error)
        if failed:
            for other in failed[1:]:
                log.error("learner.failed_too", error=repr(other))
            raise failed[0]
        return len(entries)

    def _try(self, site: str, lineage: Lineage) -> None:
        """Let a challenger's trial go on; let the learner follow a promoted one."""
        if lineage.trials is None:
            return
        at_s = self.clock.now_s()
        lineage.trials.step(at_s=at_s)
        trial = lineage.trials.trial
        if trial is None or trial.stage != "promoted" or trial.is_crowned:
            return
        try:
            heir = heir_of(trial, lineage.learner, journal=self.journal)
        except SnapshotRejected as error:
            # What has decided so far learns on; to try again would help nothing.
            lineage.trials.end(str(error), at_s=at_s)
            return
        # Another learner is to be kept, though it has read no further.
        lineage.learner, lineage.kept_offset = heir, -1
        lineage.check = Check(lineage.learner.settings, trial.policy)
        self._publish(site, lineage, at_s=at_s, is_heir=True)
        self.checkpoint(site, lineage)
        trial.is_crowned = True
        lineage.trials.keep(at_s=at_s)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                busy = self.step()
            except StoreError as error:
                log.warning("learner.paused", error=str(error))
                busy = 0
            except Exception:
                # The thread's boundary: nobody would miss a learner that died.
                log.exception("step.failed", task="learner")
                self.metrics.failures.add("learner")
                busy = 0
            if not busy:
                self._wake.wait(timeout=self._pause_s())
                # Commits come by the hundred: what a moment brings is read at once.
                self._stop.wait(GATHER_S)
                self._wake.clear()
        for site, lineage in self.lineages.items():
            try:
                self.checkpoint(site, lineage)
                if lineage.trials is not None:
                    lineage.trials.keep(at_s=self.clock.now_s())
            except StoreError as error:
                # The former one stays; the journal has all that came after it.
                log.warning("checkpoint.not_kept", site=site, error=str(error))

    def _pause_s(self) -> float:
        settings = (one.learner.settings for one in self.lineages.values())
        return min((one.learner.publish_every_s for one in settings), default=1.0)

    def _learn(self, entry: Entry) -> None:
        lineage = self.lineages.get(entry.record.site)
        if lineage is None:
            return
        if lineage.trials is not None:
            lineage.trials.take(entry)
        if entry.offset <= lineage.learner.offset:
            return
        try:
            if lineage.learner.learn(entry):
                lineage.has_changed = True
                lineage.is_urgent |= entry.record.kind in _URGENT
            if entry.record.kind == "closed" and entry.record.body["learned"]:
                self._remember(lineage, entry)
        except (KeyboardInterrupt, SystemExit, StoreError):
            raise
        except BaseException as error:  # noqa: BLE001 - river's Rust parts panic outside Exception
            self._quarantine(entry, error)

    def _quarantine(self, entry: Entry, error: BaseException) -> None:
        self.metrics.quarantined.add()
        log.error(
            "record.quarantined",
            offset=entry.offset,
            kind=entry.record.kind,
            error=repr(error),
        )

    def _pass_over(self, offset: int) -> None:
        """Say that a record can be read no more; the models are without it for good."""
        self.metrics.quarantined.add()
        log.error("record.damaged", offset=offset, reader="learner")

    def _remember(self, lineage: Lineage, entry: Entry) -> None:
        """Keep the situation of a learned decision for the check on movement."""
        body = self.journal.decision(entry.record.site, entry.record.key)
        if body is None:
            return
        row = row_of(body, target_eur=0.0)
        lineage.check.recent.append(
            Remembered(
                context=np.asarray(row.context),
                moment=row.moment,
                eligible=tuple(body["eligible"]),
                proposed=row.proposed,
                stake_eur=row.stake_eur,
                facts=facts_of(body),
                charges=charges_in(body),
            )
        )

    def _publish_due(self, site: str, lineage: Lineage) -> None:
        # Not by the date: one that is set back an hour must not hold anything up.
        now_s = self.clock.monotonic_s()
        settings = lineage.learner.settings.learner
        urgent, plain = settings.publish_every_s, settings.refresh_every_s
        pause_s = urgent if lineage.is_urgent else max(urgent, plain)
        # After a checkpoint that was refused, what decides knows more for a while.
        is_behind = lineage.learner.offset < lineage.last.offset
        is_due = now_s - lineage.published_s >= pause_s
        if lineage.has_changed and is_due and not is_behind:
            self._publish(site, lineage, at_s=self.clock.now_s())
        if now_s - lineage.checkpoint_s >= settings.checkpoint_every_s:
            lineage.checkpoint_s = now_s
            self.checkpoint(site, lineage)

    def _publish(
        self, site: str, lineage: Lineage, *, at_s: float, is_heir: bool = False
    ) -> None:
        lineage.published_s = self.clock.monotonic_s()
        learner, last = lineage.learner, lineage.last
        tell(learner, self.metrics)  # Also of one that is refused: it says why.
        try:
            candidate = learner.freeze(number=lineage.newest + 1, at_s=at_s)
            lineage.check.judge(
                candidate,
                # Its movement was the subject of its trial.
                candidate if is_heir else last,
                worse=learner.watch.worse(),
                off=lambda slack: learner.residuals.off(slack=slack),
            )
        except SnapshotRejected as error:
            lineage.has_changed = lineage.is_urgent = False
            lineage.refusals.tell(error, self.metrics, site, now_s=lineage.published_s)
            return
        # Archived before anybody decides with it; a sick disk is tried again.
        self.journal.put_snapshot(
            site, candidate.number, offset=candidate.offset, body=candidate.encode()
        )
        lineage.has_changed = lineage.is_urgent = False
        lineage.last, lineage.newest = candidate, candidate.number
        lineage.check.accept(candidate)
        self.publish(site, candidate)

    def checkpoint(self, site: str, lineage: Lineage) -> None:
        """Keep models and offset together, so that a restart continues from here."""
        learner = lineage.learner
        if learner.offset == lineage.kept_offset:
            return
        lineage.compared_rows = compare_verified(
            learner, lineage.check, self.metrics, since_rows=lineage.compared_rows
        )
        if lineage.trials is not None:
            lineage.trials.keep_now_and_then(at_s=self.clock.now_s())
        body = orjson.dumps(learner.state())
        self.journal.put_checkpoint(site, offset=learner.offset, body=body)
        lineage.kept_offset = learner.offset
