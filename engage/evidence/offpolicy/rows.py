"""Turns decision records into the arrays that off-policy estimates are made of."""

# Rules of this file: one pass, nothing kept of a record but its numbers. A row is a
# decision that was served, is no ghost and left a choice; what is left out is counted
# with its reason.

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engage.clock import epoch_s
from engage.deciding.context import CONTEXT, INTERACTIONS
from engage.deciding.draw import NONE, SUM_TOLERANCE
from engage.errors import BadRequest, EvidenceRefused
from engage.evidence.offpolicy.estimators import Array, Indices
from engage.evidence.offpolicy.policies import Target, asked
from engage.evidence.replay.recompute import context_in, field_of

Body = Mapping[str, Any]
Outcome = Literal["auto", "value", "reward"]

# Beside the context stand stake and intent x stake: what the visitor would buy, and
# what that is worth by intent.
_INTERACTING: Final = tuple(CONTEXT.index(name) for name in INTERACTIONS)
_SPENT: Final = ("promised_eur", "chats", "cards")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogRows:
    """n decisions over K actions, of one site.

    Attributes:
        actions: names, shape (K,).
        logged, target, predicted: shape (n, K); 0 where an action was not eligible.
        drawn: shape (n,), index of the action drawn.
        outcome: shape (n,), EUR.
        label: shape (n,), what was known first of the outcome: the short close.
        at_s, known_s: shape (n,), when it was decided and when the label was known.
        context: shape (n, d); interacting: shape (n, e).
        visitors: shape (n,), a number each; visits: the same of their sessions.
        moments, segments: shape (n,), names.
        snapshots: shape (n,), which decided.
        spent: outcomes that cost something, shape (n,) each, by name.
        settled: rows whose outcome is the long close's value.
        left_out: decisions that are no rows, by reason.
        budget_eur: left in all pools at the first decision and at the last one, None
            if there are none.
    """

    actions: tuple[str, ...]
    logged: Array
    target: Array
    predicted: Array
    drawn: Indices
    outcome: Array
    label: Array
    at_s: Array
    known_s: Array
    context: Array
    interacting: Array
    visitors: Indices
    visits: Indices
    moments: NDArray[np.str_]
    segments: NDArray[np.str_]
    snapshots: Indices
    spent: dict[str, Array]
    settled: int
    left_out: dict[str, int]
    budget_eur: tuple[float, float] | None

    @property
    def is_adaptive(self) -> bool:
        """Whether what decided changed along the log."""
        return np.unique(self.snapshots).size > 1


def rows_of(
    bodies: Iterable[Body], target: Target, *, outcome: Outcome = "auto"
) -> LogRows:
    """Return the rows of one site's decision records.

    Args:
        bodies: records, in any order.
        target: the policy to be evaluated.
        outcome: `value` (long close), `reward` (short close), or `auto`: the value
            where a decision is settled, else the reward.

    Raises:
        BadRequest: the target's answer is no distribution, or needs an action that is
            never eligible.
        EvidenceRefused: there is no row, or a logged propensity is not the one of its
            distribution.
    """
    builder = _Builder(target=target, outcome=outcome)
    for body in bodies:
        builder.add(body)
    return builder.rows()


class _Row(NamedTuple):
    """One decision; who, visit and action are numbers in the builder's order."""

    at_s: float
    known_s: float
    outcome: float
    label: float
    promised_eur: float
    chats: float
    cards: float
    drawn: int
    visitor: int
    visit: int
    snapshot: int
    moment: str
    segment: str
    context: Array


@dataclass(slots=True, kw_only=True)
class _Builder:
    """Collects rows; one a call of `add`."""

    target: Target
    outcome: Outcome
    actions: dict[str, int] = field(default_factory=lambda: {NONE: 0})
    visitors: dict[str, int] = field(default_factory=dict)
    visits: dict[str, int] = field(default_factory=dict)
    found: list[_Row] = field(default_factory=list)
    # Row, action, and there the logged, the target's and the predicted.
    cells: list[tuple[int, int, float, float, float]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    settled: int = 0
    budgets: list[tuple[float, float]] = field(default_factory=list)

    def add(self, body: Body) -> None:
        """Add a record, or count why it is none."""
        at_s = epoch_s(body["at"])
        self._note_budget(body, at_s)
        why = self._why_not(body, at_s)
        if why:
            self.left_out[why] += 1
            return
        outcome = self._outcome(body)
        if outcome is None:
            self.left_out["not closed yet"] += 1
            return
        self._add_cells(body)
        self.found.append(self._row(body, at_s, float(outcome)))
        self.settled += body.get("value") is not None and self.outcome != "reward"

    def _note_budget(self, body: Body, at_s: float) -> None:
        """Keep what is left in all pools at the first and at the last decision."""
        left = field_of(body, "inputs").get("budget_left") or {}
        if left:
            self.budgets.append((at_s, sum(left.values()) / 100))
            self.budgets = [min(self.budgets), max(self.budgets)]

    def _why_not(self, body: Body, at_s: float) -> str:
        if not field_of(body, "served"):
            return "not served"
        if field_of(body, "ghost") is not None:
            return "ghost"
        if len(field_of(body, "eligible")) < 2:
            return "no choice"
        if "failed" in (body.get("exploration") or ()):
            return "the policy failed, so there was no draw"
        if self.target.after_s is not None and at_s <= self.target.after_s:
            return "before the policy's training ended"
        return ""

    def _outcome(self, body: Body) -> float | None:
        """Return the row's outcome, EUR, None as long as it is not known."""
        value, reward = body.get("value"), body.get("reward")
        if self.outcome == "value":
            return value
        if self.outcome == "reward":
            return reward
        return reward if value is None else value

    def _add_cells(self, body: Body) -> None:
        row, distribution = len(self.found), field_of(body, "distribution")
        propensity = field_of(body, "propensity")
        said = distribution.get(body["action"], 0.0)
        if not abs(said - propensity) <= SUM_TOLERANCE or said <= 0.0:
            raise EvidenceRefused(
                f"propensity of {body['decision']} must be its distribution's "
                f"{said!r}, got {propensity!r}"
            )
        target, predicted = asked(self.target, body), field_of(body, "predictions")
        for action in body["eligible"]:
            column = self.actions.setdefault(action, len(self.actions))
            self.cells.append(
                (
                    row,
                    column,
                    distribution.get(action, 0.0),
                    target[action],
                    predicted.get(action, 0.0),
                )
            )

    def _row(self, body: Body, at_s: float, outcome: float) -> _Row:
        reward, closed_at = body.get("reward"), body.get("closed_at")
        known_at = body.get("settled_at") if reward is None else closed_at
        stake = float(body.get("stake", 0.0))
        intent = float(field_of(body, "scores", "intent"))
        happened = [one["name"] for one in body.get("outcomes", ())]
        # An erased visitor's decisions can no longer be told to be one visitor's, but a
        # session's can.
        who = body.get("visitor") or f"session {body['session']}"
        visit = f"{who} {body['session']}"
        return _Row(
            at_s=at_s,
            known_s=epoch_s(known_at) if known_at else float("inf"),
            outcome=outcome,
            label=outcome if reward is None else float(reward),
            promised_eur=float(body.get("promised", 0.0)),
            chats=float(happened.count("chat_started")),
            cards=float(body["action"] != NONE),
            drawn=self.actions[body["action"]],
            visitor=self.visitors.setdefault(who, len(self.visitors)),
            visit=self.visits.setdefault(visit, len(self.visits)),
            snapshot=int(body["snapshot"]),
            moment=body["moment"],
            segment=str(body.get("segment", "")),
            context=np.concatenate((context_in(body), (stake, intent * stake))),
        )

    def rows(self) -> LogRows:
        """Return everything added as arrays."""
        self._check()
        logged, target, predicted = self._tables()
        columns = zip(_Row._fields, zip(*self.found, strict=True), strict=True)
        of = {name: np.array(column) for name, column in columns}
        budgets = [left for _, left in self.budgets]
        return LogRows(
            actions=tuple(self.actions),
            logged=logged,
            target=target,
            predicted=predicted,
            drawn=of["drawn"],
            outcome=of["outcome"],
            label=of["label"],
            at_s=of["at_s"],
            known_s=of["known_s"],
            context=of["context"],
            interacting=of["context"][:, list(_INTERACTING)],
            visitors=of["visitor"],
            visits=of["visit"],
            moments=of["moment"],
            segments=of["segment"],
            snapshots=of["snapshot"],
            spent={name: of[name] for name in _SPENT},
            settled=self.settled,
            left_out=dict(self.left_out),
            budget_eur=(budgets[0], budgets[-1]) if budgets else None,
        )

    def _check(self) -> None:
        """Return if there is something to evaluate."""
        if self.target.needs is not None and self.target.needs not in self.actions:
            raise BadRequest(
                f"{self.target.needs!r} is never eligible in this log; there are "
                f"{', '.join(self.actions)}"
            )
        if not self.found:
            why = ", ".join(f"{one}: {times}" for one, times in self.left_out.items())
            raise EvidenceRefused(
                f"no decision is evidence here ({why or 'empty log'})"
            )

    def _tables(self) -> Array:
        """Return logged, target and predicted, shape (3, n, K)."""
        tables = np.zeros((3, len(self.found), len(self.actions)))
        cells = np.array(self.cells)
        at, column = cells[:, 0].astype(np.intp), cells[:, 1].astype(np.intp)
        for index in range(3):
            tables[index, at, column] = cells[:, 2 + index]
        return tables
