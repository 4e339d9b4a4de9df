"""Which interventions may be offered now, and why the others may not.

Gates speak before the draw: a veto after it would make the logged propensity false.
Each is a small function; the first that objects gives the reason that is logged.
"""

# Rules of this file: pure; time, stock and consent come in as values. A new gate is one
# function and one line in `GATES`; the reasons are the contract's closed list. What
# visitors themselves ask for (moment `ask`) is not held back by a cool-down they did
# not ask for, by moment targeting or by an earlier dismissal. Caps hold for everyone,
# and an ask cools down like a draw: or a page could throw the dice until they fall as
# it likes.

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from engage.deciding.policies.rules import is_in_any, is_in_bounds
from engage.interventions.base import Inputs, Intervention
from engage.settings import GateSettings, ScheduleSettings, SiteSettings
from engage.visits.session import Session
from engage.visits.shapes import PAYMENT_STEP
from engage.visits.visitor import Visitor
from engage.wire.decision import Refusal

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_S: Final = 86_400.0
ASK: Final = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One intervention at one moment: all that a gate may look at."""

    session: Session
    visitor: Visitor
    intervention: Intervention[Any]
    moment: str
    inputs: Inputs
    settings: SiteSettings
    at_s: float

    @property
    def is_asked(self) -> bool:
        """Whether the visitor or the page asked for it."""
        return self.moment == ASK


Gate = Callable[[Case], Refusal | None]


def refusals(
    session: Session,
    visitor: Visitor,
    interventions: Iterable[Intervention[Any]],
    *,
    moment: str,
    inputs: Inputs,
    settings: SiteSettings,
    at_s: float,
) -> dict[str, Refusal]:
    """Return the reason for every intervention that may not be offered now.

    Args:
        session: the visit.
        visitor: who visits, with what they were shown and dismissed.
        interventions: the site's, in order.
        moment: kind of the moment, or `ask`.
        inputs: free agents, budgets, stock and local time, read once.
        settings: the site's.
        at_s: now, epoch seconds.

    Returns:
        One reason of the contract's closed list by intervention id; what is missing
        is eligible. `none` is never refused.
    """
    refused: dict[str, Refusal] = {}
    for intervention in interventions:
        case = Case(
            session=session,
            visitor=visitor,
            intervention=intervention,
            moment=moment,
            inputs=inputs,
            settings=settings,
            at_s=at_s,
        )
        reason = first_reason(case)
        if reason is not None:
            refused[intervention.id] = reason
    return refused


def first_reason(case: Case) -> Refusal | None:
    """Return the reason of the first gate that objects, or None."""
    for gate in GATES:
        if (reason := gate(case)) is not None:
            return reason
    return None


def belongs_on(intervention: Intervention[Any], page_kind: str) -> bool:
    """Tell whether an intervention belongs on pages of a kind."""
    pages = intervention.settings.pages
    return not pages or page_kind in pages


def is_cooling(
    session: Session, visitor: Visitor, settings: GateSettings, *, at_s: float
) -> bool:
    """Tell whether the dice were thrown a short while ago, here or in another tab."""
    for drawn_s in (session.last_draw_at_s, visitor.last_draw_at_s):
        if drawn_s is not None and at_s - drawn_s < settings.cooldown_s:
            return True
    return False


def local_time(at_s: float, time_zone: str) -> tuple[int, str]:
    """Return the minute of the day (0 to 1439) and the day's name in a time zone.

    >>> local_time(1_763_720_100.0, "Europe/Berlin")
    (675, 'fri')
    """
    local = datetime.fromtimestamp(at_s, tz=ZoneInfo(time_zone))
    return local.hour * 60 + local.minute, DAYS[local.weekday()]


def is_bot(case: Case) -> Refusal | None:
    """Nobody decides for a machine, unless the site welcomes them (tests, demos)."""
    is_welcome = case.settings.welcome_automated
    return "bot" if case.session.is_automated and not is_welcome else None


def lacks_consent(case: Case) -> Refusal | None:
    """Without consent to personalise nothing but `none` is ever drawn."""
    if case.session.consent_personalise:
        return None
    return "gpc" if case.session.is_gpc else "no_consent"


def is_paused(case: Case) -> Refusal | None:
    """The shop has switched it off, in its settings or by hand."""
    intervention = case.intervention
    is_off = intervention.settings.paused or intervention.id in case.inputs.paused
    return "paused" if is_off else None


def is_preview(case: Case) -> Refusal | None:
    """It is shown in previews only, never drawn."""
    return "preview_only" if case.intervention.settings.preview_only else None


def is_paying(case: Case) -> Refusal | None:
    """The payment step is never disturbed, by nothing and nobody."""
    session = case.session
    # Who has ordered in this visit may be paying again: the funnel cannot tell.
    is_late = session.page_kind == "checkout" and session.funnel >= PAYMENT_STEP
    return "payment_step" if session.page_kind == "payment" or is_late else None


def is_elsewhere(case: Case) -> Refusal | None:
    """It belongs on other pages."""
    is_there = belongs_on(case.intervention, case.session.page_kind)
    return None if is_there else "wrong_page"


def is_other_moment(case: Case) -> Refusal | None:
    """It belongs to other moments; who asks makes the moment."""
    moments = case.intervention.settings.moments
    is_wrong = bool(moments) and case.moment not in moments
    return "wrong_moment" if is_wrong and not case.is_asked else None


def is_other_segment(case: Case) -> Refusal | None:
    """It is meant for other visitors."""
    segments = case.intervention.settings.segments
    is_meant = not segments or case.session.segment in segments
    return None if is_meant else "wrong_segment"


def is_other_product(case: Case) -> Refusal | None:
    """It is meant for other categories or prices than the product on the page."""
    wanted, session = case.intervention.settings, case.session
    named = session.item_category, case.inputs.item_category
    if not is_in_any(named, wanted.categories):
        return "not_targeted"
    price_cents = session.item_price_cents
    is_unsaid = case.intervention.names_price and not price_cents
    if is_unsaid or not is_in_bounds(price_cents, wanted):
        return "not_targeted"
    return None


def is_closed(case: Case) -> Refusal | None:
    """It is outside its hours, in the site's time zone."""
    schedule = case.intervention.settings.schedule
    minute, day = case.inputs.local_minute, case.inputs.local_day
    is_open = any(is_within(span, minute=minute, day=day) for span in schedule)
    return None if is_open or not schedule else "outside_schedule"


def is_cooling_down(case: Case) -> Refusal | None:
    """The dice were thrown a short while ago; `none` and ghosts count, too.

    Who asks waits only for what came of an earlier ask.
    """
    gates, at_s = case.settings.gates, case.at_s
    if case.is_asked:
        asked_s = case.visitor.last_ask_at_s
        cooling = asked_s is not None and at_s - asked_s < gates.cooldown_s
    else:
        cooling = is_cooling(case.session, case.visitor, gates, at_s=at_s)
    return "cooling_down" if cooling else None


def is_capped(case: Case) -> Refusal | None:
    """Enough was shown: in this visit, within a day, or of this kind lately."""
    gates, visitor = case.settings.gates, case.visitor
    if case.session.shown_count >= gates.max_per_session:
        return "capped"
    today = [at_s for _, _, at_s in visitor.shown if case.at_s - at_s < DAY_S]
    if len(today) >= gates.max_per_visitor_day:
        return "capped"
    since_s = case.at_s - gates.kind_pause_s
    kinds = {kind for _, kind, at_s in visitor.shown if at_s > since_s}
    return "capped" if case.intervention.kind in kinds else None


def was_dismissed(case: Case) -> Refusal | None:
    """This visitor closed this very card lately; asking lifts that."""
    if case.is_asked:
        return None
    since_s = case.at_s - case.settings.gates.dismissed_pause_s
    lately = {name for name, at_s in case.visitor.dismissed if at_s > since_s}
    return "dismissed_before" if case.intervention.id in lately else None


def is_unavailable(case: Case) -> Refusal | None:
    """The kind itself objects: no agent, no stock, no budget, no margin."""
    return case.intervention.refusal(case.session, case.inputs)


# The order is part of the record: the first reason is the one that is logged.
GATES: Final[tuple[Gate, ...]] = (
    is_bot,
    lacks_consent,
    is_paused,
    is_preview,
    is_paying,
    is_elsewhere,
    is_other_moment,
    is_other_segment,
    is_other_product,
    is_closed,
    is_cooling_down,
    is_capped,
    was_dismissed,
    is_unavailable,
)


def is_within(schedule: ScheduleSettings, *, minute: int, day: str) -> bool:
    """Tell whether a local time lies in a schedule; the end is exclusive.

    A span that ends before it starts runs over midnight and belongs to the day it
    starts on.

    >>> late = ScheduleSettings(days=("fri",), from_time="22:00", to_time="02:00")
    >>> is_within(late, minute=60, day="sat"), is_within(late, minute=60, day="fri")
    (True, False)
    """
    start, end = minute_of(schedule.from_time), minute_of(schedule.to_time)
    if start < end:
        return day in schedule.days and start <= minute < end
    if minute >= start:
        return day in schedule.days
    return minute < end and day_before(day) in schedule.days


def minute_of(text: str) -> int:
    """Return the minute of the day of "HH:MM", 0 to 1440.

    >>> minute_of("24:00")
    1440
    """
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def day_before(day: str) -> str:
    """Return the name of the day before.

    >>> day_before("mon")
    'sun'
    """
    return DAYS[DAYS.index(day) - 1]
