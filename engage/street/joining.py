"""Whose order is it? Named, by the browser's purchase, by its code - or nobody's."""

# Rules of this file: an order is joined once, to the first who is known to have placed
# it, and from then on stands in every decision whose window holds it. What nobody can
# be found for is counted, once.

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from engage.clock import rfc3339
from engage.stores.base import Body, OrderState, Record
from engage.street.codes import spellings
from engage.street.site import Site
from engage.wire.shop import Order


class Owner(NamedTuple):
    """Whose order it is, and how that is known.

    Attributes:
        visitor: the visitor's own id, where it was named.
    """

    subject: str
    joined_by: str
    visitor: str | None = None


async def owner_of(site: Site, order: Order) -> Owner | None:
    """Find whose order it is: named, by the browser's purchase, or by its code."""
    if order.visitor is not None:
        found = site.journal.find_visitor(site.key, order.visitor)
        if found is not None:
            return Owner(found[0], "visitor", visitor=order.visitor)
        held = await site.store.load(site.key, order.visitor, order.session or "")
        if held.visitor is not None:
            # Nothing of this visitor is kept yet: the order's record is the first.
            return Owner(held.visitor.subject, "visitor", visitor=order.visitor)
    bought = _buyer(site, order.order_id)
    if bought is not None:
        return bought
    for text in spellings(order.code) if order.code else ():
        given = await site.store.codes.owner(site.key, text)
        if given is not None:
            return Owner(given[1], "code")
    return None


def claim(site: Site, order_id: str, *, owner: Owner, at_s: float) -> list[Record]:
    """Return the records that join a waiting order to its owner; none if it has one.

    Args:
        site: the shop.
        order_id: of an order that may not have come yet.
        owner: who says to have placed it.
        at_s: now; an order that has waited for too long stays nobody's.
    """
    state = site.journal.order_state(site.key, order_id)
    if state is None or state.body is None or state.subject is not None:
        return []
    if at_s - state.body["at_s"] > site.settings.windows.unjoined_order_s:
        return []
    attributed = Record(
        kind="attributed",
        site=site.key,
        key=order_id,
        at_s=at_s,
        body={"by": owner.joined_by},
        subject=owner.subject,
        visitor=owner.visitor,
    )
    return [attributed, *money_outcomes(site, owner.subject, state)]


def claim_by_purchase(site: Site, order_id: str, *, at_s: float) -> list[Record]:
    """Return what joins a waiting order to who said to have bought it, if anybody."""
    buyer = _buyer(site, order_id)
    return [] if buyer is None else claim(site, order_id, owner=buyer, at_s=at_s)


async def give_up(site: Site, *, at_s: float, limit: int) -> int:
    """Stop looking for the visitors of orders that waited long enough; count them.

    Args:
        site: the shop.
        at_s: now.
        limit: no more than these.
    """
    placed_by_s = at_s - site.settings.windows.unjoined_order_s
    waiting = site.journal.open_orders(site.key, placed_by_s=placed_by_s, limit=limit)
    records: list[Record] = []
    results: list[str] = []
    for entry in waiting:
        key, placed_s = entry.record.key, entry.record.at_s
        # Its purchase may have come in the very moment in which we crashed.
        late = claim_by_purchase(site, key, at_s=placed_s)
        results.append("joined" if late else "unattributed")
        nobody = Record(
            kind="attributed", site=site.key, key=key, at_s=at_s, body={"by": "nobody"}
        )
        records += late or [nobody]
    if records:
        await site.journal.append(*records)
    for result in results:
        site.counts.orders.add(result)
    return len(waiting)


def money_outcomes(
    site: Site, subject: str, state: OrderState, *, refunds: Iterable[str] | None = None
) -> list[Record]:
    """Return the outcomes of an order for every decision whose window holds it.

    Args:
        site: the shop.
        subject: whose order it is.
        state: the order and its refunds.
        refunds: only these refunds and not the order; None for all of it.
    """
    assert state.body is not None
    placed_s = state.body["at_s"]
    outcomes = [_order(state.body)] if refunds is None else []
    wanted = state.refunds if refunds is None else refunds
    outcomes += [_refund(state.refunds[refund_id]) for refund_id in wanted]
    decisions = site.journal.decisions_of(
        site.key,
        subject,
        since_s=placed_s - site.settings.windows.long_close_s,
        until_s=placed_s,
    )
    return [
        _outcome(site, decision, one, subject=subject)
        for decision in decisions
        for one in outcomes
    ]


def untold(site: Site, decision: Body, orders: Iterable[OrderState]) -> list[Record]:
    """Return the outcomes of a decision's orders that its record lacks.

    The ledger may hear of an order before the worker's record of the decision comes.
    """
    told = {one.get("order") for one in decision["outcomes"] if one["name"] == "order"}
    return [
        _outcome(site, decision["decision"], one, subject=order.subject)
        for order in orders
        if order.body is not None and order.body["order_id"] not in told
        for one in (_order(order.body), *map(_refund, order.refunds.values()))
    ]


def _outcome(
    site: Site, decision: str, told: tuple[float, Body], *, subject: str | None
) -> Record:
    at_s, body = told
    return Record(
        kind="outcome",
        site=site.key,
        key=decision,
        at_s=at_s,
        body=body,
        subject=subject,
    )


def _order(order: Body) -> tuple[float, Body]:
    body = {
        "name": "order",
        "id": order["order_id"],
        "at": rfc3339(order["at_s"]),
        "order": order["order_id"],
        "value": order["value_cents"] / 100,
    }
    return order["at_s"], body


def _refund(refund: Body) -> tuple[float, Body]:
    body = {
        "name": "refund",
        # Two orders may each have a refund "1".
        "id": f"{refund['order_id']}/{refund['refund_id']}",
        "at": rfc3339(refund["at_s"]),
        "order": refund["order_id"],
        "value": refund["refund_cents"] / 100,
    }
    return refund["at_s"], body


def _buyer(site: Site, order_id: str) -> Owner | None:
    said = site.journal.purchase(site.key, order_id)
    if said is None or said.subject is None:
        return None
    return Owner(said.subject, "purchase")
