"""A crash loses up to five seconds of behaviour, and no decision."""

import pytest

from engage.hooking import HookSettings
from engage.settings import HoldoutSettings, WindowSettings
from engage.street import agents
from engage.street.opening import settings_name, settings_of, version_of
from engage.wire.shop import GroupStatus
from tests.unit.street.builders import (
    ASK,
    DISCOUNT,
    GUITAR,
    HELP,
    SITE,
    VIEW,
    event,
    report,
    settings,
)

SAME = ("decision", "action", "propensity", "distribution", "draw", "at", "seq")


def facts(body):
    """Return what makes one draw the same as another."""
    return {name: body[name] for name in SAME}


@pytest.mark.parametrize("is_kept", [True, False])
@pytest.mark.parametrize("action", ["autumn10", "chat_guitars", "size_guide"])
async def test_retry_after_a_crash(opened, action, is_kept):
    """The beacon that was decided on is answered with the same card after a crash."""
    shop = await opened()
    if is_kept:
        await shop.send(*VIEW, visitor="v_kept")
        await shop.keep_visits()
    answer, body = await shop.until(action)
    visitor = body["session"].removeprefix("s_")

    again = await shop.crash()
    again.clock.move(3.0)
    retried = await again.send(*VIEW, ASK, visitor=visitor, seq=0)
    twice = await again.send(*VIEW, ASK, visitor=visitor, seq=0)
    rows = again.rows()
    again.close()

    assert retried.decision.id == answer.decision.id
    assert retried.decision.content == answer.decision.content
    assert retried.decision.token == answer.decision.token
    assert twice.decision == retried.decision
    assert facts(rows[-1]) == facts(body)
    assert len({row["decision"] for row in rows}) == len(rows)


async def test_retries_in_another_order(opened):
    """Of two questions repeated after a crash the later one may arrive first.

    The agents have gone meanwhile: dice thrown anew could not come out as they did.
    """
    shop = await opened()
    answer, body = await shop.until("chat_guitars")
    visitor = body["session"].removeprefix("s_")
    shop.clock.move(1.0)
    await shop.send(ASK, visitor=visitor, seq=1)
    before = len(shop.rows())

    again = await shop.crash()
    gone = GroupStatus(online=0, free=0, ttl_s=3_600.0)
    await agents.announce(again.site, "guitars", gone)
    again.clock.move(3.0)
    await again.send(ASK, visitor=visitor, seq=1)
    retried = await again.send(*VIEW, ASK, visitor=visitor, seq=0)
    count = len(again.rows())
    again.close()

    assert retried.decision.id == answer.decision.id
    assert retried.decision.content == answer.decision.content
    assert count == before


async def test_session_older_than_its_decision(opened):
    """A session put back from before its decision remembers it from the ledger."""
    shop = await opened()
    visitor, answer = "", None
    for number in range(60):
        visitor = f"v_{number}"
        await shop.send(*VIEW, visitor=visitor)
        await shop.keep_visits()
        shop.clock.move(3.0)
        answer = await shop.send(ASK, visitor=visitor)
        if answer.decision:
            break

    again = await shop.crash()
    again.clock.move(1.0)
    retried = await again.send(ASK, visitor=visitor, seq=1)
    known = await again.store.load(SITE, visitor, f"s_{visitor}")
    count = len(again.rows())
    again.close()

    assert retried.decision.content == answer.decision.content
    assert known.session.last_draw_at_s == shop.clock.now_s() - 1.0
    assert known.visitor.decisions == 1
    assert count == number + 1


async def test_moment_stays_settled(opened):
    """After a crash the moment that led to a draw is not drawn for again."""
    shop = await opened()
    await shop.send(*VIEW)
    await shop.keep_visits()
    shop.clock.move(12.0)
    stay = event("ping", active_ms=12_000, visible_ms=12_000)
    await shop.send(stay)
    body = shop.last()

    again = await shop.crash()
    await again.send(stay, seq=1)
    again.clock.move(200.0)
    await again.send(stay, seq=2)
    rows = again.rows()
    again.close()

    assert [row["decision"] for row in rows] == [body["decision"]]


async def test_fresh_process_throws_the_same_dice(opened, tmp_path):
    """Two services with the same salt decide alike on the same beacons."""
    one = await opened()
    other = await opened(path=tmp_path / "other")
    for number in range(10):
        await one.ask(f"v_{number}")
        await other.ask(f"v_{number}")

    assert [facts(row) for row in one.rows()] == [facts(row) for row in other.rows()]


async def test_expired_before_the_retry(opened):
    """A card that expired during the downtime is not shown; its draw stands."""
    shop = await opened()
    _, body = await shop.until("size_guide")
    visitor, before = body["session"].removeprefix("s_"), len(shop.rows())

    again = await shop.crash()
    again.clock.move(61.0)
    answer = await again.send(*VIEW, ASK, visitor=visitor, seq=0)
    count = len(again.rows())
    again.close()

    assert answer.is_empty
    assert count == before


async def test_repeated_report_after_a_crash(opened):
    """Outcomes and purchases that are repeated after a crash are kept once."""
    shop = await opened()
    answer, body = await shop.until("size_guide")
    visitor = body["session"].removeprefix("s_")
    said = (
        report(answer.decision, "action_shown"),
        event("purchase", transaction_id="A-1", value=10.0),
    )
    await shop.send(*said, visitor=visitor)

    again = await shop.crash()
    await again.send(*said, visitor=visitor, seq=1)
    outcomes = again.row(answer.decision.id)["outcomes"]
    purchases = again.kinds("purchase")
    again.close()

    assert [outcome["name"] for outcome in outcomes] == ["shown"]
    assert len(purchases) == 1


async def test_examples_are_learned_once(opened):
    """A session put back by a crash labels its checkpoints and views once."""
    shop = await opened(settings(windows=WindowSettings(hesitation_s=4.0)))
    await shop.send(*VIEW)
    shop.clock.move(5.0)
    await shop.keep_visits()
    stay = event("ping", active_ms=5_000, visible_ms=5_000)
    await shop.send(stay)
    shop.clock.move(5.0)
    on = (event("page_view"), event("add_to_cart", item=GUITAR))
    await shop.send(*on, page="cart")
    await shop.journal.append()
    before = shop.kinds("example")

    again = await shop.crash()
    again.clock.move(1.0)
    await again.send(stay, event("page_view"), page="content", seq=3)
    await again.wait(1_900.0)
    after = again.kinds("example")
    visits = again.kinds("visit")
    third = await again.crash()
    await third.wait(1_900.0)
    ended = (third.kinds("example"), third.kinds("visit"))
    again.close()
    third.close()

    assert {body["scorer"] for body in before} == {"dwell", "hesitation"}
    assert after[: len(before)] == before
    views = [one["view"]["view_index"] for one in after if one["scorer"] == "dwell"]
    opened_s = [one["opened_at_s"] for one in after if one["scorer"] == "hesitation"]
    assert len(views) == len(set(views))
    assert len(opened_s) == len(set(opened_s))
    assert len(visits) == 1
    assert ended == (after, visits)


async def test_who_comes_back_is_known(opened):
    """A visitor without a single decision is the same visitor on the next visit."""
    shop = await opened()
    await shop.send(*VIEW)
    await shop.wait(1_900.0)
    assert (await shop.store.load(SITE, "v_1", "s_v_1")).visitor is None

    _, body = await shop.ask(session="s_second")

    assert body["visit_index"] == 2
    assert body["segment"] == "returning"
    assert shop.kinds("visit")[0]["session"] == "s_v_1"


async def test_group_is_for_good(opened):
    """The group is fixed at first sight, whatever share holds out later."""
    shop = await opened(settings(holdout=HoldoutSettings(share=1.0, taper_share=1.0)))
    await shop.send(*VIEW)
    await shop.wait(1_900.0)

    again = await shop.crash(holdout=HoldoutSettings(share=0.0, taper_share=0.0))
    await again.ask(session="s_second")
    body = again.last()
    again.close()

    assert (body["group"], body["holdout_share"]) == ("holdout", 1.0)


async def test_codes_survive(opened):
    """A code that was given stays given, its money booked, after a crash."""
    shop = await opened()
    answer, body = await shop.until("autumn10")
    stock = await shop.store.codes.stock(SITE, at_s=shop.clock.now_s())

    again = await shop.crash()
    restored = await again.store.codes.stock(SITE, at_s=again.clock.now_s())
    owner = await again.store.codes.owner(SITE, answer.decision.content.code)
    again.close()

    assert restored == stock
    assert owner[0] == body["decision"]


async def test_edited_intervention_predicts_from_its_kind(opened):
    """After an edit the deciding snapshot knows the new version, and is archived."""
    shop = await opened()
    first = shop.site.snapshot
    texts = {**HELP.texts, "en": type(HELP.texts["en"])(title="Edited")}
    edited = type(HELP)(id=HELP.id, kind="help", texts=texts, options=HELP.options)

    again = await shop.crash(interventions=(DISCOUNT, edited))
    last = again.site.snapshot
    stored = again.journal.snapshot(SITE)
    same = await again.crash()
    again.close()
    same.close()

    assert first.number == 0
    assert last.number == 1
    assert set(last.uplift.offered) == {"autumn10", "size_guide"}
    assert last.uplift.offered["size_guide"] != first.uplift.offered["size_guide"]
    assert (stored.number, stored.body) == (1, last.encode())
    assert same.site.snapshot.number == 1


def test_version_of_settings():
    """The version of settings changes with any of them and with nothing else."""
    assert version_of(settings()) == version_of(settings())
    assert version_of(settings()) != version_of(settings(locale="de"))


async def test_settings_are_kept_without_hooks(opened):
    """What a replay needs is kept; the address of a hook may be a secret."""
    hook = HookSettings(id="mail", url="https://mail.example/?key=hunter2")
    chosen = settings(hooks=(hook,))
    shop = await opened(chosen)
    _, kept = shop.journal.checkpoint(settings_name(version_of(chosen)))

    assert b"hunter2" not in kept
    assert settings_of(kept) == settings()
