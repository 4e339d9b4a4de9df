"""More beacons than can be answered: the rest is told at once to come back."""

import asyncio

from engage.web.crowding import Crowd
from tests.web.serving import ORIGIN, beacon, request

CALLERS = 40


async def test_turn_ends_with_the_turn():
    """The first of a turn is always taken; those that are too late are not."""
    crowd = Crowd(most_s=0.05, few=1)

    same_turn = [crowd.is_too_much(now_s) for now_s in (10.0, 10.04, 10.06, 99.0)]
    await asyncio.sleep(0)

    assert same_turn == [False, False, True, True]
    assert not crowd.is_too_much(99.1)


async def test_a_slow_machine_is_no_rush():
    """However long a turn lasts, a few are always taken."""
    crowd = Crowd(most_s=0.05, few=3)

    assert [crowd.is_too_much(now_s) for now_s in (1.0, 5.0, 9.0, 9.1)] == [
        False,
        False,
        False,
        True,
    ]


async def test_behind_until_the_next_turn():
    """Whoever is sent away says that the service is behind, for a turn or two."""
    crowd = Crowd(most_s=0.05, few=1)

    assert not crowd.is_behind(10.0)
    assert [crowd.is_too_much(now_s) for now_s in (10.0, 10.06)] == [False, True]
    assert crowd.is_behind(10.15)
    assert not crowd.is_behind(10.17)


async def test_rush(at, monkeypatch):
    """Whoever is sent away is told when to come back, and nothing of it is applied."""
    # One beacon a turn, whatever it costs.
    monkeypatch.setattr(at.service, "crowd", Crowd(most_s=-1.0, few=1))
    callers = [await at.raw() for _ in range(CALLERS)]
    for number, caller in enumerate(callers):
        await caller.send(request(beacon(session=f"s_{number}"), f"Origin: {ORIGIN}"))
    answers = [await caller.answer() for caller in callers]
    refused = [one for one in answers if one.status == 503]
    taken = [one for one in answers if one.status == 204]
    applied = at.service.metrics.beacons.sums["applied",]

    assert len(taken) + len(refused) == CALLERS
    assert len(taken) == applied
    assert refused
    for one in refused:
        assert one.json()["type"] == "/problems/crowded"
        assert int(one.headers["Retry-After"]) >= 1
        assert one.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert one.headers["Access-Control-Expose-Headers"] == "Retry-After"
    assert at.service.metrics.dropped.sums["crowded",] == len(refused)


async def test_after_the_rush(at, monkeypatch):
    """A connection that was sent away may go on; what it repeats is taken."""
    monkeypatch.setattr(at.service, "crowd", Crowd(most_s=-1.0, few=1))
    pair = [await at.raw(), await at.raw()]
    sent = [request(beacon(session=f"s_{number}")) for number in range(2)]
    for caller, one in zip(pair, sent, strict=True):
        await caller.send(one)
    for caller in pair:
        await caller.answer()
    monkeypatch.setattr(at.service, "crowd", Crowd())
    for caller, one in zip(pair, sent, strict=True):
        await caller.send(one)

    assert [(await caller.answer()).status for caller in pair] == [204, 204]
    assert at.service.metrics.beacons.sums["applied",] == 2


async def test_the_plain_door(at, monkeypatch):
    """A beacon that takes the other door is sent away alike."""
    monkeypatch.setattr(at.service.crowd, "is_too_much", lambda _: True)
    body = beacon()
    head = request(body, f"Origin: {ORIGIN}", "Connection: close")

    express = await (await at.raw(request(body, f"Origin: {ORIGIN}"))).answer()
    plain = await (await at.raw(head)).answer()

    assert (express.status, plain.status) == (503, 503)
    assert express.body == plain.body
    assert express.headers["Retry-After"] == plain.headers["Retry-After"]
