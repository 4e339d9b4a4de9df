"""Beacon in, decision out: what every visitor may rely on."""

from dataclasses import replace

import pytest

from engage.errors import Unauthorised
from engage.settings import GateSettings
from tests.unit.street.builders import (
    ASK,
    HELP,
    SIMILAR,
    SITE,
    VIEW,
    beacon,
    event,
    report,
    settings,
)


async def test_no_consent_leaves_no_trace(shop):
    """Without consent to measure nothing is held, journalled or answered."""
    before = shop.journal.last_offset()

    answer = await shop.send(*VIEW, ASK, consent=(False, False))

    assert answer.is_empty
    assert shop.journal.last_offset() == before
    assert await shop.store.live_sessions() == 0
    assert shop.site.metrics.beacons.sums == {("no_consent",): 1.0}


async def test_repeat_is_answered_with_the_same_card(shop):
    """A repeated beacon is answered with its decision again, and changes nothing."""
    answer, body = await shop.until("autumn10")
    session, offset = body["session"], shop.journal.last_offset()
    shop.clock.move(20.0)

    again = await shop.send(*VIEW, ASK, visitor=session.removeprefix("s_"), seq=0)

    assert again.decision.content == answer.decision.content
    assert again.decision.token == answer.decision.token
    assert again.decision.expires_in_ms == answer.decision.expires_in_ms - 20_000
    assert shop.journal.last_offset() == offset


async def test_repeat_after_expiry_is_empty(shop):
    """A card that has expired is not answered again."""
    _, body = await shop.until("autumn10")
    shop.clock.move(60.0)

    visitor = body["session"].removeprefix("s_")

    assert (await shop.send(*VIEW, ASK, visitor=visitor, seq=0)).is_empty


async def test_repeat_of_another_beacon_is_empty(shop):
    """A repeat of a beacon that led to no card is answered with none."""
    _, body = await shop.until("autumn10")
    visitor = body["session"].removeprefix("s_")
    await shop.send(event("ping", active_ms=1_000), visitor=visitor)

    again = await shop.send(event("ping", active_ms=1_000), visitor=visitor, seq=1)

    assert again.is_empty


async def test_bots_are_only_eligible_for_none(shop):
    """A machine is recorded with everything refused as `bot`."""
    answer, body = await shop.ask(automated=True)

    assert answer.is_empty
    assert body["eligible"] == ["none"]
    assert set(body["refused"].values()) == {"bot"}
    assert (body["action"], body["propensity"]) == ("none", 1.0)
    shop.row(body["decision"])


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"consent": (True, False)}, "no_consent"),
        ({"gpc": True}, "gpc"),
        ({"gpc": True, "explicit": True}, None),
    ],
)
async def test_consent_to_personalise(shop, more, reason):
    """Measured only, or GPC: nothing but `none`; an explicit consent outweighs GPC."""
    _, body = await shop.ask(**more)

    reasons = set(body["refused"].values())
    assert reasons == ({reason} if reason else set())


async def test_forged_token_applies_nothing(shop):
    """One forged token refuses the whole beacon; its events are not applied."""
    answer, body = await shop.until("size_guide")
    visitor = body["session"].removeprefix("s_")
    known, offset = (
        await shop.store.load(SITE, visitor, body["session"]),
        (shop.journal.last_offset()),
    )
    forged = event("action_clicked", decision=answer.decision.id, token="x.y.z")
    with pytest.raises(Unauthorised):
        await shop.send(event("add_to_cart"), forged, visitor=visitor)

    assert await shop.store.load(SITE, visitor, body["session"]) == known
    assert shop.journal.last_offset() == offset


async def test_foreign_token_is_forged(shop):
    """A token is good for its own session only."""
    answer, _ = await shop.until("size_guide")

    with pytest.raises(Unauthorised):
        await shop.send(report(answer.decision, "action_clicked"), visitor="v_else")


async def test_records_are_the_contracts(shop):
    """Every record is valid; its distribution is over `eligible` and sums to 1."""
    for number in range(40):
        await shop.ask(f"v_{number}")
    for body in shop.rows():
        shop.row(body["decision"])
        distribution = body["distribution"]

        assert list(distribution) == body["eligible"]
        assert abs(sum(distribution.values()) - 1.0) <= 1e-9
        assert body["propensity"] == distribution[body["action"]]
        assert distribution["none"] >= 0.1
        assert set(body["predictions"]) == set(body["eligible"])
        assert set(body["versions"]["interventions"]) == {
            *body["eligible"],
            *body["refused"],
        } - {"none"}


async def test_seen_by_listeners(shop):
    """Listeners hear of a decision, after it is kept."""
    _, body = await shop.ask()

    fields = next(fields for name, fields in shop.told if name == "decision")
    assert fields["decision"] == body["decision"]
    assert {name for name, _ in shop.told} >= {"noticed", "decision", "agents"}


async def test_paused_by_hand(shop):
    """What the operator has paused is refused as `paused`."""
    shop.site.switches = type(shop.site.switches)(paused=frozenset({"autumn10"}))
    _, body = await shop.ask()
    assert body["refused"] == {"autumn10": "paused"}

    shop.site.switches = type(shop.site.switches)(all_paused=True)
    _, body = await shop.ask("v_2")
    assert set(body["refused"].values()) == {"paused"}


class Overtaken:
    """Chats whose free agents are gone as soon as somebody has seen them."""

    def __init__(self, chats):
        self._chats = chats

    def __getattr__(self, name):
        """Everything else is as it was."""
        return getattr(self._chats, name)

    async def groups(self, site, *, at_s):
        """Tell who is free, then let somebody else be faster."""
        seen = await self._chats.groups(site, at_s=at_s)
        gone = {"online": 1, "free": 0, "ttl_s": 60.0, "at_s": at_s}
        await self._chats.announce(site, "guitars", **gone)
        return seen


async def test_exhausted_after_the_draw(opened):
    """A reservation that fails after the draw is an outcome; the record stands."""
    shop = await opened(settings(gates=GateSettings(max_per_session=50)))
    shop.site.store.chats = Overtaken(shop.site.store.chats)
    answer = body = None
    for number in range(400):
        await shop.stock(codes=0, free=1)
        answer, body = await shop.ask(f"v_{number}")
        if body["action"] == "chat_guitars":
            break

    assert answer.is_empty
    assert "card" not in body
    assert body["outcomes"][0]["reason"] == "exhausted"
    assert body["propensity"] == body["distribution"]["chat_guitars"]
    known = await shop.store.load(SITE, f"v_{number}", body["session"])
    assert known.visitor.shown == ()
    assert known.session.decision is None


async def test_full_room_is_a_refusal(opened):
    """Where no more invites fit, chat is refused before the draw, never after it."""
    shop = await opened(settings(gates=GateSettings(max_per_session=50)))
    await shop.stock(codes=0, free=1)
    bodies = [(await shop.ask(f"v_{number}"))[1] for number in range(200)]

    invited = [body for body in bodies if body["action"] == "chat_guitars"]
    assert invited
    assert all("card" in body for body in invited)
    assert bodies[-1]["refused"]["chat_guitars"] == "no_agent"


async def test_late_beacon_only_reports(shop):
    """A beacon far behind its session changes no behaviour, but its outcomes count."""
    answer, body = await shop.until("size_guide")
    visitor = body["session"].removeprefix("s_")
    await shop.send(event("ping", active_ms=1_000), visitor=visitor, seq=200)
    late = beacon(
        report(answer.decision, "action_shown"),
        event("add_to_cart"),
        seq=5,
        visitor=visitor,
    )

    taken = await shop.engine.take(late)

    assert taken.result == "late"
    assert [o["name"] for o in shop.row(answer.decision.id)["outcomes"]] == ["shown"]


async def test_conflicting_save_starts_over(shop, monkeypatch):
    """A beacon whose visitor was saved meanwhile is walked again, and counts once."""
    save, others = shop.store.save, [beacon(event("idle", ms=1_000), seq=7, tab="t_2")]

    async def save_after_another(known, **more):
        while others:
            await shop.engine.receive(others.pop())
        return await save(known, **more)

    monkeypatch.setattr(shop.store, "save", save_after_another)
    await shop.ask()
    known = await shop.store.load(SITE, "v_1", "s_v_1")

    assert len(shop.rows()) == 1
    assert sum(shop.site.metrics.decisions.sums.values()) == 1
    assert shop.site.metrics.beacons.sums == {("applied",): 2}
    assert known.visitor.decisions == 1
    assert (await shop.engine.take(beacon(seq=7, tab="t_2"))).result == "duplicate"


async def test_nothing_is_looked_up_elsewhere(opened):
    """What an alternative could propose is only looked up on pages where it belongs."""
    similar = replace(SIMILAR, pages=("product",))
    shop = await opened(settings(interventions=(similar, HELP)), stocked=False)
    _, there = await shop.ask()
    await shop.send(event("page_view"), page="cart")
    shop.clock.move(600.0)
    await shop.send(ASK, page="cart")
    elsewhere = shop.last()

    assert list(there["inputs"]["slates"]) == ["similar"]
    assert elsewhere["page"] == "cart"
    assert elsewhere["refused"]["similar"] == "wrong_page"
    assert elsewhere["inputs"]["slates"] == {}
