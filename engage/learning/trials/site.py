"""The trials of a site, one at a time: taken up, judged, recorded, ended.

A candidate is handed over as a file in `promotions/` of the data directory, so that a
command needs no key and the service may be down meanwhile. Each transition is a record
of kind `promoted` with its evidence; an operator's order is one of kind `override`.
"""

# Rules of this file: on the learner's thread only. The records of a transition are
# durable, all or none, before it counts, and whoever decides hears of it before the
# trial itself is kept beside the models. What could not be kept is kept at the next
# step; what was ordered is done once, however often its end has to be tried.

from __future__ import annotations

import errno
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec

from engage.errors import EngageError, SnapshotRejected, StoreError
from engage.learning.candidates import Candidate, check_fits
from engage.learning.learner import Find
from engage.learning.trials.evidence import told
from engage.learning.trials.kept import standing_settings, trial_name
from engage.learning.trials.orders import Order, handed_over
from engage.learning.trials.promotion import OVER, Stage
from engage.learning.trials.trial import Trial, rules_of
from engage.settings import SiteSettings
from engage.stores.base import Body, Entry, Journal, Record
from engage.telemetry import Instruments, logger

log = logger()

# A verdict may come this often; solving two contrasts takes half a millisecond.
_JUDGE_EVERY: Final = 20
# A trial of 20,000 visitors is 9 MB. Kept this often at most it costs the disk no more
# than some gigabytes a day; a restart reads what came since from the journal again.
_BYTES_S: Final = 20_000.0
# How often the folder is read for orders at most, seconds: an operator does not feel
# it, and neither does a learner that looks up twenty times a second.
_LOOK_S: Final = 0.5

# Told the present trial whenever its stage changed; on the learner's thread.
OnChange = Callable[[Trial], None]
# Told how it stands after every verdict (`Trial.told`); on the learner's thread.
OnLook = Callable[[Body], None]


def unheard(_told: Body) -> None:
    """Tell nobody."""


@dataclass(slots=True, kw_only=True)
class Trials:
    """A site's present trial and the way to the next.

    Attributes:
        folder: where orders are handed over.
        next_number: returns an unused number for a snapshot.
    """

    settings: SiteSettings
    journal: Journal
    folder: Path
    find: Find
    metrics: Instruments
    next_number: Callable[[], int]
    on_change: OnChange
    on_look: OnLook = unheard
    trial: Trial | None = None
    _unjudged: int = 0
    _is_untold: bool = False
    _is_unkept: bool = False
    # When it is due to be kept again, the order that was obeyed but not put away, and
    # when orders were last looked for.
    _due_s: float = 0.0
    _obeyed: bytes = b""
    _looked_s: float = -math.inf

    @property
    def is_running(self) -> bool:
        """Whether a challenger is tried now."""
        return self.trial is not None and self.trial.stage not in OVER

    def take(self, entry: Entry) -> None:
        """Let the present trial read an entry of its site.

        Raises:
            StoreError: the decision cannot be looked up now; give it again.
        """
        if self.trial is None or not self.is_running:
            return
        try:
            self.trial.take(entry, self.find)
        except StoreError:
            raise
        except (EngageError, KeyError, TypeError, ValueError) as error:
            # The learner sets the same record aside and counts it.
            log.warning("trial.passed_over", offset=entry.offset, error=repr(error))
        self._unjudged += entry.record.kind == "closed"

    def step(self, *, at_s: float) -> None:
        """Take orders up and judge.

        Raises:
            StoreError: a transition cannot be recorded now; it is tried again.
        """
        self._finish(at_s=at_s)
        self._look(at_s=at_s)
        trial = self.trial
        if trial is None or not self.is_running:
            return
        if self._unjudged < _JUDGE_EVERY and not trial.rules.is_forced:
            return
        verdict = trial.verdict()
        if verdict.to is not None:
            self._move(trial, verdict.to, why=verdict.why, at_s=at_s)
        elif self._unjudged:
            self.on_look(trial.told(why=verdict.why))
        # Only now: a verdict that could not be recorded is given again.
        self._unjudged = 0
        self._finish(at_s=at_s)

    def end(self, why: str, *, at_s: float) -> None:
        """Roll the present trial back, whatever was found.

        Raises:
            StoreError: that cannot be recorded now; call again.
        """
        if self.trial is not None:
            self._move(self.trial, "rolled_back", why=why, at_s=at_s)
            self._finish(at_s=at_s)

    def keep(self, *, at_s: float) -> None:
        """Keep the trial's state, for a restart.

        Raises:
            StoreError: it cannot be kept now; the next step tries again.
        """
        if self.trial is None:
            return
        self._is_unkept = True
        name, body = trial_name(self.settings.key), self.trial.encode()
        self.journal.put_checkpoint(name, offset=self.trial.offset, body=body)
        self._is_unkept = False
        self._due_s = at_s + len(body) / _BYTES_S

    def keep_now_and_then(self, *, at_s: float) -> None:
        """Keep a running trial, a large one more rarely; same errors as `keep`."""
        if self.is_running and at_s >= self._due_s:
            self.keep(at_s=at_s)

    def _finish(self, *, at_s: float) -> None:
        """Tell and keep what has become of the trial, as far as that is still due.

        Raises:
            StoreError: that is not possible now; the rest is due still.
        """
        if self._is_untold and self.trial is not None:
            self.on_change(self.trial)
            self._is_untold = False
        if self._is_unkept:
            self.keep(at_s=at_s)

    def _look(self, *, at_s: float) -> None:
        """Obey what was handed over, unless it was just looked for."""
        # A clock that stands still or was set back hides no order.
        if 0.0 < at_s - self._looked_s < _LOOK_S:
            return
        for file in handed_over(self.folder):
            self._obey(file, at_s=at_s)
        # Only now: an order that could not be carried out is tried at the next step.
        self._looked_s = at_s

    def _obey(self, file: Path, *, at_s: float) -> None:
        """Do what a file orders, or say why not; the file is gone afterwards."""
        try:
            text = file.read_bytes()
            order = msgspec.json.decode(text, type=Order)
            if order.site != self.settings.key:
                return
            if not os.access(self.folder, os.W_OK):
                # It could not be put away, and would be obeyed again and again.
                raise PermissionError(errno.EACCES, "may not be changed", self.folder)
            if text != self._obeyed:
                verbs = {
                    "try": self._begin,
                    "force": self._force,
                    "withdraw": self._withdraw,
                }
                verbs[order.what](order, at_s=at_s)
                self._obeyed = text
            self._finish(at_s=at_s)
        except (SnapshotRejected, UnicodeDecodeError, msgspec.DecodeError) as error:
            self.metrics.promotions.add("refused")
            log.warning("candidate.refused", file=file.name, error=str(error))
        except OSError as error:
            log.warning("candidate.unreadable", file=file.name, error=str(error))
            return
        file.unlink(missing_ok=True)
        self._obeyed = b""

    def _begin(self, order: Order, *, at_s: float) -> None:
        candidate = Candidate.decode(order.candidate.encode())
        if candidate.site != order.site:
            said = f"must be of {order.site}, got {candidate.site}"
            raise SnapshotRejected("schema", f"candidate {said}")
        last_offset = self.journal.last_offset()
        check_fits(candidate, self.settings, last_offset=last_offset)
        self._withdraw(order, at_s=at_s)
        self._finish(at_s=at_s)
        tried = 0 if self.trial is None else self.trial.rules.candidates + 1
        number = self.next_number()
        trial = Trial(
            candidate=candidate,
            number=number,
            settings=self.settings,
            rules=rules_of(
                standing_settings(self.trial, self.settings),
                candidates=tried,
                is_forced=order.is_forced,
            ),
            offset=self.journal.last_offset(),
            former=None if self.trial is None else self.trial.standing,
        )
        archived = replace(candidate.snapshot, number=number)
        self.journal.put_snapshot(
            self.settings.key, number, offset=archived.offset, body=archived.encode()
        )
        orders = [self._override(order, trial, at_s=at_s)] if order.is_forced else []
        self._move(trial, "shadow", *orders, why=order.why or "handed over", at_s=at_s)

    def _withdraw(self, order: Order, *, at_s: float) -> None:
        trial = self.trial
        is_list_wanted = order.what == "withdraw" and trial and trial.has_taken_over
        if trial is None or not (self.is_running or is_list_wanted):
            return
        why = f"withdrawn: {order.why or 'another candidate was handed over'}"
        ordered = self._override(order, trial, at_s=at_s)
        if not self.is_running:
            # The list decides again; what learns goes on as the winner does.
            trial.former = replace(trial.candidate.way, takes_over=False)
        self._move(trial, "rolled_back", ordered, why=why, at_s=at_s)

    def _force(self, order: Order, *, at_s: float) -> None:
        """Let the present trial go on without the promotion test."""
        if self.trial is not None and self.is_running:
            self.journal.append_now(self._override(order, self.trial, at_s=at_s))
            self.trial.force()
            self._is_unkept = True

    def _override(self, order: Order, trial: Trial, *, at_s: float) -> Record:
        body = {
            "what": order.what,
            "candidate": trial.candidate.id,
            "is_forced": order.is_forced or order.what == "force",
            "why": order.why,
        }
        return self._record("override", body, key="promotion", at_s=at_s)

    def _move(
        self, trial: Trial, to: Stage, *ordered: Record, why: str, at_s: float
    ) -> None:
        """Let a stage begin, recorded behind what ordered it."""
        body = {
            "candidate": trial.candidate.id,
            "snapshot": trial.number,
            "from": trial.stage,
            "to": to,
            "why": why,
            "share": trial.rules.share(to),
            "alpha": trial.rules.alpha,
            "is_forced": trial.rules.is_forced,
            "evidence": told(trial.evidence),
        }
        moved = self._record("promoted", body, key=trial.candidate.id, at_s=at_s)
        self.journal.append_now(*ordered, moved)
        trial.move(to, at_s=at_s)
        self.trial, self._is_untold, self._is_unkept = trial, True, True
        self.metrics.promotions.add(to)
        share = 0.0 if to in OVER else trial.share
        self.metrics.challenger_share.set(self.settings.key, to=share)
        log.info(
            "candidate.moved",
            candidate=trial.candidate.id,
            to=to,
            why=why,
            site=self.settings.key,
        )
        self.on_look({**trial.told(why=why), "from": body["from"], "at_s": at_s})

    def _record(
        self, kind: str, body: dict[str, Any], *, key: str, at_s: float
    ) -> Record:
        return Record(kind=kind, site=self.settings.key, key=key, at_s=at_s, body=body)
