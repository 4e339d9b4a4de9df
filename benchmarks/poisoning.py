"""What do bots that fake their outcomes cost the visitors who are real?

A simulation, and named as one: the toy shop of `shop_rates`, with the model, policy,
caps and shadow model that ship. From a day on some of those who are asked are bots.
They look like shoppers and put something into the cart if they are shown one card, the
worst for the shop, and nothing otherwise; they never order. Some ask once; others up to
twenty times a visit, until they are shown that card or the gates leave nothing (a kind
of card an hour, two cards a visit). The same shop without bots, with the same luck, is
what it is compared with; bots' own decisions do not count.

    python benchmarks/poisoning.py --seeds 16

Bars: value on clean traffic at most 5 % lower with 5 % bots, 20 % with 20 %. Beside
them, without a bar, what it would be without each defence: the cap on what a session
teaches, and the correction by the shop's orders.
"""

# Rules of this file: nobody's luck is in a value, only the policy's whole distribution.
# Whatever bots do comes from a generator of their own, so that shoppers keep theirs.

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from bandit_ours import spread
from threadpoolctl import threadpool_limits
from toy_learner import A_DAY, LONG_CLOSE_DAYS, Design, Run
from toy_shop import FEATURES, MARGIN_EUR, MOMENTS, Day

from engage.clock import SystemClock, rfc3339
from engage.deciding.draw import NONE, draw
from engage.deciding.policies.base import Situation
from engage.deciding.policies.terms import Row
from engage.deciding.policies.uplift import UpliftWeights
from engage.learning.influence import Influence
from engage.learning.residuals import TOLERANCE_EUR
from engage.learning.verified import Verified
from engage.settings import GateSettings, LearnerSettings

DAYS, BEGINS = 90, 30
BARS = {0.05: 0.05, 0.2: 0.2}
RESULT = Path(__file__).parent / "results" / "poisoning.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """Who attacks, and what stands against it.

    Attributes:
        share: of those who are asked, how many are bots.
        asks: how often each bot asks in its visit.
        is_capped: a session teaches no more than the setting that ships.
        is_corrected: decisions are corrected by money a week later.
    """

    share: float
    asks: int = 1
    is_capped: bool = True
    is_corrected: bool = True

    @property
    def name(self) -> str:
        """What the row of the table is called."""
        without = "" if self.is_capped else ", no cap by session"
        without += "" if self.is_corrected else ", never corrected by money"
        return f"{self.share:.0%} bots, {self.asks} asks a visit{without}"


ATTACKS = (
    *(Attack(share=share, asks=asks) for share, asks in product(BARS, (1, 20))),
    Attack(share=0.05, asks=20, is_capped=False),
    Attack(share=0.05, asks=20, is_corrected=False),
)


class Attacked(Run):
    """One shop and one learner; at night, when the shoppers are gone, bots come."""

    def __init__(self, attack: Attack, seed: int) -> None:
        super().__init__(Design(name=attack.name), seed)
        self.attack, self.poison = attack, np.random.default_rng([seed, 9])
        self.caps, self.alarm_day = Influence(), DAYS
        self.verified = Verified(self._settings(), tolerance_eur=TOLERANCE_EUR)
        # What was said of each decision, and what it turned out to be worth, by day.
        self.unsettled: list[list[tuple[Row, float]]] = []
        self.wanted = self._worst()

    def _worst(self) -> str:
        """Return the action that costs the shop most where it is shown everywhere."""
        rng = np.random.default_rng(7)
        probe = self._day(rng, 2_000)
        worst = 1 + int(self.shop.uplift(probe)[:, 1:].mean(axis=0).argmin())
        return self.shop.actions[worst]

    def _day(self, rng: np.random.Generator, count: int) -> Day:
        return Day(
            features=rng.normal(0, 1, (count, len(FEATURES))).clip(-3, 3),
            moments=rng.integers(0, len(MOMENTS), count),
            margin_eur=np.full(count, MARGIN_EUR),
        )

    def live(self, number: int) -> float:
        """Live one day; return what decisions about shoppers were worth, EUR each."""
        self.unsettled.append([])
        earned = super().live(number)
        if number >= BEGINS:
            self._bots(number)
        if not self.attack.is_corrected:
            self.due[number] = []
        if number >= LONG_CLOSE_DAYS:
            self._settle(number)
        return earned

    def _row(self, day: Day, i: int, **how: Any) -> tuple[Row, float]:
        """Return a decision and its correction, and keep both until it is settled."""
        row, delta = super()._row(day, i, **how)
        self.unsettled[-1].append((row, delta))
        return row, delta

    def _bots(self, number: int) -> None:
        attack = self.attack
        visits = round(A_DAY * attack.share / (1 - attack.share))
        day, weights = self._day(self.poison, visits * attack.asks), self.weights()
        for visit in range(visits):
            name, shown = f"bot_{number}_{visit}", list[str]()
            for i in range(visit * attack.asks, (visit + 1) * attack.asks):
                left = self._left(shown)
                if self.wanted in shown or left == (NONE,):
                    break
                shown.append(self._ask(day, i, weights, left=left, visit=name))
            # A visit is one session to the surrogate, whatever it does in it.
            has_cart = self.wanted in shown
            (self.carts if has_cart else self.others)[0] += 1

    def _left(self, shown: list[str]) -> tuple[str, ...]:
        """Return what the gates leave in a visit: each kind once, so many cards."""
        cards = [action for action in shown if action != NONE]
        if len(cards) >= GateSettings().max_per_session:
            return (NONE,)
        kinds, gone = self.shop.kinds, {self.shop.kinds[one] for one in cards}
        return (NONE, *(one for one in kinds if kinds[one] not in gone))

    def _ask(
        self,
        day: Day,
        i: int,
        weights: UpliftWeights,
        *,
        left: tuple[str, ...],
        visit: str,
    ) -> str:
        """Let a bot ask once, and learn what it makes of the answer; return that."""
        x, moment = day.features[i], MOMENTS[int(day.moments[i])]
        proposed = self.proposed(int(day.moments[i]))
        situation = Situation(
            context=x,
            moment=moment,
            eligible=left,
            predictions=weights.predict(x, moment, left, proposed=proposed),
            sigma=weights.sigma,
            n_eff=weights.n_eff,
            launching=weights.launching(left, self.site.policy.launch_until_n),
        )
        p = dict(self.policy.distribution(situation).distribution)
        action, _ = draw(p, self.poison.random())
        attack = self.attack
        most = LearnerSettings().session_decisions if attack.is_capped else attack.asks
        if self.caps.admits(visit, "decision", most=most):
            cart = action == self.wanted
            row, delta = self._row(day, i, action=action, p=p, cart=cart, money_eur=0.0)
            name = f"{visit}_{i}"
            self.model.learn(replace(row, decision=name, clip_eur=weights.clip_eur))
            self.due[-1].append((name, delta))
        return action

    def _settle(self, number: int) -> None:
        """Let the shadow model have what was settled today."""
        settled = self.unsettled[number - LONG_CLOSE_DAYS]
        for row, delta in settled:
            money = replace(row, decision="d", target_eur=row.target_eur + delta)
            self.verified.learn(money, reward_eur=row.target_eur)
        settled.clear()
        if self.wanted in self.verified.suspicious():
            self.alarm_day = min(self.alarm_day, number)


@dataclass(frozen=True, slots=True)
class Course:
    """What a shop's decisions about shoppers earned from the attack on, EUR each.

    Attributes:
        alarm_day: when the shadow model suspected the action, days after the attack
            began; None if it never did.
    """

    value_eur: float
    worst_week_eur: float
    alarm_day: int | None


def course(seed: int, attack: Attack, days: int = DAYS) -> Course:
    """Live through one shop."""
    one = Attacked(attack, seed)
    with threadpool_limits(limits=1):
        lived = np.array([one.live(day) for day in range(days)])[BEGINS:]
    weeks = np.convolve(lived, np.full(7, 1 / 7), mode="valid")
    alarm = one.alarm_day - BEGINS if one.alarm_day < DAYS else None
    return Course(float(lived.mean()), float(weeks.min()), alarm)


def row_of(attack: Attack, clean: list[Course], hit: list[Course]) -> dict[str, Any]:
    """Return one row of the table: losses are shares of the clean shops' mean."""
    base = float(np.mean([one.value_eur for one in clean]))
    losses = [
        (a.value_eur - b.value_eur) / base for a, b in zip(clean, hit, strict=True)
    ]
    alarms = sorted(one.alarm_day for one in hit if one.alarm_day is not None)
    bar = BARS[attack.share] if attack.is_capped and attack.is_corrected else None
    loss = spread(losses)
    return {
        **asdict(attack),
        "name": attack.name,
        "clean_eur": base,
        "loss": loss,
        "bar": bar,
        "met": None if bar is None else loss["mean"] <= bar,
        "alarmed": len(alarms) / len(hit),
        "alarm_day_median": alarms[len(alarms) // 2] if alarms else None,
    }


def main() -> None:
    """Run the table and write it beside its command and date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", default=str(RESULT))
    args = parser.parse_args()
    rows, seeds = [], range(args.seeds)
    with ProcessPoolExecutor(args.processes) as pool:
        clean = {
            corrected: list(
                pool.map(
                    partial(course, attack=Attack(share=0.0, is_corrected=corrected)),
                    seeds,
                )
            )
            for corrected in (True, False)
        }
        for attack in ATTACKS:
            hit = list(pool.map(partial(course, attack=attack), seeds))
            rows.append(row_of(attack, clean[attack.is_corrected], hit))
            print(orjson.dumps(rows[-1]).decode(), flush=True)
    result = {
        "simulation": True,
        "command": " ".join(["python", *sys.argv]),
        "at": rfc3339(SystemClock().now_s()),
        "seeds": args.seeds,
        "rows": rows,
    }
    text = orjson.dumps(result, option=orjson.OPT_INDENT_2)
    Path(args.out).write_bytes(text + b"\n")


if __name__ == "__main__":
    main()
