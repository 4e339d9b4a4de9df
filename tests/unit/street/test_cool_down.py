"""The cool-down: when the dice are not thrown, and what of a moment is left then."""

import pytest

from engage.settings import GateSettings, HoldoutSettings, PolicySettings
from tests.unit.street.builders import (
    ASK,
    DISCOUNT,
    SITE,
    VIEW,
    beacon,
    event,
    settings,
)


async def test_none_alone_starts_no_cool_down(opened):
    """A draw among nothing but `none` does not hold back the next moment."""
    shop = await opened(stocked=False, chosen=settings(interventions=()))

    await shop.linger()

    assert shop.last()["eligible"] == ["none"]
    known = await shop.store.load(SITE, "v_1", "s_v_1")
    assert known.session.last_draw_at_s is None
    assert known.visitor.last_draw_at_s is None


@pytest.mark.parametrize(
    ("reason", "more"),
    [
        ("bot", {"automated": True}),
        ("no_consent", {"consent": (True, False)}),
        ("gpc", {"gpc": True}),
    ],
)
async def test_who_is_never_asked_is_recorded_once_in_a_while(opened, reason, more):
    """Of a machine, and without consent, one moment a cool-down is recorded.

    Ten page views of ten seconds each, with the same moment on each.
    """
    shop = await opened(settings(gates=GateSettings(cooldown_s=90.0)))
    for _ in range(10):
        await shop.linger(seconds=10, **more)

    refused = [set(row["refused"].values()) for row in shop.rows()]
    assert refused == [{reason}, {reason}]


async def test_consent_is_heard_at_once(opened):
    """Who consents has no cool-down to wait for that only its want began."""
    shop = await opened(settings(gates=GateSettings(cooldown_s=90.0)))
    await shop.linger(consent=(True, False))
    await shop.linger(seconds=10)

    former, drawn = shop.rows()
    assert set(former["refused"].values()) == {"no_consent"}
    assert len(drawn["eligible"]) > 1


async def test_consent_taken_back_and_given_ends_no_cool_down(opened):
    """After a draw the cool-down is the visitor's own, whatever becomes of consent."""
    shop = await opened(settings(gates=GateSettings(cooldown_s=90.0)))
    await shop.linger()
    await shop.send(*VIEW, consent=(True, False))
    await shop.linger(seconds=10)

    assert len(shop.rows()) == 1


@pytest.mark.parametrize("share", [0.0, 1.0])
async def test_cool_down_counts_from_every_draw(opened, share):
    """After a draw, `none` and ghosts included, the dice are not thrown for a while."""
    chosen = settings(
        holdout=HoldoutSettings(share=share),
        gates=GateSettings(cooldown_s=90.0, max_per_session=50, kind_pause_s=0.0),
    )
    shop = await opened(chosen)
    for number in range(6):
        visitor = f"v_{number}"
        await shop.linger(visitor)
        drawn = shop.last()
        shop.clock.move(30.0)
        await shop.send(event("coupon_focus"), visitor=visitor)
        second = shop.last()
        shop.clock.move(61.0)
        await shop.send(event("ping", active_ms=900), visitor=visitor)
        third = shop.last()

        assert len(drawn["eligible"]) > 1
        assert second["decision"] == drawn["decision"]
        assert third["moment"] == "price_doubt", "a doubt that lasts is asked about"
        assert third["previous"] == [drawn["decision"]]
        assert "cooling_down" not in third["refused"].values()


async def test_codes_are_collected(opened):
    """A network that collects codes gets its share; all others get theirs as ever."""
    gates = GateSettings(max_per_session=50, kind_pause_s=0.0, network_codes=0.004)
    evenly = PolicySettings(policy="uniform")
    shop = await opened(settings(gates=gates, policy=evenly, interventions=(DISCOUNT,)))

    async def visit(number, network):
        names = {"visitor": f"v_{number}", "session": f"s_{number}"}
        await shop.engine.take(beacon(*VIEW, ASK, seq=0, **names), network=network)
        return shop.last()

    farmed = [await visit(number, "9.9.9.0/24") for number in range(40)]
    others = [await visit(number, f"8.8.{number}.0/24") for number in range(40, 80)]
    local = [await visit(number, "") for number in range(80, 100)]

    given = [row for row in farmed if row["action"] == "autumn10"]
    refused = [row for row in farmed if row["refused"] == {"autumn10": "capped"}]
    assert len(given) == 2
    assert farmed[-1] in refused
    assert all(row["propensity"] == 1.0 for row in refused)
    assert not any(row["refused"] for row in others + local)
    assert sum(row["action"] == "autumn10" for row in local) > 2


async def test_an_instant_in_the_cool_down_passes(shop):
    """Who was about to leave during the cool-down is not asked for it afterwards."""
    await shop.linger()
    shop.clock.move(30.0)
    await shop.send(event("exit_intent", how="top"))
    shop.clock.move(100.0)
    await shop.send(event("ping", active_ms=900))

    assert [row["moment"] for row in shop.rows()] == ["lingering"]
    assert shop.site.metrics.refusals.sums == {("cooling_down",): 1.0}


async def test_asking_again_throws_no_dice(shop):
    """A page that asks again and again gets one draw a cool-down, and no learning."""
    await shop.send(*VIEW, ASK)
    for _ in range(5):
        shop.clock.move(2.0)
        await shop.send(ASK)
    first, *later = shop.rows()

    assert len(first["eligible"]) > 1
    assert len(later) == 5
    assert {tuple(row["eligible"]) for row in later} == {("none",)}
    assert {reason for row in later for reason in row["refused"].values()} >= {
        "cooling_down"
    }


async def test_a_moment_is_drawn_once_on_a_page(shop):
    """The dice are not thrown again for the same moment on the same page."""
    await shop.linger()
    shop.clock.move(100.0)

    await shop.send(event("ping", active_ms=20_000, visible_ms=20_000))

    assert len(shop.rows()) == 1
