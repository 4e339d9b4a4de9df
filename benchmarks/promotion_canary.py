"""What becomes of a challenger whose promotion test is held open?

    python benchmarks/promotion_canary.py [--runs 200] [--first-seed 30000]

Whole trials from the canary on, on the rates of `promotion.py`: shares of 5, 25 and
50 % of the visitors, money seven days late. `engage promote --force` skips the shadow
and the last test; guardrails and the comparison of the arms are all that is left. Four
challengers: an equal one, one that earns 20 % less, one that is dismissed three times
as often, one that gives away four times as much. The first two also in a shop whose
season moves while the challenger's share grows: what a decision earns falls from 1.4
times the usual to .6 times, or rises so, within 20,000 decisions.

Bars: an equal one is rolled back in <= 5 %; of the others the study says how many are
out, at which stage, and how many decisions they made before.
"""

# Rules of this file: seeded; every verdict comes from the product's own code, and the
# stages are moved as `engage.learning.trials.trial` moves them.

from __future__ import annotations

import argparse
import sys
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import orjson
from promotion import (
    DISCOUNT_EUR,
    DISMISSED,
    LOOK_EVERY,
    MARGIN_EUR,
    Floats,
    more,
    surrogates,
    tell,
)

from engage.clock import SystemClock, rfc3339
from engage.learning.trials.evidence import Arms, Evidence
from engage.learning.trials.promotion import OVER, Rules, Stage, judge

RESULT = Path(__file__).parent / "results/promotion_canary.json"
MOST_DECISIONS = 60_000
# Seven days at 300 moments a day.
SETTLED_AFTER = 2_100
# Mean of a discount that is given; so a twentieth of decisions gives one.
_ONE_DISCOUNT_EUR = 1.0
_SEASON = 20_000


@dataclass(frozen=True, slots=True)
class Kind:
    """What a challenger does, as multiples of what the champion does.

    Attributes:
        season: what either arm earns more at first and less after `_SEASON` decisions,
            as a share of the usual.
    """

    earns: float = 1.0
    annoys: float = 1.0
    gives: float = 1.0
    season: float = 0.0

    def season_at(self, n: int) -> float:
        """Return what a decision earns after n others, as a multiple of the usual."""
        return 1.0 + self.season * (1.0 - 2.0 * min(n / _SEASON, 1.0))


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "equal": Kind(),
        "earns 20 % less": Kind(earns=0.8),
        "dismissed three times as often": Kind(annoys=3.0),
        "gives four times as much": Kind(gives=4.0),
        "equal while the season ends": Kind(season=0.4),
        "earns 20 % less while the season begins": Kind(earns=0.8, season=-0.4),
    }
)


def decisions(
    rng: np.random.Generator, n: int, kind: Kind, *, times: float
) -> dict[str, list[Floats]]:
    """Return n decisions of an arm: columns by outcome, the surrogate's prospect."""
    earned, prospect = surrogates(rng, n, times=times * kind.earns, spread=False)
    has_order = (rng.random(n) < earned / MARGIN_EUR).astype(np.float64)
    given = rng.random(n) < DISCOUNT_EUR * kind.gives
    return {
        "surrogate": [earned, prospect],
        "value": [MARGIN_EUR * has_order, prospect],
        "orders": [has_order],
        "dismissals": [(rng.random(n) < DISMISSED * kind.annoys).astype(float)],
        "discount": [_ONE_DISCOUNT_EUR * given],
        "errors": [np.zeros(n)],
    }


Columns = dict[str, list[Floats]]


class Made(NamedTuple):
    """Decisions of both arms while the challenger had a share."""

    share: float
    arms: tuple[Columns, Columns]


def add(found: Evidence, names: tuple[str, ...], made: Made) -> None:
    """Take decisions of challenger and champion into the evidence."""
    stratum = found.stratum(made.share)
    for name in names:
        known = found.outcomes[name]
        grown = [
            more(arm, *new[name], stratum=stratum)
            for arm, new in zip(known, made.arms, strict=True)
        ]
        found.outcomes[name] = Arms(*grown)


def trial(seed: int, kind: Kind) -> tuple[Stage, str, int]:
    """Return (stage at the end, why, decisions the challenger made until then).

    The stage is the one it was rolled back at, `promoted`, or the last one reached.
    """
    rng, found, rules = np.random.default_rng(seed), Evidence(), Rules(is_forced=True)
    stage: Stage = "shadow"
    waiting: deque[Made] = deque()
    at_once = ("surrogate", "orders", "dismissals", "discount", "errors")
    for n in range(0, MOST_DECISIONS, LOOK_EVERY):
        share, times = rules.share(stage), kind.season_at(n)
        own = int(rng.binomial(LOOK_EVERY, share))
        one = decisions(rng, own, kind, times=times)
        other = decisions(rng, LOOK_EVERY - own, Kind(), times=times)
        if stage != "shadow":
            new = Made(share, (one, other))
            add(found, at_once, new)
            waiting.append(new)
        if len(waiting) * LOOK_EVERY > SETTLED_AFTER:
            add(found, ("value",), waiting.popleft())
        verdict = judge(stage, found, rules)
        made = found.outcomes["surrogate"].challenger.units
        if verdict.to in OVER:
            is_out = verdict.to == "rolled_back"
            return (stage if is_out else "promoted"), verdict.why, made
        if verdict.to is not None:
            stage = verdict.to
    return stage, "undecided", made


def study(seeds: range, name: str) -> dict[str, object]:
    """Return how the trials of one kind of challenger end."""
    ends = []
    for done, seed in enumerate(seeds, 1):
        ends.append(trial(seed, KINDS[name]))
        tell(name, done, len(seeds))
    out = [end for end in ends if end[0] != "promoted" and end[1] != "undecided"]
    made = [end[2] for end in out]
    return {
        "runs": len(ends),
        "rolled_back": len(out) / len(ends),
        "promoted": sum(end[0] == "promoted" for end in ends) / len(ends),
        "rolled_back_at": dict(Counter(end[0] for end in out)),
        "why": dict(Counter(end[1] for end in out)),
        "own_decisions_before_median": int(np.median(made)) if made else None,
        "own_decisions_before_p95": int(np.quantile(made, 0.95)) if made else None,
    }


def main() -> int:
    """Run the study and write its result; 0 if equal challengers are left in peace."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=30_000)
    parser.add_argument("--out", type=Path, default=RESULT)
    chosen = parser.parse_args()
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.runs)
    found = {name: study(seeds, name) for name in KINDS}
    report = {
        "command": " ".join(["python", *sys.argv]),
        "at": rfc3339(SystemClock().now_s()),
        "simulation": True,
        "settled_after": SETTLED_AFTER,
        "challengers": found,
    }
    chosen.out.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    print(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode())
    equal = [one for name, one in found.items() if name.startswith("equal")]
    return 0 if all(float(str(one["rolled_back"])) <= 0.05 for one in equal) else 1


if __name__ == "__main__":
    sys.exit(main())
