"""Discount codes as the shop's server speaks of them: added, asked about, used up."""

# Rules of this file: a code is used up once, by one order. Whoever asks before it is
# honoured may be refused; an order that was paid with it has settled the matter.

from __future__ import annotations

from contextlib import suppress
from typing import Any, Literal

from engage.clock import epoch_s
from engage.errors import BadRequest, Conflict, NotFound
from engage.stores.base import Body, Record, Redeemed
from engage.street.site import Site
from engage.telemetry import logger
from engage.wire.shop import Codes, Redeem

log = logger()
Result = Literal["recorded", "repeat"]


async def redeem(site: Site, code: str, message: Redeem) -> Result:
    """Redeem a code for an order, once.

    Raises:
        NotFound, Conflict, Expired: see `Codes.redeem`.
    """
    order_id, spent_cents = message.order_id, message.discount_cents
    at_s = site.now_s()
    async with site.till.of(order_id):
        text, result = await _use_up(
            site, code, order_id, spent_cents=spent_cents, at_s=at_s
        )
        record = _code_record(site, text, order_id, spent_cents, at_s=at_s)
        await site.journal.append(record)
    return "repeat" if result == "repeat" else "recorded"


def spellings(code: str) -> tuple[str, ...]:
    """Return how a pool may write a code: some shop systems change the case of all.

    >>> spellings("autumn-7f3k"), spellings("A1")
    (('autumn-7f3k', 'AUTUMN-7F3K'), ('A1', 'a1'))
    """
    return tuple(dict.fromkeys((code, code.upper(), code.lower())))


async def add_codes(site: Site, codes: Codes) -> tuple[int, int]:
    """Add codes to a pool; return how many were new and how many were known.

    Raises:
        BadRequest: the site's discounts give codes from other pools. A code stays in
            the pool it was added to: a slip of the pen would lose it for good. A site
            without a discount may be about to get one.
    """
    pool, body, pools = codes.pool, {"codes": list(codes.codes)}, site.budgets_cents
    if pools and pool not in pools:
        known = ", ".join(sorted(pools))
        raise BadRequest(f"pool must be one of {known}, got {pool!r}", field="pool")
    accepted, duplicate = await site.store.codes.add(site.key, pool, body["codes"])
    at_s = site.now_s()
    await site.journal.append(
        Record(kind="codes", site=site.key, key=pool, at_s=at_s, body=body)
    )
    site.counts.codes.add(pool, "free", by=accepted)
    return accepted, duplicate


async def redeemed_by(site: Site, body: Body) -> list[Record]:
    """Use up the code that an order was paid with, and return the record of it.

    The shop has honoured it: it is nobody else's, whoever had it and until when. One
    that no pool has is a coupon of the shop's own.
    """
    at_s, code, order_id = site.now_s(), body["code"], body["order_id"]
    if code is None:
        return []
    paid: dict[str, Any] = {"spent_cents": body["discount_cents"] or None, "at_s": at_s}
    try:
        text, _ = await _use_up(site, code, order_id, **paid, is_paid=True)
    except NotFound:
        return []
    except Conflict:
        site.metrics.dropped.add("code_not_redeemable")
        return []
    return [_code_record(site, text, order_id, **paid)]


async def not_before_its_code(site: Site, body: Body) -> float:
    """Return when an order was placed, epoch seconds: not before it got its code.

    By a clock that is behind ours, or a time without hours, it would precede the very
    decision that it was paid with, and stand in none. Only a code proves that: who
    looks round a minute after an order has not placed it for what is shown then.
    """
    said_s: float = body["at_s"]
    for text in spellings(body["code"]) if body["code"] else ():
        given = await site.store.codes.owner(site.key, text)
        made = given and site.journal.decision(site.key, given[0])
        if made and said_s < epoch_s(made["at"]):
            late_s = epoch_s(made["at"]) - said_s
            order, seconds = body["order_id"], round(late_s)
            log.warning(
                "order.before_its_code", site=site.key, order=order, seconds=seconds
            )
            return epoch_s(made["at"])
    return said_s


async def _use_up(
    site: Site, code: str, order_id: str, **paid: Any
) -> tuple[str, Redeemed]:
    """Redeem a code; return it as its pool writes it, and what became of it."""
    for text in spellings(code):
        with suppress(NotFound):
            return text, await site.store.codes.redeem(site.key, text, order_id, **paid)
    raise NotFound(f"code {code!r} is unknown", field="code")


def _code_record(
    site: Site, code: str, order_id: str, spent_cents: int | None, *, at_s: float
) -> Record:
    body: dict[str, Any] = {"state": "redeemed", "order_id": order_id}
    if spent_cents is not None:
        body["amount_cents"] = spent_cents
    return Record(kind="code", site=site.key, key=code, at_s=at_s, body=body)
