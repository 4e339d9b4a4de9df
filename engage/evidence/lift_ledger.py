"""Folds a journal into what every visitor with a first moment was worth.

Reads each record once, in order; asking again costs a few array operations, so the
console can afford it every few seconds.
"""

# Rules of this file: one owner, one thread. Records that were never shown (`served:
# false`) and visitors who could not be shown anything (machines, no consent) are no
# evidence. An order counts once, whoever had a hand in it.

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from engage.evidence.lift_rows import Visitors
from engage.stores.base import Entry, Record

KINDS: Final = ("decision", "outcome", "order", "refund", "attributed")
"""Kinds of record the ledger reads."""

# Known before the first moment, and the same in both groups.
_OUTSIDE: Final = frozenset({"bot", "no_consent", "gpc"})
_MOST_VISITORS: Final = 1_000_000
# Orders whose visitor is not known yet, and refunds of orders not known yet.
_MOST_WAITING: Final = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What an intervention costs when it happens, in cents.

    Attributes:
        chat_cents: one chat that started.
        dismissal_cents: one card dismissed.
    """

    chat_cents: int = 400
    dismissal_cents: int = 10


class _Words:
    """Names as small numbers, and back."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        """Return the number of a name; a new name gets the next one."""
        known = self._numbers.setdefault(name, len(self.names))
        if known == len(self.names):
            self.names.append(name)
        return known

    def column(self, numbers: array[int]) -> Any:
        """Return the names behind numbers, shape (n,)."""
        names = np.array(self.names or [""])
        return names[np.array(numbers, dtype=np.intp)]


class Ledger:
    """Visitors, their orders and their costs, as columns that only grow.

    Args:
        costs: what interventions cost when they happen.
        most: visitors kept; later ones are only counted.
    """

    def __init__(
        self, costs: Costs | None = None, *, most: int = _MOST_VISITORS
    ) -> None:
        self._costs = costs or Costs()
        self._most = most
        self._left_out = 0
        self._row: dict[str, int] = {}
        self._first: list[str] = []
        self._at_s, self._share = array("d"), array("d")
        self._is_holdout, self._is_shown = array("b"), array("b")
        self._words = {name: _Words() for name in ("action", "moment", "segment")}
        self._numbers = {name: array("l") for name in self._words}
        self._order: dict[str, int] = {}
        self._order_row, self._order_at_s = array("l"), array("d")
        self._money = {n: array("d") for n in ("value", "margin", "refunded")}
        self._cost_row, self._cost_at_s, self._cost = array("l"), array("d"), array("d")
        self._unjoined: dict[str, Record] = {}
        self._refunds: dict[str, float] = {}
        self._verbs: dict[str, Callable[[Record], None]] = {
            "decision": self._decision,
            "outcome": self._outcome,
            "order": self._take_order,
            "refund": self._refund,
            "attributed": self._attributed,
        }

    def take(self, entry: Entry) -> None:
        """Note one record; kinds that say nothing about lift are passed over."""
        verb = self._verbs.get(entry.record.kind)
        if verb is not None:
            verb(entry.record)

    def visitors(self, *, horizon_s: float, at_s: float) -> Visitors:
        """Return everybody known, each with what happened within the horizon.

        Args:
            horizon_s: seconds from the first moment in which money counts, > 0.
            at_s: now, epoch seconds.
        """
        first_s, n = np.array(self._at_s), len(self._at_s)
        rows = np.array(self._order_row, dtype=np.intp)
        delay_s = np.array(self._order_at_s) - first_s[rows]
        inside = (delay_s >= 0) & (delay_s <= horizon_s)
        value, margin, refunded = (np.array(self._money[m]) for m in self._money)
        # A refund takes its share of the margin away.
        kept = 1 - np.divide(
            refunded, value, out=np.zeros_like(value), where=value > 0
        ).clip(0, 1)
        sums = [
            np.bincount(rows[inside], weights=amounts[inside], minlength=n)
            for amounts in (np.ones_like(value), value * kept, margin * kept)
        ]
        payers = np.array(self._cost_row, dtype=np.intp)
        is_paid = np.array(self._cost_at_s) - first_s[payers] <= horizon_s
        costs = np.array(self._cost)[is_paid]
        spent = np.bincount(payers[is_paid], weights=costs, minlength=n)
        names = {
            name: self._words[name].column(self._numbers[name]) for name in self._words
        }
        return Visitors(
            at_s=first_s,
            is_holdout=np.array(self._is_holdout, dtype=bool),
            share=np.array(self._share),
            orders=sums[0].astype(np.float64),
            revenue=sums[1] / 100,
            margin=(sums[2] - spent) / 100,
            is_over=first_s + horizon_s <= at_s,
            is_shown=np.array(self._is_shown, dtype=bool),
            left_out=self._left_out,
            **names,
        )

    def _decision(self, record: Record) -> None:
        body, subject = record.body, record.subject
        if subject is None or not body["first_ever"] or not body["served"]:
            return
        if subject in self._row or _OUTSIDE.intersection(body["refused"].values()):
            return
        if len(self._first) >= self._most:
            self._left_out += 1
            return
        self._row[subject] = len(self._first)
        self._first.append(record.key)
        self._at_s.append(record.at_s)
        self._share.append(body["holdout_share"])
        self._is_holdout.append(body["group"] == "holdout")
        self._is_shown.append(0)
        drawn = (body["ghost"] or body)["action"]
        words = (drawn, body["moment"], body.get("segment") or "unknown")
        for name, word in zip(self._words, words, strict=True):
            self._numbers[name].append(self._words[name].number(word))

    def _outcome(self, record: Record) -> None:
        row = self._row.get(record.subject or "")
        if row is None:
            return
        name = record.body["name"]
        if name == "shown" and self._first[row] == record.key:
            self._is_shown[row] = 1
        elif name == "chat_started":
            self._spend(row, record.at_s, self._costs.chat_cents)
        elif name == "dismissed":
            self._spend(row, record.at_s, self._costs.dismissal_cents)

    def _spend(self, row: int, at_s: float, cents: int) -> None:
        self._cost_row.append(row)
        self._cost_at_s.append(at_s)
        self._cost.append(cents)

    def _take_order(self, record: Record) -> None:
        if record.key in self._order:
            return
        if record.subject is None:
            self._unjoined[record.key] = record
            _forget_oldest(self._unjoined)
            return
        self._count(record, record.subject)

    def _count(self, record: Record, subject: str) -> None:
        row = self._row.get(subject)
        # Without a moment before it an order is nobody's evidence.
        if row is None:
            return
        self._order[record.key] = len(self._order_row)
        self._order_row.append(row)
        self._order_at_s.append(record.at_s)
        self._money["value"].append(record.body["value_cents"])
        self._money["margin"].append(record.body.get("margin_cents") or 0)
        self._money["refunded"].append(self._refunds.pop(record.key, 0.0))

    def _attributed(self, record: Record) -> None:
        order = self._unjoined.pop(record.key, None)
        if order is not None and record.subject is not None:
            self._count(order, record.subject)

    def _refund(self, record: Record) -> None:
        cents = float(record.body["refund_cents"])
        place = self._order.get(record.key)
        if place is not None:
            self._money["refunded"][place] += cents
            return
        self._refunds[record.key] = self._refunds.get(record.key, 0.0) + cents
        _forget_oldest(self._refunds)


def _forget_oldest(waiting: dict[str, Any]) -> None:
    if len(waiting) > _MOST_WAITING:
        del waiting[next(iter(waiting))]
