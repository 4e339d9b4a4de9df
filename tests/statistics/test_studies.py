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
