"""The decision record: one draw and everything it was made from.

Everything a pure function took as a value is in it or in the snapshot it names: models
can be replaced later, unlogged randomisation cannot.
"""

# Rules of this file: names are the contract's (`wire/decision`), with a few more.
# Nothing is decided here; the draw is only told as carried out or as a ghost.

from __future__ import annotations

from itertools import chain
from typing import Any

from engage.clock import rfc3339
from engage.deciding.draw import NONE
from engage.deciding.judge import Judgement
from engage.interventions.base import Inputs
from engage.scoring.moments import Trigger
from engage.stores.base import Body
from engage.street.looking import Look
from engage.street.step import Step
from engage.visits.features import NAMES


def is_held_back(step: Step) -> bool:
    """Tell whether draws of this visitor are ghosts: holdout, shadow or backfill."""
    site = step.site
    is_shadow = site.settings.mode == "shadow" or not site.is_served
    return is_shadow or step.visitor.group == "holdout"


def record_of(
    step: Step,
    look: Look,
    trigger: Trigger,
    *,
    verdict: Judgement,
    inputs: Inputs,
) -> Body:
    """Return the decision record of a draw, without the decision's id."""
    return {
        **_about_whom(step, look),
        **_at_which_moment(step, trigger),
        **_what_was_seen(step, look, verdict),
        **_what_was_drawn(step, verdict),
        **_how_it_was_drawn(step, look, verdict, inputs=inputs),
        "opens": _windows(step),
    }


def _about_whom(step: Step, look: Look) -> Body:
    site, beacon, visitor = step.site, step.beacon, step.visitor
    arm = look.challenger or site
    return {
        "site": site.key,
        "at": rfc3339(step.at_s),
        "session": beacon.session,
        "tab": beacon.tab,
        "seq": beacon.seq,
        "group": visitor.group,
        "holdout_share": visitor.holdout_share,
        "mode": arm.settings.mode,
        "served": site.is_served and site.settings.mode != "shadow",
        # Without Redis: caps, agents and codes of other workers were not known.
        **({"degraded": True} if site.store.is_degraded else {}),
        "visit_index": visitor.visit_index,
        "network": step.session.network,
        "first_ever": visitor.first_moment_at_s is None,
    }


def _at_which_moment(step: Step, trigger: Trigger) -> Body:
    visitor, short_s = step.visitor, step.site.settings.windows.short_close_s
    return {
        "moment": trigger.kind,
        "trigger_p": trigger.trigger_p,
        "withheld": list(trigger.withheld),
        "near": list(trigger.near),
        "previous": [name for name, _ in visitor.recent_in(step.beacon.session)],
        "open": [name for name, at_s in visitor.recent if step.at_s - at_s < short_s],
    }


def _what_was_seen(step: Step, look: Look, verdict: Judgement) -> Body:
    session, scores = step.session, look.scores
    return {
        "scores": {
            "hesitation": scores.hesitation,
            "dwell": scores.dwell,
            "intent": scores.intent,
        },
        "features": dict(zip(NAMES, look.vector.tolist(), strict=True)),
        "page": session.page_kind,
        "item": session.item_id,
        "category": session.item_category,
        "segment": session.segment,
        "device": session.device,
        "stake": verdict.stake_eur,
    }


def _what_was_drawn(step: Step, verdict: Judgement) -> Body:
    drawn: Body = {
        "distribution": verdict.distribution,
        "action": verdict.action,
        "propensity": verdict.propensity,
    }
    is_ghost = is_held_back(step)
    nothing: Body = {"distribution": {NONE: 1.0}, "action": NONE, "propensity": 1.0}
    done = nothing if is_ghost else drawn
    one = step.site.interventions.get(done["action"])
    return {
        "eligible": list(verdict.eligible),
        "refused": verdict.refused,
        "predictions": verdict.predictions,
        "proposed": verdict.proposed,
        **done,
        "kind": one.kind if one else NONE,
        "draw": verdict.draw,
        "ghost": drawn if is_ghost else None,
        "policy": verdict.policy,
    }


def _how_it_was_drawn(
    step: Step, look: Look, verdict: Judgement, *, inputs: Inputs
) -> Body:
    site, arm = step.site, look.challenger or step.site
    limits = arm.settings.policy
    # A snapshot published meanwhile decides from the next beacon on.
    snapshot, stake_eur = look.snapshot, verdict.stake_eur
    launching = snapshot.uplift.launching(verdict.eligible, limits.launch_until_n)
    return {
        "exploration": {
            "gamma": verdict.exploration.get("gamma"),
            "gamma_c": limits.gamma_c,
            "floor": limits.floor,
            "none_floor": limits.none_floor,
            "launch_share": limits.launch_share,
            "launching": sorted(launching),
            "launch_until_n": limits.launch_until_n,
            "sigma": snapshot.uplift.sigma_at(stake_eur),
            "n_eff": snapshot.uplift.n_eff,
            **verdict.exploration,
        },
        "snapshot": snapshot.number,
        "trained_to": snapshot.offset,
        # Arms of a trial can be compared only where they had the same share.
        "challenger_share": look.tried.share if look.tried else None,
        "clip": snapshot.uplift.clip_at(stake_eur),
        "inputs": {**_plain_inputs(inputs), "takes": verdict.takes},
        "versions": {
            "config": arm.config_version,
            "interventions": {n: i.version for n, i in site.interventions.items()},
            "kinds": {n: i.kind for n, i in site.interventions.items()},
        },
    }


def _windows(step: Step) -> list[dict[str, Any]]:
    windows = step.site.settings.windows
    return [
        {"kind": "short", "due_s": step.at_s + windows.short_close_s},
        {"kind": "long", "due_s": step.at_s + windows.long_close_s},
    ]


def _plain_inputs(inputs: Inputs) -> Body:
    slates = {
        name: [suggestion.item_id for suggestion in slate]
        for name, slate in inputs.slate.items()
    }
    return {
        "free_agents": dict(inputs.free_agents),
        "idle_agents": dict(inputs.idle_agents),
        "stale_groups": sorted(inputs.stale_groups),
        "budget_left": dict(inputs.budget_left),
        "codes_left": dict(inputs.codes_left),
        "prices": dict(inputs.prices),
        "items": list(dict.fromkeys(chain.from_iterable(slates.values()))),
        "slates": slates,
        "costs": dict(inputs.costs),
        "category": inputs.item_category,
        "local": [inputs.local_day, inputs.local_minute],
    }
