"""Is a bad challenger out in time, and an equal one left in peace?

    python benchmarks/promotion.py [--runs 500] [--first-seed 20000]

Roll-outs at 50/50 on the toy shop's rates (12 % carts; the surrogate is what a cart or
a mere look is worth times a known margin, mean .93 EUR). The test is the service's own,
`engage.learning.trials.promotion.judge`, asked after every 200 decisions; one decision
a visitor. Then: challengers that look good under the naive mean, judged in the shadow.

The constants of the test were chosen on seeds 0 to 499; those reported begin at 20000.
"""

# Rules of this file: seeded; every verdict comes from the product's own code.

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from engage.learning.trials.arms import WIDTH, Arm
from engage.learning.trials.evidence import Arms, Evidence
from engage.learning.trials.promotion import Rules, Stage, judge
from engage.settings import PromotionSettings

RESULT = Path(__file__).parent / "results/promotion.json"
CART, IN_CART, LOOKING, MARGIN_EUR = 0.12, 0.2, 0.0068, 30.0
LOOK_EVERY = 200
DISMISSED, ORDERED, DISCOUNT_EUR = 0.03, 0.03, 0.05
# At the half stage nothing promotes here: only roll-backs are asked for.
FOR_EVER = PromotionSettings(settled_visitors=10**9, patience_decisions=10**9)

Floats = NDArray[np.float64]


def surrogates(
    rng: np.random.Generator, n: int, *, times: float, spread: bool
) -> tuple[Floats, Floats]:
    """Return n surrogates and their prospects, EUR; the mean is `times` the usual one.

    Args:
        rng: of this roll-out.
        n: decisions.
        times: 1 for the champion; .8 earns 20 % less, by fewer carts.
        spread: margins differ (coefficient of variation 1) instead of being 30 EUR.
    """
    stake = rng.exponential(MARGIN_EUR, n) if spread else np.full(n, MARGIN_EUR)
    usual = CART * IN_CART + (1 - CART) * LOOKING
    carts = (times * usual - LOOKING) / (IN_CART - LOOKING)
    tilt = np.exp(0.4 * rng.normal(size=n) - 0.08)
    is_cart = rng.random(n) < np.minimum(carts * tilt, 1.0)
    return np.where(is_cart, IN_CART, LOOKING) * stake, usual * tilt * stake


def more(
    arm: Arm, outcomes: Floats, covariate: Floats | None = None, *, stratum: int = 0
) -> Arm:
    """Return the arm with further visitors, each with one decision of a stratum."""
    n, at = outcomes.size, stratum * WIDTH
    rows = np.zeros((n, max(arm.total.size, at + WIDTH)))
    rows[:, at], rows[:, at + 1] = 1.0, outcomes
    if covariate is not None:
        rows[:, at + 2] = covariate
    total, products = rows.sum(axis=0), rows.T @ rows
    met = arm.total.size
    total[:met] += arm.total
    products[:met, :met] += arm.products
    return Arm(total, products, arm.visitors + n)


@dataclass(slots=True)
class RollOut:
    """One trial at 50/50: what both arms earned, decision by decision."""

    challenger: tuple[Floats, Floats]
    champion: tuple[Floats, Floats]
    rest: dict[str, tuple[Floats, Floats]]

    @classmethod
    def make(cls, seed: int, n: int, *, times: float, spread: bool) -> RollOut:
        """Return a roll-out of n decisions in all."""
        rng, half = np.random.default_rng(seed), n // 2
        rates = {"dismissals": DISMISSED, "orders": ORDERED, "discount": DISCOUNT_EUR}
        return cls(
            surrogates(rng, half, times=times, spread=spread),
            surrogates(rng, half, times=1.0, spread=spread),
            {
                name: (
                    (rng.random(half) < rate).astype(float),
                    (rng.random(half) < rate).astype(float),
                )
                for name, rate in rates.items()
            },
        )

    def add(self, found: Evidence, some: slice) -> None:
        """Take the decisions of both arms in a slice into the evidence."""
        known = found.outcomes["surrogate"]
        found.outcomes["surrogate"] = Arms(
            more(known.challenger, *(column[some] for column in self.challenger)),
            more(known.champion, *(column[some] for column in self.champion)),
        )
        for name, (one, other) in self.rest.items():
            known = found.outcomes[name]
            found.outcomes[name] = Arms(
                more(known.challenger, one[some]), more(known.champion, other[some])
            )

    def out_at(self, n: int) -> tuple[int, str] | None:
        """Return after how many decisions it is rolled back, and why; None: never."""
        found, step = Evidence(), LOOK_EVERY // 2
        for start in range(0, n // 2, step):
            self.add(found, slice(start, start + step))
            verdict = judge("half", found, Rules(settings=FOR_EVER))
            if verdict.to == "rolled_back":
                return 2 * (start + step), verdict.why
        return None


def roll_outs(seeds: range, n: int, *, times: float, spread: bool) -> dict[str, object]:
    """Return how many of the roll-outs end, when and why."""
    ends, runs = [], len(seeds)
    for done, seed in enumerate(seeds, 1):
        end = RollOut.make(seed, n, times=times, spread=spread).out_at(n)
        if end is not None:
            ends.append(end)
        tell(f"{times:g} {'spread' if spread else 'equal'} margins", done, runs)
    at = np.array(sorted(one for one, _ in ends))
    return {
        "runs": runs,
        "decisions": n,
        "rolled_back": len(ends) / runs,
        "by": {
            str(m): float((at <= m).sum() / runs) for m in (6_000, 12_000) if m <= n
        },
        "median": int(np.median(at)) if at.size else None,
        "p95": int(at[int(0.95 * runs) - 1]) if at.size >= 0.95 * runs else None,
        "why": {w: sum(why == w for _, why in ends) for w in {w for _, w in ends}},
    }


def naive_trap(seed: int, n: int = 6_000) -> tuple[float, str]:
    """Return a trap's naive gain and the verdict on it.

    The log gives a discount to visitors who buy anyway. The mean reward of a discount
    is high there, but it costs 1 EUR and changes nothing; the challenger always gives
    it. Forward evidence comes from the logged propensities.
    """
    rng = np.random.default_rng(seed)
    is_sure = rng.random(n) < 0.3
    p_discount = np.where(is_sure, 0.7, 0.1)
    given = rng.random(n) < p_discount
    reward = np.where(is_sure, 6.0, 0.3) * rng.exponential(1.0, n) - 1.0 * given
    naive = float(reward[given].mean() - reward.mean())
    wished = 0.9
    weight = np.where(given, wished / p_discount, (1 - wished) / (1 - p_discount))
    left = reward - reward.mean()
    found = Evidence(gain=more(Arm(), (weight - 1.0) * left))
    # Its own model believes the naive difference; the logged one believed nothing.
    centred = (given - p_discount) * naive
    found.better = more(Arm(), left**2 - (left - centred) ** 2)
    stage: Stage = "shadow"
    verdict = judge(stage, found, Rules())
    return naive, verdict.to or verdict.why


def tell(what: str, done: int, of: int) -> None:
    """Say how far a study is."""
    if done % 50 == 0 or done == of:
        print(f"{what}: {done} of {of}", file=sys.stderr, flush=True)


def main() -> None:
    """Run the study and write its result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--first-seed", type=int, default=20_000)
    chosen = parser.parse_args()
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.runs)
    traps = [
        naive_trap(seed) for seed in range(chosen.first_seed, chosen.first_seed + 100)
    ]
    result: dict[str, object] = {
        "command": " ".join(["python", *sys.argv]),
        "first_seed": chosen.first_seed,
        "date": datetime.now(tz=UTC).date().isoformat(),
        "look_every": LOOK_EVERY,
    }
    for name, spread in (("equal_margins", False), ("spread_margins", True)):
        result[name] = {
            "worse_by_20_percent": roll_outs(seeds, 20_000, times=0.8, spread=spread),
            "equal": roll_outs(seeds, 50_000, times=1.0, spread=spread),
        }
    result["naive_trap"] = {
        "runs": len(traps),
        "looks_better_naively": sum(naive > 0 for naive, _ in traps),
        "verdicts": {v: sum(w == v for _, w in traps) for v in {w for _, w in traps}},
    }
    RESULT.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")
    print(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    main()
