"""The parts of a decision record that follow from others, each computed again."""

# Rules of this file: one function a part, one line in `PARTS`; each returns triples
# (name, logged, computed) or raises `Missing`. The street's own functions compute.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from engage.deciding.draw import NONE, decision_id, draw, luck
from engage.deciding.judge import choice_of
from engage.deciding.policies.rules import propose
from engage.evidence.replay.recompute import (
    LONGEST_VIEW_S,
    Missing,
    context_in,
    facts_in,
    field_of,
    policy_in,
    scores_of,
    situation_in,
    vector_of,
    view_of,
)
from engage.evidence.replay.retrace import Retrace
from engage.learning.snapshots import Snapshot
from engage.settings import SiteSettings

Triples = list[tuple[str, Any, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One record and what is at hand to compute it again.

    Attributes:
        body: the record.
        snapshot: the one it names, None if the log does not hold it.
        why_no_snapshot: the reason then.
        salt: the site's secret, None if it is unknown.
        settings: the site's as they were, None if they are unknown.
        retrace: computes features from recorded beacons; None: none are at hand.
    """

    body: Mapping[str, Any]
    snapshot: Snapshot | None
    why_no_snapshot: str
    salt: bytes | None
    settings: SiteSettings | None
    retrace: Retrace | None = None

    @property
    def decided_with(self) -> Snapshot:
        """The snapshot, or `Missing`."""
        if self.snapshot is None:
            raise Missing(self.why_no_snapshot)
        return self.snapshot

    @property
    def drawn(self) -> Mapping[str, Any]:
        """Distribution, action and propensity of the draw: a ghost's are its own."""
        ghost: Mapping[str, Any] | None = field_of(self.body, "ghost")
        return self.body if ghost is None else ghost


def _id(case: Case) -> Triples:
    if case.salt is None:
        raise Missing("the site's salt is unknown")
    body = case.body
    computed = decision_id(
        case.salt,
        site=field_of(body, "site"),
        session=field_of(body, "session"),
        tab=field_of(body, "tab"),
        seq=field_of(body, "seq"),
        moment=field_of(body, "moment"),
    )
    return [("decision", field_of(body, "decision"), computed)]


def _model(case: Case) -> Triples:
    body, snapshot = case.body, case.decided_with
    uplift, stake_eur = snapshot.uplift, body.get("stake")
    sigma, clip_eur = uplift.sigma_at(stake_eur), uplift.clip_at(stake_eur)
    return [
        ("trained_to", field_of(body, "trained_to"), snapshot.offset),
        ("exploration.sigma", field_of(body, "exploration", "sigma"), sigma),
        ("exploration.n_eff", field_of(body, "exploration", "n_eff"), uplift.n_eff),
        ("clip", field_of(body, "clip"), clip_eur),
    ]


def _features(case: Case) -> Triples:
    if case.retrace is None:
        raise Missing("there are no beacons beside the log")
    computed = case.retrace.features(dict(case.body))
    logged = field_of(case.body, "features")
    return [(f"features.{n}", logged.get(n), x) for n, x in computed.items()]


def _scores(case: Case) -> Triples:
    logged = scores_of(case.body)
    computed = case.decided_with.scorers.score(vector_of(case.body), view=None)
    return [
        ("scores.hesitation", logged.hesitation, computed.hesitation),
        ("scores.intent", logged.intent, computed.intent),
    ]


def _dwell(case: Case) -> Triples:
    logged = field_of(case.body, "scores", "dwell")
    if logged is None:
        raise Missing("there was no dwell yet")
    view = view_of(case.body)
    if view.active_s >= LONGEST_VIEW_S:
        raise Missing("view_active_s is clipped, so the dwell cannot be told")
    computed = case.decided_with.scorers.dwell.percentile(view, view.active_s)
    return [("scores.dwell", logged, computed)]


def _eligible(case: Case) -> Triples:
    body = case.body
    offered = field_of(body, "versions", "interventions")
    refused = field_of(body, "refused")
    computed = [NONE, *(name for name in offered if name not in refused)]
    return [("eligible", list(field_of(body, "eligible")), computed)]


def _proposed(case: Case) -> Triples:
    if case.settings is None:
        raise Missing("the site's settings as they were are unknown")
    computed = propose(
        case.settings.rules,
        facts=facts_in(case.body),
        moment=field_of(case.body, "moment"),
        eligible=tuple(field_of(case.body, "eligible")),
    )
    return [("proposed", field_of(case.body, "proposed"), computed)]


def _predictions(case: Case) -> Triples:
    body = case.body
    computed = case.decided_with.uplift.predict(
        context_in(body),
        field_of(body, "moment"),
        tuple(field_of(body, "eligible")),
        proposed=field_of(body, "proposed"),
        stake_eur=body.get("stake"),
    )
    return [("predictions", field_of(body, "predictions"), computed)]


def _launching(case: Case) -> Triples:
    body = case.body
    computed = case.decided_with.uplift.launching(
        tuple(field_of(body, "eligible")),
        field_of(body, "exploration", "launch_until_n"),
    )
    logged = field_of(body, "exploration", "launching")
    return [("launching", logged, sorted(computed))]


def _distribution(case: Case) -> Triples:
    body = case.body
    situation = situation_in(
        body,
        predictions=dict(field_of(body, "predictions")),
        launching=frozenset(field_of(body, "exploration", "launching")),
        snapshot=None,
    )
    computed, exploration = choice_of(policy_in(body), situation)
    pairs: Triples = [
        ("distribution", field_of(case.drawn, "distribution"), computed),
    ]
    if "gamma" in exploration:
        logged = field_of(body, "exploration", "gamma")
        pairs.append(("exploration.gamma", logged, exploration["gamma"]))
    return pairs


def _draw(case: Case) -> Triples:
    body = case.body
    number = luck(field_of(body, "decision"), "draw")
    return [("draw", field_of(body, "draw"), number)]


def _action(case: Case) -> Triples:
    drawn = case.drawn
    action, propensity = draw(
        dict(field_of(drawn, "distribution")), field_of(case.body, "draw")
    )
    return [
        ("action", field_of(drawn, "action"), action),
        ("propensity", field_of(drawn, "propensity"), propensity),
    ]


def _carried_out(case: Case) -> Triples:
    """A ghost is carried out as `none`, for certain; everything else as drawn."""
    body = case.body
    is_ghost = field_of(body, "ghost") is not None
    is_held_back = field_of(body, "group") == "holdout" or not field_of(body, "served")
    if not is_ghost:
        return [("ghost", is_ghost, is_held_back)]
    return [
        ("ghost", is_ghost, is_held_back),
        ("action", field_of(body, "action"), NONE),
        ("propensity", field_of(body, "propensity"), 1.0),
        ("distribution", field_of(body, "distribution"), {NONE: 1.0}),
    ]


PARTS: Final[Mapping[str, Callable[[Case], Triples]]] = MappingProxyType(
    {
        "id": _id,
        "features": _features,
        "model": _model,
        "scores": _scores,
        "dwell": _dwell,
        "eligible": _eligible,
        "proposed": _proposed,
        "predictions": _predictions,
        "launching": _launching,
        "distribution": _distribution,
        "draw": _draw,
        "action": _action,
        "carried out": _carried_out,
    }
)
"""Every part by name, in the order in which a decision comes about."""
