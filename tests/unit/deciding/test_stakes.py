"""What is at stake is the unit in which uplifts are learned and told."""

from dataclasses import replace

import numpy as np
import pytest

from engage.deciding.policies.uplift import UpliftModel
from engage.deciding.policies.weights import UpliftWeights
from engage.errors import SnapshotRejected
from tests.unit.deciding import test_uplift
from tests.unit.deciding.test_uplift import P, row, shop_rows

SETTINGS = replace(test_uplift.SETTINGS, usual_stake_eur=30.0)
NOWHERE = np.zeros(2)


def learned(rows, settings=SETTINGS):
    """Return a model to which stakes count, which has learned the rows."""
    return test_uplift.learned(rows, settings)


def told(weights, stake_eur):
    """Return the predicted uplifts at an average context."""
    return weights.predict(NOWHERE, "lingering", tuple(P), stake_eur=stake_eur)


@pytest.mark.parametrize("times", [0.5, 4.0, 1_000.0])
def test_where_stakes_are_alike_only_the_scale_differs(times):
    """A shop so many times as dear learns the same, so many times as large."""
    plain = learned(shop_rows(300, seed=2)).freeze()
    dear = learned(
        replace(one, target_eur=times * one.target_eur, stake_eur=times * 30.0)
        for one in shop_rows(300, seed=2)
    ).freeze()

    for action, eur in told(plain, None).items():
        assert told(dear, times * 30.0)[action] == pytest.approx(times * eur, rel=1e-9)
    assert dear.sigma_at(times * 30.0) == pytest.approx(times * plain.sigma, rel=1e-9)
    assert dear.clip_at(times * 30.0) == times * plain.clip_at(30.0)


def dear_and_cheap(n, *, seed):
    """Build rows of a shop whose effects and noise are as large as the stakes."""
    stakes = np.random.default_rng(seed + 100).lognormal(3.4, 1.2, n)
    for one, stake_eur in zip(shop_rows(n, seed=seed), stakes.tolist(), strict=True):
        scale = max(stake_eur, 9.0) / 30.0
        yield replace(one, target_eur=scale * one.target_eur, stake_eur=stake_eur)


def test_dear_decisions_do_not_drown_cheap_ones():
    """Told the stakes, a model's squared error is less than half of one that is not.

    Sixteen uplifts: two in each of eight shops of 600 rows, seeds 0 to 7; the sd of the
    stakes' logarithm is 1.2, the truth .4 and -.3 EUR where 30 EUR are at stake. Half
    leaves room for luck: weighted least squares needs a quarter of the rows here.
    """
    seeing, blind = [], []
    for seed in range(8):
        rows = list(dear_and_cheap(600, seed=seed))
        mean = float(np.mean([max(one.stake_eur, 9.0) for one in rows])) / 30.0
        for model_rows, scale, errors in (
            (rows, 1.0, seeing),
            ((replace(one, stake_eur=None) for one in rows), mean, blind),
        ):
            found = told(learned(model_rows).freeze(), 30.0)
            errors += [found["chat_a"] / scale - 0.4, found["deal"] / scale + 0.3]

    assert np.square(seeing).sum() < 0.5 * np.square(blind).sum()


def test_next_to_nothing_at_stake():
    """Who looks at a plectrum may yet buy a guitar: the scale has a least value."""
    weights = learned(shop_rows(50, seed=1)).freeze()

    assert weights.scale(0.5) == weights.scale(9.0) == pytest.approx(0.3)


@pytest.mark.parametrize("nobody_knows", [0.0, None])
def test_an_unknown_stake_is_the_usual_one(nobody_knows):
    """On a home page nothing is at stake yet, which is not to say that little is."""
    settings = replace(SETTINGS, usual_stake_eur=75.0)

    assert learned([row(1)], settings).freeze().scale(nobody_knows) == 2.5


def test_targets_are_clipped_at_their_own_stake():
    """The threshold is published for the unit, and grows with the stake."""
    weights = learned(dear_and_cheap(2_000, seed=3)).freeze()

    assert weights.clip_eur is not None
    assert weights.clip_at(120.0) == 4.0 * weights.clip_eur
    assert weights.clip_at(None) == weights.clip_eur
    assert replace(weights, clip_eur=None).clip_at(120.0) is None


@pytest.mark.parametrize("margin_eur", [20_000.0, 1e10])
def test_one_absurd_order_among_the_first(margin_eur):
    """A margin far beyond what is at stake teaches no more than ten times that.

    One in 400 decisions of a new shop, seed 5, learned as a service does it: each row
    at the threshold of a model published shortly before. Unbounded, the first margin
    raised sigma from 1 to 990 EUR, the second held publication back for years.
    """
    model, published = UpliftModel(SETTINGS), []
    for number, one in enumerate(shop_rows(400, seed=5)):
        if number % 25 == 0:
            published.append(model.freeze().clip_at(None))
        target_eur = margin_eur if number == 60 else one.target_eur
        model.learn(replace(one, target_eur=target_eur, clip_eur=published[-1]))
    weights = model.freeze()

    # Until a hundred decisions tell the quantile; then half as much again as a stake.
    assert published == [300.0] * 5 + [45.0] * 11
    assert weights.sigma < 30.0
    assert max(map(abs, weights.terms.values())) < 30.0


def test_a_rare_order_counts_in_full():
    """Where one decision in 200 sells, the quantile says nothing of orders."""
    rows = [
        replace(one, target_eur=30.0 if n % 200 == 0 else 0.5)
        for n, one in enumerate(shop_rows(1_000, seed=6))
    ]

    assert learned(rows).freeze().clip_at(120.0) == 180.0


def test_orders_far_beyond_the_stake_are_clipped():
    """One decision in 25 sells, one of four for seven times what was looked at.

    Those few orders are nine tenths of all variance; what follows from them in a month
    is luck.
    """
    rows = [
        replace(one, target_eur=(0.0 if n % 25 else 210.0 if n % 500 == 0 else 30.0))
        for n, one in enumerate(shop_rows(2_000, seed=7))
    ]

    assert learned(rows).freeze().clip_eur == 45.0


def test_the_first_bound_follows_what_most_earn():
    """Where nobody said that money is in large numbers the rows do, mistakes or not."""
    dear = [replace(one, target_eur=4_000.0) for one in shop_rows(100, seed=1)]
    dearer = [replace(one, target_eur=300_000.0) for one in dear]

    assert 40_000.0 <= learned(dear).freeze().clip_eur <= 42_000.0
    assert learned(dearer).freeze().clip_eur is None


def test_what_explains_a_prediction_adds_up_to_it():
    """At a stake of four units each part is four times as large."""
    weights = learned(dear_and_cheap(200, seed=4)).freeze()
    parts = weights.explain(
        NOWHERE, "lingering", "deal", proposed="deal", stake_eur=120.0
    )
    whole = weights.predict(
        NOWHERE, "lingering", ("deal",), proposed="deal", stake_eur=120.0
    )

    assert sum(eur for _, eur in parts) == pytest.approx(whole["deal"], rel=1e-9)


def test_snapshots_of_before_predict_as_they_did():
    """Without a unit amounts are the same at any stake: old records replay."""
    weights = learned(dear_and_cheap(200, seed=5)).freeze()
    plain = weights.plain()
    again = UpliftWeights.from_plain(plain)
    old = UpliftWeights.from_plain(
        {name: value for name, value in plain.items() if name != "usual_stake_eur"}
    )

    assert again == weights
    assert told(again, 500.0) == told(weights, 500.0)
    assert told(old, 500.0) == told(old, None) == told(weights, 30.0)
    assert old.sigma_at(500.0) == weights.sigma


def test_a_model_learned_in_another_unit_is_refused():
    """The learner then reads its journal anew, in the present unit."""
    plain = learned([row(1)]).state()
    del plain["is_by_stake"]

    with pytest.raises(SnapshotRejected, match=r"^is_by_stake must be True$"):
        UpliftModel(SETTINGS).restore(plain)
