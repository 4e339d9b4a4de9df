"""Moments: which were detected, and which one is asked about.

`detect` finds the kinds of moment a session is at; `choose` throws small dice, so that
*when* to ask stays learnable and thresholds do not feed on their own data.
"""

# Rules of this file: pure. One detection per kind and page view. Dice are arguments, so
# a replay throws the same. Every throw made is reported: what was withheld or promoted
# is settled on this page view and not thrown again.

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from engage.scoring.detectors import DETECTORS, FLEETING, Scored, Sight
from engage.settings import MomentKind, MomentSettings
from engage.visits import counters as c
from engage.visits.session import MOMENT_BITS, Seen, Session

ASK: Final[MomentKind] = "ask"
# Each with its bit: looked at with every beacon.
_ALL: Final = tuple((kind, MOMENT_BITS[kind], one) for kind, one in DETECTORS.items())
_FLEETING: Final = tuple(row for row in _ALL if row[0] in FLEETING)


class Detection(NamedTuple):
    """A moment found; `near` says that it fell short by a little."""

    kind: MomentKind
    near: bool = False


class Trigger(NamedTuple):
    """The outcome of the dice.

    Attributes:
        kind: the moment to decide at, or None.
        trigger_p: probability that this kind was asked about, given what was detected:
            1 - withhold_share, promote_share, or 1 for `ask`; 0 when kind is None.
        withheld: kinds detected and withheld; settled on this page view.
        near: near misses tried and not promoted; settled, too.
    """

    kind: MomentKind | None = None
    trigger_p: float = 0.0
    withheld: tuple[MomentKind, ...] = ()
    near: tuple[MomentKind, ...] = ()


NOTHING: Final = Trigger()
"""The trigger of a beacon at which nothing was found."""


def detect(
    seen: Seen,
    scores: Scored,
    *,
    settings: MomentSettings,
    threshold: float,
    asked: bool = False,
    is_cooling: bool = False,
) -> tuple[Detection, ...]:
    """Return the moments a session is at, in the order of their precedence.

    Args:
        seen: the session after the beacon; its time holds the silences that a browser
            claims.
        scores: of this session, now; asked only if they matter.
        settings: thresholds of the site.
        threshold: steered threshold of `hesitating`, in (0, 1).
        asked: the beacon carries `ask`.
        is_cooling: the dice may not be thrown yet: only what will not last is told.

    Kinds already settled on this page view are left out.
    """
    ask = (Detection(ASK),) if asked else ()
    sight = Sight(
        seen.session, seen.n, seen.times, scores, settings, threshold, seen.at_s
    )
    settled, found = seen.n[c.MOMENTS], []
    for kind, bit, detector in _FLEETING if is_cooling else _ALL:
        if settled & bit:
            continue
        level = detector(sight)
        if level >= settings.near_share or level >= 1:
            found.append(Detection(kind, near=level < 1))
    return (*ask, *found)


def choose(
    detections: tuple[Detection, ...],
    session: Session,
    settings: MomentSettings,
    luck: Callable[[str], float],
) -> Trigger:
    """Return the moment to decide at, after small dice for each detection.

    A detected moment is withheld with probability `withhold_share`, a near miss
    promoted with `promote_share`; the first that passes is asked about. Kinds after it
    are not thrown for and stay open, on this page view, for a later beacon.

    Args:
        detections: in the order of precedence, as `detect` gave them.
        session: tells which near misses were tried on this page view.
        settings: the two shares.
        luck: a throw in [0, 1) for a kind; the same kind, the same throw.

    """
    if not detections:
        return NOTHING
    withheld: list[MomentKind] = []
    tried: list[MomentKind] = []
    for kind, near in detections:
        if kind == ASK:
            return Trigger(kind, 1.0)
        if near:
            if session.near_seen & MOMENT_BITS[kind]:
                continue
            if luck(kind) < settings.promote_share:
                return _trigger(kind, settings.promote_share, withheld, tried)
            tried.append(kind)
        elif luck(kind) < settings.withhold_share:
            withheld.append(kind)
        else:
            return _trigger(kind, 1 - settings.withhold_share, withheld, tried)
    return Trigger(withheld=tuple(withheld), near=tuple(tried))


def _trigger(
    kind: MomentKind,
    trigger_p: float,
    withheld: list[MomentKind],
    tried: list[MomentKind],
) -> Trigger:
    return Trigger(kind, trigger_p, tuple(withheld), tuple(tried))
