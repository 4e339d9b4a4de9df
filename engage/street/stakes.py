"""What is at stake in a visit: the margin it may bring, what a code takes off it."""

# Rules of this file: no store, no clock; both sums are of the session as it is given.

from __future__ import annotations

from engage.interventions.discount import Discount
from engage.stores.base import Body
from engage.street.site import Site
from engage.visits.session import Session


def stake_cents(site: Site, session: Session) -> int:
    """Return the margin of what the visitor would buy: the cart, else the item."""
    if session.cart:
        return sum(
            line.quantity * _margin_cents(site, line.item_id, line.price_cents)
            for line in session.cart
        )
    if session.item_id:
        return _margin_cents(site, session.item_id, session.item_price_cents)
    return _margin_cents(site, next(reversed(session.recent_items), ""), 0)


def discount_eur(site: Site, body: Body, session: Session) -> float:
    """Return what the code of a decision, if any, takes off the goods as of now.

    Not what is held of the budget: that is the most a code may ever cost.
    """
    promised_eur = float(body.get("promised", 0.0))
    one = site.interventions.get(body["action"])
    if not promised_eur or not isinstance(one, Discount):
        return promised_eur
    return one.amount_cents(session) / 100 or promised_eur


def _margin_cents(site: Site, item_id: str, price_cents: int) -> int:
    item = site.catalogue.get(item_id)
    price = price_cents or (item.price_cents if item else 0)
    if item is not None and item.cost_cents is not None:
        return max(0, price - item.cost_cents)
    return round(price * site.settings.money.margin_rate)
