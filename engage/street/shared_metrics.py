"""What several processes of one service measure beside what a single one does."""

# Rules of this file: names, labels and help only; the same class for both roles.

from __future__ import annotations

from dataclasses import dataclass

from engage.instruments import Level, Tally, metric
from engage.telemetry import Instruments


@dataclass(eq=False)
class SharedInstruments(Instruments):
    """Metrics of a worker or of the learner, where they share a Redis."""

    unshipped: Level = metric(
        Level,
        "engage_unshipped_records",
        "Records of this worker's journal that are not in its stream yet.",
    )
    merged: Tally = metric(
        Tally,
        "engage_merged_records_total",
        "Records that workers shipped to the ledger: new, known, or after a gap.",
        ("result",),
    )
    degraded: Level = metric(
        Level, "engage_degraded", "1 while Redis does not answer this process."
    )
    redis_evicts: Level = metric(
        Level,
        "engage_redis_evicts",
        "1 where a full Redis would throw away what it was given to keep.",
    )
    holds_lease: Level = metric(
        Level, "engage_learner_lease", "1 for the learner that holds the lease."
    )
    baseline: Level = metric(
        Level,
        "engage_baseline",
        "1 while the shop's rules decide, because no learner was heard for a day.",
    )
    clock_ahead: Level = metric(
        Level,
        "engage_clock_ahead_seconds",
        "By how much this machine's clock is ahead of Redis'; below 0: behind.",
    )
    salt_differs: Level = metric(
        Level,
        "engage_salt_differs",
        "1 where a salt is not that of the other processes: nothing is answered.",
    )
