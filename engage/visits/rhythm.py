"""A visitor's own rhythm: the gaps between their actions, and how odd a pause is.

Gaps between human actions are about log-normal, so mean and variance are kept of
ln(1 + gap), with exponential weights (West, 1979; Finch, 2009).
"""

# Rules of this file: three whole numbers of the session, in millionths, so that a
# session packs and compares exactly. Not commutative: a rhythm is an order.

from __future__ import annotations

import math
from typing import Final

from engage.visits import counters as c
from engage.visits.draft import Draft

# Two events closer than this are one gesture and say nothing of the rhythm.
GESTURE_S: Final = 0.2
# The rhythm follows the last ten or so gaps.
NEW_SHARE: Final = 0.1
# With fewer gaps nobody has a rhythm yet.
LEAST_GAPS: Final = 5
# A machine-like rhythm must not make every breath a surprise.
LEAST_SPREAD: Final = 0.5

_MILLION: Final = 1_000_000
# Events that are no sign of life, beside the reports about cards.
SILENT: Final = frozenset({"ping", "idle", "tab_hidden", "action_shown"})
# A return from another tab is a sign of life, but its gap is no rhythm of this page.
_RETURNS: Final = frozenset({"tab_visible"})


def keep_rhythm(draft: Draft, name: str) -> None:
    """Note a sign of life, and learn the gap before it.

    Args:
        draft: the session being made.
        name: of an event that is a sign of life, see `SILENT`.
    """
    if draft.is_in_view:
        draft.numbers[c.HERE_IDLE_MS] = 0
    gap_s = draft.at_s - draft.event_at_s
    draft.event_at_s = max(draft.event_at_s, draft.at_s)
    if gap_s >= GESTURE_S and name not in _RETURNS:
        _learn(draft, gap_s)


def _learn(draft: Draft, gap_s: float) -> None:
    numbers = draft.numbers
    draft.count(c.GAPS)
    share = max(1 / numbers[c.GAPS], NEW_SHARE)
    mean = numbers[c.GAP_MEAN] / _MILLION
    off = math.log1p(gap_s) - mean
    variance = (1 - share) * (numbers[c.GAP_VARIANCE] / _MILLION + share * off * off)
    numbers[c.GAP_MEAN] = int((mean + share * off) * _MILLION)
    top = c.TOPS[c.GAP_VARIANCE]
    numbers[c.GAP_VARIANCE] = min(int(variance * _MILLION), top)


def surprise(gap_s: float, *, gaps: int, mean: int, variance: int) -> float:
    """Return how many standard deviations a gap is above the visitor's own.

    Args:
        gap_s: the pause, seconds >= 0.
        gaps: gaps seen so far; below `LEAST_GAPS` nothing is surprising.
        mean: mean of ln(1 + gap), millionths.
        variance: variance of ln(1 + gap), millionths.

    >>> round(surprise(60.0, gaps=9, mean=1_000_000, variance=250_000), 3)
    6.222
    >>> surprise(60.0, gaps=2, mean=1_000_000, variance=250_000)
    0.0
    """
    if gaps < LEAST_GAPS:
        return 0.0
    spread = max(math.sqrt(variance / _MILLION), LEAST_SPREAD)
    return (math.log1p(gap_s) - mean / _MILLION) / spread
