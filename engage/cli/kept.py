"""What a data directory says of the settings that it was decided with."""

# Rules of this file: reads only. Settings that another release kept say nothing for
# certain, so they are passed over.

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from engage.errors import StoreError
from engage.settings import SiteSettings
from engage.stores.journal.files import JOURNAL_FILE
from engage.stores.journal.recent import RecentReads
from engage.stores.journal.sqlite import read_journal
from engage.street.opening import settings_name, settings_of


def kept_settings(data: Path) -> dict[str, SiteSettings]:
    """Return the settings that the latest decision of each site was made with.

    Raises:
        StoreError: the journal cannot be read.
    """
    path, found = data / JOURNAL_FILE, {}
    if not path.is_file():
        return {}
    with closing(read_journal(path)) as journal, closing(RecentReads(path)) as recent:
        for site in journal.decision_counts():
            (latest,) = recent.latest_decisions(site, limit=1)
            name = settings_name(latest.get("versions", {}).get("config", ""))
            found[site] = journal.checkpoint(name)
    read = {site: _settings_in(kept[1]) for site, kept in found.items() if kept}
    return {site: one for site, one in read.items() if one is not None}


def _settings_in(kept: bytes) -> SiteSettings | None:
    try:
        return settings_of(kept)
    except StoreError:
        return None
