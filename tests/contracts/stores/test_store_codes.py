"""What every store promises about codes and budgets."""

import asyncio

import pytest

from engage.errors import Conflict, Expired, NotFound, StoreError
from engage.stores.base import PoolState
from tests.contracts.stores.builders import SITE, T0, code, record

POOL = "autumn10"


async def fill(store, *codes, cents=10_000):
    """Give the pool a budget and codes."""
    await store.codes.set_budget(SITE, POOL, cents)
    await store.codes.add(SITE, POOL, codes)


async def hold(store, decision="d_1", cents=1_000, *, until_s=T0 + 60.0, at_s=T0):
    """Try to hold a code."""
    return await store.codes.reserve(
        SITE,
        POOL,
        decision=decision,
        subject=f"subject of {decision}",
        amount_cents=cents,
        until_s=until_s,
        at_s=at_s,
    )


async def redeem(store, text="C1", order_id="A-1", *, spent_cents=None, at_s=T0):
    """Redeem a code."""
    return await store.codes.redeem(
        SITE, text, order_id, spent_cents=spent_cents, at_s=at_s
    )


async def stock(store, at_s=T0):
    """Return what the pool has left."""
    return (await store.codes.stock(SITE, at_s=at_s))[POOL]


async def test_added_codes(store):
    """Codes known to any pool of the site are duplicates."""
    assert await store.codes.add(SITE, POOL, ["C1", "C2", "C1"]) == (2, 1)
    assert await store.codes.add(SITE, "other", ["C2", "C3"]) == (1, 1)
    assert await store.codes.add("pk_other", POOL, ["C1"]) == (1, 0)


async def test_pool_without_a_budget_gives_nothing(store):
    """Money that nobody set aside is not given away."""
    await store.codes.add(SITE, POOL, ["C1"])

    assert await hold(store, cents=1) is None
    assert await stock(store) == PoolState(1, 0)


async def test_unknown_pool(store):
    """A pool nobody filled has nothing."""
    assert await hold(store) is None


async def test_codes_in_the_order_added(store):
    """Codes are issued first in, first out, until none is left."""
    await fill(store, "C1", "C2")

    assert [await hold(store, f"d_{i}") for i in range(3)] == ["C1", "C2", None]
    assert await stock(store) == PoolState(0, 8_000)


async def test_same_decision_gets_the_same_code(store):
    """Asking again for the same decision holds nothing more."""
    await fill(store, "C1", "C2")
    await hold(store)

    assert await hold(store) == "C1"
    assert await stock(store) == PoolState(1, 9_000)


async def test_budget_is_hard(store):
    """Nothing is held beyond the last cent."""
    await fill(store, "C1", "C2", "C3", cents=1_500)

    assert await hold(store, "d_1", 1_000) == "C1"
    assert await hold(store, "d_2", 501) is None
    assert await hold(store, "d_2", 500) == "C2"
    assert await hold(store, "d_3", 1) is None


async def test_hold_expires(store):
    """A hold ends exactly at its end: the code and its money are there again."""
    await fill(store, "C1", cents=1_000)
    await hold(store, until_s=T0 + 10.0)

    assert await stock(store, T0 + 9.999) == PoolState(0, 0)
    assert await stock(store, T0 + 10.0) == PoolState(1, 1_000)
    assert not await store.codes.give(SITE, "d_1", at_s=T0 + 10.0)


async def test_hold_in_the_past(store):
    """A hold that would be over already is not made."""
    await fill(store, "C1")

    assert await hold(store, until_s=T0, at_s=T0) is None
    assert await stock(store) == PoolState(1, 10_000)


async def test_given_code_does_not_return(store):
    """A delivered code outlives its hold, and is neither released nor issued again."""
    await fill(store, "C1")
    await hold(store, until_s=T0 + 10.0)
    assert await store.codes.give(SITE, "d_1", at_s=T0)
    assert await store.codes.give(SITE, "d_1", at_s=T0)

    assert not await store.release(SITE, "d_1")
    assert await stock(store, T0 + 999.0) == PoolState(0, 9_000)
    assert await store.codes.add(SITE, POOL, ["C1"]) == (0, 1)


async def test_given_code_expires(store):
    """A delivered code that is not redeemed returns its money, never itself."""
    await fill(store, "C1")
    await hold(store)
    await store.codes.give(SITE, "d_1", at_s=T0, until_s=T0 + 100.0)

    assert await stock(store, T0 + 99.0) == PoolState(0, 9_000)
    assert await stock(store, T0 + 100.0) == PoolState(0, 10_000)
    with pytest.raises(Expired, match=r"^code 'C1' is no longer valid$"):
        await redeem(store, at_s=T0 + 100.0)
    assert not await store.codes.give(SITE, "d_1", at_s=T0 + 100.0)


async def test_released_hold(store):
    """A released hold returns code and money at once, and only once."""
    await fill(store, "C1")
    await hold(store)

    assert await store.release(SITE, "d_1")
    assert not await store.release(SITE, "d_1")
    assert await stock(store) == PoolState(1, 10_000)
    assert await store.codes.owner(SITE, "C1") is None


async def test_end_of_a_former_hold(store):
    """The end of a released hold does not end the next hold of the same code."""
    await fill(store, "C1")
    await hold(store, "d_1", until_s=T0 + 10.0)
    await store.release(SITE, "d_1")
    await hold(store, "d_2", until_s=T0 + 20.0)

    assert await stock(store, T0 + 15.0) == PoolState(0, 9_000)
    assert await store.codes.owner(SITE, "C1") == ("d_2", "subject of d_2")


async def test_redeemed_once(store):
    """A code is redeemed by one order; the same order again is a repeat."""
    await fill(store, "C1")
    await hold(store)
    await store.codes.give(SITE, "d_1", at_s=T0, until_s=T0 + 100.0)

    assert await redeem(store) == "redeemed"
    assert await redeem(store, at_s=T0 + 999.0) == "repeat"
    with pytest.raises(Conflict, match=r"^code 'C1' is redeemed by another order$"):
        await redeem(store, order_id="A-2")


async def test_unknown_code(store):
    """A code that no pool has cannot be redeemed."""
    await fill(store, "C1")

    with pytest.raises(NotFound, match=r"^code 'C9' is unknown$"):
        await redeem(store, "C9")


async def test_two_hundred_redemptions_at_once(store):
    """Of 200 orders that redeem one code at the same time exactly one wins."""
    await fill(store, "C1")
    await hold(store)
    await store.codes.give(SITE, "d_1", at_s=T0)

    results = await asyncio.gather(
        *(redeem(store, order_id=f"A-{i}") for i in range(200)),
        return_exceptions=True,
    )

    assert results.count("redeemed") == 1
    assert sum(isinstance(one, Conflict) for one in results) == 199


async def test_spent_less_than_held(store):
    """What an order did not use returns to the budget, even when told later."""
    await fill(store, "C1")
    await hold(store, cents=1_000)
    await redeem(store)
    assert (await stock(store)).budget_left_cents == 9_000
    await redeem(store, spent_cents=400)

    assert (await stock(store)).budget_left_cents == 9_600


async def test_spent_more_than_the_budget(store):
    """A cost above what is left is refused and changes nothing."""
    await fill(store, "C1", cents=1_500)
    await hold(store, cents=1_000)

    with pytest.raises(Conflict, match="must be <= 1500, the budget left, got 1501"):
        await redeem(store, spent_cents=1_501)
    assert await redeem(store, spent_cents=1_500) == "redeemed"
    assert (await stock(store)).budget_left_cents == 0


async def test_budget_cut_below_what_is_held(store):
    """A budget cut below what is held gives nothing more, and takes nothing back."""
    await fill(store, "C1", "C2")
    await hold(store, cents=1_000)
    await store.codes.set_budget(SITE, POOL, 500)

    assert await hold(store, "d_2", 1) is None
    assert await stock(store) == PoolState(1, 0)
    assert await redeem(store, spent_cents=1_000) == "redeemed"


async def test_owner_of_a_code(store):
    """A code leads to the decision and the subject it was issued to."""
    await fill(store, "C1")
    assert await store.codes.owner(SITE, "C1") is None
    await hold(store)
    await redeem(store)

    assert await store.codes.owner(SITE, "C1") == ("d_1", "subject of d_1")


@pytest.mark.parametrize("call", ["budget", "amount", "spent"])
async def test_money_is_not_negative(store, call):
    """Negative money is refused."""
    await fill(store, "C1")
    await hold(store)

    with pytest.raises(StoreError, match="must be >= 0"):
        await {
            "budget": lambda: store.codes.set_budget(SITE, POOL, -1),
            "amount": lambda: hold(store, "d_2", -1),
            "spent": lambda: redeem(store, spent_cents=-1),
        }[call]()


async def test_restored_codes(store, journal):
    """Holds, delivered and redeemed codes count again; free ones can be issued."""
    journal.append_now(
        record("codes", POOL, codes=["C1", "C2", "C3", "C4", "C5"]),
        code(
            "C1",
            "held",
            decision="d_1",
            subject="s_1",
            until_s=T0 + 9.0,
            amount_cents=100,
        ),
        code(
            "C2",
            "given",
            decision="d_2",
            subject="s_2",
            until_s=T0 + 99.0,
            amount_cents=200,
        ),
        code(
            "C3",
            "redeemed",
            decision="d_3",
            subject="s_3",
            order_id="A-3",
            amount_cents=400,
        ),
        code("C4", "expired", decision="d_4", subject="s_4", amount_cents=800),
    )
    await store.codes.set_budget(SITE, POOL, 10_000)

    assert (await store.restore(journal, SITE)).codes == 5
    assert await stock(store) == PoolState(1, 9_300)
    assert await stock(store, T0 + 9.0) == PoolState(2, 9_400)
    assert await stock(store, T0 + 99.0) == PoolState(2, 9_600)
    assert await redeem(store, "C3", "A-3") == "repeat"
    with pytest.raises(Expired):
        await redeem(store, "C4", at_s=T0 + 99.0)


async def test_restore_again(store, journal):
    """Restoring twice counts nothing twice."""
    journal.append_now(
        record("codes", POOL, codes=["C1", "C2"]),
        code("C1", "given", decision="d_1", subject="s_1", amount_cents=200),
    )
    await store.codes.set_budget(SITE, POOL, 1_000)
    await store.restore(journal, SITE)
    await store.restore(journal, SITE)

    assert await stock(store) == PoolState(1, 800)
