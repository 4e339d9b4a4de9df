"""What is true of a simulated shopper: who would buy, and what would change that.

Four segments, as in the literature on uplift: who buys only if helped (persuadable), in
any case (sure thing), in no case (lost cause), or only if left in peace (do not
disturb). Whether a shopper buys is one throw kept for life and compared with a chance,
so that "what would have happened" has an answer.
"""

# Rules of this file: pure. Luck is an argument. Every number of `Response` is invented,
# and stated here once: they are the world the models must find out about.

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, get_args

from engage.evidence.simulation.goods import Good, advice_need

Segment = Literal["persuadable", "sure_thing", "lost_cause", "do_not_disturb"]
Doubt = Literal["advice", "price", "fit", "stock", "none"]
SEGMENTS: Final[tuple[Segment, ...]] = get_args(Segment)
KINDS: Final = ("chat", "discount", "alternative", "help")
# The kind of intervention that settles a doubt.
REMEDIES: Final[Mapping[Doubt, str]] = MappingProxyType(
    {"advice": "chat", "price": "discount", "fit": "help", "stock": "alternative"}
)


def _table(**rows: float) -> Mapping[str, float]:
    return MappingProxyType(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How the shoppers of a scenario respond; shares and probabilities in [0, 1].

    Attributes:
        mix: share of each segment; sums to 1.
        alone: P(buys in the end) by segment when nothing is shown.
        remedied: what the right card, accepted, adds for a persuadable.
        discount_pull: what an accepted discount adds at full price sensitivity.
        chat_pull: what an accepted chat adds at full need of advice.
        disturbed: P(buys) of who wanted to be left in peace, once a card was shown.
        substitute: share of the wish that another product satisfies.
    """

    mix: Mapping[str, float] = field(
        default_factory=lambda: _table(
            persuadable=0.27, sure_thing=0.12, lost_cause=0.53, do_not_disturb=0.08
        )
    )
    alone: Mapping[str, float] = field(
        default_factory=lambda: _table(
            persuadable=0.06, sure_thing=0.7, lost_cause=0.01, do_not_disturb=0.45
        )
    )
    remedied: float = 0.5
    discount_pull: float = 0.3
    chat_pull: float = 0.2
    disturbed: float = 0.15
    substitute: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """One shopper.

    Attributes:
        segment: which of the four.
        doubt: what stands between a persuadable and the purchase.
        wish: the product this is about.
        price_sensitivity: 0 (does not look) to 1 (buys only when cheaper).
        advice: need of advice on the wish, 0 to 1.
        luck: one throw in [0, 1): buys when the chance is above it.
        response: how shoppers of this time respond.
    """

    segment: Segment
    doubt: Doubt
    wish: Good
    price_sensitivity: float
    advice: float
    luck: float
    response: Response

    def chance(self, *, shown: Collection[str], accepted: Collection[str]) -> float:
        """Return P(buys in the end) after these kinds of cards.

        Args:
            shown: kinds of which a card was seen.
            accepted: kinds of which a card was accepted.
        """
        response = self.response
        base = response.alone[self.segment]
        if self.segment == "do_not_disturb" and shown:
            base = response.disturbed
        if self.segment == "persuadable":
            base += max((self._help_of(kind) for kind in accepted), default=0.0)
        if not self.wish.in_stock:
            base *= response.substitute if "alternative" in accepted else 0.02
        return min(base, 0.98)

    def _help_of(self, kind: str) -> float:
        response = self.response
        if kind == REMEDIES.get(self.doubt):
            return response.remedied
        if kind == "discount":
            return response.discount_pull * self.price_sensitivity
        return response.chat_pull * self.advice if kind == "chat" else 0.02

    def acceptance(self, kind: str) -> float:
        """Return P(accepts a card of this kind)."""
        if self.segment == "do_not_disturb":
            return 0.02
        if kind == REMEDIES.get(self.doubt) and (
            self.segment == "persuadable" or kind == "alternative"
        ):
            return 0.6
        if kind == "discount":
            # Free money: nobody takes it more readily than who would have paid.
            return {"sure_thing": 0.7, "persuadable": 0.4}.get(self.segment, 0.1)
        return 0.15 if self.segment == "persuadable" else 0.05

    def dismissal(self) -> float:
        """Return P(dismisses a card that was not accepted); else it expires."""
        return 0.8 if self.segment == "do_not_disturb" else 0.35

    def buys(self, *, shown: Collection[str], accepted: Collection[str]) -> bool:
        """Tell whether this shopper buys after these kinds of cards."""
        return self.luck < self.chance(shown=shown, accepted=accepted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What things cost the simulated shop.

    Attributes:
        discount_share: what a code takes off the goods, 0 to 1.
        most_discount_cents: what a code takes off at most.
        agent_cents: one chat.
        annoyance_cents: one dismissed card.
    """

    discount_share: float = 0.1
    most_discount_cents: int = 15_000
    agent_cents: int = 400
    annoyance_cents: int = 10

    def discount_cents(self, price_cents: int) -> int:
        """Return what a code takes off a price, rounded half up.

        >>> Prices().discount_cents(89_900), Prices().discount_cents(300_000)
        (8990, 15000)
        """
        share = int(price_cents * self.discount_share + 0.5)
        return min(share, self.most_discount_cents)


def draw_truth(
    rng: random.Random, goods: Collection[Good], *, response: Response
) -> Truth:
    """Draw one shopper.

    Args:
        rng: the shopper's own.
        goods: the catalogue; cheap things are wished for more often.
        response: how shoppers respond at this time.
    """
    shelf = list(goods)
    weights = [good.price_cents**-0.25 for good in shelf]
    wish = rng.choices(shelf, weights)[0]
    segment = rng.choices(SEGMENTS, [response.mix[name] for name in SEGMENTS])[0]
    sensitivity = rng.betavariate(2, 3)
    need = advice_need(wish)
    advice = rng.betavariate(1 + 4 * need, 1 + 4 * (1 - need))
    return Truth(
        segment=segment,
        doubt=_doubt(rng, wish, segment=segment, sensitivity=sensitivity, need=advice),
        wish=wish,
        price_sensitivity=sensitivity,
        advice=advice,
        luck=rng.random(),
        response=response,
    )


def _doubt(
    rng: random.Random,
    wish: Good,
    *,
    segment: Segment,
    sensitivity: float,
    need: float,
) -> Doubt:
    if not wish.in_stock:
        return "stock"
    if segment == "sure_thing":
        return "none"
    fit = 0.6 if wish.has_sizes else 0.15
    doubts: tuple[Doubt, ...] = ("advice", "price", "fit")
    return rng.choices(doubts, [need, sensitivity, fit])[0]


def values(truth: Truth, prices: Prices) -> dict[str, float]:
    """Return the expected value of each kind of card, shown once, and of none, in EUR.

    Value is margin less discount, agent and annoyance, as the service counts it; an
    oracle that knows the truth would show the largest.

    >>> from random import Random
    >>> good = Good(item_id="g", title="G", category="c", price_cents=10_000,
    ...             cost_cents=6_000)
    >>> truth = Truth(segment="sure_thing", doubt="none", wish=good,
    ...               price_sensitivity=0.5, advice=0.5, luck=0.5, response=Response())
    >>> found = values(truth, Prices())
    >>> found["none"], round(found["discount"], 2)
    (28.0, 23.09)
    """
    found = {"none": truth.chance(shown=(), accepted=()) * _margin(truth)}
    for kind in KINDS:
        take = truth.acceptance(kind)
        seen = truth.chance(shown=(kind,), accepted=()) * _margin(truth)
        had = truth.chance(shown=(kind,), accepted=(kind,))
        off = prices.discount_cents(truth.wish.price_cents) / 100
        taken = had * (_margin(truth) - (off if kind == "discount" else 0.0))
        taken -= prices.agent_cents / 100 if kind == "chat" else 0.0
        annoyed = (1 - take) * truth.dismissal() * prices.annoyance_cents / 100
        found[kind] = take * taken + (1 - take) * seen - annoyed
    return found


def earned(
    truth: Truth, prices: Prices, *, shown: Collection[str], accepted: Collection[str]
) -> float:
    """Return what the cards of a whole life were worth to expect, over none, in EUR.

    Without anybody's luck in it: of what was shown and accepted only chances count.

    Args:
        truth: of the shopper.
        prices: of codes and agents.
        shown: kinds of which a card was seen.
        accepted: kinds of which a card was accepted.

    >>> from random import Random
    >>> good = Good(item_id="g", title="G", category="c", price_cents=10_000,
    ...             cost_cents=6_000)
    >>> truth = Truth(segment="sure_thing", doubt="none", wish=good,
    ...               price_sensitivity=0.5, advice=0.5, luck=0.5, response=Response())
    >>> earned(truth, Prices(), shown=(), accepted=())
    0.0
    >>> cards = {"shown": ("chat", "discount"), "accepted": ("chat", "discount")}
    >>> round(earned(truth, Prices(), **cards), 2)
    -11.0
    """
    off = prices.discount_cents(truth.wish.price_cents) / 100
    kept = _margin(truth) - (off if "discount" in accepted else 0.0)
    agent = prices.agent_cents / 100 if "chat" in accepted else 0.0
    alone = truth.chance(shown=(), accepted=()) * _margin(truth)
    return truth.chance(shown=shown, accepted=accepted) * kept - agent - alone


def _margin(truth: Truth) -> float:
    return truth.wish.margin_cents / 100
