"""Who is held out, and how the holdout tapers off.

A visitor's place in [0, 1) is a salted hash; the holdout is everybody below the share.
So a smaller share is a subset of a larger one: visitors only ever leave the holdout.
"""

# Rules of this file: pure functions of hash, settings and times; a group is sticky
# because the hash is, not because somebody remembers it.

from __future__ import annotations

import hmac
import math

from engage.deciding.draw import fraction_of
from engage.settings import HoldoutSettings
from engage.visits.visitor import Group

_DAY_S = 86_400.0


def place_of(salt: bytes, visitor: str) -> float:
    """Return the visitor's fixed place in [0, 1), uniform over visitors.

    The purpose is hashed with the id, so that the holdout is independent of every
    other throw that derives from the same visitor.

    >>> 0 <= place_of(b"salt", "v_1") < 1
    True
    """
    return fraction_of(hmac.digest(salt, f"holdout|{visitor}".encode(), "sha256"))


def group_of(salt: bytes, visitor: str, share: float) -> Group:
    """Return the group of a visitor while `share` of all visitors are held out.

    Args:
        salt: the site's secret.
        visitor: visitor id or subject key; always the same one for a visitor.
        share: share held out, in [0, 1].

    >>> group_of(b"salt", "v_1", 0.0), group_of(b"salt", "v_1", 1.0)
    ('treatment', 'holdout')
    """
    return "holdout" if place_of(salt, visitor) < share else "treatment"


def share_at(settings: HoldoutSettings, *, started_at_s: float, at_s: float) -> float:
    """Return the share held out at a time: constant, then a taper in daily steps.

    Full for `days`, then straight down to `taper_share` over `taper_days`. Whole days,
    so that a logged share names the day and a day has one share. Never rises: a taper
    share above the share counts as the share.

    Args:
        settings: shares and days.
        started_at_s: when the site first decided, epoch seconds.
        at_s: the time in question, epoch seconds.

    >>> plan = HoldoutSettings(share=0.2, days=90, taper_share=0.05, taper_days=90)
    >>> [share_at(plan, started_at_s=0, at_s=d * 86_400) for d in (0, 90, 135, 400)]
    [0.2, 0.2, 0.125, 0.05]
    """
    least = min(settings.taper_share, settings.share)
    past_days = math.floor((at_s - started_at_s) / _DAY_S) - settings.days
    if past_days <= 0:
        return settings.share
    if past_days >= settings.taper_days:
        return least
    gone = past_days / settings.taper_days
    return round(settings.share - (settings.share - least) * gone, 6)
