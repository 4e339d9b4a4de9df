"""Are our estimators those of the literature, on someone else's log?

Open Bandit, campaign `men`, 10,000 rounds each of a uniform and of a Thompson sampling
policy, with the propensity that each round really had. IPS, SNIPS, DM, DR, Switch-DR
and DRos are computed once by the product and once by plain loops over the papers'
formulas, on the same rows and the same model; they must agree to 1e-10.

    python benchmarks/ope_open_bandit.py

With 46 and 69 clicks this says nothing about accuracy. It must be refused or flagged:
an effective size below 1 % of the rounds, or too few effective clicks.
"""

# Rules of this file: the loops share no line with the product. Propensities are the
# logged ones, a row each, never an average.

from __future__ import annotations

import argparse
import csv
import gzip
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
from data_sets import DATA_SETS
from numpy.typing import NDArray

from engage.clock import SystemClock, rfc3339
from engage.evidence.offpolicy.estimators import (
    Sample,
    dm,
    dr,
    dros,
    estimate,
    ips,
    snips,
    switch_dr,
)
from engage.evidence.offpolicy.outcome_models import cross_fitted
from engage.evidence.offpolicy.weighing import LEAST_POSITIVES, LEAST_SIZE, kish

TAU, LAMBDA = 10.0, 100.0
TOLERANCE = 1e-10
_USER = tuple(f"user_feature_{i}" for i in range(4))

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """A log: item (n,), position (n,), click (n,), propensity (n,), users (n, d)."""

    items: NDArray[np.intp]
    positions: NDArray[np.intp]
    clicks: Array
    propensities: Array
    users: list[tuple[str, ...]]


def read(path: Path) -> Rounds:
    """Read one policy's rounds."""
    with gzip.open(path, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    positions = np.array([int(r["position"]) for r in rows], dtype=np.intp)
    return Rounds(
        items=np.array([int(r["item_id"]) for r in rows], dtype=np.intp),
        positions=positions - positions.min(),
        clicks=np.array([float(r["click"]) for r in rows]),
        propensities=np.array([float(r["propensity_score"]) for r in rows]),
        users=[tuple(r[name] for name in _USER) for r in rows],
    )


def context_of(rounds: Rounds) -> Array:
    """Return users and positions as 0 and 1, shape (n, d)."""
    columns = [rounds.positions == at for at in np.unique(rounds.positions)]
    for index in range(len(_USER)):
        values = [user[index] for user in rounds.users]
        columns += [
            np.array([one == value for one in values]) for value in sorted(set(values))
        ]
    return np.column_stack(columns).astype(np.float64)


def shares_by_position(rounds: Rounds, items: int) -> Array:
    """Return how often each item was shown in each position, shape (positions, items).

    Thompson sampling as a target: its marginal draw, which is all that the log tells.
    """
    shares = np.zeros((int(rounds.positions.max()) + 1, items))
    np.add.at(shares, (rounds.positions, rounds.items), 1.0)
    found: Array = shares / shares.sum(axis=1, keepdims=True)
    return found


def sample_of(rounds: Rounds, target: Array) -> Sample:
    """Return the rounds with a cross-fitted model of clicks.

    Of the logged distribution only the drawn item's probability is known.
    """
    n, items = target.shape
    logged = np.zeros((n, items))
    logged[np.arange(n), rounds.items] = rounds.propensities
    context = context_of(rounds)
    expected = cross_fitted(
        context,
        context[:, :0],
        drawn=rounds.items,
        outcome=rounds.clicks,
        actions=items,
        visitors=np.arange(n),
    )
    return Sample(
        logged=logged,
        target=target,
        drawn=rounds.items,
        outcome=rounds.clicks,
        expected=expected,
        visitors=np.arange(n),
    )


def by_loops(sample: Sample) -> dict[str, float]:
    """Return every estimate by plain loops over the formulas of the papers."""
    n = len(sample.outcome)
    sums = dict.fromkeys(("IPS", "DM", "DR", "Switch-DR", "DRos"), 0.0)
    weighted, weights = 0.0, 0.0
    for i in range(n):
        a, r = int(sample.drawn[i]), float(sample.outcome[i])
        w = float(sample.target[i, a]) / float(sample.logged[i, a])
        q = float(sample.expected[i, a])
        v = math.fsum(
            float(p) * float(e)
            for p, e in zip(sample.target[i], sample.expected[i], strict=True)
        )
        sums["IPS"] += w * r
        sums["DM"] += v
        sums["DR"] += v + w * (r - q)
        sums["Switch-DR"] += v + (w if w <= TAU else 0.0) * (r - q)
        sums["DRos"] += v + LAMBDA * w / (w * w + LAMBDA) * (r - q)
        weighted += w * r
        weights += w
    return {**{name: total / n for name, total in sums.items()}} | {
        "SNIPS": weighted / weights
    }


def ours(sample: Sample) -> dict[str, float]:
    """Return every estimate by the product, tau and lambda as in the loops."""
    rows = {
        "IPS": ips(sample).rows,
        "SNIPS": snips(sample).rows,
        "DM": dm(sample).rows,
        "DR": dr(sample).rows,
        "Switch-DR": switch_dr(sample, TAU),
        "DRos": dros(sample, LAMBDA),
    }
    return {name: float(values.mean()) for name, values in rows.items()}


def main() -> int:
    """Compare both directions, print a table, write the results; 0 if they agree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=DATA_SETS)
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).parent / "results" / "ope_open_bandit.json",
    )
    chosen = parser.parse_args()
    folder = Path(chosen.data) / "obd-men"
    logs = {name: read(folder / name / "men.csv.gz") for name in ("random", "bts")}
    items = 1 + max(int(one.items.max()) for one in logs.values())
    uniform = np.full((logs["bts"].items.size, items), 1.0 / items)
    shares = shares_by_position(logs["bts"], items)
    directions = {
        "bts to uniform": (logs["bts"], uniform, logs["random"]),
        "uniform to bts": (
            logs["random"],
            shares[logs["random"].positions],
            logs["bts"],
        ),
    }
    report: dict[str, object] = {
        "command": " ".join(["python", *sys.argv]),
        "at": rfc3339(SystemClock().now_s()),
    }
    worst = 0.0
    for name, (rounds, target, truth) in directions.items():
        sample = sample_of(rounds, target)
        loops, product = by_loops(sample), ours(sample)
        gap = max(abs(loops[one] - product[one]) for one in loops)
        worst = max(worst, gap)
        size = kish(sample.weights)
        positives = kish(sample.weights[sample.outcome > 0.0])
        chosen_from_data = {one: estimate(sample, one) for one in ("Switch-DR", "DRos")}
        report[name] = {
            "on_policy": float(truth.clicks.mean()),
            "estimates": product,
            "chosen_from_data": {
                one: [fit.value, fit.setting] for one, fit in chosen_from_data.items()
            },
            "largest_gap_to_loops": gap,
            "effective_size": size,
            "effective_clicks": positives,
            "refused": size < LEAST_SIZE or positives < LEAST_POSITIVES,
        }
        print(name, orjson.dumps(report[name], option=orjson.OPT_INDENT_2).decode())
    report["met"] = worst <= TOLERANCE
    chosen.out.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    return 0 if report["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
