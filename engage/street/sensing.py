"""Is this a moment? What was detected, and which of it is asked about now."""

# Rules of this file: puts detectors, cool-down and dice together; each of them is a
# pure function of its own folder.

from __future__ import annotations

from engage.deciding.gates import is_cooling
from engage.scoring.moments import Trigger, choose, detect
from engage.street.looking import Look
from engage.street.step import Step


def sense(step: Step, look: Look, *, asked: bool) -> Trigger:
    """Return the moment to decide at, if there is one and the dice may be thrown.

    Args:
        step: after the session has taken the beacon; what is settled is noted in it.
        look: at the session as it is now.
        asked: the visitor or the page asks, which no cool-down forbids.
    """
    site = step.site
    settings = site.settings.moments
    cooling = not asked and is_cooling(
        step.session, step.visitor, site.settings.gates, at_s=step.at_s
    )
    detections = detect(
        look.seen,
        look,
        settings=settings,
        threshold=look.snapshot.threshold,
        asked=asked,
        is_cooling=cooling,
    )
    if cooling:
        trigger = step.let_pass(detections)
    else:
        trigger = choose(detections, step.session, settings, step.luck)
    step.settle(trigger)
    return trigger
