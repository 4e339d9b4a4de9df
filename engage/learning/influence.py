"""Caps what one session may teach: nobody moves a model by being busy.

A session's first decisions and labels count, later ones do not. Which is dropped is
settled before its draw, so what is left stays unbiased.

Reference: Rangi et al. 2021 (arXiv 2102.07711) on how little poison a bandit needs.
"""

# Rules of this file: counts only, bounded; the longest unseen session is forgotten.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

# Sessions remembered: an hour of a large shop, a day of a small one.
MOST_SESSIONS: Final = 4_000


@dataclass(slots=True)
class Influence:
    """Counts by session and what was learned from it.

    >>> caps = Influence()
    >>> [caps.admits("s_1", "decision", most=2) for _ in range(3)]
    [True, True, False]
    """

    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    def admits(self, session: str, what: str, *, most: int) -> bool:
        """Count one more thing to learn from a session; False once it is too many."""
        own = self.counts.pop(session, {})
        own[what] = own.get(what, 0) + 1
        self.counts[session] = own
        if len(self.counts) > MOST_SESSIONS:
            del self.counts[next(iter(self.counts))]
        return own[what] <= most

    def state(self) -> dict[str, Any]:
        """Return the counts as plain data, in their order."""
        return {session: dict(own) for session, own in self.counts.items()}

    def restore(self, plain: Mapping[str, Any]) -> None:
        """Become what `state` described."""
        self.counts = {session: dict(own) for session, own in plain.items()}
