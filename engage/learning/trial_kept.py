"""A site's latest trial as the journal keeps it, and the settings it left."""

# Rules of this file: reads only.

from __future__ import annotations

from engage.errors import SnapshotRejected
from engage.learning.trial import Trial
from engage.learning.ways import followed
from engage.settings import SiteSettings
from engage.stores.base import Journal
from engage.telemetry import logger

log = logger()


def trial_name(site: str) -> str:
    """Return the name under which a site's trial is kept.

    No site key holds a bar, so it meets no other site's checkpoint.
    """
    return f"{site}|trial"


def standing(journal: Journal, settings: SiteSettings) -> Trial | None:
    """Return a site's latest trial as it was kept, over or not, or None."""
    kept = journal.checkpoint(trial_name(settings.key))
    if kept is None:
        return None
    try:
        return Trial.decode(kept[1], settings=settings)
    except SnapshotRejected as error:
        log.warning("trial.refused", site=settings.key, error=str(error))
        return None


def standing_settings(trial: Trial | None, settings: SiteSettings) -> SiteSettings:
    """Return a site's settings as the trials so far have left them.

    Args:
        trial: the latest, over or not.
        settings: as configured.
    """
    return settings if trial is None else followed(trial.standing, settings)
