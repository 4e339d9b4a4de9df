"""What a report needs of the decision log, gathered in one pass."""

# Rules of this file: numbers only, and one record to explain. Decisions that were not
# served are no evidence; ghosts show what would have been drawn, and nothing more.

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engage.deciding.draw import NONE

Body = Mapping[str, Any]
Amounts = defaultdict[str, "array[float]"]

FATES: Final = ("shown", "clicked", "dismissed", "expired", "not_shown", "chat_started")
"""Outcomes of a card that are counted."""


def _amounts() -> Amounts:
    return defaultdict(lambda: array("d"))


def _indices() -> defaultdict[str, array[int]]:
    return defaultdict(lambda: array("l"))


@dataclass(slots=True, kw_only=True)
class Decisions:
    """Counts and columns of one site's decisions.

    Attributes:
        first_at, last_at: RFC 3339, empty without decisions.
        total: decisions, of which `no_choice` left nothing to decide and `ghosts` were
            not carried out.
        moments: decisions with a choice, by moment.
        refusals: actions taken away, by reason.
        chances: probability of each action, wherever it was eligible beside another.
        drawn: how often each was drawn then.
        fates: outcomes of cards, by action and name.
        rewards, values: at the short and the long close, of the same settled decisions,
            by action.
        visitors: whose those were, a number each, by action.
        last_snapshot: the newest that decided; -1 if none did.
        example: the latest decision in which a card was drawn, for an explanation.
    """

    first_at: str = ""
    last_at: str = ""
    total: int = 0
    no_choice: int = 0
    ghosts: int = 0
    moments: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    chances: Amounts = field(default_factory=_amounts)
    drawn: Counter[str] = field(default_factory=Counter)
    fates: Counter[tuple[str, str]] = field(default_factory=Counter)
    rewards: Amounts = field(default_factory=_amounts)
    values: Amounts = field(default_factory=_amounts)
    visitors: defaultdict[str, array[int]] = field(default_factory=_indices)
    last_snapshot: int = -1
    example: Body | None = None
    _numbers: dict[str, int] = field(default_factory=dict)

    def take(self, body: Body) -> None:
        """Note one decision record."""
        if not body["served"]:
            return
        self.total += 1
        self.first_at = min(self.first_at or body["at"], body["at"])
        self.last_at = max(self.last_at, body["at"])
        self.last_snapshot = max(self.last_snapshot, int(body["snapshot"]))
        self.refusals.update(body["refused"].values())
        if len(body["eligible"]) < 2:
            self.no_choice += 1
            return
        self.moments[body["moment"]] += 1
        draw = body["ghost"] or body
        self.drawn[draw["action"]] += 1
        for action, chance in draw["distribution"].items():
            self.chances[action].append(chance)
        if body["ghost"]:
            self.ghosts += 1
        else:
            self._take_outcome(body)

    def _take_outcome(self, body: Body) -> None:
        action = body["action"]
        for one in body["outcomes"]:
            if one["name"] in FATES:
                self.fates[action, one["name"]] += 1
        if body["value"] is not None and body["reward"] is not None:
            self.rewards[action].append(body["reward"])
            self.values[action].append(body["value"])
            who = body["visitor"] or body["session"]
            number = self._numbers.setdefault(who, len(self._numbers))
            self.visitors[action].append(number)
        if action != NONE:
            self.example = body
