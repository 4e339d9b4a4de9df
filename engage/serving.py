"""Settings of the process: where it listens, what it refuses, what it keeps."""

# Rules of this file: values only, as in `settings`, which names them for everybody.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta

from engage.campaigns import Count, Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """How the process listens and what it refuses."""

    # Where browsers and the shop's server connect. Loopback, so that nothing is public
    # before somebody wants it: a reverse proxy in front ends TLS.
    host: Annotated[str, Meta(min_length=1, max_length=255)] = "127.0.0.1"
    # Of browsers and the shop's server; 0: any free one.
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8080
    # Loopback: metrics and console never belong on the public port.
    admin: str = "127.0.0.1:9464"
    # Directory of the journal, relative to this file: all that must not be lost.
    data: str = "engage-data"
    # Networks whose X-Forwarded-For is believed; nobody by default.
    trusted_proxies: tuple[str, ...] = ()
    # A slow body holds a connection; 3 s is ten times a bad mobile network's 16 KiB.
    body_deadline_s: Annotated[float, Meta(gt=0, le=400 * 86_400)] = 3.0
    # An open visit pings every 5 s: its connection outlives three of them.
    keepalive_s: Annotated[float, Meta(gt=0, le=400 * 86_400)] = 15.0
    # Open at a time, of each process, `admin` apart; more are closed at once, so that
    # slow clients cannot use up files.
    max_connections: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 10_000
    # A busy visitor sends one beacon every two seconds; ten times that in bursts.
    session_beacons_per_s: Annotated[float, Meta(gt=0, le=1e6)] = 5.0
    # Beacons at once: what waited while a phone had no network.
    session_burst: Annotated[float, Meta(ge=1, le=1e6)] = 40.0
    # An office behind one address: a few hundred visitors at once. Each worker counts
    # by itself, sessions, too.
    network_beacons_per_s: Annotated[float, Meta(gt=0, le=1e6)] = 200.0
    # Beacons at once: five seconds of the rate.
    network_burst: Annotated[float, Meta(ge=1, le=1e6)] = 1_000.0
    # Whether the limit of a network holds for this machine, too; a proxy that is not
    # in `trusted_proxies` makes all visitors look like it.
    limit_loopback: bool = True
    # Endpoint lists lag behind readiness: keep accepting that long after SIGTERM.
    drain_delay_s: Seconds = 5.0
    # What is under way after that may take so long; then the process ends.
    drain_limit_s: Seconds = 10.0
    # One log line in so many requests, none with 0: a line for each costs half the
    # throughput; refusals and failures have lines of their own.
    access_log_every: Annotated[int, Meta(ge=0, le=1_000_000)] = 100
    # Visits held in memory; beyond it the one that was silent longest makes room.
    live_sessions: Annotated[int, Meta(ge=100, le=100_000_000)] = 1_000_000
    # One process needs nothing installed; several share visits and stock in Redis.
    store: Literal["memory", "redis", "redis_cluster"] = "memory"
    # Loopback, as Redis itself listens. May carry a password, so it is not printed; a
    # far one says `?socket_timeout=0.25`, for 0.1 s is its time to answer (what no
    # visitor waits for has 2 s in any case).
    redis_url: str = field(default="redis://127.0.0.1:6379/0", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """How long what is kept."""

    # Visits and the examples that scores learn from; a month is four of each weekday.
    # Not less than any `long_close_s`: only then a visit tells whether an order came.
    raw_days: Count = 30
    # Of sites that record beacons; at most as long as it takes to trust a replay.
    beacon_days: Count = 7
    # Decisions, outcomes, orders, and who they belong to: two seasons to evaluate on.
    decision_days: Count = 180
    # Snapshots that decided, 20 kB each and as many as decisions. A decision can be
    # replayed as long as its snapshot is kept; evaluation needs none.
    snapshot_days: Count = 30
    # Sums of a visitor and day, which name nobody once those are gone: two years, so
    # that this month has one of last year beside it.
    sums_days: Count = 760
