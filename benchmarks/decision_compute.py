"""What does one decision of the learned policy cost, from context to drawn action?

Predictions, distribution with floors, and draw, for six eligible actions, 43 context
entries and a model that has learned 5,000 decisions; CPU time of the thread.

    python benchmarks/decision_compute.py

Bar: predictions and distribution together at most 25 us.
"""

# Rules of this file: medians of batches; the machine's own speed (a million additions)
# is measured in between and printed, so that a busy machine is seen.

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson

from engage.clock import SystemClock, rfc3339
from engage.deciding.draw import draw, luck
from engage.deciding.policies.base import Situation
from engage.deciding.policies.inverse_gap import InverseGap
from engage.deciding.policies.uplift import Row, UpliftModel, UpliftSettings
from engage.settings import SiteSettings

CONTEXT = tuple(f"x{i}" for i in range(43))
ACTIONS = ("none", "chat_a", "chat_b", "deal", "similar", "size_guide")
KINDS = dict(
    zip(ACTIONS[1:], ("chat", "chat", "discount", "alternative", "help"), strict=True)
)
MOMENTS = ("lingering", "wavering", "leaving", "hesitating", "ask", "paused")
_BATCH = 500


def rows(n: int, *, seed: int) -> list[Row]:
    """Return `n` decisions of random contexts and actions."""
    rng = np.random.default_rng(seed)
    return [
        Row(
            decision=f"d_{i}",
            context=rng.normal(0, 1, len(CONTEXT)),
            moment=MOMENTS[i % len(MOMENTS)],
            action=ACTIONS[int(rng.integers(len(ACTIONS)))],
            distribution=dict.fromkeys(ACTIONS, 1 / len(ACTIONS)),
            kinds=KINDS,
            versions=dict.fromkeys(KINDS, "1"),
            target_eur=float(rng.normal(0, 2)),
        )
        for i in range(n)
    ]


def microseconds(step: Callable[[int], object], *, batches: int) -> dict[str, float]:
    """Return median and 95th percentile over batches of the CPU time of one step."""
    found = []
    for b in range(batches):
        start = time.thread_time_ns()
        for i in range(_BATCH):
            step(b * _BATCH + i)
        found.append((time.thread_time_ns() - start) / _BATCH / 1_000)
    return {"p50": float(np.median(found)), "p95": float(np.quantile(found, 0.95))}


def main() -> None:
    """Measure every step, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=40)
    parser.add_argument("--out", default="benchmarks/results/decision_compute.json")
    args = parser.parse_args()
    model = UpliftModel(UpliftSettings(context=CONTEXT, interactions=CONTEXT[:4]))
    learned = rows(args.batches * _BATCH, seed=1)
    policy = InverseGap(SiteSettings(key="pk_compute"))

    def learn(i: int) -> None:
        model.learn(learned[i])

    def correct(i: int) -> None:
        model.correct(learned[i].decision, 0.1)

    table = {
        "learn": microseconds(learn, batches=args.batches),
        "correct": microseconds(correct, batches=args.batches),
    }
    weights = model.freeze()

    def predict(i: int) -> dict[str, float]:
        row = learned[i]
        return weights.predict(row.context, row.moment, ACTIONS)

    def choose(i: int) -> dict[str, float]:
        row = learned[i]
        situation = Situation(
            context=row.context,
            moment=row.moment,
            eligible=ACTIONS,
            predictions=predict(i),
            sigma=weights.sigma,
            n_eff=weights.n_eff,
            launching=weights.launching(ACTIONS, 1_000),
        )
        return policy.distribution(situation).distribution

    def decide(i: int) -> tuple[str, float]:
        return draw(choose(i), luck(learned[i].decision, "draw"))

    table |= {
        "predict": microseconds(predict, batches=args.batches),
        "predict + distribution": microseconds(choose, batches=args.batches),
        "predict + distribution + draw": microseconds(decide, batches=args.batches),
        "freeze": _freeze(model),
        "machine: 1,000 additions": microseconds(
            lambda _: sum(range(1_000)), batches=args.batches
        ),
    }
    for name, row in table.items():
        print(f"{name:32} p50 {row['p50']:8.1f} us   p95 {row['p95']:8.1f} us")
    result = {
        "command": " ".join(["python", *sys.argv]),
        "at": rfc3339(SystemClock().now_s()),
        "microseconds": table,
    }
    Path(args.out).write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")


def _freeze(model: UpliftModel) -> dict[str, float]:
    found = []
    for _ in range(10):
        start = time.thread_time_ns()
        model.freeze()
        found.append((time.thread_time_ns() - start) / 1_000)
    return {"p50": float(np.median(found)), "p95": float(np.quantile(found, 0.95))}


if __name__ == "__main__":
    main()
