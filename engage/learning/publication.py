"""The snapshot check: what a candidate must pass before it decides anything.

Learning goes on behind a frozen publication. A candidate is refused when it cannot be
read back exactly, holds numbers out of bounds, comes from a scorer that is worse than a
running mean or a model whose predictions of an action are off on average, or would move
the decisions too far at once.
"""

# Rules of this file: pure checks on values; each refusal has a reason (a label).
# Thaw: the next candidate is judged anew; bounds on movement and on residuals double
# with every hour of standstill, so that a sound model is never frozen for good.

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engage.deciding.policies.base import Policy, RuleFacts, Situation
from engage.errors import PolicyError, SnapshotRejected
from engage.learning.beliefs import USUAL_MARGIN_EUR
from engage.learning.snapshots import Snapshot
from engage.settings import SiteSettings
from engage.visits.features import N_FEATURES

# No sound coefficient of standardised inputs is as large.
BOUND = 50.0
# An uplift beyond any basket is a bug: EUR, for orders that earn 30 EUR or less.
BOUND_EUR = 10_000.0
_GOLDEN_TOLERANCE = 1e-9
# Bounds this often doubled bind nothing any more.
_ALL_THE_SLACK_H = 16.0
# A day and an hour, told in short closes: so a demo with short windows has short days.
_CLOSES_A_DAY = 48.0
_CLOSES_AN_HOUR = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A decision's situation, kept to see how far a candidate would move it."""

    context: np.ndarray[Any, np.dtype[np.float64]]
    moment: str
    eligible: tuple[str, ...]
    proposed: str
    stake_eur: float | None
    facts: RuleFacts
    charges: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Check:
    """Judges candidates of one site, one after the other.

    Attributes:
        recent: situations of the last decisions that had a choice.
        anchor: published about a day ago; a day's movement is measured from it. The
            sum of all steps would measure their jitter.
    """

    settings: SiteSettings
    policy: Policy
    recent: deque[Remembered] = field(default_factory=lambda: deque(maxlen=200))
    anchor: Snapshot | None = None
    frozen_since_s: float | None = None

    def judge(
        self,
        candidate: Snapshot,
        last: Snapshot,
        *,
        worse: Iterable[str],
        off: Off = lambda _: (),
    ) -> None:
        """Let a candidate pass, or refuse it.

        Args:
            candidate: to be published.
            last: decides now.
            worse: scorers that are worse than a running mean.
            off: told by what its bound is multiplied, returns the actions whose mean
                residual is off.

        Raises:
            SnapshotRejected: with the reason.
        """
        try:
            check_form(candidate, margin_cents=self.settings.money.order_margin_cents)
            check_loss(worse)
            if not self._is_young(candidate):
                check_residuals(off(self._slack(candidate.at_s)))
                self._check_movement(candidate, last)
        except SnapshotRejected:
            if self.frozen_since_s is None:
                self.frozen_since_s = candidate.at_s
            raise
        self.frozen_since_s = None

    def accept(self, published: Snapshot) -> None:
        """Note that a candidate that passed decides now."""
        day_s = _CLOSES_A_DAY * self.settings.windows.short_close_s
        if (
            self.anchor is None
            or self._is_young(published)
            or published.at_s - self.anchor.at_s >= day_s
        ):
            self.anchor = published

    def _is_young(self, candidate: Snapshot) -> bool:
        """Tell whether a model is meant to move: launch quota and prior bound it."""
        return candidate.uplift.learned < self.settings.policy.launch_until_n

    def _check_movement(self, candidate: Snapshot, last: Snapshot) -> None:
        limits, slack = self.settings.learner, self._slack(candidate.at_s)
        bounds = [
            ("movement", last, limits.max_move),
            ("a day's movement", self.anchor or last, limits.max_move_per_day),
        ]
        for what, since, bound in bounds:
            got = self.movement(candidate, since)
            if got > bound * slack:
                raise SnapshotRejected(
                    "jump", f"{what} must be <= {bound * slack:.3f}, got {got:.3f}"
                )

    def _slack(self, at_s: float) -> float:
        """Return by what bounds are multiplied after this long a standstill, >= 1."""
        since_s = at_s if self.frozen_since_s is None else self.frozen_since_s
        hour_s = _CLOSES_AN_HOUR * self.settings.windows.short_close_s
        hours = min((at_s - since_s) / hour_s, _ALL_THE_SLACK_H)
        return float(2.0**hours)

    def movement(self, candidate: Snapshot, last: Snapshot) -> float:
        """Return the mean total variation between both on recent situations, [0, 1]."""
        if candidate.uplift == last.uplift:
            # Only scores have learned: nothing to compute.
            return 0.0
        distances = [
            _distance(self._distribution(candidate, one), self._distribution(last, one))
            for one in self.recent
        ]
        return sum(distances) / len(distances) if distances else 0.0

    def _distribution(self, snapshot: Snapshot, one: Remembered) -> dict[str, float]:
        uplift = snapshot.uplift
        situation = Situation(
            context=one.context,
            moment=one.moment,
            eligible=one.eligible,
            predictions=uplift.predict(
                one.context,
                one.moment,
                one.eligible,
                proposed=one.proposed,
                stake_eur=one.stake_eur,
            ),
            sigma=uplift.sigma_at(one.stake_eur),
            n_eff=uplift.n_eff,
            launching=uplift.launching(
                one.eligible, self.settings.policy.launch_until_n
            ),
            facts=one.facts,
            # As they were then: a price tells of the shop's agents, not of a model.
            charges=one.charges,
        )
        try:
            return self.policy.distribution(situation).distribution
        except PolicyError as error:
            raise SnapshotRejected("not_finite", str(error)) from error


def check_loss(worse: Iterable[str]) -> None:
    """Let a candidate pass none of whose scorers is worse than a running mean.

    Raises:
        SnapshotRejected: `loss`.
    """
    names = ", ".join(worse)
    if names:
        raise SnapshotRejected("loss", f"worse than a running mean: {names}")


def check_residuals(off: Iterable[str]) -> None:
    """Let a candidate pass none of whose actions is predicted wrongly on average.

    Raises:
        SnapshotRejected: `residual`.
    """
    names = ", ".join(off)
    if names:
        raise SnapshotRejected("residual", f"mean residual is off: {names}")


def check_form(candidate: Snapshot, *, margin_cents: int = 0) -> None:
    """Let a candidate pass whose numbers are sound and survive being written.

    Args:
        candidate: to be published.
        margin_cents: usual margin of an order; money may be as large beside it.

    Raises:
        SnapshotRejected: `unbounded`, `not_finite`, `schema`, `torn` or `golden`.
    """
    scorers, uplift = candidate.scorers, candidate.uplift
    for model in (scorers.hesitation, scorers.intent):
        largest = float(np.abs(model.weights).max(initial=0.0))
        if largest > BOUND:
            raise SnapshotRejected(
                "unbounded", f"weights must be within {BOUND:g}, got {largest:g}"
            )
    numbers = (*uplift.terms.values(), uplift.sigma, uplift.n_eff, candidate.threshold)
    if not all(map(math.isfinite, (*numbers, *candidate.prices.values()))):
        raise SnapshotRejected("not_finite", "terms and prices must be finite")
    bound_eur = BOUND_EUR * max(1.0, margin_cents / (100 * USUAL_MARGIN_EUR))
    if any(not 0.0 <= price <= bound_eur for price in candidate.prices.values()):
        raise SnapshotRejected(
            "unbounded", f"prices must be within 0 and {bound_eur:g} EUR"
        )
    if any(abs(value) > bound_eur for value in uplift.terms.values()):
        raise SnapshotRejected("unbounded", f"terms must be within {bound_eur:g} EUR")
    again = Snapshot.decode(candidate.encode())
    for vector in golden_vectors():
        first = scorers.score(vector, view=None)
        second = again.scorers.score(vector, view=None)
        gap = max(
            abs(first.hesitation - second.hesitation),
            abs(first.intent - second.intent),
        )
        if not gap <= _GOLDEN_TOLERANCE:
            raise SnapshotRejected("golden", f"scores differ by {gap:g} when read back")


def golden_vectors() -> list[np.ndarray[Any, np.dtype[np.float64]]]:
    """Return the fixed feature vectors on which a snapshot is tried.

    Nothing, one of everything, and each alternating half large: shape (n_features,).
    """
    ramp = np.arange(N_FEATURES, dtype=np.float64)
    return [
        np.zeros(N_FEATURES),
        np.ones(N_FEATURES),
        np.where(ramp % 2 == 0, 30.0, 0.0),
        np.where(ramp % 2 == 1, 30.0, 0.0),
    ]


def _distance(one: dict[str, float], other: dict[str, float]) -> float:
    return 0.5 * sum(abs(p - other.get(action, 0.0)) for action, p in one.items())


Off = Callable[[float], Iterable[str]]
Publish = Callable[[str, Snapshot], None]
