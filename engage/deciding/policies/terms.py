"""The terms of the uplift model: what they are called and what we believe beforehand.

An action's uplift is a sum of terms: its kind's (shared by all actions of the kind, so
a new intervention starts at what its kind is known to do), its own, each also by
moment and by a few features; what all actions share (who buys anyway is moved by none
of them, and each teaches it); and one for "the shop's rules propose it here".
"""

# Rules of this file: names and settings only. A term is named for what it is about; an
# action's terms carry its version, so that an edited intervention is a new one.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from engage.deciding.draw import NONE, Distribution
from engage.deciding.policies.base import Vector
from engage.deciding.policies.effects import is_of_intent

RULE_TERM = "rule"
"""Uplift of the action that the shop's own rules propose, over any other."""

# What a rule of the shop is believed to be worth where `UNIT_EUR` is at stake, and how
# sure the beliefs are, in decisions. Tuned on the toy shop (benchmarks/shop_rates.py,
# seeds 1000 to 1015): weaker beliefs explore away more than 5 EUR a day in the first
# week, and the data overrule stronger ones no later.
_RULE_EUR = 0.2
_PRIOR_ROWS = 10_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class UpliftPriors:
    """How far each group of terms may lie from its prior mean: one sd, in EUR.

    They are meant where `UNIT_EUR` of margin is at stake; there helpful interventions
    are worth .1 to .5 EUR a decision (in the toy shop an oracle earns .2 over `none`).
    """

    # The baseline soaks up what visitors differ in; it only must not be infinite.
    intercept_sd_eur: float = 10.0
    moment_sd_eur: float = 2.0
    feature_sd_eur: float = 1.0
    # Kind and own part share an action's effect; together .2 EUR.
    kind_sd_eur: float = 0.14
    kind_moment_sd_eur: float = 0.12
    kind_feature_sd_eur: float = 0.04
    action_sd_eur: float = 0.14
    action_moment_sd_eur: float = 0.14
    action_feature_sd_eur: float = 0.05
    # Scores vary by a third of what features do, so a slope may be larger than a kind's
    # (replicas of mixed shops 3720 to 3743; without effect where there is no intent).
    shared_sd_eur: float = 0.08
    rule_sd_eur: float = 0.1
    # What a kind's probability may tell of the visitor beside what the baseline knows:
    # three tenths of the kind's own (tuned on toy shops 1000 to 1011 and mixed shops).
    selection_sd_eur: float = 0.042
    selection_moment_sd_eur: float = 0.036
    selection_feature_sd_eur: float = 0.012

    def times(self, factor: float) -> UpliftPriors:
        """Return the priors, each so many times as wide.

        >>> UpliftPriors().times(2.0).kind_sd_eur
        0.28
        """
        return UpliftPriors(
            **{name: getattr(self, name) * factor for name in self.__slots__}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UpliftSettings:
    """What an uplift model is built for; EUR are those of `stakes.UNIT_EUR` at stake.

    Attributes:
        context: names of the context's entries, in order.
        interactions: what an action's uplift may depend on, see `Effects`; few.
        priors: one sd per group of terms, in EUR.
        means: prior mean in EUR by term, from `models/` or for `rule`; others are 0.
        discount: weight of a decision relative to the next one, in (0, 1].
        winsor_quantile: quantile of |target| at which targets are clipped.
        sigma_eur: residual sd expected before anything is learned, EUR.
        sigma_rows: how many decisions that expectation is worth.
        prior_rows: how many decisions the prior means are worth to the policy's
            exploration; 0 where there are none.
        usual_stake_eur: usual margin of an order, see `stakes.scale_of`; None: money
            does not depend on what is at stake.
    """

    context: tuple[str, ...]
    interactions: tuple[str, ...] = ()
    priors: UpliftPriors = UpliftPriors()
    means: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    discount: float = 0.99995
    winsor_quantile: float = 0.99
    sigma_eur: float = 2.0
    sigma_rows: float = 10.0
    prior_rows: float = 0.0
    usual_stake_eur: float | None = None

    def believing(
        self,
        means: Mapping[str, float] | None = None,
        *,
        has_rules: bool,
    ) -> UpliftSettings:
        """Return the settings with prior knowledge, and with what it is worth.

        Args:
            means: prior mean by term, from a warm start; EUR.
            has_rules: True if the shop has a rule list, so that rows say what it
                `proposed`.

        >>> UpliftSettings(context=()).believing(has_rules=True).means["rule"]
        0.2
        """
        known = dict(means or {})
        if has_rules:
            known[RULE_TERM] = _RULE_EUR
        return replace(
            self,
            means=MappingProxyType(known),
            prior_rows=_PRIOR_ROWS if known else 0.0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One decision as the model learns it, at its short close.

    Attributes:
        decision: decision id.
        context: shape (n_context,), float64, as logged.
        moment: kind of the moment.
        action: the action drawn.
        distribution: probability per eligible action in that draw.
        kinds: kind by eligible intervention.
        versions: content hash by eligible intervention.
        target_eur: reward at the short close, EUR.
        stake_eur: margin of what the visitor would buy, as logged; 0 or None: unknown.
        proposed: what the shop's rules proposed for it, `none` if nothing.
        clip_eur: threshold published by the snapshot the decision was made with;
            None: not clipped.
        delta_eur: value minus target, where it is known already; else None, and
            `UpliftModel.correct` brings it later.
    """

    decision: str
    context: Vector
    moment: str
    action: str
    distribution: Distribution
    kinds: Mapping[str, str]
    versions: Mapping[str, str]
    target_eur: float
    stake_eur: float | None = None
    proposed: str = NONE
    clip_eur: float | None = None
    delta_eur: float | None = None


def version_key(action: str, version: str) -> str:
    """Return the name of one version of an intervention.

    >>> version_key("autumn10", "41aa")
    'autumn10@41aa'
    """
    return f"{action}@{version}"


def baseline_terms(
    moment: str, context: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Return (term, group) of the baseline m(x) at a moment: 1, moment, features.

    >>> baseline_terms("ask", ("price",))
    (('1', 'intercept'), ('moment:ask', 'moment'), ('x:price', 'feature'))
    """
    return (
        ("1", "intercept"),
        (f"moment:{moment}", "moment"),
        *((f"x:{name}", "feature") for name in context),
    )


def selection_terms(
    kind: str, moment: str, interactions: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Return (term, group) of what a kind's probability tells of who got it.

    >>> [name for name, _ in selection_terms("chat", "ask", ("price",))]
    ['selection:chat', 'selection:chat|moment:ask', 'selection:chat|x:price']
    """
    head = f"selection:{kind}"
    return (
        (head, "selection"),
        (f"{head}|moment:{moment}", "selection_moment"),
        *((f"{head}|x:{name}", "selection_feature") for name in interactions),
    )


def action_terms(
    kind: str, key: str, moment: str, interactions: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Return (term, group) of one action's uplift at a moment.

    First the kind's (1, moment, features), then the action's own in the same order.

    >>> [name for name, _ in action_terms("chat", "c@1", "ask", ("price",))]
    ... # doctest: +NORMALIZE_WHITESPACE
    ['kind:chat', 'kind:chat|moment:ask', 'kind:chat|x:price',
     'action:c@1', 'action:c@1|moment:ask', 'action:c@1|x:price']
    """
    terms = []
    for level, head in (("kind", f"kind:{kind}"), ("action", f"action:{key}")):
        terms.append((head, level))
        terms.append((f"{head}|moment:{moment}", f"{level}_moment"))
        terms.extend((f"{head}|x:{name}", f"{level}_feature") for name in interactions)
    return tuple(terms)


def shared_term(name: str) -> str:
    """Return the term of how all uplifts alike depend on a value.

    >>> shared_term("intent")
    'any|x:intent'
    """
    return f"any|x:{name}"


def shared_terms(interactions: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return (term, group) of what all uplifts share: how intent bears on them.

    >>> shared_terms(("price", "intent"))
    (('any|x:intent', 'shared'),)
    """
    return tuple((shared_term(n), "shared") for n in interactions if is_of_intent(n))
