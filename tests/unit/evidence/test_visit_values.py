from dataclasses import replace

import numpy as np
import pytest

from engage.evidence.offpolicy.estimators import Sample
from engage.evidence.offpolicy.evaluation import evaluate
from engage.evidence.offpolicy.rows import rows_of
from engage.evidence.offpolicy.visit_values import (
    logged_mean,
    visit_estimates,
    visit_objections,
    visits_of,
)
from tests.unit.evidence.test_evaluation import many, target

VISITS = 6_000


def two_steps(*, guess=0.2, seed=4):
    """Return visits of two decisions each: action 1 earns 1 with .3, action 0 with .1.

    Drawn evenly; the target always draws 1, so its visits are worth .6.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, 2, (VISITS, 2))
    earned = rng.random((VISITS, 2)) < np.where(drawn == 1, 0.3, 0.1)
    from_here = np.stack((earned.sum(axis=1), earned[:, 1]), axis=1)
    sample = Sample(
        logged=np.full((2 * VISITS, 2), 0.5),
        target=np.tile([0.0, 1.0], (2 * VISITS, 1)),
        drawn=drawn.ravel(),
        outcome=from_here.ravel().astype(np.float64),
        expected=np.full((2 * VISITS, 2), guess),
        visitors=np.repeat(np.arange(VISITS), 2),
    )
    return sample, np.repeat(np.arange(VISITS), 2), np.tile([0.0, 1.0], VISITS)


@pytest.mark.parametrize("guess", [0.0, 0.2, 3.0])
@pytest.mark.parametrize("name", ["IPS", "SNIPS", "DR"])
def test_known_value(name, guess):
    """Every estimator finds a visit's known value, however wrong the model is.

    6,000 visits, seed 4; 4 standard errors.
    """
    found = visit_estimates(visits_of(*two_steps(guess=guess)))[name]

    assert abs(found.value - 0.6) <= 4 * found.se


def test_order_of_rows():
    """Decisions may come in any order; time says which was first (seed 5)."""
    sample, visits, at_s = two_steps()
    order = np.random.default_rng(5).permutation(at_s.size)
    mixed = replace(
        sample,
        logged=sample.logged[order],
        target=sample.target[order],
        drawn=sample.drawn[order],
        outcome=sample.outcome[order],
        expected=sample.expected[order],
        visitors=sample.visitors[order],
    )

    one = visits_of(sample, visits, at_s)
    other = visits_of(mixed, visits[order], at_s[order])
    assert np.array_equal(one.dr, other.dr)
    assert np.array_equal(one.weights, other.weights)


def test_logging_policy_itself():
    """With the logging policy as target every visit is worth what it earned."""
    sample, visits, at_s = two_steps()
    same = visits_of(replace(sample, target=sample.logged), visits, at_s)
    found = visit_estimates(same)

    assert found["IPS"].value == pytest.approx(logged_mean(same)[0], abs=1e-12)
    assert found["SNIPS"].value == pytest.approx(logged_mean(same)[0], abs=1e-12)


def test_weights_multiply():
    """A quarter of two-step visits followed the target: they count four times."""
    visits = visits_of(*two_steps())

    assert set(visits.weights.tolist()) == {0.0, 4.0}
    assert visits.size == (visits.weights > 0).sum()
    assert visit_objections(visits) == []


def test_few_visits_are_refused():
    """Where too few visits followed the target there is no number."""
    sample, visits, at_s = two_steps()
    few = np.arange(sample.drawn.size) < 2_000
    found = visit_objections(visits_of(sample.part(few), visits[few], at_s[few]))

    assert [one.partition(",")[0] for one in found] == [
        "effective visits must be >= 1000"
    ]


def test_estimand_is_named(bodies):
    """An evaluation says which of both it estimates, and its unit is the visit's."""
    rows = rows_of(many(bodies), target("uniform"))
    step, visit = evaluate(rows), evaluate(rows, estimand="policy", by=("moment",))

    assert step.plain()["estimand"] == "one-step deviation"
    assert visit.plain()["estimand"] == "policy value"
    assert len(visit.parts) == 1
    assert set(visit.parts[0].estimates) <= {"IPS", "SNIPS", "DR"}
    assert step.parts[0].visits is None
    assert visit.parts[0].visits[0] == len(set(rows.visits.tolist()))
