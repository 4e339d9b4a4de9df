"""Money from the shop's server: believed once, joined, and never counted twice."""

import asyncio

import pytest
from structlog.testing import capture_logs

from engage.errors import BadRequest, Conflict
from engage.settings import MoneySettings
from engage.stores.base import Record
from engage.street import agents, till
from engage.wire.money import cents
from engage.wire.shop import GroupStatus
from tests.unit.street.builders import (
    NOW_S,
    RATES,
    SITE,
    fill_disk,
    free_disk,
    order,
    refund,
    settings,
)


def state(shop, order_id="A-1"):
    """Return what is recorded of an order."""
    return shop.journal.order_state(SITE, order_id)


async def test_order_once(shop):
    """An exact repeat is a repeat; the same id with other content a conflict."""
    assert await shop.order() == "recorded"
    shop.clock.move(60.0)
    assert await shop.order() == "repeat"
    with pytest.raises(
        Conflict, match=r"^order 'A-1' was recorded with other content: value$"
    ):
        await shop.order(value_cents=9_999)

    assert len(shop.kinds("order")) == 1
    sums = shop.site.metrics.orders.sums
    assert sums == {("unjoined",): 1, ("repeat",): 1}


@pytest.mark.parametrize(("first", "then"), [("v_1", "v_2"), (None, "v_1")])
async def test_order_of_another_visitor(shop, first, then):
    """Whose it is belongs to the content, known to us or not; it is not given away."""
    await shop.order(visitor=first)

    assert await shop.order(visitor=first) == "repeat"
    with pytest.raises(Conflict, match=r"other content: visitor$"):
        await shop.order(visitor=then)


async def test_repeat_of_an_order_from_an_earlier_release(shop):
    """It is compared by what its record holds, which did not tell whose it is."""
    body = till._order_body(shop.site, order(visitor="v_1"), at_s=NOW_S)
    body |= {"sent": "a digest of then"}
    del body["unnamed"]
    await shop.journal.append(
        Record(kind="order", site=SITE, key="A-1", at_s=NOW_S, body=body)
    )

    assert await shop.order(visitor="v_1") == "repeat"


async def test_order_with_an_absurd_margin(shop):
    """Believed, for the shop says so, and told to its operator by its number."""
    margins = {"A-1": 3_000_000, "A-2": 3_000_001, "A-3": -3_000_001}
    with capture_logs() as lines:
        for name, margin_cents in margins.items():
            await shop.order(name, value_cents=4_000_000, margin_cents=margin_cents)

    told = [one for one in lines if one["event"] == "order.doubted"]
    del margins["A-1"]
    assert {one["order"]: one["margin_cents"] for one in told} == margins
    assert state(shop, "A-2").body["margin_cents"] == 3_000_001


async def test_order_that_says_when(shop):
    """A time that is said is part of the content."""
    await shop.order(at_s=NOW_S - 60.0)
    await shop.order("A-2")
    assert await shop.order(at_s=NOW_S - 60.0) == "repeat"
    for name, at_s in (("A-1", NOW_S), ("A-1", None), ("A-2", NOW_S)):
        with pytest.raises(Conflict, match=r"other content: at$"):
            await shop.order(name, at_s=at_s)


async def test_time_that_is_still_to_come(shop):
    """An order is not placed after it came, whatever the shop's clock says."""
    early = order(at_s=NOW_S + 300.0)
    await till.take_order(shop.site, early)
    await till.take_refund(shop.site, refund(at_s=NOW_S + 86_400.0))
    shop.clock.move(60.0)

    assert await till.take_order(shop.site, early) == "repeat"
    assert state(shop).body["at_s"] == NOW_S
    assert state(shop).refunds["R-1"]["at_s"] == NOW_S


async def test_repeat_under_other_settings(shop):
    """A repeat stays one when a rate or the margin's share has changed since."""
    first = MoneySettings(margin_rate=0.3, rates={"USD": 0.9})
    dollars = {"currency": "USD", "margin_cents": None}
    shop = await shop.crash(money=first)
    await shop.order(**dollars)
    await shop.refund(currency="USD")
    shop = await shop.crash(money=MoneySettings(margin_rate=0.5, rates={"USD": 0.8}))

    assert await shop.order(**dollars) == "repeat"
    assert await shop.refund(currency="USD") == "repeat"
    shop.close()


async def test_refunds_in_thousandths(shop):
    """Halves of an amount with three decimals are not more than the whole."""
    shop = await shop.crash(money=MoneySettings(currency="KWD"))
    await shop.order(value_cents=cents(1.234), currency="KWD")
    for name in ("R-1", "R-2"):
        half = cents(1.234 / 2)
        assert await shop.refund(name, refund_cents=half, currency="KWD") == "recorded"
    with pytest.raises(Conflict, match=r"^refunds must sum to <= 1\.23, got 1\.27$"):
        await shop.refund("R-3", refund_cents=3, currency="KWD")
    shop.close()


async def test_orders_that_come_at_once(shop):
    """Of many equal orders at once one is recorded, of different ones one conflicts."""
    same = await asyncio.gather(*(shop.order() for _ in range(5)))
    results = await asyncio.gather(
        *(shop.order("A-2", value_cents=cents) for cents in (100, 200)),
        return_exceptions=True,
    )

    assert sorted(same) == ["recorded", *["repeat"] * 4]
    assert results[0] == "recorded"
    assert isinstance(results[1], Conflict)
    assert state(shop, "A-2").body["value_cents"] == 100


async def test_refund_once(shop):
    """A refund is named by order and refund; other content under it conflicts."""
    await shop.order()
    assert await shop.refund() == "recorded"
    shop.clock.move(9.0)
    assert await shop.refund() == "repeat"
    with pytest.raises(
        Conflict, match=r"^refund 'R-1' was recorded with other content: refund$"
    ):
        await shop.refund(refund_cents=1)
    with pytest.raises(Conflict, match=r"other content: at$"):
        await shop.refund(at_s=NOW_S)

    assert state(shop).refunded_cents == 2_500


async def test_refunds_never_pass_the_value(shop):
    """Refunds sum to the order's value at most, to the cent."""
    await shop.order()
    await shop.refund("R-1", refund_cents=6_000)
    with pytest.raises(
        Conflict, match=r"^refunds must sum to <= 100\.00, got 100\.01$"
    ):
        await shop.refund("R-2", refund_cents=4_001)
    await shop.refund("R-2", refund_cents=4_000)

    assert state(shop).refunded_cents == 10_000


async def test_refunds_that_come_at_once(shop):
    """Two refunds at once that are too much together: one of them conflicts."""
    await shop.order()
    results = await asyncio.gather(
        *(shop.refund(name, refund_cents=6_000) for name in ("R-1", "R-2", "R-3")),
        return_exceptions=True,
    )

    assert results[0] == "recorded"
    assert [type(one) for one in results[1:]] == [Conflict, Conflict]
    assert state(shop).refunded_cents == 6_000


async def test_refund_before_its_order(shop):
    """Refunds whose order is not there yet are held, and count once it is."""
    assert await shop.refund() == "recorded"
    assert await shop.refund("R-2", refund_cents=500) == "recorded"
    assert state(shop).body is None

    await shop.order()

    assert state(shop).refunded_cents == 3_000
    with pytest.raises(Conflict, match=r"got 100.01"):
        await shop.refund("R-3", refund_cents=7_001)


async def test_currency(opened):
    """The site's currency and those with a rate are taken, others are refused."""
    shop = await opened(settings(money=RATES))
    await shop.order("A-1", currency="USD", discount_cents=1_000)
    with pytest.raises(
        BadRequest, match=r"^currency must be one of EUR, USD, got 'GBP'$"
    ):
        await shop.order("A-2", currency="GBP")
    with pytest.raises(BadRequest, match=r"^currency must be one of EUR, USD"):
        await shop.refund(currency="CHF")

    body = state(shop).body
    assert (body["value_cents"], body["margin_cents"]) == (9_000, 3_600)
    assert (body["discount_cents"], body["currency"]) == (900, "USD")
    assert state(shop, "A-2") is None


async def test_half_a_cent_of_foreign_money(opened):
    """A rate's half cents are rounded up, as all money is."""
    shop = await opened(settings(money=RATES))
    await shop.order(value_cents=1_005, margin_cents=25, currency="USD")

    body = state(shop).body
    assert (body["value_cents"], body["margin_cents"]) == (905, 23)


async def test_foreign_refunds_may_round(opened):
    """Three thirds of a foreign order may be refunded, whatever each rounds to."""
    shop = await opened(settings(money=RATES))
    await shop.order(value_cents=9_999, currency="USD")
    for number in range(3):
        await shop.refund(f"R-{number}", refund_cents=3_333, currency="USD")
    with pytest.raises(Conflict, match=r"^refunds must sum to <= 89\.99, got 90\.02$"):
        await shop.refund("R-9", refund_cents=2, currency="USD")

    assert state(shop).refunded_cents == 9_000 == state(shop).body["value_cents"] + 1


@pytest.mark.parametrize(
    ("value", "discount", "margin"),
    # Of the last two a half stands in the middle: rounded as on a receipt.
    [(9_000, 1_000, 2_000), (10_000, 0, 3_000), (1_215, 0, 365), (1_205, 10, 355)],
)
async def test_margin_from_the_rate(opened, value, discount, margin):
    """Without a margin: rate x (value + discount) - discount, taken off once."""
    shop = await opened(settings(money=MoneySettings(margin_rate=0.3)))
    await shop.order(value_cents=value, discount_cents=discount, margin_cents=None)

    assert state(shop).body["margin_cents"] == margin


async def test_said_margin_stands(shop):
    """A margin that is said is after the discount already."""
    await shop.order(margin_cents=4_120, discount_cents=1_299)

    assert state(shop).body["margin_cents"] == 4_120


async def test_order_on_a_full_disk(shop):
    """An order that could not be kept is taken when it is sent again."""
    answer, _ = await shop.until("autumn10")
    code = answer.decision.content.code
    await shop.journal.append()
    fill_disk(shop)
    number, failed = 0, None
    while failed is None:
        number += 1
        one = order(f"A-{number}", code=code if number == 1 else None)
        results = await asyncio.gather(
            till.take_order(shop.site, one), return_exceptions=True
        )
        failed = results[0] if isinstance(results[0], Exception) else None
    free_disk(shop)

    assert await till.take_order(shop.site, one) == "recorded"
    assert len(shop.kinds("order")) == number


async def test_agents_of_a_group_that_no_chat_names(shop):
    """A slip of the pen in the chat's adapter is told once, with the right names."""
    status = GroupStatus(online=3, free=3, ttl_s=60.0)
    with capture_logs() as lines:
        await agents.announce(shop.site, "guitras", status)
        await agents.announce(shop.site, "guitras", status)
        await agents.announce(shop.site, "guitars", status)

    told = [one for one in lines if one["event"] == "group.unknown"]
    assert [(one["group"], one["known"]) for one in told] == [("guitras", ["guitars"])]
    assert shop.site.metrics.dropped.sums == {("unknown_group",): 2}
    assert shop.site.metrics.free_agents.of(SITE) == {("guitars",): 3}


async def test_agents_of_a_group_that_the_shop_names(opened):
    """Who is announced for another desk, as the settings say, is no mistake."""
    shop = await opened(settings(chat_groups=("audio",)))
    with capture_logs() as lines:
        await agents.announce(
            shop.site, "audio", GroupStatus(online=3, free=2, ttl_s=60.0)
        )

    assert [one["event"] for one in lines] == []
    assert shop.site.metrics.free_agents.of(SITE)["audio",] == 2
