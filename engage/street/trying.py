"""Trials tied to the street: what a stage changes, and where candidates come from."""

# Rules of this file: a stage is adopted on the event loop, as a whole; decisions under
# way end with what they began with.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engage.deciding.policies import POLICIES
from engage.learning.promotion import OVER
from engage.learning.trial import Trial
from engage.learning.trials import FOLDER, Trials, promoted_settings, standing
from engage.learning.worker import Lineage
from engage.settings import SiteSettings
from engage.stores.base import Journal
from engage.street.challenger import Challenger
from engage.street.site import Site
from engage.telemetry import Instruments


def adopt(
    site: Site, trial: Trial, *, version_of: Callable[[SiteSettings], str]
) -> None:
    """Let a trial's present stage hold from the next beacon on."""
    settings = promoted_settings(trial, site.settings)
    if settings is not site.settings:
        site.settings = settings
        site.config_version = version_of(settings)
        if settings.mode != "rules":
            site.policy = POLICIES[settings.policy.policy](settings)
    if trial.stage in OVER or trial.share <= 0.0:
        site.challenger = None
        return
    own = trial.candidate.settings(site.settings)
    site.challenger = Challenger(
        candidate=trial.candidate.id,
        snapshot=replace(
            trial.candidate.snapshot,
            number=trial.number,
        ),
        settings=own,
        policy=trial.policy,
        config_version=version_of(own),
        share=trial.share,
    )


def attach(
    lineage: Lineage,
    settings: SiteSettings,
    *,
    data: Path,
    journal: Journal,
    metrics: Instruments,
    on_change: Callable[[Trial], None],
) -> None:
    """Give a lineage its trials, the latest as it was kept."""
    lineage.trials = Trials(
        settings=settings,
        journal=journal,
        folder=data / FOLDER,
        find=lambda decision: journal.decision(settings.key, decision),
        metrics=metrics,
        next_number=lineage.next_number,
        on_change=on_change,
        trial=standing(journal, settings),
    )
    trial = lineage.trials.trial
    if trial is not None and lineage.trials.is_running:
        lineage.newest = max(lineage.newest, trial.number)
        metrics.challenger_share.set(to=trial.share)
