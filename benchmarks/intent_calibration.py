"""How soon is the intent score calibrated in a shop that the prior does not know?

    python benchmarks/intent_calibration.py [--visitors 6000] [--seed 5] [--json FILE]
    python benchmarks/intent_calibration.py --data sim    # what `engage simulate` wrote

A simulation, whose base rate and abandoners are unlike what the prior assumes. Each
visit that was left alone is predicted before its label is learned, in the order in
which labels fall due, seven days after the visit. So whatever stands in the row of the
first labels is what a shop sees in its first week, before there is any label.

Told by stretch of labels: the expected calibration error less its noise floor
(15 bins), the log-loss, and beside the shipped prior what comes of starting without
one and of the running share of orders. `fixed prior` never learns: how far off the
assumptions are, and the score of the first week.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import orjson

from engage.cli import main as engage
from engage.scoring import intent
from engage.scoring.base import Example, Vector
from engage.scoring.logistic import LogisticScorer
from engage.scoring.quality import calibration, log_loss
from engage.scoring.warm import warm_scorers
from engage.stores.base import Body
from engage.stores.journal.sqlite import read_journal

RESULT = Path(__file__).parent / "results/intent_calibration.json"
STRETCHES = ((0, 250), (250, 500), (500, 1_000), (1_000, 2_000), (2_000, 4_000))


def simulated(visitors: int, *, seed: int) -> list[Body]:
    """Return the intent examples of a simulated shop; some six minutes."""
    with TemporaryDirectory() as place:
        size = ("--visitors", str(visitors), "--seed", str(seed))
        if engage(["simulate", "--out", place, *size]):
            raise SystemExit("engage simulate failed")
        return labels_in(Path(place))


def labels_in(data: Path) -> list[Body]:
    """Return the intent examples of a data directory, in the order of their labels."""
    found: list[Body] = []
    with closing(read_journal(data / "journal.sqlite")) as journal:
        offset = 0
        while entries := journal.read(offset, 1_000, kinds=("example",)):
            offset = entries[-1].offset
            found += [dict(entry.record.body) for entry in entries]
    return [one for one in found if one["scorer"] == "intent"]


def warm() -> LogisticScorer:
    """Return the scorer with the prior that is shipped."""
    scorer = warm_scorers().table["intent"]
    assert isinstance(scorer, LogisticScorer)
    return scorer


def learned(scorer: LogisticScorer, rows: list[Body]) -> Iterator[float]:
    """Yield the prediction for each row, made before the row is learned."""
    for row in rows:
        features = np.array(row["features"], dtype=np.float64)
        yield scorer.predict(features)
        label, weight = float(row["label"]), float(row["weight"])
        scorer.learn(
            Example(scorer="intent", label=label, features=features, weight=weight)
        )


def fixed(scorer: LogisticScorer, rows: list[Body]) -> Iterator[float]:
    """Yield the prediction for each row; nothing is learned."""
    for row in rows:
        yield scorer.predict(np.array(row["features"], dtype=np.float64))


def running_share(rows: list[Body]) -> Iterator[float]:
    """Yield the share of orders so far, begun as one in two."""
    ordered, seen = 0.5, 1.0
    for row in rows:
        yield ordered / seen
        ordered += row["label"] * row["weight"]
        seen += row["weight"]


MODELS: dict[str, Callable[[list[Body]], Iterator[float]]] = {
    "engage, shipped prior": lambda rows: learned(warm(), rows),
    "engage, no prior": lambda rows: learned(intent.new(), rows),
    "fixed prior": lambda rows: fixed(warm(), rows),
    "running share": running_share,
}


def figures(said: Vector, rows: list[Body]) -> list[dict[str, Any]]:
    """Return calibration and log-loss by stretch of labels, and of all."""
    labels = np.array([row["label"] for row in rows])
    weights = np.array([row["weight"] for row in rows])
    found = []
    for start, end in (*STRETCHES, (0, len(rows))):
        part = slice(start, min(end, len(rows)))
        if start >= len(rows):
            continue
        p, y, w = said[part], labels[part], weights[part]
        error, floor = calibration(p, y, weights=w)
        found.append(
            {
                "labels": [part.start, part.stop],
                "ece_excess": error - floor,
                "ece_floor": floor,
                "log_loss": log_loss(p, y, weights=w),
            }
        )
    return found


def main() -> None:
    """Print every model's figures by stretch of labels."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="what `engage simulate` wrote")
    parser.add_argument("--visitors", type=int, default=6_000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--json", type=Path, default=RESULT)
    given = parser.parse_args()
    if given.data:
        rows = labels_in(given.data)
    else:
        rows = simulated(given.visitors, seed=given.seed)
    results: dict[str, Any] = {
        "command": "python benchmarks/intent_calibration.py"
        + (f" --data {given.data}" if given.data else ""),
        "visitors": given.visitors,
        "seed": given.seed,
        "labels": len(rows),
        "models": {},
    }
    print(
        f"{len(rows)} labels; a simulation\n{'model':24}{'labels':>14}  ECE-floor  loss"
    )
    for name, model in MODELS.items():
        told = figures(np.fromiter(model(rows), float), rows)
        results["models"][name] = told
        for one in told:
            start, end = one["labels"]
            print(
                f"{name:24}{start:>7}-{end:<6}  {one['ece_excess']:+.4f}    "
                f"{one['log_loss']:.4f}"
            )
    given.json.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main()
