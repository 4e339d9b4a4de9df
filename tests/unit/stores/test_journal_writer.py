"""Group commit, sick disks and the writer's thread."""

import asyncio
import threading

import pytest
from structlog.testing import capture_logs

from engage.clock import ManualClock
from engage.errors import StoreError
from engage.stores.journal.sqlite import SqliteJournal
from tests.contracts.stores.builders import SITE, T0, decision, held, record

PAGE_LIMIT = "PRAGMA max_page_count={}"


class Commits:
    """Notes each commit; `probed` is set by one that carried no record."""

    def __init__(self):
        self.records = []
        self.probed = threading.Event()

    def __call__(self, records, seconds):
        """Take what the writer tells."""
        assert seconds >= 0.0
        self.records.append(records)
        if not records:
            self.probed.set()


@pytest.fixture
def commits():
    """What the writer told."""
    return Commits()


@pytest.fixture
def journal(tmp_path, commits):
    """An empty SQLite journal that tells its commits."""
    opened = SqliteJournal(
        tmp_path / "journal.sqlite", clock=ManualClock(at_s=T0), on_commit=commits
    )
    yield opened
    opened.close()


def set_page_limit(journal, pages):
    """Let the file grow to so many pages: to SQLite, a full disk."""
    # The writer is idle and waits for its queue, so its connection may be used.
    journal._writer._connection.execute(PAGE_LIMIT.format(pages))


def fill(journal):
    """Make the disk full and return a record that does not fit any more."""
    journal.append_now(record("a"))
    set_page_limit(journal, 1)
    return record("b", text="x" * 100_000)


async def test_one_commit_for_all_that_wait(journal, commits):
    """Appends that are queued while the writer is busy share one commit."""
    with held(journal) as busy:
        futures = [journal.append(record("a")) for _ in range(50)]
    await asyncio.gather(busy, *futures)

    assert commits.records == [50]


def test_commit_is_synced(journal):
    """The connection syncs the log at every commit and zeroes what it deletes."""
    names = ("journal_mode", "synchronous", "secure_delete")
    found = [
        journal._writer.run("ask", lambda c, n=n: c.execute(f"PRAGMA {n}").fetchone())
        for n in names
    ]

    assert found == [("wal",), (2,), (1,)]


def test_full_disk(journal):
    """A full disk fails the append, keeps nothing of it, and is not writable."""
    too_large = fill(journal)

    with pytest.raises(StoreError, match=r"^append not kept: .*full"):
        journal.append_now(record("c"), too_large)

    assert not journal.is_writable()
    assert journal.ailment() == "database or disk is full"
    assert [entry.record.kind for entry in journal.read(0, 9)] == ["a"]


async def test_full_disk_fails_the_whole_batch(journal):
    """What shares a batch with a write that finds no room is not kept either."""
    too_large = fill(journal)
    with held(journal) as busy:
        futures = [journal.append(record("c")), journal.append(too_large)]
    results = await asyncio.gather(busy, *futures, return_exceptions=True)

    assert [type(one) for one in results] == [type(None), StoreError, StoreError]
    assert journal.last_offset() == 1


def test_idle_journal_recovers(journal, commits):
    """Room on the disk is found without anybody writing."""
    too_large = fill(journal)
    with pytest.raises(StoreError):
        journal.append_now(too_large)
    set_page_limit(journal, 1_000_000)

    assert commits.probed.wait(60)
    assert (journal.is_writable(), journal.ailment()) == (True, "")
    assert journal.append_now(too_large) == journal.last_offset()


def test_append_recovers(journal):
    """An append that finds room again makes the journal writable."""
    too_large = fill(journal)
    with pytest.raises(StoreError):
        journal.append_now(too_large)
    set_page_limit(journal, 1_000_000)
    journal.append_now(too_large)

    assert journal.is_writable()


def test_writing_nothing_proves_nothing(journal, commits):
    """A commit without a write is no sync, and no proof that the disk is well."""
    too_large = fill(journal)
    with pytest.raises(StoreError):
        journal.append_now(too_large)
    journal.append_now()

    assert not journal.is_writable()
    assert commits.records == [1]


async def test_cancelled_caller(journal):
    """A caller that stops waiting disturbs nobody else in the batch."""
    first, second = journal.append(record("a")), journal.append(record("b"))
    first.cancel()

    assert await second == 2


def test_closed_loop(journal):
    """A loop that is gone before its append is durable does not stop the writer."""

    async def leave():
        journal.append(record("a"))

    asyncio.run(leave())

    assert journal.append_now(record("b")) == 2


def test_close_keeps_what_is_queued(tmp_path):
    """Closing waits for everything that was appended before."""
    journal = SqliteJournal(tmp_path / "j")

    async def append_and_close():
        futures = [journal.append(decision(f"d_{i}")) for i in range(100)]
        journal.close()
        return await asyncio.gather(*futures)

    assert len(asyncio.run(append_and_close())) == 100


def test_end_of_the_thread(tmp_path):
    """A callback that raises ends the writer; nobody waits for it for ever."""
    died = []
    hook, threading.excepthook = threading.excepthook, died.append

    def raise_at_once(_records, _seconds):
        raise RuntimeError("broken metrics")

    journal = SqliteJournal(tmp_path / "j", on_commit=raise_at_once)
    try:
        journal.append_now(record("a"))
        journal._writer._thread.join(60)
        with pytest.raises(StoreError, match="closed"):
            journal.append_now(record("b"))
    finally:
        threading.excepthook = hook
        journal.close()
    assert not journal.is_writable()
    assert len(died) == 1


def test_reads_from_many_threads(journal):
    """Threads read beside the writer, each from a connection of its own."""
    journal.append_now(*(decision(f"d_{i}") for i in range(50)))
    found = []

    def read():
        found.append(len(journal.decisions(SITE).rows))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [50] * 8


async def test_notes_share_one_commit(journal, commits):
    """Whatever is noted in one tick is one job of one commit."""
    for _ in range(50):
        journal.note(record("a"), record("b"))
    await journal.append()

    assert commits.records == [100]


async def test_notes_of_a_disk_that_hangs(journal, monkeypatch):
    """While nothing is written notes are bounded; what comes on top is lost, loudly."""
    monkeypatch.setattr("engage.stores.journal.notes.MOST_QUEUED", 200)
    with held(journal):
        for _ in range(500):
            journal.note(record("a"))
    with capture_logs() as lines:
        await journal.append()
        await journal.append()
    journal.note(record("b"))
    await journal.append()

    assert len(journal.read(0, 1_000)) == 201
    assert [one["groups"] for one in lines if one["event"] == "notes.lost"] == [300]


async def test_a_poisoned_note_is_lost_alone(journal):
    """A group that the file refuses takes no other group with it."""
    journal.note(record("a"))
    # The decision's own table refuses a second one of a name the journal forgot.
    journal.note(record("x"), decision("d_1"))
    journal.note(record("b"))
    journal._writer.submit(
        "make it fail",
        lambda c: c.execute(
            "INSERT INTO decisions(site, id, at_s, pos) VALUES(?, 'd_1', 0, 0)", (SITE,)
        ),
    )
    await journal.append()
    for _ in range(100):
        await journal.append()

    assert [entry.record.kind for entry in journal.read(0, 10)] == ["a", "b"]


def test_close_keeps_what_is_noted(tmp_path):
    """A journal that is closed writes its notes first, without a loop, too."""
    path = tmp_path / "journal.sqlite"

    async def note_and_close():
        opened = SqliteJournal(path, clock=ManualClock(at_s=T0))
        opened.note(record("a"))
        return opened

    asyncio.run(note_and_close()).close()

    again = SqliteJournal(path, clock=ManualClock(at_s=T0))
    assert [entry.record.kind for entry in again.read(0, 10)] == ["a"]
    again.close()
