"""Orders of a first decision as its record tells of them: their money is its value."""

# Rules of this file: pure. A record knows refunds until its value was settled; what is
# told of them later counts no more than it does in that value.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from engage.clock import epoch_s
from engage.stores.base import Body


def orders_told(body: Body, *, spent_cents: int) -> Iterator[tuple[str, str, Body]]:
    """Yield (time, id, order) of a first decision's orders.

    What was paid is net of refunds. The value is their margins less what was spent
    since, shared by what was paid.
    """
    orders = [one for one in body["outcomes"] if one["name"] == "order"]
    kept = _kept(body, orders)
    paid = sum(kept)
    margin_cents = 100 * (body["value"] or 0.0) + spent_cents
    for index, (one, value) in enumerate(zip(orders, kept, strict=True)):
        part = value / paid if paid else 1 / len(orders)
        order = one.get("order") or f"{body['decision']}/{index}"
        cents = {
            "value_cents": round(100 * value),
            "margin_cents": round(margin_cents * part),
        }
        yield one["at"], order, cents


def _kept(body: Body, orders: Sequence[Body]) -> list[float]:
    """Return what each order brought, less what was paid back of it, >= 0."""
    until_s = epoch_s(body["settled_at"]) if body["settled_at"] else float("inf")
    refunded: dict[str, float] = defaultdict(float)
    for one in body["outcomes"]:
        if one["name"] == "refund" and epoch_s(one["at"]) <= until_s:
            refunded[one["order"]] += one["value"]
    return [
        max((one.get("value") or 0.0) - refunded.get(one.get("order", ""), 0.0), 0.0)
        for one in orders
    ]
