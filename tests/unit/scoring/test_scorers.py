from types import MappingProxyType

import numpy as np
import orjson
import pytest

from engage.errors import FeatureError, SnapshotRejected
from engage.scoring import hesitation, intent
from engage.scoring.base import Example
from engage.scoring.basis import Basis
from engage.scoring.frozen import FrozenScorers
from engage.scoring.logistic import LogisticScorer, Prior
from engage.scoring.scorers import SCORERS, Scorers
from engage.visits.features import N_FEATURES, transform
from tests.unit.scoring.builders import view


def mixed(n, *, seed):
    """Return n seeded examples for all three scorers in turn."""
    rng = np.random.default_rng(seed)
    found = []
    for at in range(n):
        name = list(SCORERS)[at % 3]
        if name == "dwell":
            label = float(rng.lognormal(3, 1))
            found.append(Example(scorer=name, label=label, view=view()))
            continue
        row = rng.lognormal(0, 1, N_FEATURES)
        label = float(rng.random() < 0.5)
        found.append(Example(scorer=name, label=label, features=row))
    return found


@pytest.mark.parametrize("name", SCORERS)
def test_contract_freeze_and_state(name):
    """Every scorer learns its examples and restores to the same state."""
    stream = [example for example in mixed(60, seed=1) if example.scorer == name]
    model, again = SCORERS[name](), SCORERS[name]()
    for example in stream:
        model.learn(example)
    again.restore(orjson.loads(orjson.dumps(model.state())))

    assert model.name == name
    assert orjson.dumps(again.state()) == orjson.dumps(model.state())
    assert orjson.dumps(again.freeze().plain()) == orjson.dumps(model.freeze().plain())


@pytest.mark.parametrize("name", SCORERS)
def test_contract_quality_counts_examples(name):
    """Every scorer's quality counts the examples it has learned from."""
    stream = [example for example in mixed(30, seed=2) if example.scorer == name]
    model = SCORERS[name]()
    for example in stream:
        model.learn(example)

    assert model.quality()["count"] == len(stream)


def test_scores_together_equal_scores_alone():
    """All scores of a session are what each scorer gives by itself."""
    scorers = Scorers()
    for example in mixed(90, seed=3):
        scorers.learn(example)
    frozen = scorers.freeze()
    row = np.random.default_rng(4).lognormal(0, 1, N_FEATURES)
    found = frozen.score(row, view=view(active_s=33.0))

    assert found.hesitation == pytest.approx(
        frozen.hesitation.score(transform(row)), abs=1e-12
    )
    assert found.intent == pytest.approx(frozen.intent.score(transform(row)), abs=1e-12)
    assert found.dwell == frozen.dwell.percentile(view(), 33.0)


def test_no_view_no_dwell():
    """Before the first page view there is no dwell score."""
    assert Scorers().freeze().score(np.zeros(N_FEATURES), view=None).dwell is None


def test_run_over_all_scorers_continues():
    """Saved, loaded and continued equals uninterrupted for all scorers at once."""
    stream = mixed(60, seed=5)
    through, part, again = Scorers(), Scorers(), Scorers()
    for example in stream:
        through.learn(example)
    for example in stream[:31]:
        part.learn(example)
    again.restore(orjson.loads(orjson.dumps(part.state())))
    for example in stream[31:]:
        again.learn(example)

    assert orjson.dumps(again.state()) == orjson.dumps(through.state())


def test_unknown_scorer():
    """An example for a scorer that does not exist is refused by name."""
    with pytest.raises(FeatureError, match=r"^scorer must be one of .*, got 'mood'$"):
        Scorers().learn(Example(scorer="mood", label=1.0))


def test_parameters_of_another_feature_table():
    """Parameters made for other features are refused before anything is read."""
    plain = Scorers().freeze().plain() | {"schema": "0000"}

    with pytest.raises(SnapshotRejected, match=r"^schema must be .*, got '0000'$"):
        FrozenScorers.from_plain(plain)


def test_models_of_other_inputs_are_refused():
    """A model that takes other inputs than there are features is no snapshot's."""
    other = LogisticScorer("intent", basis=Basis(names=("x",)), prior=Prior())

    with pytest.raises(SnapshotRejected, match=r"^intent must take 49 inputs, got 1$"):
        FrozenScorers(
            hesitation=hesitation.new().freeze(),
            intent=other.freeze(),
            dwell=SCORERS["dwell"]().freeze(),
        )


def test_parameters_survive_json():
    """Written and read back, all scores are the same to the last bit."""
    scorers = Scorers()
    for example in mixed(60, seed=6):
        scorers.learn(example)
    frozen = scorers.freeze()
    again = FrozenScorers.from_plain(orjson.loads(orjson.dumps(frozen.plain())))
    row = np.random.default_rng(7).lognormal(0, 1, N_FEATURES)

    assert again.score(row, view=view()) == frozen.score(row, view=view())


def test_first_beliefs_are_the_base_rates():
    """Before any example hesitation is likely and an order is not."""
    nothing = np.zeros(N_FEATURES)

    assert hesitation.new().predict(nothing) > 0.8
    assert intent.new().predict(nothing) < 0.05


def test_table_of_scorers_is_closed():
    """The scorers are the three that the contract names."""
    assert dict(MappingProxyType(SCORERS)).keys() == {"hesitation", "intent", "dwell"}
