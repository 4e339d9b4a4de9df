"""What the service counts and logs: cheap instruments, one table, bounded labels.

A beacon with a decision makes ten observations. With the stock client they cost seven
times as much (benchmarks/metrics.py): here each is one dict or list addition; a
collector turns the sums into the exposition format when somebody scrapes.
"""

# Rules of this file: no label value comes from the outside unbounded - past its limit
# every further value is counted as "other". Nothing here allocates per request.

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, TextIO, cast

import orjson
import structlog
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from engage.instruments import (
    DELAY_S,
    Level,
    SiteLevel,
    SiteTally,
    Spread,
    Tally,
    metric,
)
from engage.instruments_learning import LearningInstruments


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCounts:
    """One shop's own sums, found once: each of its beacons adds to them."""

    beacons: Tally
    events: Tally
    decisions: Tally
    refusals: Tally
    orders: Tally
    codes: Tally


@dataclass(eq=False)
class Instruments(LearningInstruments, Collector):
    """Every metric of the service; the names are those of the contract.

    A metric exists from the start, at zero or empty.
    """

    http_requests: Tally = metric(
        Tally,
        "engage_http_requests_total",
        "Answered requests.",
        ("route", "method", "code"),
        limit=500,
    )
    http_seconds: Spread = metric(
        Spread,
        "engage_http_request_duration_seconds",
        "Time from the request's head to its answer.",
        ("route",),
    )
    beacons: SiteTally = metric(
        SiteTally, "engage_beacons_total", "Beacons by fate.", ("result",)
    )
    dropped: Tally = metric(
        Tally, "engage_dropped_total", "What was not used, and why.", ("reason",)
    )
    events: SiteTally = metric(
        SiteTally, "engage_events_total", "Events applied.", ("name",), 100
    )
    decisions: SiteTally = metric(
        SiteTally,
        "engage_decisions_total",
        "Decisions recorded.",
        ("action", "mode", "moment"),
        limit=1_000,
    )
    refusals: SiteTally = metric(
        SiteTally, "engage_refusals_total", "Actions refused by gates.", ("reason",)
    )
    outcomes: Tally = metric(
        Tally, "engage_outcomes_total", "Outcomes recorded.", ("kind", "name")
    )
    orders: SiteTally = metric(
        SiteTally, "engage_orders_total", "Orders received.", ("result",)
    )
    rewards: Tally = metric(
        Tally, "engage_rewards_total", "Rewards at either close.", ("result",)
    )
    reward_delay: Spread = metric(
        Spread,
        "engage_reward_delay_seconds",
        "From a decision to the reward that the model learned.",
        bounds=DELAY_S,
    )
    open_decisions: Level = metric(
        Level, "engage_open_decisions", "Decisions whose windows are open."
    )
    live_sessions: Level = metric(
        Level, "engage_live_sessions", "Sessions held in memory."
    )
    log_loss: SiteLevel = metric(
        SiteLevel, "engage_score_log_loss", "Prequential log-loss.", ("scorer",)
    )
    auc: SiteLevel = metric(
        SiteLevel, "engage_score_auc", "Prequential ROC AUC.", ("scorer",)
    )
    ece: SiteLevel = metric(
        SiteLevel,
        "engage_score_ece",
        "Expected calibration error minus its noise floor.",
        ("scorer",),
    )
    labels: SiteLevel = metric(
        SiteLevel,
        "engage_score_labels",
        "Labels that a scorer's predictions were compared with.",
        ("scorer",),
    )
    coverage_error: SiteLevel = metric(
        SiteLevel,
        "engage_score_coverage_error",
        "Share of views below the predicted dwell quantile, minus the quantile.",
        ("quantile",),
        is_typed=False,
    )
    snapshot_number: SiteLevel = metric(
        SiteLevel, "engage_snapshot_number", "Snapshot that decides."
    )
    snapshot_age: SiteLevel = metric(
        SiteLevel,
        "engage_snapshot_age_seconds",
        "Since the deciding snapshot was published.",
    )
    snapshot_rejected: SiteTally = metric(
        SiteTally,
        "engage_snapshot_rejected_total",
        "Snapshots not published.",
        ("reason",),
    )
    budget_left: SiteLevel = metric(
        SiteLevel,
        "engage_budget_left_ratio",
        "Budget neither held nor spent.",
        ("pool",),
    )
    codes: SiteTally = metric(
        SiteTally,
        "engage_codes_total",
        "Codes that entered a state.",
        ("pool", "state"),
    )
    free_agents: SiteLevel = metric(
        SiteLevel, "engage_free_agents", "Free agents announced and fresh.", ("group",)
    )
    lift_margin: SiteLevel = metric(
        SiteLevel,
        "engage_lift_margin",
        "Lift in margin per visitor with a moment, site's currency.",
        ("bound",),
    )
    fsync: Spread = metric(Spread, "engage_journal_fsync_seconds", "One group commit.")
    journal_stalled: Level = metric(
        Level,
        "engage_journal_stalled_seconds",
        "How long the disk has taken nothing that is written.",
    )
    loop_lag: Spread = metric(
        Spread, "engage_event_loop_lag_seconds", "How late the loop's own timer fired."
    )
    data_free: Level = metric(
        Level,
        "engage_data_free_ratio",
        "Free share of the disk that holds the data directory.",
    )
    failures: Tally = metric(
        Tally,
        "engage_upkeep_failures_total",
        "Runs of a timer, or of what runs beside requests, that failed.",
        ("task",),
    )

    def expect_sites(self, count: int) -> None:
        """Show values by site if there are several."""
        for one in fields(self):
            instrument = getattr(self, one.name)
            if isinstance(instrument, SiteLevel | SiteTally):
                instrument.is_several = count > 1

    def counts(self, site: str) -> SiteCounts:
        """Return a site's own among the counters."""
        return SiteCounts(
            beacons=self.beacons.of(site),
            events=self.events.of(site),
            decisions=self.decisions.of(site),
            refusals=self.refusals.of(site),
            orders=self.orders.of(site),
            codes=self.codes.of(site),
        )

    def collect(self) -> Iterator[Metric]:
        """Yield one family for each instrument."""
        for one in fields(self):
            instrument: Tally | SiteTally | Level | SiteLevel | Spread
            instrument = getattr(self, one.name)
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
        logger_factory=structlog.WriteLoggerFactory(
            stream or cast("TextIO", _StandardError())
        ),
        # Not cached: a logger made at import follows a later configuration.
        cache_logger_on_first_use=False,
    )


def log_as(**who: Any) -> None:
    """Put these fields into every line that this process logs from now on."""
    structlog.contextvars.bind_contextvars(**who)


class _StandardError(io.TextIOBase):
    """Standard error as it is now: whoever redirects it later is followed."""

    def write(self, text: str) -> int:
        """Write to the present standard error."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Flush the present standard error."""
        sys.stderr.flush()


def _dump(event: Any, **_: Any) -> str:
    # orjson escapes control characters, so a value cannot forge a second line.
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def logger() -> Any:
    """Return the logger; call it as `log.info("decision.made", action=...)`."""
    return structlog.get_logger()
