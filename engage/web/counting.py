"""What processes of one service have counted, each for itself and all together."""

# Rules of this file: pure functions of counters and of what workers have told.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engage.instruments import SiteTally, Tally
from engage.telemetry import Instruments

Counts = dict[str, dict[str, float]]


def counts_of(metrics: Instruments) -> Counts:
    """Return what a process has counted since its start, by counter and label."""
    return {
        "dropped": sums(metrics.dropped),
        "beacons": sums(metrics.beacons),
        "refusals": sums(metrics.refusals),
        "outcomes": sums(metrics.outcomes),
        "orders": sums(metrics.orders),
        "actions": _folded(metrics.decisions, place=0),
        "moments": _folded(metrics.decisions, place=2),
        "answers": _folded(metrics.http_requests, place=2),
    }


def added(counts: Counts, reports: Mapping[str, Mapping[str, Any]]) -> Counts:
    """Return the counts of a process and of all workers together.

    >>> workers = {"a": {"counts": {"orders": {"joined": 2.0}}}}
    >>> added({"orders": {"joined": 1.0, "unjoined": 1.0}}, workers)
    {'orders': {'joined': 3.0, 'unjoined': 1.0}}
    """
    whole = {name: dict(labels) for name, labels in counts.items()}
    for report in reports.values():
        for name, labels in report["counts"].items():
            here = whole.setdefault(name, {})
            for label, count in labels.items():
                here[label] = here.get(label, 0.0) + count
    return whole


def sums(tally: Tally | SiteTally) -> dict[str, float]:
    """Return the sums of a counter; several labels are one text."""
    return {" ".join(labels): total for labels, total in list(tally.sums.items())}


def _folded(tally: Tally | SiteTally, *, place: int) -> dict[str, float]:
    """Return the sums by one of several labels."""
    folded: dict[str, float] = {}
    for labels, total in list(tally.sums.items()):
        folded[labels[place]] = folded.get(labels[place], 0.0) + total
    return folded
