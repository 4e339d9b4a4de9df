"""How much of the mixed shop's oracle can be had at all, and where the rest goes?

The ladder under `mixed_shop`: the oracle itself, then with what the product promises
(the least share of `none`, the floor), then exploring as after 50,000 decisions, then
with effects of the model's own form, known exactly. What a run really earns is below
that rung by what it had to estimate. Beside it two rungs that are no part of the
product: effects that are linear in what is seen, and a floor that IGW's own exploration
counts towards (on tuning seeds a few runs in a hundred then end below .65: not built).

    python benchmarks/mixed_caps.py
    python benchmarks/mixed_caps.py --turned 8 --processes 2

With `--turned` the shop turns around half-way (chat and help change roles), and the
last fifth is judged with the forgetting that ships and with slower ones: what a longer
memory would gain in a shop that never changes, and lose in one that does.
"""

# Rules of this file: policy, floors and settings are the product's; effects are the
# simulation's own. Rungs are exact expectations over one large sample of signs.

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
from bandit_ours import Array, Ours, spread, thrown
from mixed_shop import (
    ACTIONS,
    DECISIONS,
    JUDGED,
    POLICY,
    SHARES,
    SIGNS,
    VALUES,
    Judged,
    belief,
    context_of,
    earned,
    floor_share,
    judge,
    setup,
)

from engage.clock import SystemClock, rfc3339
from engage.deciding.policies.floors import with_floors
from engage.deciding.policies.inverse_gap import inverse_gap
from engage.settings import LearnerSettings

SAMPLE, SEED = 60_000, 9_000
# Residual sd at the end of a run, EUR; of runs on tuning seeds.
SIGMA_EUR = 13.0
FORGETTING = (LearnerSettings().discount, 0.99998, 1.0)
Policy = Callable[[Array], dict[str, float]]


def gamma() -> float:
    """Return gamma as it is after a whole run, per EUR."""
    kept = LearnerSettings().discount
    n_eff = (1 - kept**DECISIONS) / (1 - kept)
    return POLICY.gamma_c * math.sqrt(n_eff) / SIGMA_EUR


def _policy(*, explores: bool, floor: float, none_floor: float) -> Policy:
    gamma_ = gamma() if explores else 1e12

    def chosen(effects: Array) -> dict[str, float]:
        wish = inverse_gap(effects.tolist(), gamma=gamma_)
        named = dict(zip(ACTIONS, wish, strict=True))
        return with_floors(named, floor=floor, none_floor=none_floor)

    return chosen


def _counting(effects: Array) -> dict[str, float]:
    """Return a draw whose own exploration counts towards the floor."""
    wish = inverse_gap(effects.tolist(), gamma=gamma())
    least, best = POLICY.floor / len(ACTIONS), int(effects.argmax())
    raised = [max(p, least) for p in wish]
    raised[best] -= sum(raised) - 1.0
    named = dict(zip(ACTIONS, raised, strict=True))
    return with_floors(named, floor=0.0, none_floor=POLICY.none_floor)


def fitted(effects: Array, seen: Array) -> Array:
    """Return the effects as far as they are linear in `seen`, shape as given."""
    z = np.column_stack((np.ones(len(seen)), seen))
    known: Array = z @ np.linalg.lstsq(z, effects, rcond=None)[0]
    return known - known[:, :1]


def undecided(context: Array) -> Array:
    """Return the context, and its signs times 4 P(buys) P(does not): the model's."""
    more = 4 * context[:, -1:] * (1 - context[:, -1:])
    return np.column_stack((context, more, more * context[:, :-1]))


def ladder() -> Iterator[tuple[str, dict[str, float]]]:
    """Yield (rung, value and wasted discounts), from the oracle down."""
    rng = np.random.default_rng([SEED, 6])
    people = rng.choice(len(SHARES), size=SAMPLE, p=SHARES / SHARES.sum())
    signs = SIGNS[people] + rng.normal(size=(SAMPLE, SIGNS.shape[1]))
    context = context_of(signs)
    worth = belief(signs) @ VALUES
    true = worth - worth[:, :1]
    linear, curved = fitted(true, context), fitted(true, undecided(context))
    floor, none_floor = POLICY.floor, POLICY.none_floor
    greedy = _policy(explores=False, floor=0.0, none_floor=0.0)
    none = _policy(explores=False, floor=0.0, none_floor=none_floor)
    floors = _policy(explores=False, floor=floor, none_floor=none_floor)
    shipped = _policy(explores=True, floor=floor, none_floor=none_floor)
    rungs: tuple[tuple[str, Policy, Array], ...] = (
        ("oracle", greedy, true),
        ("and least share of none", none, true),
        ("and floor", floors, true),
        ("and exploration at the end", shipped, true),
        ("and effects of the model's form", shipped, curved),
        ("effects of the model's form alone", greedy, curved),
        ("not shipped: linear effects", shipped, linear),
        ("not shipped: exploration counts towards the floor", _counting, curved),
    )
    for name, policy, effects in rungs:
        chances = np.array([list(policy(one).values()) for one in effects])
        yield name, _told(judge(people, signs, chances))


def _told(one: Judged) -> dict[str, float]:
    allowed = 1.25 * one.oracle_wasted + floor_share()
    return {"value": one.value / one.oracle, "wasted": one.wasted / allowed}


def turned(task: tuple[int, float, int]) -> float:
    """Live through a shop that turns around at a decision; return value / oracle's."""
    seed, discount, at = task
    rng = np.random.default_rng([seed, 6])
    people = rng.choice(len(SHARES), size=DECISIONS, p=SHARES / SHARES.sum())
    signs = SIGNS[people] + rng.normal(size=(DECISIONS, SIGNS.shape[1]))
    context = context_of(signs)
    learner = Ours(replace(setup(), discount=discount))
    swapped = {"chat": "help", "help": "chat"}
    first = DECISIONS - JUDGED
    chances = np.zeros((JUDGED, len(ACTIONS)))
    for i in range(DECISIONS):
        roles = swapped if i >= at else {}
        p = learner.choose(context[i])
        if i >= first:
            chances[i - first] = [p[roles.get(action, action)] for action in ACTIONS]
        action = thrown(p, float(rng.random()))
        margin, _ = earned(int(people[i]), roles.get(action, action), rng)
        learner.learn(context[i], action, distribution=p, reward_eur=margin)
    found = judge(people[first:], signs[first:], chances)
    return found.value / found.oracle


def forgetting(seeds: range, processes: int) -> Iterator[dict[str, object]]:
    """Yield value / oracle's by forgetting, in a shop that stays and one that turns."""
    with ProcessPoolExecutor(processes) as pool:
        for discount in FORGETTING:
            told: dict[str, object] = {"discount": discount}
            for name, at in (("stays", DECISIONS), ("turns", DECISIONS // 2)):
                tasks = [(seed, discount, at) for seed in seeds]
                told[name] = spread(list(pool.map(turned, tasks)))
            yield told


def main() -> int:
    """Climb down, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turned", type=int, default=0, help="seeds, none by default")
    parser.add_argument("--first-seed", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).parent / "results" / "mixed_caps.json",
    )
    chosen = parser.parse_args()
    report: dict[str, object] = {
        "command": " ".join(["python", *sys.argv]),
        "at": rfc3339(SystemClock().now_s()),
        "simulation": True,
        "gamma_per_eur": gamma(),
    }
    report["ladder"] = rungs = dict(ladder())
    for name, told in rungs.items():
        print(f"{name:52} {told['value']:.3f} wasted {told['wasted']:.2f}", flush=True)
    memory = []
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.turned)
    for one in forgetting(seeds, chosen.processes) if chosen.turned else ():
        print(orjson.dumps(one).decode(), flush=True)
        memory.append(one)
    report["forgetting"] = memory
    chosen.out.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
