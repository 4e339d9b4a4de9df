"""The promotion test on simulated roll-outs, a share of benchmarks/promotion.py."""

import importlib.util
import sys
from pathlib import Path

import pytest

STUDY = Path(__file__).parents[2] / "benchmarks/promotion.py"


@pytest.fixture(scope="module")
def study():
    """Return the study's own module: a script beside the package."""
    spec = importlib.util.spec_from_file_location("promotion_study", STUDY)
    module = importlib.util.module_from_spec(spec)
    sys.modules["promotion_study"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["promotion_study"]


def test_worse_challenger_is_out(study):
    """20 % less surrogate is out within 6,000 decisions, in 52 of 60 roll-outs or more.

    Seeds 0 to 59 at 50/50. In the long study it is 95 %; below 52 has P < .02 then.
    """
    found = study.roll_outs(60, 6_000, times=0.8, spread=False)

    assert found["by"]["6000"] >= 52 / 60


def test_equal_challenger_stays(study):
    """Of 40 equal challengers at most 5 are rolled back within 20,000 decisions.

    Seeds 0 to 39. At most 5 % may ever be; more than 5 of 40 has P < .014 then.
    """
    found = study.roll_outs(40, 20_000, times=1.0, spread=False)

    assert found["rolled_back"] <= 5 / 40


def test_naive_trap(study):
    """A challenger that looks good under the naive mean never leaves the shadow."""
    traps = [study.naive_trap(seed) for seed in range(100)]

    assert min(naive for naive, _ in traps) > 0
    assert {verdict for _, verdict in traps} == {"rolled_back"}
