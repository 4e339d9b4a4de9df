"""Are logged propensities true, and would we notice if they were not?

Simulated decisions through our policies, floors and draw. The audit compares what was
drawn with the *whole* logged distribution; then the same audit is run on logs of
engines with a seeded bug, each of which it must catch.

    python benchmarks/propensity_bugs.py --decisions 200000 --runs 20
"""

# Rules of this file: the audit sees what the log holds, nothing else. Counts are
# compared with sums of logged probabilities over all rows, never with the propensities
# of the chosen rows (those are length-biased).

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy.stats import chi2

from engage.clock import SystemClock, rfc3339
from engage.deciding.draw import Distribution, draw, luck
from engage.deciding.policies.base import Situation
from engage.deciding.policies.floors import with_floors
from engage.deciding.policies.inverse_gap import InverseGap, inverse_gap
from engage.settings import SiteSettings

ACTIONS = ("none", "chat", "deal", "similar", "help", "returns")
ALPHA = 1e-3
BINS = 10
_SITUATIONS = 400
_LEAST_EXPECTED = 5.0

POLICY = InverseGap(SiteSettings(key="pk_audit"))
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A decision log: distributions, shape (n, k), and drawn actions, shape (n,)."""

    logged: Array
    drawn: NDArray[np.int64]


def _situation(rng: np.random.Generator) -> Situation:
    others = [a for a in ACTIONS[1:] if rng.random() < 0.7]
    eligible = ("none", *others)
    predictions = {a: float(rng.normal(0.0, 0.3)) for a in eligible} | {"none": 0.0}
    return Situation(
        context=np.zeros(0),
        moment="lingering",
        eligible=eligible,
        predictions=predictions,
        sigma=7.3,
        n_eff=400.0,
        launching=frozenset({"help"}) if rng.random() < 0.3 else frozenset(),
    )


# Each bug: (situation, logged distribution, generator) -> (distribution really drawn
# from, chance that the draw is then replaced, by which action).
Really = tuple[Distribution, float, str]
Bug = Callable[[Situation, Distribution, np.random.Generator], Really]


def _healthy(
    situation: Situation, logged: Distribution, rng: np.random.Generator
) -> Really:
    del situation, rng
    return logged, 0.0, "none"


def _wish(situation: Situation, shift: float = 0.0) -> Distribution:
    values = [v + shift * (i % 2) for i, v in enumerate(situation.predictions.values())]
    gamma = POLICY.distribution(situation).exploration["gamma"]
    return dict(zip(situation.eligible, inverse_gap(values, gamma=gamma), strict=True))


def _no_floor(
    situation: Situation, logged: Distribution, rng: np.random.Generator
) -> Really:
    del logged, rng
    return _wish(situation), 0.0, "none"


def _argmax(
    situation: Situation, logged: Distribution, rng: np.random.Generator
) -> Really:
    del situation, rng
    return logged, 0.05, max(logged, key=logged.__getitem__)


def _stale_snapshot(
    situation: Situation, logged: Distribution, rng: np.random.Generator
) -> Really:
    del logged, rng
    stale = _wish(situation, shift=0.1)
    return with_floors(stale, floor=0.02, none_floor=0.1), 0.0, "none"


def _post_filter(
    situation: Situation, logged: Distribution, rng: np.random.Generator
) -> Really:
    """Remove an action after the distribution was logged, and renormalise."""
    del rng
    left = {a: p for a, p in logged.items() if a != situation.eligible[-1]}
    left = left or logged
    total = sum(left.values())
    return {a: p / total for a, p in left.items()}, 0.0, "none"


def _wrong_k(
    situation: Situation, logged: Distribution, rng: np.random.Generator
) -> Really:
    """Weigh and mix with the number of all actions instead of the eligible ones."""
    del logged, rng
    gamma = POLICY.distribution(situation).exploration["gamma"]
    best = max(situation.predictions.values())
    wish = {
        a: 1.0 / (len(ACTIONS) + gamma * (best - v))
        for a, v in situation.predictions.items()
    }
    likeliest = max(wish, key=wish.__getitem__)
    wish[likeliest] += 1.0 - sum(wish.values())
    return with_floors(wish, floor=0.02, none_floor=0.1), 0.0, "none"


def _veto(
    situation: Situation, logged: Distribution, rng: np.random.Generator
) -> Really:
    """Rewrite a draw to `none` because "the browser could not show it"."""
    del situation, rng
    return logged, 0.05, "none"


BUGS: dict[str, Bug] = {
    "no floor": _no_floor,
    "5 % argmax": _argmax,
    "stale snapshot": _stale_snapshot,
    "post-filter": _post_filter,
    "wrong K": _wrong_k,
    "post-draw veto": _veto,
}


def simulate(n: int, *, seed: int, bug: str | None = None) -> Log:
    """Return the log of `n` decisions of a healthy engine or one with a bug."""
    rng = np.random.default_rng(seed)
    situations = [_situation(rng) for _ in range(_SITUATIONS)]
    logs = [POLICY.distribution(s).distribution for s in situations]
    twist = BUGS[bug] if bug else _healthy
    really = [twist(s, p, rng) for s, p in zip(situations, logs, strict=True)]
    table = np.array([[p.get(a, 0.0) for a in ACTIONS] for p in logs])
    picks = rng.integers(0, _SITUATIONS, n)
    replaced = rng.random(n)
    drawn = np.empty(n, dtype=np.int64)
    for i, pick in enumerate(picks.tolist()):
        distribution, share, instead = really[pick]
        action, _ = draw(distribution, luck(f"d_{seed}_{i}", "draw"))
        drawn[i] = ACTIONS.index(instead if replaced[i] < share else action)
    return Log(logged=table[picks], drawn=drawn)


def p_value(log: Log) -> float:
    """Return the p-value of "the draws follow the logged distributions".

    Cells are an action and a tenth of its logged probabilities; a cell's statistic is
    (observed - sum p)^2 / sum p (1 - p), scaled for the actions summing to one.

    Reference: Pearson's chi-square; the form of facts B2.
    """
    statistic, cells = 0.0, 0
    for a in range(log.logged.shape[1]):
        p = log.logged[:, a]
        hit = (log.drawn == a).astype(float)
        present = p > 0.0
        edges = np.quantile(p[present], np.linspace(0, 1, BINS + 1)[1:-1])
        cell = np.searchsorted(edges, p[present], side="right")
        expected = np.bincount(cell, p[present], BINS)
        spread = np.bincount(cell, (p * (1.0 - p))[present], BINS)
        observed = np.bincount(cell, hit[present], BINS)
        enough = expected >= _LEAST_EXPECTED
        gap = (observed - expected)[enough] ** 2 / spread[enough]
        statistic += float(gap.sum())
        cells += int(enough.sum())
    share = 1.0 - 1.0 / log.logged.shape[1]
    return float(chi2.sf(statistic * share, cells * share))


def main() -> None:
    """Run the healthy engine and every bug; write counts beside command and date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--out", default="benchmarks/results/propensity_bugs.json")
    args = parser.parse_args()
    rejected = {}
    for name in (None, *BUGS):
        found = [
            p_value(simulate(args.decisions, seed=seed, bug=name)) < ALPHA
            for seed in range(args.runs)
        ]
        rejected[name or "healthy"] = sum(found)
        print(
            f"{name or 'healthy':16} rejected {sum(found)} of {args.runs}", flush=True
        )
    result = {
        "command": " ".join(["python", *sys.argv]),
        "at": rfc3339(SystemClock().now_s()),
        "decisions": args.decisions,
        "runs": args.runs,
        "alpha": ALPHA,
        "rejected": rejected,
    }
    Path(args.out).write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
