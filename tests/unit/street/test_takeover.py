"""Who decides after a trial: the winner, over restarts and trials, until withdrawn."""

from dataclasses import replace

import pytest

from engage.learning.trials.challenge import Challenge
from engage.learning.trials.evidence import Evidence
from engage.learning.trials.orders import FOLDER, Order, hand_over
from engage.learning.trials.promotion import Rules, judge
from engage.settings import PolicySettings, RuleSettings
from engage.street.opening import version_of
from engage.street.trying import adopt
from tests.unit.learning.builders import traffic
from tests.unit.street.builders import SITE
from tests.unit.street.trials import (
    EAGER,
    candidate_of,
    chosen,
    hand,
    opened,
    trading,
    win,
)

LISTED = chosen(mode="rules", rules=(RuleSettings(action="autumn10"),))


@pytest.fixture
async def shop(tmp_path):
    """Return a shop whose own list decides, with a little traffic behind it."""
    one = await trading(tmp_path, of=LISTED)
    yield one
    one.close()


async def test_list_decides_for_the_rest(shop):
    """While a challenger is tried, each record says what decided in its arm."""
    trial = hand(shop, candidate_of(shop), is_forced=True, why="a test")
    await traffic(shop, 20, seed=2, first=100)
    dealt = [row for row in shop.rows() if row.get("challenger_share")]
    said = {
        (row["snapshot"] == trial.number, row["mode"], row["policy"]) for row in dealt
    }

    assert trial.stage == "canary"
    assert said == {(True, "learned", "inverse_gap"), (False, "rules", "rules")}


async def test_winner_takes_over(shop, tmp_path):
    """A challenger that won against the shop's list decides from then on."""
    await win(shop, hand(shop, candidate_of(shop), is_forced=True, why="a test"))
    await shop.ask("v_after")

    assert (shop.last()["mode"], shop.last()["policy"]) == ("learned", "inverse_gap")
    shop.journal.close()
    again = await opened(tmp_path, of=LISTED, clock=shop.clock)
    await again.ask("v_later")
    assert (again.last()["mode"], again.last()["policy"]) == ("learned", "inverse_gap")
    again.close()


async def test_list_is_wanted_back(shop, tmp_path):
    """Withdrawn after it has won, it gives back to the shop's own list."""
    trial = hand(shop, candidate_of(shop), is_forced=True, why="a test")
    await win(shop, trial)
    hand_over(shop.path / FOLDER, Order(what="withdraw", site=SITE, why="too dear"))
    shop.learn()
    await shop.ask("v_after")

    assert trial.stage == "rolled_back"
    assert shop.kinds("promoted")[-1]["why"] == "withdrawn: too dear"
    assert (shop.last()["mode"], shop.last()["policy"]) == ("rules", "rules")
    assert shop.site.settings.policy == EAGER
    shop.journal.close()
    again = await opened(tmp_path, of=LISTED, clock=shop.clock)
    assert (again.site.settings.mode, again.site.policy.name) == ("rules", "rules")
    again.close()


async def test_winner_stays_while_others_are_tried(shop, tmp_path):
    """A next trial, and a restart during it, leave the last winner's way as it is."""
    await win(shop, hand(shop, candidate_of(shop), is_forced=True, why="a test"))
    other = candidate_of(shop, policy=PolicySettings(gamma_c=5.0))
    trial = hand(shop, replace(other, card={"seed": 1}))

    assert trial.stage == "shadow"
    assert (shop.site.settings.mode, shop.site.settings.policy) == ("learned", EAGER)
    heard = Challenge.decode(trial.challenge.encode())
    assert (heard.way.policy.gamma_c, heard.standing.policy) == (5.0, EAGER)
    shop.journal.close()
    again = await opened(tmp_path, of=LISTED, clock=shop.clock)
    assert (again.site.settings.mode, again.site.settings.policy) == ("learned", EAGER)
    assert again.lineage.learner.settings.policy == EAGER
    again.close()


async def test_worker_that_starts_late(shop, tmp_path):
    """Who hears of a trial only now decides as those do who have heard of all."""
    await win(shop, hand(shop, candidate_of(shop), is_forced=True, why="a test"))
    trial = hand(shop, replace(candidate_of(shop), card={"seed": 1}))
    late = await opened(tmp_path / "late", of=LISTED)
    heard = Challenge.decode(trial.challenge.encode())
    adopt(late.site, heard, version_of=version_of)

    assert late.site.settings == shop.site.settings
    assert late.site.config_version == shop.site.config_version
    late.close()


async def test_list_has_to_be_beaten(shop):
    """Against the list a candidate is held to more than doing no harm, once only."""
    first = hand(shop, candidate_of(shop), is_forced=True, why="a test")
    await win(shop, first)
    second = hand(shop, replace(candidate_of(shop), card={"seed": 1}))

    assert first.rules.is_takeover
    assert not second.rules.is_takeover


@pytest.mark.parametrize(
    ("gain_eur", "expected"), [(0.4, "canary"), (0.0, None), (-0.4, "rolled_back")]
)
def test_promotion_test_against_the_list(gain_eur, expected):
    """In the shadow the surrogate has to be above the list's; no harm is not enough.

    2,000 visitors, sd 1 EUR: at 0.4 EUR the e-value is beyond any doubt.
    """
    evidence = Evidence()
    for number in range(2_000):
        evidence.gain.add(f"v_{number}", gain_eur + (1.0, -1.0)[number % 2])

    assert judge("shadow", evidence, Rules(is_takeover=True)).to == expected
