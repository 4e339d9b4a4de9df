"""Orders that came while the ledger was away are settled there, once."""

import asyncio

from engage.street import till
from engage.street.closings import AT_ONCE, tick
from engage.street.receiving import receive
from tests.unit.street.builders import SITE, order, refund


async def test_received_order(shop):
    """The next tick settles it, as of when it came; a later one does nothing."""
    came_s = shop.site.now_s()
    await receive(shop.site, order("A-1"))
    shop.clock.move(600.0)

    await tick(shop.site)
    await tick(shop.site)

    assert shop.journal.order_state(shop.site.key, "A-1").body["at_s"] == came_s
    assert shop.journal.count_windows(shop.site.key).get("order") is None
    kinds = [entry.record.kind for entry in shop.journal.read(0, 100)]
    assert kinds == ["codes", "received", "order", "taken"]


async def test_settled_order_names_nobody_beside(shop):
    """Once it is settled, what the shop sent stands there without the visitor's ids."""
    await shop.ask()
    named = {"visitor": "v_1", "session": "s_v_1"}
    await receive(shop.site, order("A-1", **named))
    (before,) = shop.journal.read(0, 100, kinds=("received",))
    await tick(shop.site)

    (after,) = shop.journal.read(0, 100, kinds=("received",))
    message = before.record.body["message"]
    assert {name: message[name] for name in named} == named
    assert after.record.body["message"] == {**message, "visitor": None, "session": None}
    assert shop.journal.order_state(SITE, "A-1").subject is not None


async def test_received_twice(shop):
    """Told to two workers, or to one and the ledger, it is one order."""
    await receive(shop.site, order("A-1"))
    await till.take_order(shop.site, order("A-1"))
    await receive(shop.site, order("A-1"))

    await tick(shop.site)

    results = [
        entry.record.body["result"]
        for entry in shop.journal.read(0, 100, kinds=("taken",))
    ]
    assert results == ["repeat"]


async def test_received_conflict(shop):
    """Other content under the same id is refused when it is settled, and counted."""
    await till.take_order(shop.site, order("A-1"))
    await receive(shop.site, order("A-1", value_cents=1))

    await tick(shop.site)

    assert shop.site.metrics.orders.sums["refused_later",] == 1
    assert shop.journal.order_state(shop.site.key, "A-1").body["value_cents"] == 10_000


async def test_received_refund(shop):
    """A refund is kept and settled like an order, as of when it came."""
    await till.take_order(shop.site, order("A-1"))
    came_s = shop.site.now_s()
    await receive(shop.site, refund("R-1"))
    shop.clock.move(600.0)

    await tick(shop.site)

    state = shop.journal.order_state(shop.site.key, "A-1")
    assert state.refunded_cents == 2_500
    assert state.refunds["R-1"]["at_s"] == came_s


async def test_more_than_fit_at_once(shop):
    """A long absence of the ledger is settled in one tick."""
    count = 2 * AT_ONCE + 1
    for number in range(count):
        await receive(shop.site, order(f"A-{number}"))

    await tick(shop.site)

    assert len(shop.kinds("order")) == len(shop.kinds("taken")) == count


async def test_one_that_waits_holds_up_no_other(shop):
    """An order that is just being worked on is waited for; the others are settled."""
    for number in range(20):
        await receive(shop.site, order(f"A-{number}"))
    async with shop.site.till.of("A-3"):
        settling = asyncio.create_task(tick(shop.site))
        for _ in range(1_000):
            if len(shop.kinds("order")) == 19:
                break
            await shop.journal.append()
        settled, is_over = len(shop.kinds("order")), settling.done()
    await settling

    assert (settled, is_over) == (19, False)
    assert len(shop.kinds("order")) == 20


async def test_told_twice_at_once(shop):
    """Of two messages about one order that come at once the second is a repeat."""
    told = (till.take_order(shop.site, order("A-1")) for _ in range(5))

    results = await asyncio.gather(*told)

    assert sorted(results) == ["recorded", *4 * ["repeat"]]
    assert len(shop.kinds("order")) == 1
    assert len(shop.site.till) == 0
