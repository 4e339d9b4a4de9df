"""From a moment to a drawn action, in one pure step: gate, predict, policy, draw.

Holdout and shadow change nothing here: the draw is made in full for everybody, and
only the engine decides whether it is carried out or kept as a ghost.
"""

# Rules of this file: the gate speaks before the draw, nothing vetoes after it. All luck
# comes from the decision id. The result holds everything a replay needs.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engage.deciding.charges import charges_of, takes_of
from engage.deciding.draw import NONE, draw, luck, round_distribution
from engage.deciding.gates import refusals
from engage.deciding.policies.base import Policy, RuleFacts, Situation
from engage.deciding.policies.rules import propose
from engage.errors import PolicyError
from engage.interventions.base import Inputs, Intervention
from engage.settings import SiteSettings
from engage.visits.session import Session
from engage.visits.visitor import Visitor


class Uplift(Protocol):
    """The learned policy's eyes: predicts uplift over `none` in EUR."""

    def sigma_at(self, stake_eur: float | None) -> float:
        """Return the residual sd of a target with this at stake, EUR."""
        ...

    @property
    def n_eff(self) -> float:
        """Discounted number of learned decisions."""
        ...

    def predict(
        self,
        context: NDArray[np.float64],
        moment: str,
        actions: Sequence[str],
        *,
        proposed: str = NONE,
        stake_eur: float | None = None,
    ) -> dict[str, float]:
        """Return the uplift of each action over `none`, EUR."""
        ...

    def launching(self, actions: Sequence[str], until_n: int) -> frozenset[str]:
        """Return the actions with fewer than `until_n` effective observations."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Everything a judgement is made on, as values.

    Attributes:
        decision: the decision id; all luck derives from it.
        context: shape (n_context,), float64.
        stake_eur: margin of what the visitor would buy; 0: nobody knows.
    """

    decision: str
    moment: str
    at_s: float
    session: Session
    visitor: Visitor
    context: NDArray[np.float64]
    stake_eur: float
    inputs: Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A draw and all that led to it.

    Attributes:
        refused: reason by action that a gate removed.
        eligible: what was left, `none` first.
        predictions: uplift over `none` in EUR by eligible action, before charges.
        stake_eur: margin of what the visitor would buy; 0: nobody knows.
        takes: slots by stock that a wanted action takes, see `takes_of`.
        distribution: probability by eligible action, 12 digits, sums to 1.
        propensity: `distribution[action]`, in (0, 1].
        draw: the number in [0, 1) that picked the action.
        proposed: what the shop's own rules say here, `none` if nothing.
        exploration: the policy's own parameters in this draw.
    """

    refused: Mapping[str, str]
    eligible: tuple[str, ...]
    predictions: dict[str, float]
    stake_eur: float
    takes: dict[str, dict[str, float]]
    distribution: dict[str, float]
    action: str
    propensity: float
    draw: float
    policy: str
    proposed: str
    exploration: dict[str, Any]


def judge(
    occasion: Occasion,
    *,
    interventions: Mapping[str, Intervention[Any]],
    settings: SiteSettings,
    policy: Policy,
    uplift: Uplift,
) -> Judgement:
    """Return the judgement; the same occasion gives the same one, always."""
    moment, stake_eur = occasion.moment, occasion.stake_eur
    refused = _refused(occasion, interventions, settings=settings)
    eligible = (NONE, *(name for name in interventions if name not in refused))
    facts = facts_of(occasion.session, occasion.inputs)
    proposed = propose(settings.rules, facts=facts, moment=moment, eligible=eligible)
    predictions = uplift.predict(
        occasion.context, moment, eligible, proposed=proposed, stake_eur=stake_eur
    )
    takes = takes_of(
        interventions.values(),
        occasion.session,
        inputs=occasion.inputs,
        refused=refused,
    )
    situation = Situation(
        context=occasion.context,
        moment=moment,
        eligible=eligible,
        predictions=predictions,
        sigma=uplift.sigma_at(stake_eur),
        n_eff=uplift.n_eff,
        launching=uplift.launching(eligible, settings.policy.launch_until_n),
        facts=facts,
        charges=charges_of(takes, occasion.inputs.prices),
    )
    distribution, exploration = choice_of(policy, situation)
    number = luck(occasion.decision, "draw")
    action, propensity = draw(distribution, number)
    return Judgement(
        refused=refused,
        eligible=eligible,
        predictions=predictions,
        stake_eur=stake_eur,
        takes=takes,
        distribution=distribution,
        action=action,
        propensity=propensity,
        draw=number,
        policy=policy.name,
        proposed=proposed,
        exploration=exploration,
    )


def _refused(
    occasion: Occasion,
    interventions: Mapping[str, Intervention[Any]],
    *,
    settings: SiteSettings,
) -> Mapping[str, str]:
    return refusals(
        occasion.session,
        occasion.visitor,
        interventions.values(),
        moment=occasion.moment,
        inputs=occasion.inputs,
        settings=settings,
        at_s=occasion.at_s,
    )


def facts_of(session: Session, inputs: Inputs) -> RuleFacts:
    """Return what the shop's own rules may look at."""
    return RuleFacts(
        category=session.item_category or None,
        feed_category=inputs.item_category or None,
        price_cents=session.item_price_cents or None,
        page_kind=session.page_kind,
        segment=session.segment,
    )


def choice_of(
    policy: Policy, situation: Situation
) -> tuple[dict[str, float], dict[str, Any]]:
    """Return the policy's distribution, or all on `none` when it is none.

    A policy that fails must not take the page's answer with it; the record says so and
    the learner, which sees a propensity of 1, learns nothing from it.
    """
    if len(situation.eligible) == 1:
        return {NONE: 1.0}, {}
    try:
        choice = policy.distribution(situation)
        return round_distribution(choice.distribution), dict(choice.exploration)
    except PolicyError as error:
        none_only = dict.fromkeys(situation.eligible, 0.0)
        return {**none_only, NONE: 1.0}, {"failed": str(error)}
