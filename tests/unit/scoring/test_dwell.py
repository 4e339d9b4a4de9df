import math
import pickle

import numpy as np
import orjson
import pytest

from engage.errors import FeatureError, SnapshotRejected
from engage.scoring.base import Example
from engage.scoring.cells import TERMS, bucket, positions
from engage.scoring.dwell import DwellScorer, example_of
from engage.scoring.frozen_dwell import (
    QUANTILES,
    FrozenDwell,
    log_dwell,
    monotone,
    percentile_of,
)
from tests.unit.scoring.builders import dwells, view


def trained(n=300, *, seed=1):
    """Return a dwell scorer that has learned n seeded views."""
    model = DwellScorer()
    for example in dwells(n, seed=seed):
        model.learn(example)
    return model


def test_serving_equals_learning():
    """The table's percentiles are within 1e-9 of river's, over cells and dwells."""
    model = trained()
    frozen = model.freeze()
    gaps = [
        abs(
            frozen.percentile(example.view, example.label)
            - model.percentile(example.view, example.label)
        )
        for example in dwells(2_000, seed=2)
    ]

    assert max(gaps) <= 1e-9


def test_restored_run_equals_uninterrupted():
    """Saved to JSON, loaded and continued equals uninterrupted, to the last bit."""
    stream = dwells(300, seed=3)
    through, part, again = DwellScorer(), DwellScorer(), DwellScorer()
    for example in stream:
        through.learn(example)
    for example in stream[:133]:
        part.learn(example)
    again.restore(orjson.loads(orjson.dumps(part.state())))
    for example in stream[133:]:
        again.learn(example)

    assert orjson.dumps(again.state()) == orjson.dumps(through.state())


def test_percentile_changes_nothing():
    """Asking for cells never seen leaves every byte of the models alone."""
    model = trained()
    before = (pickle.dumps(model.heads), orjson.dumps(model.state()))
    for at in range(50):
        model.percentile(view(category=f"new {at}"), 10.0)

    assert before == (pickle.dumps(model.heads), orjson.dumps(model.state()))


def test_percentile_rises_with_every_second():
    """A longer dwell never has a lower percentile, from nothing to a day."""
    frozen = trained().freeze()
    seconds = np.expm1(np.linspace(0, math.log1p(86_400), 300))
    found = [frozen.percentile(view(), s) for s in seconds.tolist()]

    assert found == sorted(found)
    assert 0 < found[0] < 0.1
    assert 0.99 < found[-1] < 1


def test_percentile_at_the_quantiles():
    """At the predicted quantiles the percentile is the quantile's level."""
    frozen = trained().freeze()
    found = [frozen.percentile(view(), s) for s in frozen.seconds(view()).values()]

    assert found == pytest.approx(QUANTILES)


def test_crossed_quantiles_are_mended():
    """Quantiles that cross are pushed apart, and those in order stay as they are."""
    assert monotone((0.0, 3.0, 1.0, 5.0)) == (0.0, 3.0, 3.01, 5.0)


def test_tails_have_the_slope_of_the_last_segment():
    """Beyond the outer quantiles the logit goes on as a straight line."""
    knots = tuple(float(at) for at in range(7))
    logits = [
        math.log(p / (1 - p))
        for p in (percentile_of(x, knots=knots) for x in (5.5, 6.0, 7.0, 8.0))
    ]

    assert logits[3] - logits[2] == pytest.approx(2 * (logits[1] - logits[0]))


def test_a_card_censors():
    """A view cut off by a card raises what counts as long, and never lowers it."""
    model = trained(600)
    before = model.knots(view())
    model.learn(Example(scorer="dwell", label=0.5, view=view(), censored=True))
    after = model.knots(view())

    assert all(new >= old for new, old in zip(after, before, strict=True))
    assert after != before


def test_a_card_at_once_says_nothing():
    """A card at the very first moment moves no quantile by more than .01."""
    model = trained(600)
    before = model.knots(view())
    model.learn(Example(scorer="dwell", label=0.0, view=view(), censored=True))

    assert model.knots(view()) == pytest.approx(before, abs=0.01)


def test_censored_views_count_in_quality():
    """A view that a card cut short counts as longer, once there are whole ones."""
    model = DwellScorer()
    long, short = model.knots(view())[4], model.knots(view())[2]
    for seconds, is_cut in ((math.expm1(short), True), (math.expm1(long), False)):
        one = Example(scorer="dwell", label=seconds, view=view(), censored=is_cut)
        assert "coverage_error_0.5" not in model.quality()
        model.learn(one)

    assert model.quality()["count"] == 2.0
    assert model.quality()["coverage_error_0.5"] == -0.5


def test_example_of_a_view_with_a_card():
    """What is learned from such a view ends at the card and says so."""
    example = example_of(view(active_s=50.0, censored_at_s=12.0))

    assert (example.label, example.censored) == (12.0, True)


def test_example_of_a_whole_view():
    """What is learned from a view without a card is its active dwell."""
    example = example_of(view(active_s=50.0))

    assert (example.label, example.censored) == (50.0, False)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.0])
def test_bad_dwell(bad):
    """A dwell below 0 or not finite is refused, and nothing is learned."""
    model = trained()
    before = orjson.dumps(model.state())

    with pytest.raises(FeatureError, match=r"^active_s must be finite and >= 0, got"):
        model.learn(Example(scorer="dwell", label=bad, view=view()))
    assert orjson.dumps(model.state()) == before


def test_a_view_is_needed():
    """Without a view there is no cell to learn for."""
    with pytest.raises(FeatureError, match=r"^view must be given to learn dwell"):
        DwellScorer().learn(Example(scorer="dwell", label=1.0))


def test_dwell_is_clipped_to_a_day():
    """No beacon can stretch the scale beyond a day."""
    assert log_dwell(1e12) == log_dwell(86_400.0)


def test_models_do_not_grow_with_categories():
    """A thousand invented categories use no more terms than there are buckets."""
    model = DwellScorer()
    for at in range(1_000):
        model.learn(Example(scorer="dwell", label=5.0, view=view(category=f"x{at}")))

    assert len(model.heads[0].weights) <= 1 + 4 + 64 * 3 + 2


@pytest.mark.parametrize(
    "odd",
    [
        {"page_kind": "video"},
        {"device": "fridge"},
        {"price_band": 99},
        {"price_band": -1},
        {"category": ""},
    ],
)
def test_every_view_has_a_cell(odd):
    """Values outside the closed lists still fall into a cell of the table."""
    places = positions(view(**odd))

    assert len(set(places)) == 10
    assert list(places) == sorted(places)
    assert max(places) < TERMS


def test_buckets_do_not_depend_on_the_process():
    """A category's bucket is the same in every process, on every machine."""
    assert (bucket("guitars"), bucket("shoes")) == (27, 31)


def test_frozen_survives_json():
    """Written and read back, the table is the same to the last bit."""
    frozen = trained().freeze()
    again = FrozenDwell.from_plain(orjson.loads(orjson.dumps(frozen.plain())))

    assert (again.table == frozen.table).all()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"quantiles": [0.5]}, "schema"),
        ({"rows": {"99999": [0.0] * 7}}, "schema"),
        ({"rows": {"1": [0.0]}}, "schema"),
        ({"rows": {"1": [math.nan] * 7}}, "not_finite"),
    ],
)
def test_broken_tables_are_refused(broken, reason):
    """A table of another shape or with bad numbers never becomes a model."""
    with pytest.raises(SnapshotRejected) as no:
        FrozenDwell.from_plain(trained(5).freeze().plain() | broken)

    assert no.value.reason == reason


def test_state_of_other_quantiles():
    """A state made for other quantiles is refused."""
    with pytest.raises(SnapshotRejected, match=r"^quantiles must be"):
        DwellScorer().restore(DwellScorer().state() | {"quantiles": [0.5]})


def test_frozen_table_is_sealed():
    """Nobody can write into the serving side."""
    with pytest.raises(ValueError, match="read-only"):
        trained(5).freeze().table[0, 0] = 1.0
