"""All that a trial has seen: forward evidence, and both arms of visitors by outcome."""

# Rules of this file: sums only, plain data when kept.

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from engage.learning.trials.arms import Arm, Contrast, compare, means, one_mean

GUARDRAILS: Final = ("dismissals", "errors", "orders", "discount")
OUTCOMES: Final = ("surrogate", "value", *GUARDRAILS)
"""What is compared between the arms, each per visitor at a share."""
# Of all the visitor's decisions at that share. The others are those of the first one:
# it earns whatever follows, so that later ones would count the same order again.
_SUMMED: Final = frozenset({"dismissals", "errors", "discount"})
# What evidence was counted by before says nothing of visitors.
_UNIT: Final = "visitor"


class Arms(NamedTuple):
    """One outcome in both arms."""

    challenger: Arm
    champion: Arm


@dataclass(slots=True)
class Evidence:
    """All that a trial has seen.

    Attributes:
        gain: what the challenger would have gained, by visitor, EUR a decision.
        better: squared residual as logged minus the challenger's, by visitor.
        outcomes: by name, in both arms.
        shares: of the visitors that the challenger decided for, by stratum of the arms.
    """

    gain: Arm = field(default_factory=Arm)
    better: Arm = field(default_factory=Arm)
    outcomes: dict[str, Arms] = field(
        default_factory=lambda: {name: Arms(Arm(), Arm()) for name in OUTCOMES}
    )
    shares: list[float] = field(default_factory=list)

    def stratum(self, share: float) -> int:
        """Return the stratum of decisions made while the challenger had a share."""
        if share not in self.shares:
            self.shares.append(share)
        return self.shares.index(share)

    def add(
        self,
        name: str,
        visitor: str,
        outcome: float,
        covariates: tuple[float, float] = (0.0, 0.0),
        *,
        share: float,
        is_own: bool,
    ) -> None:
        """Take an outcome of one decision in, while the challenger had a share.

        Args:
            name: one of `OUTCOMES`.
            visitor: whose decision it was.
            outcome: what it came to.
            covariates: what was known before the draw.
            share: of the visitors that the challenger decided for.
            is_own: the challenger made it.
        """
        arms, stratum = self.outcomes[name], self.stratum(share)
        arm = arms.challenger if is_own else arms.champion
        if not arm.has(visitor, stratum=stratum):
            arm.add(visitor, outcome, covariates, stratum=stratum)
        elif name in _SUMMED:
            arm.add_to(visitor, outcome, stratum=stratum)

    def own_visitors(self, share: float) -> int:
        """Return how many visitors the challenger decided for at a share."""
        own, shares = self.outcomes["surrogate"].challenger, self.shares
        return own.units_in(shares.index(share)) if share in shares else 0

    def plain(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "gain": self.gain.plain(),
            "better": self.better.plain(),
            "outcomes": {
                name: [arms.challenger.plain(), arms.champion.plain()]
                for name, arms in self.outcomes.items()
            },
            "shares": self.shares,
            "unit": _UNIT,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Evidence:
        """Return what `plain` wrote."""
        shadow = Arm.from_plain(plain["gain"]), Arm.from_plain(plain["better"])
        if plain.get("unit") != _UNIT:
            # A former release added up what cannot be compared: the arms begin anew.
            return cls(*shadow)
        return cls(
            *shadow,
            {
                name: Arms(Arm.from_plain(one), Arm.from_plain(other))
                for name, (one, other) in plain["outcomes"].items()
            },
            [float(share) for share in plain["shares"]],
        )


def told(evidence: Evidence) -> dict[str, Any]:
    """Return the evidence as a record of a transition keeps it."""
    compared = {
        name: {
            **dict(zip(Arms._fields, means(*arms), strict=True)),
            "visitors": [arms.challenger.units, arms.champion.units],
            **_plain(compare(*arms)),
        }
        for name, arms in evidence.outcomes.items()
    }
    return {
        "gain": {**_plain(one_mean(evidence.gain)), "n": evidence.gain.units},
        "better": _plain(one_mean(evidence.better)),
        "arms": compared,
    }


def _plain(one: Contrast) -> dict[str, float]:
    se = one.sd / math.sqrt(one.n) if one.n else math.inf
    return {"difference": one.difference, "se": se if math.isfinite(se) else 0.0}
