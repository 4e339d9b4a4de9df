"""Do the estimators find known values on real outcomes, from a biased log?

Hillstrom's e-mail experiment (64,000 customers, none / mens / womens at a third each)
tells what any policy is worth. A biased log is made of it by rejection: rows are drawn
with replacement, and kept with the probability that a lopsided logging policy gives to
what was really sent, about 14,000 a replicate. The reward is a visit.

    python benchmarks/ope_hillstrom.py --replicates 1000

Truth: the value on all rows. Bars, for DR on all four targets: relative root mean
squared error <= .055, 95 % intervals hold the truth .92 to .98 of the time. Goals: .05
and .935 to .965.
"""

# Rules of this file: rows are drawn with replacement, so that the truth is the exact
# value in the population that is drawn from and no replicate shares its noise.

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
from engage.evidence.offpolicy.estimators import Estimate, Sample, estimate
from engage.evidence.offpolicy.outcome_models import cross_fitted

ACTIONS = ("none", "mens", "womens")
SENT = {"No E-Mail": 0, "Mens E-Mail": 1, "Womens E-Mail": 2}
# Rows tried a replicate: a third is kept.
TRIED = 42_000
ESTIMATORS = ("IPS", "SNIPS", "DR", "Switch-DR", "DRos")
TARGETS = ("mens", "none", "rule", "uniform")

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mails:
    """The experiment: features (n, d), action sent (n,), visit (n,)."""

    features: Array
    sent: NDArray[np.intp]
    visits: Array
    only_womens: NDArray[np.bool_]
    newbie: NDArray[np.bool_]


def read(folder: Path) -> Mails:
    """Read the experiment."""
    with gzip.open(folder / "hillstrom.csv.gz", "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    features = [
        (
            int(r["recency"]) / 6.0 - 1.0,
            math.log1p(float(r["history"])) / 2.0 - 2.5,
            *(float(r[name]) for name in ("mens", "womens", "newbie")),
            *(float(r["zip_code"] == name) for name in ("Rural", "Urban")),
            *(float(r["channel"] == name) for name in ("Phone", "Web")),
        )
        for r in rows
    ]
    table = np.array(features)
    return Mails(
        features=table,
        sent=np.array([SENT[r["segment"]] for r in rows], dtype=np.intp),
        visits=np.array([float(r["visit"]) for r in rows]),
        only_womens=(table[:, 3] > 0) & (table[:, 2] == 0),
        newbie=table[:, 4] > 0,
    )


def logging_of(mails: Mails) -> Array:
    """Return the logging policy: newcomers get little, women's buyers women's mail."""
    found = np.tile([0.25, 0.45, 0.3], (mails.sent.size, 1))
    found[mails.only_womens] = [0.25, 0.15, 0.6]
    found[mails.newbie] = [0.6, 0.2, 0.2]
    return found


def target_of(mails: Mails, name: str) -> Array:
    """Return a target's distributions, shape (n, 3)."""
    n = mails.sent.size
    if name == "uniform":
        return np.full((n, 3), 1.0 / 3.0)
    if name == "rule":
        return np.eye(3)[np.where(mails.only_womens, 2, 1)]
    found: Array = np.eye(3)[np.full(n, ACTIONS.index(name))]
    return found


def truth_of(mails: Mails, target: Array) -> float:
    """Return the value on all rows: the experiment's own arms, self-normalised."""
    weights = target[np.arange(mails.sent.size), mails.sent]
    return float((weights * mails.visits).sum() / weights.sum())


def replicate(mails: Mails, rng: np.random.Generator) -> tuple[NDArray[np.intp], Array]:
    """Return the rows of one biased log and what DR's model expects of each action."""
    tried = rng.integers(0, mails.sent.size, TRIED)
    p = logging_of(mails)[tried, mails.sent[tried]]
    rows = tried[rng.random(TRIED) < p]
    expected = cross_fitted(
        mails.features[rows],
        mails.features[rows],
        drawn=mails.sent[rows],
        outcome=mails.visits[rows],
        actions=len(ACTIONS),
        # A row that was drawn twice is one customer: never in two folds.
        visitors=rows,
    )
    return rows, expected


def run(mails: Mails, *, replicates: int, seed: int = 0) -> dict[str, dict[str, dict]]:  # type: ignore[type-arg]  # plain figures
    """Return figures by target and estimator."""
    logged = logging_of(mails)
    targets = {name: target_of(mails, name) for name in TARGETS}
    found: dict[str, dict[str, list[Estimate]]] = {
        target: {name: [] for name in ESTIMATORS} for target in TARGETS
    }
    for index in range(replicates):
        rows, expected = replicate(mails, np.random.default_rng([seed, index]))
        for target, distribution in targets.items():
            sample = Sample(
                logged=logged[rows],
                target=distribution[rows],
                drawn=mails.sent[rows],
                outcome=mails.visits[rows],
                expected=expected,
                # Draws are independent, also those of the same row.
                visitors=np.arange(rows.size),
            )
            for name in ESTIMATORS:
                found[target][name].append(estimate(sample, name))
    return {
        target: {
            name: _figures(several, truth_of(mails, targets[target]))
            for name, several in by_name.items()
        }
        for target, by_name in found.items()
    }


def _figures(several: list[Estimate], truth: float) -> dict[str, float]:
    values = np.array([one.value for one in several])
    held = [
        one.low is not None and one.high is not None and one.low <= truth <= one.high
        for one in several
    ]
    return {
        "truth": truth,
        "relative_bias": float(values.mean() / truth - 1.0),
        "relative_rmse": float(np.sqrt(((values - truth) ** 2).mean()) / truth),
        "coverage": float(np.mean(held)),
    }


def main() -> int:
    """Run the protocol, print a table, write the results; 0 if every bar is met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=DATA_SETS)
    parser.add_argument("--replicates", type=int, default=1_000)
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).parent / "results" / "ope_hillstrom.json",
    )
    chosen = parser.parse_args()
    mails = read(Path(chosen.data) / "hillstrom")
    found = run(mails, replicates=chosen.replicates)
    for target, by_name in found.items():
        for name, one in by_name.items():
            print(
                f"{target:8} {name:10} truth {one['truth']:.4f} "
                f"bias {one['relative_bias']:+.4f} rmse {one['relative_rmse']:.4f} "
                f"coverage {one['coverage']:.3f}"
            )
    is_met = all(
        one["DR"]["relative_rmse"] <= 0.055 and 0.92 <= one["DR"]["coverage"] <= 0.98
        for one in found.values()
    )
    report = {
        "command": " ".join(["python", *sys.argv]),
        "at": rfc3339(SystemClock().now_s()),
        "replicates": chosen.replicates,
        "tried": TRIED,
        "targets": found,
        "met": is_met,
    }
    chosen.out.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
