"""Money from the shop's server: orders and refunds; joined to visitors here."""

# Rules of this file: only the shop's server is believed about money. Everything is
# idempotent by its own id; the same id with other content is a conflict. Nothing is
# answered before it is durable.

from __future__ import annotations

from collections.abc import Container
from typing import Any, Final

import msgspec

from engage.errors import BadRequest, Conflict
from engage.stores.base import Body, OrderState, Record
from engage.street.codes import Result, not_before_its_code, redeemed_by
from engage.street.currency import cents_of, foreign_price, is_rounded
from engage.street.joining import claim_by_purchase, money_outcomes, owner_of
from engage.street.site import Site
from engage.street.turns import by_turns
from engage.telemetry import logger
from engage.wire.money import scaled
from engage.wire.orders import digest_of
from engage.wire.shop import CatalogItem, Order, Refund

log = logger()
# Usual margins beyond which an order is told of: more likely a wrong unit than a sale.
_DOUBTED_MARGINS: Final = 1_000
# What the shop's message calls otherwise; money is cents only inside.
_SAID: Final = {"at_s": "at", "said_at": "at"}
# Products looked at in one go: a millisecond of the event loop, if all are taken out.
_LOOKED_AT: Final = 200


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
    body: Body = {
        "order_id": refund.order_id,
        "refund_id": refund.refund_id,
        "refund_cents": _own(site, refund.refund_cents, refund.currency),
        "currency": refund.currency,
        **_placed(refund, at_s=at_s),
        "sent": digest_of(refund),
    }
    record = Record(
        kind="refund", site=site.key, key=refund.order_id, at_s=body["at_s"], body=body
    )
    async with site.till.of(refund.order_id):
        known = site.journal.order_state(site.key, refund.order_id)
        if known is not None and refund.refund_id in known.refunds:
            what = f"refund {refund.refund_id!r}"
            _same_or_conflict(known.refunds[refund.refund_id], body, what=what)
            site.counts.orders.add("repeat")
            return "repeat"
        records = [record]
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


async def put_items(site: Site, *items: CatalogItem) -> None:
    """Take products into the catalogue, all or none.

    Raises:
        BadRequest: the price of one is in another currency than the site's.
    """
    money = site.settings.money
    problems = (foreign_price(item, money=money) for item in items)
    problem = next(filter(None, problems), "")
    if problem:
        raise BadRequest(problem, field="price")
    at_s = site.now_s()
    records = []
    for item in items:
        site.catalogue.put(item, at_s=at_s)
        records.append(
            Record(
                kind="item",
                site=site.key,
                key=item.item_id,
                at_s=at_s,
                body={**msgspec.to_builtins(item), "at_s": at_s},
            )
        )
    if records:
        await site.journal.append(*records)
        if site.share is not None:
            site.share("items", {"items": [dict(one.body) for one in records]})


async def withdraw(site: Site, *, named: Container[str]) -> int:
    """Call out of stock what a whole feed does not name; return how many those are.

    Feeds leave out what is sold out, or sold no more.
    """
    count = 0
    async for some in by_turns(site.catalogue.fed(), most=_LOOKED_AT):
        gone = [site.catalogue.sold_out(one) for one in some if one not in named]
        found = [one for one in gone if one is not None]
        await put_items(site, *found)
        count += len(found)
    if count:
        # The next whole feed heals half a one; till then somebody should know.
        log.info("catalog.withdrawn", site=site.key, products=count)
    return count


def _order_body(site: Site, order: Order, *, at_s: float) -> dict[str, Any]:
    value = _own(site, order.value_cents, order.currency)
    discount = _own(site, order.discount_cents, order.currency)
    if order.margin_cents is None:
        # `value` is after discount: the margin before it, less the discount, once.
        rate = site.settings.money.margin_rate
        margin = scaled(value + discount, rate) - discount
    else:
        margin = _own(site, order.margin_cents, order.currency)
    return {
        "order_id": order.order_id,
        "value_cents": value,
        "margin_cents": margin,
        "discount_cents": discount,
        "currency": order.currency,
        "code": order.code,
        "session": order.session,
        "items": [
            {"item_id": item.item_id, "quantity": item.quantity} for item in order.items
        ],
        **_placed(order, at_s=at_s),
        "sent": digest_of(order),
        "unnamed": digest_of(msgspec.structs.replace(order, visitor=None)),
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
    is_timed = known.get("said_at") or new.get("said_at")
    left_out = {"sent", "unnamed"} if is_timed else {"sent", "unnamed", "at_s"}
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
