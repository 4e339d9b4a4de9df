"""Holdout, shadow, backfill and rules: who is really shown what was drawn."""

from engage.settings import HoldoutSettings, PolicySettings
from tests.unit.street.builders import (
    SITE,
    settings,
)


async def test_holdout_is_a_full_ghost(opened):
    """In the holdout the draw is made in full and recorded, and nothing is reserved."""
    shop = await opened(settings(holdout=HoldoutSettings(share=1.0)))
    stock = await shop.store.codes.stock(SITE, at_s=shop.clock.now_s())
    for number in range(12):
        answer, body = await shop.ask(f"v_{number}")
        assert answer.is_empty
        assert (body["action"], body["propensity"], body["kind"]) == ("none", 1, "none")
        assert body["distribution"] == {"none": 1.0}
        ghost = body["ghost"]
        assert list(ghost["distribution"]) == body["eligible"]
        assert ghost["propensity"] == ghost["distribution"][ghost["action"]]
        shop.row(body["decision"])

    assert {body["ghost"]["action"] for body in shop.rows()} - {"none"}
    assert await shop.store.codes.stock(SITE, at_s=shop.clock.now_s()) == stock
    now_s = shop.clock.now_s()
    assert (await shop.store.chats.groups(SITE, at_s=now_s))["guitars"].left == 50
    assert not any("card" in body for body in shop.rows())


async def test_ghosts_of_the_holdout_are_the_draws_of_others(opened, tmp_path):
    """The same beacon draws the same in the holdout as outside of it."""
    held = await opened(settings(holdout=HoldoutSettings(share=1.0)))
    free = await opened(path=tmp_path / "free")
    for number in range(8):
        _, ghost = await held.ask(f"v_{number}")
        _, drawn = await free.ask(f"v_{number}")

        assert ghost["decision"] == drawn["decision"]
        assert ghost["ghost"]["action"] == drawn["action"]
        assert ghost["ghost"]["propensity"] == drawn["propensity"]


async def test_shadow_mode_shows_nothing(opened):
    """In shadow mode every draw is a ghost and unserved."""
    shop = await opened(settings(mode="shadow"))

    answer, body = await shop.ask()

    assert answer.is_empty
    assert (body["served"], body["mode"], body["action"]) == (False, "shadow", "none")
    assert body["ghost"]["propensity"] > 0


async def test_backfill_is_unserved(opened):
    """What is filled in later is recorded as a ghost and unserved."""
    shop = await opened(is_served=False)

    answer, body = await shop.ask()

    assert answer.is_empty
    assert body["served"] is False
    assert body["ghost"] is not None


async def test_uniform_policy(opened):
    """The policy that the settings name is the one that draws."""
    shop = await opened(settings(policy=PolicySettings(policy="uniform")))

    _, body = await shop.ask()

    assert body["policy"] == "uniform"
    assert set(map(float, body["distribution"].values())) == {0.25}


async def test_rules_mode(opened):
    """In rules mode the shop's own list decides, exploring."""
    shop = await opened(settings(mode="rules"))

    _, body = await shop.ask()

    assert (body["policy"], body["mode"]) == ("rules", "rules")
    assert body["exploration"]["floor"] >= 0.2
