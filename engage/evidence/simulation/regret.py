"""What a simulated shop's policy earned, beside an oracle and simpler policies.

Each shopper's first decision is judged, for it is the one whose truth is known: the
expected value of every kind of card, shown once. All policies face the same moments
with the same actions left by the gates; so differences are paired. But `none` at first
leaves room for a better card later: what all cards of a visitor were worth is told
beside it.
"""

# Rules of this file: pure. Values are expectations over a policy's whole distribution,
# exploration included; nobody's luck is in them.

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engage.deciding.draw import NONE

Body = Mapping[str, Any]
Values = Mapping[str, float]
Array = NDArray[np.float64]

EPSILON: Final = 0.1
# Parts of the run in which the service's own loss is told.
_PARTS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Regret:
    """Mean values of a first decision over showing nothing, site's currency.

    Attributes:
        decisions: first decisions with a choice.
        oracle: of whoever knows each shopper's truth, and nothing of their luck.
        values: by policy; `service` is what really decided.
        best_fixed: the kind of card that would have been best everywhere.
        losses: the service's loss against the oracle in each tenth of the run.
    """

    decisions: int
    oracle: float
    values: dict[str, float]
    best_fixed: str
    losses: tuple[float, ...]

    def plain(self) -> dict[str, Any]:
        """Return it as plain data, each policy with its loss against the oracle."""
        losses = {name: self.oracle - one for name, one in self.values.items()}
        return {**asdict(self), "regret": losses}


@dataclass(frozen=True, slots=True)
class _Case:
    """One first decision: its record and what each eligible action is worth."""

    body: Body
    worth: dict[str, float]


class Lived(NamedTuple):
    """What cards were worth to visitors who met a moment and were not held out.

    Attributes:
        visitors: how many.
        mean_eur: to expect, over no card at all, whatever came of it.
        se_eur: standard error of the mean, EUR; visitors are independent.
    """

    visitors: int
    mean_eur: float
    se_eur: float


def lived_of(earned_eur: Iterable[float]) -> Lived | None:
    """Return the mean of what visitors' cards were worth; None of fewer than two.

    >>> lived_of([1.0, 3.0])
    Lived(visitors=2, mean_eur=2.0, se_eur=1.0)
    """
    found = np.array(list(earned_eur))
    if found.size < 2:
        return None
    se_eur = float(found.std(ddof=1)) / math.sqrt(found.size)
    return Lived(found.size, float(found.mean()), se_eur)


def regret_of(bodies: Iterable[Body], truths: Mapping[str, Values]) -> Regret | None:
    """Return what the log's policy lost; None without a first decision to judge.

    Args:
        bodies: decision records, oldest first.
        truths: expected value of each kind of card and of `none`, by visitor id.
    """
    cases = [case for body in bodies if (case := _case(body, truths)) is not None]
    if not cases:
        return None
    means = {name: _mean(cases, ask) for name, ask in _POLICIES.items()}
    fixed = {kind: _mean(cases, _always(kind)) for kind in _kinds(cases)}
    best = max(fixed, key=lambda kind: fixed[kind])
    lost = np.array([max(one.worth.values()) - _earned(one, _service) for one in cases])
    return Regret(
        decisions=len(cases),
        oracle=float(np.mean([max(one.worth.values()) for one in cases])),
        values={**means, "best fixed": fixed[best]},
        best_fixed=best,
        losses=tuple(
            float(part.mean()) for part in np.array_split(lost, _PARTS) if part.size
        ),
    )


def _case(body: Body, truths: Mapping[str, Values]) -> _Case | None:
    values = truths.get(body["visitor"] or "")
    if values is None or not body["first_ever"] or len(body["eligible"]) < 2:
        return None
    kinds = body["versions"]["kinds"]
    worth = {
        action: values.get(kinds.get(action, NONE), values[NONE]) - values[NONE]
        for action in body["eligible"]
    }
    return _Case(body, worth)


_Ask = Callable[[_Case], Mapping[str, float]]


def _mean(cases: list[_Case], ask: _Ask) -> float:
    return float(np.mean([_earned(case, ask) for case in cases]))


def _earned(case: _Case, ask: _Ask) -> float:
    return sum(p * case.worth[action] for action, p in ask(case).items())


def _service(case: _Case) -> Mapping[str, float]:
    """What was drawn from: a ghost's distribution is the policy's own."""
    found: Mapping[str, float] = (case.body["ghost"] or case.body)["distribution"]
    return found


def _uniform(case: _Case) -> Mapping[str, float]:
    return dict.fromkeys(case.worth, 1.0 / len(case.worth))


def _greedy(case: _Case) -> Mapping[str, float]:
    """Follow the predictions as they were logged, but for one throw in ten."""
    predicted = case.body["predictions"]
    best = max(case.worth, key=lambda action: predicted.get(action, 0.0))
    even = {action: EPSILON / len(case.worth) for action in case.worth}
    return {**even, best: even[best] + 1.0 - EPSILON}


def _always(kind: str) -> _Ask:
    def ask(case: _Case) -> Mapping[str, float]:
        kinds = case.body["versions"]["kinds"]
        fitting = [one for one in case.worth if kinds.get(one, NONE) == kind]
        return {fitting[0] if fitting else NONE: 1.0}

    return ask


def _rules(case: _Case) -> Mapping[str, float]:
    """What the shop's own list says, without exploring."""
    return {case.body["proposed"]: 1.0}


def _kinds(cases: list[_Case]) -> list[str]:
    return sorted({kind for one in cases for kind in _offered(one)})


def _offered(case: _Case) -> set[str]:
    kinds = case.body["versions"]["kinds"]
    return {kinds.get(action, NONE) for action in case.worth}


_POLICIES: Final[Mapping[str, _Ask]] = MappingProxyType(
    {
        "service": _service,
        "uniform": _uniform,
        "rules": _rules,
        "epsilon-greedy": _greedy,
    }
)
