"""Puts together again, from a decision record, what the decision was made on.

The same functions as the street's are called with what the record holds in place of a
session; replay compares the result, evaluation asks other policies.
"""

# Rules of this file: pure functions of a record, a snapshot and settings. What a record
# lacks raises `Missing` with the field's name; nothing is guessed.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engage.deciding.charges import charges_in
from engage.deciding.context import context_of
from engage.deciding.draw import NONE
from engage.deciding.policies import POLICIES
from engage.deciding.policies.base import Policy, RuleFacts, Situation
from engage.errors import FeatureError
from engage.learning.snapshots import Snapshot
from engage.scoring.base import Scores
from engage.settings import PolicySettings, RuleSettings, SiteSettings
from engage.visits.features import FEATURES, NAMES
from engage.visits.shapes import PageView, price_band

Body = Mapping[str, Any]
Vector = NDArray[np.float64]

LONGEST_VIEW_S: Final = next(f.high for f in FEATURES if f.name == "view_active_s")
"""Where the feature of a view's active dwell is clipped, seconds."""


class Missing(FeatureError):
    """A record lacks a field that is needed to compute something again."""


def field_of(body: Body, *path: str) -> Any:
    """Return a field of a record by its path.

    Raises:
        Missing: there is no such field; names it.

    >>> field_of({"exploration": {"floor": 0.02}}, "exploration", "floor")
    0.02
    """
    found: Any = body
    for name in path:
        if not isinstance(found, Mapping) or name not in found:
            raise Missing(f"the record has no {'.'.join(path)}")
        found = found[name]
    return found


def vector_of(body: Body) -> Vector:
    """Return the logged features, shape (n_features,), float64.

    Raises:
        Missing: one is not in the record: another feature table wrote it.
    """
    values = [field_of(body, "features", name) for name in NAMES]
    return np.array(values, dtype=np.float64)


def view_of(body: Body) -> PageView:
    """Return the page view on stage, as far as a dwell's percentile depends on it.

    Of a view longer than `LONGEST_VIEW_S` only that much is known.

    Raises:
        Missing: a field is not in the record.
    """
    active_s = field_of(body, "features", "view_active_s")
    return PageView(
        page_kind=field_of(body, "page"),
        category=field_of(body, "category") or "",
        price_band=price_band(round(100 * field_of(body, "features", "price_eur"))),
        device=field_of(body, "device"),
        is_returning=(
            field_of(body, "features", "visit_index") > 1
            or field_of(body, "features", "orders") > 0
        ),
        active_s=active_s,
        visible_s=active_s,
        view_index=1,
        item_id=None,
    )


def scores_of(body: Body) -> Scores:
    """Return the scores as logged."""
    return Scores(
        hesitation=field_of(body, "scores", "hesitation"),
        dwell=field_of(body, "scores", "dwell"),
        intent=field_of(body, "scores", "intent"),
    )


def context_in(body: Body) -> Vector:
    """Return the context from the logged features and scores, shape (n_context,)."""
    return context_of(vector_of(body), scores_of(body))


def facts_in(body: Body) -> RuleFacts:
    """Return what the shop's rules looked at."""
    return RuleFacts(
        category=field_of(body, "category") or None,
        feed_category=(body.get("inputs") or {}).get("category") or None,
        price_cents=round(100 * field_of(body, "features", "price_eur")) or None,
        page_kind=field_of(body, "page"),
        segment=field_of(body, "segment"),
    )


def policy_settings_in(body: Body) -> PolicySettings:
    """Return the settings that the record's policy decided with.

    `floor` in a record is the share that the policy explored, whatever its own name
    for it is.
    """
    floor = field_of(body, "exploration", "floor")
    return PolicySettings(
        policy=field_of(body, "policy"),
        gamma_c=field_of(body, "exploration", "gamma_c"),
        floor=floor,
        none_floor=field_of(body, "exploration", "none_floor"),
        epsilon=floor,
        rules_explore=floor,
        launch_share=field_of(body, "exploration", "launch_share"),
        launch_until_n=field_of(body, "exploration", "launch_until_n"),
    )


def policy_in(body: Body) -> Policy:
    """Return the policy that decided, with the settings it had.

    Of the shop's rules a record holds what they proposed; a list of that one line
    proposes the same.
    """
    name = field_of(body, "policy")
    if name not in POLICIES:
        raise Missing(f"policy {name!r} is not one of this release's")
    proposed = field_of(body, "proposed")
    rules = () if proposed == NONE else (RuleSettings(action=proposed),)
    settings = SiteSettings(
        key=body["site"], policy=policy_settings_in(body), rules=rules
    )
    return POLICIES[name](settings)


def situation_in(
    body: Body,
    *,
    predictions: dict[str, float],
    launching: frozenset[str],
    snapshot: Snapshot | None,
) -> Situation:
    """Return what the policy was asked.

    Args:
        body: a decision record.
        predictions: uplift over `none` by eligible action, EUR.
        launching: eligible actions under the launch quota.
        snapshot: whose sigma and n_eff count; None: those in the record.
    """
    if snapshot is None:
        sigma = field_of(body, "exploration", "sigma")
        n_eff = field_of(body, "exploration", "n_eff")
    else:
        uplift = snapshot.uplift
        sigma, n_eff = uplift.sigma_at(body.get("stake")), uplift.n_eff
    return Situation(
        context=np.zeros(0),  # our policies see it through the predictions only
        moment=body["moment"],
        eligible=tuple(field_of(body, "eligible")),
        predictions=predictions,
        sigma=sigma,
        n_eff=n_eff,
        launching=launching,
        facts=facts_in(body),
        charges=charges_in(body),
    )
