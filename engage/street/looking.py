"""What a session looks like at one moment: features, scores, context - when asked for.

Most beacons neither open a label nor come to a moment; nobody asks what their session
looks like, and nothing is computed. Whoever asks twice gets the same value.
"""

# Rules of this file: reads, never changes anything. Session, snapshot and time are
# those of the beginning: however late the first question comes, the answer is the same.

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engage.deciding.context import context_of
from engage.learning.snapshots import Snapshot
from engage.scoring.base import Scores
from engage.street.challenger import Challenger
from engage.street.site import Site
from engage.visits.features import describe_seen, transform
from engage.visits.session import Seen, on_stage

Vector = NDArray[np.float64]


class Look:
    """One look at a session.

    Attributes:
        seen: the session with its numbers, and when it is looked at.
        snapshot: what it is looked at with; a decision stays with it to its end.
        tried: whose trial the visitor was dealt for, in whichever arm; None: no trial.
        challenger: whose snapshot that is, None for the champion's.
    """

    __slots__ = (
        "_dwell",
        "_hesitation",
        "_inputs",
        "_intent",
        "_vector",
        "challenger",
        "seen",
        "snapshot",
        "tried",
    )

    def __init__(self, site: Site, seen: Seen, *, subject: str | None = None) -> None:
        """Note what is looked at; computes nothing yet.

        Without a subject the champion looks: what judges both arms must be one.
        """
        self.tried: Challenger | None = site.trying if subject is not None else None
        self.challenger: Challenger | None = None
        if self.tried is not None and subject is not None:
            is_own = self.tried.decides_for(site.secrets.salt, subject)
            self.challenger = self.tried if is_own else None
        self.snapshot: Snapshot = (self.challenger or site).snapshot
        self.seen = seen
        self._vector: Vector | None = None
        self._inputs: Vector | None = None
        self._dwell: float | None = None
        self._hesitation: float | None = None
        self._intent: float | None = None

    @property
    def vector(self) -> Vector:
        """Features: shape (n_features,), float64, clipped, untransformed."""
        if self._vector is None:
            self._vector = describe_seen(self.seen)
        return self._vector

    @property
    def dwell(self) -> float:
        """Percentile of the page view on stage alone, which takes no features."""
        if self._dwell is None:
            seen, dwell = self.seen, self.snapshot.scorers.dwell
            view = on_stage(seen.session, seen.n, seen.times)
            self._dwell = dwell.percentile(view, view.active_s)
        return self._dwell

    @property
    def hesitation(self) -> float:
        """Probability that nothing follows within the scorer's horizon, in [0, 1]."""
        if self._hesitation is None:
            scorer = self.snapshot.scorers.hesitation
            self._hesitation = scorer.chance(self._for_models())
        return self._hesitation

    @property
    def intent(self) -> float:
        """Probability of an order, in [0, 1]."""
        if self._intent is None:
            scorer = self.snapshot.scorers.intent
            self._intent = scorer.chance(self._for_models())
        return self._intent

    @property
    def scores(self) -> Scores:
        """Scores of the session and of the page view on stage."""
        return Scores(hesitation=self.hesitation, dwell=self.dwell, intent=self.intent)

    @property
    def context(self) -> Vector:
        """What the policy sees: shape (n_context,), float64."""
        return context_of(self.vector, self.scores)

    def _for_models(self) -> Vector:
        if self._inputs is None:
            self._inputs = transform(self.vector)
        return self._inputs
