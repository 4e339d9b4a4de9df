"""What does a delay of rewards cost, and what would dropping late ones do?

First: the world of `bandit_world`, every reward learned 500 decisions late. Nothing is
known during the first 500, so those may cost what drawing at random costs; the rest
must not cost more than 1.05 x what it costs without delay.

Then: orders that come minutes to days after a decision, half of which offered a chat
that brings more of them. What is known at the short close leaves the late ones out; the
service closes first with the surrogate and corrects every decision at its long close.
Both ways the service's own learner reads the records, in the order of time, and is
asked what a chat is worth; the truth is what the very same orders earned.

    python benchmarks/delay.py --seeds 10

Bars: total loss <= 500 x uniform's + 1.05 x our own undelayed loss over the rest; late
orders dropped bias that value by more than 10 %, ours by less than 2 %.
"""

# Rules of this file: delayed and undelayed runs share worlds, contexts and luck. The
# second part calls the product's own reward, value and learner.

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson
from bandit_ours import spread
from bandit_world import World, live, ours

from engage.clock import SystemClock, rfc3339
from engage.deciding.draw import NONE
from engage.learning.learner import Learner, Offered, row_of
from engage.learning.rewards import Effort, Prospect, Sale, long_value, short_reward
from engage.settings import (
    InterventionSettings,
    LearnerSettings,
    MoneySettings,
    SiteSettings,
    WindowSettings,
)
from engage.stores.base import Body, Entry, Record
from engage.visits.features import NAMES

DELAY = 500
# The exploration that `regret.py` chose on its tuning worlds.
GAMMA_C = 5.0
MONEY, WINDOWS = MoneySettings(), WindowSettings()
# Time from a decision to its order: median and spread of its logarithm as in the
# simulation; four in ten come within the visit.
_AT_ONCE, _AT_ONCE_S = 0.4, 600.0
_MEDIAN_S, _SPREAD, _LONGEST_S = 7 * 3_600.0, 1.4, 6 * 86_400.0
_DECISIONS, _A_DAY, _DAY_S = 40_000, 300, 86_400.0
_CART, _MARGIN_CENTS = 0.12, 3_000
CHAT = "chat_help"
_ORDER_IF_CART = {NONE: 0.25, CHAT: 0.45}


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


@dataclass(slots=True)
class Story:
    """What became of the decisions: true money, and records as the service has them."""

    money: dict[str, list[float]] = field(
        default_factory=lambda: {action: [] for action in (NONE, CHAT)}
    )
    bodies: dict[str, Body] = field(default_factory=dict)
    ours: list[Record] = field(default_factory=list)
    dropped: list[Record] = field(default_factory=list)

    def decide(self, number: int, rng: np.random.Generator) -> None:
        """Make one decision, and tell what became of it at both closes."""
        action = CHAT if rng.random() < 0.5 else NONE
        has_cart = rng.random() < _CART
        orders = has_cart and rng.random() < _ORDER_IF_CART[action]
        sale = Sale(margin_cents=_MARGIN_CENTS, value_cents=10_000)
        is_soon = orders and _delay_s(rng) < WINDOWS.short_close_s
        # A surrogate that is a tenth too low, and does not know of chats.
        intent = 0.9 * _ORDER_IF_CART[NONE] if has_cart else 0.0
        prospect = Prospect(intent=intent, stake_eur=30.0, funnel=2 * has_cart)
        known = [sale] if is_soon else []
        reward = short_reward(prospect, sales=known, effort=Effort(), money=MONEY)
        value = long_value(
            sales=[sale] if orders else [],
            effort=Effort(),
            prospect=prospect,
            money=MONEY,
        )
        at_s = number * _DAY_S / _A_DAY
        short_s, long_s = at_s + WINDOWS.short_close_s, at_s + WINDOWS.long_close_s
        body = _decision(number, action)
        name = body["decision"]
        correction = {"value": value, "correction": value - reward, "learned": True}
        seen = sum(one.kept_margin_eur for one in known)
        self.money[action].append(value)
        self.bodies[name] = body
        self.ours.append(_record("closed", name, short_s, {"reward": reward}))
        self.ours.append(_record("settled", name, long_s, correction))
        self.dropped.append(_record("closed", name, short_s, {"reward": seen}))


def _record(kind: str, name: str, at_s: float, fields: Body) -> Record:
    body = {"learned": True, "chats": 0, **fields}
    return Record(kind=kind, site="pk_delay", key=name, at_s=at_s, body=body)


def _decision(number: int, action: str) -> Body:
    return {
        "decision": f"d_{number}",
        "session": f"s_{number}",
        "features": dict.fromkeys(NAMES, 0.0),
        "scores": {"hesitation": 0.5, "dwell": 0.5, "intent": 0.1},
        "moment": "ask",
        "action": action,
        "eligible": [NONE, CHAT],
        "distribution": {NONE: 0.5, CHAT: 0.5},
        "versions": {"kinds": {CHAT: "chat"}, "interventions": {CHAT: "1"}},
        "proposed": NONE,
        "clip": None,
    }


def worth(story: Story, records: list[Record]) -> float:
    """Return what the service's learner says a chat is worth, EUR a decision."""
    settings = SiteSettings(
        key="pk_delay",
        # Nothing is forgotten and beliefs are ten times as wide as a shop's: what is
        # asked here is whether the records say the truth, not how soon they convince.
        learner=LearnerSettings(discount=1.0, prior_scale=10.0),
        interventions=(InterventionSettings(id=CHAT, kind="chat", texts={}),),
    )
    offered = {CHAT: Offered(kind="chat", version="1")}
    learner = Learner(settings, offered=offered, find=story.bodies.get)
    ordered = sorted(records, key=lambda one: one.at_s)
    for offset, record in enumerate(ordered, 1):
        learner.learn(Entry(offset, record))
    body = next(iter(story.bodies.values()))
    row = row_of(body, target_eur=0.0)
    snapshot = learner.freeze(number=1, at_s=ordered[-1].at_s)
    return snapshot.uplift.predict(row.context, "ask", (NONE, CHAT))[CHAT]


def closings(seed: int, decisions: int = _DECISIONS) -> dict[str, float]:
    """Return the worth of a chat: true, at the short close only, and by both."""
    rng, story = np.random.default_rng([seed, 7]), Story()
    for number in range(decisions):
        story.decide(number, rng)
    means = {action: float(np.mean(all_)) for action, all_ in story.money.items()}
    truth = means[CHAT] - means[NONE]
    ours, dropped = worth(story, story.ours), worth(story, story.dropped)
    return {
        "true_eur": truth,
        "dropped_eur": dropped,
        "ours_eur": ours,
        "dropped_bias": dropped / truth - 1,
        "ours_bias": ours / truth - 1,
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
