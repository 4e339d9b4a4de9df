"""Turns decision records into the arrays that off-policy estimates are made of."""

# Rules of this file: one pass, nothing kept of a record but its numbers. A row is a
# decision that was served, is no ghost and left a choice; what is left out is counted
# with its reason.

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from engage.clock import epoch_s
from engage.deciding.context import CONTEXT, INTERACTIONS
from engage.deciding.draw import NONE, SUM_TOLERANCE
from engage.errors import BadRequest, EvidenceRefused
from engage.evidence.estimators import Array, Indices
from engage.evidence.policies_of import Target, asked
from engage.evidence.recompute import context_in, field_of

Body = Mapping[str, Any]
Outcome = Literal["auto", "value", "reward"]

# Beside the context stand stake and intent x stake: what the visitor would buy, and
# what that is worth by intent.
_INTERACTING: Final = tuple(CONTEXT.index(name) for name in INTERACTIONS)


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


@dataclass(slots=True, kw_only=True)
class _Builder:
    """Collects rows; one a call of `add`."""

    target: Target
    outcome: Outcome
    actions: dict[str, int] = field(default_factory=lambda: {NONE: 0})
    visitors: dict[str, int] = field(default_factory=dict)
    visits: dict[str, int] = field(default_factory=dict)
    cells: list[tuple[int, int, float, float, float]] = field(default_factory=list)
    numbers: list[tuple[float, ...]] = field(default_factory=list)
    contexts: list[Array] = field(default_factory=list)
    names: list[tuple[str, str]] = field(default_factory=list)
    keys: list[tuple[int, int, int, int]] = field(default_factory=list)
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
        found = self._outcome(body)
        if found is None:
            self.left_out["not closed yet"] += 1
            return
        self._add_cells(body)
        self._add_numbers(body, at_s, found)

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
        row, distribution = len(self.keys), field_of(body, "distribution")
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

    def _add_numbers(self, body: Body, at_s: float, outcome: float) -> None:
        reward, closed_at = body.get("reward"), body.get("closed_at")
        settled_at, is_settled = body.get("settled_at"), body.get("value") is not None
        label = outcome if reward is None else reward
        known = closed_at if reward is not None else settled_at
        happened = [one["name"] for one in body.get("outcomes", ())]
        promised = float(body.get("promised", 0.0))
        self.numbers.append(
            (
                at_s,
                epoch_s(known) if known else float("inf"),
                float(outcome),
                float(label),
                promised,
                float(happened.count("chat_started")),
                float(body["action"] != NONE),
            )
        )
        self.settled += is_settled and self.outcome != "reward"
        stake = float(body.get("stake", 0.0))
        intent = float(field_of(body, "scores", "intent"))
        context = context_in(body)
        self.contexts.append(np.concatenate((context, (stake, intent * stake))))
        self.names.append((body["moment"], str(body.get("segment", ""))))
        # An erased visitor's decisions can no longer be told to be one visitor's, but a
        # session's can.
        who = body.get("visitor") or f"session {body['session']}"
        visitor = self.visitors.setdefault(who, len(self.visitors))
        drawn = self.actions[body["action"]]
        session = f"{who} {body['session']}"
        visit = self.visits.setdefault(session, len(self.visits))
        self.keys.append((drawn, visitor, int(body["snapshot"]), visit))

    def rows(self) -> LogRows:
        """Return everything added as arrays."""
        self._check()
        tables = self._tables()
        numbers, keys = np.array(self.numbers), np.array(self.keys, dtype=np.intp)
        context, names = np.array(self.contexts), np.array(self.names)
        return LogRows(
            actions=tuple(self.actions),
            logged=tables[0],
            target=tables[1],
            predicted=tables[2],
            drawn=keys[:, 0],
            visitors=keys[:, 1],
            snapshots=keys[:, 2],
            visits=keys[:, 3],
            at_s=numbers[:, 0],
            known_s=numbers[:, 1],
            outcome=numbers[:, 2],
            label=numbers[:, 3],
            spent={
                "promised_eur": numbers[:, 4],
                "chats": numbers[:, 5],
                "cards": numbers[:, 6],
            },
            context=context,
            interacting=context[:, list(_INTERACTING)],
            moments=names[:, 0],
            segments=names[:, 1],
            settled=self.settled,
            left_out=dict(self.left_out),
            budget_eur=(self.budgets[0][1], self.budgets[-1][1])
            if self.budgets
            else None,
        )

    def _check(self) -> None:
        """Return if there is something to evaluate."""
        if self.target.needs is not None and self.target.needs not in self.actions:
            raise BadRequest(
                f"{self.target.needs!r} is never eligible in this log; there are "
                f"{', '.join(self.actions)}"
            )
        if not self.keys:
            why = ", ".join(f"{one}: {times}" for one, times in self.left_out.items())
            raise EvidenceRefused(
                f"no decision is evidence here ({why or 'empty log'})"
            )

    def _tables(self) -> Array:
        """Return logged, target and predicted, shape (3, n, K)."""
        tables = np.zeros((3, len(self.keys), len(self.actions)))
        cells = np.array(self.cells)
        at, column = cells[:, 0].astype(np.intp), cells[:, 1].astype(np.intp)
        for index in range(3):
            tables[index, at, column] = cells[:, 2 + index]
        return tables
