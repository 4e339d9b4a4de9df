"""Codes of a pool that a shop gives away by itself, in a newsletter perhaps."""

import pytest

from engage.errors import Conflict
from engage.stores.base import PoolState
from tests.contracts.stores.builders import SITE, T0
from tests.contracts.stores.test_store_codes import POOL, fill, hold, redeem, stock


async def test_code_that_the_shop_gave_itself(store):
    """A code of a pool is redeemed without a card, once, and no card carries it."""
    await fill(store, "C1", "C2")

    assert await redeem(store, spent_cents=500) == "redeemed"
    assert await redeem(store, spent_cents=500) == "repeat"
    with pytest.raises(Conflict, match=r"^code 'C1' is redeemed by another order$"):
        await redeem(store, order_id="A-2")
    assert await stock(store, T0) == PoolState(1, 9_500)
    assert await hold(store) == "C2"
    assert await hold(store, "d_2") is None


async def test_order_that_is_paid_with_an_expired_code(store):
    """An order that is told too late has spent what was promised, or what it says."""
    await fill(store, "C1", "C2")
    for number in (1, 2):
        await hold(store, f"d_{number}", 1_000)
        await store.codes.give(SITE, f"d_{number}", at_s=T0, until_s=T0 + 9.0)
    late = {"at_s": T0 + 10.0, "is_paid": True}

    assert (
        await store.codes.redeem(SITE, "C1", "A-1", spent_cents=None, **late)
        == "redeemed"
    )
    assert (
        await store.codes.redeem(SITE, "C2", "A-2", spent_cents=400, **late)
        == "redeemed"
    )
    with pytest.raises(Conflict, match=r"^code 'C1' is redeemed by another order$"):
        await store.codes.redeem(SITE, "C1", "A-2", spent_cents=None, **late)
    assert await stock(store, T0 + 10.0) == PoolState(0, 8_600)


async def test_order_that_is_paid_beyond_the_budget(store):
    """What an order has spent is booked in full: nothing more is given."""
    await fill(store, "C1", "C2", "C3", cents=1_500)
    await hold(store, cents=1_000)
    paid = {"spent_cents": 1_600, "at_s": T0, "is_paid": True}

    assert await store.codes.redeem(SITE, "C1", "A-1", **paid) == "redeemed"
    assert await store.codes.redeem(SITE, "C2", "A-2", **paid) == "redeemed"
    assert await stock(store) == PoolState(1, 0)
    await store.codes.set_budget(SITE, POOL, 3_201)
    assert await stock(store) == PoolState(1, 1)


async def test_code_of_the_shop_that_the_budget_has_not(store):
    """A redemption beyond the budget changes nothing: the code stays free."""
    await fill(store, "C1")

    with pytest.raises(Conflict):
        await redeem(store, spent_cents=10_001)
    assert await stock(store, T0) == PoolState(1, 10_000)
    assert await hold(store) == "C1"
