"""Synthetic decision logs whose target value is known, and engines that log wrongly.

Independent decisions, two or three decisions a visitor whose order counts for each, and
a logging policy that follows what it has learned; `ope_synthetic.py` runs them.
"""

# Rules of this file: the truth comes from the generating probabilities. An order is
# worth 1; so values are order rates.

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from engage.evidence.offpolicy.estimators import Estimate, Sample, estimate
from engage.evidence.offpolicy.outcome_models import cross_fitted, forward
from engage.evidence.offpolicy.weighing import objections, weigh

K, D = 5, 5
ACTIONS = ("none", "chat", "deal", "similar", "help")
N = 10_000
FLOOR = 0.1
# Decisions until an outcome is known, in the adaptive log.
DELAY = 500
_BLOCKS = 10
_CONTEXTS = 400_000

Array = NDArray[np.float64]

_shape = np.random.default_rng(20_261_122)
# Orders: 3 % on average; what an action adds depends on the context.
BASE = _shape.normal(0.0, 0.5, D)
EFFECT = _shape.normal(0.0, 0.35, (K, D)) * (np.arange(K) > 0)[:, None]
LEVEL = np.array([0.0, 0.25, 0.5, -0.2, 0.1])
TARGET = _shape.normal(0.0, 0.4, (K, D))
LOGGING = _shape.normal(0.0, 0.8, (K, D))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A log and the target's true value."""

    sample: Sample
    truth: float


def rates(x: Array) -> Array:
    """Return the order rate of each action, shape (n, K)."""
    logit = -3.85 + (x @ BASE)[:, None] + LEVEL + x @ EFFECT.T
    found: Array = 1.0 / (1.0 + np.exp(-logit))
    return found


def softmax(scores: Array, *, floor: float = FLOOR) -> Array:
    """Return distributions over K actions that keep at least `floor / K` each."""
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    wish = grown / grown.sum(axis=1, keepdims=True)
    found: Array = (1.0 - floor) * wish + floor / K
    return found


def target_of(x: Array) -> Array:
    """Return the target policy's distributions, shape (n, K)."""
    return softmax(x @ (0.7 * LOGGING + TARGET).T)


def logging_of(x: Array) -> Array:
    """Return the logging policy's distributions, shape (n, K)."""
    return softmax(x @ LOGGING.T)


def throw(distributions: Array, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return an action for each row."""
    reached = distributions.cumsum(axis=1)
    below = (rng.random(len(distributions))[:, None] >= reached).sum(axis=1)
    found: NDArray[np.intp] = np.minimum(below, K - 1)
    return found


def _true_value() -> float:
    x = np.random.default_rng(7).normal(size=(_CONTEXTS, D))
    return float((target_of(x) * rates(x)).sum(axis=1).mean())


VALUE = _true_value()


def independent(rng: np.random.Generator, n: int = N) -> Drawn:
    """Return a log of one decision a visitor; DR's model is cross-fitted."""
    x = rng.normal(size=(n, D))
    logged = logging_of(x)
    drawn = throw(logged, rng)
    outcome = (rng.random(n) < rates(x)[np.arange(n), drawn]).astype(np.float64)
    return Drawn(sample=_fitted(x, logged, drawn, outcome, np.arange(n)), truth=VALUE)


def repeated(rng: np.random.Generator, n: int = N) -> Drawn:
    """Return a log of two or three decisions a visitor.

    A decision's outcome is what is ordered from it to the end of the visit, so that one
    order counts for every decision before it; the truth is that of a one-step
    deviation: the target at one decision, the logging policy at those after it.
    """
    visitors = np.repeat(np.arange(n), rng.integers(2, 4, n))[:n]
    # Half of a context's variance is the visitor's own.
    own = rng.normal(size=(n, D))[visitors]
    x = np.sqrt(0.5) * own + np.sqrt(0.5) * rng.normal(size=(n, D))
    logged = logging_of(x)
    drawn = throw(logged, rng)
    ordered = rng.random(n) < rates(x)[np.arange(n), drawn]
    outcome = _from_here_on(ordered.astype(np.float64), visitors)
    return Drawn(
        sample=_fitted(x, logged, drawn, outcome, visitors), truth=_repeated_truth()
    )


def _from_here_on(per_step: Array, visitors: NDArray[np.intp]) -> Array:
    """Return, for each row, its visitor's sum from this row on."""
    upto = per_step.cumsum()
    ends = np.flatnonzero(np.r_[np.diff(visitors) > 0, True])
    last = ends[np.searchsorted(ends, np.arange(per_step.size))]
    found: Array = upto[last] - upto + per_step
    return found


@cache
def _repeated_truth() -> float:
    # Contexts are standard normal, so a step is worth the same wherever it stands. Of
    # two decisions the first has one after it; of three, three in all: 4 per 5 rows.
    x = np.random.default_rng(7).normal(size=(_CONTEXTS, D))
    later = float((logging_of(x) * rates(x)).sum(axis=1).mean())
    return VALUE + 0.8 * later


def adaptive(rng: np.random.Generator, n: int = N) -> Drawn:
    """Return a log whose policy follows the orders of earlier decisions.

    In ten blocks, the predictions of each from outcomes that were known at its start;
    they are logged, and DR uses them as they were logged (forward evidence).
    """
    x = rng.normal(size=(n, D))
    logged, predicted = np.empty((n, K)), np.zeros((n, K))
    drawn, outcome = np.empty(n, dtype=np.intp), np.empty(n)
    for block in np.array_split(np.arange(n), _BLOCKS):
        seen = np.arange(max(0, block[0] - DELAY))
        uplift = _learned(logged[seen], drawn[seen], outcome[seen])
        predicted[block] = uplift
        scores = x[block] @ (0.5 * LOGGING).T + 25.0 * uplift
        logged[block] = softmax(scores, floor=0.2)
        drawn[block] = throw(logged[block], rng)
        p = rates(x[block])[np.arange(block.size), drawn[block]]
        outcome[block] = rng.random(block.size) < p
    at_s = np.arange(n, dtype=np.float64)
    expected = forward(
        x,
        predicted,
        drawn=drawn,
        label=outcome,
        at_s=at_s,
        known_s=at_s + DELAY,
    )
    sample = Sample(
        logged=logged,
        target=target_of(x),
        drawn=drawn,
        outcome=outcome,
        expected=expected,
        visitors=np.arange(n),
    )
    return Drawn(sample=sample, truth=VALUE)


def _learned(logged: Array, drawn: NDArray[np.intp], outcome: Array) -> Array:
    """Return uplifts over `none` by weighted means, shrunk; 0 without rows."""
    if not drawn.size:
        return np.zeros(K)
    weights = 1.0 / logged[np.arange(drawn.size), drawn]
    worth = np.bincount(drawn, weights=weights * outcome, minlength=K) / drawn.size
    found: Array = (worth - worth[0]) * drawn.size / (drawn.size + 2_000.0)
    return found


def _fitted(
    x: Array,
    logged: Array,
    drawn: NDArray[np.intp],
    outcome: Array,
    visitors: NDArray[np.intp],
) -> Sample:
    expected = cross_fitted(
        x, x, drawn=drawn, outcome=outcome, actions=K, visitors=visitors
    )
    return Sample(
        logged=logged,
        target=target_of(x),
        drawn=drawn,
        outcome=outcome,
        expected=expected,
        visitors=visitors,
    )


def certain_above_half(sample: Sample) -> Sample:
    """Return the log of an engine that logs a likely action, once drawn, as certain."""
    rows = np.arange(sample.drawn.size)
    is_likely = sample.logged[rows, sample.drawn] > 0.5
    certain = (sample.drawn[:, None] == np.arange(K)).astype(np.float64)
    logged = np.where(is_likely[:, None], certain, sample.logged)
    return replace(sample, logged=logged)


def stale(sample: Sample) -> Sample:
    """Return the log of an engine that logs another snapshot than the one that drew.

    The other one knows a quarter less of what the context tells.
    """
    scores = np.log(sample.logged)
    return replace(sample, logged=softmax(0.75 * scores, floor=0.0))


KINDS: dict[str, Callable[[np.random.Generator], Drawn]] = {
    "independent": independent,
    "repeated": repeated,
    "adaptive": adaptive,
}
BUGS: dict[str, Callable[[Sample], Sample]] = {
    "certain above a half": certain_above_half,
    "stale snapshot": stale,
}


def run(
    kind: str,
    *,
    repetitions: int,
    seed: int = 0,
    names: Sequence[str] = ("IPS", "SNIPS", "DR", "Switch-DR", "DRos"),
) -> dict[str, dict[str, float]]:
    """Return bias, spread and coverage by estimator, relative to the truth."""
    found: dict[str, list[Estimate]] = {name: [] for name in names}
    truth = 0.0
    for repetition in range(repetitions):
        drawn = KINDS[kind](np.random.default_rng([seed, repetition]))
        truth = drawn.truth
        for name in names:
            found[name].append(estimate(drawn.sample, name))
    return {name: _figures(several, truth) for name, several in found.items()}


def _figures(several: Sequence[Estimate], truth: float) -> dict[str, float]:
    values = np.array([one.value for one in several])
    held = [
        one.low is not None and one.high is not None and one.low <= truth <= one.high
        for one in several
    ]
    return {
        "truth": truth,
        "relative_bias": float(values.mean() / truth - 1.0),
        "relative_bias_se": float(values.std() / truth / np.sqrt(values.size)),
        "relative_rmse": float(np.sqrt(((values - truth) ** 2).mean()) / truth),
        "coverage": float(np.mean(held)),
    }


def refused(bug: str | None, *, logs: int, seed: int = 1) -> int:
    """Return how many of `logs` logs are refused, with a seeded bug or without."""
    count = 0
    for index in range(logs):
        sample = independent(np.random.default_rng([seed, index])).sample
        seen = BUGS[bug](sample) if bug else sample
        count += bool(objections(weigh(seen, ACTIONS)))
    return count
