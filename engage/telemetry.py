"""What the service counts and logs: cheap instruments, one table, bounded labels.

The stock client costs 2 to 3 microseconds an observation (benchmarks/metrics.py), ten
of which are a quarter of a decision. Here an observation is one dict or list addition;
a collector turns the sums into the exposition format when somebody scrapes.
"""

# Rules of this file: no label value comes from the outside unbounded - past its limit
# every further value is counted as "other". Nothing here allocates per request.

from __future__ import annotations

import logging
import sys
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

import orjson
import structlog
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    UnknownMetricFamily,
)
from prometheus_client.registry import Collector

# Seconds; from a fast answer to a request that somebody waits for in vain.
LATENCY_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
# Seconds from an outcome's moment to the model: short closes take 30 min, long 7 days.
DELAY_S = (1.0, 60.0, 600.0, 1_800.0, 3_600.0, 86_400.0, 604_800.0)

Labels = tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """Sums by label values; `add` is the hot path."""

    name: str
    text: str
    labels: Labels = ()
    limit: int = 200
    sums: dict[Labels, float] = field(default_factory=dict)

    def add(self, *values: str, by: float = 1.0) -> None:
        """Add `by` to the sum of these label values, in the order of `labels`."""
        sums = self.sums
        if values in sums:
            sums[values] += by
        elif len(sums) < self.limit:
            sums[values] = by
        else:
            other = ("other",) * len(values)
            sums[other] = sums.get(other, 0.0) + by

    def total(self) -> float:
        """Return the sum over all label values."""
        return sum(self.sums.values())

    def family(self) -> Metric:
        """Return the sums in the exposition's own form."""
        family = CounterMetricFamily(
            self.name.removesuffix("_total"), self.text, labels=self.labels
        )
        for values, total in list(self.sums.items()):
            family.add_metric(values, total)
        return family


@dataclass(slots=True)
class Level:
    """The present value by label values."""

    name: str
    text: str
    labels: Labels = ()
    limit: int = 200
    # The exposition reserves the label `quantile` for summaries; a value by quantile
    # that is no summary has no type there.
    is_typed: bool = True
    values: dict[Labels, float] = field(default_factory=dict)

    def set(self, *values: str, to: float) -> None:
        """Set the value for these label values; past the limit they are ignored."""
        if values in self.values or len(self.values) < self.limit:
            self.values[values] = to

    def family(self) -> Metric:
        """Return the values in the exposition's own form."""
        kind = GaugeMetricFamily if self.is_typed else UnknownMetricFamily
        family = kind(self.name, self.text, labels=self.labels)
        for values, value in list(self.values.items()):
            family.add_metric(values, value)
        return family


@dataclass(slots=True)
class Spread:
    """A classic histogram by label values."""

    name: str
    text: str
    labels: Labels = ()
    bounds: tuple[float, ...] = LATENCY_S
    limit: int = 50
    counts: dict[Labels, list[float]] = field(default_factory=dict)

    def observe(self, *values: str, of: float) -> None:
        """Count one observation; the last cell of a row holds the sum of values."""
        row = self.counts.get(values)
        if row is None:
            if len(self.counts) >= self.limit:
                values = ("other",) * len(values)
            row = self.counts.setdefault(values, [0.0] * (len(self.bounds) + 2))
        row[bisect_left(self.bounds, of)] += 1
        row[-1] += of

    def family(self) -> Metric:
        """Return cumulative buckets in the exposition's own form."""
        family = HistogramMetricFamily(self.name, self.text, labels=self.labels)
        for values, row in list(self.counts.items()):
            total = 0.0
            buckets: list[tuple[str, float]] = []
            for bound, count in zip((*self.bounds, "+Inf"), row[:-1], strict=True):
                total += count
                buckets.append((str(bound), total))
            family.add_metric(values, buckets, row[-1])
        return family


class Instruments(Collector):
    """Every metric of the service; the names are those of the contract."""

    def __init__(self) -> None:
        """Create the table; a metric exists from the start, at zero or empty."""
        self.http_requests = Tally(
            "engage_http_requests_total",
            "Answered requests.",
            ("route", "method", "code"),
            limit=500,
        )
        self.http_seconds = Spread(
            "engage_http_request_duration_seconds",
            "Time from the request's head to its answer.",
            ("route",),
        )
        self.beacons = Tally("engage_beacons_total", "Beacons by fate.", ("result",))
        self.dropped = Tally(
            "engage_dropped_total", "What was not used, and why.", ("reason",)
        )
        self.events = Tally("engage_events_total", "Events applied.", ("name",), 100)
        self.decisions = Tally(
            "engage_decisions_total",
            "Decisions recorded.",
            ("action", "mode", "moment"),
            limit=1_000,
        )
        self.refusals = Tally(
            "engage_refusals_total", "Actions refused by gates.", ("reason",)
        )
        self.outcomes = Tally(
            "engage_outcomes_total", "Outcomes recorded.", ("kind", "name")
        )
        self.orders = Tally("engage_orders_total", "Orders received.", ("result",))
        self.rewards = Tally(
            "engage_rewards_total", "Rewards at either close.", ("result",)
        )
        self.reward_delay = Spread(
            "engage_reward_delay_seconds",
            "From a decision to the reward that the model learned.",
            bounds=DELAY_S,
        )
        self.open_decisions = Level(
            "engage_open_decisions", "Decisions whose windows are open."
        )
        self.live_sessions = Level("engage_live_sessions", "Sessions held in memory.")
        self.log_loss = Level(
            "engage_score_log_loss", "Prequential log-loss.", ("scorer",)
        )
        self.auc = Level("engage_score_auc", "Prequential ROC AUC.", ("scorer",))
        self.ece = Level(
            "engage_score_ece",
            "Expected calibration error minus its noise floor.",
            ("scorer",),
        )
        self.coverage_error = Level(
            "engage_score_coverage_error",
            "Share of views below the predicted dwell quantile, minus the quantile.",
            ("quantile",),
            is_typed=False,
        )
        self.learner_lag = Level(
            "engage_learner_lag_seconds", "Age of the oldest record not yet learned."
        )
        self.quarantined = Tally(
            "engage_learner_quarantined_total", "Records the learner set aside."
        )
        self.snapshot_number = Level("engage_snapshot_number", "Snapshot that decides.")
        self.snapshot_age = Level(
            "engage_snapshot_age_seconds", "Since the deciding snapshot was published."
        )
        self.snapshot_rejected = Tally(
            "engage_snapshot_rejected_total", "Snapshots not published.", ("reason",)
        )
        self.budget_left = Level(
            "engage_budget_left_ratio", "Budget neither held nor spent.", ("pool",)
        )
        self.codes = Tally(
            "engage_codes_total", "Codes that entered a state.", ("pool", "state")
        )
        self.free_agents = Level(
            "engage_free_agents", "Free agents announced and fresh.", ("group",)
        )
        self.lift_margin = Level(
            "engage_lift_margin",
            "Lift in margin per visitor with a moment, site's currency.",
            ("bound",),
        )
        self.fsync = Spread("engage_journal_fsync_seconds", "One group commit.")
        self.loop_lag = Spread(
            "engage_event_loop_lag_seconds", "How late the loop's own timer fired."
        )
        self.failures = Tally(
            "engage_upkeep_failures_total", "Runs of a timer that failed.", ("task",)
        )

    def collect(self) -> Iterator[Metric]:
        """Yield one family for each instrument."""
        for instrument in vars(self).values():
            yield instrument.family()


def configure_logging(stream: TextIO | None = None, *, level: str = "info") -> None:
    """Send JSON lines, one an event, to `stream` (standard error by default)."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=True,
    )


def _dump(event: Any, **_: Any) -> str:
    # orjson escapes control characters, so a value cannot forge a second line.
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def logger() -> Any:
    """Return the logger; call it as `log.info("decision.made", action=...)`."""
    return structlog.get_logger()
