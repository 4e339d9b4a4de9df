"""Metrics of what is watched while models learn: trials, drift, residuals."""

# Rules of this file: as in `telemetry`, whose table this is a part of.

from __future__ import annotations

from dataclasses import dataclass

from engage.instruments import Level, SiteLevel, SiteTally, Tally, metric


@dataclass(eq=False)
class LearningInstruments:
    """Metrics of learner, trials, watch on models, hooks; part of `Instruments`."""

    learner_lag: Level = metric(
        Level,
        "engage_learner_lag_seconds",
        "Age of the record learned last; 0 once none waits.",
    )
    learned: Tally = metric(
        Tally,
        "engage_learned_total",
        "What models were told: learned, or left out as a session's or network's"
        " too many.",
        ("result",),
    )
    quarantined: Tally = metric(
        Tally, "engage_learner_quarantined_total", "Records the learner set aside."
    )
    hook_messages: SiteTally = metric(
        SiteTally,
        "engage_hook_messages_total",
        "Messages to other systems: taken, refused for good, postponed.",
        ("hook", "result"),
    )
    hook_behind: SiteLevel = metric(
        SiteLevel,
        "engage_hook_behind_records",
        "Records of the journal that a hook has not read yet.",
        ("hook",),
    )

    promotions: Tally = metric(
        Tally,
        "engage_promotions_total",
        "Stages that candidates entered, and candidates refused.",
        ("to",),
    )
    challenger_share: SiteLevel = metric(
        SiteLevel,
        "engage_challenger_share",
        "Share of the visitors whom a challenger decides for.",
    )
    drifts: Tally = metric(
        Tally,
        "engage_drift_total",
        "Changes found in what a model is told or gets wrong.",
        ("signal",),
    )
    residual: SiteLevel = metric(
        SiteLevel,
        "engage_action_residual",
        "By how much an action's predictions are off, site's currency.",
        ("action",),
    )
    divergence: SiteLevel = metric(
        SiteLevel,
        "engage_verified_divergence",
        "Distance of the policy from one that believes verified orders only.",
    )
    shadow_price: SiteLevel = metric(
        SiteLevel,
        "engage_shadow_price",
        "What a slot of an agent costs those who come after, site's currency.",
        ("stock",),
    )
    surrogate_ahead: SiteLevel = metric(
        SiteLevel,
        "engage_surrogate_ahead",
        "By how much an action's surrogate is above its money, site's currency.",
        ("action",),
    )
    suspected: SiteLevel = metric(
        SiteLevel,
        "engage_surrogate_suspected",
        "1 where a surrogate runs ahead of verified orders beyond doubt.",
        ("action",),
    )
