"""Says, whenever one looks, whether visitors are divided as was announced."""

# Rules of this file: pure functions of columns, in the order of arrival. Each visitor's
# own logged share counts, so that a holdout that tapers off raises no alarm.

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from engage.evidence.sequences.means import Flags, Floats

# One false alarm of the sample ratio in a hundred shops, over their whole lives.
RATIO_ALPHA: Final = 0.01
# Log-odds by which a broken assignment may be off, and what each is given to bet. A
# small one needs every visitor it can get; a large one shows soon, whatever its stake.
_STEPS: Final = np.array([0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28])
_STAKES: Final = np.array([0.2, 0.4, 0.2, 0.1, 0.05, 0.03, 0.02])
_TILTS: Final = np.concatenate((_STEPS, -_STEPS))
_WEIGHTS: Final = np.concatenate((_STAKES, _STAKES)) / 2
# Visitors looked at in one go: bounds the memory of a million visitors to 7 MB.
_CHUNK: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioCheck:
    """Whether the groups have the sizes that their logged shares announce.

    Attributes:
        expected, observed: share of visitors in the holdout, [0, 1].
        evidence: the largest factor by which any look spoke for a broken assignment.
        is_broken: beyond doubt at any look; nothing may be concluded then.
        broken_after: visitors after which it was, None if it is not.
    """

    expected: float
    observed: float
    evidence: float
    is_broken: bool
    broken_after: int | None = None


def check_ratio(
    is_holdout: Flags, shares: Floats, *, alpha: float = RATIO_ALPHA
) -> RatioCheck:
    """Return whether visitors fall into the holdout as often as announced.

    A mixture of likelihood ratios over tilted log-odds: under a sound assignment it is
    a martingale that starts at 1, so it ever reaches 1 / alpha with a probability of
    at most alpha (Ville). Shares may differ from visitor to visitor.

    Args:
        is_holdout: shape (n,), in the order of arrival.
        shares: shape (n,), each visitor's logged probability, in (0, 1).
        alpha: probability of ever raising a false alarm.

    Reference: Lindon & Malek 2022, sequential tests of multinomial hypotheses (arXiv
    2011.03567).

    >>> sound = np.array([True, False, False, False] * 500)
    >>> check_ratio(sound, np.full(2000, 0.25)).is_broken
    False
    >>> check_ratio(sound, np.full(2000, 0.5)).is_broken
    True
    """
    if not len(shares):
        return RatioCheck(expected=0.0, observed=0.0, evidence=1.0, is_broken=False)
    totals, most, alarm = np.zeros(len(_TILTS)), 0.0, -math.log(alpha)
    broken_after: int | None = None
    for start in range(0, len(shares), _CHUNK):
        held, drawn = is_holdout[start : start + _CHUNK], shares[start : start + _CHUNK]
        steps = np.multiply.outer(_TILTS, held) - np.log1p(
            np.multiply.outer(np.expm1(_TILTS), drawn)
        )
        paths = np.cumsum(steps, axis=1) + totals[:, None]
        totals = paths[:, -1]
        largest = paths.max(axis=0)
        mixed = largest + np.log(_WEIGHTS @ np.exp(paths - largest))
        most = max(most, float(mixed.max()))
        if broken_after is None and most >= alarm:
            broken_after = start + int((mixed >= alarm).argmax()) + 1
    return RatioCheck(
        expected=float(shares.mean()),
        observed=float(is_holdout.mean()),
        # Beyond e^50 nobody needs another digit, and JSON knows no infinity.
        evidence=math.exp(min(most, 50.0)),
        is_broken=broken_after is not None,
        broken_after=broken_after,
    )
