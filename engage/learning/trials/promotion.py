"""The promotion test: what moves a challenger on, and what ends its trial.

    shadow -> canary -> ramp -> half -> promoted
      any  -> rolled_back

In the shadow only forward evidence counts: the surrogate is not inferior and the
uplifts predict better; where the shop's own list decides, the surrogate is above the
list's. Then arms of visitors count, compared among those of one share
and summed over the shares: guardrails and the surrogate may roll back at every
stage; before the challenger decides for everybody the surrogate is
not inferior between the arms and the money of the settled visitors does not object.
"""

# Rules of this file: a stage and its evidence in, a verdict out. No clock, no I/O. All
# verdicts are e-values: looking often costs nothing.

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from engage.learning.bounds import log_evidence, log_evidence_for
from engage.learning.trials.arms import Contrast, compare, means, one_mean
from engage.learning.trials.evidence import Arms, Evidence
from engage.settings import PromotionSettings

Stage = Literal["shadow", "canary", "ramp", "half", "promoted", "rolled_back"]
FOLLOWING: Final[Mapping[str, Stage]] = {
    "shadow": "canary",
    "canary": "ramp",
    "ramp": "half",
    "half": "promoted",
}
OVER: Final = frozenset({"promoted", "rolled_back"})
# Of `rollback_alpha`; money and each guardrail share the rest.
_SURROGATE_PART: Final = 0.9
# What a roll-back is tuned to, as a share of the champion's surrogate: a challenger
# that is 20 % worse is found soonest so (benchmarks/promotion.py).
_HARM: Final = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one candidate is held to.

    Attributes:
        settings: the site's.
        candidates: how many were tried on this site before, >= 0.
        scale: the shop's usual margin of an order over 30 EUR, > 0.
        is_forced: the promotion test is held open; guardrails stay.
        is_takeover: the shop's own list decides, and would be taken over from.
    """

    settings: PromotionSettings = field(default_factory=PromotionSettings)
    candidates: int = 0
    scale: float = 1.0
    is_forced: bool = False
    is_takeover: bool = False

    @property
    def alpha(self) -> float:
        """This candidate's share of the site's alpha; all shares sum to the whole."""
        spent = 6.0 / (math.pi * (self.candidates + 1)) ** 2
        return self.settings.alpha * spent

    @property
    def tolerance_eur(self) -> float:
        """What a decision may lose, EUR."""
        return self.settings.tolerance_eur * self.scale

    def share(self, stage: str) -> float:
        """Return the share of visitors whom the challenger decides for at a stage."""
        settings = self.settings
        return {
            "canary": settings.canary_share,
            "ramp": settings.ramp_share,
            "half": settings.half_share,
            "promoted": 1.0,
        }.get(stage, 0.0)


class Verdict(NamedTuple):
    """A transition and why; `to` is None while nothing is decided."""

    to: Stage | None
    why: str


def judge(stage: Stage, evidence: Evidence, rules: Rules) -> Verdict:
    """Return what the evidence says of a challenger at a stage.

    >>> judge("shadow", Evidence(), Rules()).to is None
    True
    >>> judge("shadow", Evidence(), Rules(is_forced=True)).to
    'canary'
    """
    if stage in OVER:
        return Verdict(None, "over")
    ended = _objection(evidence, rules)
    if ended:
        return Verdict("rolled_back", ended)
    if stage == "shadow":
        return _shadow(evidence, rules)
    if evidence.own_visitors(rules.share(stage)) < rules.settings.stage_visitors:
        return Verdict(None, "collecting")
    if stage != "half":
        return Verdict(FOLLOWING[stage], "guardrails hold")
    return _last(evidence, rules)


def _shadow(evidence: Evidence, rules: Rules) -> Verdict:
    settings = rules.settings
    if rules.is_forced:
        return Verdict("canary", "forced")
    if evidence.gain.units < settings.least_decisions:
        return Verdict(None, "collecting")
    gain = one_mean(evidence.gain)
    if _is_above(_turned(gain), rules.tolerance_eur, alpha=_surrogate_alpha(rules)):
        return Verdict("rolled_back", "surrogate is inferior")
    if rules.is_takeover:
        # A list predicts nothing; it has to be beaten in what it earns.
        if _is_above(gain, 0.0, alpha=rules.alpha):
            return Verdict("canary", "surrogate above that of the shop's list")
    elif _is_above(gain, -rules.tolerance_eur, alpha=rules.alpha) and _is_above(
        one_mean(evidence.better), 0.0, alpha=rules.alpha
    ):
        return Verdict("canary", "surrogate not inferior, uplifts predict better")
    if evidence.gain.units >= settings.patience_decisions:
        return Verdict("rolled_back", "no improvement found")
    return Verdict(None, "undecided")


def _last(evidence: Evidence, rules: Rules) -> Verdict:
    """Return whether the challenger may decide for everybody."""
    patience = rules.settings.patience_decisions
    settled = min(arm.units for arm in evidence.outcomes["value"])
    if settled < rules.settings.settled_visitors:
        return Verdict(None, "waiting for money")
    surrogate = compare(*evidence.outcomes["surrogate"])
    if _is_above(surrogate, -rules.tolerance_eur, alpha=rules.alpha):
        return Verdict("promoted", "surrogate not inferior, money does not object")
    if rules.is_forced:
        return Verdict("promoted", "forced")
    if evidence.own_visitors(rules.settings.half_share) >= patience:
        return Verdict("rolled_back", "no verdict between the arms")
    return Verdict(None, "undecided")


def _objection(evidence: Evidence, rules: Rules) -> str:
    """Return what rolls the challenger back now, empty if nothing does."""
    limits = _limits(rules)
    rest = (1.0 - _SURROGATE_PART) * rules.settings.rollback_alpha / (len(limits) + 1)
    for name, (sign, margin) in limits.items():
        worse = _signed(compare(*evidence.outcomes[name]), sign)
        if _is_known(evidence.outcomes[name]) and _is_above(worse, margin, alpha=rest):
            return f"guardrail: {name}"
    for name, alpha in (("surrogate", _surrogate_alpha(rules)), ("value", rest)):
        if _is_lower(evidence.outcomes[name], alpha=alpha):
            return f"{name} is lower"
    return ""


def _is_lower(arms: Arms, *, alpha: float) -> bool:
    """Tell whether the challenger earns less, beyond doubt."""
    _, usual = means(*arms)
    if not _is_known(arms) or usual <= 0.0:
        return False
    worse = _turned(compare(*arms))
    found = log_evidence_for(
        worse.difference,
        n=worse.n,
        sd=worse.sd,
        effect=_HARM * usual,
        tuned_to=TUNED_TO,
    )
    return found >= -math.log(alpha)


def _limits(rules: Rules) -> dict[str, tuple[float, float]]:
    """Return (sign of a worsening, how much of it is tolerated) by guardrail."""
    settings = rules.settings
    return {
        "dismissals": (1.0, settings.more_dismissals),
        "errors": (1.0, settings.more_errors),
        "orders": (-1.0, settings.fewer_orders),
        "discount": (1.0, settings.more_discount_eur * rules.scale),
    }


# An arm with fewer visitors has no variance worth the name.
_LEAST_VISITORS: Final = 50
# Around so many visitors the verdicts come soonest: what is bad is found within days.
TUNED_TO: Final = 5_000.0


def _is_known(arms: Arms) -> bool:
    return min(arm.visitors for arm in arms) >= _LEAST_VISITORS


def _surrogate_alpha(rules: Rules) -> float:
    return _SURROGATE_PART * rules.settings.rollback_alpha


def _is_above(one: Contrast, bound: float, *, alpha: float) -> bool:
    """Tell whether the mean is above a bound, beyond doubt."""
    excess = one.difference - bound
    found = log_evidence(excess, n=one.n, sd=one.sd, tuned_to=TUNED_TO)
    return found >= -math.log(alpha)


def _signed(one: Contrast, sign: float) -> Contrast:
    return one._replace(difference=sign * one.difference)


def _turned(one: Contrast) -> Contrast:
    return _signed(one, -1.0)
