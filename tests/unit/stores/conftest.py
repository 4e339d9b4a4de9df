"""A journal in a data directory, for tests of its files."""

import pytest

from engage.clock import ManualClock
from engage.stores.journal.files import JOURNAL_FILE
from engage.stores.journal.sqlite import SqliteJournal
from tests.contracts.stores.builders import T0


@pytest.fixture
def path(tmp_path):
    """Where the journal of a data directory lies."""
    return tmp_path / "data" / JOURNAL_FILE


@pytest.fixture
def journal(path):
    """An empty SQLite journal."""
    opened = SqliteJournal(path, clock=ManualClock(at_s=T0))
    yield opened
    opened.close()
