"""Codes of a pool that a shop gives away by itself, in a newsletter perhaps."""

import pytest

from engage.errors import Conflict
from engage.stores.base import PoolState
from tests.contracts.stores.builders import T0
from tests.contracts.stores.test_store_codes import fill, hold, redeem, stock


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


async def test_code_of_the_shop_that_the_budget_has_not(store):
    """A redemption beyond the budget changes nothing: the code stays free."""
    await fill(store, "C1")

    with pytest.raises(Conflict):
        await redeem(store, spent_cents=10_001)
    assert await stock(store, T0) == PoolState(1, 10_000)
    assert await hold(store) == "C1"
