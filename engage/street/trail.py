"""The trail of a session: its beacons, kept where a shop asks for it.

With them a replay computes features again from what the browsers said, not only from
what the decision says they were. Off by default: it is behaviour in full, for which a
shop must have a reason. Without consent to measure there is no trail; it is erased with
its visitor and pruned after `retention.beacon_days`.
"""

# Rules of this file: what no feature depends on is not kept: ids of visitor, customer
# and order, addresses, tokens, what a coupon says.

from __future__ import annotations

from msgspec import convert, to_builtins
from msgspec.structs import replace

from engage.stores.base import Body
from engage.street.step import Step
from engage.visits.session import Applied, Session, advance, begin
from engage.wire.beacon import Beacon, Event

_NOBODY = "-"


def keep_trail(step: Step, *, gpc: bool) -> None:
    """Put the beacon of a step into what is kept, if the shop wants that."""
    if not step.site.settings.record_beacons:
        return
    before = step.known.session
    body: Body = {"beacon": to_builtins(_stripped(step.beacon)), "gpc": gpc}
    if before is None:
        visitor = step.visitor
        body["begins"] = {"visit_index": visitor.visit_index, "orders": visitor.orders}
    else:
        # Names the session it was applied to: after a crash that may be an older one.
        body["after_s"] = before.last_at_s
    step.record("beacon", body, key=step.beacon.session)


def follow(body: Body, before: Session | None, *, at_s: float) -> Applied:
    """Apply a kept beacon as it was applied.

    Args:
        body: of its record.
        before: the session it was applied to; None for the first one.
        at_s: when it came, epoch seconds.

    Raises:
        ValidationError, KeyError: it is no kept beacon of this release.
    """
    beacon, gpc = convert(body["beacon"], Beacon), body["gpc"]
    if before is None:
        before = begin(beacon, **body["begins"], at_s=at_s, gpc=gpc)
    return advance(before, beacon, at_s=at_s, gpc=gpc)


def _stripped(beacon: Beacon) -> Beacon:
    customer = beacon.customer
    return replace(
        beacon,
        visitor=_NOBODY,
        page=replace(beacon.page, url=""),
        customer=None if customer is None else replace(customer, id=None),
        events=tuple(_bare(event) for event in beacon.events),
    )


def _bare(event: Event) -> Event:
    """Return an event without ids; of a coupon, that there was one."""
    items = tuple(
        replace(item, coupon=_NOBODY) if item.coupon else item for item in event.items
    )
    coupon = _NOBODY if event.coupon else None
    return replace(event, token=None, transaction_id=None, coupon=coupon, items=items)
