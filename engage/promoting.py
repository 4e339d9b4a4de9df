"""Settings of how a challenger is tried before it decides for everybody."""

# Rules of this file: values only, as in `settings`, which names them for everybody.

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

Alpha = Annotated[float, Meta(gt=0, le=0.5)]
Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
ArmShare = Annotated[float, Meta(gt=0, lt=1)]
# A worsening that is still tolerated, in the unit of what it is a mean of.
Margin = Annotated[float, Meta(ge=0, le=1_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionSettings:
    """What a challenger must show, and what ends its trial."""

    # Of promoting a worse one in a site's life: candidate k spends 6 / (pi k)^2 of it.
    alpha: Alpha = 0.05
    # Of rolling an equal one back: most on the surrogate, the rest on the guardrails.
    rollback_alpha: Alpha = 0.05
    # EUR a decision (between arms: a visitor) that may be lost, for orders that earn 30
    # EUR: to see half of it raw money would need 700,000 decisions, the surrogate a
    # tenth of them.
    tolerance_eur: Annotated[float, Meta(gt=0, le=1_000)] = 0.10
    # Forward evidence before the first verdict: the variance must be known.
    least_decisions: Count = 1_000
    # Without a verdict after so many (between arms: its visitors) it is no improvement
    # that a shop would notice.
    patience_decisions: Count = 100_000
    # Its first visitors: few enough that a bad one costs little.
    canary_share: ArmShare = 0.05
    # The next ones, once the guardrails have held.
    ramp_share: ArmShare = 0.25
    # The last step before everybody, where money is waited for.
    half_share: ArmShare = 0.5
    # Visitors with a decision of the challenger at each share before the next one: the
    # guardrails had a chance to find what costs a tenth of all visits.
    stage_visitors: Count = 500
    # Visitors of each arm whose first decision's money is settled before the challenger
    # decides for everybody.
    settled_visitors: Count = 500
    # By how much worse a guardrail's mean may be, per visitor: all decisions at one
    # share together.
    more_dismissals: Margin = 0.02
    # Draws that failed and fell back to the rules.
    more_errors: Margin = 0.001
    # Share of visitors with an order in the short window of their first decision.
    fewer_orders: Margin = 0.005
    # EUR of discount promised, for orders that earn 30 EUR.
    more_discount_eur: Margin = 0.10
