"""Whose order it is: named, by the browser's purchase, by its code - or nobody's."""

import asyncio

import pytest
from structlog.testing import capture_logs

from engage.clock import epoch_s
from engage.errors import StoreError
from engage.street.closings import tick
from engage.street.joining import claim_by_purchase
from tests.unit.street.builders import NOW_S, SITE, VIEW, event, settings

DAY_S = 86_400.0


def bought(transaction="A-1", **fields):
    """Return the browser's word of a purchase."""
    return event("purchase", transaction_id=transaction, value=100.0, **fields)


def money(shop, body):
    """Return the money that stands in a decision: (name, order, value)."""
    return [
        (one["name"], one["order"], one["value"])
        for one in shop.row(body["decision"])["outcomes"]
        if one["name"] in ("order", "refund")
    ]


async def test_by_visitor(shop):
    """An order that names its visitor stands in the decisions before it."""
    _, body = await shop.ask()
    shop.clock.move(60.0)

    await shop.order(visitor="v_1")

    assert shop.kinds("order")[0]["joined_by"] == "visitor"
    assert money(shop, body) == [("order", "A-1", 100.0)]
    assert shop.site.metrics.orders.sums == {("joined",): 1}


async def test_by_visitor_of_whom_nothing_is_kept(shop):
    """Who has only looked so far is known by the order, and later by it, too."""
    await shop.send(*VIEW)
    await shop.order(visitor="v_1")
    subject = (await shop.store.load(SITE, "v_1", "s_v_1")).visitor.subject

    assert shop.kinds("order")[0]["joined_by"] == "visitor"
    assert shop.journal.find_visitor(SITE, "v_1")[0] == subject
    assert shop.journal.order_state(SITE, "A-1").subject == subject


async def test_by_purchase(shop):
    """An order without a visitor belongs to whose browser named the transaction."""
    _, body = await shop.ask()
    await shop.send(bought())

    await shop.order()

    assert shop.kinds("order")[0]["joined_by"] == "purchase"
    assert money(shop, body) == [("order", "A-1", 100.0)]


async def test_by_purchase_that_comes_later(shop):
    """A purchase after its order joins both; the order then stands in decisions."""
    _, body = await shop.ask()
    shop.clock.move(60.0)
    await shop.order()
    await shop.refund()
    assert money(shop, body) == []
    shop.clock.move(60.0)

    await shop.send(bought())

    subject = shop.journal.find_visitor(SITE, "v_1")[0]
    assert shop.journal.order_state(SITE, "A-1").subject == subject
    assert shop.kinds("attributed") == [{"by": "purchase"}]
    assert money(shop, body) == [("order", "A-1", 100.0), ("refund", "A-1", 25.0)]
    await shop.wait(1_800.0)
    assert shop.row(body["decision"])["reward"] == pytest.approx(30.0)


async def test_first_claim_stands(shop):
    """An order that has its visitor is not given to the next who names it."""
    await shop.order()
    await shop.send(bought(), visitor="v_1")
    _, body = await shop.ask("v_2")
    await shop.send(bought(), visitor="v_2")

    subject = shop.journal.find_visitor(SITE, "v_1")[0]
    assert shop.journal.order_state(SITE, "A-1").subject == subject
    assert money(shop, body) == []
    assert len(shop.kinds("purchase")) == 1


async def test_purchase_of_somebody_elses_order(shop):
    """A browser that names an order of another visitor gets nothing of it."""
    _, theirs = await shop.ask("v_1")
    _, body = await shop.ask("v_2")
    await shop.order(visitor="v_1")

    await shop.send(bought(), visitor="v_2")

    assert money(shop, theirs) == [("order", "A-1", 100.0)]
    assert money(shop, body) == []
    assert shop.kinds("attributed") == []


@pytest.mark.parametrize("order_first", [True, False])
async def test_purchase_and_order_at_once(shop, order_first):
    """Order and purchase under way at the same time find each other."""
    _, body = await shop.ask()
    both = [shop.order(visitor=None), shop.send(bought())]
    await asyncio.gather(*(both if order_first else reversed(both)))

    assert shop.journal.order_state(SITE, "A-1").subject is not None
    assert money(shop, body) == [("order", "A-1", 100.0)]


@pytest.mark.parametrize("behind_s", [90.0, 40_000.0])
async def test_a_clock_behind_ours(shop, behind_s):
    """An order paid with a decision's code came after it, whatever its own time is."""
    answer, body = await shop.until("autumn10")
    shop.clock.move(60.0)
    said_s = shop.clock.now_s() - behind_s
    code = answer.decision.content.code
    with capture_logs() as lines:
        await shop.order(code=code.lower(), at_s=said_s)
        again = await shop.order(code=code.lower(), at_s=said_s)

    (early,) = [one for one in lines if one["event"] == "order.before_its_code"]
    assert early["seconds"] == round(behind_s - 60.0)
    assert again == "repeat"
    assert money(shop, body) == [("order", "A-1", 100.0)]
    assert shop.kinds("order")[0]["at_s"] == epoch_s(shop.row(body["decision"])["at"])


async def test_an_order_before_a_decision(shop):
    """Without its code an order's own time holds: a later card is not its doing."""
    _, body = await shop.ask()
    await shop.order(visitor="v_1", at_s=shop.clock.now_s() - 5.0)

    assert money(shop, body) == []


async def test_by_code(shop):
    """An order with a code belongs to who was given it."""
    answer, body = await shop.until("autumn10")

    await shop.order(code=answer.decision.content.code)

    assert shop.kinds("order")[0]["joined_by"] == "code"
    assert money(shop, body) == [("order", "A-1", 100.0)]


async def test_unknown_visitor_is_no_visitor(shop):
    """A name nobody has heard of joins nothing and makes nobody known."""
    await shop.order(visitor="v_nobody")

    assert shop.kinds("order")[0]["joined_by"] is None
    assert shop.journal.find_visitor(SITE, "v_nobody") is None
    assert "v_nobody" not in str(shop.kinds("order"))


async def test_nobodys_order_is_counted_once(shop):
    """Seven days after an order nobody is looked for any more."""
    await shop.order()
    await shop.order("A-2", visitor=None, at_s=NOW_S + 60.0)
    await shop.wait(7 * DAY_S - 0.001)
    assert ("unattributed",) not in shop.site.metrics.orders.sums

    await shop.wait(1.0)
    await shop.wait(3 * DAY_S)

    assert shop.site.metrics.orders.sums[("unattributed",)] == 2
    assert shop.kinds("attributed") == [{"by": "nobody"}] * 2
    assert shop.journal.open_orders(SITE) == []


async def test_nobodys_order_while_the_disk_takes_nothing(shop):
    """It is counted once that is kept, not with each attempt."""
    await shop.order()
    await shop.wait(7 * DAY_S - 0.001)
    shop.journal._writer.run(
        "harm",
        lambda c: c.execute(
            "CREATE TRIGGER harm BEFORE INSERT ON journal"
            " BEGIN SELECT RAISE(FAIL, 'disk I/O error'); END"
        ),
    )
    shop.clock.move(1.0)
    for _ in range(3):
        with pytest.raises(StoreError):
            await tick(shop.site)
    shop.journal._writer.run("mend", lambda c: c.execute("DROP TRIGGER harm"))
    await tick(shop.site)

    assert shop.site.metrics.orders.sums[("unattributed",)] == 1
    assert shop.kinds("attributed") == [{"by": "nobody"}]


async def test_claim_after_seven_days(shop):
    """A purchase that is told of too late joins nothing."""
    await shop.order()
    await shop.wait(7 * DAY_S + 1)

    await shop.send(bought())

    assert shop.journal.order_state(SITE, "A-1").subject is None


async def test_claim_missed_in_a_crash(shop):
    """A purchase that missed its order in a crash is found when time is up."""
    _, body = await shop.ask()
    await shop.send(bought())
    await shop.order()
    shop.journal._writer.run(
        "miss",
        lambda c: c.execute("UPDATE orders SET subject=NULL, attributed_at_s=NULL"),
    )

    await shop.wait(7 * DAY_S + 1)

    subject = shop.journal.find_visitor(SITE, "v_1")[0]
    assert shop.journal.order_state(SITE, "A-1").subject == subject
    assert money(shop, body) == [("order", "A-1", 100.0)]


async def test_nothing_to_claim(shop):
    """Without an order, or without a purchase, there is nothing to join."""
    await shop.refund()
    await shop.send(bought())
    assert claim_by_purchase(shop.site, "A-1", at_s=NOW_S) == []
    assert claim_by_purchase(shop.site, "A-2", at_s=NOW_S) == []


async def test_refunds_stand_beside_their_order(shop):
    """A refund is an outcome of every decision that its order stands in."""
    _, body = await shop.ask()
    await shop.refund("1", "A-1", refund_cents=100)
    await shop.order("A-1", visitor="v_1")
    await shop.order("A-2", visitor="v_1")
    await shop.refund("1", "A-2", refund_cents=200)
    await shop.refund("1", "A-2", refund_cents=200)

    assert money(shop, body) == [
        ("order", "A-1", 100.0),
        ("refund", "A-1", 1.0),
        ("order", "A-2", 100.0),
        ("refund", "A-2", 2.0),
    ]


async def test_order_stands_in_every_window_that_holds_it(shop):
    """An order is the whole order of each decision whose window contains it."""
    _, early = await shop.ask()
    shop.clock.move(DAY_S)
    _, late = await shop.ask(session="s_second")
    shop.clock.move(6.5 * DAY_S)
    await shop.order(visitor="v_1")
    await shop.order("A-2", visitor="v_1", at_s=NOW_S + 60.0)

    assert money(shop, early) == [("order", "A-2", 100.0)]
    assert money(shop, late) == [("order", "A-1", 100.0)]


async def test_refund_of_an_unjoined_order(shop):
    """A refund of nobody's order is kept and stands in no decision."""
    _, body = await shop.ask()
    await shop.order()
    await shop.refund()

    assert money(shop, body) == []


async def test_ticks_are_cheap_without_open_orders(opened):
    """Joined orders are not looked at again."""
    shop = await opened(settings(), stocked=False)
    await shop.ask()
    await shop.order(visitor="v_1")

    assert shop.journal.open_orders(SITE) == []
    shop.clock.move(8 * DAY_S)
    await tick(shop.site)
    assert shop.kinds("attributed") == []
