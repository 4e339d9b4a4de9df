"""Which visitors a challenger decides for while it is tried."""

# Rules of this file: pure functions of hash and share. A visitor stays in an arm as
# long as a trial's share only grows, and each trial deals anew.

from __future__ import annotations

import hmac

from engage.deciding.draw import fraction_of


def arm_place(salt: bytes, subject: str, *, candidate: str) -> float:
    """Return a visitor's fixed place in [0, 1) in one candidate's trial.

    The candidate is hashed with the subject: an arm is independent of the holdout and
    of every other trial.

    >>> 0 <= arm_place(b"salt", "u_1", candidate="c") < 1
    True
    """
    text = f"arm|{candidate}|{subject}"
    return fraction_of(hmac.digest(salt, text.encode(), "sha256"))


def is_challenged(salt: bytes, subject: str, *, candidate: str, share: float) -> bool:
    """Tell whether the challenger decides for a visitor at a share of all visitors.

    >>> is_challenged(b"salt", "u_1", candidate="c", share=1.0)
    True
    >>> is_challenged(b"salt", "u_1", candidate="c", share=0.0)
    False
    """
    return arm_place(salt, subject, candidate=candidate) < share
