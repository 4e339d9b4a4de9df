"""Scenarios: what kind of shop, and what happens to it."""

# Rules of this file: a scenario is one row of the table; times are shares of its span.

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from engage.evidence.simulation.truth import Response

DAY_S: Final = 86_400.0
HOUR_S: Final = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A simulated shop over time.

    Attributes:
        says: one sentence for `--help`.
        visitors_per_day: how many come, on average.
        bots: share of them that are programs.
        silent: share of people who let nobody measure.
        measured_only: share of people who may be measured, not personalised.
        agents: free agents of each group during opening hours.
        before, after: how shoppers respond, up to and from `turn` on.
        turn: when the response changes, share of the span.
    """

    says: str
    visitors_per_day: float = 1_000.0
    bots: float = 0.03
    silent: float = 0.1
    measured_only: float = 0.1
    agents: int = 4
    before: Response = field(default_factory=Response)
    after: Response = field(default_factory=Response)
    turn: float = 0.5

    def response_at(self, share: float) -> Response:
        """Return how shoppers respond at a share of the span, in [0, 1]."""
        return self.before if share < self.turn else self.after


SCENARIOS: Final[Mapping[str, Scenario]] = MappingProxyType(
    {
        "shop": Scenario(says="an ordinary shop: all four segments, a few bots"),
        "drift": Scenario(
            says="at half time discounts stop working and advice works better",
            after=Response(
                mix={
                    "persuadable": 0.32,
                    "sure_thing": 0.08,
                    "lost_cause": 0.52,
                    "do_not_disturb": 0.08,
                },
                discount_pull=0.0,
                chat_pull=0.45,
            ),
        ),
        "bots": Scenario(says="two visitors in five are programs", bots=0.4),
        "quiet": Scenario(
            says="a small shop with nobody to chat", visitors_per_day=60.0, agents=0
        ),
    }
)


def arrivals_share(at_s: float) -> float:
    """Return how busy the shop is at a time, 1 on average over a day.

    Busiest at 20:00 UTC, quietest at 08:00: a third of the mean.

    >>> round(arrivals_share(20 * 3600.0), 2), round(arrivals_share(8 * 3600.0), 2)
    (1.67, 0.33)
    """
    hour = at_s % DAY_S / HOUR_S
    return 1.0 + (2 / 3) * math.cos((hour - 20) * math.pi / 12)
