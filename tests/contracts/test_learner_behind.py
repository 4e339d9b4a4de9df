"""What the ledger hears late: nothing is closed before it, and all of it counts."""

import math

import pytest

from engage.errors import StoreError
from engage.stores.redis.streams import AT_ONCE, stream_key, unpack
from engage.street.closings import tick
from engage.street.receiving import receive
from engage.street.till import take_order, take_refund
from tests.contracts.roles import Roles
from tests.unit.street.builders import (
    ASK,
    LONG_S,
    SITE,
    VIEW,
    beacon,
    event,
    order,
    refund,
)

CHECKOUT = (*VIEW, event("add_to_cart"), event("begin_checkout"))


async def shipped(roles: Roles) -> None:
    """Let the first worker ship what it has, in a batch of its own."""
    (shipper, _) = roles.shippers
    await shipper.journal.append()
    await shipper.step()


async def away(roles: Roles, *events, batches: int) -> None:
    """Let visitors come while nobody merges, each in a batch of its own."""
    for number in range(batches):
        one = beacon(*events, seq=0, visitor=f"v_{number}")
        await roles.workers[0].take(one)
        await shipped(roles)


async def ordered(roles: Roles) -> None:
    """Let the first visitor order ten minutes later; the shop tells the worker."""
    roles.clock.move(600.0)
    await receive(roles.workers[0].site, order(visitor="v_0"))
    await shipped(roles)


def body_of(roles: Roles, kind: str, key: str):
    """Return what a record of the ledger says."""
    entries = roles.journal.read(0, 10_000, kinds=(kind,))
    (found,) = [one.record.body for one in entries if one.record.key.startswith(key)]
    return found


async def test_close_waits_for_the_order(roles):
    """A decision is not closed while the order it led to is still to be merged."""
    await away(roles, *VIEW, ASK, batches=AT_ONCE)
    await ordered(roles)
    roles.clock.move(3_600.0)

    while await roles.merger.step():
        await tick(roles.site)
    await tick(roles.site)

    first = roles.journal.decisions(SITE, limit=1).rows[0]
    assert first["visitor"] == "v_0"
    assert body_of(roles, "closed", first["decision"])["sales"] == 1


async def test_close_waits_for_the_slowest_worker(roles):
    """Of two workers with a backlog it is the one further behind that counts."""
    slow_s = roles.clock.now_s()
    for index, shipper in enumerate(roles.shippers):
        for number in range(AT_ONCE):
            one = beacon(*VIEW, ASK, seq=0, visitor=f"v_{index}_{number}")
            await roles.workers[index].take(one)
            await shipper.journal.append()
            await shipper.step()
        roles.clock.move(3_600.0)

    assert await roles.merger.step()

    assert roles.site.known_until_s == slow_s


async def test_close_waits_for_workers_to_come_back(roles, redis_keys):
    """After Redis was away nothing is closed until workers had time to go on."""
    await away(roles, *VIEW, ASK, batches=1)
    key = stream_key("w0")
    redis_keys.rename(key, "aside")
    redis_keys.rpush(key, "no stream")
    with pytest.raises(StoreError, match="WRONGTYPE"):
        await roles.merger.step()
    redis_keys.rename("aside", key)

    known = []
    for _ in range(40):
        await roles.merger.step()
        known.append(roles.site.known_until_s)

    assert (known[0], known[-1]) == (-math.inf, math.inf)


async def test_visit_waits_for_its_decision(roles):
    """A visit does not end before what was decided in it is merged."""
    await away(roles, *VIEW, ASK, batches=1)
    # What a visit owes the journal is kept beside it for ten minutes only.
    roles.clock.move(900.0)
    later = beacon(event("ping"), ASK, seq=1, visitor="v_0")
    await roles.workers[0].take(later)
    roles.clock.move(LONG_S)

    await tick(roles.site)
    await roles.meet()
    await tick(roles.site)

    assert body_of(roles, "visit", "s_v_0")["decisions"] == 2


@pytest.mark.parametrize("closes", [1, 2], ids=["in the short window", "later"])
async def test_order_before_its_decision(roles, closes):
    """An order that came before the record of its decision stands in that record."""
    await roles.workers[0].take(beacon(*VIEW, ASK, seq=0, visitor="v_0"))
    roles.clock.move(600.0 if closes == 1 else 6_000.0)
    await take_order(roles.site, order(visitor="v_0"))
    await take_refund(roles.site, refund())
    await roles.meet()

    for _ in range(closes):
        roles.clock.move(LONG_S)
        await tick(roles.site)

    row = roles.journal.decisions(SITE, limit=1).rows[0]
    told = [(one["name"], one["value"]) for one in row["outcomes"]]
    assert told == [("order", 100.0), ("refund", 25.0)]


def bought(roles: Roles):
    """Return the decision's money, and how many orders have found their visitor."""
    row = roles.journal.decisions(SITE, limit=1).rows[0]
    joined = roles.metrics.orders.of(SITE).sums[("joined",)]
    return [one["value"] for one in row["outcomes"]], joined


async def test_order_before_its_purchase(roles):
    """An order that waits is joined as soon as a worker tells who has bought it."""
    await roles.workers[0].take(beacon(*VIEW, ASK, seq=0, visitor="v_0"))
    await roles.meet()
    await take_order(roles.site, order())
    said = event("purchase", transaction_id="A-1", value=100.0)
    await roles.workers[0].take(beacon(said, seq=1, visitor="v_0"))

    await roles.meet()
    await roles.meet()

    assert bought(roles) == ([100.0], 1)


async def test_purchase_that_a_crash_left_alone(roles):
    """What was merged and not joined any more is joined at the learner's next start."""
    await take_order(roles.site, order())
    said = event("purchase", transaction_id="A-1", value=100.0)
    await roles.workers[0].take(beacon(*VIEW, ASK, said, seq=0, visitor="v_0"))
    await shipped(roles)
    (packed,) = (await roles.merger.inlet.read([("w0", 0)]))[0]
    roles.journal.merge("w0", unpack(packed).entries)

    await roles.merger.start()

    assert bought(roles) == ([100.0], 1)
