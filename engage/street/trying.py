"""Trials tied to the street: what a stage changes, and where candidates come from."""

# Rules of this file: a stage is adopted on the event loop, as a whole; decisions under
# way end with what they began with.

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engage.deciding.policies import POLICIES
from engage.learning.challenge import Challenge
from engage.learning.trial_orders import FOLDER
from engage.learning.trials import OnChange, OnLook, Trials, standing, unheard
from engage.learning.worker import Lineage
from engage.settings import SiteSettings
from engage.stores.base import Journal
from engage.street.challenger import Challenger
from engage.street.site import Site
from engage.telemetry import Instruments


def adopt(
    site: Site, challenge: Challenge, *, version_of: Callable[[SiteSettings], str]
) -> None:
    """Let a trial's present stage hold from the next beacon on."""
    site.challenge = challenge
    if challenge.stage == "promoted":
        _follow(site, challenge.settings(site.settings), version_of=version_of)
    if challenge.is_over or challenge.share <= 0.0:
        site.challenger = None
        return
    own = challenge.settings(site.settings)
    site.challenger = Challenger(
        candidate=challenge.candidate,
        snapshot=challenge.snapshot,
        settings=own,
        policy=POLICIES[own.policy.policy](own),
        config_version=version_of(own),
        share=challenge.share,
    )


def _follow(
    site: Site, settings: SiteSettings, *, version_of: Callable[[SiteSettings], str]
) -> None:
    """Explore from now on as the winner does."""
    site.settings = settings
    site.config_version = version_of(settings)
    if settings.mode != "rules":
        site.policy = POLICIES[settings.policy.policy](settings)


def attach(
    lineage: Lineage,
    settings: SiteSettings,
    *,
    data: Path,
    journal: Journal,
    metrics: Instruments,
    on_change: OnChange,
    on_look: OnLook = unheard,
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
        on_look=on_look,
        trial=standing(journal, settings),
    )
    trial = lineage.trials.trial
    if trial is not None and lineage.trials.is_running:
        lineage.newest = max(lineage.newest, trial.number)
        metrics.challenger_share.set(settings.key, to=trial.share)
