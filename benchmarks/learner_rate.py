"""How many decisions a second does the learner take in, beside VW in Python?

Two sizes: the worlds of `regret` (5 numbers, 5 actions), where both were tuned alike
and ours loses .83 of what VW loses, and the product's own (43 numbers, 6 actions).
Each learns the same decisions, drawn at random, one by one, in turns; CPU of the
thread. VW's SquareCB is given text, as usual, made on the way or beforehand. Ours is
given rows, settles each one, and freezes the model whenever it has learned a fiftieth
more; `rows alone` does neither.

    python benchmarks/learner_rate.py             # needs vowpalwabbit

Bar: 8 times VW's updates a second at equal regret; goal 12.
"""

# Rules of this file: paired decisions; neither decides on what the other learns.

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import orjson
import vowpalwabbit
from bandit_world import ACTIONS, D, World
from decision_compute import CONTEXT, rows

from engage.deciding.policies.uplift import Row, UpliftModel, UpliftSettings

RESULT = Path(__file__).parent / "results" / "learner_rate.json"
# Of so many numbers an effect may depend on each; of the product's on the first four.
SMALL = tuple(f"x{i}" for i in range(D))


def of_world(seed: int, n: int) -> list[Row]:
    """Return decisions of a world of `regret`, drawn at random."""
    world, rng = World(seed, n), np.random.default_rng([seed, 9])
    drawn = rng.integers(len(ACTIONS), size=n)
    earned = world.luck[:, 1] < world.rates[np.arange(n), drawn]
    return [
        Row(
            decision=f"d_{i}",
            context=world.contexts[i],
            moment="ask",
            action=ACTIONS[drawn[i]],
            distribution=dict.fromkeys(ACTIONS, 1 / len(ACTIONS)),
            kinds={action: action for action in ACTIONS[1:]},
            versions=dict.fromkeys(ACTIONS[1:], "1"),
            target_eur=float(earned[i]),
        )
        for i in range(n)
    ]


def text_of(row: Row) -> list[str]:
    """Return a decision as VW reads it: minus the reward is a cost."""
    shared = " ".join(f"x{i}:{v:.6f}" for i, v in enumerate(row.context))
    lines = [f"shared |s {shared}"]
    for index, (action, p) in enumerate(row.distribution.items()):
        cost = f"{index}:{-row.target_eur}:{p} " if action == row.action else ""
        lines.append(f"{cost}|a {action}")
    return lines


def per_decision_us(step: Callable[[int], object], n: int) -> float:
    """Return the CPU microseconds of one of `n` steps."""
    start_ns = time.thread_time_ns()
    for i in range(n):
        step(i)
    return (time.thread_time_ns() - start_ns) / n / 1_000


def ours_us(log: Sequence[Row], settings: UpliftSettings, *, is_whole: bool) -> float:
    """Return what a decision costs our learner."""
    model, due = UpliftModel(settings), 0
    known = [replace(row, delta_eur=0.0 if is_whole else None) for row in log]

    def step(i: int) -> None:
        nonlocal due
        model.learn(known[i])
        if is_whole and i >= due:
            model.freeze()
            due = max(i + 20, int(i * 1.02))

    return per_decision_us(step, len(known))


def vw_us(log: Sequence[Row], *, is_text: bool) -> float:
    """Return what a decision costs VW."""
    vw = vowpalwabbit.Workspace("--cb_explore_adf --squarecb -q sa --quiet")
    if not is_text:
        return per_decision_us(lambda i: vw.learn(text_of(log[i])), len(log))
    texts = [text_of(row) for row in log]
    return per_decision_us(lambda i: vw.learn(texts[i]), len(log))


def measure(rounds: int, n: int) -> dict[str, dict[str, object]]:
    """Return costs and ratios by size."""
    small = UpliftSettings(context=SMALL, interactions=SMALL)
    product = UpliftSettings(context=CONTEXT, interactions=CONTEXT[:4])
    sizes: dict[str, tuple[Callable[[int], list[Row]], UpliftSettings]] = {
        "regret's": (lambda seed: of_world(seed, n), small),
        "the product's": (lambda seed: rows(n, seed=seed), product),
    }
    table: dict[str, dict[str, object]] = {}
    for size, (logged, settings) in sizes.items():
        found: dict[str, list[float]] = {}
        for seed in range(rounds):
            log = logged(seed)
            costs = {
                "ours": ours_us(log, settings, is_whole=True),
                "ours, rows alone": ours_us(log, settings, is_whole=False),
                "vw": vw_us(log, is_text=False),
                "vw, text alone": vw_us(log, is_text=True),
            }
            for name, cost_us in costs.items():
                found.setdefault(name, []).append(cost_us)
        times = sorted(v / o for v, o in zip(found["vw"], found["ours"], strict=True))
        table[size] = {
            "us": {name: median(costs) for name, costs in found.items()},
            "times": {"median": median(times), "low": times[0], "high": times[-1]},
        }
        print(size, table[size], flush=True)
    return table


def main() -> None:
    """Measure in turns, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--decisions", type=int, default=20_000)
    parser.add_argument("--out", type=Path, default=RESULT)
    args = parser.parse_args()
    table = {
        "command": f"python benchmarks/learner_rate.py --rounds {args.rounds}",
        "vw": vowpalwabbit.__version__,
        "decisions": args.decisions,
        "sizes": measure(args.rounds, args.decisions),
        "load_average": os.getloadavg()[0],
    }
    args.out.write_bytes(orjson.dumps(table, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
