"""What a policy is asked and what it answers."""

# Rules of this file: values and one protocol. A policy is a pure function of its
# settings and the situation; it never draws, never sees a visitor, never refuses.

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engage.deciding.draw import NONE, Distribution
from engage.errors import PolicyError

Vector = NDArray[np.float64]
_NO_CHARGES: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFacts:
    """What the conditions of the shop's own rules look at.

    Attributes:
        category: of the item on the page as the shop writes it, lower-case; None
            where there is none.
        feed_category: of that item in the shop's feed, as a slug; None likewise.
        price_cents: price of the item on the page, None where there is none.
        page_kind: one of the page kinds of the contract.
        segment: `new`, `returning`, `loyal` or `business`.
    """

    category: str | None = None
    feed_category: str | None = None
    price_cents: int | None = None
    page_kind: str = "other"
    segment: str = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything a policy may look at.

    Attributes:
        context: shape (n_features,) float64.
        moment: kind of the moment.
        eligible: what the gates left, `none` among them, in the order of the draw.
        predictions: uplift over `none` in EUR, one per eligible action; `none` is 0.
        sigma: residual standard deviation of the target in EUR, > 0.
        n_eff: discounted number of learned decisions, >= 0.
        launching: actions under the launch quota.
        facts: what the shop's rules look at.
        charges: EUR by action, >= 0, for what it takes from others (see
            `engage.deciding.charges`); who follows predictions takes it off them.
    """

    context: Vector
    moment: str
    eligible: tuple[str, ...]
    predictions: dict[str, float]
    sigma: float
    n_eff: float
    launching: frozenset[str] = frozenset()
    facts: RuleFacts = RuleFacts()
    charges: Mapping[str, float] = field(default_factory=lambda: _NO_CHARGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A policy's answer.

    Attributes:
        distribution: probability per eligible action, rounded to 12 digits, each > 0.
        exploration: the numbers that made it, logged with the decision.
    """

    distribution: Distribution
    exploration: dict[str, float]


class Policy(Protocol):
    """Maps a situation to a distribution over the eligible actions."""

    @property
    def name(self) -> str:
        """The name in the table of policies and in the decision record."""
        ...

    def distribution(self, situation: Situation) -> Choice:
        """Return the distribution to draw from.

        Raises:
            PolicyError: the situation allows no distribution; the engine then
                decides `none`.
        """
        ...


def eligible_of(situation: Situation) -> tuple[str, ...]:
    """Return the eligible actions, checked.

    Raises:
        PolicyError: `none` is missing, or an action is named twice.

    >>> eligible_of(Situation(context=np.zeros(0), moment="ask", eligible=("none",),
    ...                       predictions={"none": 0.0}, sigma=1.0, n_eff=0.0))
    ('none',)
    """
    eligible = situation.eligible
    if NONE not in eligible:
        raise PolicyError(f"eligible must hold 'none', got {eligible!r}")
    if len(set(eligible)) != len(eligible):
        raise PolicyError(f"eligible must name each action once, got {eligible!r}")
    return eligible


def predictions_of(situation: Situation) -> list[float]:
    """Return predictions net of charges, by eligible action in its order, in EUR.

    Raises:
        PolicyError: one is missing or not finite.

    >>> predictions_of(Situation(context=np.zeros(0), moment="ask", sigma=1.0,
    ...     n_eff=0.0, eligible=("none", "chat"), charges={"chat": 0.25},
    ...     predictions={"none": 0.0, "chat": 1.0}))
    [0.0, 0.75]
    """
    predictions, charges = situation.predictions, situation.charges
    values = [
        predictions.get(action, math.nan) - charges.get(action, 0.0)
        for action in eligible_of(situation)
    ]
    if not all(map(math.isfinite, values)):
        found = dict(zip(situation.eligible, values, strict=True))
        action = next(a for a, v in found.items() if not math.isfinite(v))
        raise PolicyError(
            f"prediction of {action!r} must be finite, got {found[action]!r}"
        )
    return values
