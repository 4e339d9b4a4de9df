"""Mostly the best, sometimes any: the plain alternative to inverse-gap weighting."""

# Rules of this file: propensities in closed form; ties share the greedy part.

from __future__ import annotations

from engage.deciding.policies.base import Choice, Situation, predictions_of
from engage.deciding.policies.floors import with_floors
from engage.settings import SiteSettings


class EpsilonGreedy:
    """The best prediction with `1 - epsilon`, all eligible actions with `epsilon / K`.

    Args:
        settings: of its `policy`, `epsilon`, `none_floor` and the launch quota.

    Reference: Sutton & Barto, 2018, section 2.2.

    >>> import numpy as np
    >>> from engage.settings import PolicySettings
    >>> site = SiteSettings(key="pk", policy=PolicySettings(epsilon=0.3))
    >>> EpsilonGreedy(site).distribution(Situation(
    ...     context=np.zeros(1), moment="ask", eligible=("none", "chat", "help"),
    ...     predictions={"none": 0.0, "chat": 1.0, "help": -1.0}, sigma=1.0, n_eff=0.0,
    ... )).distribution
    {'none': 0.1, 'chat': 0.8, 'help': 0.1}
    """

    name = "epsilon_greedy"

    def __init__(self, settings: SiteSettings) -> None:
        self._settings = settings.policy

    def distribution(self, situation: Situation) -> Choice:
        """Return the distribution; predictions must be finite.

        Raises:
            PolicyError: a prediction is missing or not finite.
        """
        settings = self._settings
        values = predictions_of(situation)
        best = max(values)
        share = 1.0 / values.count(best)
        pairs = zip(situation.eligible, values, strict=True)
        mixed = with_floors(
            {action: share if value == best else 0.0 for action, value in pairs},
            floor=settings.epsilon,
            none_floor=settings.none_floor,
            launching=situation.launching,
            launch_share=settings.launch_share,
        )
        return Choice(
            distribution=mixed,
            exploration={
                "floor": settings.epsilon,
                "none_floor": settings.none_floor,
            },
        )
