"""Hesitation labels that wait for their horizon.

At a checkpoint the features are kept; the label is 1 when no funnel progress follows
within the horizon, 0 when it does. Decisions in between weigh the label, so that what
is learned is how visitors behave who are left alone.
"""

# Rules of this file: at most MAX_CHECKPOINTS wait at once. When all places are taken
# no new one is opened: that depends on the past alone. Dropping one that waits would
# depend on what the visitor did, and bias the labels.

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from engage.errors import PolicyError
from engage.visits import waiting as w
from engage.visits.shapes import MAX_CHECKPOINTS
from engage.visits.value import Session


class Resolved(NamedTuple):
    """A labelled example for the hesitation scorer.

    Attributes:
        features: shape (N_FEATURES,), float64, as they were (rounded to float32).
        label: 1.0 no progress within the horizon, 0.0 progress.
        weight: product of 1 / p(none) of the decisions in between, >= 1, uncapped.
        score: the hesitation predicted when it was opened.
        opened_at_s: when it was opened, epoch seconds.
        at_s: when its label became known, epoch seconds.
    """

    features: NDArray[np.float64]
    label: float
    weight: float
    score: float
    opened_at_s: float
    at_s: float


def can_open(session: Session) -> bool:
    """Tell whether a place is free for one label more."""
    return len(session.checkpoints) < MAX_CHECKPOINTS


def open_checkpoint(
    session: Session, vector: NDArray[np.float64], *, score: float, at_s: float
) -> Session:
    """Return the session with a label opened; unchanged when all places are taken.

    Args:
        session: after the beacon at which the checkpoint is due.
        vector: shape (N_FEATURES,), float64, as `describe` gave it.
        score: the hesitation predicted from it, before anything later was learned.
        at_s: epoch seconds.
    """
    if not can_open(session):
        return session
    opened = w.checkpoint(vector, active_s=session.active_s, score=score, at_s=at_s)
    return replace(session, waiting=session.waiting + w.packed((opened,)))


def resolve_checkpoints(
    session: Session, *, progress: bool, ended: bool, horizon_s: float, at_s: float
) -> tuple[Session, tuple[Resolved, ...]]:
    """Return the session without the labels whose horizon is over, and these labels.

    A label waits for its horizon even when progress has made it 0 already. Learning
    progress at once and its absence two minutes later would let every model believe,
    for as long as traffic grows, that visitors make far more progress than they do.

    Call it after each beacon, before a new checkpoint is opened.

    Args:
        session: after the beacon.
        progress: the beacon brought funnel progress (`Applied.progress`).
        ended: the session is over.
        horizon_s: seconds of active time within which progress counts.
        at_s: epoch seconds.

    A horizon that passed outweighs progress in the same beacon: a beacon's pings tell
    of the time before its last step.
    """
    if not session.waiting:
        return session, ()
    active_s = session.active_s
    oldest_s = w.opened_active_s(session.waiting)
    if not (progress or ended) and active_s - oldest_s < horizon_s:
        return session, ()
    waiting: list[w.Checkpoint] = []
    resolved: list[Resolved] = []
    for opened in session.checkpoints:
        is_over = active_s - opened.opened_active_s >= horizon_s
        has_progressed = opened.has_progressed or (progress and not is_over)
        if is_over or ended:
            label = 0.0 if has_progressed else 1.0
            resolved.append(_resolved(opened, label, at_s=at_s))
        else:
            waiting.append(opened._replace(has_progressed=has_progressed))
    if not (resolved or progress):
        return session, ()
    return replace(session, waiting=w.packed(tuple(waiting))), tuple(resolved)


def discount_checkpoints(
    session: Session, propensity_of_none: float, *, shown: bool
) -> Session:
    """Return the session with its waiting labels weighed by a decision.

    Args:
        session: before or after the decision; its labels are those in its horizon.
        propensity_of_none: probability that nothing was done, in (0, 1]; 1 for the
            holdout and for ghosts, whose visitors are left alone anyway.
        shown: an action other than `none` is carried out: the stretch was not left
            alone, and its labels are dropped.

    A label that progress has settled before the decision is not touched by it.

    Raises:
        PolicyError: the propensity is not in (0, 1].
    """
    if not session.waiting:
        return session
    if not 0 < propensity_of_none <= 1:
        raise PolicyError(
            f"propensity of none must be in (0, 1], got {propensity_of_none!r}"
        )
    weighed = tuple(
        opened
        if opened.has_progressed
        else opened._replace(weight=opened.weight / propensity_of_none)
        for opened in session.checkpoints
        if opened.has_progressed or not shown
    )
    return replace(session, waiting=w.packed(weighed))


def _resolved(opened: w.Checkpoint, label: float, *, at_s: float) -> Resolved:
    return Resolved(
        opened.features, label, opened.weight, opened.score, opened.at_s, at_s
    )
