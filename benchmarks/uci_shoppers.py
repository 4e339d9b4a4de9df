"""How good is the online probability model on real shoppers?

    python benchmarks/uci_shoppers.py [--data DIR] [--json FILE]

Data: UCI "Online Shoppers Purchasing Intention", 12,330 sessions, 15.5 % buy (CC BY
4.0; Sakar et al. 2018). Protocol: prequential, every row is predicted before it is
learned; ROC-AUC, average precision and log-loss are pooled over all rows; file order
and `default_rng(42).permutation`. `clean` drops PageValues, BounceRates and ExitRates,
which no live beacon knows. What is compared is the shipped `LogisticScorer` and river's
logistic regression with stock optimisers on the same logarithms and categories.

The terms (products of visitor type and month with every number, squares, hinges) and
the optimiser's defaults were chosen on this set in file order; the shuffled order and
the simulated truth of `hesitation_truth.py` were looked at to see that they carry over.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterator
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from data_sets import DATA_SETS
from river import linear_model, optim, preprocessing

from engage.scoring.base import Example, Vector
from engage.scoring.basis import Basis
from engage.scoring.logistic import LogisticScorer, Prior
from engage.scoring.quality import calibration, log_loss, roc_auc

RESULT = Path(__file__).parent / "results/uci_shoppers.json"
NUMBERS = (
    "Administrative",
    "Administrative_Duration",
    "Informational",
    "Informational_Duration",
    "ProductRelated",
    "ProductRelated_Duration",
    "BounceRates",
    "ExitRates",
    "PageValues",
    "SpecialDay",
)
LEAKING = {"PageValues", "BounceRates", "ExitRates"}
MONTHS = "Jan Feb Mar Apr May June Jul Aug Sep Oct Nov Dec"
CHOICES = {
    "Month": tuple(MONTHS.split()),
    "OperatingSystems": tuple(str(n) for n in range(1, 9)),
    "Browser": tuple(str(n) for n in range(1, 14)),
    "Region": tuple(str(n) for n in range(1, 10)),
    "TrafficType": tuple(str(n) for n in range(1, 21)),
    "VisitorType": ("New_Visitor", "Returning_Visitor", "Other"),
    "Weekend": ("TRUE",),
}
CROSSED = ("VisitorType", "Month")


def read_rows(folder: Path) -> list[dict[str, str]]:
    """Return the rows of the published file."""
    path = folder / "uci-shoppers" / "online_shoppers_intention.csv"
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines, delimiter=";"))


def columns(rows: list[dict[str, str]], *, clean: bool) -> tuple[Basis, Vector, Vector]:
    """Return the terms, inputs (logarithms and 0/1) and labels of the rows."""
    numbers = tuple(n for n in NUMBERS if not (clean and n in LEAKING))
    flags = tuple(f"{c}={v}" for c, choices in CHOICES.items() for v in choices)
    logs = np.log1p([[float(row[n]) for n in numbers] for row in rows])
    ones = [
        [float(row[c] == v) for c, choices in CHOICES.items() for v in choices]
        for row in rows
    ]
    labels = np.array([float(row["Revenue"] == "TRUE") for row in rows])
    crossed = [f for f in flags if f.split("=")[0] in CROSSED]
    visitor = [f for f in flags if f.startswith("VisitorType")]
    month = [f for f in flags if f.startswith("Month")]
    pairs = [
        *combinations_with_replacement(numbers, 2),
        *((flag, number) for flag in crossed for number in numbers),
        *((m, v) for m in month for v in visitor),
    ]
    basis = Basis(
        names=numbers + flags,
        flags=frozenset(flags),
        knots=(-1.0, -0.5, 0.0, 0.5, 1.0, 1.5),
        pairs=tuple(pairs),
    )
    return basis, np.hstack([logs, np.array(ones)]), labels


def ours(basis: Basis, inputs: Vector, labels: Vector) -> Iterator[float]:
    """Yield the shipped scorer's prediction of each row, made before its label."""
    scorer = LogisticScorer("intent", basis=basis, prior=Prior())
    for row, label in zip(inputs, labels, strict=True):
        predicted = scorer.predict(row)
        yield predicted
        scorer.learn(
            Example(scorer="intent", label=label, features=row, predicted=predicted)
        )


def stock(make: Callable[[], optim.base.Optimizer]) -> Callable[..., Iterator[float]]:
    """Return a reference: river's scaler and logistic regression on the same inputs."""

    def predictions(basis: Basis, inputs: Vector, labels: Vector) -> Iterator[float]:
        scaler: Any = preprocessing.StandardScaler()
        model: Any = linear_model.LogisticRegression(make())
        for row, label in zip(inputs.tolist(), labels, strict=True):
            named = dict(zip(basis.names, row, strict=True))
            numbers = {name: named[name] for name in basis.numeric}
            scaler.learn_one(numbers)
            named |= scaler.transform_one(numbers)
            yield model.predict_proba_one(named)[True]
            model.learn_one(named, bool(label))

    return predictions


def average_precision(predicted: Vector, labels: Vector) -> float:
    """Return the area under the precision-recall curve as a step function."""
    order = np.argsort(-predicted, kind="stable")
    hits = np.cumsum(labels[order])
    last = np.r_[np.diff(predicted[order]) != 0, True]
    precision = (hits / np.arange(1, len(labels) + 1))[last]
    recall = hits[last] / labels.sum()
    return float((np.diff(np.r_[0.0, recall]) * precision).sum())


MODELS: dict[str, Callable[[Basis, Vector, Vector], Iterator[float]]] = {
    "engage LogisticScorer": ours,
    "river LR, SGD .01": stock(lambda: optim.SGD(0.01)),
    "river LR, AdaGrad .1": stock(lambda: optim.AdaGrad(0.1)),
}


def figures(predicted: Vector, labels: Vector) -> dict[str, float]:
    """Return the pooled figures of one run."""
    ones = np.ones_like(labels)
    error, floor = calibration(predicted, labels, weights=ones)
    return {
        "roc_auc": roc_auc(predicted, labels, weights=ones),
        "average_precision": average_precision(predicted, labels),
        "log_loss": log_loss(predicted, labels, weights=ones),
        "ece": error,
        "ece_floor": floor,
    }


def main() -> None:
    """Run every model on both sets of columns and both orders; print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA_SETS)
    parser.add_argument("--json", type=Path, default=RESULT)
    given = parser.parse_args()
    rows, results = read_rows(given.data), []
    print(f"{'columns':8}{'order':9}{'model':24}  ROC     PR      log-loss ECE (floor)")
    for kind in ("clean", "all"):
        basis, inputs, labels = columns(rows, clean=kind == "clean")
        shuffled = np.random.default_rng(42).permutation(len(labels))
        for order, at in (("file", np.arange(len(labels))), ("shuffled", shuffled)):
            for name, model in MODELS.items():
                predicted = np.fromiter(model(basis, inputs[at], labels[at]), float)
                found = figures(predicted, labels[at])
                results.append({"columns": kind, "order": order, "model": name} | found)
                print(
                    f"{kind:8}{order:9}{name:24}  {found['roc_auc']:.4f}  "
                    f"{found['average_precision']:.4f}  {found['log_loss']:.4f}   "
                    f"{found['ece']:.4f} ({found['ece_floor']:.4f})"
                )
    found = {"command": "python benchmarks/uci_shoppers.py", "rows": results}
    given.json.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main()
