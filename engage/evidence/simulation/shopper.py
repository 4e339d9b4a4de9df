"""One simulated shopper: a truth, a memory, and visits that follow from both."""

# Rules of this file: a shopper depends on its own generator and on what the service
# answers, on nothing else; two shoppers never share luck.

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engage.evidence.simulation.goods import Good
from engage.evidence.simulation.identity import Identity, Reaction
from engage.evidence.simulation.manners import lognormal
from engage.evidence.simulation.scenarios import HOUR_S, Scenario
from engage.evidence.simulation.truth import Prices, Response, Truth, draw_truth, values
from engage.wire.beacon import Consent, Customer
from engage.wire.decision import DecisionAnswer

# Nobody comes more often about one wish.
MOST_VISITS: Final = 3
# Who is away longer has forgotten; also shorter than the long window.
LONGEST_DELAY_S: Final = 6 * 24 * HOUR_S


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What all shoppers of a simulation share.

    Attributes:
        site: public key of the shop.
        goods: the catalogue, at least one product in stock.
        scenario: shares of bots, consent and so on.
        seed: of the whole simulation.
        run: part of every id, so that two runs on one service do not meet.
        delay_scale: factor on the time between visits; small in a demo.
    """

    site: str
    goods: Sequence[Good]
    scenario: Scenario
    seed: int
    run: str = ""
    prices: Prices = field(default_factory=Prices)
    delay_scale: float = 1.0

    def shopper(self, number: int, *, response: Response) -> Shopper:
        """Return shopper `number` of this world; the same number, the same shopper."""
        rng = random.Random(f"{self.seed}/{number}")
        truth = draw_truth(rng, self.goods, response=response)
        is_bot = rng.random() < self.scenario.bots
        open_minded = rng.random()
        is_silent = not is_bot and open_minded < self.scenario.silent
        shy = self.scenario.silent + self.scenario.measured_only
        return Shopper(
            world=self,
            name=f"{self.run}{self.seed}-{number}",
            rng=rng,
            truth=truth,
            is_bot=is_bot,
            is_silent=is_silent,
            is_personal=is_bot or open_minded >= shy,
            is_phone=rng.random() < 0.55,
            locale=rng.choices(("de", "en"), (7, 3))[0],
            former_orders=rng.choices((0, 1, 3, 12), (70, 15, 10, 5))[0],
        )


@dataclass(slots=True, kw_only=True)
class Shopper:
    """One shopper over all visits.

    Attributes:
        name: unique in the world; part of visitor, session and order ids.
        is_silent: does not consent to be measured; the SDK sends nothing.
        is_personal: consents to decisions, too.
        shown, accepted: kinds of cards so far.
        follows: the product another card led to.
        reads: the page that a help card led to.
        code: a discount code in hand.
        next_visit_s: seconds until the next visit, None when there is none.
    """

    world: World
    name: str
    rng: random.Random
    truth: Truth
    is_bot: bool
    is_silent: bool
    is_personal: bool
    is_phone: bool
    locale: str
    former_orders: int
    visits: int = 0
    orders: int = 0
    shown: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    follows: Good | None = None
    reads: str | None = None
    code: str | None = None
    next_visit_s: float | None = None

    @property
    def visitor(self) -> str:
        """The pseudonymous id that the SDK keeps."""
        return f"v_{self.name}"

    @property
    def session(self) -> str:
        """The id of the present visit."""
        return f"s_{self.name}-{self.visits}"

    def identity(self) -> Identity:
        """Return who browses, as the SDK knows it."""
        known = self.former_orders + self.orders
        account = f"c_{self.name}"
        is_business = self.former_orders > 10
        return Identity(
            site=self.world.site,
            visitor=self.visitor,
            session=self.session,
            locale=self.locale,
            is_phone=self.is_phone,
            consent=Consent(
                measure=True, personalise=self.is_personal, explicit=self.is_personal
            ),
            customer=Customer(
                id=account,
                logged_in=True,
                type="b2b" if is_business else "b2c",
                orders=known,
            )
            if known
            else None,
            automated=self.is_bot and self.truth.luck < 0.6,
            gpc=not self.is_personal and self.truth.luck < 0.5,
        )

    def react(self, decision: DecisionAnswer) -> Reaction:
        """Return what the shopper will do about a card; it counts as seen."""
        self.shown.add(decision.kind)
        after_s = min(2.0 + lognormal(self.rng, 4.0), 40.0)
        if self.rng.random() < self.truth.acceptance(decision.kind):
            return Reaction(how="click", after_s=after_s)
        is_annoyed = self.rng.random() < self.truth.dismissal()
        return Reaction(how="dismiss" if is_annoyed else "expire", after_s=after_s)

    def conclude(self, decision: DecisionAnswer, how: str) -> None:
        """Learn what became of a card: `click`, `dismiss`, `expire`, `refused`, ..."""
        if how != "click":
            return
        self.accepted.add(decision.kind)
        content = decision.content
        if content.code is not None:
            self.code = content.code
        if decision.kind == "help":
            self.reads = content.href
        offered = {item.item_id for item in content.items}
        others = [good for good in self.world.goods if good.item_id in offered]
        if others:
            self.follows = self.rng.choice(others)

    def buys(self) -> bool:
        """Tell whether, as things stand, this shopper buys in the end."""
        if self.orders or not self.goal.in_stock:
            return False
        return self.truth.buys(shown=self.shown, accepted=self.accepted)

    @property
    def goal(self) -> Good:
        """The product to buy: the wish, or what an alternative led to."""
        return self.truth.wish if self.truth.wish.in_stock else self._substitute()

    def _substitute(self) -> Good:
        return self.follows or self.truth.wish

    def plan(self) -> None:
        """Decide, at the end of a visit, when to come again."""
        self.next_visit_s = None
        if self.orders or self.is_bot or self.visits >= MOST_VISITS:
            return
        # Who will buy comes back for it; some of the others come back all the same.
        if self.buys() or self.rng.random() < 0.25:
            delay_s = min(lognormal(self.rng, 7 * HOUR_S, spread=1.4), LONGEST_DELAY_S)
            # A visit begins after the last one's session is over.
            self.next_visit_s = max(delay_s, HOUR_S) * self.world.delay_scale

    def order(self) -> dict[str, Any]:
        """Return the order as the shop's server reports it, and note that it bought."""
        self.orders += 1
        good, prices = self.goal, self.world.prices
        off = prices.discount_cents(good.price_cents) if self.code else 0
        message: dict[str, Any] = {
            "order_id": f"SIM-{self.name}-{self.orders}",
            "value": (good.price_cents - off) / 100,
            "currency": "EUR",
            "margin": (good.margin_cents - off) / 100,
            "discount": off / 100,
            "items": [{"item_id": good.item_id, "quantity": 1}],
        }
        if self.code:
            message["code"] = self.code
        if not self.is_silent:
            message |= {"visitor": self.visitor, "session": self.session}
        return message

    def as_plain(self) -> dict[str, Any]:
        """Return the truth about this shopper, for `truth.json`."""
        value = values(self.truth, self.world.prices)
        best = max(value, key=lambda kind: value[kind])
        return {
            "visitor": None if self.is_silent else self.visitor,
            "segment": "bot" if self.is_bot else self.truth.segment,
            "doubt": self.truth.doubt,
            "wish": self.truth.wish.item_id,
            "price_sensitivity": round(self.truth.price_sensitivity, 6),
            "advice": round(self.truth.advice, 6),
            "luck": round(self.truth.luck, 6),
            "personalise": self.is_personal,
            "visits": self.visits,
            "orders": self.orders,
            "values": {kind: round(eur, 6) for kind, eur in value.items()},
            "oracle": {"kind": best, "value": round(value[best], 6)},
        }
