import numpy as np
import pytest

from engage.evidence.offpolicy.outcome_models import Sums, cross_fitted, forward, ridge

RNG = np.random.default_rng(9)
N, K = 600, 3
X = RNG.normal(size=(N, 4))
DRAWN = RNG.integers(0, K, N).astype(np.intp)
WORTH = np.array([0.0, 1.0, -0.5])
OUTCOME = X @ [1.0, -2.0, 0.0, 0.5] + WORTH[DRAWN] + 0.3 * X[:, 0] * (DRAWN == 1)
VISITORS = np.repeat(np.arange(N // 2), 2)


def fitted(outcome=OUTCOME):
    """Return the cross-fitted model of the module's rows."""
    return cross_fitted(
        X, X, drawn=DRAWN, outcome=outcome, actions=K, visitors=VISITORS
    )


def looked_ahead(label=OUTCOME, delay=50.0):
    """Return the forward model of the module's rows, one a second."""
    at_s = np.arange(N, dtype=np.float64)
    predicted = np.tile(WORTH, (N, 1))
    return forward(
        X, predicted, drawn=DRAWN, label=label, at_s=at_s, known_s=at_s + delay
    )


def test_line():
    """Without noise, ridge finds the line."""
    line = ridge(Sums.of(X, X @ [1.0, -2.0, 0.0, 0.5] + 3.0))

    assert line.slopes.tolist() == pytest.approx([1.0, -2.0, 0.0, 0.5], abs=1e-3)
    assert line.intercept == pytest.approx(3.0, abs=1e-3)


def test_constant_column():
    """A column that never changes gets no slope and does no harm."""
    line = ridge(Sums.of(np.column_stack((X, np.ones(N))), OUTCOME))

    assert line.slopes[-1] == 0.0
    assert np.isfinite(line.slopes).all()


def test_leaving_rows_out():
    """Sums less a fold's are the sums of the rest."""
    rest = Sums.of(X, OUTCOME) - Sums.of(X[:100], OUTCOME[:100])
    same = Sums.of(X[100:], OUTCOME[100:])

    assert rest.n == same.n
    assert np.allclose(rest.gram, same.gram)


def test_cross_fitted():
    """The model finds what each action adds, and to whom."""
    expected = fitted()

    truth = X @ [1.0, -2.0, 0.0, 0.5]
    assert np.abs(expected[:, 0] - truth).mean() < 0.05
    assert np.abs(expected[:, 1] - truth - 1.0 - 0.3 * X[:, 0]).mean() < 0.05


def test_nobody_grades_his_own_work():
    """A visitor's outcomes do not change what is expected of that visitor."""
    changed = OUTCOME.copy()
    changed[VISITORS == 7] += 100.0

    same = np.isclose(fitted(), fitted(changed)).all(axis=1)

    assert same[VISITORS == 7].all()
    assert not same[VISITORS == 8].any()


def test_forward_sees_the_past_only():
    """An outcome changes nothing that was decided before it was known."""
    changed = OUTCOME.copy()
    changed[300] += 1_000.0

    same = np.isclose(looked_ahead(), looked_ahead(changed)).all(axis=1)

    assert same[:351].all()
    assert not same[390:].any()


def test_forward_without_past():
    """Before any outcome is known, only the logged predictions are expected."""
    found = looked_ahead(delay=10_000.0)

    assert found.tolist() == np.tile(WORTH, (N, 1)).tolist()


def test_forward_learns():
    """Later rows are expected better than the first ones."""
    error = np.abs(looked_ahead()[np.arange(N), DRAWN] - OUTCOME)

    assert error[300:].mean() < 0.2 < error[:30].mean()
