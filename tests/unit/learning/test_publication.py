"""What a candidate must pass before it decides anything."""

from dataclasses import replace

import pytest

from engage.errors import SnapshotRejected
from engage.learning.publication import Check
from engage.settings import (
    LearnerSettings,
    MoneySettings,
    PolicySettings,
    WindowSettings,
)
from tests.unit.learning.builders import fresh, settings, traffic

HOUR_S, DAY_S = 3_600.0, 86_400.0


@pytest.fixture
async def learned(opened):
    """Return a check with situations to judge by, and a snapshot that is no novice."""
    chosen = settings(
        policy=PolicySettings(launch_until_n=5),
        learner=LearnerSettings(max_move=0.1, max_move_per_day=0.3),
    )
    shop = await opened(chosen)
    await traffic(shop, 25, seed=1)
    shop.learn()
    check = shop.lineage.check
    last = fresh(shop).freeze(number=1, at_s=shop.clock.now_s())
    check.anchor = last
    assert len(check.recent) > 5
    return check, last


def moved(snapshot, euro, *, at_s=0.0):
    """Return the snapshot a little later, with discounts worth so much more.

    So many euros where money is as noisy as expected beforehand, 2 EUR a decision.
    """
    terms = {**snapshot.uplift.terms}
    worth_eur = euro * snapshot.uplift.sigma / 2.0
    terms["kind:discount"] = terms.get("kind:discount", 0.0) + worth_eur
    uplift = replace(snapshot.uplift, terms=terms, _sums={}, _settled={})
    return replace(
        snapshot,
        number=snapshot.number + 1,
        at_s=snapshot.at_s + at_s,
        uplift=uplift,
    )


def humbler(snapshot):
    """Return the next snapshot, knowing less: a little nearer to uniform, no leap."""
    uplift = replace(snapshot.uplift, n_eff=0.6 * snapshot.uplift.n_eff)
    return replace(snapshot, number=snapshot.number + 1, uplift=uplift)


def judged(check, candidate, last, *, worse=()):
    """Return why the candidate is refused, None if it passes."""
    try:
        check.judge(candidate, last, worse=worse)
    except SnapshotRejected as error:
        return error.reason
    check.accept(candidate)
    return None


async def test_sound_candidate(learned):
    """The same again passes, and so does a small step."""
    check, last = learned

    assert judged(check, last, last) is None
    assert judged(check, moved(last, 0.001), last) is None


async def test_loss(learned):
    """A candidate with a scorer worse than a running mean is refused, young or not."""
    check, last = learned
    young = replace(last, uplift=replace(last.uplift, learned=4))

    assert judged(check, last, last, worse=("intent",)) == "loss"
    assert judged(check, young, last, worse=("intent",)) == "loss"


async def test_jump(learned):
    """A candidate that would move decisions by more than a tenth is refused."""
    check, last = learned
    candidate = moved(last, 5.0)

    assert check.movement(candidate, last) > 0.1
    assert judged(check, candidate, last) == "jump"


async def test_many_small_steps(learned):
    """Steps that are each small are refused when the day's way is too long."""
    check, last = learned
    start, why = last, None
    while why is None:
        candidate = humbler(last)
        assert check.movement(candidate, last) < 0.08
        way = check.movement(candidate, start)
        why, last = judged(check, candidate, last), candidate

    assert why == "jump"
    assert 0.3 < way < 0.4


@pytest.mark.parametrize(
    ("name", "what"),
    [("max_move", "movement"), ("max_move_per_day", "a day's movement")],
)
async def test_bounds_of_the_shop(learned, name, what):
    """Either bound is the shop's own: a step the usual ones allow may be too far."""
    check, last = learned
    candidate = humbler(last)
    bound = 0.9 * check.movement(candidate, last)
    assert bound < 0.08
    own = replace(check.settings.learner, **{name: bound})
    check.settings = replace(check.settings, learner=own)

    with pytest.raises(SnapshotRejected, match=f"^{what} must be <= "):
        check.judge(candidate, last, worse=())


async def test_jitter_is_no_movement(learned):
    """To and fro all day long is not refused: where it leads counts, not the way."""
    check, last = learned
    other = humbler(humbler(last))
    assert check.movement(other, last) > 0.005
    for step in range(200):
        to, since = (other, last) if step % 2 == 0 else (last, other)
        assert judged(check, to, since) is None


async def test_thaw(learned):
    """The bounds double with every hour of standstill: nothing is frozen for good."""
    check, last = learned
    candidate = moved(last, 50.0)
    assert judged(check, candidate, last) == "jump"
    assert judged(check, moved(last, 50.0, at_s=HOUR_S), last) == "jump"

    assert judged(check, moved(last, 50.0, at_s=8 * HOUR_S), last) is None
    assert check.frozen_since_s is None


async def test_frozen_for_months(learned):
    """However long it stood still, the slack is a number."""
    check, last = learned
    assert judged(check, moved(last, 50.0), last) == "jump"

    assert judged(check, moved(last, 50.0, at_s=200 * DAY_S), last) is None


async def test_short_days(learned):
    """Where windows are a thirtieth as long as usual, so are hours and days."""
    check, last = learned
    check.settings = replace(check.settings, windows=WindowSettings(short_close_s=60.0))
    assert judged(check, moved(last, 50.0), last) == "jump"

    assert judged(check, moved(last, 50.0, at_s=8 * HOUR_S / 30), last) is None
    later = moved(last, 0.02, at_s=DAY_S / 30)
    assert judged(check, later, last) is None
    assert check.anchor is later


async def test_a_new_day(learned):
    """After a day movement is measured from what was published since."""
    check, last = learned
    later = moved(last, 0.02, at_s=DAY_S)
    assert judged(check, later, last) is None

    assert check.anchor is later


async def test_young_models_may_move(learned):
    """A model that has hardly learned is bound by its priors, not by the check."""
    check, last = learned
    young = replace(last, uplift=replace(moved(last, 5.0).uplift, learned=4))

    assert judged(check, young, last) is None
    assert check.anchor is young
    grown = replace(young, uplift=replace(young.uplift, learned=5))
    assert judged(check, grown, last) == "jump"


async def test_without_situations(opened):
    """Before any decision was learned there is nothing that could move."""
    shop = await opened(settings())
    check = Check(shop.chosen, shop.site.policy)

    assert check.movement(moved(shop.site.snapshot, 9.0), shop.site.snapshot) == 0.0


@pytest.mark.parametrize(
    ("value", "why"),
    [(float("nan"), "not_finite"), (float("inf"), "not_finite"), (1e5, "unbounded")],
)
async def test_terms(learned, value, why):
    """Terms that are no numbers, or no shop's, are refused."""
    check, last = learned

    assert judged(check, moved(last, value), last) == why


async def test_terms_of_a_dear_shop(learned):
    """What is too much for most shops is not where an order earns 12,000."""
    check, last = learned
    dear = MoneySettings(order_margin_cents=1_200_000)
    check.settings = replace(check.settings, money=dear)

    assert judged(check, moved(last, 1e5), last) == "jump"
    assert judged(check, moved(last, 1e8), last) == "unbounded"


@pytest.mark.parametrize("name", ["sigma", "n_eff"])
async def test_other_numbers(learned, name):
    """So are a residual or a count that is no number."""
    check, last = learned
    broken = replace(last.uplift, **{name: float("nan")}, _sums={}, _settled={})

    assert judged(check, replace(last, uplift=broken), last) == "not_finite"


async def test_prediction_that_is_none(learned):
    """A policy that cannot draw from the candidate refuses it."""
    check, last = learned
    broken = replace(moved(last, 0.1).uplift, sigma=0.0, _sums={}, _settled={})

    assert judged(check, replace(last, uplift=broken), last) == "not_finite"


async def test_residual(learned):
    """A model whose mean residual is off is refused, unless it is young."""
    check, last = learned
    young = replace(last, uplift=replace(last.uplift, learned=4))
    check.judge(young, last, worse=(), off=lambda _: ("chat_guitars",))
    with pytest.raises(SnapshotRejected) as refused:
        check.judge(last, last, worse=(), off=lambda _: ("chat_guitars",))

    assert refused.value.reason == "residual"


async def test_residuals_thaw(learned):
    """The tolerance of residuals doubles with every hour of standstill."""
    check, last = learned
    asked = []

    def off(slack):
        asked.append(slack)
        return () if slack > 3.0 else ("chat_guitars",)

    for hours in (0, 1, 2):
        later = replace(last, at_s=last.at_s + hours * HOUR_S)
        try:
            check.judge(later, last, worse=(), off=off)
        except SnapshotRejected:
            continue
    assert asked == [1.0, 2.0, 4.0]
    assert check.frozen_since_s is None
