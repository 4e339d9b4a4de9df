"""Thousands of beacons through the whole engine: the logged odds are the true ones."""

import asyncio
import random
from collections import defaultdict

import pytest
from scipy import stats

from engage.settings import (
    HoldoutSettings,
    LearnerSettings,
    MomentSettings,
    RuleSettings,
)
from tests.unit.street.builders import (
    ASK,
    GUITAR,
    NO_DICE,
    SHORT_S,
    event,
    open_shop,
    settings,
)

# Each test rejects a sound engine once in a thousand seeds; these seeds are fixed.
ALPHA = 1e-3
VISITORS = 2_000
RULES = (RuleSettings(action="chat_guitars", moments=("lingering",)),)


def shown(luck):
    """Return a product page: a guitar of any price."""
    item = type(GUITAR)(
        item_id=f"g{luck.randrange(30)}",
        price=luck.choice((49.0, 199.0, 899.0, 2_499.0)),
        item_category="guitars",
        in_stock=True,
    )
    return (event("page_view"), event("view_item", item=item))


async def crowd(shop, *, seed, visitors=VISITORS, ends=()):
    """Let visitors look at guitars and end with one of several signs of doubt."""
    luck = random.Random(seed)
    for number in range(visitors):
        visitor = f"v_{seed}_{number}"
        await shop.send(*shown(luck), visitor=visitor)
        shop.clock.move(luck.uniform(1.0, 20.0))
        stay = event("ping", active_ms=luck.randrange(500, 15_000), visible_ms=15_000)
        await shop.send(stay, luck.choice(ends or (ASK,)), visitor=visitor)
        if number % 100 == 99:
            await shop.wait(60.0)
            shop.learn()
            await shop.stock(codes=0, free=5_000)


def draw_of(row):
    """Return what was drawn from and what was drawn, carried out or not."""
    drawn = row["ghost"] or row
    return drawn["distribution"], drawn["action"]


def fit(rows):
    """Return the p-value of realised actions against logged distributions.

    Cells are actions by tenths of their probability, with the whole distribution of
    each decision, as facts/bandits B2 has it.
    """
    observed, expected = defaultdict(float), defaultdict(float)
    variance = defaultdict(float)
    for row in rows:
        distribution, action = draw_of(row)
        for name, p in distribution.items():
            cell = (name, int(10 * p))
            observed[cell] += name == action
            expected[cell] += p
            variance[cell] += p * (1 - p)
    cells = [cell for cell in expected if variance[cell] >= 5.0]
    assert len(cells) >= 4
    k = len({name for name, _ in cells})
    square = sum((observed[c] - expected[c]) ** 2 / variance[c] for c in cells)
    shrink = 1 - 1 / k
    return float(stats.chi2.sf(square * shrink, df=len(cells) * shrink))


async def lived(path):
    """Return the decisions of a crowd at a shop that learns meanwhile."""
    chosen = settings(
        holdout=HoldoutSettings(share=0.2),
        rules=RULES,
        learner=LearnerSettings(checkpoint_every_s=3_600.0),
    )
    shop = await open_shop(path, chosen)
    await shop.stock(codes=2_000, free=5_000)
    doubts = (ASK, event("exit_intent", how="top"), event("coupon_focus"))
    await crowd(shop, seed=11, ends=doubts)
    await shop.wait(SHORT_S)
    found = shop.rows()
    shop.close()
    return found


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Return the decisions of one crowd; several tests look at them."""
    return asyncio.run(lived(tmp_path_factory.mktemp("crowd")))


def test_realised_actions_fit_the_logged_odds(rows):
    """Chi-square of draws against logged distributions does not reject (seed 11)."""
    chosen = [row for row in rows if len(row["eligible"]) > 1]

    assert len(chosen) > 1_500
    assert fit(chosen) > ALPHA


def test_ghosts_fit_their_odds(rows):
    """Draws that were not carried out fit their own distributions as well."""
    ghosts = [row for row in rows if row["ghost"] and len(row["eligible"]) > 1]

    assert len(ghosts) > 200
    assert fit(ghosts) > ALPHA


def test_a_lie_would_be_seen(rows):
    """The same test rejects odds that are a fifth off: it can fail."""
    lies = []
    for row in rows:
        distribution, action = draw_of(row)
        if len(distribution) < 2:
            continue
        wrong = {name: 0.8 * p for name, p in distribution.items()}
        wrong["none"] += 0.2
        lies.append({"ghost": None, "distribution": wrong, "action": action})

    assert fit(lies) < ALPHA


def test_floors_hold(rows):
    """No eligible action is below its floor, nor `none` below a tenth; sums are 1."""
    for row in rows:
        distribution, action = draw_of(row)
        if len(distribution) == 1:
            continue
        floor, none_floor = (row["exploration"][n] for n in ("floor", "none_floor"))

        assert min(distribution.values()) >= floor / len(distribution) - 1e-12
        assert distribution["none"] >= none_floor - 1e-12
        assert abs(sum(distribution.values()) - 1.0) <= 1e-9
        assert distribution[action] > 0.0


def test_inverse_propensities_average_to_the_actions(rows):
    """The mean of 1 / p over draws is the mean number of eligible actions (4 se)."""
    weights, sizes = [], []
    for row in rows:
        distribution, action = draw_of(row)
        weights.append(1.0 / distribution[action])
        sizes.append(len(distribution))
    gaps = [w - k for w, k in zip(weights, sizes, strict=True)]
    mean, se = stats.tmean(gaps), stats.sem(gaps)

    assert abs(mean) <= 4 * se


def test_holdout_is_a_fifth(rows):
    """The share of the holdout among visitors is what the settings say (4 se)."""
    held = {row["session"]: row["group"] == "holdout" for row in rows}
    share = sum(held.values()) / len(held)

    assert abs(share - 0.2) <= 4 * (0.16 / len(held)) ** 0.5


async def test_triggers_are_honest(tmp_path):
    """Moments are withheld and near misses promoted as often as `trigger_p` says.

    Seed 12; 700 exits, each withheld with .3; 700 near misses, promoted with .2;
    binomial tests at 1e-3.
    """
    dice = MomentSettings(withhold_share=0.3, promote_share=0.2, lingering_s=1_000.0)
    shop = await open_shop(tmp_path, settings(moments=dice))
    await shop.stock()
    luck, visitors = random.Random(12), 700
    restless = event("cursor_reversal", count=6)
    for number in range(visitors):
        page = shown(luck)
        await shop.send(*page, event("exit_intent", how="top"), visitor=f"v_{number}")
        await shop.send(*page, restless, visitor=f"w_{number}")
    asked = defaultdict(set)
    for row in shop.rows():
        if row["moment"] == "leaving":
            asked[row["session"][2]].add(row["trigger_p"])
            asked[row["session"][:3]].add(row["session"])
    shop.close()

    assert asked["v"] == {0.7}
    assert asked["w"] == {0.2}
    for name, p in (("s_v", 0.7), ("s_w", 0.2)):
        test = stats.binomtest(len(asked[name]), visitors, p)
        assert test.pvalue > ALPHA


async def test_without_dice_every_moment_is_asked(tmp_path):
    """With both shares at 0 a moment is certain, and says so."""
    shop = await open_shop(tmp_path, settings(moments=NO_DICE))
    await shop.stock()
    leave = event("exit_intent", how="top")
    for number in range(50):
        await shop.send(*shown(random.Random(number)), leave, visitor=f"v_{number}")
    moments = [(row["moment"], row["trigger_p"]) for row in shop.rows()]
    shop.close()

    assert moments == [("leaving", 1.0)] * 50
