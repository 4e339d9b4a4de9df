"""What a scorer knew when an example was opened, not when its label came.

Labels come minutes after their predictions, those of intent a week, and those of one
visit share what happened in it: whoever has learned the first of them has been told the
others. So an example is held against the scorer as it was when the visitor was looked
at, or up to ten minutes before.
"""

# Rules of this file: bounded, and never told anything early: what was known at a mark
# was known at any time after it.

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from engage.scoring.base import Vector
from engage.scoring.frozen_logistic import FrozenLogistic
from engage.scoring.logistic import LogisticScorer

# Eight days together: what waits longer for its label is held against the oldest.
_EVERY_S: Final = 600.0
_MARKS: Final = 1_152


@dataclass(slots=True)
class Formerly:
    """A scorer and what it was at marks of the last days.

    Attributes:
        scorer: learns on; call `mark` each time before it does.
    """

    scorer: LogisticScorer
    _marks: deque[tuple[float, FrozenLogistic]] = field(
        default_factory=lambda: deque(maxlen=_MARKS)
    )
    _learned_s: float = -math.inf

    def mark(self, *, at_s: float) -> None:
        """Note what is known, before a label that came at `at_s` is learned."""
        if not self._marks or self._learned_s - self._marks[-1][0] >= _EVERY_S:
            self._marks.append((self._learned_s, self.scorer.freeze()))
        self._learned_s = at_s

    def said(self, features: Vector, *, at_s: float) -> float:
        """Return what the scorer would have said at a time; only after `mark`.

        Args:
            features: as logged.
            at_s: when the example was opened, epoch seconds.

        Raises:
            FeatureError: wrong length or a number that is not finite.
        """
        oldest, inputs = self._marks[0][1], self.scorer.inputs(features)
        passed = (known for mark_s, known in reversed(self._marks) if mark_s <= at_s)
        return next(passed, oldest).chance(inputs)
