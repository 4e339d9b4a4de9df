"""A shadow model that believes verified orders only, and how far ours is from it.

What browsers say can be forged; an order comes from the shop's server. The surrogate is
learned from behaviour and corrected by money a week later; whoever poisons it with
clicks makes an action's surrogate run ahead of its money. So beside the model stands
one that learns each decision from its settled value alone. It is too slow to decide;
it is there to be compared with.
"""

# Rules of this file: decides nothing, changes no other model. Plain data throughout.

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engage.deciding.draw import NONE
from engage.deciding.policies.magnitudes import clip
from engage.deciding.policies.terms import Row, UpliftSettings
from engage.deciding.policies.uplift import UpliftModel
from engage.learning.bounds import Recent, log_evidence

ALPHA: Final = 0.001
# Decisions in which the action was eligible.
SPAN: Final = 4_000
LEAST: Final = 500


@dataclass(slots=True)
class _Gap:
    """One action's scores of surrogate minus money, and `p_a p_0` beside them."""

    scores: Recent = field(default_factory=lambda: Recent(SPAN))
    room: Recent = field(default_factory=lambda: Recent(SPAN))


class Verified:
    """The shadow model and its distance from the surrogate.

    Args:
        settings: of the uplift model; the shadow has the same beliefs.
        tolerance_eur: by how much a surrogate may run ahead of its money.
    """

    def __init__(self, settings: UpliftSettings, *, tolerance_eur: float) -> None:
        self.model = UpliftModel(settings)
        self._settings = settings
        self._tolerance_eur = tolerance_eur
        self._gaps: dict[str, _Gap] = {}

    def learn(self, row: Row, *, reward_eur: float) -> None:
        """Learn one decision from its settled value.

        Args:
            row: the decision; its target is the value.
            reward_eur: what the surrogate had said at the short close.

        Raises:
            FeatureError, PolicyError: the row cannot be learned; nothing changed.
        """
        self.model.learn(row)
        # No correction will come: this was the money.
        self.model.forget(row.decision)
        ahead = clip(reward_eur, row.clip_eur) - clip(row.target_eur, row.clip_eur)
        p_none = row.distribution[NONE]
        for action, p in row.distribution.items():
            if action == NONE or min(p, p_none) <= 0.0:
                continue
            gap = self._gaps.setdefault(action, _Gap())
            sign = p_none if row.action == action else -p * (row.action == NONE)
            gap.scores.add(sign * ahead)
            gap.room.add(p * p_none)

    def ahead_eur(self) -> dict[str, float]:
        """Return by how much each action's surrogate uplift is above its money, EUR."""
        return {
            name: gap.scores.sums.total / gap.room.sums.total
            for name, gap in self._gaps.items()
            if gap.scores.sums.n >= LEAST
        }

    def suspicious(self) -> tuple[str, ...]:
        """Return the actions whose surrogate runs ahead of money, beyond doubt."""
        doubt = -math.log(ALPHA)
        return tuple(n for n, gap in sorted(self._gaps.items()) if self._e(gap) > doubt)

    def _e(self, gap: _Gap) -> float:
        sums = gap.scores.sums
        if sums.n < LEAST:
            return -math.inf
        excess = sums.mean - self._tolerance_eur * gap.room.sums.mean
        return log_evidence(excess, n=sums.n, sd=sums.sd, tuned_to=SPAN)

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        gaps = {
            name: [gap.scores.plain(), gap.room.plain()]
            for name, gap in self._gaps.items()
        }
        return {"model": self.model.state(), "gaps": gaps}

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Become what `state` described.

        Raises:
            SnapshotRejected, KeyError, TypeError, ValueError: it is no such state.
        """
        model = UpliftModel(self._settings)
        model.restore(plain["model"])
        self._gaps = {
            name: _Gap(*(Recent.from_plain(one, span=SPAN) for one in both))
            for name, both in plain["gaps"].items()
        }
        self.model = model
