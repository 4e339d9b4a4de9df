import math

import numpy as np
import orjson
import pytest

from engage.deciding.policies.uplift import (
    Row,
    UpliftModel,
    UpliftPriors,
    UpliftSettings,
    UpliftWeights,
)
from engage.errors import FeatureError, PolicyError, SnapshotRejected

SETTINGS = UpliftSettings(context=("price", "dwell"), interactions=("price",))
P = {"none": 0.4, "chat_a": 0.3, "deal": 0.3}


def row(number, **fields):
    """Build one decision's row; what does not matter has a default."""
    base = {
        "decision": f"d_{number}",
        "context": np.array([0.5, -1.0]),
        "moment": "lingering",
        "action": ("none", "chat_a", "deal")[number % 3],
        "distribution": P,
        "kinds": {"chat_a": "chat", "deal": "discount"},
        "versions": {"chat_a": "1", "deal": "1"},
        "target_eur": 0.1 * (number % 7),
    }
    return Row(**(base | fields))


def learned(rows):
    """Return a model that has learned the rows."""
    model = UpliftModel(SETTINGS)
    for one in rows:
        model.learn(one)
    return model


@pytest.mark.parametrize(
    ("fields", "error", "says"),
    [
        ({"context": np.zeros(3)}, FeatureError, "context must have shape"),
        ({"context": np.array([1.0, math.nan])}, FeatureError, "must be finite"),
        ({"action": "gone"}, PolicyError, "action must be eligible"),
        ({"distribution": {"none": 0.5}}, PolicyError, "must sum to 1"),
        ({"target_eur": math.inf}, PolicyError, "target_eur must be finite"),
        ({"delta_eur": math.nan}, PolicyError, "delta_eur must be finite"),
        ({"versions": {"deal": "1"}}, PolicyError, "must have a kind and a version"),
    ],
)
def test_bad_row_leaves_the_model(fields, error, says):
    """A row that cannot be learned is refused and changes nothing."""
    model = learned(map(row, range(20)))
    before = orjson.dumps(model.state())

    with pytest.raises(error, match=says):
        model.learn(row(99, **fields))

    assert orjson.dumps(model.state()) == before


def test_a_decision_enters_once():
    """The same decision is not learned a second time while it waits."""
    model = learned([row(1)])

    with pytest.raises(PolicyError, match=r"^decision must be learned once, got 'd_1'"):
        model.learn(row(1))


def test_a_decision_is_corrected_once():
    """Only the first correction counts; strangers and forgotten rows have none."""
    model = learned([row(1), row(2)])

    assert model.correct("d_1", 5.0)
    assert not model.correct("d_1", 5.0)
    assert not model.correct("d_stranger", 5.0)
    assert model.forget("d_2")
    assert not model.correct("d_2", 5.0)
    assert model.open_rows == 0


def test_correction_must_be_finite():
    """A correction that is no number is refused, and the row goes on waiting."""
    model = learned([row(1)])

    with pytest.raises(PolicyError, match=r"^delta_eur must be finite, got nan"):
        model.correct("d_1", math.nan)

    assert model.open_rows == 1


def test_weights_survive_json():
    """Frozen weights come back from JSON with every bit."""
    weights = learned(map(row, range(300))).freeze()

    back = UpliftWeights.from_plain(orjson.loads(orjson.dumps(weights.plain())))

    assert back == weights
    context = np.array([0.1, 0.7])
    assert back.predict(context, "leaving", tuple(P)) == weights.predict(
        context, "leaving", tuple(P)
    )


def test_state_of_another_schema_is_refused():
    """A model restored into other features would be nonsense; it is refused."""
    plain = learned(map(row, range(5))).state()
    other = UpliftModel(UpliftSettings(context=("price",), interactions=("price",)))

    with pytest.raises(SnapshotRejected, match=r"^context differs"):
        other.restore(plain)


def test_predict_checks_the_length():
    """A context of the wrong length is an error, not a guess."""
    weights = learned(map(row, range(5))).freeze()

    with pytest.raises(FeatureError, match=r"^context must have shape \(2,\), got"):
        weights.predict(np.zeros(3), "ask", ("none",))


def test_priors_are_widened_together():
    """Twice as wide, every prior is."""
    scaled = UpliftPriors().times(2.0)

    assert scaled.action_sd_eur == 2 * UpliftPriors().action_sd_eur
    assert scaled.intercept_sd_eur == 2 * UpliftPriors().intercept_sd_eur
