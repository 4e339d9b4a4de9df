"""What time brings: short closes, long closes, visits that end, labels that fall due.

Windows are durable timers in the journal, so a crash closes nothing twice and forgets
nothing: what is due after a restart is closed then, on what had happened by its end.
"""

# Rules of this file: each close reads the decision as the journal has it and writes one
# record. Only a decision that was served and had a choice is learned from; ghosts are
# closed too, because lift compares like with like.

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable

from engage.clock import epoch_s
from engage.errors import EngageError, StoreError
from engage.learning.rewards import Prospect, long_value, short_reward
from engage.stores.base import Body, Record, Window
from engage.street.earning import effort_of, happened, orders_in, sales_of
from engage.street.ending import abreast, end_visits, together
from engage.street.joining import give_up, untold
from engage.street.looking import Look
from engage.street.receiving import take_received
from engage.street.site import Site
from engage.street.stakes import discount_eur, stake_cents
from engage.telemetry import logger
from engage.visits.session import Session, see
from engage.visits.shapes import ORDERED_STEP

log = logger()
# Fetched, and told of once they are durable, in one go: half a millisecond each.
AT_ONCE = 25
# So often in one tick; what is due then waits for the next one.
_TURNS = 80
# What closes a window of each kind. In this order: a correction needs its short close.
_CLOSES = {"order": "taken", "short": "closed", "long": "settled", "visit": "label"}


async def tick(site: Site) -> int:
    """Close what is due and end silent visits; return how many of both.

    Due by what is known here: after an absence outcomes and orders are still to come.
    """
    at_s, done = min(site.now_s(), site.known_until_s), 0
    if at_s == -math.inf:
        return 0
    # What was queued before must be readable: a close sums up orders.
    await site.journal.append()
    for _ in range(_TURNS):
        due = site.journal.due_windows(site.key, at_s=at_s, limit=AT_ONCE)
        for kind in _CLOSES:
            await _close_all(site, [w for w in due if w.kind == kind], at_s=at_s)
        ended = 0
        if len(due) < AT_ONCE:  # else closes that are due still look at visits
            ended = await end_visits(site, at_s=at_s, limit=AT_ONCE)
        given_up = await give_up(site, at_s=at_s, limit=AT_ONCE)
        done += len(due) + ended + given_up
        if max(len(due), ended, given_up) < AT_ONCE:
            break
    return done


async def _close_all(site: Site, windows: list[Window], *, at_s: float) -> None:
    """Close windows of one kind; durable on return.

    Raises:
        StoreError: some are not closed, and will be with the next tick.
    """
    closing: list[Awaitable[None]] = []

    def keep(window: Window, records: list[Record]) -> None:
        kept = site.journal.append(*records)
        closing.append(_kept(site, window, records[0], kept))

    try:
        await abreast(windows, lambda one: _close(site, one, at_s=at_s), keep)
    finally:
        await together(closing)


async def _close(site: Site, window: Window, *, at_s: float) -> list[Record]:
    """Return the records that close a window, whatever is wrong with it.

    One that cannot be closed is set aside, loudly: it must not hold up all others.
    """
    try:
        return await _CLOSERS[window.kind](site, window, at_s)
    except StoreError:
        raise
    except (EngageError, KeyError, TypeError, ValueError) as error:
        why = repr(error)
    named = {"site": site.key, "kind": window.kind, "key": window.key}
    log.error("window.set_aside", **named, error=why)
    body = {"set_aside": why, "learned": False}
    return [_record(site, _CLOSES[window.kind], window, at_s=at_s, body=body)]


async def _kept(
    site: Site, window: Window, closed: Record, kept: Awaitable[int]
) -> None:
    """Wait until a close is durable, then count it and tell of it."""
    await kept
    if "set_aside" in closed.body:
        site.metrics.rewards.add("set_aside")
        return
    if window.kind not in {"short", "long"}:
        return
    site.metrics.rewards.add(window.kind)
    if window.kind == "short" and window.opener:
        delay_s = site.now_s() - epoch_s(window.opener["at"])
        site.metrics.reward_delay.observe(of=max(0.0, delay_s))
        action, reward = window.opener["action"], closed.body.get("reward")
        site.tell("closed", decision=window.key, reward=reward, action=action)


async def _close_short(site: Site, window: Window, at_s: float) -> list[Record]:
    """Return the record that enters a decision into the model."""
    body = _decision(site, window)
    session = await _session_of(site, body)
    prospect, source = _prospect(site, body, session, until_s=window.due_s)
    orders = orders_in(site, window, body)
    sales = sales_of(orders, until_s=window.due_s)
    effort = effort_of(site, window, body)
    reward = short_reward(
        prospect, sales=sales, effort=effort, money=site.settings.money
    )
    closed = {
        "reward": reward,
        "intent": prospect.intent,
        "stake": prospect.stake_eur,
        "funnel": prospect.funnel,
        "sales": len(sales),
        # Its own, unlike what it cost: of them acceptance is learned.
        "chats": happened(body["outcomes"], until_s=window.due_s).count("chat_started"),
        "cost": effort.spent_eur(site.settings.money),
        "state": source,
        "snapshot": site.snapshot.number,
        "learned": is_learned(body),
    }
    record = _record(site, "closed", window, at_s=at_s, body=closed)
    return [record, *untold(site, body, orders)]


async def _close_long(site: Site, window: Window, at_s: float) -> list[Record]:
    """Return the record that corrects a decision to money.

    Where the outcome is no order, the funnel counts as it was at the short close.
    """
    body = _decision(site, window)
    closed = site.journal.closing(site.key, window.key) or {}
    orders = orders_in(site, window, body)
    sales = sales_of(orders, until_s=window.due_s)
    prospect = Prospect(
        funnel=closed.get("funnel", 0),
        clicked="clicked" in happened(body["outcomes"], until_s=window.due_s),
    )
    value = long_value(
        sales=sales,
        effort=effort_of(site, window, body),
        prospect=prospect,
        money=site.settings.money,
    )
    reward = closed.get("reward")
    settled = {
        "value": value,
        "correction": None if reward is None else value - reward,
        "learned": bool(closed.get("learned")),
    }
    record = _record(site, "settled", window, at_s=at_s, body=settled)
    return [record, *untold(site, body, orders)]


async def _label_intent(site: Site, window: Window, at_s: float) -> list[Record]:
    """Return the intent example of a visit whose seven days are over.

    A purchase that only the browser told of counts: it is a label, and no money.
    """
    visit, label = window.opener, _record(site, "label", window, at_s=at_s, body={})
    if not visit["is_example"] or window.subject is None:
        return [label]
    orders = site.journal.orders_of(
        site.key, window.subject, since_s=visit["started_at_s"], until_s=window.due_s
    )
    example = {
        "scorer": "intent",
        "session": visit["session"],
        "network": visit.get("network", 0),  # older visits know none
        "features": visit["features"],
        "label": 1.0 if orders or visit["funnel"] >= ORDERED_STEP else 0.0,
        "weight": visit["weight"],
        "predicted": visit["intent"],
        "opened_at_s": visit["ended_at_s"],
    }
    return [label, _record(site, "example", window, at_s=at_s, body=example)]


async def _take_received(site: Site, window: Window, at_s: float) -> list[Record]:
    """Return the record that ends the wait of an order which a worker had to keep."""
    result = await take_received(site, window.opener)
    return [_record(site, "taken", window, at_s=at_s, body={"result": result})]


_Closer = Callable[[Site, Window, float], Awaitable[list[Record]]]
_CLOSERS: dict[str, _Closer] = {
    "short": _close_short,
    "long": _close_long,
    "visit": _label_intent,
    "order": _take_received,
}


def is_learned(body: Body) -> bool:
    """Tell whether the policy may learn from a decision: served, sent, and a choice."""
    return bool(body["served"] and body["ghost"] is None and len(body["eligible"]) > 1)


def _decision(site: Site, window: Window) -> Body:
    if not window.opener:
        raise ValueError(f"the record of {window.key} is damaged")
    body = site.journal.decision(site.key, window.key)
    if body is None:
        raise KeyError(window.key)
    return body


async def _session_of(site: Site, body: Body) -> Session | None:
    if body["visitor"] is None:
        return None
    return (await site.store.load(site.key, body["visitor"], body["session"])).session


def _prospect(
    site: Site, body: Body, session: Session | None, *, until_s: float
) -> tuple[Prospect, str]:
    """Return what the visit looks like, and whether that is its last state.

    A session that was lost (evicted, or in a crash) leaves what the decision saw.
    """
    clicked = "clicked" in happened(body["outcomes"], until_s=until_s)
    # Of who had ordered before, intent tells that order; no other is expected.
    is_done = body["features"]["funnel"] >= ORDERED_STEP
    if session is None:
        at_decision = Prospect(
            intent=0.0 if is_done else body["scores"]["intent"],
            stake_eur=body["stake"],
            discount_eur=body.get("promised", 0.0),
            funnel=int(body["features"]["funnel"]),
            clicked=clicked,
        )
        return at_decision, "record"
    # As intent is learned: of a visit as it was left, without the silence since.
    look = Look(site, see(session, at_s=session.last_at_s))
    now = Prospect(
        intent=0.0 if is_done else look.scores.intent,
        stake_eur=stake_cents(site, session) / 100,
        discount_eur=discount_eur(site, body, session),
        funnel=session.funnel,
        clicked=clicked,
    )
    return now, "session"


def _record(
    site: Site, kind: str, window: Window, *, at_s: float, body: Body
) -> Record:
    return Record(
        kind=kind,
        site=site.key,
        # An example of a window can come once: with the label that closes it.
        key="" if kind == "example" else window.key,
        at_s=at_s,
        body=body,
        subject=window.subject,
    )
