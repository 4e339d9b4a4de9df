from dataclasses import replace

import orjson
import pytest
from msgspec import structs

from engage.evidence.decision_log import open_log
from engage.evidence.replay.verify import KeptSettings, Replay
from engage.settings import (
    HoldoutSettings,
    LearnerSettings,
    PolicySettings,
    RetentionSettings,
    RuleSettings,
)
from engage.stores.journal.files import JOURNAL_FILE
from engage.stores.journal.sqlite import read_journal
from engage.street.erasure import erase
from engage.wire.beacon import Customer
from tests.unit.street.builders import (
    ASK,
    CHAT,
    DISCOUNT,
    GUITAR,
    HELP,
    SECRETS,
    SITE,
    VIEW,
    event,
    open_shop,
    settings,
)

RULES = (
    RuleSettings(action="autumn10", min_price_cents=100_000),
    RuleSettings(action="chat_guitars", categories=("guitars",)),
)


def recorded(**changes):
    """Return a shop that records its beacons."""
    return settings(record_beacons=True, **changes)


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
        find_trail=log.trail,
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
    policies = PolicySettings(policy=policy, epsilon=0.3)
    chosen = recorded(policy=policies, rules=RULES)
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
    chosen = recorded(rules=RULES, **changes)
    shop = await open_shop(tmp_path, chosen)
    await shop.stock()
    await some_decisions(shop, "m")
    rows = shop.rows()
    shop.close()

    assert all((row["ghost"] is None) == (chosen.mode == "rules") for row in rows)
    assert_all_identical(replayed(tmp_path), decisions=len(rows))


async def test_launch_quota(tmp_path):
    """A new intervention under its launch quota replays as one."""
    early = recorded(
        interventions=(CHAT, HELP),
        policy=PolicySettings(launch_until_n=8),
        learner=LearnerSettings(max_move=1.0, max_move_per_day=1.0),
    )
    shop = await open_shop(tmp_path, early)
    await shop.stock()
    await some_decisions(shop, "early", count=20)
    later = replace(early, interventions=(CHAT, HELP, DISCOUNT))
    shop = await shop.crash(interventions=later.interventions)
    await shop.stock()
    await some_decisions(shop, "later")
    rows = shop.rows()
    shop.close()

    assert any(row["exploration"]["launching"] == ["autumn10"] for row in rows)
    assert_all_identical(replayed(tmp_path), decisions=len(rows))


async def test_crash(tmp_path):
    """Decisions before and after crashes replay, also across an edited card."""
    first = recorded()
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


async def test_lost_behaviour(tmp_path):
    """After a crash that cost the last beacons the features still come out the same.

    The session goes on from where it was kept, an older state than the last recorded.
    """
    shop = await open_shop(tmp_path, recorded())
    await shop.stock()
    await shop.send(*VIEW)
    await shop.keep_visits()
    shop.clock.move(3.0)
    await shop.send(event("ping", active_ms=3_000, visible_ms=3_000))
    shop = await shop.crash()
    shop.clock.move(20.0)
    await shop.send(event("ping", active_ms=9_000, visible_ms=9_000), ASK)
    shop.close()

    assert_all_identical(replayed(tmp_path), decisions=1)


async def test_changed_features(tmp_path):
    """A feature that was not what the browser said is found; nothing else differs."""
    shop = await open_shop(tmp_path, recorded())
    await shop.stock()
    await shop.send(*VIEW, ASK)
    shop.close()
    log = open_log(tmp_path)
    replay = Replay(log.snapshot, salts={}, settings={}, find_trail=log.trail)
    (body,) = log.bodies()
    body["features"]["product_views"] += 1.0

    parts = {found.part for found in replay.check(body)}
    log.close()

    assert "features.product_views" in parts
    assert replay.report.parts["features"].different == 1


async def test_recorded_from_the_middle(tmp_path):
    """A session whose first beacons were not recorded cannot be checked; it is said."""
    shop = await open_shop(tmp_path, settings())
    await shop.stock()
    await shop.send(*VIEW)
    await shop.keep_visits()
    shop = await shop.crash(record_beacons=True)
    await shop.send(ASK)
    shop.close()

    unchecked = replayed(tmp_path).parts["features"].unchecked

    assert dict(unchecked) == {"beacons before it are missing": 1}


async def test_off_by_default(tmp_path):
    """Without being asked for no beacon is kept."""
    shop = await open_shop(tmp_path, settings())
    await shop.stock()
    await shop.send(*VIEW, ASK)
    kept = shop.kinds("beacon")
    shop.close()

    assert kept == []
    unchecked = replayed(tmp_path).parts["features"].unchecked
    assert dict(unchecked) == {"its beacons were not recorded": 1}


async def test_consent_and_erasure(tmp_path):
    """Without consent there is no trail; an erased one goes; it holds no ids."""
    shop = await open_shop(tmp_path, recorded())
    customer = Customer(id="c_77", orders=3)
    await shop.send(*VIEW, visitor="v_no", consent=(False, False))
    await shop.send(*VIEW, ASK, visitor="v_gone", customer=customer)
    await shop.send(*VIEW, visitor="v_stays")
    await shop.journal.append()
    bodies = shop.kinds("beacon")
    told = orjson.dumps(bodies).decode()
    await erase(shop.site, "v_gone")
    left = shop.kinds("beacon")
    shop.close()

    assert len(bodies) == 2
    assert "v_gone" not in told.replace("s_v_gone", "")
    assert "c_77" not in told
    assert [one["beacon"]["session"] for one in left] == ["s_v_stays"]


async def test_coupons_are_not_kept(tmp_path):
    """A coupon may be somebody's own: kept is that there was one, and it replays."""
    shop = await open_shop(tmp_path, recorded())
    bought = structs.replace(GUITAR, coupon="FOR-ANNA")
    await shop.send(*VIEW, event("view_cart", item=bought, coupon="FOR-BERTA"))
    await shop.send(*VIEW, ASK)
    await shop.journal.append()
    kept = str(shop.kinds("beacon"))
    known = await shop.store.load(SITE, "v_1", "s_v_1")
    shop.close()

    assert known.session.has_coupon
    assert "FOR-" not in kept
    assert kept.count("'coupon': '-'") == 2
    assert_all_identical(replayed(tmp_path), decisions=1)


async def test_retention(tmp_path):
    """Beacons go after their own days, decisions stay."""
    shop = await open_shop(tmp_path, recorded())
    await shop.send(*VIEW, ASK)
    kept = RetentionSettings(beacon_days=3)
    shop.journal.prune(kept, at_s=shop.clock.now_s() + 2 * 86_400.0)
    before = len(shop.kinds("beacon"))
    shop.journal.prune(kept, at_s=shop.clock.now_s() + 4 * 86_400.0)
    after, decisions = len(shop.kinds("beacon")), len(shop.rows())
    shop.close()

    assert (before, after, decisions) == (1, 0, 1)
