"""Trials tied to the street: what a stage changes, and where candidates come from."""

# Rules of this file: a stage is adopted on the event loop, as a whole; decisions under
# way end with what they began with.

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engage.deciding.policies import policy_of
from engage.learning.lineage import Lineage
from engage.learning.trials.challenge import Challenge
from engage.learning.trials.kept import standing
from engage.learning.trials.orders import FOLDER
from engage.learning.trials.site import OnChange, OnLook, Trials, unheard
from engage.learning.ways import followed
from engage.settings import SiteSettings
from engage.stores.base import Journal
from engage.street.challenger import Challenger
from engage.street.site import Site
from engage.telemetry import Instruments


def adopt(
    site: Site, challenge: Challenge, *, version_of: Callable[[SiteSettings], str]
) -> None:
    """Let a trial's present stage hold from the next beacon on.

    Where the shop's own list decided, a winner takes over from it.
    """
    site.challenge = challenge
    standing = followed(challenge.standing, site.configured)
    if standing != site.settings:
        site.follow(standing, version=version_of(standing))
    if challenge.is_over or challenge.share <= 0.0:
        site.challenger = None
        return
    own = challenge.way.settings(site.settings)
    site.challenger = Challenger(
        candidate=challenge.candidate,
        snapshot=challenge.snapshot,
        settings=own,
        policy=policy_of(own),
        config_version=version_of(own),
        share=challenge.share,
    )


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
