"""The lines of the table that set engage beside others' code; see `table`."""

# Rules of this file: values only.

from __future__ import annotations

from typing import Any

from table_evidence import Question

_NAMES = {
    "river": "naive aiohttp + river",
    "vw": "VW behind aiohttp",
    "growthbook": "GrowthBook's evaluation behind node",
    "unleash": "Unleash proxy",
}


def beside_peers(result: Any) -> str:
    """Return how many times a peer's requests engage answers, and CPU of both."""
    told = []
    for kind, name in _NAMES.items():
        one = result["peers"][kind]
        times = one["times"]
        told.append(
            f"{name} {times['median']:.2f} ({times['low']:.2f} to {times['high']:.2f}; "
            f"{one['cpu_us']:.0f} us)"
        )
    ours = result["peers"]["river"]["engage_cpu_us"]
    decided = result["decisions_per_beacon"]
    return (
        f"{', '.join(told)}; engage {ours:.0f} us at {decided:.2f} decisions a beacon"
    )


def beside_vw(result: Any) -> str:
    """Return how many times VW's updates a second ours takes in, by size."""
    told = []
    for size, one in result["sizes"].items():
        us = one["us"]
        told.append(
            f"{size} size {one['times']['median']:.2f} ({us['ours']:.0f} us with "
            f"snapshots, {us['ours, rows alone']:.0f} without; VW {us['vw']:.0f})"
        )
    return "; ".join(told)


def policy_us(result: Any) -> str:
    """Return what a decision of the policy costs, from context to drawn action."""
    us = result["microseconds"]
    return (
        f"{us['predict + distribution']['p50']:.0f} us; with the draw "
        f"{us['predict + distribution + draw']['p50']:.0f}"
    )


PEERS: tuple[Question, ...] = (
    Question(
        "times the requests a second of peers that keep nothing (no journal, consent, "
        "limits, caps, holdout, replay), on the same beacons",
        "6 / 4 / 3 / 15",
        "12 / 8 / 5 / 25",
        "peers",
        beside_peers,
    ),
    Question(
        "times the decisions a second that VW's SquareCB learns in Python (ours loses "
        ".83 of what it loses)",
        ">= 8",
        "12",
        "learner_rate",
        beside_vw,
    ),
    Question(
        "predictions and distribution of the policy, CPU",
        "<= 25 us",
        "",
        "decision_compute",
        policy_us,
    ),
)
