"""What a decision's window holds: what happened, what was sold, what was spent."""

# Rules of this file: reads the journal, writes nothing. From its own time on a decision
# has all of its visitor's orders, so it bears all that was spent on them from then on,
# too: what lies between two decisions is the difference of what they earned.

from __future__ import annotations

from collections.abc import Iterable

from engage.clock import epoch_s
from engage.learning.rewards import Effort, Sale
from engage.stores.base import Body, OrderState, Window
from engage.street.site import Site


def happened(outcomes: Iterable[Body], *, until_s: float) -> list[str]:
    """Return the names of outcomes within a window; its very end belongs to it."""
    return [one["name"] for one in outcomes if epoch_s(one["at"]) <= until_s]


def effort_of(site: Site, window: Window, body: Body) -> Effort:
    """Return what was spent on the visitor: on this decision and on later ones."""
    outcomes = body["outcomes"]
    if window.subject is not None:
        outcomes = site.journal.outcomes_of(
            site.key, window.subject, since_s=epoch_s(body["at"]), until_s=window.due_s
        )
    names = happened(outcomes, until_s=window.due_s)
    return Effort(
        chats=names.count("chat_started"), dismissals=names.count("dismissed")
    )


def orders_in(site: Site, window: Window, body: Body) -> list[OrderState]:
    """Return the orders in a decision's window."""
    if window.subject is None:
        return []
    return site.journal.orders_of(
        site.key, window.subject, since_s=epoch_s(body["at"]), until_s=window.due_s
    )


def sales_of(orders: Iterable[OrderState], *, until_s: float) -> list[Sale]:
    """Return what orders were worth, net of the refunds by then."""
    return [_sale(order, order.body, until_s=until_s) for order in orders]


def _sale(order: OrderState, body: Body | None, *, until_s: float) -> Sale:
    assert body is not None
    refunds = order.refunds.values()
    refunded_cents = sum(r["refund_cents"] for r in refunds if r["at_s"] <= until_s)
    return Sale(
        margin_cents=body["margin_cents"],
        value_cents=body["value_cents"],
        # Refunds that were held may be more than their order turned out to be.
        refunded_cents=min(refunded_cents, body["value_cents"]),
    )
