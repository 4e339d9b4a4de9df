"""Orders that come while the ledger is away: kept by the worker, settled later.

The worker makes the shop's message durable and says so. Shipped to the ledger like
everything else, it opens a timer that is due at once; so it is settled exactly when the
ledger sees it, and again if that was cut off, which changes nothing.
"""

# Rules of this file: whether an order is new, a repeat or a conflict is for the ledger
# alone to say. A message that it has to refuse is counted and logged, for nobody waits
# for the answer any more.

from __future__ import annotations

from typing import Any

import msgspec

from engage.errors import CallerError
from engage.stores.base import Body, Record
from engage.street.site import Site
from engage.street.till import take_order, take_refund
from engage.telemetry import logger
from engage.wire.orders import digest_of
from engage.wire.shop import Order, Refund

log = logger()


async def receive(site: Site, message: Order | Refund) -> None:
    """Keep an order or refund until the ledger can settle it; durable on return.

    Raises:
        StoreError: it cannot be kept now.
    """
    at_s = site.now_s()
    body: dict[str, Any] = {
        "what": "refund" if isinstance(message, Refund) else "order",
        "message": msgspec.to_builtins(message),
        "at_s": at_s,
        "opens": [{"kind": "order", "due_s": at_s}],
    }
    key = f"{message.order_id}/{digest_of(message)}"
    await site.journal.append(
        Record(kind="received", site=site.key, key=key, at_s=at_s, body=body)
    )
    site.counts.orders.add("received")


async def take_received(site: Site, body: Body) -> str:
    """Settle what a worker has kept; return what became of it."""
    plain, at_s = body["message"], body["at_s"]
    try:
        if body["what"] == "refund":
            refund = msgspec.convert(plain, Refund)
            return await take_refund(site, refund, at_s=at_s)
        return await take_order(site, msgspec.convert(plain, Order), at_s=at_s)
    except CallerError as error:
        log.warning("order.refused_later", site=site.key, error=str(error))
        site.counts.orders.add("refused_later")
        return error.kind
