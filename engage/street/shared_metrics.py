"""What several processes of one service measure beside what a single one does."""

# Rules of this file: names, labels and help only; the same class for both roles.

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from engage.instruments import Level, Tally
from engage.telemetry import Instruments


@dataclass(eq=False)
class SharedInstruments(Instruments):
    """Metrics of a worker or of the learner, where they share a Redis."""

    unshipped: Level = field(
        default_factory=partial(
            Level,
            "engage_unshipped_records",
            "Records of this worker's journal that are not in its stream yet.",
        )
    )
    merged: Tally = field(
        default_factory=partial(
            Tally,
            "engage_merged_records_total",
            "Records that workers shipped to the ledger: new, known, or after a gap.",
            ("result",),
        )
    )
    degraded: Level = field(
        default_factory=partial(
            Level, "engage_degraded", "1 while Redis does not answer this process."
        )
    )
    redis_evicts: Level = field(
        default_factory=partial(
            Level,
            "engage_redis_evicts",
            "1 where a full Redis would throw away what it was given to keep.",
        )
    )
    holds_lease: Level = field(
        default_factory=partial(
            Level, "engage_learner_lease", "1 for the learner that holds the lease."
        )
    )
    baseline: Level = field(
        default_factory=partial(
            Level,
            "engage_baseline",
            "1 while the shop's rules decide, because no learner was heard for a day.",
        )
    )
    salt_differs: Level = field(
        default_factory=partial(
            Level,
            "engage_salt_differs",
            "1 where a salt is not that of the other processes: nothing is answered.",
        )
    )
