"""What the tests of moments share: detecting on a session, by kind."""

from engage.scoring.base import Scores
from engage.scoring.moments import detect
from engage.settings import MomentSettings
from engage.visits.session import see

SETTINGS = MomentSettings()
CALM = Scores(hesitation=0.1, dwell=None, intent=0.1)


def found(session, *, scores=CALM, settings=SETTINGS, threshold=0.9, **more):
    """Return what was detected as {kind: is near}."""
    detections = detect(
        see(session, at_s=session.last_at_s),
        scores,
        settings=settings,
        threshold=threshold,
        **more,
    )
    return {one.kind: one.near for one in detections}


def level(kind, session, **more):
    """Return `fires`, `near` or `quiet` for one kind."""
    near = found(session, **more).get(kind)
    return {None: "quiet", True: "near", False: "fires"}[near]
