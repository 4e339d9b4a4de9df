"""Two beacons of one visitor collide at two workers just as something is given."""

from dataclasses import replace

import pytest

from engage.interventions.base import Inputs
from engage.settings import ServerSettings
from engage.street import agents
from engage.street.challenger import Challenger
from engage.street.codes import add_codes
from engage.street.site import Switches
from engage.wire.shop import Codes, GroupStatus
from tests.contracts.roles import open_roles
from tests.unit.street.builders import (
    ASK,
    CHAT,
    DISCOUNT,
    NOW_S,
    SECRETS,
    SITE,
    VIEW,
    beacon,
    event,
    settings,
)

PING = event("ping", active_ms=1_000, visible_ms=1_000)
BUDGET = {"autumn10": 10_000_000}


class Overtaken:
    """A worker's store; something happens just before it first saves a card."""

    def __init__(self, store, happens):
        self._store, self._happens = store, happens
        self.visitor = None

    def __getattr__(self, name):
        return getattr(self._store, name)

    async def save(self, known, *, records, **rest):
        """Let it happen if a card is among what is to be kept, then save."""
        has_card = any("card" in one.body for one in records)
        if has_card and self.visitor is None:
            self.visitor = known.visitor_id
            await self._happens(self.visitor)
        return await self._store.save(known, records=records, **rest)


@pytest.fixture(params=[DISCOUNT, CHAT], ids=["code", "slot"])
async def roles(request, tmp_path, redis_url):
    """Two workers and a learner of a shop that has one thing to give, stocked."""
    server = ServerSettings(store="redis", redis_url=redis_url)
    chosen = settings(interventions=(request.param,))
    one = await open_roles(chosen, SECRETS, data=tmp_path, at_s=NOW_S, server=server)
    codes = Codes(pool="autumn10", codes=tuple(f"C-{n}" for n in range(9)))
    if request.param is DISCOUNT:
        await add_codes(one.workers[1].site, codes)
    free = GroupStatus(online=9, free=9, ttl_s=3_600.0)
    await agents.announce(one.workers[1].site, "guitars", free)
    yield one
    await one.close()


async def left(roles):
    """Return what there is to give."""
    site = roles.workers[1].site
    at_s = site.now_s()
    return (
        await site.store.codes.stock(SITE, at_s=at_s),
        (await site.store.chats.groups(SITE, at_s=at_s))["guitars"].left,
    )


async def ask(roles, happens):
    """Let visitors ask one worker until one is given a card; return what they get.

    Args:
        roles: who is asked.
        happens: what, given the visitor, before the card is kept.
    """
    site = roles.workers[0].site
    site.store = overtaken = Overtaken(site.store, happens)
    for number in range(100):
        answer = await asked(roles, f"v_{number}")
        if overtaken.visitor is not None:
            return answer
    raise AssertionError("nobody was given anything")


async def asked(roles, visitor, *, at=0):
    """Let a worker take a visitor's question; return the answer."""
    one = beacon(*VIEW, ASK, seq=0, visitor=visitor)
    return (await roles.workers[at].take(one)).answer


async def ping(roles, visitor):
    """Let the other worker take a beacon of the visitor's other session."""
    one = beacon(PING, seq=0, visitor=visitor, session="s_other")
    await roles.workers[1].take(one)


async def test_nothing_is_given_after_all(roles):
    """A try that is lost and decides otherwise then leaves the stock as it was."""
    before = await left(roles)

    async def pause(visitor):
        await ping(roles, visitor)
        for engine in roles.workers:
            engine.site.switches = Switches(all_paused=True)

    answer = await ask(roles, pause)

    assert answer.decision is None
    assert await left(roles) == before
    await roles.meet()
    assert roles.journal.decisions(SITE, limit=1).rows[-1]["action"] == "none"
    assert {row.state for row in roles.journal.codes(SITE)} <= {"free"}


async def test_given_all_the_same(roles):
    """A try that is lost and decides alike gives one thing, promised once."""
    site = roles.workers[0].site
    snapshot = replace(site.snapshot, number=site.snapshot.number + 1)
    site.challenger = tried = Challenger(
        candidate="c_1",
        snapshot=snapshot,
        settings=site.settings,
        policy=site.policy,
        config_version=site.config_version,
        share=0.5,
    )

    def unspent():
        arms = [
            tried.part_of(Inputs(budget_left=BUDGET), is_own=is_own)
            for is_own in (True, False)
        ]
        return sum(arm.budget_left["autumn10"] for arm in arms)

    unspent()
    answer = await ask(roles, lambda visitor: ping(roles, visitor))
    stock, agents = await left(roles)
    await roles.meet()
    given = [row for row in roles.journal.codes(SITE) if row.state == "given"]

    assert answer.decision is not None
    if answer.decision.kind == "chat":
        assert agents < 9.0
        return
    assert stock["autumn10"].codes_left == 8
    assert [row.code for row in given] == [answer.decision.content.code]
    booked = BUDGET["autumn10"] - stock["autumn10"].budget_left_cents
    assert booked == given[0].amount_cents == BUDGET["autumn10"] - unspent()


async def test_one_beacon_at_two_workers(roles):
    """Of two tries at one beacon the lost one takes nothing from the one answered."""
    answers = []

    async def repeat(visitor):
        answers.append(await asked(roles, visitor, at=1))

    await ask(roles, repeat)
    stock, agents = await left(roles)
    card = answers[0].decision

    assert card is not None
    if card.kind == "chat":
        assert agents < 9.0
        assert await roles.workers[1].site.store.chats.confirm(
            SITE, card.id, at_s=roles.workers[1].site.now_s()
        )
        return
    assert stock["autumn10"].codes_left == 8
    owner = await roles.workers[1].site.store.codes.owner(SITE, card.content.code)
    assert owner[0] == card.id
