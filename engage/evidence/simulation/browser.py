"""A simulated browser with the SDK in it: events in, beacons out, at the SDK's pace.

It batches as the SDK does: two seconds after the first event, what is urgent after
50 ms, what is left when the page goes. Pings come every 5 s of activity (10 s while a
card is open), `idle` at 10, 30 and 60 s without input. Each page load is a tab.
"""

# Rules of this file: no clock but its own, which `spend` moves; no randomness. What
# leaves it is a real beacon within the limits of the wire.

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Final

from engage.evidence.simulation.acts import Act, Confirm, Reply, Send, Visit
from engage.evidence.simulation.identity import Identity, Reaction
from engage.settings import PageKind
from engage.wire.beacon import Beacon, Event, Page
from engage.wire.decision import Answer, DecisionAnswer

BATCH_S: Final = 2.0
URGENT_S: Final = 0.05
PING_S: Final = 5.0
PING_WITH_CARD_S: Final = 10.0
# Input counts as activity for so long.
ACTIVE_S: Final = 5.0
IDLE_MARKS_S: Final = (10.0, 30.0, 60.0)
EVENTS: Final = 64
# What the SDK sends at once: it may be the last chance, or somebody waits for it.
URGENT: Final = frozenset(
    {
        "add_to_cart",
        "begin_checkout",
        "purchase",
        "exit_intent",
        "ask",
        "action_shown",
        "action_not_shown",
        "action_clicked",
        "action_dismissed",
        "action_expired",
        "chat_started",
    }
)
_LONG_AGO: Final = -1e9


@dataclass(slots=True)
class _Card:
    decision: DecisionAnswer
    reaction: Reaction
    shown_at_s: float


@dataclass(slots=True)
class Browser:
    """One visit's browser; times are seconds since the visit began.

    Attributes:
        react: asked what the shopper will do about a card.
        done: told the kind of a card and what became of it.
    """

    identity: Identity
    react: Callable[[DecisionAnswer], Reaction]
    done: Callable[[DecisionAnswer, str], None]
    now_s: float = 0.0
    page: Page = field(default_factory=lambda: Page(kind="other"))
    _queue: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    _acted_s: float = 0.0
    _due_s: float = math.inf
    _loads: int = 0
    _seq: int = 0
    _input_s: float = _LONG_AGO
    _active_s: float = 0.0
    _visible_s: float = 0.0
    _scroll: float = 0.0
    _marks: int = 0
    _card: _Card | None = None

    def note(self, name: str, **fields: Any) -> None:
        """Observe an event now; an input of the shopper, unless it is a silence."""
        if name not in {"ping", "idle", "tab_hidden"}:
            self._input_s, self._marks = self.now_s, 0
        self._queue.append((self.now_s, name, fields))
        wait_s = URGENT_S if name in URGENT else BATCH_S
        self._due_s = min(self._due_s, self.now_s + wait_s)

    def scroll(self, depth: float) -> None:
        """Scroll down to a share of the page, 0 to 1; an input."""
        self._scroll = max(self._scroll, depth)
        self._input_s, self._marks = self.now_s, 0

    def open(self, kind: PageKind, path: str) -> Visit:
        """Load another page: the last one says farewell, a new tab begins."""
        if self._loads:
            yield from self.leave()
        self._loads += 1
        self._seq, self._scroll = 0, 0.0
        self.page = Page(kind=kind, url=path, locale=self.identity.locale)
        self.note(
            "page_view", referrer_kind="internal" if self._loads > 1 else "search"
        )

    def leave(self) -> Visit:
        """The page goes: the card with it, and what was not sent is sent now."""
        if self._card is not None:
            self._report("action_expired")
            self.done(self._card.decision, "expire")
            self._card = None
        self._ping(least_s=0.1)
        self.note("tab_hidden")
        yield from self._flush(is_gone=True)

    def away(self, seconds: float) -> Visit:
        """Look at another tab for a while, and come back."""
        self._ping(least_s=0.1)
        self.note("tab_hidden")
        yield from self._flush(obstacle="hidden")
        self.now_s += seconds
        self.note("tab_visible", ms=round(seconds * 1000))

    def spend(self, seconds: float, *, still: bool = False) -> Visit:
        """Look at the page for a while, active unless `still`.

        Beacons, pings and what becomes of a card happen meanwhile.
        """
        until_s = self.now_s + seconds
        while True:
            if not still:
                self._input_s, self._marks = self.now_s, 0
            next_s = min(until_s, self._next_s(still=still))
            self._pass(next_s - self.now_s, still=still)
            yield from self._happen()
            if self.now_s >= until_s - 1e-9:
                return

    def attend(self) -> Visit:
        """Stay as long as the shopper is busy with a card that will not just expire."""
        while self._card is not None and self._card.reaction.how != "expire":
            due_s = self._card.shown_at_s + self._card.reaction.after_s
            yield from self.spend(max(due_s - self.now_s, 0.0))

    def _next_s(self, *, still: bool) -> float:
        """Return when something is due next."""
        dues = [self._due_s]
        left_s = self._ping_every_s() - self._active_s
        if not still:
            dues.append(self.now_s + max(left_s, 0.0))
        if still and self._marks < len(IDLE_MARKS_S):
            dues.append(self._input_s + IDLE_MARKS_S[self._marks])
        if self._card is not None:
            dues.append(self._card.shown_at_s + self._card.reaction.after_s)
        return max(min(dues), self.now_s)

    def _ping_every_s(self) -> float:
        return PING_S if self._card is None else PING_WITH_CARD_S

    def _pass(self, seconds: float, *, still: bool) -> None:
        active_s = seconds
        if still:
            active_s = max(0.0, min(seconds, self._input_s + ACTIVE_S - self.now_s))
        self._active_s += active_s
        self._visible_s += seconds
        self.now_s += seconds

    def _happen(self) -> Visit:
        """Do everything that is due now."""
        if self._active_s >= self._ping_every_s() - 1e-9:
            self._ping()
        marks = IDLE_MARKS_S[self._marks :]
        if marks and self.now_s - self._input_s >= marks[0] - 1e-9:
            self._marks += 1
            self.note("idle", ms=round(marks[0] * 1000))
        card = self._card
        if card and self.now_s >= card.shown_at_s + card.reaction.after_s - 1e-9:
            yield from self._conclude(card)
        if self.now_s >= self._due_s - 1e-9:
            yield from self._flush()

    def _ping(self, least_s: float = 0.0) -> None:
        if self._visible_s > least_s:
            self.note(
                "ping",
                active_ms=round(min(self._active_s, 3_600) * 1000),
                visible_ms=round(min(self._visible_s, 3_600) * 1000),
                scroll=round(self._scroll, 3),
            )
        self._active_s = self._visible_s = 0.0

    def _flush(self, *, is_gone: bool = False, obstacle: str = "") -> Visit:
        """Send what waits, and act on the answers; a page that is gone hears none."""
        waiting, self._queue, self._due_s = self._queue, [], math.inf
        for start in range(0, len(waiting), EVENTS):
            beacon = self._beacon(waiting[start : start + EVENTS])
            reply = yield Send(self._wait_s(), beacon, self.identity.gpc)
            self._seq += 1
            if isinstance(reply, Answer) and not is_gone:
                self._take(reply, obstacle=obstacle)

    def _wait_s(self) -> float:
        wait_s = self.now_s - self._acted_s
        self._acted_s = self.now_s
        return wait_s

    def _beacon(self, batch: list[tuple[float, str, dict[str, Any]]]) -> Beacon:
        one = self.identity
        events = tuple(
            Event(name=name, age_ms=round((self.now_s - at_s) * 1000), **fields)  # type: ignore[arg-type]  # names are those of the wire
            for at_s, name, fields in batch
        )
        return Beacon(
            v=1,
            site=one.site,
            visitor=one.visitor,
            session=one.session,
            tab=f"t_{self._loads}",
            seq=self._seq,
            consent=one.consent,
            page=self.page,
            customer=one.customer,
            events=events,
            automated=one.automated,
        )

    def _take(self, answer: Answer, *, obstacle: str) -> None:
        """Show a card, or take down what was revoked."""
        if self._card is not None and self._card.decision.id in answer.revoked:
            self.done(self._card.decision, "revoked")
            self._card = None
        decision = answer.decision
        if decision is None:
            return
        if self._card is not None:
            obstacle = "busy"
        elif self.page.kind == "payment":
            obstacle = "payment_step"
        if obstacle:
            self._report("action_not_shown", decision, reason=obstacle)
            return
        reaction = self.react(decision)
        latest_s = decision.expires_in_ms / 1000
        if reaction.after_s >= latest_s:
            reaction = Reaction(how="expire", after_s=latest_s)
        self._card = _Card(decision, reaction, self.now_s)
        self._report("action_shown")

    def _conclude(self, card: _Card) -> Visit:
        """Click, dismiss or let expire; a chat asks first whether somebody is there."""
        how, decision = card.reaction.how, card.decision
        if how == "click":
            self._report("action_clicked")
            if decision.kind == "chat":
                how = yield from self._chat(decision)
        elif how == "dismiss":
            self._report("action_dismissed", by="close")
        else:
            self._report("action_expired")
        self._card = None
        self.done(decision, how)

    def _chat(self, decision: DecisionAnswer) -> Generator[Act, Reply, str]:
        yield from self._flush()
        is_free = yield Confirm(self._wait_s(), decision.id, decision.token)
        if is_free is not True:
            return "refused"
        self._report("chat_started", decision)
        return "click"

    def _report(
        self, name: str, decision: DecisionAnswer | None = None, **fields: Any
    ) -> None:
        about = decision or (self._card.decision if self._card else None)
        if about is not None:
            self.note(name, decision=about.id, token=about.token, **fields)
