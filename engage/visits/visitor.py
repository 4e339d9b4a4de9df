"""A visitor: what is remembered of a pseudonymous person across sessions.

Group and caps must hold across visits, so they live here and not in the session.
"""

# Rules of this file: a plain value with pure changes; every tuple is bounded. The
# visitor id itself is not in it: the subject key stands for it, so that erasing the
# mapping erases the person.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec.structs import asdict, replace

from engage.errors import StoreError

Group = Literal["treatment", "holdout"]

MAX_SHOWN: Final = 16
MAX_DISMISSED: Final = 16
MAX_SESSIONS: Final = 4
MAX_DRAWN: Final = 16
# Caps look back a day or an hour; a week also serves reports.
SHOWN_KEPT_S: Final = 7 * 86_400.0


class VisitorFields(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The fields of a visitor, by name: the form of its ledger row."""

    subject: str
    group: Group
    holdout_share: float
    first_at_s: float
    visit_index: int = 0
    orders: int = 0
    decisions: int = 0
    first_moment_at_s: float | None = None
    last_draw_at_s: float | None = None
    shown: tuple[tuple[str, str, float], ...] = ()
    dismissed: tuple[tuple[str, float], ...] = ()
    sessions: tuple[str, ...] = ()
    drawn: tuple[tuple[str, str, float], ...] = ()
    last_ask_at_s: float | None = None


class Visitor(VisitorFields, frozen=True, gc=False, kw_only=True, array_like=True):
    """One visitor of one site; times are epoch seconds.

    Attributes:
        subject: random key that stands for the visitor in journal and exports.
        group: as first assigned; it never changes, not even when the shop says who it
            is: see "One group a visitor" in ARCHITECTURE.md.
        holdout_share: the share that held when the group was assigned, [0, 1].
        first_at_s: first ever seen.
        visit_index: visits so far, the running one included, from 1.
        orders: orders known over the customer's lifetime.
        decisions: decisions made so far, `none` and ghosts included.
        first_moment_at_s: when the first moment came, or None.
        last_draw_at_s: when the dice were last thrown, or None; the cool-down.
        shown: (intervention id, kind, at_s), newest last, at most 16 within 7 days.
        dismissed: (intervention id, at_s), the latest of each, at most 16.
        sessions: ids of the latest visits, newest last, at most 4.
        drawn: (decision id, session id, at_s), newest last, at most 16.
        last_ask_at_s: when they were last thrown because somebody asked, or None.

    >>> ada = Visitor(subject="k_1", group="treatment", holdout_share=0.2, first_at_s=0)
    >>> ada.with_shown("autumn10", "discount", at_s=5.0).shown
    (('autumn10', 'discount', 5.0),)
    """

    @property
    def recent(self) -> tuple[tuple[str, float], ...]:
        """The latest decisions with their times, newest last, at most 16."""
        return tuple((decision, at_s) for decision, _, at_s in self.drawn)

    def recent_in(self, session_id: str) -> tuple[tuple[str, float], ...]:
        """The latest decisions of one session with their times, newest last."""
        return tuple(
            (one, at_s) for one, where, at_s in self.drawn if where == session_id
        )

    def with_recent(self, decision: str, *, session: str, at_s: float) -> Visitor:
        """Return the visitor with a decision remembered; the oldest makes room."""
        return replace(
            self, drawn=(*self.drawn, (decision, session, at_s))[-MAX_DRAWN:]
        )

    def with_visit(self, session_id: str, *, at_s: float) -> Visitor:
        """Return the visitor with a visit begun; one known already changes nothing."""
        if session_id in self.sessions:
            return self
        sessions = (*self.sessions, session_id)[-MAX_SESSIONS:]
        return replace(
            self,
            visit_index=self.visit_index + 1,
            sessions=sessions,
            first_at_s=min(self.first_at_s, at_s),
        )

    def with_orders(self, orders: int) -> Visitor:
        """Return the visitor with at least this many orders known."""
        return self if orders <= self.orders else replace(self, orders=orders)

    def with_moment(self, *, at_s: float) -> Visitor:
        """Return the visitor with the first moment noted; later ones change nothing."""
        if self.first_moment_at_s is not None:
            return self
        return replace(self, first_moment_at_s=at_s)

    def with_decision(self) -> Visitor:
        """Return the visitor with one decision more."""
        return replace(self, decisions=self.decisions + 1)

    def with_draw(self, *, at_s: float, asked: bool = False) -> Visitor:
        """Return the visitor with the dice thrown; the cool-down counts from it."""
        last_ask_at_s = at_s if asked else self.last_ask_at_s
        return replace(self, last_draw_at_s=at_s, last_ask_at_s=last_ask_at_s)

    def with_shown(self, intervention_id: str, kind: str, *, at_s: float) -> Visitor:
        """Return the visitor with a card shown; what is older than a week goes."""
        kept = tuple(card for card in self.shown if at_s - card[2] <= SHOWN_KEPT_S)
        return replace(self, shown=(*kept, (intervention_id, kind, at_s))[-MAX_SHOWN:])

    def with_dismissed(self, intervention_id: str, *, at_s: float) -> Visitor:
        """Return the visitor with a card dismissed; only its latest time is kept."""
        kept = tuple(card for card in self.dismissed if card[0] != intervention_id)
        return replace(
            self, dismissed=(*kept, (intervention_id, at_s))[-MAX_DISMISSED:]
        )

    def to_plain(self) -> dict[str, Any]:
        """Return the visitor as plain data; floats survive JSON exactly."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Visitor:
        """Return the visitor that `to_plain` gave.

        Raises:
            StoreError: the data is not a visitor; says which field.
        """
        try:
            return cls(**asdict(msgspec.convert(plain, VisitorFields)))
        except msgspec.ValidationError as error:
            raise StoreError(f"visitor cannot be read: {error}") from error
