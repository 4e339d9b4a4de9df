"""Codes: added once, asked about, and used up by the order that was paid with them."""

import asyncio

import pytest

from engage.errors import BadRequest, Conflict, Expired, NotFound
from engage.stores.base import PoolState
from engage.street.codes import add_codes, redeem
from engage.wire.shop import Codes, Redeem
from tests.unit.street.builders import HELP, RATES, SITE, settings


def code_of(answer):
    """Return the code of a card."""
    return answer.decision.content.code


async def test_redeem(shop):
    """A code is redeemed once, for one order; unknown ones are not found."""
    answer, _ = await shop.until("autumn10")
    code = answer.decision.content.code
    message = Redeem(order_id="A-1", discount_cents=500)

    assert await redeem(shop.site, code, message) == "recorded"
    assert await redeem(shop.site, code, message) == "repeat"
    with pytest.raises(Conflict):
        await redeem(shop.site, code, Redeem(order_id="A-2"))
    with pytest.raises(NotFound):
        await redeem(shop.site, "nobodys", message)
    row = next(row for row in shop.journal.codes(SITE) if row.code == code)
    assert (row.state, row.order_id, row.amount_cents) == ("redeemed", "A-1", 500)


async def test_codes_redeemed_at_once(shop):
    """Of two hundred orders that redeem one code at once exactly one wins."""
    answer, _ = await shop.until("autumn10")
    code = answer.decision.content.code
    results = await asyncio.gather(
        *(redeem(shop.site, code, Redeem(order_id=f"A-{n}")) for n in range(200)),
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


async def test_code_in_small_letters(shop):
    """Some shop systems write all coupons small: it is the same code."""
    answer, _ = await shop.until("autumn10")
    code = code_of(answer)
    await shop.order(code=code.lower())

    row = next(row for row in shop.journal.codes(SITE) if row.code == code)
    assert (row.state, row.order_id) == ("redeemed", "A-1")
    assert shop.journal.order_state(SITE, "A-1").body["joined_by"] == "code"
    with pytest.raises(NotFound, match=r"^code 'nobodys' is unknown$"):
        await redeem(shop.site, "nobodys", Redeem(order_id="A-2"))


async def test_order_stands_without_its_code(shop):
    """An order with another's code, an expired or an unknown one stands, too."""
    answer, _ = await shop.until("autumn10")
    used = answer.decision.content.code
    late, _ = await shop.until("autumn10", session="s_late")
    await shop.order("A-1", code=used)
    await shop.order("A-2", code=used)
    shop.clock.move(86_401.0)
    await shop.order("A-3", code=code_of(late))
    await shop.order("A-4", code="unheard-of")

    states = [shop.journal.order_state(SITE, f"A-{n}") for n in range(1, 5)]
    assert all(one.body for one in states)
    assert shop.site.metrics.dropped.sums[("code_not_redeemable",)] == 1
    row = next(r for r in shop.journal.codes(SITE) if r.code == code_of(late))
    assert (row.state, row.order_id) == ("redeemed", "A-3")


async def test_order_uses_up_a_code_that_nobody_was_given(shop):
    """A code that an order was paid with is never given to somebody else."""
    free = [row.code for row in shop.journal.codes(SITE) if row.state == "free"]
    for number, code in enumerate(free):
        # More than the budget, too: the shop has honoured it.
        await shop.order(f"A-{number}", code=code, discount_cents=10_000_000)
    again = await shop.crash()

    for one in (shop, again):
        stock = await one.site.store.codes.stock(SITE, at_s=one.site.now_s())
        assert stock["autumn10"] == PoolState(0, 0)
    again.close()


async def test_expired_code_is_refused(shop):
    """Whoever asks before honouring it is told that a code has expired."""
    answer, _ = await shop.until("autumn10")
    shop.clock.move(86_401.0)

    with pytest.raises(Expired):
        await redeem(shop.site, code_of(answer), Redeem(order_id="9"))


async def test_codes_are_added_once(shop):
    """Codes that are known are duplicates, whichever pool they are sent to."""
    more = Codes(pool="autumn10", codes=("C-1", "new-1", "new-2"))

    assert await add_codes(shop.site, more) == (2, 1)
    assert await add_codes(shop.site, more) == (0, 3)


async def test_codes_may_come_before_the_discount(opened, tmp_path):
    """A shop that gives no discount yet may fill its pool; another name is a slip."""
    bare = await opened(settings(interventions=(HELP,)), stocked=False)
    codes = Codes(pool="autumn10", codes=("A", "B"))

    assert await add_codes(bare.site, codes) == (2, 0)
    shop = await opened(settings(), stocked=False, path=tmp_path / "other")
    with pytest.raises(
        BadRequest, match=r"^pool must be one of autumn10, got 'spring'"
    ):
        await add_codes(shop.site, Codes(pool="spring", codes=("A",)))
