from dataclasses import replace

import pytest

from engage.evidence.decision_log import open_log
from engage.evidence.replay import KeptSettings, Replay
from engage.settings import (
    HoldoutSettings,
    LearnerSettings,
    PolicySettings,
    RuleSettings,
)
from engage.stores.journal import read_journal
from engage.street.opening import JOURNAL_FILE
from tests.unit.street.builders import (
    ASK,
    CHAT,
    DISCOUNT,
    HELP,
    SECRETS,
    SITE,
    VIEW,
    open_shop,
    settings,
)

RULES = (
    RuleSettings(action="autumn10", min_price_cents=100_000),
    RuleSettings(action="chat_guitars", categories=("guitars",)),
)


async def some_decisions(shop, prefix, *, count=12):
    """Let visitors linger and ask, close their windows, and learn from them."""
    for number in range(count):
        visitor = f"v_{prefix}_{number}"
        await shop.linger(visitor)
        await shop.send(*VIEW, ASK, visitor=visitor)
    await shop.wait(1_900.0)
    shop.learn()


def replayed(path):
    """Return the report on a data directory, from nothing but itself and the salt."""
    log, journal = open_log(path), read_journal(path / JOURNAL_FILE)
    replay = Replay(
        log.snapshot,
        salts={SITE: SECRETS.salt},
        settings=KeptSettings(journal, {}),
    )
    for body in log.bodies():
        replay.check(body)
    log.close()
    journal.close()
    return replay.report


def assert_all_identical(report, *, decisions):
    """Assert that every part of every decision could be checked and was identical."""
    assert report.differences == []
    assert report.decisions == decisions
    for name, tally in report.parts.items():
        assert (name, dict(tally.unchecked)) == (name, {})


@pytest.mark.parametrize(
    "policy", ["inverse_gap", "uniform", "epsilon_greedy", "rules"]
)
async def test_policies(tmp_path, policy):
    """The draws of every policy replay, before and after it has learned."""
    chosen = settings(policy=PolicySettings(policy=policy, epsilon=0.3), rules=RULES)
    shop = await open_shop(tmp_path, chosen)
    await shop.stock()
    for batch in range(3):
        await some_decisions(shop, f"b{batch}")
    count = len(shop.rows())
    shop.close()

    assert count >= 36
    assert_all_identical(replayed(tmp_path), decisions=count)


@pytest.mark.parametrize(
    "changes",
    [{"mode": "shadow"}, {"mode": "rules"}, {"holdout": HoldoutSettings(share=1.0)}],
)
async def test_modes(tmp_path, changes):
    """Shadow and holdout replay as ghosts, the rule list as what it proposed."""
    chosen = settings(rules=RULES, **changes)
    shop = await open_shop(tmp_path, chosen)
    await shop.stock()
    await some_decisions(shop, "m")
    rows = shop.rows()
    shop.close()

    assert all((row["ghost"] is None) == (chosen.mode == "rules") for row in rows)
    assert_all_identical(replayed(tmp_path), decisions=len(rows))


async def test_launch_quota(tmp_path):
    """A new intervention under its launch quota replays as one."""
    early = settings(
        interventions=(CHAT, HELP),
        policy=PolicySettings(launch_until_n=8),
        learner=LearnerSettings(max_move=1.0, max_move_per_day=1.0),
    )
    shop = await open_shop(tmp_path, early)
    await shop.stock()
    await some_decisions(shop, "early", count=20)
    later = replace(early, interventions=(CHAT, HELP, DISCOUNT))
    shop = await shop.crash(interventions=later.interventions)
    await some_decisions(shop, "later")
    rows = shop.rows()
    shop.close()

    assert any(row["exploration"]["launching"] == ["autumn10"] for row in rows)
    assert_all_identical(replayed(tmp_path), decisions=len(rows))


async def test_crash(tmp_path):
    """Decisions before and after crashes replay, also across an edited card."""
    first = settings()
    shop = await open_shop(tmp_path, first)
    await shop.stock()
    await some_decisions(shop, "before")
    shop = await shop.crash()
    await some_decisions(shop, "after")
    edited = replace(HELP, options={"href": "/sizes/new"})
    second = replace(first, interventions=(CHAT, DISCOUNT, edited))
    shop = await shop.crash(interventions=second.interventions)
    await some_decisions(shop, "edited")
    count = len(shop.rows())
    shop.close()

    assert_all_identical(replayed(tmp_path), decisions=count)
