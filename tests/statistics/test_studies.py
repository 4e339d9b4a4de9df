"""Small seeded shares of studies in benchmarks/ that take minutes in full."""

import importlib.util
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def study_of(monkeypatch):
    """Return a function that loads a study: a script beside the package."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))

    def load(name):
        spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module

    yield load
    for name in {one.stem for one in BENCHMARKS.glob("*.py")} & set(sys.modules):
        del sys.modules[name]


def test_late_orders(study_of):
    """Late orders dropped halve what a chat seems worth; corrected, it is told right.

    Seed 3, 6,000 decisions through the service's learner. What is left of its prior
    takes some 5 % there; in the full study (40,000) less than 1 %.
    """
    values = study_of("delay").closings(3, decisions=6_000)

    assert values["dropped_bias"] < -0.4
    assert abs(values["ours_bias"]) < 0.1


def test_scarce_agents(study_of):
    """Where agents are short, their hours earn more when a slot has its price.

    Seed 0, 3,000 moments, ten agents for three times their work. Over 16 seeds the
    study gains 86 %; here anything above first come will do.
    """
    study = study_of("capacity")
    stream = study.stream_of(0, moments=3_000)
    crowd = study.paced(stream, agents=10, load=3.0, swing=0.0)

    first_come = study.run(crowd, study.Fixed(0.0), agents=10)
    priced = study.run(crowd, study.Shipped(), agents=10)
    assert priced["eur_per_agent_hour"] > first_come["eur_per_agent_hour"]
    assert priced["missed"] < first_come["missed"]
