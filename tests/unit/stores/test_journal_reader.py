"""Reading connections are closed only when nobody reads."""

import threading

import pytest

from engage.errors import StoreError
from engage.stores.journal.recent import RecentReads
from engage.stores.journal.sqlite import SqliteJournal, read_journal
from tests.contracts.stores.builders import SITE, decision, record


@pytest.fixture
def reader(tmp_path):
    """A reader beside a journal with nothing in it."""
    journal = SqliteJournal(tmp_path / "journal.sqlite")
    yield read_journal(tmp_path / "journal.sqlite")
    journal.close()


def test_close_waits_for_a_read_under_way(reader):
    """A connection in use on another thread is not closed under its feet."""
    inside, go_on = threading.Event(), threading.Event()
    seen = []

    def read():
        with reader._view() as connection:
            inside.set()
            go_on.wait(60)
            seen.append(connection.execute("SELECT 1").fetchone())

    reading = threading.Thread(target=read)
    closing = threading.Thread(target=reader.close)
    reading.start()
    inside.wait(60)
    closing.start()

    closing.join(0.2)
    was_waiting = closing.is_alive()
    go_on.set()
    reading.join(60)
    closing.join(60)

    assert was_waiting
    assert seen == [(1,)]
    assert not closing.is_alive()


def test_closed_reader(reader):
    """After the close every read is refused, and a second close is harmless."""
    reader.last_offset()
    reader.close()
    reader.close()

    with pytest.raises(StoreError, match=r"is closed$"):
        reader.last_offset()


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("decision", {"d_1": 1, "d_3": 1}),
        ("outcome", {"d_1": 1, "d_2": 0, "d_3": 1}),
    ],
)
def test_damage_hides_nothing_else(tmp_path, kind, left):
    """Who asks for the newest decisions gets all whose bytes are as written."""
    path = tmp_path / "journal.sqlite"
    journal = SqliteJournal(path)
    for name in ("d_1", "d_2", "d_3"):
        shown = record("outcome", name, name="shown", at="2025-11-21T10:15:00.000Z")
        journal.append_now(decision(name), shown)
    journal._writer.run(
        "damage",
        lambda c: c.execute(
            "UPDATE journal SET body=CAST('{}' AS BLOB) WHERE key='d_2' AND kind=?",
            (kind,),
        ),
    )
    recent = RecentReads(path)
    found = recent.latest_decisions(SITE, limit=9)
    recent.close()
    journal.close()

    assert {body["decision"]: len(body["outcomes"]) for body in found} == left
