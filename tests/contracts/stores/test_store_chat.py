"""What every store promises about chat slots."""

import pytest

from engage.errors import StoreError
from tests.contracts.stores.builders import SITE, T0


async def announce(store, free, *, online=3, ttl_s=60.0, at_s=T0):
    """Report agents of the group `guitars`."""
    await store.chats.announce(
        SITE, "guitars", online=online, free=free, ttl_s=ttl_s, at_s=at_s
    )


async def invite(store, decision, share=0.1, *, until_s=T0 + 60.0, at_s=T0, **changes):
    """Try to hold a share of a slot."""
    return await store.chats.reserve(
        SITE,
        changes.get("group", "guitars"),
        decision=decision,
        share=share,
        overbooking=changes.get("overbooking", 0.05),
        until_s=until_s,
        at_s=at_s,
    )


async def left(store, at_s=T0):
    """Return the state of the group `guitars`."""
    return (await store.chats.groups(SITE, at_s=at_s))["guitars"]


async def test_announced_group(store):
    """A fresh report is what the group has."""
    await announce(store, 5)

    assert await store.chats.groups(SITE, at_s=T0) == {"guitars": (3, 5, 5.0, True, ())}
    assert await store.chats.groups("pk_other", at_s=T0) == {}


async def test_stale_report_is_nobody(store):
    """From the end of its time to live on, a report counts as nobody."""
    await announce(store, 5, ttl_s=60.0)

    assert (await left(store, T0 + 59.999)).is_fresh
    assert await left(store, T0 + 60.0) == (0, 0, 0.0, False, ())
    assert not await invite(store, "d_1", at_s=T0 + 60.0, until_s=T0 + 90.0)


async def test_unknown_group(store):
    """A group nobody announced has no slot."""
    assert not await invite(store, "d_1", group="violins")


async def test_nobody_free(store):
    """Without a free agent nobody is invited, however small the share."""
    await announce(store, 0)

    assert not await invite(store, "d_1", share=0.0)


async def test_first_invite_to_a_free_agent(store):
    """One invite for one agent cannot overflow, however likely it is accepted."""
    await announce(store, 1)

    assert await invite(store, "d_1", share=1.0)
    assert (await left(store)).left == 0.0


async def test_overflow_is_bounded(store):
    """Invites stop where more acceptances than agents become too likely."""
    await announce(store, 1)
    taken = [await invite(store, f"d_{i}", share=0.1) for i in range(10)]

    # P(Poisson(0.3) > 1) = 0.037, P(Poisson(0.4) > 1) = 0.062.
    assert taken == [True] * 3 + [False] * 7


async def test_same_decision_holds_once(store):
    """Asking again for the same decision holds nothing more."""
    await announce(store, 2)
    await invite(store, "d_1", share=0.4)

    assert await invite(store, "d_1", share=0.4)
    assert (await left(store)).left == 1.6
    assert (await left(store)).invited == (0.4,)


async def test_invite_expires(store):
    """An invite's share is free again exactly from its end on."""
    await announce(store, 1)
    await invite(store, "d_1", share=0.4, until_s=T0 + 10.0)

    assert (await left(store, T0 + 9.999)).left == 0.6
    assert (await left(store, T0 + 10.0)).left == 1.0
    assert not await store.chats.confirm(SITE, "d_1", at_s=T0 + 10.0)


async def test_confirm_is_hard(store):
    """Of two accepted invites for one agent only the first gets the chat."""
    await announce(store, 1)
    await invite(store, "d_1", share=0.1)
    await invite(store, "d_2", share=0.1)

    assert await store.chats.confirm(SITE, "d_1", at_s=T0)
    assert not await store.chats.confirm(SITE, "d_2", at_s=T0)
    assert await store.chats.confirm(SITE, "d_1", at_s=T0)
    assert (await left(store)).free == 0


async def test_confirm_of_an_unknown_decision(store):
    """A decision without an invite has nothing to confirm."""
    assert not await store.chats.confirm(SITE, "d_9", at_s=T0)


async def test_confirm_after_the_report_went_stale(store):
    """An invite cannot be confirmed when nobody is known to be there any more."""
    await announce(store, 1, ttl_s=5.0)
    await invite(store, "d_1", until_s=T0 + 60.0)

    assert not await store.chats.confirm(SITE, "d_1", at_s=T0 + 5.0)


async def test_confirmed_chat_when_everybody_has_gone(store):
    """Asked again it is good while its agent is busy with it, and not without one."""
    await announce(store, 1)
    await invite(store, "d_1")
    await store.chats.confirm(SITE, "d_1", at_s=T0)

    answers = []
    for online in (1, 0):
        await announce(store, 0, online=online)
        answers.append(await store.chats.confirm(SITE, "d_1", at_s=T0))
    assert answers == [True, False]


async def test_confirmed_chat_of_a_report_that_ran_out(store):
    """Asked again it is good until its group's report ends, exactly."""
    await announce(store, 1, ttl_s=5.0)
    await invite(store, "d_1")
    await store.chats.confirm(SITE, "d_1", at_s=T0)

    assert await store.chats.confirm(SITE, "d_1", at_s=T0 + 4.999)
    assert not await store.chats.confirm(SITE, "d_1", at_s=T0 + 5.0)


async def test_next_report_knows_of_the_chat(store):
    """A chat counts on its own until a report that must include it."""
    await announce(store, 2)
    await invite(store, "d_1")
    await store.chats.confirm(SITE, "d_1", at_s=T0)
    await announce(store, 2, at_s=T0 + 1.0)
    assert (await left(store, T0 + 1.0)).free == 1
    await announce(store, 1, at_s=T0 + 5.0)

    assert (await left(store, T0 + 5.0)).free == 1


async def test_released_invite(store):
    """A released invite gives its share back, once; a chat keeps its slot."""
    await announce(store, 2)
    await invite(store, "d_1", share=0.5)
    await invite(store, "d_2", share=0.5)
    await store.chats.confirm(SITE, "d_2", at_s=T0)

    assert await store.release(SITE, "d_1")
    assert not await store.release(SITE, "d_1")
    assert not await store.release(SITE, "d_2")
    assert await left(store) == (3, 1, 1.0, True, ())


async def test_fewer_agents_than_invites(store):
    """A report of fewer agents leaves invites open and nothing to invite to."""
    await announce(store, 5)
    for number in range(4):
        await invite(store, f"d_{number}", share=0.5)
    await announce(store, 1, at_s=T0 + 1.0)

    assert (await left(store, T0 + 1.0)).left == 0.0
    assert not await invite(store, "d_9", at_s=T0 + 1.0)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
async def test_share_is_a_probability(store, share):
    """A share that is no probability is refused."""
    await announce(store, 1)

    with pytest.raises(StoreError, match=r"^share must be in \[0, 1\]"):
        await invite(store, "d_1", share=share)
