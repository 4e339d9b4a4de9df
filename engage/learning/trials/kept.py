"""A site's latest trial as the journal keeps it, and the settings it left."""

# Rules of this file: reads only.

from __future__ import annotations

from functools import partial
from typing import Final

from engage.errors import EngageError, SnapshotRejected, StoreError
from engage.learning.trials.promotion import OVER
from engage.learning.trials.trial import READ, Trial
from engage.learning.ways import followed
from engage.settings import SiteSettings
from engage.stores.base import JournalReads
from engage.stores.following import sound
from engage.telemetry import logger

log = logger()
_BATCH: Final = 1_000


def trial_name(site: str) -> str:
    """Return the name under which a site's trial is kept.

    No site key holds a bar, so it meets no other site's checkpoint.
    """
    return f"{site}|trial"


def standing(journal: JournalReads, settings: SiteSettings) -> Trial | None:
    """Return a site's latest trial as it was kept, over or not, or None."""
    kept = journal.checkpoint(trial_name(settings.key))
    if kept is None:
        return None
    try:
        return Trial.decode(kept[1], settings=settings)
    except SnapshotRejected as error:
        log.warning("trial.refused", site=settings.key, error=str(error))
        return None


def present(journal: JournalReads, settings: SiteSettings) -> Trial | None:
    """Return a site's trial as it stands now, or None if none is under way.

    A large one is kept rarely; what came since is read as a restart would read it.

    Raises:
        StoreError: the journal cannot be read now.
    """
    trial = standing(journal, settings)
    if trial is None or trial.stage in OVER:
        return None
    find = partial(journal.decision, settings.key)
    for entry in sound(
        journal,
        kinds=READ,
        batch=_BATCH,
        on_damaged=lambda _: None,
        after=trial.offset,
    ):
        if entry.record.site == settings.key:
            # The learner passes over what it cannot read, too, and says so.
            try:
                trial.take(entry, find)
            except StoreError:
                raise
            except (EngageError, KeyError, TypeError, ValueError):
                continue
    return trial


def standing_settings(trial: Trial | None, settings: SiteSettings) -> SiteSettings:
    """Return a site's settings as the trials so far have left them.

    Args:
        trial: the latest, over or not.
        settings: as configured.
    """
    return settings if trial is None else followed(trial.standing, settings)
