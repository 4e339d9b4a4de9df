"""Caps what one session and one network may teach: nobody moves a model by being busy.

A session's first decisions and labels count, later ones do not; of what was learned
lately at most a share may come from one network, for sessions cost nothing and networks
do. What is dropped is settled before its draw, so what is left stays unbiased.

Reference: Rangi et al. 2021 (arXiv 2102.07711) on how little poison a bandit needs.
"""

# Rules of this file: counts only, bounded.

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engage.deciding.networks import Lately
from engage.settings import LearnerSettings

# Sessions remembered: an hour of a large shop, a day of a small one.
MOST_SESSIONS: Final = 4_000
# What the policy learns from; everything else is a label of a scorer.
_OF_POLICY: Final = frozenset({"decision", "moment"})


@dataclass(slots=True)
class Influence:
    """Counts what was learned from each session, and lately from each network.

    Attributes:
        settings: the caps.
        sessions: by session, the longest unseen first: how much of each kind.
        lately: by kind the networks that what was learned last came from.
        heard: how much was `learned`, or left out as a `session` or `network` too busy.

    >>> caps = Influence(LearnerSettings(session_decisions=2, network_share=0.004))
    >>> [caps.admits({"session": "s_1"}, "decision") for _ in range(3)]
    [True, True, False]
    >>> [caps.admits({"session": f"s_{i}", "network": 7}, "dwell") for i in range(3)]
    [True, True, False]
    """

    settings: LearnerSettings
    sessions: dict[str, dict[str, int]] = field(default_factory=dict)
    lately: dict[str, Lately] = field(default_factory=dict)
    heard: Counter[str] = field(default_factory=Counter)

    def admits(self, body: Mapping[str, Any], what: str) -> bool:
        """Tell whether a record may teach this, and count it.

        Args:
            body: of a decision or an example; one without session or network, such as
                an imported one, is nobody's too many.
            what: `decision`, `moment`, or the scorer's name; each with its own caps.
        """
        caps, session, bucket = self.settings, body.get("session"), body.get("network")
        most = caps.session_decisions if what in _OF_POLICY else caps.session_labels
        if session and not self._admits_session(session, what, most=most):
            result = "session"
        elif not self._admits_network(bucket or 0, what):
            result = "network"
        else:
            result = "learned"
        self.heard[result] += 1
        return result == "learned"

    def _admits_session(self, session: str, what: str, *, most: int) -> bool:
        own = self.sessions.pop(session, {})
        own[what] = own.get(what, 0) + 1
        self.sessions[session] = own
        if len(self.sessions) > MOST_SESSIONS:
            del self.sessions[next(iter(self.sessions))]
        return own[what] <= most

    def _admits_network(self, bucket: int, what: str) -> bool:
        lately = self.lately.setdefault(what, Lately())
        if not lately.has_room(bucket, share=self.settings.network_share):
            return False
        lately.add(bucket)
        return True

    def take_heard(self) -> Counter[str]:
        """Return `heard` and count anew."""
        heard, self.heard = self.heard, Counter()
        return heard

    def state(self) -> dict[str, Any]:
        """Return the caps' counts as plain data, in their order."""
        return {
            "sessions": {session: dict(own) for session, own in self.sessions.items()},
            "networks": {what: last.plain() for what, last in self.lately.items()},
        }

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Become what `state` described."""
        sessions, networks = plain["sessions"], plain["networks"]
        self.sessions = {session: dict(own) for session, own in sessions.items()}
        self.lately = {what: Lately(found) for what, found in networks.items()}
