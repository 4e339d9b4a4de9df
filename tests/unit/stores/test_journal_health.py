"""A disk that neither takes nor refuses what is written."""

import pytest

from engage.clock import ManualClock
from engage.stores.journal.sqlite import SqliteJournal
from tests.contracts.stores.builders import T0, held, record


@pytest.fixture
def journal(tmp_path):
    """An empty SQLite journal whose disk has a clock that stands still."""
    opened = SqliteJournal(tmp_path / "journal.sqlite")
    opened._writer.health.clock = ManualClock(at_s=T0)
    yield opened
    opened.close()


async def test_write_that_hangs(journal):
    """A write that is not over after ten seconds is a disk that takes nothing."""
    with held(journal) as busy:
        journal._writer.health.clock.move(9.5)
        assert (journal.is_writable(), journal.stalled_s()) == (True, 9.5)
        journal._writer.health.clock.move(0.5)
        assert not journal.is_writable()
        assert journal.ailment() == "a write has waited for the disk for 10 s"

    await busy
    await journal.append(record("a"))
    assert (journal.is_writable(), journal.ailment()) == (True, "")
