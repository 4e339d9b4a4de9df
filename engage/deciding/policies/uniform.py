"""Every eligible action alike: the yardstick, and the fairest way to collect data."""

# Rules of this file: looks at nothing but the eligible set.

from __future__ import annotations

from engage.deciding.policies.base import Choice, Situation, eligible_of
from engage.deciding.policies.floors import with_floors
from engage.settings import SiteSettings


class Uniform:
    """The same probability for every eligible action, `none` at least its floor.

    No launch quota: this policy follows no prediction that could be wrong about a new
    action.

    Args:
        settings: of its `policy`, `none_floor`.

    >>> import numpy as np
    >>> Uniform(SiteSettings(key="pk")).distribution(Situation(
    ...     context=np.zeros(1), moment="ask", eligible=("none", "chat"),
    ...     predictions={}, sigma=1.0, n_eff=0.0,
    ... )).distribution
    {'none': 0.5, 'chat': 0.5}
    """

    name = "uniform"

    def __init__(self, settings: SiteSettings) -> None:
        self._none_floor = settings.policy.none_floor

    def distribution(self, situation: Situation) -> Choice:
        """Return the uniform distribution over the eligible actions.

        Raises:
            PolicyError: `none` is not eligible.
        """
        eligible = eligible_of(situation)
        wish = dict.fromkeys(eligible, 1.0 / len(eligible))
        return Choice(
            distribution=with_floors(wish, floor=0.0, none_floor=self._none_floor),
            exploration={"floor": 1.0, "none_floor": self._none_floor},
        )
