"""A moment leads to one draw: gather, judge, reserve, record, answer."""

# Rules of this file: the judgement is made in full for everybody; holdout and shadow
# keep it as a ghost. A reservation that fails after the draw is an outcome of the
# record (`not_shown: exhausted`), never a reason to rewrite it. A beacon that was
# decided on is never decided on again, whatever was forgotten in between.

from __future__ import annotations

from typing import Any

import msgspec

from engage.clock import epoch_s
from engage.deciding.draw import NONE
from engage.deciding.judge import Occasion, judge
from engage.interventions.base import Inputs, Intervention, Reservation, Reserved
from engage.scoring.moments import ASK, Trigger
from engage.stores.base import Body
from engage.street.inputs import inputs_of
from engage.street.looking import Look
from engage.street.recording import record_of
from engage.street.stakes import stake_cents
from engage.street.step import Step
from engage.visits.session import (
    discount_checkpoints,
    with_decision,
    with_draw,
    with_moment,
)
from engage.wire.decision import Answer, Content, DecisionAnswer, token_for


async def decide(step: Step, look: Look, trigger: Trigger) -> None:
    """Draw for the moment and put record and answer into the step."""
    site, at_s = step.site, step.at_s
    assert trigger.kind is not None
    decision = step.decision_id(trigger.kind)
    made = _made(step, decision)
    if made is not None:
        _remember(step, made)
        return
    tried, arm = look.tried, look.challenger or site
    inputs = await inputs_of(site, step.session, at_s=at_s)
    if tried is not None:
        inputs = tried.part_of(inputs, is_own=look.challenger is not None)
    verdict = judge(
        Occasion(
            decision=decision,
            context=look.context,
            stake_eur=stake_cents(site, step.session) / 100,
            moment=trigger.kind,
            at_s=at_s,
            session=step.session,
            visitor=step.visitor,
            inputs=inputs,
        ),
        interventions=site.interventions,
        settings=arm.settings,
        policy=arm.policy,
        uplift=look.snapshot.uplift,
    )
    body = record_of(step, look, trigger, verdict=verdict, inputs=inputs)
    body["decision"] = decision
    # First in line; what the card adds to the body below is kept with it.
    step.record("decision", body, key=decision)
    if body["action"] != NONE:
        one = site.interventions[body["action"]]
        await _offer(step, body, one, inputs)
    _note(step, body)
    step.count(site.counts.decisions, body["action"], body["mode"], body["moment"])
    for reason in verdict.refused.values():
        step.count(site.counts.refusals, reason)
    step.told.append(("decision", {**body, "visitor": step.visitor.subject}))


def _made(step: Step, decision: str) -> Body | None:
    """Return the record of a decision that was made before, if it was.

    By a worker that could not answer any more; or before a crash after which a later
    beacon of the session came first, so that `recall` takes the session for newer.
    """
    site = step.site
    if not site.is_worker and decision not in dict(step.visitor.recent):
        return None
    return site.journal.decision(site.key, decision)


async def recall(step: Step) -> bool:
    """Answer with the decision this beacon led to before a crash; tell if it did.

    A crash costs a session up to 5 s of behaviour, but never a decision. The visitor's
    ledger is kept with each of them, so one that is younger than the session is one
    that the session has forgotten.
    """
    site, known = step.site, step.known.session
    last_s = -1.0 if known is None else known.last_at_s
    for decision, where, at_s in step.visitor.drawn:
        if at_s <= last_s or where != step.beacon.session:
            continue
        body = site.journal.decision(site.key, decision)
        beacon = (step.beacon.tab, step.beacon.seq)
        if body is not None and (body["tab"], body["seq"]) == beacon:
            _remember(step, body)
            return True
    return False


def _remember(step: Step, body: Body) -> None:
    """Take a step as the recorded decision says that it was taken before."""
    if body["moment"] != ASK:
        step.session = with_moment(step.session, body["moment"])
    _note_session(step, body)
    if "card" in body and step.at_s < body["card"]["expires_s"]:
        step.answer = Answer(decision=card_of(step, body))


async def _offer(
    step: Step, body: Body, one: Intervention[Any], inputs: Inputs
) -> None:
    """Reserve what a card needs and answer with it, unless that is exhausted."""
    reserved = await _reserve(step, body, one, inputs)
    if reserved is None:
        exhausted = {
            "name": "not_shown",
            "at": body["at"],
            "reason": "exhausted",
        }
        step.record("outcome", exhausted, key=body["decision"])
        step.count(step.site.metrics.outcomes, body["kind"], "not_shown")
        return
    locale = step.session.locale or step.site.settings.locale
    content = one.content(step.session, inputs, locale, reserved)
    expires_s = step.at_s + one.open_s
    body["card"] = {"content": msgspec.to_builtins(content), "expires_s": expires_s}
    step.answer = Answer(decision=card_of(step, body), revoked=step.answer.revoked)


async def _reserve(
    step: Step, body: Body, one: Intervention[Any], inputs: Inputs
) -> Reserved | None:
    """Set aside what the card promises; idempotent for a decision."""
    site, decision = step.site, body["decision"]
    p_accept = inputs.acceptance[one.id]
    wanted = one.reservation(step.session, inputs, p_accept=p_accept)
    if wanted is None:
        return Reserved()
    if wanted.kind == "slot":
        held = await site.store.chats.reserve(
            site.key,
            wanted.stock,
            decision=decision,
            share=wanted.share,
            overbooking=site.settings.gates.overbooking,
            until_s=step.at_s + wanted.valid_s,
            at_s=step.at_s,
            claim=step.claim(decision),
        )
        return Reserved() if held else None
    return await _reserve_code(step, body, wanted)


async def _reserve_code(step: Step, body: Body, wanted: Reservation) -> Reserved | None:
    """Take a code and its money out of the pool, for good: the answer carries it."""
    site, decision = step.site, body["decision"]
    code = await site.store.codes.reserve(
        site.key,
        wanted.stock,
        decision=decision,
        subject=step.visitor.subject,
        amount_cents=wanted.amount_cents,
        until_s=step.at_s + wanted.valid_s,
        at_s=step.at_s,
        claim=step.claim(decision),
    )
    if code is None:
        return None
    # The answer carries the code: from here on it counts as delivered, unless the
    # step is not kept and lets it go.
    until_s = step.at_s + wanted.valid_s
    if not await site.store.codes.give(
        site.key, decision, at_s=step.at_s, until_s=until_s
    ):
        # The store went away in between: the hold lapses, the code is not sent.
        return None
    given = {
        "pool": wanted.stock,
        "state": "given",
        "decision": decision,
        "until_s": until_s,
        "amount_cents": wanted.amount_cents,
    }
    step.record("code", given, key=code)
    site.codes_given.add(step.session.network)
    step.spent.append((wanted.stock, wanted.amount_cents, body["snapshot"]))
    step.count(site.counts.codes, wanted.stock, "given")
    body["promised"] = wanted.today_cents / 100
    return Reserved(code=code)


def card_of(step: Step, body: Body) -> DecisionAnswer:
    """Return the card of a decision record for this session."""
    card = body["card"]
    return DecisionAnswer(
        id=body["decision"],
        token=token_for(
            step.site.secrets.salt,
            body["decision"],
            session=step.beacon.session,
            action=body["action"],
            expires_at_s=card["expires_s"],
        ),
        action=body["action"],
        kind=body["kind"],
        moment=body["moment"],
        content=msgspec.convert(card["content"], Content),
        expires_in_ms=max(0, round((card["expires_s"] - step.at_s) * 1000)),
    )


async def answer_again(step: Step) -> Answer:
    """Return the answer to a repeated beacon: its decision again, if it still holds."""
    site, latest = step.site, step.session.decision
    site.counts.beacons.add("duplicate")
    is_its_own = (
        latest is not None
        and (latest.tab, latest.seq) == (step.beacon.tab, step.beacon.seq)
        and step.at_s < latest.until_s
    )
    if latest is None or not is_its_own:
        return Answer()
    # The first answer may still be waiting for its commit; so does this one.
    await site.journal.append()
    body = site.journal.decision(site.key, latest.decision_id)
    if body is None or "card" not in body:
        return Answer()
    return Answer(decision=card_of(step, body))


def _note(step: Step, body: Body) -> None:
    """Note the draw in session and visitor: cool-down, caps, waiting labels."""
    at_s, decision = step.at_s, body["decision"]
    visitor = step.visitor.with_decision().with_moment(at_s=at_s)
    visitor = visitor.with_recent(decision, session=step.beacon.session, at_s=at_s)
    if _cools_down(body):
        visitor = visitor.with_draw(at_s=at_s, asked=body["moment"] == ASK)
    if "card" in body:
        visitor = visitor.with_shown(body["action"], body["kind"], at_s=at_s)
    step.visitor = visitor
    step.record("visitor", visitor.to_plain())
    _note_session(step, body)


def _cools_down(body: Body) -> bool:
    """Tell whether the visitor's cool-down begins: a draw, or a machine was asked."""
    return len(body["eligible"]) > 1 or _says(body, "bot")


def _rests(body: Body) -> bool:
    """Tell whether one record in a while is enough of a visit that lacks consent.

    The cool-down is the visit's alone, and ends with the consent (`advance`).
    """
    return _says(body, "no_consent") or _says(body, "gpc")


def _says(body: Body, reason: str) -> bool:
    return set(body["refused"].values()) == {reason}


def _note_session(step: Step, body: Body) -> None:
    """Note a draw in the session; all that counts stands in the record."""
    if _cools_down(body) or _rests(body):
        step.session = with_draw(step.session, at_s=epoch_s(body["at"]))
    if "card" in body:
        step.session = with_decision(
            step.session,
            body["decision"],
            tab=body["tab"],
            seq=body["seq"],
            until_s=body["card"]["expires_s"],
        )
    # A ghost's distribution is `none` for certain: no weight is due.
    p_none = body["distribution"].get(NONE) or 1.0
    is_action = body["action"] != NONE
    step.session = discount_checkpoints(step.session, p_none, shown=is_action)
