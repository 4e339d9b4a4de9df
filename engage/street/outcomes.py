"""What the browser reports about cards: checked, kept, counted once."""

# Rules of this file: a forged token stops the whole beacon before anything is applied;
# a late or repeated outcome with a good one is no error. Money never comes from here.

from __future__ import annotations

from typing import Any

from engage.clock import epoch_s, rfc3339
from engage.errors import Conflict, NotFound
from engage.stores.base import Body
from engage.street.erasure import erase
from engage.street.joining import Owner, claim
from engage.street.site import Site
from engage.street.step import Step
from engage.visits.session import Applied, with_decision
from engage.wire.beacon import REPORTS, Beacon, Event
from engage.wire.decision import Answer, check_token

# The wire's event names and the outcomes they become.
NAMES = {name: name.removeprefix("action_") for name in REPORTS}


def check_tokens(site: Site, beacon: Beacon) -> None:
    """Let a beacon pass whose outcomes all carry their decision's token.

    Raises:
        Unauthorised: one is forged or belongs to another session.
    """
    for event in beacon.events:
        if event.name in REPORTS:
            check_token(
                site.secrets.salt,
                event.token or "",
                decision_id=event.decision or "",
                session=beacon.session,
            )


async def keep_outcomes(step: Step, applied: Applied) -> None:
    """Put what happened to decisions, and purchases, into the step."""
    for event in applied.outcomes:
        await _keep(step, event)
    for event in applied.purchases:
        _keep_purchase(step, event)


async def _keep(step: Step, event: Event) -> None:
    site, name = step.site, NAMES[event.name]
    decision = site.journal.decision(site.key, event.decision or "")
    if decision is None and site.is_worker:
        decision = _claimed(step, event)
    if decision is None:
        step.count(site.metrics.dropped, "unknown_decision")
        return
    if name in step.outcomes_of(decision):
        step.count(site.metrics.dropped, "repeated_outcome")
        return
    # A browser's clock that was set forward must not date it before its decision.
    at_s = max(step.at_s - event.age_ms / 1000, _made_s(decision))
    body: dict[str, Any] = {"name": name, "at": rfc3339(at_s)}
    for field in ("by", "reason", "rating"):
        value = getattr(event, field)
        if value is not None:
            body[field] = value
    step.record("outcome", body, key=event.decision or "")
    step.count(site.metrics.outcomes, decision["kind"], name)
    if name == "dismissed":
        step.visitor = step.visitor.with_dismissed(decision["action"], at_s=at_s)
        step.record("visitor", step.visitor.to_plain())
    if name in {"not_shown", "dismissed", "expired"}:
        await site.store.release(site.key, decision["decision"])
    told = {"decision": decision["decision"], "name": name, "at": body["at"]}
    step.told.append(("outcome", told))


def _made_s(decision: Body) -> float:
    """Return when a decision was made; 0 for one that another worker has recorded."""
    return epoch_s(decision["at"]) if "at" in decision else 0.0


def _claimed(step: Step, event: Event) -> Body:
    """Return what its token says of a decision that another worker has recorded."""
    site, decision = step.site, event.decision or ""
    claim = check_token(
        site.secrets.salt,
        event.token or "",
        decision_id=decision,
        session=step.beacon.session,
    )
    one = site.interventions.get(claim.action)
    kind = "none" if one is None else one.kind
    named = {"decision": decision, "action": claim.action, "kind": kind}
    return {**named, "outcomes": []}


def _keep_purchase(step: Step, event: Event) -> None:
    """Keep a browser's purchase: it joins orders to visitors, and is no money.

    A thank-you page that is opened again says nothing new.
    """
    site, transaction = step.site, event.transaction_id or ""
    if site.journal.purchase(site.key, transaction) is not None:
        step.count(site.metrics.dropped, "repeated_purchase")
        return
    body = {
        "transaction_id": transaction,
        "session": step.beacon.session,
        "value": event.value,
        "currency": event.currency,
    }
    step.record("purchase", body, key=transaction)
    buyer = Owner(step.visitor.subject, "purchase", visitor=step.beacon.visitor)
    step.records += claim(site, transaction, owner=buyer, at_s=step.at_s)


async def revoke(step: Step) -> None:
    """Call an open card back when its agents are gone or it was paused."""
    site, latest = step.site, step.session.decision
    if latest is None or step.at_s >= latest.until_s:
        return
    told = _told_by_visitor(step, latest.decision_id)
    if told is not None and await _is_offered(site, told, at_s=step.at_s):
        # As it is nearly always; the journal need not be asked whether it has ended.
        return
    body = site.journal.decision(site.key, latest.decision_id)
    if body is None and site.is_worker:
        body = told
    if body is None or not _ENDED.isdisjoint(step.outcomes_of(body)):
        return
    if await _is_gone(site, body, at_s=step.at_s):
        step.answer = Answer(revoked=(latest.decision_id,))
        # No worker shall call it back again, nor answer a repeat with it.
        step.session = with_decision(
            step.session,
            latest.decision_id,
            tab=latest.tab,
            seq=latest.seq,
            until_s=step.at_s,
        )
        expired = {"name": "expired", "at": rfc3339(step.at_s), "reason": "revoked"}
        step.record("outcome", expired, key=latest.decision_id)
        step.count(site.metrics.outcomes, body["kind"], "expired")
        await site.store.release(site.key, latest.decision_id)


def _told_by_visitor(step: Step, decision: str) -> Body | None:
    """Return what the visitor's ledger says of a card, whoever has given it."""
    at_s = dict(step.visitor.recent).get(decision)
    for action, kind, shown_s in step.visitor.shown:
        if shown_s != at_s:
            continue
        ended = [
            {"name": "dismissed"}
            for name, dismissed_s in step.visitor.dismissed
            if name == action and dismissed_s >= shown_s
        ]
        named = {"decision": decision, "action": action, "kind": kind}
        return {**named, "outcomes": ended}
    return None


async def _is_gone(site: Site, body: Body, *, at_s: float) -> bool:
    """Tell whether a card is good no more; a chat's slot is confirmed to find out."""
    if await _is_offered(site, body, at_s=at_s):
        return False
    one = site.interventions.get(body["action"])
    if one is None or one.id in site.paused or one.kind != "chat":
        return True
    # Nobody is free, perhaps because this very card has taken the last one: a slot
    # that is confirmed already is confirmed again, and no other can be.
    return not await site.store.chats.confirm(site.key, body["decision"], at_s=at_s)


async def _is_offered(site: Site, body: Body, *, at_s: float) -> bool:
    """Tell whether what a card offers can still be had by anybody."""
    one = site.interventions.get(body["action"])
    if one is None or one.id in site.paused:
        return False
    if one.kind != "chat":
        return True
    group = (await site.store.chats.groups(site.key, at_s=at_s)).get(one.options.group)
    return group is not None and group.is_fresh and group.free >= 1


_ENDED = frozenset({"clicked", "dismissed", "expired", "not_shown", "chat_started"})


async def forget(step: Step) -> None:
    """Erase the visitor, as they asked."""
    await erase(step.site, step.beacon.visitor)
    step.records.clear()
    step.viewed.clear()
    step.sighted.clear()
    step.is_forgotten = True


async def confirm(site: Site, decision: str, token: str) -> None:
    """Say whether a card is still good, and take the agent it needs.

    Raises:
        NotFound: there is no such decision.
        Unauthorised: the token is not its own.
        Conflict: it expired, was revoked, or nobody is free any more.
    """
    at_s = site.now_s()
    body = site.journal.decision(site.key, decision)
    if body is None or "card" not in body:
        raise NotFound(f"there is no card {decision[:64]!r}", field="id")
    check_token(site.secrets.salt, token, decision_id=decision, session=body["session"])
    problem = await _problem_with(site, body, at_s=at_s)
    if problem is not None:
        raise Conflict(problem, field="id")


async def _problem_with(site: Site, body: Body, *, at_s: float) -> str | None:
    one = site.interventions.get(body["action"])
    names = {outcome["name"] for outcome in body["outcomes"]}
    if one is None or one.id in site.paused:
        return f"{body['action']} is not offered any more"
    if "expired" in names:
        return "the card has expired or was called back"
    if at_s >= body["card"]["expires_s"]:
        return f"the card expired at {rfc3339(body['card']['expires_s'])}"
    if body["kind"] != "chat":
        return None
    taken = await site.store.chats.confirm(site.key, body["decision"], at_s=at_s)
    return None if taken else "nobody is free any more"
