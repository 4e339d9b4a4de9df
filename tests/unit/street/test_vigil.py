"""A worker that nobody leads: no experiments after a minute, the rules after a day."""

import pytest

from engage.settings import PolicySettings
from engage.street.opening import settings_name, version_of
from engage.street.shared_metrics import SharedInstruments
from engage.street.vigil import STALE_S, UNWATCHED_S, Vigil, baseline
from tests.unit.street.builders import open_shop, settings


@pytest.fixture
async def shop(tmp_path):
    """A stocked shop."""
    one = await open_shop(tmp_path)
    await one.stock()
    yield one
    one.close()


def vigil_of(shop):
    """Return a vigil over the shop, begun now."""
    return Vigil(site=shop.site, metrics=SharedInstruments())


async def test_a_day_without_a_learner(shop):
    """After a day the shop's own rules decide, and every record says so."""
    vigil = vigil_of(shop)
    _, before = await shop.ask("v_1")
    shop.clock.move(STALE_S)
    await vigil.step()
    _, after = await shop.ask("v_2")

    assert (before["mode"], before["policy"]) == ("learned", "inverse_gap")
    assert (after["mode"], after["policy"]) == ("rules", "rules")
    assert after["propensity"] == after["distribution"][after["action"]] > 0
    assert after["versions"]["config"] == version_of(baseline(settings()))
    assert vigil.metrics.baseline.values == {(): 1.0}


async def test_back_again(shop):
    """Once the learner is heard, everything is as it was."""
    vigil = vigil_of(shop)
    former = shop.site.config_version
    shop.clock.move(STALE_S)
    vigil.look()
    vigil.hear(shop.site.now_s())
    _, after = await shop.ask("v_1")

    assert (after["mode"], after["versions"]["config"]) == ("learned", former)
    assert vigil.metrics.baseline.values == {(): 0.0}


async def test_just_below_a_day(shop):
    """A learner that was heard within the day is still followed."""
    vigil = vigil_of(shop)
    shop.clock.move(STALE_S - 1.0)
    vigil.look()

    assert shop.site.settings.mode == "learned"


async def test_shadow_stays_shadow(tmp_path):
    """A shop in shadow mode offers nobody anything, with or without a learner."""
    shop = await open_shop(tmp_path, settings(mode="shadow"))
    vigil = vigil_of(shop)
    shop.clock.move(2 * STALE_S)
    vigil.look()

    assert shop.site.settings.mode == "shadow"
    shop.close()


async def test_an_old_word_at_the_start(shop):
    """What a starting worker finds on the board may be days old: that counts."""
    vigil = vigil_of(shop)
    vigil.hear(shop.site.now_s() - STALE_S)

    assert shop.site.settings.mode == "rules"
    assert not vigil.is_watched


async def test_another_clock(shop):
    """A learner whose clock is off is alive as long as its word moves."""
    vigil = vigil_of(shop)
    wrong_s = shop.site.now_s() - 10 * UNWATCHED_S
    vigil.hear(wrong_s)
    assert not vigil.is_watched
    vigil.hear(wrong_s + 10.0)
    assert vigil.is_watched
    shop.clock.move(UNWATCHED_S)
    vigil.hear(wrong_s + 10.0)

    assert not vigil.is_watched


def test_version_of_the_baseline():
    """Its settings are kept under a name of their own, for a replay."""
    own = settings(policy=PolicySettings(gamma_c=3.0))
    names = {settings_name(version_of(one)) for one in (own, baseline(own))}

    assert len(names) == 2
