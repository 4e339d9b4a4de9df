"""The challenger at work: whom it decides for, and what it may spend on them."""

# Rules of this file: an arm is drawn by visitor, never by decision. Each arm has its
# share of budgets and agents and cannot take the other's.

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from engage.deciding.arms import is_challenged
from engage.deciding.policies.base import Policy
from engage.interventions.base import Inputs
from engage.learning.snapshots import Snapshot
from engage.settings import SiteSettings


@dataclass(slots=True, kw_only=True)
class Challenger:
    """One stage of a trial, as the street sees it.

    Attributes:
        candidate: id of what is tried; deals the visitors.
        snapshot: what the challenger decides with.
        settings: the site's, with the candidate's way to explore.
        share: of the visitors whom it decides for, in (0, 1).
    """

    candidate: str
    snapshot: Snapshot
    settings: SiteSettings
    policy: Policy
    config_version: str
    share: float
    _at_first: dict[str, int] = field(default_factory=dict)
    _spent: Counter[tuple[bool, str]] = field(default_factory=Counter)

    def decides_for(self, salt: bytes, subject: str) -> bool:
        """Tell whether a visitor is in the challenger's arm."""
        return is_challenged(salt, subject, candidate=self.candidate, share=self.share)

    def part_of(self, inputs: Inputs, *, is_own: bool) -> Inputs:
        """Return what one arm may use of budgets and free agents.

        Of a budget an arm has its share of what there was when the stage began, less
        what it has promised since; of free agents its share of those free now.
        """
        share = self.share if is_own else 1.0 - self.share
        left = {}
        for pool, cents in inputs.budget_left.items():
            whole = self._at_first.setdefault(pool, cents)
            own = int(share * whole) - self._spent[is_own, pool]
            left[pool] = max(0, min(cents, own))
        agents = {group: share * free for group, free in inputs.free_agents.items()}
        idle = {group: share * free for group, free in inputs.idle_agents.items()}
        return replace(inputs, budget_left=left, free_agents=agents, idle_agents=idle)

    def note_spent(self, pool: str, cents: int, *, is_own: bool) -> None:
        """Count what an arm has promised."""
        self._spent[is_own, pool] += cents

    def hear_spent(self, pool: str, cents: int, *, is_own: bool) -> None:
        """Count what an arm has promised in another process.

        What was promised before this process first looked at a pool was missing from
        it then, and is not taken off twice.
        """
        if pool in self._at_first:
            self.note_spent(pool, cents, is_own=is_own)
