"""What a decision earned: the reward at the short close, the value at the long one.

Two closings, because each alone is wrong. Learning orders as they come favours quick
successes; closing for good after 30 minutes favours discounts, which pull purchases
forward, and harms advice, which takes days (Athey et al. 2019, surrogate index). So the
short close predicts what the visit is worth, and the long close corrects it exactly.
"""

# Rules of this file: pure arithmetic. EUR stands for the site's currency. Nothing is
# clipped here: only the learner winsorises, and only its own target.

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engage.settings import MoneySettings
from engage.visits.shapes import CART_STEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One order as value counts it.

    Attributes:
        margin_cents: contribution margin after discount, before refunds.
        value_cents: goods paid, after discount.
        refunded_cents: refunds so far, <= `value_cents`.
    """

    margin_cents: int
    value_cents: int
    refunded_cents: int = 0

    @property
    def kept_margin_eur(self) -> float:
        """Margin net of refunds: a refund takes its share of the margin away.

        >>> sale = Sale(margin_cents=4000, value_cents=10000, refunded_cents=2500)
        >>> sale.kept_margin_eur
        30.0
        """
        if self.value_cents <= 0:
            return self.margin_cents / 100
        kept = 1 - self.refunded_cents / self.value_cents
        return self.margin_cents * kept / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What a decision cost beside its discount (which the margin already bears).

    Attributes:
        chats: chats that really started.
        dismissals: cards the visitor closed or declined.
    """

    chats: int = 0
    dismissals: int = 0

    def spent_eur(self, money: MoneySettings) -> float:
        """Agent and annoyance cost, EUR."""
        agents = self.chats * money.agent_cost_cents
        annoyed = self.dismissals * money.annoyance_cents
        return (agents + annoyed) / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What the visit looks like at the short close.

    Attributes:
        intent: P(order within the long window | funnel state), in [0, 1].
        stake_eur: margin of what the visitor would buy: the cart, else the product.
        funnel: the furthest step, see `visits.shapes.FUNNEL`.
        discount_eur: what a code that was given would take off it; 0 without one.
        clicked: the visitor clicked anything that was offered.
    """

    intent: float = 0.0
    stake_eur: float = 0.0
    funnel: int
    discount_eur: float = 0.0
    clicked: bool = False


def short_reward(
    prospect: Prospect,
    *,
    sales: Iterable[Sale],
    effort: Effort,
    money: MoneySettings,
) -> float:
    """Return the learning target at the short close, EUR.

    What was already ordered counts as it is; otherwise the surrogate index stands for
    it: intent times the stake, less the part of a promised discount that would go.

    >>> short_reward(
    ...     Prospect(intent=0.42, stake_eur=210.0, funnel=2),
    ...     sales=[], effort=Effort(chats=1), money=MoneySettings(),
    ... )
    84.2
    """
    if money.outcome != "order":
        return _proxy(prospect, money) - effort.spent_eur(money)
    sold = [sale.kept_margin_eur for sale in sales]
    if sold:
        return sum(sold) - effort.spent_eur(money)
    stake = prospect.stake_eur - prospect.discount_eur
    return round(prospect.intent * stake - effort.spent_eur(money), 6)


def long_value(
    *, sales: Iterable[Sale], effort: Effort, prospect: Prospect, money: MoneySettings
) -> float:
    """Return what the decision earned from its time to the long close, EUR, net.

    >>> long_value(
    ...     sales=[Sale(margin_cents=21000, value_cents=89900)], effort=Effort(chats=1),
    ...     prospect=Prospect(funnel=6), money=MoneySettings(),
    ... )
    206.0
    """
    if money.outcome != "order":
        return _proxy(prospect, money) - effort.spent_eur(money)
    earned = sum(sale.kept_margin_eur for sale in sales)
    return earned - effort.spent_eur(money)


def _proxy(prospect: Prospect, money: MoneySettings) -> float:
    """Value of the outcome that a site without orders uses, EUR."""
    if money.outcome == "click":
        reached = prospect.clicked
    else:
        reached = prospect.funnel >= CART_STEP
    return money.outcome_value_cents / 100 if reached else 0.0
