"""A moment leads to one draw: gather, judge, reserve, record, answer."""

# Rules of this file: the judgement is made in full for everybody; holdout and shadow
# keep it as a ghost. A reservation that fails after the draw is an outcome of the
# record (`not_shown: exhausted`), never a reason to rewrite it.

from __future__ import annotations

from typing import Any

import msgspec

from engage.clock import rfc3339
from engage.deciding.draw import NONE
from engage.deciding.judge import Judgement, Occasion, judge
from engage.interventions.base import Inputs, Intervention, Reserved
from engage.scoring.moments import Trigger
from engage.street.notice import Notes
from engage.street.step import Step
from engage.visits.features import NAMES
from engage.visits.session import discount_checkpoints, with_decision, with_draw
from engage.wire.decision import Answer, Content, DecisionAnswer, token_for


async def decide(step: Step, notes: Notes, trigger: Trigger) -> None:
    """Draw for the moment and put record and answer into the step."""
    site, at_s = step.site, step.at_s
    assert trigger.kind is not None
    decision = step.decision_id(trigger.kind)
    inputs = await site.inputs(step.session, at_s=at_s)
    verdict = judge(
        Occasion(
            decision=decision,
            context=notes.context,
            moment=trigger.kind,
            at_s=at_s,
            session=step.session,
            visitor=step.visitor,
            inputs=inputs,
        ),
        interventions=site.interventions,
        settings=site.settings,
        policy=site.policy,
        uplift=notes.snapshot.uplift,
    )
    is_ghost = is_held_back(step)
    action = NONE if is_ghost else verdict.action
    body = record_of(step, notes, trigger, verdict, inputs, is_ghost=is_ghost)
    body["decision"] = decision
    card = None
    if action != NONE:
        card = await _offer(step, body, site.interventions[action], inputs)
    _note(step, body, verdict, is_ghost=is_ghost)
    step.records.insert(_first_free(step), _decision_record(step, body))
    _count(step, body, verdict)
    if card is not None:
        step.answer = Answer(decision=card, revoked=step.answer.revoked)


def is_held_back(step: Step) -> bool:
    """Tell whether draws of this visitor are ghosts: holdout, shadow or backfill."""
    site = step.site
    is_shadow = site.settings.mode == "shadow" or not site.is_served
    return is_shadow or step.visitor.group == "holdout"


def record_of(
    step: Step,
    notes: Notes,
    trigger: Trigger,
    verdict: Judgement,
    inputs: Inputs,
    *,
    is_ghost: bool,
) -> dict[str, Any]:
    """Return the decision record as the contract names it (section 3).

    Everything a pure function took as a value is in it or in the snapshot it names:
    models can be replaced later, unlogged randomisation cannot.
    """
    site, beacon, visitor = step.site, step.beacon, step.visitor
    # A snapshot published meanwhile decides from the next beacon on.
    snapshot, limits = notes.snapshot, site.settings.policy
    carried_out = {
        "distribution": verdict.distribution,
        "action": verdict.action,
        "propensity": verdict.propensity,
    }
    nothing = {"distribution": {NONE: 1.0}, "action": NONE, "propensity": 1.0}
    done = nothing if is_ghost else carried_out
    one = site.interventions.get(done["action"])  # type: ignore[call-overload]  # a str
    windows = site.settings.windows
    return {
        "site": site.key,
        "at": rfc3339(step.at_s),
        "session": beacon.session,
        "tab": beacon.tab,
        "seq": beacon.seq,
        "group": visitor.group,
        "holdout_share": visitor.holdout_share,
        "mode": site.settings.mode,
        "served": site.is_served and site.settings.mode != "shadow",
        "moment": trigger.kind,
        "trigger_p": trigger.trigger_p,
        "withheld": list(trigger.withheld),
        "near": list(trigger.near),
        "visit_index": visitor.visit_index,
        "first_ever": visitor.first_moment_at_s is None,
        "previous": [name for name, _ in visitor.recent_in(beacon.session)],
        "open": [
            name
            for name, at_s in visitor.recent
            if step.at_s - at_s < windows.short_close_s
        ],
        "scores": {
            "hesitation": notes.scores.hesitation,
            "dwell": notes.scores.dwell,
            "intent": notes.scores.intent,
        },
        "features": dict(zip(NAMES, notes.vector.tolist(), strict=True)),
        "page": step.session.page_kind,
        "item": step.session.item_id,
        "category": step.session.item_category,
        "segment": step.session.segment,
        "device": step.session.device,
        "stake": site.stake_cents(step.session) / 100,
        "eligible": list(verdict.eligible),
        "refused": verdict.refused,
        "predictions": verdict.predictions,
        "proposed": verdict.proposed,
        **done,
        "kind": one.kind if one else NONE,
        "draw": verdict.draw,
        "ghost": carried_out if is_ghost else None,
        "policy": verdict.policy,
        "exploration": {
            "gamma": verdict.exploration.get("gamma"),
            "gamma_c": limits.gamma_c,
            "floor": limits.floor,
            "none_floor": limits.none_floor,
            "launch_share": limits.launch_share,
            "launching": sorted(
                snapshot.uplift.launching(verdict.eligible, limits.launch_until_n)
            ),
            "launch_until_n": limits.launch_until_n,
            "sigma": snapshot.uplift.sigma,
            "n_eff": snapshot.uplift.n_eff,
            **verdict.exploration,
        },
        "snapshot": snapshot.number,
        "trained_to": snapshot.offset,
        "clip": snapshot.uplift.clip_eur,
        "inputs": _plain_inputs(inputs),
        "versions": {
            "config": site.config_version,
            "interventions": {n: i.version for n, i in site.interventions.items()},
            "kinds": {n: i.kind for n, i in site.interventions.items()},
        },
        "opens": [
            {"kind": "short", "due_s": step.at_s + windows.short_close_s},
            {"kind": "long", "due_s": step.at_s + windows.long_close_s},
        ],
    }


async def _offer(
    step: Step, body: dict[str, Any], one: Intervention[Any], inputs: Inputs
) -> DecisionAnswer | None:
    """Reserve what a card needs and return it, or None when that is exhausted."""
    reserved = await _reserve(step, body, one, inputs)
    if reserved is None:
        exhausted = {"name": "not_shown", "reason": "exhausted"}
        step.record("outcome", exhausted, key=body["decision"])
        return None
    locale = step.session.locale or step.site.settings.locale
    content = one.content(step.session, inputs, locale, reserved)
    expires_s = step.at_s + one.settings.expires_ms / 1000
    body["card"] = {"content": msgspec.to_builtins(content), "expires_s": expires_s}
    return card_of(step, body)


async def _reserve(
    step: Step, body: dict[str, Any], one: Intervention[Any], inputs: Inputs
) -> Reserved | None:
    """Set aside what the card promises; idempotent for a decision."""
    site, decision = step.site, body["decision"]
    p_accept = site.snapshot.acceptance(one.id, prior=one.prior_accept)
    wanted = one.reservation(step.session, inputs, p_accept=p_accept)
    if wanted is None:
        return Reserved()
    if wanted.kind == "slot":
        held = await site.store.reserve_slot(
            site.key,
            wanted.stock,
            decision=decision,
            share=wanted.share,
            overbooking=site.settings.gates.overbooking,
            until_s=step.at_s + wanted.valid_s,
            at_s=step.at_s,
        )
        return Reserved() if held else None
    code = await site.store.reserve_code(
        site.key,
        wanted.stock,
        decision=decision,
        subject=step.visitor.subject,
        amount_cents=wanted.amount_cents,
        until_s=step.at_s + wanted.valid_s,
        at_s=step.at_s,
    )
    if code is None:
        return None
    # The answer carries the code: from here on it counts as delivered.
    until_s = step.at_s + wanted.valid_s
    await site.store.give_code(site.key, decision, at_s=step.at_s, until_s=until_s)
    given = {
        "pool": wanted.stock,
        "state": "given",
        "decision": decision,
        "until_s": until_s,
        "amount_cents": wanted.amount_cents,
    }
    step.record("code", given, key=code)
    site.metrics.codes.add(wanted.stock, "given")
    body["promised"] = wanted.amount_cents / 100
    return Reserved(code=code)


def card_of(step: Step, body: dict[str, Any]) -> DecisionAnswer:
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
    site.metrics.beacons.add("duplicate")
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


def _note(
    step: Step, body: dict[str, Any], verdict: Judgement, *, is_ghost: bool
) -> None:
    """Note the draw in session and visitor: cool-down, caps, waiting labels."""
    at_s, action = step.at_s, body["action"]
    decision = body["decision"]
    visitor = step.visitor.with_decision().with_moment(at_s=at_s)
    visitor = visitor.with_recent(decision, session=step.beacon.session, at_s=at_s)
    if len(verdict.eligible) > 1:
        step.session = with_draw(step.session, at_s=at_s)
        visitor = visitor.with_draw(at_s=at_s)
    if action != NONE:
        until_s = body.get("card", {}).get("expires_s", at_s)
        step.session = with_decision(
            step.session,
            decision,
            tab=step.beacon.tab,
            seq=step.beacon.seq,
            until_s=until_s,
        )
        visitor = visitor.with_shown(action, body["kind"], at_s=at_s)
    # A ghost leaves its visitor alone for certain: no weight is due.
    p_none = 1.0 if is_ghost else verdict.distribution[NONE]
    step.session = discount_checkpoints(
        step.session, p_none or 1.0, shown=action != NONE
    )
    step.visitor = visitor
    step.record("visitor", visitor.to_plain())


def _decision_record(step: Step, body: dict[str, Any]) -> Any:
    step.record("decision", body, key=body["decision"])
    return step.records.pop()


def _first_free(step: Step) -> int:
    """Return where the decision goes: before the outcomes and codes it led to."""
    for index, record in enumerate(step.records):
        if (
            record.kind in {"code", "visitor"}
            or record.body.get("reason") == "exhausted"
        ):
            return index
    return len(step.records)


def _count(step: Step, body: dict[str, Any], verdict: Judgement) -> None:
    metrics = step.site.metrics
    metrics.decisions.add(body["action"], body["mode"], body["moment"])
    for reason in verdict.refused.values():
        metrics.refusals.add(reason)
    step.told.append(("decision", {**body, "visitor": step.visitor.subject}))


def _plain_inputs(inputs: Inputs) -> dict[str, Any]:
    return {
        "free_agents": dict(inputs.free_agents),
        "stale_groups": sorted(inputs.stale_groups),
        "budget_left": dict(inputs.budget_left),
        "codes_left": dict(inputs.codes_left),
        "prices": {},
        "items": {
            name: [suggestion.item_id for suggestion in slate]
            for name, slate in inputs.slate.items()
        },
        "costs": dict(inputs.costs),
        "local": [inputs.local_day, inputs.local_minute],
    }
