"""Orders that came while the ledger was away are settled there, once."""

from engage.street import till
from engage.street.closings import tick
from engage.street.receiving import receive
from tests.unit.street.builders import order, refund


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
    """A refund is kept and settled like an order."""
    await till.take_order(shop.site, order("A-1"))
    await receive(shop.site, refund("R-1"))

    await tick(shop.site)

    state = shop.journal.order_state(shop.site.key, "A-1")
    assert state.refunded_cents == 2_500
