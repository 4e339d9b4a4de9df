"""Our uplift model and policy as a plain contextual bandit, for regret curves."""

# Rules of this file: model, policy and floors are the product's. Nothing here knows a
# world's truth.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engage.deciding.draw import Distribution
from engage.deciding.policies.base import Situation
from engage.deciding.policies.effects import INTENT, UNDECIDED
from engage.deciding.policies.inverse_gap import InverseGap
from engage.deciding.policies.stakes import UNIT_EUR
from engage.deciding.policies.uplift import (
    Row,
    UpliftModel,
    UpliftPriors,
    UpliftSettings,
    UpliftWeights,
)
from engage.settings import LearnerSettings, PolicySettings, SiteSettings

Array = NDArray[np.float64]
_MOMENT = "ask"
# Frozen anew when so much more was learned: a service does it every half window.
_MORE = 1.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How the learner is set up.

    Attributes:
        kinds: kind of each action but `none`.
        features: how many numbers a context has; every effect may depend on each.
        has_intent: one more stands behind them: the intent score. Effects depend on it
            as the product's do, through who is undecided.
        margin_eur: mean margin of an order, the scale of what is believed beforehand.
        sigma_eur: standard deviation of one outcome, believed beforehand.
        policy: exploration.
        discount: weight of a decision relative to the next one.
    """

    kinds: Mapping[str, str]
    features: int
    margin_eur: float
    sigma_eur: float
    policy: PolicySettings
    discount: float = LearnerSettings().discount
    has_intent: bool = False


class Ours:
    """One learner in one world."""

    def __init__(self, setup: Setup) -> None:
        names = tuple(f"x{i}" for i in range(setup.features))
        intent = (INTENT,) if setup.has_intent else ()
        derived = (*intent, UNDECIDED, *(f"{UNDECIDED}*{name}" for name in names))
        self.actions = ("none", *setup.kinds)
        self._kinds, self._policy = dict(setup.kinds), setup.policy
        self._chooser = InverseGap(SiteSettings(key="pk_world", policy=setup.policy))
        self._model = UpliftModel(
            UpliftSettings(
                context=(*names, *intent),
                interactions=(*names, *derived) if intent else names,
                discount=setup.discount,
                sigma_eur=setup.sigma_eur,
                priors=UpliftPriors().times(setup.margin_eur / UNIT_EUR),
            )
        )
        self._versions = dict.fromkeys(setup.kinds, "1")
        self._learned, self._due = 0, 0
        self._freeze()

    def choose(self, x: Array) -> Distribution:
        """Return the distribution for one context."""
        if self._learned >= self._due:
            self._freeze()
        weights = self._weights
        situation = Situation(
            context=x,
            moment=_MOMENT,
            eligible=self.actions,
            predictions=weights.predict(x, _MOMENT, self.actions, proposed="none"),
            sigma=weights.sigma,
            n_eff=weights.n_eff,
            launching=weights.launching(self.actions, self._policy.launch_until_n),
        )
        return self._chooser.distribution(situation).distribution

    def learn(
        self,
        x: Array,
        action: str,
        *,
        distribution: Distribution,
        reward_eur: float,
    ) -> None:
        """Learn what a decision earned."""
        row = Row(
            decision=f"d_{self._learned}",
            context=x,
            moment=_MOMENT,
            action=action,
            distribution=distribution,
            kinds=self._kinds,
            versions=self._versions,
            target_eur=reward_eur,
            delta_eur=0.0,
            clip_eur=self._weights.clip_eur,
        )
        self._model.learn(row)
        self._learned += 1

    def weights(self) -> UpliftWeights:
        """Return all that is known now."""
        self._freeze()
        return self._weights

    def _freeze(self) -> None:
        self._weights = self._model.freeze().offering(self._kinds, self._versions)
        self._due = max(self._learned + 20, int(self._learned * _MORE))


def free_policy(gamma_c: float, *, floor: float = 0.02) -> PolicySettings:
    """Return exploration without what a shop's `none` needs: floor and launch quota."""
    return replace(
        PolicySettings(),
        gamma_c=gamma_c,
        floor=floor,
        none_floor=0.0,
        launch_share=0.0,
    )


def thrown(distribution: Distribution, luck: float) -> str:
    """Return the action that a number in [0, 1) draws."""
    reached = 0.0
    for action, p in distribution.items():
        reached += p
        if luck < reached:
            return action
    return next(reversed(distribution))


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return mean and standard error."""
    found = np.array(values)
    return {
        "mean": float(found.mean()),
        "se": float(found.std(ddof=1) / np.sqrt(found.size)) if found.size > 1 else 0.0,
    }
