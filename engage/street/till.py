"""Money from the shop's server: orders and refunds; joined to visitors here."""

# Rules of this file: only the shop's server is believed about money. Everything is
# idempotent by its own id; the same id with other content is a conflict. Nothing is
# answered before it is durable.

from __future__ import annotations

from typing import Any, Final

import msgspec

from engage.errors import Conflict
from engage.stores.base import Body, OrderState, Record
from engage.street.codes import Result, not_before_its_code, redeemed_by
from engage.street.currency import cents_of, is_rounded
from engage.street.joining import claim_by_purchase, money_outcomes, owner_of
from engage.street.site import Site
from engage.telemetry import logger
from engage.wire.money import scaled
from engage.wire.orders import digest_of
from engage.wire.shop import Order, Refund

log = logger()
# Usual margins beyond which an order is told of: more likely a wrong unit than a sale.
_DOUBTED_MARGINS: Final = 1_000
# What the shop's message calls otherwise; money is cents only inside.
_SAID: Final = {"at_s": "at", "said_at": "at"}


async def take_order(site: Site, order: Order, *, at_s: float | None = None) -> Result:
    """Record an order and join it to its visitor.

    Args:
        site: the shop.
        order: as the shop's server sent it.
        at_s: when it came; now by default.

    Raises:
        BadRequest: its currency is neither the site's nor one with a rate.
        Conflict: the same id was recorded with other content.
    """
    body = _order_body(site, order, at_s=site.now_s() if at_s is None else at_s)
    async with site.till.of(order.order_id):
        known = site.journal.order_state(site.key, order.order_id)
        if known is not None and known.body is not None:
            _same_or_conflict(known.body, body, what=f"order {order.order_id!r}")
            site.counts.orders.add("repeat")
            return "repeat"
        refunds = {} if known is None else known.refunds
        is_joined = await _record_order(site, order, body, refunds=refunds)
    site.counts.orders.add("joined" if is_joined else "unjoined")
    usual_cents = site.settings.money.order_margin_cents
    if abs(body["margin_cents"]) > _DOUBTED_MARGINS * usual_cents:
        log.warning(
            "order.doubted",
            site=site.key,
            order=order.order_id,
            margin_cents=body["margin_cents"],
            usual_cents=usual_cents,
        )
    site.tell("order", order_id=order.order_id, margin_cents=body["margin_cents"])
    return "recorded"


async def _record_order(
    site: Site, order: Order, body: Body, *, refunds: dict[str, Body]
) -> bool:
    """Keep a new order with all that follows from it; tell whether it is joined."""
    owner = await owner_of(site, order)
    redeemed = await redeemed_by(site, body)
    body["at_s"] = await not_before_its_code(site, body)
    records = [
        Record(
            kind="order",
            site=site.key,
            key=order.order_id,
            at_s=body["at_s"],
            body={**body, "joined_by": owner.joined_by if owner else None},
            subject=owner.subject if owner else None,
            visitor=owner.visitor if owner else None,
        )
    ]
    records += redeemed
    if owner is not None:
        state = OrderState(body, refunds, 0, owner.subject)
        records += money_outcomes(site, owner.subject, state)
    await site.journal.append(*records)
    if owner is not None:
        return True
    # A purchase that was on its way to the disk is there after this.
    await site.journal.append()
    claimed = claim_by_purchase(site, order.order_id, at_s=site.now_s())
    if claimed:
        await site.journal.append(*claimed)
    return bool(claimed)


async def take_refund(
    site: Site, refund: Refund, *, at_s: float | None = None
) -> Result:
    """Record a refund; one that comes before its order is held.

    Args:
        site: the shop.
        refund: as the shop's server sent it.
        at_s: when it came; now by default.

    Raises:
        BadRequest: its currency is neither the site's nor one with a rate.
        Conflict: other content under the same id, or more than the order's value.
    """
    at_s = site.now_s() if at_s is None else at_s
    async with site.till.of(refund.order_id):
        known = site.journal.order_state(site.key, refund.order_id)
        order = None if known is None else known.body
        body = _refund_body(site, refund, order=order, at_s=at_s)
        if known is not None and refund.refund_id in known.refunds:
            what = f"refund {refund.refund_id!r}"
            _same_or_conflict(known.refunds[refund.refund_id], body, what=what)
            site.counts.orders.add("repeat")
            return "repeat"
        key, placed_s = refund.order_id, body["at_s"]
        records = [
            Record(kind="refund", site=site.key, key=key, at_s=placed_s, body=body)
        ]
        if known is not None and known.body is not None:
            _check_room(site, known, body)
            records += _refund_outcomes(site, known, body)
        await site.journal.append(*records)
    site.counts.orders.add("refund")
    return "recorded"


def _refund_outcomes(site: Site, known: OrderState, body: Body) -> list[Record]:
    if known.subject is None:
        return []
    refund_id = body["refund_id"]
    state = known._replace(refunds={refund_id: body})
    return money_outcomes(site, known.subject, state, refunds=[refund_id])


def _check_room(site: Site, known: OrderState, body: Body) -> None:
    """Let a refund pass that the order's value covers, rounding of each apart.

    Raises:
        Conflict: all refunds together are more than was paid.
    """
    assert known.body is not None
    value_cents = known.body["value_cents"]
    total_cents = known.refunded_cents + body["refund_cents"]
    is_off = is_rounded(body["currency"], money=site.settings.money)
    slack_cents = (len(known.refunds) + 2) // 2 if is_off else 0
    if total_cents > value_cents + slack_cents:
        raise Conflict(
            f"refunds must sum to <= {value_cents / 100:.2f}, "
            f"got {total_cents / 100:.2f}",
            field="refund",
        )


def _order_body(site: Site, order: Order, *, at_s: float) -> dict[str, Any]:
    value = _own(site, order.value_cents, order.currency)
    discount = _own(site, order.discount_cents, order.currency)
    if order.margin_cents is None:
        # `value` is after discount: the margin before it, less the discount, once.
        rate = site.settings.money.margin_rate
        margin = scaled(value + discount, rate) - discount
    else:
        margin = _own(site, order.margin_cents, order.currency)
    exchange = site.settings.money.rates.get(order.currency)
    return {
        "order_id": order.order_id,
        "value_cents": value,
        "margin_cents": margin,
        "discount_cents": discount,
        "currency": order.currency,
        **({} if exchange is None else {"rate": exchange}),
        "code": order.code,
        "session": order.session,
        "items": [
            {"item_id": item.item_id, "quantity": item.quantity} for item in order.items
        ],
        **_placed(order, at_s=at_s),
        "sent": digest_of(order),
        "unnamed": digest_of(msgspec.structs.replace(order, visitor=None)),
    }


def _refund_body(
    site: Site, refund: Refund, *, order: Body | None, at_s: float
) -> Body:
    """Return a refund's record: by the rate of its order, if that is known.

    By today's, all of an order could be more than was paid for it, or less.
    """
    cents, currency = refund.refund_cents, refund.currency
    rate = order.get("rate") if order and order["currency"] == currency else None
    return {
        "order_id": refund.order_id,
        "refund_id": refund.refund_id,
        "refund_cents": scaled(cents, rate) if rate else _own(site, cents, currency),
        "currency": refund.currency,
        **_placed(refund, at_s=at_s),
        "sent": digest_of(refund),
    }


def _placed(message: Order | Refund, *, at_s: float) -> Body:
    """Return when it was placed: not after it came, whatever the shop's clock says."""
    said_s = message.at_s
    return {
        "at_s": at_s if said_s is None else min(said_s, at_s),
        "said_at": said_s is not None,
    }


def _own(site: Site, cents: int, currency: str) -> int:
    return cents_of(cents, currency, money=site.settings.money)


def _same_or_conflict(known: dict[str, Any], new: dict[str, Any], *, what: str) -> None:
    """Let an exact repeat pass; a time that nobody said does not count.

    Nor does what the settings made of it: a rate or a margin may have changed since.

    Raises:
        Conflict: the content differs; says in which fields.
    """
    if known.get("sent") == new["sent"]:
        return
    left_out = {"sent", "unnamed", "rate"} | (set() if new["said_at"] else {"at_s"})
    differs = sorted(
        {
            _SAID.get(name, name.removesuffix("_cents"))
            for name, value in new.items()
            if name not in left_out and known.get(name) != value
        }
    )
    # No body says whose it is; what is the same but for that differs in that.
    if "unnamed" in new and known.get("unnamed") == new["unnamed"]:
        differs = ["visitor"]
    if names := ", ".join(differs):
        raise Conflict(f"{what} was recorded with other content: {names}", field=names)
