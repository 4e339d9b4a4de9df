"""What do bots that fake their outcomes cost the visitors who are real?

A simulation, and named as one: the toy shop of `shop_rates`, with the model, policy,
caps and shadow model that ship. From a day on some of those who are asked are bots.
They look like shoppers and put something into the cart if they are shown one card, the
worst for the shop, and nothing otherwise; they never order. Some ask once; others up to
twenty times a visit, until they are shown that card or the gates leave nothing (a kind
of card an hour, two cards a visit). The same shop without bots, with the same luck, is
what it is compared with; bots' own decisions do not count.

    python benchmarks/poisoning.py --seeds 16

Bars, for a day of it and each bot in a network of its own: value on clean traffic over
the week that begins with that day, at most 5 % lower with 5 % bots, 20 % with 20 %.
Beside them, without a bar: two months of it; the same from five networks; and what it
would be without each other defence, the cap on what a session teaches and the
correction by the shop's orders.
"""

# Rules of this file: nobody's luck is in a value, only the policy's whole distribution.
# Whatever bots do comes from a generator of their own, so that shoppers keep theirs.

from __future__ import annotations

import argparse
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

BEGINS, LONG = 30, 60
# Of a day of bots a week shows the damage: then money corrects what they taught.
WEEK = 7
BARS = {0.05: 0.05, 0.2: 0.2}
RESULT = Path(__file__).parent / "results" / "poisoning.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """Who attacks, and what stands against it.

    Attributes:
        share: of those who are asked, how many are bots.
        asks: how often each bot asks in its visit.
        days: for how long they come.
        networks: how many they share; 0: each has one of its own.
        is_capped: a session teaches no more than the setting that ships.
        is_corrected: decisions are corrected by money a week later.
    """

    share: float
    asks: int = 1
    days: int = 1
    networks: int = 0
    is_capped: bool = True
    is_corrected: bool = True

    @property
    def name(self) -> str:
        """What the row of the table is called."""
        without = "" if self.is_capped else ", no cap by session"
        without += "" if self.is_corrected else ", never corrected by money"
        of = f" from {self.networks} networks" if self.networks else ""
        long = f"{self.days} days" if self.days > 1 else "a day"
        return (
            f"{self.share:.0%} bots{of} for {long}, {self.asks} asks a visit{without}"
        )

    @property
    def bar(self) -> float | None:
        """What may be lost of the value of a week, as a share; None: nobody says."""
        is_whole = self.is_capped and self.is_corrected and not self.networks
        return BARS[self.share] if is_whole and self.days == 1 else None


ATTACKS = (
    *(Attack(share=share, asks=asks) for share, asks in product(BARS, (1, 20))),
    *(
        Attack(share=s, asks=20, networks=5, days=d)
        for s, d in product(BARS, (1, LONG))
    ),
    *(Attack(share=share, asks=a, days=LONG) for share, a in product(BARS, (1, 20))),
    Attack(share=0.05, asks=20, days=LONG, is_capped=False),
    Attack(share=0.05, asks=20, days=LONG, is_corrected=False),
)


class Attacked(Run):
    """One shop and one learner; at night, when the shoppers are gone, bots come."""

    def __init__(self, attack: Attack, seed: int) -> None:
        super().__init__(Design(name=attack.name), seed)
        self.attack, self.poison = attack, np.random.default_rng([seed, 9])
        caps = LearnerSettings()
        if not attack.is_capped:
            caps = replace(caps, session_decisions=attack.asks)
        self.caps = Influence(caps)
        self.alarm_day: int | None = None
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
        for _ in range(A_DAY):
            self.caps.admits({}, "decision")
        if BEGINS <= number < BEGINS + self.attack.days:
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
            own = visit % attack.networks if attack.networks else visit
            who = {"session": f"bot_{number}_{visit}", "network": 1_000 * number + own}
            shown: list[str] = []
            for i in range(visit * attack.asks, (visit + 1) * attack.asks):
                left = self._left(shown)
                if self.wanted in shown or left == (NONE,):
                    break
                shown.append(self._ask(day, i, weights, left=left, who=who))
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
        who: dict[str, Any],
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
        if self.caps.admits(who, "decision"):
            cart = action == self.wanted
            row, delta = self._row(day, i, action=action, p=p, cart=cart, money_eur=0.0)
            name = f"{who['session']}_{i}"
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
        if self.alarm_day is None and self.wanted in self.verified.suspicious():
            self.alarm_day = number - BEGINS


@dataclass(frozen=True, slots=True)
class Course:
    """What became of one shop.

    Attributes:
        earned_eur: what decisions about shoppers were worth, EUR each, by day from the
            attack on.
        alarm_day: when the shadow model suspected the action, days after the attack
            began; None if it never did.
    """

    earned_eur: list[float]
    alarm_day: int | None


def course(seed: int, attack: Attack) -> Course:
    """Live through one shop, as long as anything of the attack is to be seen."""
    one = Attacked(attack, seed)
    with threadpool_limits(limits=1):
        earned = [one.live(day) for day in range(BEGINS + max(WEEK, attack.days))]
    return Course(earned[BEGINS:], one.alarm_day)


def row_of(attack: Attack, clean: list[Course], hit: list[Course]) -> dict[str, Any]:
    """Return one row of the table: losses are shares of the clean shops' mean."""
    days = len(hit[0].earned_eur)
    without = np.array([one.earned_eur[:days] for one in clean])
    losses = (without - [one.earned_eur for one in hit]) / without.mean()
    alarms = sorted(one.alarm_day for one in hit if one.alarm_day is not None)
    loss = spread(losses.mean(axis=1).tolist())
    return {
        **asdict(attack),
        "name": attack.name,
        "clean_eur": float(without.mean()),
        "loss": loss,
        "loss_on_worst_day": float(losses.mean(axis=0).max()),
        "bar": attack.bar,
        "met": None if attack.bar is None else loss["mean"] <= attack.bar,
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
        clean = {}
        for corrected in (True, False):
            nobody = Attack(share=0.0, days=LONG, is_corrected=corrected)
            found = pool.map(partial(course, attack=nobody), seeds)
            clean[corrected] = list(found)
        for attack in ATTACKS:
            hit = list(pool.map(partial(course, attack=attack), seeds))
            rows.append(row_of(attack, clean[attack.is_corrected], hit))
            print(orjson.dumps(rows[-1]).decode(), flush=True)
    result = {
        "simulation": True,
        "command": "python benchmarks/poisoning.py "
        f"--seeds {args.seeds} --processes {args.processes}",
        "at": rfc3339(SystemClock().now_s()),
        "seeds": args.seeds,
        "rows": rows,
    }
    text = orjson.dumps(result, option=orjson.OPT_INDENT_2)
    Path(args.out).write_bytes(text + b"\n")


if __name__ == "__main__":
    main()
