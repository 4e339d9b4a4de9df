"""What every store promises about things taken out of stock by a try that was lost."""

import pytest

from engage.errors import Conflict
from engage.stores.base import PoolState
from engage.stores.claims import MOST
from tests.contracts.stores.builders import SITE, T0, code, record

POOL = "autumn10"


@pytest.fixture
async def filled(store):
    """A store with two codes, a budget of 20.00 and a free agent."""
    await store.codes.set_budget(SITE, POOL, 2_000)
    await store.codes.add(SITE, POOL, ["C1", "C2"])
    await store.chats.announce(SITE, "guitars", online=1, free=1, ttl_s=600.0, at_s=T0)
    return store


async def give(store, claim="a", decision="d_1", *, cents=1_000, lasts_s=60.0):
    """Hold a code and deliver it, as a step does; return the code."""
    text = await store.codes.reserve(
        SITE,
        POOL,
        decision=decision,
        subject="k_1",
        amount_cents=cents,
        until_s=T0 + lasts_s,
        at_s=T0,
        claim=claim,
    )
    await store.codes.give(SITE, decision, at_s=T0, until_s=T0 + lasts_s)
    return text


async def invite(store, claim="a", *, group="guitars"):
    """Hold a share of a slot for a decision."""
    return await store.chats.reserve(
        SITE,
        group,
        decision="d_1",
        share=0.5,
        overbooking=0.05,
        until_s=T0 + 60.0,
        at_s=T0,
        claim=claim,
    )


async def take_back(store, claim="a"):
    """Undo what a try at the decision reserved."""
    return await store.take_back(SITE, "d_1", claim=claim)


async def stock(store, at_s=T0):
    """Return what the pool has left."""
    return (await store.codes.stock(SITE, at_s=at_s))[POOL]


async def invited(store):
    """Return the shares that open invites hold."""
    return (await store.chats.groups(SITE, at_s=T0))["guitars"].invited


async def test_code_of_a_lost_try(filled):
    """A code that nobody was told of is free again with its money, given or not."""
    await give(filled)

    assert await take_back(filled)
    assert not await take_back(filled)
    assert await stock(filled) == PoolState(2, 2_000)
    assert await filled.codes.owner(SITE, "C1") is None
    assert [await give(filled, "b", f"d_{n}") for n in (2, 3)] == ["C2", "C1"]


async def test_end_of_a_code_taken_back(filled):
    """The end of what was taken back ends nothing that came after it."""
    await give(filled, lasts_s=10.0)
    await take_back(filled)
    await give(filled, "b", "d_2")
    await give(filled, "b", "d_3", lasts_s=20.0)

    assert await stock(filled, T0 + 15.0) == PoolState(0, 0)
    assert await stock(filled, T0 + 20.0) == PoolState(0, 1_000)


async def test_code_of_two_tries(filled):
    """What another try at the decision claims, too, stays: it may be answered."""
    assert await give(filled, "a") == await give(filled, "b") == "C1"

    assert not await take_back(filled, "b")
    assert not await take_back(filled, "b")
    assert await stock(filled) == PoolState(1, 1_000)
    assert await take_back(filled, "a")


async def test_unknown_claims(filled):
    """Nothing is taken back for a try that has reserved nothing."""
    assert not await take_back(filled)
    await give(filled)
    await invite(filled)

    assert not await take_back(filled, "b")
    assert await stock(filled) == PoolState(1, 1_000)
    assert await invited(filled) == (0.5,)


async def test_redeemed_code_stays(filled):
    """A code that an order has redeemed is the order's."""
    await give(filled)
    await filled.codes.redeem(SITE, "C1", "A-1", spent_cents=None, at_s=T0)

    assert not await take_back(filled)
    with pytest.raises(Conflict):
        await filled.codes.redeem(SITE, "C1", "A-2", spent_cents=None, at_s=T0)


async def test_restored_code_stays(store, journal):
    """What the journal knows as delivered is never taken back."""
    given = {"decision": "d_1", "subject": "k_1", "amount_cents": 500}
    journal.append_now(
        record("codes", POOL, codes=["C1"]), code("C1", "given", **given)
    )
    await store.codes.set_budget(SITE, POOL, 2_000)
    await store.restore(journal, SITE)
    assert await give(store, "a") == "C1"

    assert not await take_back(store, "a")
    assert await stock(store) == PoolState(0, 1_000)


async def test_too_many_tries(filled):
    """Tries are remembered up to a bound; past it nothing is taken back."""
    names = [f"try {number}" for number in range(MOST)]
    for name in names:
        await give(filled, name)
        await invite(filled, name)

    assert not any([await take_back(filled, name) for name in names])
    assert await stock(filled) == PoolState(1, 1_000)
    assert await invited(filled) == (0.5,)


async def test_promise_that_grew(filled):
    """A later try that promises more has more booked, for longer, or gets nothing."""
    await give(filled, cents=800, lasts_s=10.0)

    assert await give(filled, "b", cents=1_500, lasts_s=20.0) == "C1"
    assert await give(filled, "c", cents=300, lasts_s=5.0) == "C1"
    assert await give(filled, "d", cents=2_001) is None
    assert await stock(filled) == PoolState(1, 500)
    assert await stock(filled, T0 + 15.0) == PoolState(1, 500)
    assert await stock(filled, T0 + 20.0) == PoolState(1, 2_000)


async def test_promise_to_the_last_cent(filled):
    """A promise may grow until the budget is used up."""
    await give(filled, cents=800)

    assert await give(filled, "b", cents=2_000) == "C1"
    assert await stock(filled) == PoolState(1, 0)


async def test_another_pool(filled):
    """A decision that holds a code of one pool gets none of another."""
    await filled.codes.set_budget(SITE, "spring5", 2_000)
    await filled.codes.add(SITE, "spring5", ["S1"])
    await give(filled)
    other = await filled.codes.reserve(
        SITE,
        "spring5",
        decision="d_1",
        subject="k_1",
        amount_cents=100,
        until_s=T0 + 60.0,
        at_s=T0,
        claim="b",
    )

    assert other is None
    assert (await filled.codes.stock(SITE, at_s=T0))["spring5"] == PoolState(1, 2_000)


async def test_slot_of_a_lost_try(filled):
    """An invite that nobody was shown holds no agent, unless another try claims it."""
    assert await invite(filled, "a")
    assert await invite(filled, "b")
    assert not await take_back(filled, "a")
    assert await invited(filled) == (0.5,)

    assert await take_back(filled, "b")
    assert await invited(filled) == ()
    assert not await filled.chats.confirm(SITE, "d_1", at_s=T0)


async def test_chat_stays(filled):
    """A chat that has begun keeps its agent."""
    await invite(filled)
    await filled.chats.confirm(SITE, "d_1", at_s=T0)

    assert not await take_back(filled)
    assert (await filled.chats.groups(SITE, at_s=T0))["guitars"].free == 0
