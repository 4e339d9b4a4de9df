"""Folds a journal into what every visitor with a first moment was worth.

Reads each record once, in order; asking again costs a few array operations, so the
console can afford it every few seconds.
"""

# Rules of this file: one owner, one thread. Records that were never shown (`served:
# false`) and visitors who could not be shown anything (machines, no consent) are no
# evidence. An order counts once, whoever had a hand in it.

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import orjson

from engage.deciding.draw import NONE
from engage.evidence.lift.adjust import COVARIATES, covariates_of
from engage.evidence.lift.rows import Visitors, Words
from engage.evidence.sequences.means import Floats
from engage.stores.base import Entry, Record

KINDS: Final = ("decision", "outcome", "order", "refund", "attributed")
"""Kinds of record the ledger reads."""

# Known before the first moment, and the same in both groups.
_OUTSIDE: Final = frozenset({"bot", "no_consent", "gpc"})
_MOST_VISITORS: Final = 1_000_000
# Orders whose visitor is not known yet, refunds of orders not known yet, and visitors
# of whom something is known before their first moment.
_MOST_WAITING: Final = 50_000
# Of one such visitor; workers are seconds apart.
_MOST_EARLY: Final = 20
# All that is read of what waits.
_EARLY: Final = ("served", "eligible", "name", "value_cents", "margin_cents")
# Kind, key, time and body of what waits: plain, for there may be a million of them, and
# what a collector has to look through holds up the process that answers visitors.
_Early = tuple[str, str, float, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What an intervention costs when it happens, in cents.

    Attributes:
        chat_cents: one chat that started.
        dismissal_cents: one card dismissed.
    """

    chat_cents: int = 400
    dismissal_cents: int = 10

    @property
    def told(self) -> str:
        """What was taken off margins, in a sentence."""
        chat, dismissal = self.chat_cents / 100, self.dismissal_cents / 100
        return (
            f"Taken off margins: {chat:.2f} for each chat, {dismissal:.2f} for each "
            "dismissed card."
        )


# Returns what interventions cost at a site.
CostsOf = Callable[[str], Costs]


class Ledger:
    """Visitors, their orders and their costs, as columns that only grow.

    Args:
        costs: what interventions cost when they happen.
        most: visitors kept; later ones are only counted.
    """

    def __init__(
        self, costs: Costs | None = None, *, most: int = _MOST_VISITORS
    ) -> None:
        self.costs = costs or Costs()
        self._most = most
        self._left_out = 0
        self._row: dict[str, int] = {}
        self._first: list[str] = []
        self._at_s, self._share = array("d"), array("d")
        self._is_holdout, self._is_shown = array("b"), array("b")
        self._words = {name: Words() for name in ("action", "moment", "segment")}
        self._numbers = {name: array("l") for name in self._words}
        self._order: dict[str, int] = {}
        self._order_row, self._order_at_s = array("l"), array("d")
        self._money = {n: array("d") for n in ("value", "margin", "refunded")}
        self._cost_row, self._cost_at_s, self._cost = array("l"), array("d"), array("d")
        # When the visitor's next decision came, and what was known at the first one.
        self._next_s, self._none_p = array("d"), array("d")
        self._covariates = array("f")
        self._unjoined: dict[str, Record] = {}
        self._refunds: dict[str, float] = {}
        # Of several workers one may be heard before another whose decision came first.
        self._early: dict[str, tuple[_Early, ...]] = {}
        self._nobody: dict[str, None] = {}
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
        first_s = np.array(self._at_s)
        end_s = first_s + horizon_s
        orders, revenue, margin = self._sums(end_s)
        alone_s = np.minimum(end_s, np.array(self._next_s))
        orders_alone, _, margin_alone = self._sums(alone_s)
        names = {
            name: self._words[name].column(self._numbers[name]) for name in self._words
        }
        return Visitors(
            at_s=first_s,
            is_holdout=np.array(self._is_holdout, dtype=bool),
            share=np.array(self._share),
            orders=orders,
            revenue=revenue,
            margin=margin,
            is_over=end_s <= at_s,
            is_shown=np.array(self._is_shown, dtype=bool),
            none_p=np.array(self._none_p),
            covariates=np.array(self._covariates, dtype=np.float64).reshape(
                len(first_s), len(COVARIATES)
            ),
            margin_alone=margin_alone,
            ordered_alone=orders_alone > 0,
            left_out=self._left_out,
            **names,
        )

    def _sums(self, end_s: Floats) -> tuple[Floats, Floats, Floats]:
        """Return orders, revenue and margin of everybody up to a time of their own."""
        first_s, n = np.array(self._at_s), len(self._at_s)
        rows = np.array(self._order_row, dtype=np.intp)
        at_s = np.array(self._order_at_s)
        inside = (at_s >= first_s[rows]) & (at_s <= end_s[rows])
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
        is_paid = np.array(self._cost_at_s) <= end_s[payers]
        costs = np.array(self._cost)[is_paid]
        spent = np.bincount(payers[is_paid], weights=costs, minlength=n)
        return sums[0].astype(np.float64), sums[1] / 100, (sums[2] - spent) / 100

    def _decision(self, record: Record) -> None:
        body, subject = record.body, record.subject
        if subject is None or not body["served"]:
            return
        row = self._row.get(subject)
        if row is not None:
            # Where only `none` was left nothing could be shown to either group.
            if len(body.get("eligible") or ()) > 1:
                self._next_s[row] = min(self._next_s[row], record.at_s)
            return
        if not body["first_ever"]:
            self._wait(record, subject)
            return
        early = self._early.pop(subject, ())
        is_outside = bool(_OUTSIDE.intersection(body["refused"].values()))
        if is_outside or len(self._first) >= self._most:
            self._left_out += not is_outside
            # What comes later has no first moment to wait for.
            self._nobody[subject] = None
            _forget_oldest(self._nobody)
            return
        self._enter(record, subject)
        for kind, key, at_s, known in early:
            # What was before the first moment is nobody's evidence.
            if at_s >= record.at_s:
                body = orjson.loads(known)
                self._verbs[kind](
                    replace(record, kind=kind, key=key, at_s=at_s, body=body)
                )

    def _enter(self, record: Record, subject: str) -> None:
        """Begin a visitor's row with the first moment."""
        body = record.body
        self._row[subject] = len(self._first)
        self._first.append(record.key)
        self._at_s.append(record.at_s)
        self._share.append(body["holdout_share"])
        self._is_holdout.append(body["group"] == "holdout")
        self._is_shown.append(0)
        self._next_s.append(math.inf)
        self._covariates.extend(covariates_of(body))
        drawn = body["ghost"] or body
        self._none_p.append((drawn.get("distribution") or {}).get(NONE, 1.0))
        words = (drawn["action"], body["moment"], body.get("segment") or "unknown")
        for name, word in zip(self._words, words, strict=True):
            self._numbers[name].append(self._words[name].number(word))

    def _wait(self, record: Record, subject: str) -> None:
        """Keep what came before the first moment was heard of."""
        early = self._early.get(subject, ())
        if len(early) < _MOST_EARLY and subject not in self._nobody:
            body = {name: record.body[name] for name in _EARLY if name in record.body}
            known = (record.kind, record.key, record.at_s, orjson.dumps(body))
            self._early[subject] = (*early, known)
            _forget_oldest(self._early)

    def _outcome(self, record: Record) -> None:
        if record.subject is None:
            return
        row = self._row.get(record.subject)
        if row is None:
            self._wait(record, record.subject)
            return
        name = record.body["name"]
        if name == "shown" and self._first[row] == record.key:
            self._is_shown[row] = 1
        elif name == "chat_started":
            self._spend(row, record.at_s, self.costs.chat_cents)
        elif name == "dismissed":
            self._spend(row, record.at_s, self.costs.dismissal_cents)

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
        if row is None:
            self._wait(record, subject)
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
