"""What time brings: short closes, long closes, visits that end, labels that fall due.

Windows are durable timers in the journal, so a crash closes nothing twice and forgets
nothing: what is due after a restart is closed then.
"""

# Rules of this file: each close reads the decision as the journal has it and writes one
# record. Only a decision that was served and had a choice is learned from; ghosts are
# closed too, because lift compares like with like.

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engage.clock import epoch_s
from engage.learning.rewards import Effort, Prospect, Sale, long_value, short_reward
from engage.stores.base import Body, Known, Record, Window
from engage.street.notice import dwell_example, hesitation_example, look
from engage.street.site import Site
from engage.visits.session import Session, open_views, resolve_checkpoints
from engage.visits.visitor import Visitor

# Closed in one go; the rest waits for the next tick, so that no tick stalls the loop.
AT_ONCE = 200


async def tick(site: Site) -> int:
    """Close what is due and end silent visits; return how many of both."""
    at_s = site.clock.now_s()
    # What was queued before must be readable: a close sums up orders.
    await site.journal.append()
    due = site.journal.due_windows(site.key, at_s=at_s, limit=AT_ONCE)
    records: list[Record] = []
    for window in due:
        records += await _CLOSERS[window.kind](site, window, at_s)
    idle_s = at_s - site.settings.windows.session_idle_s
    ended = await site.store.idle(site.key, before_s=idle_s, limit=AT_ONCE)
    for known in ended:
        records += _end_visit(site, known, at_s=at_s)
    if records:
        await site.journal.append(*records)
    for known in ended:
        await site.store.drop(site.key, known.visitor_id, known.session_id)
    return len(due) + len(ended)


async def _close_short(site: Site, window: Window, at_s: float) -> list[Record]:
    """Return the record that enters a decision into the model."""
    body = site.journal.decision(site.key, window.key)
    if body is None:
        return []
    session = await _session_of(site, body)
    prospect, source = _prospect(site, body, session, at_s=window.due_s)
    effort = _effort(body)
    sales = _sales(site, body, window.subject, until_s=window.due_s)
    reward = short_reward(
        prospect, sales=sales, effort=effort, money=site.settings.money
    )
    site.metrics.rewards.add("short")
    site.metrics.reward_delay.observe(of=max(0.0, at_s - epoch_s(body["at"])))
    closed = {
        "reward": reward,
        "intent": prospect.intent,
        "stake": prospect.stake_eur,
        "funnel": prospect.funnel,
        "sales": len(sales),
        "cost": effort.spent_eur(site.settings.money),
        "state": source,
        "snapshot": site.snapshot.number,
        "learned": is_learned(body),
    }
    site.tell("closed", decision=window.key, reward=reward, action=body["action"])
    return [_record(site, "closed", window, at_s, closed)]


async def _close_long(site: Site, window: Window, at_s: float) -> list[Record]:
    """Return the record that corrects a decision to money."""
    body = site.journal.decision(site.key, window.key)
    if body is None:
        return []
    sales = _sales(site, body, window.subject, until_s=window.due_s)
    prospect = Prospect(
        intent=0.0,
        stake_eur=0.0,
        funnel=body.get("funnel", 0),
        clicked=_has(body, "clicked"),
    )
    value = long_value(
        sales=sales, effort=_effort(body), prospect=prospect, money=site.settings.money
    )
    reward = body["reward"]
    settled = {
        "value": value,
        "correction": None if reward is None else value - reward,
        "learned": is_learned(body),
    }
    site.metrics.rewards.add("long")
    return [_record(site, "settled", window, at_s, settled)]


async def _label_intent(site: Site, window: Window, at_s: float) -> list[Record]:
    """Return the intent example of a visit whose seven days are over."""
    visit = window.opener
    label = _record(site, "label", window, at_s, {})
    if not visit["is_example"] or window.subject is None:
        return [label]
    orders = site.journal.orders_of(
        site.key, window.subject, since_s=visit["started_at_s"], until_s=window.due_s
    )
    example = {
        "scorer": "intent",
        "session": visit["session"],
        "features": visit["features"],
        "label": 1.0 if orders else 0.0,
        "weight": visit["weight"],
        "predicted": visit["intent"],
    }
    return [label, _record(site, "example", window, at_s, example)]


_Closer = Callable[[Site, Window, float], Any]
_CLOSERS: dict[str, _Closer] = {
    "short": _close_short,
    "long": _close_long,
    "visit": _label_intent,
}


def is_learned(body: Body) -> bool:
    """Tell whether the policy may learn from a decision: served, sent, and a choice."""
    return bool(body["served"] and body["ghost"] is None and len(body["eligible"]) > 1)


def _end_visit(
    site: Site, known: Known[Session, Visitor], *, at_s: float
) -> list[Record]:
    """Return the records of a visit that is over: its labels, views and intent."""
    session, visitor = known.session, known.visitor
    if session is None or visitor is None:
        return []
    is_person = not session.is_automated or site.settings.welcome_automated
    notes = look(site, session, at_s=session.last_at_s)
    drawn = site.journal.decisions_of(
        site.key, visitor.subject, since_s=session.started_at_s, until_s=at_s
    )
    decisions = [
        body for name in drawn if (body := site.journal.decision(site.key, name))
    ]
    own = [body for body in decisions if body["session"] == session.id]
    weight, is_alone = _left_alone(own)
    bodies: list[tuple[str, dict[str, Any]]] = []
    if is_person:
        settled, resolved = resolve_checkpoints(
            session,
            progress=False,
            ended=True,
            horizon_s=site.settings.windows.hesitation_s,
            at_s=at_s,
        )
        bodies += [
            ("example", hesitation_example(one, session=settled.id)) for one in resolved
        ]
        bodies += [
            ("example", dwell_example(site, view, session.id))
            for view in open_views(session)
            if view.active_s > 0
        ]
    cap = site.settings.learner.label_weight_cap
    visit = {
        "session": session.id,
        "started_at_s": session.started_at_s,
        "ended_at_s": session.last_at_s,
        "features": notes.vector.tolist(),
        "intent": notes.scores.intent,
        "funnel": session.funnel,
        "group": visitor.group,
        "decisions": len(own),
        "asked": any(body["moment"] == "hesitating" for body in own),
        "weight": min(weight, cap),
        "is_example": is_person and is_alone,
        "is_person": is_person,
        "opens": [
            {
                "kind": "visit",
                "due_s": session.last_at_s + site.settings.windows.long_close_s,
            }
        ],
    }
    bodies.append(("visit", visit))
    return [
        Record(
            kind=kind,
            site=site.key,
            key=f"{session.id}@{session.started_at_s:.3f}" if kind == "visit" else "",
            at_s=at_s,
            body=body,
            subject=visitor.subject,
            visitor=known.visitor_id,
        )
        for kind, body in bodies
    ]


def _left_alone(decisions: list[Body]) -> tuple[float, bool]:
    """Return the weight of a visit left alone, and whether it was.

    The inverse of the probability that nothing was done: 1 without decisions and for
    ghosts, the product of 1 / p(none) where the dice said `none`.
    """
    weight = 1.0
    for body in decisions:
        if body["action"] != "none":
            return 0.0, False
        weight /= body["distribution"].get("none") or 1.0
    return weight, True


async def _session_of(site: Site, body: Body) -> Session | None:
    if body["visitor"] is None:
        return None
    known = await site.store.load(site.key, body["visitor"], body["session"])
    return known.session


def _prospect(
    site: Site, body: Body, session: Session | None, *, at_s: float
) -> tuple[Prospect, str]:
    """Return what the visit looks like, and whether that is its last state.

    A session that was lost (evicted, or in a crash) leaves what the decision saw.
    """
    clicked = _has(body, "clicked")
    if session is None:
        at_decision = Prospect(
            intent=body["scores"]["intent"],
            stake_eur=body["stake"],
            funnel=int(body["features"].get("funnel", 0)),
            clicked=clicked,
        )
        return at_decision, "record"
    notes = look(site, session, at_s=at_s)
    now = Prospect(
        intent=notes.scores.intent,
        stake_eur=site.stake_cents(session) / 100,
        funnel=session.funnel,
        clicked=clicked,
    )
    return now, "session"


def _effort(body: Body) -> Effort:
    names = [outcome["name"] for outcome in body["outcomes"]]
    has_ordered = "order" in names
    promised = 0 if has_ordered else round(100 * body.get("promised", 0.0))
    return Effort(
        chats=names.count("chat_started"),
        dismissals=names.count("dismissed"),
        promised_cents=promised,
    )


def _sales(
    site: Site, body: Body, subject: str | None, *, until_s: float
) -> list[Sale]:
    if subject is None:
        return []
    orders = site.journal.orders_of(
        site.key, subject, since_s=epoch_s(body["at"]), until_s=until_s
    )
    return [
        Sale(
            margin_cents=order.body["margin_cents"],
            value_cents=order.body["value_cents"],
            refunded_cents=order.refunded_cents,
        )
        for order in orders
        if order.body is not None
    ]


def _has(body: Body, name: str) -> bool:
    return any(outcome["name"] == name for outcome in body["outcomes"])


def _record(
    site: Site, kind: str, window: Window, at_s: float, body: dict[str, Any]
) -> Record:
    return Record(
        kind=kind,
        site=site.key,
        key="" if kind == "example" else window.key,
        at_s=at_s,
        body=body,
        subject=window.subject,
    )
