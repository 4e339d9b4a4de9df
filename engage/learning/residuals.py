"""Watches the uplift model: is any action's mean residual off?

With propensities p known, `e_a = (p_0 1[A=a] - p_a 1[A=0]) (y - m - f_A)`, where 0 is
`none` and f the predicted uplift, has the mean `p_a p_0 (true uplift - f_a)` whatever
the baseline m is. So its mean over the mean of `p_a p_0` is by how many euros the
predictions of action a are off, and no other action's error is in it.

Predictions are the learner's own, solved anew every so many decisions from the past
only; so a frozen publication thaws as soon as the model behind it is sound again.
"""

# Rules of this file: predict before learn. When predictions are solved anew depends on
# the number of rows alone, never on publication, so a restarted learner is the same.

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engage.deciding.draw import NONE
from engage.deciding.policies.magnitudes import clip
from engage.deciding.policies.terms import Row
from engage.deciding.policies.uplift import UpliftModel
from engage.deciding.policies.weights import UpliftWeights
from engage.learning.bounds import Recent, Sums, log_evidence

# One false alarm in ten thousand spans of one action.
ALPHA = 0.0001
# Decisions in which the action was eligible: a week of a small shop.
SPAN = 2_000
TUNED_TO = 2_000.0
# With fewer the variance of a skewed reward is not known.
LEAST = 500
# EUR by which a mean may be off, for orders that earn 30 EUR: what a promotion
# tolerates, too (`promoting.tolerance_eur`).
TOLERANCE_EUR = 0.10
# Solving takes some 20 ms: every 25 decisions at first, later as the model settles.
_AT_LEAST_EVERY, _SHARE = 25, 40


@dataclass(slots=True)
class _Watched:
    """One action's recent scores `e_a`, and `p_a p_0` beside them."""

    scores: Recent = field(default_factory=lambda: Recent(SPAN))
    room: Recent = field(default_factory=lambda: Recent(SPAN))


class Look(NamedTuple):
    """A decision and what its prediction leaves of its target, EUR."""

    row: Row
    left_eur: float


@dataclass(slots=True)
class ResidualWatch:
    """Mean residual by action, over the recent past.

    Attributes:
        tolerance_eur: by how much a mean may be off.
        weights: what the predictions come from; None before the first decision.
        due: number of learned decisions at which they are solved anew.
    """

    tolerance_eur: float = TOLERANCE_EUR
    actions: dict[str, _Watched] = field(default_factory=dict)
    baseline: Recent = field(default_factory=lambda: Recent(SPAN))
    weights: UpliftWeights | None = None
    due: int = 0

    def look(self, row: Row, model: UpliftModel) -> Look:
        """Return what a decision says of the predictions, before it is learned."""
        weights = self.believed(model)
        mean, se = model.mean_corrections().get(row.action, (0.0, math.inf))
        # The surrogate at the short close misses what corrections bring later; the
        # predictions hold it, so it is added as far as it is known by now.
        doubt = se / (self.tolerance_eur / TOLERANCE_EUR)
        expected = mean / (1.0 + doubt * doubt)
        target = clip(float(row.target_eur), row.clip_eur) + expected
        return Look(row, target - predicted(row, weights))

    def take(self, look: Look) -> None:
        """Count a decision that was learned."""
        row, left = look.row, look.left_eur - self.baseline.sums.mean
        self.baseline.add(look.left_eur)
        p_none = row.distribution[NONE]
        for action, p in row.distribution.items():
            if action == NONE or min(p, p_none) <= 0.0:
                continue
            one = self.actions.setdefault(action, _Watched())
            one.scores.add(_sign(row, action) * left)
            one.room.add(p * p_none)

    def off_eur(self) -> dict[str, float]:
        """Return by how much each action's predictions are off on average, EUR."""
        return {
            name: one.scores.sums.total / one.room.sums.total
            for name, one in self.actions.items()
            if one.scores.sums.n >= LEAST
        }

    def off(self, *, slack: float = 1.0) -> tuple[str, ...]:
        """Return the actions that are off by more than tolerated, beyond doubt.

        Args:
            slack: what the tolerance is multiplied by, >= 1.
        """
        tolerance, doubt = slack * self.tolerance_eur, -math.log(ALPHA / 2)
        return tuple(
            name
            for name in sorted(self.actions)
            if self._evidence(self.actions[name], tolerance) >= doubt
        )

    def _evidence(self, one: _Watched, tolerance: float) -> float:
        sums: Sums = one.scores.sums
        if sums.n < LEAST:
            return -math.inf
        excess = abs(sums.mean) - tolerance * one.room.sums.mean
        return log_evidence(excess, n=sums.n, sd=sums.sd, tuned_to=TUNED_TO)

    def believed(self, model: UpliftModel) -> UpliftWeights:
        """Return the weights that predict now; solved anew when that is due."""
        learned = model.learned
        if self.weights is None or learned >= self.due:
            self.weights = model.freeze()
            self.due = learned + max(_AT_LEAST_EVERY, learned // _SHARE)
        return self.weights

    def state(self) -> dict[str, Any]:
        """Return everything as plain data, from which a watch goes on bit for bit."""
        return {
            "actions": {
                name: [one.scores.plain(), one.room.plain()]
                for name, one in self.actions.items()
            },
            "baseline": self.baseline.plain(),
            "weights": None if self.weights is None else self.weights.plain(),
            "due": self.due,
        }

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Become the watch that `state` described.

        Raises:
            KeyError, TypeError, ValueError: it is no watch's state.
        """
        actions = {
            name: _Watched(
                Recent.from_plain(scores, span=SPAN), Recent.from_plain(room, span=SPAN)
            )
            for name, (scores, room) in plain["actions"].items()
        }
        baseline = Recent.from_plain(plain["baseline"], span=SPAN)
        kept = plain["weights"]
        weights = None if kept is None else UpliftWeights.from_plain(kept)
        self.due = int(plain["due"])
        self.actions, self.baseline, self.weights = actions, baseline, weights


def predicted(row: Row, weights: UpliftWeights) -> float:
    """Return the predicted uplift of the action drawn, EUR.

    The row's own versions count: an intervention edited since is another one.
    """
    known = weights.offering(row.kinds, row.versions)
    drawn = (row.action,)
    return known.predict(
        row.context,
        row.moment,
        drawn,
        proposed=row.proposed,
        stake_eur=row.stake_eur,
    )[row.action]


def _sign(row: Row, action: str) -> float:
    """Return `p_0 1[A=a] - p_a 1[A=0]`."""
    if row.action == action:
        return row.distribution[NONE]
    return -row.distribution[action] if row.action == NONE else 0.0
