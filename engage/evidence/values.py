"""What each action earned and what became of it, folded from a journal.

The mean reward of an action is not its effect: policies give actions to visitors whom
they suit. It is what an operator sees happen; effects stand in the lift report.
"""

# Rules of this file: one owner, one thread. Only what was sent and had a choice counts,
# as for the model. The mean correction is the surrogate's own audit.

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Final

from engage.stores.base import Entry, Record

KINDS: Final = ("decision", "outcome", "closed", "settled")
"""Kinds of record that are read."""

# Decisions waiting for their long close: a week of 28,000 a day.
_MOST_OPEN: Final = 200_000
# Two-sided 95 %, for a figure that is looked at, not decided on.
_Z: Final = 1.96


@dataclass(slots=True)
class Mean:
    """A running mean and its spread.

    >>> mean = Mean()
    >>> for x in (1.0, 2.0, 3.0):
    ...     mean.add(x)
    >>> mean.n, mean.mean, round(mean.half_width, 3)
    (3, 2.0, 1.132)
    """

    n: int = 0
    mean: float = 0.0
    _squares: float = 0.0

    def add(self, value: float) -> None:
        """Take one more number in (Welford's recursion)."""
        self.n += 1
        step = value - self.mean
        self.mean += step / self.n
        self._squares += step * (value - self.mean)

    @property
    def half_width(self) -> float | None:
        """Half of the plain 95 % interval; None for fewer than two numbers."""
        if self.n < 2:
            return None
        return _Z * math.sqrt(self._squares / (self.n - 1) / self.n)

    def plain(self) -> dict[str, Any]:
        """Return count, mean and half-width; the mean of nothing is None."""
        mean = self.mean if self.n else None
        return {"n": self.n, "mean": mean, "half_width": self.half_width}


@dataclass(slots=True)
class ActionValue:
    """One action's counts and money, site's currency."""

    sent: int = 0
    fates: dict[str, int] = field(default_factory=dict)
    reward: Mean = field(default_factory=Mean)
    correction: Mean = field(default_factory=Mean)

    def plain(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "sent": self.sent,
            "fates": dict(self.fates),
            "reward": self.reward.plain(),
            "correction": self.correction.plain(),
        }


class Values:
    """Rewards, corrections and fates by action."""

    def __init__(self) -> None:
        self.actions: dict[str, ActionValue] = {}
        self._open: dict[str, str] = {}

    def take(self, entry: Entry) -> None:
        """Note one record; other kinds are passed over."""
        record = entry.record
        if record.kind == "decision":
            self._decision(record)
            return
        action = self._open.get(record.key)
        if action is None:
            return
        known, body = self.actions[action], record.body
        if record.kind == "outcome":
            known.fates[body["name"]] = known.fates.get(body["name"], 0) + 1
        elif record.kind == "closed" and body.get("reward") is not None:
            known.reward.add(body["reward"])
        elif record.kind == "settled":
            del self._open[record.key]
            if body.get("correction") is not None:
                known.correction.add(body["correction"])

    def plain(self) -> dict[str, Any]:
        """Return everything by action as plain data, the most frequent first."""
        order = sorted(self.actions.items(), key=lambda item: -item[1].sent)
        return {name: known.plain() for name, known in order}

    def _decision(self, record: Record) -> None:
        body = record.body
        is_sent = body["served"] and body["ghost"] is None and len(body["eligible"]) > 1
        if not is_sent:
            return
        self.actions.setdefault(body["action"], ActionValue()).sent += 1
        self._open[record.key] = body["action"]
        if len(self._open) > _MOST_OPEN:
            del self._open[next(iter(self._open))]
