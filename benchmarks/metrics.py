"""What do the counters of one decision cost, and what would the stock client take?

Ten observations, as many as a beacon with a decision makes: eight counters with labels
and two histograms; CPU time of the thread, in turns with prometheus-client.

    python benchmarks/metrics.py

Bar: 3 % of what a beacon costs in the engine (results/stalls.json); goal 1.5 %.
"""

# Rules of this file: medians over interleaved batches; both sides count the same.

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import orjson
from prometheus_client import CollectorRegistry, Counter, Histogram

from engage.instruments import LATENCY_S
from engage.telemetry import Instruments

_BATCH = 2_000


def ours() -> Callable[[], None]:
    """Return ten observations on our instruments."""
    metrics = Instruments()
    # As a site has them at hand.
    counts = metrics.counts("pk_demo")

    def observe() -> None:
        counts.beacons.add("applied")
        counts.events.add("ping")
        counts.events.add("view_item")
        counts.events.add("hover_cta")
        counts.decisions.add("none", "learned", "lingering")
        counts.refusals.add("no_agent")
        counts.refusals.add("not_targeted")
        metrics.http_requests.add("beacons", "POST", "204")
        metrics.http_seconds.observe("beacons", of=0.0007)
        metrics.fsync.observe(of=0.004)

    return observe


def stock() -> Callable[[], None]:
    """Return the same ten on the stock client."""
    registry = CollectorRegistry()

    def counter(name: str, *labels: str) -> Counter:
        return Counter(name, name, labels, registry=registry)

    def histogram(name: str, *labels: str) -> Histogram:
        return Histogram(name, name, labels, buckets=LATENCY_S, registry=registry)

    beacons, events = counter("beacons", "result"), counter("events", "name")
    decisions = counter("decisions", "action", "mode", "moment")
    refusals = counter("refusals", "reason")
    requests = counter("requests", "route", "method", "code")
    seconds, fsync = histogram("seconds", "route"), histogram("fsync")

    def observe() -> None:
        beacons.labels("applied").inc()
        events.labels("ping").inc()
        events.labels("view_item").inc()
        events.labels("hover_cta").inc()
        decisions.labels("none", "learned", "lingering").inc()
        refusals.labels("no_agent").inc()
        refusals.labels("not_targeted").inc()
        requests.labels("beacons", "POST", "204").inc()
        seconds.labels("beacons").observe(0.0007)
        fsync.observe(0.004)

    return observe


def microseconds(observe: Callable[[], None]) -> float:
    """Return the CPU time of one call."""
    before = time.thread_time_ns()
    for _ in range(_BATCH):
        observe()
    return (time.thread_time_ns() - before) / _BATCH / 1_000


def main() -> None:
    """Measure, print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=30)
    parser.add_argument("--beacon", default="benchmarks/results/stalls.json")
    parser.add_argument("--out", default="benchmarks/results/metrics.json")
    args = parser.parse_args()
    sides = {"ours": ours(), "stock": stock()}
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(args.batches):
        for name, observe in sides.items():
            found[name].append(microseconds(observe))
    beacon = orjson.loads(Path(args.beacon).read_bytes())["beacon_cpu_us"]["p50"]
    table = {
        "ten_observations_us": {name: median(one) for name, one in found.items()},
        "beacon_cpu_us": beacon,
        "share_of_a_beacon": median(found["ours"]) / beacon,
        "command": f"python benchmarks/metrics.py --batches {args.batches}",
        "load_average": os.getloadavg()[0],
    }
    Path(args.out).write_bytes(orjson.dumps(table, option=orjson.OPT_INDENT_2))
    print(orjson.dumps(table, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    main()
