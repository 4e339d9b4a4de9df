import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from engage.errors import SnapshotRejected
from engage.scoring.dwell import example_of
from engage.scoring.scorers import SCORERS
from engage.scoring.warm import read_warm, warm_scorers
from engage.visits.features import N_FEATURES, NAMES, SCHEMA
from tests.unit.scoring.builders import view

MODELS = Path(__file__).parents[3] / "models"


@pytest.fixture
def train(monkeypatch):
    """Return the script that makes the priors; its modules lie beside it."""
    monkeypatch.syspath_prepend(str(MODELS))
    spec = importlib.util.spec_from_file_location("train", MODELS / "train.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    for name in {one.stem for one in MODELS.glob("*.py")} & set(sys.modules):
        del sys.modules[name]


def test_warm_starts_are_reproduced_byte_for_byte(train, tmp_path):
    """Running models/train.py again writes exactly the files that are shipped."""
    written = {file.name: file.read_bytes() for file in train.write(tmp_path)}

    assert written == {name: (MODELS / name).read_bytes() for name in written}
    assert len(written) == len(SCORERS)


@pytest.mark.parametrize("name", SCORERS)
def test_every_warm_start_says_what_it_is(name):
    """Every scorer has a warm start that names itself a prior, and a card."""
    assert read_warm(name)["kind"] == "prior from simulation"
    assert "not trained on any shop" in (MODELS / f"{name}.md").read_text()


@pytest.mark.parametrize("name", ["hesitation", "intent"])
def test_warm_starts_fit_the_features(name):
    """The priors were made for the feature table of this version."""
    assert read_warm(name)["schema"] == SCHEMA
    assert read_warm(name)["count"] >= 500


@pytest.mark.parametrize("name", SCORERS)
def test_every_warm_start_is_stamped(train, name):
    """Version, seed and the hash of the code that made it stand in every file."""
    plain = read_warm(name)

    assert (plain["version"], plain["seed"]) == (1, 20)
    assert plain["code"] == train.code_hash()


def test_changed_warm_start(tmp_path, monkeypatch):
    """A file that was changed by hand is refused by its checksum."""
    models = tmp_path / "models"
    models.mkdir()
    body = (MODELS / "dwell.json").read_bytes()
    (models / "dwell.json").write_bytes(body.replace(b'"seed": 20', b'"seed": 21'))
    place = str(tmp_path / "engage" / "scoring" / "warm.py")
    monkeypatch.setattr("engage.scoring.warm.__file__", place)

    with pytest.raises(SnapshotRejected, match=r"^warm start dwell: its checksum"):
        read_warm("dwell")


def test_missing_warm_start():
    """A warm start that does not exist is refused by name."""
    with pytest.raises(SnapshotRejected, match=r"^warm start mood: ") as no:
        read_warm("mood")

    assert no.value.reason == "torn"


def test_warm_scores_are_sensible():
    """At the warm start a full cart means intent, and minutes on a page are long."""
    frozen = warm_scorers().freeze()
    idle = np.zeros(N_FEATURES)
    buying = idle.copy()
    for name, value in (("funnel", 3), ("cart_eur", 80), ("active_s", 90)):
        buying[NAMES.index(name)] = value
    short = frozen.score(idle, view=view(active_s=10.0))
    long = frozen.score(buying, view=view(active_s=200.0))

    assert long.intent > 2 * short.intent
    assert long.hesitation < short.hesitation
    assert (short.dwell < 0.4, long.dwell > 0.9) == (True, True)


def test_warm_start_is_a_prior_only():
    """Five hundred real views of 3 s outweigh the warm start of a page kind."""
    scorers = warm_scorers()
    dwell = scorers.table["dwell"]
    before = dwell.percentile(view(), 3.0)
    for _ in range(500):
        dwell.learn(example_of(view(active_s=3.0)))

    assert before < 0.15
    assert dwell.percentile(view(), 3.5) > 0.5


def test_warm_start_knows_an_order():
    """Before the first label: ordered is nearly sure, left in the checkout is not."""
    cart = {"funnel": 3.0, "on_checkout": 1.0, "cart_eur": 129.0}
    shopper = {"active_s": 120.0, "page_views": 7.0, "product_views": 2.0, "adds": 1.0}
    intents = []
    for end in (cart, {"funnel": 6.0}):
        vector = np.array([(shopper | end).get(name, 0.0) for name in NAMES])
        intents.append(warm_scorers().table["intent"].predict(vector))
    left, ordered = intents

    assert left < 0.2
    assert ordered > 0.8
