from dataclasses import replace

import numpy as np
import pytest

from engage.evidence.lift.adjust import COVARIATES, covariates_of, expected
from engage.evidence.lift.contrast import against_own_none, same_to_same
from engage.evidence.lift.early import early_bounds
from engage.evidence.lift.horizons import by_horizon, horizons_of, is_pulled_forward
from engage.evidence.lift.many import discoveries
from engage.evidence.lift.measure import measure, measure_by
from engage.evidence.lift.report import Plan
from engage.evidence.lift.reports import course
from engage.evidence.sequences.betting import bounds
from tests.unit.evidence.lift_builders import T0, crowd

PLAN = Plan(horizon_s=3_600.0)
NOW_S = T0 + 30 * 86_400.0
INTENT = COVARIATES.index("intent")


def halves(n):
    """Return a holdout of every other visitor."""
    return np.arange(n) % 2 == 0


def even(n, *, treated, held, every=5, **columns):
    """Return visitors in halves of whom one in `every` ordered, margin by group."""
    is_holdout = halves(n)
    buys = (np.arange(n) // 2) % every == 0
    margins = np.where(buys, np.where(is_holdout, held, treated), 0.0)
    return crowd(margins, is_holdout, share=0.5, **columns)


def test_bets_close_in_on_the_mean():
    """Bounds by betting hold the mean and narrow as values come (seed 5)."""
    values = np.random.default_rng(5).uniform(-1, 1, 4_000) + 0.1
    wide = np.full(4_000, 1.1)
    early = bounds(values[:200], low=-wide[:200], high=wide[:200], within=2, alpha=0.05)
    late = bounds(values, low=-wide, high=wide, within=2, alpha=0.05)

    assert early[0] <= late[0] < 0.1 < late[1] <= early[1]
    assert late[1] - late[0] < 0.15


def test_bets_without_values():
    """Without values nothing more is known than what was known before."""
    nothing = np.zeros(0)

    assert bounds(nothing, low=nothing, high=nothing, within=3, alpha=0.05) == (-3, 3)


def test_early_bounds_until_the_interval():
    """Bounds by betting stand in for the interval as long as there is none."""
    few = measure(even(200, treated=50.0, held=40.0), plan=PLAN, at_s=NOW_S)
    many = measure(even(2_000, treated=50.0, held=40.0), plan=PLAN, at_s=NOW_S)

    assert few.metrics["margin"].low is None
    assert few.early.low < 2.0 < few.early.high
    assert many.early is None
    assert many.metrics["margin"].low is not None


def test_early_bounds_need_orders():
    """Ten orders of both groups fix the bound; before that nothing is said."""
    assert early_bounds(even(40, treated=50.0, held=40.0), plan=PLAN) is None


def test_clipping_is_blind_to_later_orders():
    """A huge later margin moves the bounds, never where margins are clipped."""
    shop = even(400, treated=50.0, held=40.0)
    huge = replace(shop, margin=np.where(np.arange(400) == 391, 1e6, shop.margin))

    assert (
        early_bounds(huge, plan=PLAN).clipped_high
        == early_bounds(shop, plan=PLAN).clipped_high
    )


def test_expectation_sees_the_past_only():
    """What is expected of a visitor does not depend on anybody later (seed 6)."""
    rng = np.random.default_rng(6)
    columns, values = rng.normal(size=(3_000, 2)), rng.normal(size=3_000)
    whole = expected(columns, values + columns[:, 0])
    part = expected(columns[:1_500], (values + columns[:, 0])[:1_500])

    assert np.array_equal(whole[:1_500], part)
    assert not whole[:500].any()
    assert np.corrcoef(whole[500:], columns[500:, 0])[0, 1] > 0.9


def test_expectation_waits_for_orders():
    """With fewer than 50 values above nothing nothing is expected."""
    columns = np.arange(2_000.0)[:, None]
    values = np.where(np.arange(2_000) % 100 == 0, 30.0, 0.0)

    assert not expected(columns, values).any()


def test_what_is_known_before_the_first_moment():
    """Read off the record: money and counts as logarithms, but for intent x stake."""
    body = {
        "scores": {"intent": 0.5, "hesitation": 0.2, "dwell": 0.9},
        "stake": 99.0,
        "features": {"cart_eur": 9.0, "funnel": 2.0, "visit_index": 3.0, "orders": 1.0},
    }
    found = dict(zip(COVARIATES, covariates_of(body), strict=True))

    assert found == pytest.approx(
        {
            "intent": 0.5,
            "hesitation": 0.2,
            "stake": np.log(100.0),
            "intent_stake": 49.5,
            "cart": np.log(10.0),
            "funnel": 2.0,
            "visits": np.log(4.0),
            "orders": np.log(2.0),
        }
    )
    assert covariates_of({}) == (0.0,) * len(COVARIATES)


def test_adjusting_narrows_the_interval():
    """What the covariates explain leaves the interval; the mean stays (seed 7)."""
    rng = np.random.default_rng(7)
    intent = rng.uniform(0, 1, 8_000)
    covariates = np.zeros((8_000, len(COVARIATES)))
    covariates[:, INTENT] = intent
    shop = crowd(50 * intent, halves(8_000), share=0.5, orders=np.ones(8_000))
    lift = measure(replace(shop, covariates=covariates), plan=PLAN, at_s=NOW_S)

    margin = lift.metrics["margin"]
    assert margin.explained > 0.8
    assert margin.base == pytest.approx(shop.margin.mean())
    assert margin.low < 0 < margin.high


def test_horizon_of_a_week_and_of_a_demo():
    """Horizons are those of the contract; a demo's shrink with its long window."""
    assert horizons_of(7 * 86_400.0)[0] == 1_800.0
    assert horizons_of(600.0)[0] == 60.0
    assert horizons_of(600.0)[3] == pytest.approx(600 * 30 / 7)


def shrinking(by_then):
    """Return horizons at which the treated margin is as given, the holdout's 40."""
    several = [
        (float(hours), even(8_000, treated=treated, held=held))
        for hours, treated, held in by_then
    ]
    return by_horizon(several, plan=PLAN, narrow_at=8_000.0)


def test_pull_forward_is_flagged():
    """An effect that was there at first and is gone later was only pulled forward."""
    horizons = shrinking([(1, 40.0, 10.0), (24, 40.0, 20.0), (168, 40.0, 40.0)])

    assert [one.margin.difference for one in horizons] == pytest.approx([6, 4, 0])
    assert horizons[2].change.high < 0
    assert is_pulled_forward(horizons)


def test_growing_effect_is_not_flagged():
    """Advice that takes days is no pull-forward."""
    assert not is_pulled_forward(shrinking([(1, 10.0, 10.0), (168, 60.0, 40.0)]))


def drawing(n, *, none_worth, card_worth):
    """Return treated visitors of whom three in ten drew `none`; all ordered."""
    action = np.where(np.arange(n) % 10 < 3, "none", "chat")
    margins = np.where(action == "none", none_worth, card_worth)
    return crowd(
        margins, np.zeros(n, dtype=bool), action=action, none_p=np.full(n, 0.3)
    )


def test_against_own_none():
    """The policy is compared with what its own `none` says of the same visitors."""
    found = against_own_none(
        drawing(4_000, none_worth=10.0, card_worth=20.0), plan=PLAN, narrow_at=4e3
    )

    assert found.treatment == pytest.approx(17.0)
    assert found.difference == pytest.approx(7.0, abs=0.1)
    assert found.low > 0


def test_own_none_needs_orders():
    """Without thirty orders after a `none` there is no interval."""
    few = drawing(90, none_worth=10.0, card_worth=20.0)

    assert against_own_none(few, plan=PLAN, narrow_at=4e3).low is None


def test_same_to_same_sees_broken_groups():
    """Where nothing was shown the groups must agree; a warning says if they do not."""
    shop = even(8_000, treated=80.0, held=40.0, action=np.full(8_000, "none"))
    same = replace(shop, margin_alone=np.where(shop.orders > 0, 40.0, 0.0))

    assert same_to_same(shop, plan=PLAN, narrow_at=8e3).low > 0
    assert measure(shop, plan=PLAN, at_s=NOW_S).warnings == ("groups_differ",)
    assert measure(same, plan=PLAN, at_s=NOW_S).warnings == ()


def test_matched_actions_have_intervals():
    """An action that stands out among several is named; the others are not."""
    action = np.where(np.arange(40_000) // 2 % 2 == 0, "chat", "none")
    is_holdout = halves(40_000)
    good = (action == "chat") & ~is_holdout
    buys = (np.arange(40_000) // 4) % 5 == 0
    margins = np.where(buys, np.where(good, 80.0, 40.0), 0.0)
    shop = crowd(margins, is_holdout, share=0.5, action=action)
    matched = {
        one.action: one for one in measure(shop, plan=PLAN, at_s=NOW_S).by_action
    }

    assert (matched["chat"].is_found, matched["none"].is_found) == (True, False)
    assert matched["chat"].low > 0
    assert matched["none"].low < 0 < matched["none"].high


def test_parts_are_held_to_their_number():
    """A part alone may stand out where among twenty it does not."""
    n = 12_000
    shop = even(n, treated=48.5, held=40.0)
    of_many = replace(shop, segment=np.where(np.arange(n) < 10_000, "a", "b"))
    alone = measure_by(
        shop.where(np.arange(n) < 10_000), "segment", plan=PLAN, at_s=NOW_S
    )
    among = measure_by(of_many, "segment", plan=PLAN, at_s=NOW_S)
    width = [
        part.metrics["margin"].high - part.metrics["margin"].low
        for part in (alone["segment=new"], among["segment=a"])
    ]

    assert width[0] < width[1]
    assert among["segment=a"].is_found <= alone["segment=new"].is_found


def test_parts_of_all_dimensions_are_held_together():
    """Who asks by segment and by moment looks at the parts of both."""
    shop = even(12_000, treated=40.0, held=40.0)
    width = []
    for dimensions in (("segment",), ("segment", "moment")):
        parts = measure_by(shop, *dimensions, plan=PLAN, at_s=NOW_S)
        margin = parts["segment=new"].metrics["margin"]
        width.append(margin.high - margin.low)

    assert width[0] < width[1]


def test_no_e_value_no_discovery():
    """Nothing stands out where nothing was asked or nothing speaks."""
    assert discoveries([], alpha=0.05) == []
    assert discoveries([1.0, 19.9], alpha=0.05) == [False, False]


def test_broken_ratio_withholds_everything():
    """While the alarm is raised no interval is shown anywhere."""
    shop = even(4_000, treated=80.0, held=40.0)
    skewed = replace(shop, share=np.full(4_000, 0.2))
    lift = measure(skewed, plan=PLAN, at_s=NOW_S, horizons=[(60.0, skewed)])

    shown = [*lift.metrics.values(), lift.horizons[0].margin, lift.own_none]
    assert lift.verdict == "broken_ratio"
    assert {one.low for one in shown} == {None}
    assert {one.low for one in lift.by_action} == {None}
    assert lift.early is None


def test_course_ends_with_the_report():
    """The last look of a course is what the report says."""
    shop = even(6_000, treated=50.0, held=40.0)
    looks = course(shop, plan=PLAN, looks=12)

    assert [look.visitors for look in looks] == list(range(500, 6_001, 500))
    whole = measure(shop, plan=PLAN, at_s=NOW_S).metrics["margin"]
    assert looks[-1].margin == whole


def test_course_of_nobody():
    """Without visitors there is no look."""
    assert course(crowd([], []), plan=PLAN) == []
