"""Do our cursor signals tell a conflicted choice from an easy one, for new people?

    python benchmarks/mouse_hesitation.py [--data DIR] [--json FILE]

`mouse-kh2017` (Kieslich & Henninger 2017): 1,064 correct trials of 60 people, atypical
(conflicted) against typical exemplars. The paths go through the SDK's reducers in node
(`mouse_paths.mjs`); a logistic regression on log(1 + figure) learns on 54 people and
scores the other 6, ten times over: nobody is scored by a model that saw them. AUC of
all scores together. `own`: each figure minus that person's mean over the trials before
this one (what a visit can know); `centred`: minus their mean over all, which is the
protocol of the best figure known so far.
"""

from __future__ import annotations

import argparse
import gzip
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from data_sets import DATA_SETS
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "benchmarks" / "results" / "mouse_hesitation.json"
FIGURES = ("active", "still", "reversals", "start")
GROUPS = 10
RIDGE = 1.0
BAR, GOAL = 0.70, 0.75
Floats = NDArray[np.float64]


def auc(scores: Floats, labels: Floats) -> float:
    """Return the area under the ROC curve, ties counted half."""
    ranks = np.empty(len(scores))
    order = np.argsort(scores, kind="stable")
    ranks[order] = np.arange(1, len(scores) + 1)
    for value in np.unique(scores):
        same = scores == value
        ranks[same] = ranks[same].mean()
    positive = labels == 1
    n, m = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m))


def fit(x: Floats, y: Floats) -> Floats:
    """Return the weights of a ridge logistic regression (Newton, intercept first)."""
    x = np.column_stack([np.ones(len(x)), x])
    penalty = RIDGE * np.eye(x.shape[1])
    penalty[0, 0] = 0.0
    w = np.zeros(x.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-x @ w))
        hessian = x.T @ (x * (p * (1 - p))[:, None]) + penalty
        w -= np.linalg.solve(hessian, x.T @ (p - y) + penalty @ w)
    return w


def left_out(x: Floats, y: Floats, people: NDArray[np.int64]) -> Floats:
    """Return each trial's score by a model that saw none of that person's trials."""
    scores = np.empty(len(y))
    for group in range(GROUPS):
        out = people % GROUPS == group
        mean, spread = x[~out].mean(axis=0), x[~out].std(axis=0)
        w = fit((x[~out] - mean) / spread, y[~out])
        scores[out] = w[0] + (x[out] - mean) / spread @ w[1:]
    return scores


def minus_own(x: Floats, people: NDArray[np.int64], *, before: bool) -> Floats:
    """Return the figures minus the person's mean, of the trials before or of all."""
    out = x.copy()
    for person in np.unique(people):
        mine = x[people == person]
        if before:
            counts = np.arange(len(mine))[:, None]
            sums = np.cumsum(mine, axis=0) - mine
            # Before the first trial nothing is known but the mean of everybody.
            means = (sums + x.mean(axis=0)) / (counts + 1)
        else:
            means = mine.mean(axis=0)
        out[people == person] = mine - means
    return out


def figures_of(trials: list[bytes]) -> list[dict[str, float]]:
    """Return what the reducers make of the paths."""
    script = str(ROOT / "benchmarks" / "mouse_paths.mjs")
    done = subprocess.run(  # noqa: S603 - our own script
        ["node", script],  # noqa: S607 - the node on the path
        input=b"\n".join(trials),
        check=True,
        capture_output=True,
    )
    return [orjson.loads(line) for line in done.stdout.splitlines()]


def main() -> None:
    """Run all protocols, print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA_SETS)
    parser.add_argument("--json", type=Path, default=RESULT)
    given = parser.parse_args()
    path = given.data / "mouse-kh2017" / "trials.ndjson.gz"
    lines = gzip.decompress(path.read_bytes()).splitlines()
    kept = [(line, t) for line in lines if (t := orjson.loads(line))["correct"]]
    rows = figures_of([line for line, _ in kept])
    y = np.array([float(t["condition"] == "atypical") for _, t in kept])
    people = np.array([int(t["person"]) for _, t in kept])
    x = np.log1p(
        np.array([[row[name] for name in FIGURES] for row in rows], dtype=float)
    )
    ways = {
        "raw": x,
        "own": minus_own(x, people, before=True),
        "centred": minus_own(x, people, before=False),
    }
    found: dict[str, Any] = {"trials": len(y), "people": len(np.unique(people))}
    found |= {"conflicted": float(y.mean()), "bar": BAR, "goal": GOAL}
    for way, z in ways.items():
        found[way] = {"all": auc(left_out(z, y, people), y)}
        singles = {name: auc(z[:, at], y) for at, name in enumerate(FIGURES)}
        found[way] |= singles
        print(way, {name: round(value, 3) for name, value in found[way].items()})
    found["date"] = datetime.now(UTC).date().isoformat()
    found["command"] = "python benchmarks/mouse_hesitation.py"
    given.json.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main()
