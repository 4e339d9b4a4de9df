"""The promotion test on simulated roll-outs: a share of promotion*.py in benchmarks."""

import importlib.util
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def study_of():
    """Return a function that loads a study: a script beside the package."""
    loaded, before = [], list(sys.path)
    sys.path.insert(0, str(BENCHMARKS))

    def load(name):
        spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        loaded.append(name)
        spec.loader.exec_module(module)
        return module

    yield load
    sys.path[:] = before
    for name in loaded:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def study(study_of):
    """Return the study of roll-outs at 50/50."""
    return study_of("promotion")


@pytest.fixture(scope="module")
def canary(study, study_of):
    """Return the study of whole trials whose promotion test is held open."""
    assert study
    return study_of("promotion_canary")


def test_worse_challenger_is_out(study):
    """20 % less surrogate is out within 6,000 decisions, in 52 of 60 roll-outs or more.

    Seeds 20000 to 20059 at 50/50. In the long study it is 95 %; below 52 has P < .02
    then.
    """
    found = study.roll_outs(range(20_000, 20_060), 6_000, times=0.8, spread=False)

    assert found["by"]["6000"] >= 52 / 60


def test_equal_challenger_stays(study):
    """Of 40 equal challengers at most 5 are rolled back within 20,000 decisions.

    Seeds 20000 to 20039. At most 5 % may ever be; more than 5 of 40 has P < .014 then.
    """
    found = study.roll_outs(range(20_000, 20_040), 20_000, times=1.0, spread=False)

    assert found["rolled_back"] <= 5 / 40


def test_naive_trap(study):
    """A challenger that looks good under the naive mean never leaves the shadow."""
    traps = [study.naive_trap(seed) for seed in range(100)]

    assert min(naive for naive, _ in traps) > 0
    assert {verdict for _, verdict in traps} == {"rolled_back"}


@pytest.mark.parametrize("kind", ["equal", "equal while the season ends"])
def test_equal_canary_stays(canary, kind):
    """Of 20 equal challengers with the test held open at most 3 are rolled back.

    Seeds 30000 to 30019. At most 5 % may ever be; more than 3 of 20 has P < .02 then.
    A small arm without an order yet has no variance of its own: with that 4 in 10 went.
    So they did with a season whose weeks were added up over the challenger's shares.
    """
    found = canary.study(range(30_000, 30_020), kind)

    assert found["rolled_back"] <= 3 / 20


def test_bad_canary_goes(canary):
    """What earns 20 % less mostly goes even then; 14 of 20 (seeds 30000 to 30019).

    In the long study some 85 % do; fewer than 14 of 20 has P < .05 then.
    """
    found = canary.study(range(30_000, 30_020), "earns 20 % less")

    assert found["rolled_back"] >= 14 / 20
