"""What an uplift model knows, frozen: predictions and where they come from."""

# Rules of this file: immutable but for two memos, which hold nothing that the other
# fields do not say. Plain floats and a fixed order of additions: the same record gives
# the same last bit on any machine.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engage.deciding.draw import NONE
from engage.deciding.policies.base import Vector
from engage.deciding.policies.effects import Effects
from engage.deciding.policies.stakes import scale_of
from engage.deciding.policies.terms import (
    RULE_TERM,
    action_terms,
    shared_term,
    version_key,
)


@dataclass(frozen=True, slots=True)
class _Sum:
    """An action's uplift at a moment: constant plus coefficients of interactions."""

    constant: float
    slopes: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpliftWeights:
    """Immutable parameters of the uplift model; predicts uplift over `none`.

    Amounts are those where `stakes.UNIT_EUR` is at stake; `scale` says how much larger
    they are where more is.

    Attributes:
        terms: coefficient by term, EUR.
        context: names of the context's entries, in order.
        interactions: what an uplift depends on; see `Effects`.
        offered: (kind, version) by action: what the ids mean now.
        counts: decisions learned in which a version was eligible, by version key.
        sigma: residual sd of the target, EUR.
        n_eff: discounted learned decisions plus what the prior is worth.
        learned: decisions learned in all.
        clip_eur: the threshold that decisions made with this are clipped at; None:
            nothing is.
        usual_stake_eur: usual margin of an order; None: amounts are the same at any
            stake, as in snapshots of before stakes counted.
    """

    terms: Mapping[str, float]
    context: tuple[str, ...]
    interactions: tuple[str, ...]
    offered: Mapping[str, tuple[str, str]]
    counts: Mapping[str, int]
    sigma: float
    n_eff: float
    learned: int = 0
    clip_eur: float | None = None
    usual_stake_eur: float | None = None
    _sums: dict[tuple[str, str], _Sum] = field(
        default_factory=dict, repr=False, compare=False
    )
    _settled: dict[int, frozenset[str]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _effects: Effects = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look the interactions up once."""
        effects = Effects(self.context, self.interactions)
        object.__setattr__(self, "_effects", effects)

    def offering(
        self, kinds: Mapping[str, str], versions: Mapping[str, str]
    ) -> UpliftWeights:
        """Return the same weights for the interventions as configured now.

        An edited intervention has a new version and predicts from its kind alone.
        """
        offered = {action: (kinds[action], versions[action]) for action in kinds}
        return replace(self, offered=offered, _sums={}, _settled={})

    def scale(self, stake_eur: float | None) -> float:
        """Return what amounts are multiplied by where this is at stake, > 0."""
        return scale_of(stake_eur, usual_eur=self.usual_stake_eur)

    def clip_at(self, stake_eur: float | None) -> float | None:
        """Return what a target with this at stake is clipped at, EUR."""
        return None if self.clip_eur is None else self.clip_eur * self.scale(stake_eur)

    def sigma_at(self, stake_eur: float | None) -> float:
        """Return the residual sd of a target with this at stake, EUR."""
        return self.sigma * self.scale(stake_eur)

    def predict(
        self,
        context: Vector,
        moment: str,
        actions: Sequence[str],
        *,
        proposed: str = NONE,
        stake_eur: float | None = None,
    ) -> dict[str, float]:
        """Return the uplift over `none` of each action, EUR; `none` is 0.

        Args:
            context: shape (n_context,), float64.
            moment: kind of the moment.
            actions: eligible actions; an unknown one predicts 0.
            proposed: the action the shop's rules propose here, `none` if nothing.
            stake_eur: margin of what the visitor would buy; 0 or None: unknown.

        Raises:
            FeatureError: the context has the wrong length.
        """
        xs, scale = self._effects.of(context), self.scale(stake_eur)
        out = {}
        for action in actions:
            if action == NONE:
                out[action] = 0.0
                continue
            known = self._sums.get((action, moment)) or self._sum(action, moment)
            value = known.constant
            for slope, x in zip(known.slopes, xs, strict=True):
                value += slope * x
            if action == proposed:
                value += self.terms.get(RULE_TERM, 0.0)
            out[action] = scale * value
        return out

    def explain(
        self,
        context: Vector,
        moment: str,
        action: str,
        *,
        proposed: str = NONE,
        stake_eur: float | None = None,
    ) -> list[tuple[str, float]]:
        """Return (term, EUR) for every term of a prediction, largest first.

        The contributions sum to the prediction within rounding.

        Raises:
            FeatureError: the context has the wrong length.
        """
        xs = self._effects.of(context)
        if action == NONE or action not in self.offered:
            return []
        factors = ((1.0, 1.0, *xs) * 2) + (*xs, float(action == proposed))
        names = [*self._names(action, moment), RULE_TERM]
        scale = self.scale(stake_eur)
        parts = [
            (name, scale * self.terms.get(name, 0.0) * factor)
            for name, factor in zip(names, factors, strict=True)
        ]
        return sorted(
            ((n, v) for n, v in parts if v != 0.0), key=lambda p: (-abs(p[1]), p[0])
        )

    def launching(self, actions: Sequence[str], until_n: int) -> frozenset[str]:
        """Return the actions that are new *to a site that has learned without them*.

        Their present version was eligible in fewer than `until_n` learned decisions,
        and at least as many were learned without it. On a new site everything is
        equally new: there is nothing yet that a quota could protect.
        """
        if self.learned < until_n:
            return frozenset()
        settled = self._settled.get(until_n)
        if settled is None:
            settled = frozenset(a for a in self.offered if not self._is_new(a, until_n))
            self._settled[until_n] = settled
        return frozenset(a for a in actions if a != NONE and a not in settled)

    def _is_new(self, action: str, until_n: int) -> bool:
        count = self.counts.get(version_key(action, self.offered[action][1]), 0)
        return count < until_n <= self.learned - count

    def _names(self, action: str, moment: str) -> list[str]:
        kind, version = self.offered[action]
        key = version_key(action, version)
        own = action_terms(kind, key, moment, self.interactions)
        return [*(name for name, _ in own), *map(shared_term, self.interactions)]

    def _sum(self, action: str, moment: str) -> _Sum:
        if action not in self.offered:
            return _Sum(0.0, (0.0,) * len(self.interactions))
        values = [self.terms.get(name, 0.0) for name in self._names(action, moment)]
        width = 2 + len(self.interactions)
        of_kind, own, shared = (
            values[:width],
            values[width : 2 * width],
            values[2 * width :],
        )
        parts = zip(of_kind[2:], own[2:], shared, strict=True)
        known = _Sum(
            of_kind[0] + of_kind[1] + own[0] + own[1],
            tuple(a + b + c for a, b, c in parts),
        )
        # Bounded: offered actions times moment kinds. A lost race only repeats a sum.
        self._sums[action, moment] = known
        return known

    def plain(self) -> dict[str, Any]:
        """Return everything as plain data with exact floats."""
        return {
            "terms": dict(self.terms),
            "context": list(self.context),
            "interactions": list(self.interactions),
            "offered": {a: list(known) for a, known in self.offered.items()},
            "counts": dict(self.counts),
            "sigma": self.sigma,
            "n_eff": self.n_eff,
            "learned": self.learned,
            "clip_eur": self.clip_eur,
            "usual_stake_eur": self.usual_stake_eur,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> UpliftWeights:
        """Return the weights that `plain` wrote."""
        return cls(
            terms=dict(plain["terms"]),
            context=tuple(plain["context"]),
            interactions=tuple(plain["interactions"]),
            offered={a: (k, v) for a, (k, v) in plain["offered"].items()},
            counts=dict(plain["counts"]),
            sigma=plain["sigma"],
            n_eff=plain["n_eff"],
            learned=plain["learned"],
            clip_eur=plain["clip_eur"],
            usual_stake_eur=plain.get("usual_stake_eur"),
        )
