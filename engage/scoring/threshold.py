"""The steered threshold of the moment `hesitating`.

A quantile of checkpoints is no share of sessions: a visit has many chances to cross.
So the threshold learns from one fact an ended session: was it ever asked?
"""

# Rules of this file: a value and one step. It lives in the snapshot, so that a logged
# decision can be replayed with the threshold it was made with.

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engage.errors import FeatureError

# Logits: a threshold near 1 moves as easily as one near .5 and reaches neither end; but
# it passes the largest score there is (.9999), or nobody could be left unasked.
LIMIT: Final = 9.5
# Early steps find the place, later ones follow its drift: half of a step's effect is
# gone after about 70 / share sessions.
FIRST_STEP: Final = 0.5
LAST_STEP: Final = 0.05
# Sessions after which a step has fallen to half of the first.
SETTLING: Final = 50


@dataclass(frozen=True, slots=True)
class Threshold:
    """The hesitation above which a visitor with interest is asked.

    Attributes:
        value: in (0, 1).
        sessions: ended sessions it has learned from.

    >>> Threshold(0.9).step(asked=True, share=0.1).value > 0.9
    True
    """

    # Nine in ten visits make no progress anyway; a start, left within a few sessions.
    value: float = 0.9
    sessions: int = 0

    def step(self, *, asked: bool, share: float) -> Threshold:
        """Return the threshold after one session more ended.

        Stochastic approximation: at rest, asked sessions push up by 1 - share and the
        others down by share, which balances where exactly `share` of them is asked.

        Args:
            asked: the session had a `hesitating` moment, or would have had.
            share: of sessions that should have one, in [0, 1].

        Reference: Robbins & Monro, 1951.
        """
        size = max(FIRST_STEP / (1 + self.sessions / SETTLING), LAST_STEP)
        logit = math.log(self.value / (1 - self.value))
        moved = logit + size * ((1.0 if asked else 0.0) - share)
        held = min(max(moved, -LIMIT), LIMIT)
        return Threshold(1 / (1 + math.exp(-held)), self.sessions + 1)

    def plain(self) -> dict[str, Any]:
        """Return the threshold as plain data; floats survive JSON exactly."""
        return {"value": self.value, "sessions": self.sessions}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Threshold:
        """Return the threshold that `plain` gave.

        Raises:
            FeatureError: the value is not in (0, 1).
        """
        value, sessions = float(plain["value"]), int(plain["sessions"])
        if not 0 < value < 1:
            raise FeatureError(f"threshold must be in (0, 1), got {value!r}")
        return cls(value, sessions)
