"""What models would have drawn from at a logged decision."""

# Rules of this file: a record and a snapshot in, a distribution out. Moments, eligible
# actions and what the gates saw are the record's.

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from engage.deciding.context import context_of
from engage.deciding.judge import choice_of
from engage.deciding.policies import POLICIES
from engage.deciding.policies.weights import UpliftWeights
from engage.evidence.replay.recompute import (
    field_of,
    policy_settings_in,
    situation_in,
    vector_of,
    view_of,
)
from engage.learning.snapshots import Snapshot
from engage.settings import PolicySettings, SiteSettings

Body = Mapping[str, Any]

# Policies that follow predictions; the others would ask a snapshot nothing.
_LEARNED: Final = frozenset({"inverse_gap", "epsilon_greedy"})


def learned(
    snapshot: Snapshot, *, policy: PolicySettings | None = None
) -> Callable[[Body], Mapping[str, float]]:
    """Return what a snapshot's models would have drawn from, by decision record.

    Args:
        snapshot: scores the logged features and predicts from them.
        policy: how it explores; None: with the settings of the record.
    """
    offering: dict[str, UpliftWeights] = {}

    def ask(body: Body) -> Mapping[str, float]:
        vector = vector_of(body)
        scores = snapshot.scorers.score(vector, view=view_of(body))
        eligible = tuple(body["eligible"])
        uplift = _offered(snapshot, body, offering)
        predictions = uplift.predict(
            context_of(vector, scores),
            body["moment"],
            eligible,
            proposed=field_of(body, "proposed"),
            stake_eur=body.get("stake"),
        )
        settings = policy or _learned_settings(body)
        situation = situation_in(
            body,
            predictions=predictions,
            launching=uplift.launching(eligible, settings.launch_until_n),
            snapshot=snapshot,
        )
        site = SiteSettings(key=body["site"], policy=settings)
        return choice_of(POLICIES[settings.policy](site), situation)[0]

    return ask


def _offered(
    snapshot: Snapshot, body: Body, known: dict[str, UpliftWeights]
) -> UpliftWeights:
    """Return the weights for the interventions as the record's configuration had them.

    An edited intervention is a new version, of which a snapshot knows its kind only.
    """
    versions = field_of(body, "versions")
    config = str(versions.get("config"))
    if config not in known:
        known[config] = snapshot.uplift.offering(
            field_of(versions, "kinds"), field_of(versions, "interventions")
        )
    return known[config]


def _learned_settings(body: Body) -> PolicySettings:
    """Return the record's exploration settings, or the defaults where it had others."""
    settings = policy_settings_in(body)
    if settings.policy in _LEARNED:
        return settings
    return PolicySettings(
        gamma_c=settings.gamma_c,
        none_floor=settings.none_floor,
        launch_share=settings.launch_share,
        launch_until_n=settings.launch_until_n,
    )
