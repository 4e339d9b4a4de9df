"""What browsers report about cards, and what becomes of open cards."""

import itertools

import pytest

from engage.errors import Conflict, NotFound, Unauthorised
from engage.street.agents import announce
from engage.street.outcomes import confirm
from engage.street.site import Switches
from engage.wire.shop import GroupStatus
from tests.unit.street.builders import ASK, SITE, VIEW, event, report, settings

PING = event("ping", active_ms=1_000)


def names(shop, decision):
    """Return the names of a decision's outcomes."""
    return [outcome["name"] for outcome in shop.row(decision.id)["outcomes"]]


async def card(shop, action):
    """Return a card of this action and who has it."""
    answer, body = await shop.until(action)
    return answer.decision, body["session"].removeprefix("s_")


async def test_outcomes_are_kept_once(shop):
    """What is reported twice, in one beacon or in two, is kept once."""
    one, visitor = await card(shop, "size_guide")
    shown = report(one, "action_shown", age_ms=500)
    await shop.send(shown, shown, visitor=visitor)
    await shop.send(shown, report(one, "action_clicked"), visitor=visitor)

    assert names(shop, one) == ["shown", "clicked"]
    dropped = shop.site.metrics.dropped.sums
    assert dropped[("repeated_outcome",)] == 2
    assert shop.site.metrics.outcomes.sums[("help", "shown")] == 1


async def test_outcome_has_the_browsers_time(shop):
    """An outcome happened `age_ms` before its beacon."""
    one, visitor = await card(shop, "size_guide")
    shop.clock.set(1_763_720_200.0)
    await shop.send(report(one, "action_shown", age_ms=1_500), visitor=visitor)

    assert shop.row(one.id)["outcomes"][0]["at"] == "2025-11-21T10:16:38.500Z"
    (told,) = [fields for name, fields in shop.told if name == "outcome"]
    assert told["at"] == "2025-11-21T10:16:38.500Z"


async def test_outcome_never_before_its_decision(shop):
    """A browser whose clock was set forward cannot date a click before its card."""
    one, visitor = await card(shop, "size_guide")
    shop.clock.move(2_000.0)
    clicked = report(one, "action_clicked", age_ms=86_400_000)
    await shop.send(clicked, visitor=visitor)

    row = shop.row(one.id)
    assert row["outcomes"][0]["at"] == row["at"]


async def test_late_outcome_is_no_error(shop):
    """An outcome days after its windows have closed is kept and changes nothing."""
    one, visitor = await card(shop, "size_guide")
    await shop.wait(700_000)
    settled = shop.row(one.id)["value"]

    await shop.send(report(one, "action_dismissed", by="close"), visitor=visitor)

    assert names(shop, one) == ["dismissed"]
    assert shop.row(one.id)["value"] == settled


async def test_outcome_of_a_decision_that_is_gone(shop):
    """A valid token for a decision that retention removed is counted, no more."""
    one, visitor = await card(shop, "size_guide")
    shop.journal._writer.run(
        "gone", lambda c: c.execute("DELETE FROM decisions WHERE id=?", (one.id,))
    )

    assert (await shop.send(report(one, "action_shown"), visitor=visitor)).is_empty
    assert shop.site.metrics.dropped.sums == {("unknown_decision",): 1}


async def test_dismissed_card_stays_away(shop):
    """A dismissed intervention is refused to its visitor for a week."""
    one, visitor = await card(shop, "size_guide")
    report_it = report(one, "action_dismissed", by="decline", age_ms=10)
    await shop.send(report_it, visitor=visitor)
    shop.clock.move(600.0)
    await shop.send(event("exit_intent", how="top"), visitor=visitor)

    assert shop.last()["refused"]["size_guide"] == "dismissed_before"
    assert shop.row(one.id)["outcomes"][0]["by"] == "decline"


async def test_only_a_dismissal_keeps_a_card_away(shop):
    """Who saw a card, took it up or let it run out has not dismissed it."""
    one, visitor = await card(shop, "size_guide")
    ways = ("action_shown", "action_clicked", "action_expired", "action_not_shown")
    await shop.send(*(report(one, way) for way in ways), visitor=visitor)
    shop.clock.move(600.0)
    await shop.send(event("exit_intent", how="top"), visitor=visitor)

    assert len(names(shop, one)) == len(ways)
    assert shop.last()["refused"].get("size_guide") != "dismissed_before"


async def test_dismissed_invite_frees_its_share(shop):
    """Who closes a chat invite gives the agent's time back."""
    one, visitor = await card(shop, "chat_guitars")
    now_s = shop.clock.now_s()
    assert (await shop.store.chats.groups(SITE, at_s=now_s))["guitars"].left < 50

    await shop.send(report(one, "action_dismissed", by="close"), visitor=visitor)

    left = (await shop.store.chats.groups(SITE, at_s=now_s))["guitars"].left
    held = len([b for b in shop.rows() if b["action"] == "chat_guitars"]) - 1
    assert left == pytest.approx(50 - 0.1 * held)


async def test_agents_gone_revokes_the_card(shop):
    """An open invite is called back when nobody is there any more, once."""
    one, visitor = await card(shop, "chat_guitars")
    await announce(shop.site, "guitars", GroupStatus(online=0, free=0, ttl_s=60.0))

    assert (await shop.send(PING, visitor=visitor)).revoked == (one.id,)
    assert (await shop.send(PING, visitor=visitor)).is_empty
    assert names(shop, one) == ["expired"]
    with pytest.raises(Conflict, match=r"^the card has expired or was called back$"):
        await confirm(shop.site, one.id, one.token)


async def test_stale_report_revokes_the_card(opened):
    """A report that ran out counts as nobody."""
    shop = await opened()
    one, visitor = await card(shop, "chat_guitars")
    await announce(shop.site, "guitars", GroupStatus(online=9, free=9, ttl_s=5.0))
    shop.clock.move(6.0)

    assert (await shop.send(PING, visitor=visitor)).revoked == (one.id,)


async def test_paused_card_is_revoked(shop):
    """Pausing an intervention calls its open cards back."""
    one, visitor = await card(shop, "size_guide")
    shop.site.switches = Switches(paused=frozenset({"size_guide"}))

    assert (await shop.send(PING, visitor=visitor)).revoked == (one.id,)
    with pytest.raises(Conflict, match=r"^size_guide is not offered any more$"):
        await confirm(shop.site, one.id, one.token)


async def test_called_back_card_is_not_given_again(shop):
    """A repeat of the beacon that led to a card called back gets no card."""
    _, visitor = await card(shop, "size_guide")
    again = {"visitor": visitor, "seq": 0}
    assert (await shop.send(*VIEW, ASK, **again)).decision is not None
    shop.site.switches = Switches(all_paused=True)
    await shop.send(PING, visitor=visitor)

    assert (await shop.send(*VIEW, ASK, **again)).decision is None


async def test_open_card_stays_open(shop):
    """While somebody is free nothing is called back."""
    _, visitor = await card(shop, "chat_guitars")

    assert (await shop.send(PING, visitor=visitor)).is_empty


async def test_open_card_takes_nobody(shop):
    """While one agent is free a page that goes on keeps its card, and takes nobody."""
    one, visitor = await card(shop, "chat_guitars")
    await announce(shop.site, "guitars", GroupStatus(online=1, free=1, ttl_s=600.0))

    assert (await shop.send(PING, visitor=visitor)).is_empty
    groups = await shop.store.chats.groups(SITE, at_s=shop.clock.now_s())
    assert groups["guitars"].free == 1
    await confirm(shop.site, one.id, one.token)


async def test_open_card_is_known_without_the_journal(shop):
    """As long as a card is offered, no beacon after it reads the journal."""
    _, visitor = await card(shop, "size_guide")
    shop.site.journal.close()

    assert (await shop.send(PING, visitor=visitor)).is_empty


async def test_second_card_of_a_visit(shop):
    """What becomes of a first card calls no second one back, nor asks the journal."""
    for number in itertools.count():
        visitor = f"v_two_{number}"
        _, first = await shop.ask(visitor)
        shop.clock.move(600.0)
        _, second = await shop.ask(visitor)
        if "none" not in (first["action"], second["action"]) and (
            second["kind"] not in ("chat", first["kind"])
        ):
            break
    shop.site.switches = Switches(paused=frozenset({first["action"]}))
    shop.site.journal.close()

    assert (await shop.send(PING, visitor=visitor)).is_empty


async def test_last_agent_is_not_taken_from_who_has_them(opened):
    """Who has confirmed the last agent keeps the card, clicked or not yet."""
    shop = await opened()
    one, visitor = await card(shop, "chat_guitars")
    await announce(shop.site, "guitars", GroupStatus(online=1, free=1, ttl_s=600.0))
    await confirm(shop.site, one.id, one.token)

    assert (await shop.send(PING, visitor=visitor)).is_empty
    clicked = (report(one, "action_clicked"), report(one, "chat_started"))
    await announce(shop.site, "guitars", GroupStatus(online=1, free=0, ttl_s=600.0))
    assert (await shop.send(*clicked, visitor=visitor)).is_empty
    assert names(shop, one) == ["clicked", "chat_started"]


async def test_click_and_loss_in_one_beacon(shop):
    """A card that was clicked in this very beacon is not called back with it."""
    one, visitor = await card(shop, "size_guide")
    shop.site.switches = Switches(all_paused=True)

    answer = await shop.send(report(one, "action_clicked"), visitor=visitor)

    assert answer.revoked == ()


async def test_confirm(shop):
    """A good card is confirmed again and again; without its token it is nobody's."""
    one, _ = await card(shop, "chat_guitars")
    await confirm(shop.site, one.id, one.token)
    await confirm(shop.site, one.id, one.token)

    with pytest.raises(Unauthorised):
        await confirm(shop.site, one.id, "1.chat_guitars.AAAAAAAAAAAAAAAAAAAAAA")
    with pytest.raises(NotFound, match=r"^there is no card 'd_nothing'$"):
        await confirm(shop.site, "d_nothing", one.token)


async def test_confirm_needs_a_free_agent(shop):
    """Of two invites for one agent the second is refused at the click."""
    first, _ = await card(shop, "chat_guitars")
    second, _ = await card(shop, "chat_guitars")
    while second.id == first.id:
        second, _ = await card(shop, "chat_guitars")
    await announce(shop.site, "guitars", GroupStatus(online=1, free=1, ttl_s=600.0))
    await confirm(shop.site, first.id, first.token)

    with pytest.raises(Conflict, match=r"^nobody is free any more$"):
        await confirm(shop.site, second.id, second.token)


async def test_confirm_help(shop):
    """A card that takes nobody's time is good until it expires, exactly."""
    one, _ = await card(shop, "size_guide")
    shop.clock.move(59.999)
    await confirm(shop.site, one.id, one.token)
    shop.clock.move(0.001)
    with pytest.raises(Conflict, match=r"^the card expired at "):
        await confirm(shop.site, one.id, one.token)


async def test_rating(shop):
    """A chat's rating is kept with its decision."""
    one, visitor = await card(shop, "chat_guitars")
    await shop.send(report(one, "chat_rated", rating=4), visitor=visitor)

    assert shop.row(one.id)["outcomes"][0]["rating"] == 4


async def test_forget(shop):
    """Who asks to be forgotten is: no visit, no mapping; sums stay."""
    _, body = await shop.ask()
    await shop.keep_visits()

    await shop.send(event("forget"))

    assert shop.journal.find_visitor(SITE, "v_1") is None
    assert shop.journal.visitor(SITE, "v_1") is None
    assert await shop.store.live_sessions() == 0
    assert shop.row(body["decision"])["visitor"] is None
    assert await shop.send(*VIEW) is not None
    assert shop.journal.find_visitor(SITE, "v_1") is None


async def test_forget_without_a_trace(opened):
    """A visitor nobody knows may ask to be forgotten, too."""
    shop = await opened(settings(), stocked=False)

    assert (await shop.send(event("forget"))).is_empty
    assert shop.kinds("erased") == []
