"""A disk that takes nothing more: what was not kept was not applied."""

import asyncio

import pytest

from engage.errors import StoreError
from engage.street.closings import tick
from tests.unit.street.builders import (
    ASK,
    NOW_S,
    SITE,
    VIEW,
    beacon,
    event,
    fill_disk,
    free_disk,
    report,
)

PAD = tuple(event("ping", active_ms=1) for _ in range(3))


async def refused(sendings):
    """Send until the disk refuses; return how many were taken before."""
    for number, sending in enumerate(sendings):
        try:
            await sending
        except StoreError:
            return number
    raise AssertionError("the disk is not full")


async def full(shop):
    """Fill the disk; the journal notices at the next write."""
    await shop.journal.append()
    fill_disk(shop)


async def test_decision_that_is_not_kept_was_not_made(shop):
    """After the disk has failed, the same beacon is decided on as if for the first."""
    await full(shop)
    number = await refused(shop.send(*VIEW, ASK, visitor=f"v_{n}") for n in range(60))
    assert f"v_{number}" not in {body["visitor"] for body in shop.rows()}
    assert (await shop.store.load(SITE, f"v_{number}", f"s_v_{number}")).session is None
    free_disk(shop)

    await shop.send(*VIEW, ASK, visitor=f"v_{number}", seq=0)

    assert shop.last()["visitor"] == f"v_{number}"
    assert shop.last()["visit_index"] == 1
    counted = sum(shop.site.metrics.decisions.sums.values())
    assert counted == len(shop.rows())


async def test_outcome_that_is_not_kept_is_reported_again(shop):
    """An outcome refused by the disk is taken when the browser repeats it."""
    answer, body = await shop.until("size_guide")
    visitor = body["session"].removeprefix("s_")
    shown = report(answer.decision, "action_shown")
    await full(shop)
    await refused(shop.send(*PAD, shown, ASK, visitor=visitor) for _ in range(200))
    seq = shop.seqs[f"s_{visitor}"]
    known = await shop.store.load(SITE, visitor, body["session"])
    free_disk(shop)

    again = await shop.engine.take(beacon(shown, seq=seq, visitor=visitor))

    assert again.result == "applied"
    assert known.visitor is not None
    assert "shown" in [o["name"] for o in shop.row(answer.decision.id)["outcomes"]]


async def test_beacons_that_fail_together(shop):
    """Beacons under way when the disk fails are decided on once, when repeated."""
    await shop.send(*VIEW)
    await full(shop)
    results = [None]
    while not any(isinstance(one, StoreError) for one in results):
        results = await asyncio.gather(
            *(shop.send(ASK) for _ in range(5)), return_exceptions=True
        )
    free_disk(shop)
    failed = {
        seq
        for seq, one in zip(range(-4, 1), results, strict=True)
        if isinstance(one, StoreError)
    }
    last = shop.seqs["s_v_1"]
    assert not {last + seq for seq in failed} & {body["seq"] for body in shop.rows()}

    for seq in range(last - 4, last + 1):
        await shop.send(ASK, seq=seq)

    # In any order: a repeat is recorded after those that were not refused.
    assert sorted(body["seq"] for body in shop.rows()) == list(range(1, last + 1))
    known = await shop.store.load(SITE, "v_1", "s_v_1")
    assert known.visitor.decisions == last


async def test_plain_behaviour_may_be_lost(shop):
    """A beacon that leads to nothing durable is answered on a full disk."""
    await shop.send(*VIEW)
    await full(shop)

    for _ in range(200):
        shop.clock.move(61.0)
        long_stay = event("ping", active_ms=61_000, visible_ms=61_000)
        assert await shop.send(long_stay, page="content") is not None
    free_disk(shop)


async def test_visit_ends_when_the_disk_is_back(shop):
    """A visit whose end could not be kept ends later, and once."""
    for number in range(30):
        await shop.send(*VIEW, visitor=f"v_{number}")
    await full(shop)
    shop.clock.set(NOW_S + 1_900.0)
    with pytest.raises(StoreError):
        await tick(shop.site)
    kept = len(shop.kinds("visit"))
    assert await shop.store.live_sessions() == 30 - kept
    free_disk(shop)

    await shop.wait(1.0)

    assert len(shop.kinds("visit")) == 30
    assert await shop.store.live_sessions() == 0
