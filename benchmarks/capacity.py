"""What are too few agents worth if they go to who gains most, not to who comes first?

A simulated shop: visitors differ in what stands between them and the purchase, told by
noisy signs only, and in what they would buy. They wish for more chats than there are
agents. The same visitors meet the same agents under several rules for what a slot
costs: nothing (first come, first served), the shadow price that ships, a price steered
so that 5 % of the moments find nobody, and fixed prices; the best of these in hindsight
is the yardstick.

    python benchmarks/capacity.py --seeds 16

Bars: where agents are short (load 1 and more) an agent's hour earns more with prices
than without, by 2 standard errors; where they are not, no less than that below.
"""

# Rules of this file: a simulation, named as one. Differences are taken seed by seed.

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import orjson
from bandit_ours import spread
from capacity_floor import (
    GROUP,
    MARGIN_EUR,
    Earned,
    Floor,
    Stream,
    chance,
    paced,
    stream_of,
)

from engage.clock import SystemClock, rfc3339
from engage.learning.prices import ShadowPrices, Sight
from engage.settings import MoneySettings

HOUR_S = 3_600.0
MOMENTS = 6_000
# Agents; chats wished for at no price as a share of those that there can be; how far
# that goes up and down over a day.
SHOPS = (
    *((agents, load, 0.0) for agents in (1, 3, 10) for load in (0.3, 1.0, 3.0)),
    (3, 1.0, 0.9),
)
FIXED_EUR = (16.0, 32.0, 64.0, 128.0)


class Price(Protocol):
    """What a slot costs now, and how it learns from moments."""

    def eur(self) -> float:
        """Return the price of a whole slot."""
        ...

    def learn(self, sight: Sight) -> None:
        """Take in what a moment saw."""
        ...


@dataclass
class Fixed:
    """A price that stays."""

    price_eur: float

    def eur(self) -> float:
        """Return it."""
        return self.price_eur

    def learn(self, sight: Sight) -> None:
        """Learn nothing."""


@dataclass
class Steered:
    """The dual step: a share of the moments should find nobody."""

    share: float = 0.05
    step_eur: float = 0.5
    price_eur: float = 0.0

    def eur(self) -> float:
        """Return the price so far."""
        return self.price_eur

    def learn(self, sight: Sight) -> None:
        """Move up when nobody was found, down otherwise."""
        self.price_eur += self.step_eur * (sight.is_missed - self.share)
        self.price_eur = min(max(0.0, self.price_eur), 10 * MARGIN_EUR)


class Shipped:
    """The product's shadow price."""

    def __init__(self) -> None:
        money = MoneySettings(order_margin_cents=round(100 * MARGIN_EUR))
        self._prices = ShadowPrices(money)

    def eur(self) -> float:
        """Return the price so far."""
        return self._prices.prices().get(GROUP, 0.0)

    def learn(self, sight: Sight) -> None:
        """Take in what a moment saw."""
        self._prices.learn({GROUP: sight})


def run(stream: Stream, price: Price, *, agents: int) -> dict[str, float]:
    """Let a stream of visitors come; return figures of all but the first sixth."""
    floor, settled = Floor(agents), len(stream.people) // 6
    for i, at_s in enumerate(stream.at_s.tolist()):
        if i == settled:
            floor.earned = Earned()
        room, idle = floor.state(at_s)
        is_missed, now_eur = room < stream.p_accept, price.eur()
        floor.earned.moments += 1
        floor.earned.missed += is_missed
        floor.earned.prices_eur += now_eur
        if is_missed:
            price.learn(Sight(is_missed=True, idle=idle))
            continue
        p = chance(stream, i, charge=now_eur * stream.p_accept)
        taken, worth_eur = p * stream.p_accept, p * stream.uplift[i]
        sight = Sight(is_missed=False, idle=idle, taken=taken, worth_eur=worth_eur)
        price.learn(sight)
        if stream.luck[i, 0] < p:
            floor.invite(stream, i)
    hours = float(stream.at_s[-1] - stream.at_s[settled]) / HOUR_S * agents
    earned = floor.earned
    return {
        "eur_per_agent_hour": earned.value_eur / hours,
        "eur_per_moment": earned.value_eur / earned.moments,
        "missed": earned.missed / earned.moments,
        "talking": earned.talked_s / HOUR_S / hours,
        "price_eur": earned.prices_eur / earned.moments,
    }


def compared(
    stream: Stream, *, agents: int, load: float, swing: float
) -> dict[str, Any]:
    """Return what the same visitors were worth under every rule for the price."""
    rules: dict[str, Price] = {
        "first come": Fixed(0.0),
        "priced": Shipped(),
        "steered to 5 %": Steered(),
        **{f"fixed at {price:g}": Fixed(price) for price in FIXED_EUR},
    }
    some = paced(stream, agents=agents, load=load, swing=swing)
    return {name: run(some, price, agents=agents) for name, price in rules.items()}


def shops(seed: int, moments: int) -> list[dict[str, Any]]:
    """Return one seed's visitors in every shop of `SHOPS`."""
    stream = stream_of(seed, moments=moments)
    return [
        compared(stream, agents=agents, load=load, swing=swing)
        for agents, load, swing in SHOPS
    ]


def row(
    found: list[dict[str, Any]], *, agents: int, load: float, swing: float
) -> dict[str, Any]:
    """Return means over seeds, and what each rule gains over first come."""
    figure = "eur_per_agent_hour"
    told = {
        name: {one: spread([seed[name][one] for seed in found]) for one in figures}
        for name, figures in found[0].items()
    }
    best = max(told, key=lambda name: ("fixed" in name, told[name][figure]["mean"]))
    kept = ("first come", "priced", "steered to 5 %", best)
    gains = {
        name: spread([one[name][figure] - one["first come"][figure] for one in found])
        for name in kept[1:]
    }
    mean, se = gains["priced"]["mean"], gains["priced"]["se"]
    return {
        "agents": agents,
        "load": load,
        "swing": swing,
        "rules": {name: told[name] for name in kept},
        "gain_eur_per_agent_hour": gains,
        "met": mean >= 2 * se if load >= 1 else mean >= -2 * se,
    }


def main() -> int:
    """Run all shops, print, write; 0 if every bar is met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--first-seed", type=int, default=100)
    parser.add_argument("--moments", type=int, default=MOMENTS)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).parent / "results" / "capacity.json",
    )
    chosen = parser.parse_args()
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.seeds)
    with ProcessPoolExecutor(chosen.processes) as pool:
        found = list(pool.map(shops, seeds, [chosen.moments] * len(seeds)))
    rows = [
        row([one[at] for one in found], agents=agents, load=load, swing=swing)
        for at, (agents, load, swing) in enumerate(SHOPS)
    ]
    for one in rows:
        print(one["agents"], one["load"], one["swing"], one["met"])
        for name, figures in one["rules"].items():
            print("  ", name, {n: round(x["mean"], 3) for n, x in figures.items()})
        print("  ", orjson.dumps(one["gain_eur_per_agent_hour"]).decode())
    is_met = all(one["met"] for one in rows)
    report = {
        "command": " ".join(["python", *sys.argv]),
        "at": rfc3339(SystemClock().now_s()),
        "simulation": True,
        "seeds": chosen.seeds,
        "moments": chosen.moments,
        "rows": rows,
        "met": is_met,
    }
    chosen.out.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
