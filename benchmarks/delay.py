"""What does a delay of rewards cost, and what would dropping late ones do?

First: the world of `bandit_world`, every reward learned 500 decisions late. Nothing is
known during the first 500, so those may cost what drawing at random costs; the rest
must not cost more than 1.05 x what it costs without delay.

Then: orders that come minutes to days after a decision. What is known at the short
close leaves the late ones out; ours closes first with the surrogate and corrects every
decision at its long close. Both are compared with what the same orders really earned.

    python benchmarks/delay.py --seeds 10

Bars: total loss <= 500 x uniform's + 1.05 x our own undelayed loss over the rest; late
orders dropped bias the mean value by more than 10 %, ours by less than 2 %.
"""

# Rules of this file: delayed and undelayed runs share worlds, contexts and luck. The
# second part calls the product's own reward and value.

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import orjson
from bandit_ours import spread
from bandit_world import World, live, ours

from engage.clock import SystemClock, rfc3339
from engage.learning.rewards import Effort, Prospect, Sale, long_value, short_reward
from engage.settings import MoneySettings, WindowSettings

DELAY = 500
# The exploration that `regret.py` chose on its tuning worlds.
GAMMA_C = 5.0
MONEY, WINDOWS = MoneySettings(), WindowSettings()
# Time from a decision to its order: median and spread of its logarithm as in the
# simulation; four in ten come within the visit.
_AT_ONCE, _AT_ONCE_S = 0.4, 600.0
_MEDIAN_S, _SPREAD, _LONGEST_S = 7 * 3_600.0, 1.4, 6 * 86_400.0
_DECISIONS, _CART, _ORDER_IF_CART, _MARGIN_CENTS = 100_000, 0.12, 0.25, 3_000


def delayed(seed: int, decisions: int) -> dict[str, float]:
    """Return losses of one world, and the bar they are held to."""
    world = World(seed, decisions)
    late = float(live(world, ours(GAMMA_C), delay=DELAY).sum())
    soon = live(world, ours(GAMMA_C))
    allowed = DELAY * world.uniform + 1.05 * float(soon[: decisions - DELAY].sum())
    return {
        "delayed": late,
        "undelayed": float(soon.sum()),
        "allowed": allowed,
        "share_of_allowed": late / allowed,
    }


def closings(seed: int) -> dict[str, float]:
    """Return mean value a decision: true, at the short close only, and by both."""
    rng = np.random.default_rng([seed, 7])
    intent = _ORDER_IF_CART * 0.9  # a surrogate that is a tenth too low
    truth = dropped = corrected = 0.0
    for _ in range(_DECISIONS):
        has_cart = rng.random() < _CART
        orders = has_cart and rng.random() < _ORDER_IF_CART
        sale = Sale(margin_cents=_MARGIN_CENTS, value_cents=10_000)
        known = [sale] if orders and _delay_s(rng) < WINDOWS.short_close_s else []
        prospect = Prospect(
            intent=intent if has_cart else 0.0, stake_eur=30.0, funnel=2 * has_cart
        )
        effort = Effort()
        reward = short_reward(prospect, sales=known, effort=effort, money=MONEY)
        value = long_value(
            sales=[sale] if orders else [],
            effort=effort,
            prospect=prospect,
            money=MONEY,
        )
        truth += _MARGIN_CENTS / 100 if orders else 0.0
        dropped += sum(one.kept_margin_eur for one in known)
        corrected += reward + (value - reward)
    return {
        "true_eur": truth / _DECISIONS,
        "dropped_bias": dropped / truth - 1,
        "ours_bias": corrected / truth - 1,
    }


def _delay_s(rng: np.random.Generator) -> float:
    if rng.random() < _AT_ONCE:
        return float(rng.exponential(_AT_ONCE_S))
    return float(min(_MEDIAN_S * np.exp(rng.normal(0, _SPREAD)), _LONGEST_S))


def main() -> int:
    """Run both, print, write; 0 if the bars are met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--decisions", type=int, default=20_000)
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "results" / "delay.json"
    )
    chosen = parser.parse_args()
    runs = [delayed(seed, chosen.decisions) for seed in range(chosen.seeds)]
    means = {name: spread([one[name] for one in runs]) for name in runs[0]}
    values = closings(0)
    is_met = {
        "delay": means["delayed"]["mean"] <= means["allowed"]["mean"],
        "dropped": abs(values["dropped_bias"]) > 0.1,
        "ours": abs(values["ours_bias"]) < 0.02,
    }
    report = {
        "command": " ".join(["python", *sys.argv]),
        "at": rfc3339(SystemClock().now_s()),
        "seeds": chosen.seeds,
        "decisions": chosen.decisions,
        "delay": DELAY,
        "losses": means,
        "seeds_within": sum(one["share_of_allowed"] <= 1 for one in runs),
        "values": values,
        "met": is_met,
    }
    print(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode())
    chosen.out.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    return 0 if all(is_met.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
