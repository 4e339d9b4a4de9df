"""Is the hesitation score calibrated, and how much of what can be known does it know?

    python benchmarks/hesitation_truth.py [--seeds 5] [--json FILE]

A simulation, because only there the truth is known: checkpoints of shoppers with twelve
signals and a true probability of no progress that bends, saturates and combines them.
Protocol: 20,000 checkpoints, predicted before they are learned, the first tenth
skipped. ECE over 15 equal-mass bins minus the value expected of the truth itself;
skill = log-loss saved over the running mean, as a share of what the truth saves.

- `still`: nothing changes. `shift`: the shop changes at half time, scored from there
  on after 1,000 checkpoints. `rare`: progress in 3 % of checkpoints only.
- `treated`: a policy shows cards at a third of the checkpoints, more where hesitation
  is high, and cards help; what is left alone is learned with weight 1 / p(none),
  and scored against the truth *if left alone* at every checkpoint.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from river import linear_model, optim, preprocessing

from engage.scoring.base import Example, Vector
from engage.scoring.basis import Basis
from engage.scoring.logistic import LogisticScorer, Prior
from engage.scoring.quality import calibration, log_loss, roc_auc

RESULT = Path(__file__).parent / "results/hesitation_truth.json"
NUMBERS = ("active", "views", "products", "hover", "turns", "reversals", "depth", "gap")
FLAGS = ("returning", "phone", "cart", "searched")
BASIS = Basis(
    names=NUMBERS + FLAGS,
    flags=frozenset(FLAGS),
    knots=(-1.0, 0.0, 1.0),
    pairs=(
        *((flag, name) for flag in FLAGS for name in NUMBERS[:5]),
        ("active", "views"),
        ("active", "products"),
        ("hover", "reversals"),
        ("active", "active"),
    ),
)
N = 20_000


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Simulated checkpoints: inputs (n, 12), truth, label, weight (0: skipped)."""

    inputs: Vector
    truth: Vector
    labels: Vector
    weights: Vector


def shoppers(rng: np.random.Generator) -> tuple[Vector, Vector]:
    """Return inputs, logarithms where counts, and the true logit of no progress."""
    interest = rng.normal(size=N)
    active = np.log1p(rng.lognormal(3.2 + 0.5 * interest, 0.9))
    counts = [
        np.log1p(rng.poisson(np.exp(rate + slope * interest)))
        for rate, slope in ((1.2, 0.4), (0.6, 0.6), (0.1, 0.5), (0.8, 0.1), (0.2, -0.2))
    ]
    depth = 1 / (1 + np.exp(-(0.3 * interest + rng.normal(size=N))))
    gap = np.log1p(rng.exponential(6.0, N))
    chances = (0.35, 0.5, 1 / (1 + np.exp(2.0 - interest)), 0.25)
    flags = [(rng.random(N) < chance).astype(float) for chance in chances]
    views, products, hover, turns, reversals = counts
    returning, phone, cart, searched = flags
    logit = (
        1.9
        - 0.5 * np.maximum(active - 3.0, 0) * (1 + 0.6 * returning)
        + 0.8 * np.maximum(active - 4.6, 0)
        - 0.45 * products
        - 0.5 * hover
        + 0.35 * reversals * (1 + hover)
        + 0.2 * turns
        - 1.3 * cart
        - 0.4 * searched
        + 0.3 * phone
        + 0.25 * gap
        - 0.4 * depth
        + 0.15 * views * cart
    )
    table = np.column_stack([active, *counts, depth, gap, *flags])
    return table, logit


def simulate(kind: str, seed: int) -> Checkpoints:
    """Return the checkpoints of one scenario; see the top of this file."""
    rng = np.random.default_rng(seed)
    inputs, logit = shoppers(rng)
    if kind == "shift":
        # Twice as urgent, and the phone no longer in the way: a rebuilt checkout.
        late = np.arange(N) >= N // 2
        logit = np.where(late, 0.6 * logit - 0.8 - 0.9 * inputs[:, 9], logit)
    if kind == "rare":
        logit = logit + 2.6
    truth = 1 / (1 + np.exp(-logit))
    alone = (rng.random(N) < truth).astype(float)
    if kind != "treated":
        return Checkpoints(inputs, truth, alone, np.ones(N))
    p_none = np.clip(1.15 - truth, 0.1, 0.95)
    left = rng.random(N) < p_none
    return Checkpoints(inputs, truth, alone, np.where(left, 1 / p_none, 0.0))


def ours(seen: Checkpoints) -> Iterator[float]:
    """Yield the shipped scorer's prediction of each checkpoint, made before it."""
    scorer = LogisticScorer("hesitation", basis=BASIS, prior=Prior())
    for row, label, weight in zip(seen.inputs, seen.labels, seen.weights, strict=True):
        predicted = scorer.predict(row)
        yield predicted
        if weight:
            scorer.learn(
                Example(
                    scorer="hesitation",
                    label=label,
                    features=row,
                    weight=weight,
                    predicted=predicted,
                )
            )


def stock(
    make: Callable[[], optim.base.Optimizer],
) -> Callable[[Checkpoints], Iterator[float]]:
    """Return a reference: river's scaler and logistic regression on the same inputs."""

    def predictions(seen: Checkpoints) -> Iterator[float]:
        scaler: Any = preprocessing.StandardScaler()
        model: Any = linear_model.LogisticRegression(make())
        for row, label, weight in zip(
            seen.inputs.tolist(), seen.labels, seen.weights, strict=True
        ):
            named = dict(zip(BASIS.names, row, strict=True))
            scaler.learn_one(named)
            scaled = scaler.transform_one(named)
            yield model.predict_proba_one(scaled)[True]
            if weight:
                model.learn_one(scaled, bool(label), w=weight)

    return predictions


MODELS: dict[str, Callable[[Checkpoints], Iterator[float]]] = {
    "engage LogisticScorer": ours,
    "river LR, SGD .01": stock(lambda: optim.SGD(0.01)),
    "river LR, AdaGrad .05": stock(lambda: optim.AdaGrad(0.05)),
}


def figures(kind: str, seen: Checkpoints, predicted: Vector) -> dict[str, float]:
    """Return the figures of one run over the part of the stream that counts."""
    start = N // 2 + 1_000 if kind == "shift" else N // 10
    p, q, y = predicted[start:], seen.truth[start:], seen.labels[start:]
    ones = np.ones_like(y)
    mean = np.cumsum(seen.labels) / np.arange(1, N + 1)
    guess = log_loss(np.r_[0.5, mean[:-1]][start:], y, weights=ones)
    best = log_loss(q, y, weights=ones)
    error, floor = calibration(p, y, weights=ones)
    return {
        "skill_share": (guess - log_loss(p, y, weights=ones)) / (guess - best),
        "ece_excess": error - floor,
        "auc": roc_auc(p, y, weights=ones),
        "auc_truth": roc_auc(q, y, weights=ones),
        "base_rate": float(y.mean()),
    }


def main() -> None:
    """Run every scenario and model over the seeds; print means over seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", type=Path, default=RESULT)
    given = parser.parse_args()
    results = []
    print(f"{'scenario':9}{'model':24}  skill  ECE-floor  AUC (truth)      base")
    for kind in ("still", "shift", "rare", "treated"):
        for name, model in MODELS.items():
            runs = []
            for seed in range(given.seeds):
                seen = simulate(kind, seed)
                predicted = np.fromiter(model(seen), float)
                runs.append(figures(kind, seen, predicted))
            mean = {key: float(np.mean([r[key] for r in runs])) for key in runs[0]}
            results.append({"scenario": kind, "model": name, "runs": runs} | mean)
            print(
                f"{kind:9}{name:24}  {mean['skill_share']:.3f}  "
                f"{mean['ece_excess']:+.4f}    {mean['auc']:.4f} "
                f"({mean['auc_truth']:.4f})  {mean['base_rate']:.3f}"
            )
    command = f"python benchmarks/hesitation_truth.py --seeds {given.seeds}"
    found = {"command": command, "rows": results}
    given.json.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main()
