import math
from dataclasses import replace

import numpy as np
import pytest

from engage.evidence.lift.measure import measure, measure_by, tuned_to
from engage.evidence.lift.report import Plan
from engage.evidence.lift.standing import standing
from tests.unit.evidence.lift_builders import T0, crowd

PLAN = Plan(horizon_s=3_600.0)
NOW_S = T0 + 30 * 86_400.0


def fifths(n):
    """Return a holdout of every fifth visitor."""
    return np.arange(n) % 5 == 0


def shop(n, *, treated, held, every=10):
    """Return visitors of whom one in ten ordered, with a margin by group."""
    is_holdout = fifths(n)
    margins = np.where(is_holdout, held, treated)
    # A tenth of each group: the eleventh row moves through all residues.
    buys = (np.arange(n) // 5) % every == 0
    return crowd(np.where(buys, margins, 0.0), is_holdout)


def test_difference_of_means():
    """The difference is treatment minus holdout, mean per visitor."""
    lift = measure(shop(5_000, treated=50.0, held=40.0), plan=PLAN, at_s=NOW_S)

    margin = lift.metrics["margin"]
    assert (margin.treatment, margin.holdout) == pytest.approx((5.0, 4.0))
    assert margin.difference == pytest.approx(1.0)


def test_conversion_counts_who_ordered():
    """Conversion is the share of visitors with an order, however many, whatever worth.

    Of the treated two in ten order, twice each and at no margin; of the holdout one.
    """
    is_holdout, tenth = fifths(1_000), (np.arange(1_000) // 5) % 10
    orders = np.where(tenth < np.where(is_holdout, 1, 2), 2.0, 0.0)
    lift = measure(
        crowd(np.zeros(1_000), is_holdout, orders=orders), plan=PLAN, at_s=NOW_S
    )

    conversion = lift.metrics["conversion"]
    assert (conversion.treatment, conversion.holdout) == pytest.approx((0.2, 0.1))
    assert [one.conversion for one in lift.by_action] == pytest.approx([0.1])
    assert (lift.treatment.ordering, lift.holdout.ordering) == (160, 20)


def test_no_interval_too_early():
    """Below 30 ordering visitors in a group there is no interval, only a count."""
    lift = measure(shop(1_450, treated=50.0, held=40.0), plan=PLAN, at_s=NOW_S)

    assert (lift.verdict, lift.holdout.missing) == ("collecting", 1)
    assert {one.low for one in lift.metrics.values()} == {None}


def test_interval_at_thirty():
    """The interval appears with the thirtieth ordering visitor of the holdout."""
    lift = measure(shop(1_500, treated=50.0, held=40.0), plan=PLAN, at_s=NOW_S)

    assert lift.holdout.missing == 0
    assert lift.metrics["margin"].low is not None


@pytest.mark.parametrize(
    ("treated", "verdict"), [(80.0, "better"), (41.0, "undecided"), (0.4, "worse")]
)
def test_verdict(treated, verdict):
    """The verdict follows the side of zero the interval is on."""
    lift = measure(shop(40_000, treated=treated, held=40.0), plan=PLAN, at_s=NOW_S)

    assert lift.verdict == verdict


def test_broken_ratio_blocks():
    """Groups of the wrong size withhold every interval."""
    everyone = shop(5_000, treated=90.0, held=40.0)
    leaky = crowd(everyone.margin, everyone.is_holdout, share=0.5)

    lift = measure(leaky, plan=PLAN, at_s=NOW_S)

    assert lift.verdict == "broken_ratio"
    assert {one.low for one in lift.metrics.values()} == {None}


def test_no_holdout():
    """Without a holdout there is nothing to compare."""
    alone = crowd(np.ones(100), np.zeros(100), share=0.0)

    assert measure(alone, plan=PLAN, at_s=NOW_S).verdict == "no_holdout"


def test_nobody():
    """An empty log gives an empty report instead of an error."""
    lift = measure(crowd([], []), plan=PLAN, at_s=NOW_S)

    assert (lift.verdict, lift.since_s, lift.by_action) == ("collecting", None, ())


def test_running_horizons_do_not_count():
    """Visitors whose horizon is not over are waiting, not counted."""
    n = 100
    seen = crowd(np.ones(n), fifths(n), is_over=np.arange(n) < 60)

    lift = measure(seen, plan=PLAN, at_s=NOW_S)

    assert lift.waiting == 40
    assert lift.treatment.visitors + lift.holdout.visitors == 60


def test_taper_compares_like_with_like():
    """When share and margins both change with time, the weights undo the mixture."""
    n = 20_000
    is_late = np.arange(n) >= n // 2
    share = np.where(is_late, 0.1, 0.5)
    is_holdout = np.where(is_late, np.arange(n) % 10 == 0, np.arange(n) % 2 == 0)
    seen = crowd(np.where(is_late, 9.0, 1.0), is_holdout, share=share)

    margin = measure(seen, plan=PLAN, at_s=NOW_S).metrics["margin"]

    assert margin.difference == pytest.approx(0.0, abs=1e-9)


def test_matched_by_action():
    """An action's margin is compared with visitors for whom it was a ghost."""
    action = np.where(np.arange(1_000) % 2 == 0, "chat", "none")
    is_holdout = (np.arange(1_000) // 2) % 5 == 0
    margins = np.where(action == "chat", np.where(is_holdout, 1.0, 3.0), 7.0)
    seen = crowd(margins, is_holdout, action=action, is_shown=~is_holdout)

    matched = {
        one.action: one for one in measure(seen, plan=PLAN, at_s=NOW_S).by_action
    }

    assert (matched["chat"].treatment, matched["chat"].holdout) == (400, 100)
    assert matched["chat"].margin == pytest.approx(2.0)
    assert matched["none"].margin == pytest.approx(0.0)
    assert (matched["chat"].shown_share, matched["none"].shown_share) == (1.0, None)


def test_action_of_one_group_only():
    """What was a ghost for nobody has nobody to be compared with, nor the reverse."""
    action = np.array(["chat", "help", "none", "none"] * 100)
    is_holdout = np.array([False, True, False, True] * 100)
    seen = crowd(np.ones(400), is_holdout, action=action, share=0.5)

    matched = {
        one.action: (one.treatment, one.holdout, one.margin, one.conversion)
        for one in measure(seen, plan=PLAN, at_s=NOW_S).by_action
    }

    assert matched["chat"] == (100, 0, None, None)
    assert matched["help"] == (0, 100, None, None)
    assert matched["none"] == (100, 100, 0.0, 0.0)


def test_by_segment():
    """A part's lift is that of its own visitors."""
    n = 1_000
    segment = np.where((np.arange(n) // 5) % 2 == 0, "new", "loyal")
    parts = measure_by(
        crowd(np.ones(n), fifths(n), segment=segment), "segment", plan=PLAN, at_s=NOW_S
    )

    assert {name: part.treatment.visitors for name, part in parts.items()} == {
        "segment=new": 400,
        "segment=loyal": 400,
    }


def test_verdicts_of_segments():
    """Each part that stands out says which way."""
    better, worse = (shop(40_000, treated=eur, held=40.0) for eur in (80.0, 0.4))
    is_new = (np.arange(40_000) // 50) % 2 == 0
    both = replace(
        better,
        margin=np.where(is_new, better.margin, worse.margin),
        segment=np.where(is_new, "new", "loyal"),
    )
    parts = measure_by(both, "segment", plan=PLAN, at_s=NOW_S)

    assert {name: (one.verdict, one.is_found) for name, one in parts.items()} == {
        "segment=new": ("better", True),
        "segment=loyal": ("worse", True),
    }


def test_forecast_shrinks_with_the_rate():
    """Twice the visitors a day halve the days that are left."""
    everyone = shop(2_000, treated=40.0, held=40.0)
    slow = measure(everyone, plan=PLAN, at_s=T0 + 20 * 86_400.0).forecast
    fast = measure(everyone, plan=PLAN, at_s=T0 + 10 * 86_400.0).forecast

    horizon_days = PLAN.horizon_s / 86_400.0
    assert slow.days_left - horizon_days == pytest.approx(
        2 * (fast.days_left - horizon_days)
    )
    assert slow.visitors == fast.visitors
    assert (slow.per_day, fast.per_day) == pytest.approx((100.0, 200.0))
    # Told is the next whole visitor.
    assert slow.days_left - horizon_days == pytest.approx(
        (slow.visitors - 2_000) / 100.0, abs=0.01
    )


def test_no_forecast_without_orders():
    """Without an order nobody can say when anything is decidable."""
    lift = measure(crowd(np.zeros(500), fifths(500)), plan=PLAN, at_s=NOW_S)

    assert (lift.forecast.visitors, lift.forecast.days_left) == (None, None)


def test_tuning_settles_with_arrivals():
    """What comes after the first thousand visitors does not move the tuning."""
    early = T0 + np.arange(1_000) * 100.0
    later = np.concatenate([early, early[-1] + np.arange(1, 5_000)])

    assert tuned_to(later) == tuned_to(early)
    assert math.log2(tuned_to(early)).is_integer()


def test_report_is_plain():
    """A report becomes plain data with every number a Python number."""
    plain = measure(shop(2_000, treated=50.0, held=40.0), plan=PLAN, at_s=NOW_S).plain()

    assert {type(value) for value in plain["metrics"]["margin"].values()} <= {
        float,
        int,
    }


@pytest.mark.parametrize(("buyers", "is_told"), [(0, True), (1, False)])
def test_where_nobody_orders_the_report_says_what_is_missing(buyers, is_told):
    """A shop that posts no orders, or has another outcome, does not wait in vain."""
    margins = np.zeros(200)
    margins[:buyers] = 30.0
    lift = measure(crowd(margins, fifths(200)), plan=PLAN, at_s=T0 + 1e6)

    said = " ".join(standing(lift))
    assert lift.verdict == "collecting"
    assert ("without any there will never be a verdict" in said) == is_told
