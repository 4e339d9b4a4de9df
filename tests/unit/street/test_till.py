"""Money from the shop's server: believed once, joined, and never counted twice."""

import asyncio

import pytest

from engage.errors import BadRequest, Conflict, Expired, NotFound
from engage.settings import MoneySettings
from engage.street import till
from engage.wire.money import cents
from engage.wire.shop import Codes, Redeem
from tests.unit.street.builders import (
    HELP,
    NOW_S,
    RATES,
    SITE,
    fill_disk,
    free_disk,
    order,
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


async def test_order_that_says_when(shop):
    """A time that is said is part of the content."""
    await shop.order(at_s=NOW_S - 60.0)
    assert await shop.order(at_s=NOW_S - 60.0) == "repeat"
    with pytest.raises(Conflict, match=r"other content: at_s$"):
        await shop.order(at_s=NOW_S)


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
    with pytest.raises(Conflict, match="other content: said_at"):
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
    """A refund whose order is not there yet is held, and counts once it is."""
    assert await shop.refund() == "recorded"
    assert state(shop).body is None

    await shop.order()

    assert state(shop).refunded_cents == 2_500
    with pytest.raises(Conflict, match=r"got 100.01"):
        await shop.refund("R-2", refund_cents=7_501)


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


async def test_foreign_refunds_may_round(opened):
    """Three thirds of a foreign order may be refunded, whatever each rounds to."""
    shop = await opened(settings(money=RATES))
    await shop.order(value_cents=9_999, currency="USD")
    for number in range(3):
        await shop.refund(f"R-{number}", refund_cents=3_333, currency="USD")
    with pytest.raises(Conflict):
        await shop.refund("R-9", refund_cents=10, currency="USD")

    assert state(shop).refunded_cents == 9_000 == state(shop).body["value_cents"] + 1


@pytest.mark.parametrize(
    ("value", "discount", "margin"), [(9_000, 1_000, 2_000), (10_000, 0, 3_000)]
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


async def test_redeem(shop):
    """A code is redeemed once, for one order; unknown ones are not found."""
    answer, _ = await shop.until("autumn10")
    code = answer.decision.content.code
    message = Redeem(order_id="A-1", discount_cents=500)

    assert await till.redeem(shop.site, code, message) == "recorded"
    assert await till.redeem(shop.site, code, message) == "repeat"
    with pytest.raises(Conflict):
        await till.redeem(shop.site, code, Redeem(order_id="A-2"))
    with pytest.raises(NotFound):
        await till.redeem(shop.site, "nobodys", message)
    row = next(row for row in shop.journal.codes(SITE) if row.code == code)
    assert (row.state, row.order_id, row.amount_cents) == ("redeemed", "A-1", 500)


async def test_codes_redeemed_at_once(shop):
    """Of two hundred orders that redeem one code at once exactly one wins."""
    answer, _ = await shop.until("autumn10")
    code = answer.decision.content.code
    results = await asyncio.gather(
        *(till.redeem(shop.site, code, Redeem(order_id=f"A-{n}")) for n in range(200)),
        return_exceptions=True,
    )

    assert results.count("recorded") == 1
    assert sum(isinstance(one, Conflict) for one in results) == 199


async def test_order_redeems_its_code(opened):
    """An order's own code is redeemed with it, at what it cost in our currency."""
    shop = await opened(settings(money=RATES))
    answer, _ = await shop.until("autumn10")
    code = answer.decision.content.code
    await shop.order(code=code, discount_cents=1_000, currency="USD")

    row = next(row for row in shop.journal.codes(SITE) if row.code == code)
    assert (row.state, row.amount_cents) == ("redeemed", 900)
    assert row.order_id == "A-1"


async def test_order_stands_without_its_code(shop):
    """An order with another's code, an expired or an unknown one stands, too."""
    answer, _ = await shop.until("autumn10")
    used = answer.decision.content.code
    late, _ = await shop.until("autumn10", session="s_late")
    await shop.order("A-1", code=used)
    await shop.order("A-2", code=used)
    shop.clock.move(86_401.0)
    await shop.order("A-3", code=late.decision.content.code)
    await shop.order("A-4", code="unheard-of")

    assert all(state(shop, f"A-{n}").body for n in range(1, 5))
    assert shop.site.metrics.dropped.sums[("code_not_redeemable",)] >= 1
    with pytest.raises(Expired):
        await till.redeem(shop.site, late.decision.content.code, Redeem(order_id="9"))


async def test_codes_are_added_once(shop):
    """Codes that are known are duplicates, whichever pool they are sent to."""
    more = Codes(pool="autumn10", codes=("C-1", "new-1", "new-2"))

    assert await till.add_codes(shop.site, more) == (2, 1)
    assert await till.add_codes(shop.site, more) == (0, 3)


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


async def test_codes_may_come_before_the_discount(opened, tmp_path):
    """A shop that gives no discount yet may fill its pool; another name is a slip."""
    bare = await opened(settings(interventions=(HELP,)), stocked=False)
    codes = Codes(pool="autumn10", codes=("A", "B"))

    assert await till.add_codes(bare.site, codes) == (2, 0)
    shop = await opened(settings(), stocked=False, path=tmp_path / "other")
    with pytest.raises(
        BadRequest, match=r"^pool must be one of autumn10, got 'spring'"
    ):
        await till.add_codes(shop.site, Codes(pool="spring", codes=("A",)))
