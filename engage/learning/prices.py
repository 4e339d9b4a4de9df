"""Shadow prices of agents: what taking a slot costs those who come after.

An agent who talks to one visitor cannot help the next. On average over visits that is
worth Kelly's implied cost of a circuit in a loss network: with A slots, an offered load
of nu slots and E the Erlang loss,

    price = w * nu (E(nu, A - 1) - E(nu, A)),

where w is the mean value of a slot taken, and the rest the number of later takers that
one more displaces, between 0 and 1. Who brings more than the price should be invited,
who brings less should not: that is the condition for the best fixed price. With B the
share of moments that find nobody, Erlang's recursion turns it into what the moments
themselves have seen:

    price = w * B / (1 - B) * (mean number of idle agents).

So neither loads nor durations need to be known, and nothing is tuned: a single agent is
priced as well as a hundred. (Steering B to a fixed share instead suits one size only: 5
in 100 leave a single agent idle for 19 hours in 20.) How long chats are and how much
that varies does not matter: the loss formula is insensitive to it.

Discount pools have no price. A pool's budget is a total without a period: it has no
pace that a price could keep, and what a redemption costs is in the target already.

Reference: Kelly 1988, "Routing in circuit-switched networks: optimization, shadow
prices and decentralization", Adv. Appl. Prob. 20; for budgets that do have a pace the
dual step of Agrawal & Devanur 2016 (arXiv 1507.06738) would do the same.
"""

# Rules of this file: values and sums, no clock. A price depends on decision records in
# their order alone. Ghosts, unserved and degraded decisions say nothing of the agents.

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from engage.deciding.draw import NONE
from engage.errors import FeatureError
from engage.settings import MoneySettings

# Moments after which half of what one said is forgotten: enough for a price within some
# 15 %, few enough to follow the hours of a day in a shop where agents are short.
HALF_LIFE: Final = 200.0
# Moments that found somebody, believed at first: one refusal is no shortage yet.
PRIOR_MOMENTS: Final = 20.0
# Usual order margins that a slot is worth at most; beyond that a model is wrong.
MOST_MARGINS: Final = 10.0
_KEPT: Final = 0.5 ** (1 / HALF_LIFE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one moment saw of a stock, where it was wanted.

    Attributes:
        is_missed: it found no room.
        idle: agents free to talk, invites on their way or not.
        taken: slots it takes in expectation, over the draw and the acceptance.
        worth_eur: uplift it brings with them in expectation.
    """

    is_missed: bool
    idle: float
    taken: float = 0.0
    worth_eur: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What recent moments saw of one stock; sums, the older ones worth less.

    Attributes:
        found, missed: moments at which it was wanted, by whether there was room.
        idle: agents free to talk at them.
        taken, worth_eur: slots taken, and what they brought.

    One agent who is busy half of the time costs half of what a chat brings:

    >>> found = Sight(is_missed=False, idle=1.0, taken=0.1, worth_eur=0.5)
    >>> demand = Demand()
    >>> for sight in (found, Sight(is_missed=True, idle=0.0)) * 400:
    ...     demand = demand.after(sight)
    >>> round(demand.price_eur(most=100.0), 1)
    2.5
    """

    found: float = PRIOR_MOMENTS
    missed: float = 0.0
    idle: float = 0.0
    taken: float = 0.0
    worth_eur: float = 0.0

    def after(self, sight: Sight) -> Demand:
        """Return the demand after one moment more."""
        return Demand(
            found=_KEPT * self.found + float(not sight.is_missed),
            missed=_KEPT * self.missed + float(sight.is_missed),
            idle=_KEPT * self.idle + sight.idle,
            taken=_KEPT * self.taken + sight.taken,
            worth_eur=_KEPT * self.worth_eur + sight.worth_eur,
        )

    def price_eur(self, *, most: float) -> float:
        """Return the price of a whole slot, in [0, most] EUR; 0 until one was missed.

        One more taker displaces one later taker at most, so a slot never costs more
        than the mean slot brings.
        """
        if self.missed <= 0.0 or self.found <= 0.0 or self.taken <= 0.0:
            return 0.0
        idle = self.idle / (self.found + self.missed)
        displaced = min(1.0, self.missed / self.found * idle)
        return min(max(0.0, displaced * self.worth_eur / self.taken), most)

    def plain(self) -> list[float]:
        """Return the sums as plain data; floats survive JSON exactly."""
        return [self.found, self.missed, self.idle, self.taken, self.worth_eur]

    @classmethod
    def from_plain(cls, plain: list[float]) -> Demand:
        """Return the demand that `plain` wrote.

        Raises:
            FeatureError: a sum is not finite.
        """
        found, missed, idle, taken, worth_eur = map(float, plain)
        if not all(map(math.isfinite, (found, missed, idle, taken, worth_eur))):
            raise FeatureError(f"demand must be finite, got {plain!r}")
        return cls(
            found=found,
            missed=missed,
            idle=idle,
            taken=taken,
            worth_eur=worth_eur,
        )


def sights_in(body: Mapping[str, Any]) -> dict[str, Sight]:
    """Return what a decision record saw, by stock; empty where nothing was wanted.

    A moment found no room if every intervention that wanted the stock was refused, or
    if what was drawn could not be reserved any more. Ghosts see the same but take
    nothing, and models learn of nobody in the holdout: they are left out, which leaves
    the shares as they are.
    """
    inputs = body.get("inputs") or {}
    takes: Mapping[str, Mapping[str, float]] = inputs.get("takes") or {}
    is_idle = body["ghost"] is not None or not body["served"]
    if not takes or is_idle or body.get("degraded"):
        return {}
    lost = body["action"] if body["action"] != NONE and "card" not in body else None
    found: dict[str, Sight] = {}
    for action, shares in takes.items():
        for stock, share in shares.items():
            idle = float(inputs["idle_agents"][stock])
            before = found.get(stock, Sight(is_missed=True, idle=idle))
            p = body["distribution"].get(action)
            if p is None or action == lost:
                found[stock] = before
                continue
            found[stock] = replace(
                before,
                is_missed=False,
                taken=before.taken + p * share,
                worth_eur=before.worth_eur + p * body["predictions"][action],
            )
    return found


class ShadowPrices:
    """The demand for every stock while it is learned; the learner's own.

    Args:
        money: the usual margin of an order is the scale of the highest price.
    """

    def __init__(self, money: MoneySettings) -> None:
        self._most_eur = MOST_MARGINS * money.order_margin_cents / 100
        self._demand: dict[str, Demand] = {}

    def learn(self, sights: Mapping[str, Sight]) -> bool:
        """Take in what one moment saw; tell whether a price has changed."""
        before = self.prices()
        for stock, sight in sights.items():
            self._demand[stock] = self._demand.get(stock, Demand()).after(sight)
        return self.prices() != before

    def prices(self) -> dict[str, float]:
        """Return the price of a slot by stock, EUR, >= 0."""
        return {
            stock: one.price_eur(most=self._most_eur)
            for stock, one in self._demand.items()
        }

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {stock: one.plain() for stock, one in self._demand.items()}

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Become what `state` described.

        Raises:
            FeatureError, TypeError, ValueError: it is no such state.
        """
        self._demand = {name: Demand.from_plain(one) for name, one in plain.items()}
