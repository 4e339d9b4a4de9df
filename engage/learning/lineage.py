"""What a learner's thread knows of one site: who learns, and what was published."""

# Rules of this file: values; the thread that learns is the only one to change them.

from __future__ import annotations

import math
from dataclasses import dataclass, field

from engage.learning.learner import Learner
from engage.learning.publication import Check
from engage.learning.snapshots import Snapshot
from engage.learning.telling import Refusals
from engage.learning.trials.site import Trials


@dataclass(slots=True, kw_only=True)
class Lineage:
    """One site's learner, what it published last, and what it must pass.

    Attributes:
        has_changed: any model has learned since the last publication.
        is_urgent: a decision was closed or settled: the policy itself has learned.
        published_s: when it last published, seconds of a clock that only goes on.
        checkpoint_s: when it last kept a checkpoint, of the same clock.
        kept_offset: of the last checkpoint; -1 before the first.
        trials: challengers; None where none is ever tried.
        newest: highest number that a snapshot of the site has.
        refusals: why candidates were refused.
        compared_rows: settled rows when the policy was last compared with the shadow.
    """

    learner: Learner
    check: Check
    last: Snapshot
    refusals: Refusals = field(default_factory=Refusals)
    has_changed: bool = False
    is_urgent: bool = False
    published_s: float = -math.inf
    checkpoint_s: float = -math.inf
    kept_offset: int = -1
    trials: Trials | None = None
    newest: int = 0
    compared_rows: int = 0

    def __post_init__(self) -> None:
        """Count on from the snapshot that decides."""
        self.newest = max(self.newest, self.last.number)

    def next_number(self) -> int:
        """Return a number for a snapshot that is not this lineage's own."""
        self.newest += 1
        return self.newest

    @property
    def offset(self) -> int:
        """Journal offset from which there may be something to read."""
        trial = self.trials.trial if self.trials and self.trials.is_running else None
        learned = self.learner.offset
        return learned if trial is None else min(learned, trial.offset)
